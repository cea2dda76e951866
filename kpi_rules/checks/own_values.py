"""Checks of «Показатели»: measures that no rule counts, people who were not there, doubled last values (behaviour §4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from kpi_rules.counting.own_measures import doubled_last
from kpi_rules.facts.inputs import VALUES, MonthInputs, OwnValue, WorkbookInputs
from kpi_rules.problems import Place, Problem, blocking, warning


def check_own_values(inputs: MonthInputs, until_on: date) -> Iterator[Problem]:
    """Check the values of one month against the rules that hold in it."""
    own = [kpi for kpi in inputs.rulebook.all_kpis if kpi.how_counted is not None]
    for kpi in {kpi.measure: kpi for kpi in own}.values():
        for value in doubled_last(kpi, inputs.values, until_on):
            yield blocking(
                "value_last_twice",
                _place(value, "on"),
                value.code,
                value=_day(value),
                kpi=value.measure or "",
            )
    for value in inputs.values:
        if value.measure is None or value.on is None:
            continue
        if not any(value.is_of(kpi.measure) for kpi in own):
            yield warning("value_of_no_rule", _place(value, "measure"), value.code, value=value.measure)
        elif value.code and not _is_employed(inputs, value.code, value.on):
            yield warning("value_not_employed", _place(value, "on"), value.code, value=_day(value))


def counted_values(workbook: WorkbookInputs) -> frozenset[int]:
    """Give the rows out of which rules of some month take something."""
    measures = {
        kpi.measure
        for rulebook in workbook.rulebooks
        for kpi in rulebook.all_kpis
        if kpi.how_counted is not None
    }
    return frozenset(
        value.row
        for value in workbook.values
        if value.is_clear and any(value.is_of(measure) for measure in measures)
    )


def _place(value: OwnValue, column: str) -> Place:
    return Place(VALUES, value.row, column)


def _day(value: OwnValue) -> str:
    return "" if value.on is None else f"{value.on:%d.%m.%Y}"


def _is_employed(inputs: MonthInputs, code: str, on: date) -> bool:
    stints = (stint for stint in inputs.staff if stint.code == code)
    return any(stint.hired_on <= on and (stint.left_on is None or on <= stint.left_on) for stint in stints)
