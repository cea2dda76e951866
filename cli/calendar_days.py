"""`kpi calendar …`: the working calendar of a client, and days that an order moved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.arguments import ClientName, MonthName, month_of

if TYPE_CHECKING:
    from datetime import date

    from kpi_rules.time.periods import CalendarOverride
    from operations.facts.calendars import MonthCalendar

app = typer.Typer(help="Рабочий календарь клиента: норма дней, переносы.", no_args_is_help=True)

_WEEKDAYS = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")


@app.command("show")
def show(client: ClientName, month: MonthName) -> None:
    """Показать норму дней месяца, выходные и переносы с их основанием."""
    from cli.showing.output import console
    from ledger import open_ledger
    from operations.facts.calendars import month_calendar
    from operations.world.settings import read_settings

    settings, wanted = read_settings(), month_of(month)
    settings.make_home()
    with open_ledger(settings.ledger_url, folder=settings.home) as ledger:
        calendar = month_calendar(ledger, client, wanted)
    for shown in calendar_tables(calendar):
        console.print(shown, highlight=False)


@app.command("override")
def override(
    client: ClientName,
    day: Annotated[
        str | None, typer.Option("--day", metavar="ДАТА", help="Какой день, например 2026-11-10.")
    ] = None,
    worked: Annotated[
        bool | None, typer.Option("--working/--off", help="Рабочий он теперь или выходной.")
    ] = None,
    week: Annotated[
        int | None,
        typer.Option("--week", metavar="5|6", help="Только для этой недели; без параметра — для обеих."),
    ] = None,
    source: Annotated[
        str,
        typer.Option("--source", metavar="ТЕКСТ", help="Основание: постановление или приказ, номер, дата."),
    ] = "",
    file: Annotated[
        Path | None, typer.Option("--file", metavar="ФАЙЛ", help="Несколько дней сразу, файл TOML.")
    ] = None,
    by: Annotated[
        str, typer.Option("--by", metavar="КТО", help="Кто внёс; останется в журнале.")
    ] = "консультант",
) -> None:
    """Внести перенос дня в календарь клиента: месяцы, которые уже открыты, не меняются."""
    from datetime import UTC, datetime

    from rich.markup import escape

    from cli.showing.output import console
    from ledger import open_ledger
    from operations.facts.calendars import override_days, read_decree
    from operations.world.settings import read_settings

    moved = read_decree(file) if file else (_moved_day(day, week, source, worked=worked),)
    settings = read_settings()
    settings.make_home()
    with open_ledger(settings.ledger_url, folder=settings.home) as ledger:
        added = override_days(client, moved, ledger, datetime.now(UTC), by)
    for entry in added:
        console.print(
            f"[green]Внесено[/] № {entry.number}: {escape(_moved(entry.override))}", highlight=False
        )
    if not added:
        console.print("Ничего не изменилось: это уже внесено.")


def _moved_day(day: str | None, week: int | None, source: str, *, worked: bool | None) -> CalendarOverride:
    from datetime import date

    from cli.refusals import refused
    from kpi_rules.time.decrees import WEEKS
    from kpi_rules.time.periods import CalendarOverride

    if day is None or worked is None:
        raise refused(
            "Не сказано, какой день и какой он теперь.",
            "Укажите --day 2026-11-10 и --working или --off; или файл: --file.",
        )
    try:
        moved_on = date.fromisoformat(day)
    except ValueError:
        raise refused(f"«{day}» — не дата.", "Напишите её как 2026-11-10.") from None
    month_of(f"{moved_on:%Y-%m}")  # of a year that the calendar knows
    if week is not None and week not in WEEKS:
        raise refused(f"Недели из {week} дней нет.", "Укажите --week 5 или --week 6.")
    return CalendarOverride(moved_on, WEEKS if week is None else (week,), worked, source.strip())


def calendar_tables(calendar: MonthCalendar) -> list[Any]:
    """Lay out a month's calendar for the terminal."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    state = "заморожен вместе с месяцем" if calendar.frozen else "заморозится, когда месяц откроется"
    shown: list[Any] = [
        f"[bold]{escape(calendar.client)}[/]: календарь {calendar.month}, {state}.",
        f"Норма: пятидневка [bold]{calendar.norm_days(5)}[/] дн., шестидневка [bold]{calendar.norm_days(6)}[/] дн.",
        f"[dim]{escape(calendar.calendar.version)}[/]",
    ]
    table = Table("День", "Пятидневка", "Шестидневка", "Примечание", box=box.SIMPLE_HEAD, pad_edge=False)
    for day in calendar.month.days():
        if remarkable(calendar, day):
            words = [_word(worked=calendar.calendar.is_worked(day, week)) for week in (5, 6)]
            table.add_row(f"{day:%d.%m} {_WEEKDAYS[day.weekday()]}", *words, _remark(calendar, day))
    shown.append(table if table.rows else "Праздников и переносов в этом месяце нет.")
    if calendar.estimated and not calendar.frozen:
        days = ", ".join(f"{day:%d.%m.%Y}" for day in calendar.estimated)
        shown.append(
            f"[yellow]![/] {days}: день рассчитан, официально ещё не объявлен. Когда объявят, подтвердите или "
            "перенесите его до открытия месяца: «kpi calendar override»."
        )
    return shown


def remarkable(calendar: MonthCalendar, day: date) -> bool:
    """Tell whether a day differs from a plain week of its kind, or was moved."""
    plain = [day.weekday() < week for week in (5, 6)]
    worked = [calendar.calendar.is_worked(day, week) for week in (5, 6)]
    return plain != worked or bool(calendar.overrides(day)) or day in calendar.estimated


def _remark(calendar: MonthCalendar, day: date) -> str:
    from rich.markup import escape

    told = [_moved(override) for override in calendar.overrides(day)]
    if day in calendar.estimated:
        told.append("расчётный день, не объявлен")
    return escape("; ".join(told))


def _moved(override: CalendarOverride) -> str:
    weeks = "" if len(override.weeks) > 1 else f" ({override.weeks[0]}-дневная неделя)"
    return f"{override.day:%d.%m.%Y} {_word(worked=override.worked)}{weeks} — {override.source}"


def _word(*, worked: bool) -> str:
    return "рабочий" if worked else "выходной"
