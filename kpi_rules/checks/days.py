"""Checks of meaning for the tabs with a row per employee and day: «Отчёты» and «Дисциплина» (behaviour §4)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from kpi_rules.checks.costs import COST, cost_asked, of_rows
from kpi_rules.facts.columns import Flags
from kpi_rules.facts.employment import Workdays
from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.inputs import MonthInputs
from kpi_rules.facts.kinds import WHOLE_KINDS
from kpi_rules.facts.tabs import day_count
from kpi_rules.measures.catalogue import concerned
from kpi_rules.problems import Place, Problem, Severity

BLOCKING, WARNING = Severity.BLOCKING, Severity.WARNING


def check_days(inputs: MonthInputs, workdays: Mapping[str, Workdays]) -> list[Problem]:
    """Check the month's rows of days: twice, without a day, blank where a number is needed, negative."""
    facts, days = inputs.facts, inputs.facts.days
    tab, given = facts.tab, _given(facts)
    problems = _of_days("report", facts, given, workdays)
    for column in (column for column in tab.values if column.needed):
        blank = days.blank(column.key) & ~days.bad(column.key) & given
        problems += _problems("report_blank", BLOCKING, facts, column.key, blank)
    for column in (column for column in tab.values if column.needed_beside):
        concern, blank = day_count(column.counts).concern, days.blank(column.key) & ~days.bad(column.key)
        if concern == COST:
            blank &= of_rows(cost_asked(inputs), facts.rows["code"].tolist())
        if concern == COST or concerned(inputs.rulebook.measures, concern):
            blank &= days.whole(column.needed_beside) != 0
            problems += _problems("report_blank", BLOCKING, facts, column.key, blank)
    for column in tab.values:
        if column.kind in WHOLE_KINDS and not column.signed:
            below = days.whole(column.key) < 0
            problems += _problems("report_negative", BLOCKING, facts, column.key, below)
    repeats = tab.counting("repeat")
    if repeats is not None:
        above = days.more_repeats_than_deals
        problems += _problems("report_repeat_above_deals", BLOCKING, facts, repeats, above)
    return problems


def check_marks(inputs: MonthInputs, workdays: Mapping[str, Workdays]) -> list[Problem]:
    """Check the month's marks."""
    return _of_days("marks", inputs.marks, _given(inputs.marks), workdays)


def _given(facts: FactFrame) -> Flags:
    """Tell which rows say anything beside whose and of which day they are."""
    given: Flags = np.logical_or.reduce([facts.rows.given(column.key) for column in facts.tab.values])
    return given


def _of_days(what: str, facts: FactFrame, given: Flags, workdays: Mapping[str, Workdays]) -> list[Problem]:
    frame = facts.rows
    keyed = frame.given("code") & frame.given("on")
    no_code = ~frame.given("code") & ~frame["bad_code"]
    no_day = ~frame.given("on") & ~frame["bad_on"]
    doubled = frame.shared("code", "on") & keyed
    worked = {(code, day) for code, worker in workdays.items() for day in worker.days}
    employed = frame.is_one_of("code", workdays.keys())
    on_worked_day = np.array(
        [
            key in worked
            for key in zip(frame["code"], facts.days.on.astype("datetime64[D]").tolist(), strict=True)
        ],
        dtype=bool,
    )
    complete = keyed & given
    off_day = complete & employed & ~on_worked_day
    checks = [
        (f"{what}_twice", BLOCKING, "on", doubled),
        (f"{what}_without_manager", BLOCKING, "code", no_code & given),
        (f"{what}_without_date", BLOCKING, "on", no_day & given),
        (f"{what}_not_employed", WARNING, "code", complete & ~employed),
        (f"{what}_on_off_day", WARNING, "on", off_day),
    ]
    return [
        problem
        for code, severity, column, chosen in checks
        for problem in _problems(code, severity, facts, column, chosen)
    ]


def _problems(code: str, severity: Severity, facts: FactFrame, column: str, chosen: Flags) -> list[Problem]:
    if not chosen.any():
        return []
    rows = facts.rows.chosen(chosen)
    return [
        Problem(
            code,
            severity,
            Place(facts.tab.key, row, column),
            {
                "date": "—" if on is None else f"{on:%d.%m.%Y}",
                "value": "" if value is None else str(value),
            },
            employee if isinstance(employee, str) else None,
        )
        for row, on, employee, value in zip(*map(rows.plain, ("row", "on", "code", column)), strict=True)
    ]
