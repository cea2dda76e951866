"""Checks of meaning: what people entered that contradicts itself, each with its place (SPEC §4, §8).

Cells that can not be read are found in reading; here stands what can be read and still can not be right. A
problem blocks if it could change somebody's score of the month; `settled` takes that back where it can not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

import pandas as pd

from kpi_rules.day_checks import check_discipline, check_reports
from kpi_rules.deal_checks import check_deals, future_deals
from kpi_rules.decisions import Decided, in_force
from kpi_rules.employment import Workdays
from kpi_rules.inputs import Employment, MonthInputs, PayrollInputs, PlanRow, Role, WorkbookInputs
from kpi_rules.problems import Place, Problem, Severity, blocking, warning
from kpi_rules.results import EmployeeResult, State
from kpi_rules.targets import RATIO_TARGETS

_FRAMES = ("deals", "reports", "discipline")


def check_month(
    inputs: MonthInputs, workdays: Mapping[str, Workdays], cut_at: datetime, decided: Decided
) -> list[Problem]:
    """Check the facts of one month, the head's decisions already taken in."""
    return [
        *_check_staff(inputs.staff),
        *_check_absences(inputs),
        *_check_plan(inputs, workdays),
        *(
            check_reports(inputs, workdays)
            if inputs.rulebook.inputs == "reports"
            else check_deals(inputs, cut_at)
        ),
        *check_discipline(inputs, workdays),
        *_check_decisions(inputs, decided),
    ]


def check_workbook(workbook: WorkbookInputs, payroll: PayrollInputs, as_of_at: datetime) -> list[Problem]:
    """Check what no single month sees: dates in the future, and doubled rows of the payroll book.

    `as_of_at` is the naive local moment. To be added to the problems that `decide` is given.
    """
    found = future_deals(workbook.deals, as_of_at)
    for name, tab in (("reports", "reports"), ("discipline", "discipline")):
        frame = getattr(workbook, name)
        late = frame.loc[(frame["on"] > pd.Timestamp(as_of_at)).to_numpy(dtype=bool)]
        found += [
            warning("date_in_future", Place(tab, int(row), "on"), _text(code), value=f"{on:%d.%m.%Y}")
            for row, on, code in zip(late["row"], late["on"], late["code"], strict=True)
        ]
    found += _doubled(
        "salary_twice", "salaries", [((s.code, s.from_month), s.row, s.code) for s in payroll.salaries]
    )
    found += _doubled(
        "correction_twice", "corrections", [((c.number,), c.row, c.code) for c in payroll.corrections]
    )
    return found


def settled(
    problems: Iterable[Problem], inputs: MonthInputs, employees: Sequence[EmployeeResult]
) -> list[Problem]:
    """Let those problems only warn that can not change a score of this month, and drop repeats.

    They can not if their row belongs to another month or was excluded, or if nothing is unknown on the card
    of the employee concerned and on the heads' cards (the KPI is not scored, or was decided).
    """
    given = list(problems)
    rows = {problem.place.row for problem in given}
    codes = {}
    for tab in _FRAMES:
        frame = getattr(inputs, tab)
        named = frame.loc[frame["row"].isin(list(rows - {None}))]
        codes[tab] = dict(zip(named["row"], named["code"], strict=True))
    unknown = {
        employee.code
        for employee in employees
        if any(result.state is State.NO_DATA for result in employee.kpis)
    }
    heads_unknown = any(employee.code in unknown for employee in employees if employee.role is Role.HEAD)
    kept: dict[tuple[object, ...], Problem] = {}
    for problem in given:
        found = _settle(problem, codes, unknown, heads_unknown=heads_unknown)
        params = tuple(sorted(found.params.items()))
        kept.setdefault((found.code, found.severity, found.place, found.employee, params), found)
    return list(kept.values())


def _settle(
    problem: Problem, codes: Mapping[str, Mapping[int, object]], unknown: set[str], *, heads_unknown: bool
) -> Problem:
    rows = codes.get(problem.place.tab)
    if not problem.blocks or rows is None:
        return problem
    row = problem.place.row
    if row is not None and row not in rows:
        return replace(problem, severity=Severity.WARNING)
    employee = problem.employee or (None if row is None else _text(rows[row]))
    if employee is None or employee in unknown or heads_unknown:
        return problem
    return replace(problem, severity=Severity.WARNING)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _doubled(code: str, tab: str, rows: Sequence[tuple[tuple[object, ...], int, str]]) -> list[Problem]:
    keys = [key for key, _, _ in rows]
    return [
        blocking(code, Place(tab, row), employee, value=" · ".join(str(part) for part in key))
        for key, row, employee in rows
        if keys.count(key) > 1
    ]


def _check_staff(staff: Sequence[Employment]) -> list[Problem]:
    found = []
    stints: dict[str, list[Employment]] = {}
    for stint in sorted(staff, key=lambda stint: (stint.hired_on, stint.row)):
        stints.setdefault(stint.code, []).append(stint)
    for code, own in stints.items():
        for earlier, later in pairwise(own):
            if earlier.left_on is None or earlier.left_on >= later.hired_on:
                found.append(
                    blocking("stints_overlap", Place("staff", later.row, "hired_on"), code, value=code)
                )
        found += [
            blocking("left_before_hired", Place("staff", stint.row, "left_on"), code, value=code)
            for stint in own
            if stint.left_on is not None and stint.left_on < stint.hired_on
        ]
    if not any(stint.role is Role.HEAD for stint in staff):
        found.append(warning("no_head", Place("staff")))
    return found


def _check_absences(inputs: MonthInputs) -> list[Problem]:
    return [
        blocking("absence_reversed", Place("absences", absence.row, "to_on"), absence.code)
        for absence in inputs.absences
        if absence.to_on < absence.from_on
    ]


def _check_plan(inputs: MonthInputs, workdays: Mapping[str, Workdays]) -> list[Problem]:
    found = _doubled("plan_twice", "plan", [((row.code,), row.row, row.code) for row in inputs.plan])
    for row in inputs.plan:
        if row.code not in workdays:
            found.append(
                warning("plan_not_employed", Place("plan", row.row, "code"), row.code, value=row.code)
            )
            continue
        found += [
            blocking("plan_not_above_zero", Place("plan", row.row, field), row.code, value=value)
            for field, value in _unusable(row)
        ]
    return found


def _unusable(row: PlanRow) -> list[tuple[str, object]]:
    values = [(field, getattr(row, field)) for field in ("revenue_tiyn", *RATIO_TARGETS)]
    found = [(field, value) for field, value in values if value is not None and value <= 0]
    if row.leads is not None and row.leads < 0:
        found.append(("leads", row.leads))
    return found


def _check_decisions(inputs: MonthInputs, decided: Decided) -> list[Problem]:
    holding = set(in_force(inputs.decisions))
    found = []
    for decision in inputs.decisions:
        place = Place("decisions", decision.row, "subject")
        if not decision.reason.strip():
            code = "decision_without_reason"
        elif decision not in holding:
            code = "decision_not_approved"
        elif decision not in decided.used:
            code = "decision_without_effect"
        else:
            continue
        found.append(warning(code, place, decision.code, subject=decision.subject))
    return found
