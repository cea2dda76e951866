"""`kpi verify`: is every closed month still what was sealed?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.arguments import services_with_progress

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kpi_rules.deciding.late_edits import LateEdit
    from kpi_rules.words.texts import Texts
    from operations.seals.recounting import RecountedMonth
    from operations.verifying.verifying import MonthVerdict, Verification
    from sheets_sync.reading.tables import Located


def verify(
    clients: Annotated[
        list[str] | None, typer.Argument(metavar="[КЛИЕНТ]...", help="Кого проверить; без имён — всех.")
    ] = None,
    recompute: Annotated[
        bool,
        typer.Option(
            "--recompute", help="Только пересчитать месяцы из печатей, байт в байт; Google не нужен."
        ),
    ] = False,
) -> None:
    """Проверить закрытые месяцы (печати, архив, ведомость, поздние правки в таблице) и доступы ко всем файлам."""
    from cli.showing.output import console

    if recompute:
        _recompute(clients)
        return
    from operations.facts.client_books import note_outside_formulas
    from operations.verifying.verifying import verify_client

    verified: list[tuple[Verification, Texts]] = []
    with services_with_progress("Проверяю") as services:
        served = [client.slug for client in services.ledger.clients() if client.left_at is None]
        for slug in clients or served:
            services.progress(slug)
            verified.append((verify_client(slug, services), services.texts_of(slug)))
            note_outside_formulas(slug, verified[-1][0].outside, services)
    for verification, texts in verified:
        for shown in verification_tables(verification, texts):
            console.print(shown)
    if not verified:
        console.print("Клиентов пока нет.")
    if not all(verification.intact for verification, _ in verified):
        raise typer.Exit(1)


def _recompute(clients: list[str] | None) -> None:
    """Recount from the ledger alone; exit code 1 where anything does not come out the same."""
    from cli.showing.output import console, progress
    from ledger import open_ledger
    from operations.seals.recounting import recount_client
    from operations.world.settings import read_settings

    settings = read_settings()
    settings.make_home()
    with progress("Пересчитываю") as step, open_ledger(settings.ledger_url, folder=settings.home) as ledger:
        slugs = clients or [client.slug for client in ledger.clients()]
        recounted = {}
        for slug in slugs:
            step(slug)
            recounted[slug] = recount_client(ledger, slug)
    for slug, months in recounted.items():
        console.print(
            recount_table(slug, months) if months else f"[bold]{slug}[/]: закрытых месяцев ещё нет."
        )
    if not recounted:
        console.print("Клиентов пока нет.")
    if not all(month.holds for months in recounted.values() for month in months):
        raise typer.Exit(1)


def recount_table(slug: str, months: list[RecountedMonth]) -> Any:
    """Lay out the recounts of a client for the terminal."""
    from rich.table import Table

    from cli.seal import recount_words
    from ledger import fingerprint
    from templates.loading import texts

    table = Table("Месяц", "Печать", "Отпечаток", "Печать держится", "Форма записи", "Пересчёт", title=slug)
    words = texts("ru")
    for month in months:
        faults = "\n".join(dict.fromkeys(words(f"verify.chain_{fault.code}") for fault in month.faults))
        readable = month.recount is not None
        table.add_row(
            month.seal.month if readable else "—",
            f"№ {month.seal.number}",
            fingerprint(month.seal),
            f"[red]{faults}[/]" if faults else "[green]да[/]",
            month.recount.form if month.recount else "—",
            recount_words(month.recount),
        )
    return table


def verification_tables(verification: Verification, texts: Texts) -> list[Any]:
    """Lay out how a client was verified for the terminal."""
    from rich.markup import escape
    from rich.table import Table

    from cli.keeping.adopting import adoption_lines
    from cli.keys.command import lost_key_lines
    from cli.showing.findings import findings_table
    from cli.showing.output import tenge

    shown: list[Any] = []
    if verification.outside:
        table = Table(
            "Файл", "Лист", "Ячейка", "Формула", title="Формулы берут данные из других файлов или сети"
        )
        for outside in verification.outside:
            file = {"workbook": "таблица", "payroll": "ведомость"}[outside.file]
            table.add_row(file, escape(outside.formula.tab), outside.formula.cell, outside.formula.function)
        shown.append(table)
    if not verification.months and not verification.findings:
        return [f"[bold]{verification.client}[/]: закрытых месяцев ещё нет.", *shown]
    shown += lost_key_lines(verification.lost_keys, texts)
    shown += adoption_lines(verification.client, verification.adoptions, texts)
    months = Table(
        "Месяц", "Печать", "Отпечаток", "Файлы и печать", "Поздние правки", title=verification.client
    )
    for month in verification.months:
        intact = "[green]целы[/]" if not month.findings else f"[red]расхождений: {len(month.findings)}[/]"
        late = "[green]нет[/]" if not month.late else f"[yellow]{len(month.late)}[/]"
        if month.newer:
            intact, late = f"[yellow]{texts('verify.newer_program')}[/]", "—"
        months.add_row(str(month.month), f"№ {month.seal_number}", month.fingerprint, intact, late)
    shown.append(months)
    if verification.findings:
        shown.append(findings_table(verification.findings, texts, "Не так, как опечатано и задано"))
    for month in verification.months:
        if month.late:
            shown.append(late_table(month, verification.located, texts))
        if month.effects:
            table = Table(
                "Сотрудник", "KPI, %", "был бы", "Переменная", "была бы", title="Если бы правки успели"
            )
            for effect in month.effects:
                table.add_row(
                    escape(effect.name),
                    str(effect.sealed_percent if effect.sealed_percent is not None else "—"),
                    str(effect.present_percent if effect.present_percent is not None else "—"),
                    tenge(effect.sealed_variable_tiyn),
                    "—" if effect.present_variable_tiyn is None else tenge(effect.present_variable_tiyn),
                )
            shown.append(table)
    return shown


def late_table(month: MonthVerdict, located: Located | None, texts: Texts) -> Any:
    """Lay out the late edits of a month: each cell with its address, what was sealed and what stands there."""
    from rich.markup import escape
    from rich.table import Table

    table = Table("Строка", "Правка", "Ячейка", "Было", "Стало", title=f"Поздние правки {month.month}")
    for edit in month.late:
        names = list(dict.fromkeys((*edit.sealed, *edit.present)))
        for index, name in enumerate(names):
            table.add_row(
                f"{texts(f'tab.{edit.tab}')} {edit.key}" if index == 0 else "",
                texts(f"late.{edit.kind}") if index == 0 else "",
                f"{_header(edit, name, texts)}{_address(edit, name, located)}",
                escape(_word(edit.sealed, name, edit.tab, texts)),
                escape(_word(edit.present, name, edit.tab, texts)),
            )
        table.add_section()
    return table


def _header(edit: LateEdit, name: str, texts: Texts) -> str:
    return "не читаются" if name == "bad" else texts(f"header.{edit.tab}.{name}")


def _address(edit: LateEdit, name: str, located: Located | None) -> str:
    from kpi_rules.problems import Place

    if edit.row is None or located is None or name == "bad":
        return ""
    _, cell = located.address(Place(edit.tab, edit.row, name))
    return f" ({cell})" if cell else ""


def _word(cells: Mapping[str, Any], name: str, tab: str, texts: Texts) -> str:
    """Write a value as it stands in the sheet; nothing where the row had no such cell."""
    if name not in cells:
        return ""
    value = cells[name]
    if value is None:
        return "пусто"
    if isinstance(value, bool):
        return "да" if value else "нет"
    if name == "bad":
        return ", ".join(texts(f"header.{tab}.{column}") for column in value) or "—"
    return _text(name, value, texts)


def _text(name: str, value: Any, texts: Texts) -> str:
    from datetime import datetime

    from cli.showing.output import tenge
    from kpi_rules.exact import exact_number
    from kpi_rules.words.numbers import percent_text

    if name.endswith("_tiyn"):
        return tenge(value)
    if name.endswith("_seconds"):
        return f"{value / 60:g}".replace(".", ",")
    if name.endswith(("_at", "_on")) or name == "on":
        moment = datetime.fromisoformat(value)
        return f"{moment:%d.%m.%Y %H:%M}" if name.endswith("_at") else f"{moment:%d.%m.%Y}"
    if name.endswith("_fraction"):
        return percent_text(exact_number(value), texts.language)
    for kind in ("status", "mark"):
        if f"choice.{kind}.{value}" in texts:
            return texts(f"choice.{kind}.{value}")
    return str(value)
