"""`kpi client leave`: a client goes and takes the files along (behaviour §7a)."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.arguments import ClientName


def leave(
    client: ClientName,
    back: Annotated[bool, typer.Option("--back", help="Клиент вернулся: снова обслуживать.")] = False,
) -> None:
    """Клиент ушёл с файлами: «kpi sync», «kpi night» и задания Prefect его больше не обслуживают. Журнал остаётся."""
    from rich.markup import escape

    from cli.showing.output import console
    from kpi_rules.time.periods import ALMATY
    from ledger import open_ledger
    from operations.clients.leaving import come_back
    from operations.clients.leaving import leave as note_leaving
    from operations.world.services import utc_now
    from operations.world.settings import read_settings

    settings = read_settings()
    settings.make_home()
    with open_ledger(settings.ledger_url, folder=settings.home) as ledger:
        noted = come_back(ledger, client) if back else note_leaving(ledger, client, utc_now())
    if noted.left_at is None:
        console.print(f"[green]Готово.[/] {escape(noted.name)} ({client}): снова обслуживается.")
        return
    console.print(
        f"[green]Готово.[/] {escape(noted.name)} ({client}): не обслуживается с "
        f"{noted.left_at.astimezone(ALMATY):%d.%m.%Y}. Печати и журнал на месте: «kpi seal export» и «kpi verify --recompute» "
        f"работают. Вернулся — [bold]kpi client leave {client} --back[/].",
        soft_wrap=True,
    )
