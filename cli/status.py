"""`kpi status`: how every client stands, and whether anything has been silent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from cli.arguments import AsOf, moment_of

if TYPE_CHECKING:
    from datetime import datetime


def status(as_of: AsOf = None) -> None:
    """Показать, когда у каждого клиента был последний расчёт и ночная проверка, и где тишина дольше суток.

    Google не нужен. Код выхода 1, если где-то тишина или последний раз был сбой.
    """
    from rich.markup import escape
    from rich.table import Table

    from cli.client import STATES
    from cli.showing.output import console, errors
    from ledger import open_ledger
    from operations.nights.status import fleet_status
    from operations.world.settings import read_settings
    from operations.world.telling import working_texts

    settings = read_settings()
    settings.make_home()
    with open_ledger(settings.ledger_url, folder=settings.home) as ledger:
        found = fleet_status(ledger, moment_of(as_of, local=settings.is_local))
    if not found:
        console.print("Клиентов пока нет: [bold]kpi client add[/].")
        return
    table = Table("Клиент", "Последний расчёт", "Последняя ночь", "Месяцы", "Закрыто", "Сбой")
    for one in found:
        table.add_row(
            one.slug,
            _moment(one.synced_at),
            _moment(one.night_at),
            ", ".join(f"{record.month} {STATES[record.state]}" for record in one.months) or "—",
            str(one.closed),
            escape(", ".join(one.errors)) or "—",
        )
    console.print(table)
    words = working_texts()
    for one in found:
        if one.silences:
            silent = "; ".join(words.say(silence) for silence in one.silences)
            errors.print(f"[bold yellow]{one.slug}:[/] {escape(silent)}.", highlight=False, soft_wrap=True)
    if any(one.silences or one.errors for one in found):
        raise typer.Exit(1)


def _moment(at: datetime | None) -> str:
    from kpi_rules.time.periods import ALMATY

    return f"{at.astimezone(ALMATY):%d.%m.%Y %H:%M}" if at else "—"
