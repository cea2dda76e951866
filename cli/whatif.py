"""`kpi whatif`: what other rules would have meant for the months that are closed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.arguments import ClientName

if TYPE_CHECKING:
    from fractions import Fraction

    from kpi_rules.cards.results import Known
    from kpi_rules.deciding.whatif import WhatIf
    from operations.months.whatif import Change, Comparison

_DASH = "—"


def whatif(
    client: ClientName,
    rulebook: Annotated[
        Path,
        typer.Option(
            "--rulebook", metavar="ФАЙЛ", help="Черновик правил, файл TOML (templates/*/rulebook.toml)."
        ),
    ],
    months: Annotated[
        int, typer.Option("--months", min=1, help="Сколько последних закрытых месяцев пересчитать.")
    ] = 3,
) -> None:
    """Пересчитать закрытые месяцы по другим правилам: кто выиграл бы, кто проиграл. Ничего не меняет."""
    from cli.showing.output import console, progress
    from ledger import open_ledger
    from operations.world.settings import read_settings

    settings = read_settings()
    settings.make_home()
    with progress("Пересчитываю"), open_ledger(settings.ledger_url, folder=settings.home) as ledger:
        from operations.months.whatif import compare

        comparison = compare(ledger, client, rulebook, months)
    for shown in comparison_tables(comparison, months):
        console.print(shown, highlight=False)


def comparison_tables(comparison: Comparison, wanted: int) -> list[Any]:
    """Lay out a comparison for the terminal: months, employees and total, and the outcome in a sentence."""
    from rich.markup import escape

    first, last = comparison.months[0], comparison.months[-1]
    span = str(first) if first == last else f"{first} … {last}"
    draft = escape(comparison.draft.name)
    title = f"[bold]{escape(comparison.client)}[/]: {span} по правилам «{draft}» из черновика."
    shown: list[Any] = [f"{title} Сами месяцы не меняются; корректировки не учтены."]
    if len(comparison.months) < wanted:
        shown.append(f"[dim]Закрытых месяцев пока {len(comparison.months)}.[/]")
    shown.append(_month_table(comparison))
    if comparison.unpaid:
        shown.append(f"[dim]Теневые, без выплат: {', '.join(map(str, sorted(comparison.unpaid)))}.[/]")
    if any(case.new_incomplete for case in comparison.cases):
        shown.append(
            "[yellow]Жёлтым[/] — нет данных: черновику не хватает плана или отметок этого месяца. Показано, между чем "
            "лежит KPI; такие строки не входят в итог."
        )
    changes = comparison.changes()
    if changes:
        shown += [_change_table(comparison, changes), _outcome(comparison, changes)]
    return shown


def _month_table(comparison: Comparison) -> Any:
    from rich.markup import escape

    table = _table("По месяцам: было → стало бы; переменная часть, ₸")
    table.add_column("Месяц", no_wrap=True)
    table.add_column("Сотрудник", ratio=1, min_width=12)
    table.add_column("KPI, %", justify="right", no_wrap=True, min_width=8)
    table.add_column("  Ступень", min_width=13)
    _add_amounts(table)
    percents = any(case.old_percent_tiyn or case.new_percent_tiyn for case in comparison.cases)
    if percents:
        table.add_column("Из них процент\nс продаж", justify="right", no_wrap=True)
    for index, case in enumerate(comparison.cases):
        ends = index + 1 == len(comparison.cases) or comparison.cases[index + 1].month != case.month
        begins = index == 0 or comparison.cases[index - 1].month != case.month
        paid = comparison.is_paid(case)
        table.add_row(
            str(case.month) if begins else "",
            escape(case.name),
            f"{_score(case.old_score)} → {_new_score(case)}",
            _bands(case, comparison),
            *(_amounts(case.old_variable_tiyn, case.new_variable_tiyn) if paid else (_DASH,) * 3),
            *([_percents(case) if paid else _DASH] if percents else []),
            end_section=ends,
        )
    return table


def _change_table(comparison: Comparison, changes: tuple[Change, ...]) -> Any:
    from rich.markup import escape

    table = _table("За все месяцы: кто выиграл бы, кто проиграл, ₸")
    table.add_column("Сотрудник", ratio=1, min_width=12)
    table.add_column("Месяцев", justify="right")
    _add_amounts(table)
    for change in changes:
        table.add_row(escape(change.name), str(change.months), *_amounts(change.old_tiyn, change.new_tiyn))
    total = comparison.total()
    table.add_section()
    table.add_row("Итого", str(total.months), *_amounts(total.old_tiyn, total.new_tiyn), style="bold")
    return table


def _outcome(comparison: Comparison, changes: tuple[Change, ...]) -> str:
    from cli.showing.output import tenge

    counts = Counter((change.gain_tiyn > 0) - (change.gain_tiyn < 0) for change in changes)
    gain = comparison.total().gain_tiyn
    fund = (
        "не изменился бы" if not gain else f"{'вырос' if gain > 0 else 'снизился'} бы на {tenge(abs(gain))}"
    )
    return (
        f"Выиграли бы: [green]{counts[1]}[/], проиграли бы: [red]{counts[-1]}[/], без изменений: {counts[0]}. "
        f"Фонд переменной части {fund}."
    )


def _table(title: str) -> Any:
    from rich import box
    from rich.table import Table

    return Table(
        title=title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold", pad_edge=False, padding=0
    )


def _add_amounts(table: Any) -> None:
    for header in ("Была", "Стала бы", "Разница"):
        table.add_column(header, justify="right", no_wrap=True, min_width=10)


def _amounts(old_tiyn: int, new_tiyn: int) -> tuple[str, str, str]:
    gain = new_tiyn - old_tiyn
    color, sign = ("green", "+") if gain > 0 else ("red", "") if gain < 0 else ("dim", "")
    return _whole(old_tiyn), _whole(new_tiyn), f"[{color}]{sign}{_whole(gain)}[/]"


def _percents(case: WhatIf) -> str:
    return f"{_whole(case.old_percent_tiyn)} → {_whole(case.new_percent_tiyn)}"


def _whole(amount_tiyn: int) -> str:
    from cli.showing.output import NBSP, tenge

    return tenge(amount_tiyn).removesuffix(f"{NBSP}₸")


def _score(score: Fraction | None) -> str:
    from kpi_rules.exact import rounded_half_up

    return _DASH if score is None else str(rounded_half_up(score))


def _new_score(case: WhatIf) -> str:
    if not case.new_incomplete:
        return _score(case.new_score)
    return "[yellow]нет данных[/]" if case.new_known is None else f"[yellow]{_ends(case.new_known)}[/]"


def _ends(known: Known) -> str:
    """Give the range in which the new score lies."""
    from kpi_rules.cards.scoring import rounded_score

    return f"{rounded_score(known.low)}–{rounded_score(known.high)}"


def _bands(case: WhatIf, comparison: Comparison) -> str:
    from kpi_rules.words.known import band_name

    def word(band: str | None) -> str:
        return f"  {_DASH if band is None else band_name(band, comparison.texts)}"

    if case.new_incomplete:
        return word(case.old_band)
    if case.old_band == case.new_band:
        return f"[dim]{word(case.old_band)}[/]"
    return f"{word(case.old_band)} →\n{word(case.new_band)}"
