"""Which rows of the input tabs an archive keeps: those that concern its month, not all that were ever entered (behaviour §3).

A row concerns the month if the month was counted with it, if «Ошибки» names it, or if it holds for every month
(«Настройки»). Rules and plan stand in the archive as they froze, whatever the tabs say by the time of the close.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kpi_rules.facts.inputs import VALUES, MonthInputs, Objection
from kpi_rules.facts.payments import PAYMENTS
from kpi_rules.problems import Problem
from kpi_rules.records.months import plan_from_record
from kpi_rules.records.rulebooks import rulebook_from_record
from sheets_sync.building.entry_tabs import plan_rows, rule_rows
from sheets_sync.building.wanted import CellValue
from sheets_sync.reading.cells import Rows
from sheets_sync.schema.layout import Book


@dataclass(frozen=True)
class ArchivedRows:
    """Raw rows by tab key, the header first, and of which sheet row each one below it is."""

    cells: Mapping[str, Rows]
    numbers: Mapping[str, tuple[int, ...]]


def rows_of_month(
    raw: Mapping[str, Rows],
    inputs: MonthInputs,
    objections: Iterable[Objection],
    problems: Iterable[Problem],
) -> ArchivedRows:
    """Choose the rows of a month out of all that were read; of a tab that nothing is known of, all."""
    known = _known_rows(inputs, objections)
    for problem in problems:
        if problem.place.tab in known:
            known[problem.place.tab].update(_rows_of(problem))
    numbers: dict[str, tuple[int, ...]] = {}
    cells: dict[str, Rows] = {}
    for tab, rows in raw.items():
        chosen = known.get(tab, set(range(2, len(rows) + 1)))
        numbers[tab] = tuple(sorted(row for row in chosen if 1 < row <= len(rows)))
        cells[tab] = [*rows[:1], *(rows[row - 1] for row in numbers[tab])]
    # Laid out in the order of the record; of a row that is gone nobody knows the place.
    as_frozen = {"plan": tuple(row.row for row in inputs.plan), "rules": ()}
    return ArchivedRows(
        {**cells, **{tab: raw.get(tab, [])[:1] for tab in as_frozen}}, {**numbers, **as_frozen}
    )


def _known_rows(inputs: MonthInputs, objections: Iterable[Objection]) -> dict[str, set[int]]:
    month = inputs.month
    return {
        "staff": {stint.row for stint in inputs.staff},
        "absences": {absence.row for absence in inputs.absences},
        inputs.facts.tab.key: set(map(int, inputs.facts.rows["row"])),
        inputs.marks.tab.key: set(map(int, inputs.marks.rows["row"])),
        PAYMENTS: {payment.row for payment in inputs.payments},
        VALUES: {value.row for value in inputs.values},
        "objections": {each.row for each in objections if each.month in {month, None}},
    }


def _rows_of(problem: Problem) -> list[int]:
    """Give the rows that a problem names: its own, and the last of those that it counts."""
    named = problem.params.get("row", "")
    return [row for row in (problem.place.row, int(named) if named.isdecimal() else None) if row]


def at_archived_rows(problem: Problem, numbers: Mapping[str, Sequence[int]]) -> Problem:
    """Give a problem with the rows that it names as they stand in the archive; without a cell where that has none."""
    standing = numbers.get(problem.place.tab)
    if standing is None or problem.place.row is None or problem.place.row == 1:
        return problem
    places = {number: index + 2 for index, number in enumerate(standing)}
    params = dict(problem.params)
    if (named := params.get("row", "")).isdecimal():
        params["row"] = str(places.get(int(named), named))
    place = replace(problem.place, row=places.get(problem.place.row))
    return replace(problem, place=place, params=params)


def laid_as_frozen(sealed: Mapping[str, Any], book: Book) -> dict[str, list[list[CellValue]]]:
    """Lay rules and plan of a sealed record out as the rows of their tabs."""
    rules, plan = rulebook_from_record(sealed["rules"]), plan_from_record(sealed["plan"])
    rows = {
        "rules": rule_rows(book.tab("rules"), rules),
        "plan": plan_rows(book.tab("plan"), plan),
    }
    return {tab: [[cell.value for cell in row] for row in laid] for tab, laid in rows.items()}
