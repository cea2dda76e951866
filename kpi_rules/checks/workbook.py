"""Checks of meaning: what people entered that contradicts itself, each with its place (behaviour §4, §8).

Cells that can not be read are told by reading; here stands what can be read and still can not be right. A
problem blocks if it could change somebody's score of the month; `settling` takes that back where it can not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise

import numpy as np

from kpi_rules.cards.payouts import correction_twice, salary_twice
from kpi_rules.cards.targets import needed_targets, own_targets, usable
from kpi_rules.checks.conditions import check_conditions
from kpi_rules.checks.days import check_days, check_marks
from kpi_rules.checks.deals import check_deals, future_deals
from kpi_rules.checks.doubts import doubt, readings
from kpi_rules.checks.own_values import check_own_values
from kpi_rules.checks.plausible import check_plausible
from kpi_rules.facts.decisions import Decided, in_force
from kpi_rules.facts.employment import Workdays
from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.inputs import (
    VALUES,
    DecisionKind,
    Employment,
    MonthInputs,
    PayrollInputs,
    PlanRow,
    WorkbookInputs,
)
from kpi_rules.facts.payments import PAYMENTS
from kpi_rules.facts.percents import percent_problems
from kpi_rules.measures.targets import TARGETS
from kpi_rules.problems import Place, Problem, blocking, warning
from kpi_rules.rulebook.model import Role


def check_month(
    inputs: MonthInputs, workdays: Mapping[str, Workdays], cut_at: datetime, decided: Decided
) -> list[Problem]:
    """Check the facts of one month, the head's decisions already taken in."""
    return [
        *_check_staff(inputs),
        *_check_absences(inputs),
        *_check_plan(inputs, workdays),
        *(check_deals(inputs, cut_at) if inputs.facts.of_leads else check_days(inputs, workdays)),
        *check_conditions(inputs, cut_at),
        *check_own_values(inputs, cut_at.date()),
        *check_marks(inputs, workdays),
        *_check_decisions(inputs, decided),
    ]


def check_workbook(workbook: WorkbookInputs, payroll: PayrollInputs, as_of_at: datetime) -> list[Problem]:
    """Check what no single month sees: doubtful dates and numbers, and doubled rows of the payroll book.

    `as_of_at` is the naive local moment. To be added to the problems that `decide` is given.
    """
    problems: list[Problem] = []
    for facts in (workbook.facts, workbook.marks):
        if facts.of_leads:
            problems += future_deals(facts, as_of_at)
            continue
        problems += _future_days(facts, as_of_at)
    problems += [
        doubt(
            "date_in_future",
            Place(PAYMENTS, payment.row, "on"),
            payment.code,
            readings(payment.on, as_of_at.date()),
            subject=payment.number or "—",
            value=f"{payment.on:%d.%m.%Y}",
        )
        for payment in workbook.payments
        if payment.on is not None and payment.on > as_of_at.date()
    ]
    problems += [
        doubt(
            "date_in_future",
            Place(VALUES, value.row, "on"),
            value.code,
            readings(value.on, as_of_at.date()),
            subject=f"{value.on:%d.%m.%Y}",
            value=f"{value.on:%d.%m.%Y}",
        )
        for value in workbook.values
        if value.on is not None and value.on > as_of_at.date()
    ]
    problems += check_plausible(workbook, as_of_at)
    starts = Counter((salary.code, salary.from_month) for salary in payroll.salaries)
    numbers = Counter(correction.number for correction in payroll.corrections)
    return [
        *problems,
        *(salary_twice(s) for s in payroll.salaries if starts[s.code, s.from_month] > 1),
        *(correction_twice(c) for c in payroll.corrections if numbers[c.number] > 1),
        *percent_problems(payroll.percents),
    ]


def _future_days(facts: FactFrame, as_of_at: datetime) -> list[Problem]:
    on, codes, rows = facts.days.on, facts.rows["code"].tolist(), facts.rows["row"].tolist()
    doubts = []
    for at in np.flatnonzero(on > np.datetime64(as_of_at, "s")).tolist():
        day = on[at].astype("datetime64[D]").item()
        shown, code = f"{day:%d.%m.%Y}", codes[at] if isinstance(codes[at], str) else None
        place = Place(facts.tab.key, int(rows[at]), "on")
        months = readings(day, as_of_at.date())
        doubts.append(doubt("date_in_future", place, code, months, subject=shown, value=shown))
    return doubts


def _plan_twice(plan: Sequence[PlanRow]) -> list[Problem]:
    codes = Counter(row.code for row in plan)
    return [
        blocking("plan_twice", Place("plan", row.row), row.code, value=row.code)
        for row in plan
        if codes[row.code] > 1
    ]


def _check_staff(inputs: MonthInputs) -> list[Problem]:
    problems = []
    staff, month = inputs.staff, inputs.month
    stints: dict[str, list[Employment]] = {}
    for stint in sorted(staff, key=lambda stint: (stint.hired_on, stint.row)):
        stints.setdefault(stint.code, []).append(stint)
    for code, own in stints.items():
        for earlier, later in pairwise(own):
            if earlier.left_on is None or earlier.left_on >= later.hired_on:
                problems.append(
                    blocking("stints_overlap", Place("staff", later.row, "hired_on"), code, value=code)
                )
        problems += [
            blocking("left_before_hired", Place("staff", stint.row, "left_on"), code, value=code)
            for stint in own
            if stint.left_on is not None and stint.left_on < stint.hired_on
        ]
        present = [stint for stint in own if stint.left_on is None or stint.left_on >= month.first_on]
        if len({stint.role for stint in present}) > 1:
            last = present[-1]
            place = Place("staff", last.row, "role")
            problems.append(blocking("role_changed", place, code, value=code, name=last.name, month=month))
    if not any(stint.role is Role.HEAD for stint in staff):
        problems.append(warning("no_head", Place("staff")))
    return problems


def _check_absences(inputs: MonthInputs) -> list[Problem]:
    return [
        blocking("absence_reversed", Place("absences", absence.row, "to_on"), absence.code)
        for absence in inputs.absences
        if absence.to_on < absence.from_on
    ]


def _check_plan(inputs: MonthInputs, workdays: Mapping[str, Workdays]) -> list[Problem]:
    problems = _plan_twice(inputs.plan)
    has_head = any(worked.role is Role.HEAD for worked in workdays.values())
    looked_at = needed_targets(inputs.rulebook, with_head=has_head, also_told=True)
    targets = {**TARGETS, **{name: each for name, (_, each) in own_targets(inputs.rulebook.all_kpis).items()}}
    for row in inputs.plan:
        if row.code not in workdays:
            problems.append(
                warning("plan_not_employed", Place("plan", row.row, "code"), row.code, value=row.code)
            )
            continue
        if workdays[row.code].role is Role.HEAD:
            # The head's targets come out of the managers' rows.
            continue
        problems += [
            blocking("plan_not_above_zero", Place("plan", row.row, field), row.code, value=value)
            for field, target in targets.items()
            if field in looked_at
            and (value := row.targets.get(field)) is not None
            and usable(row, target) is None
        ]
    return problems


def _check_decisions(inputs: MonthInputs, decided: Decided) -> list[Problem]:
    holding = set(in_force(inputs.decisions))
    problems = []
    for decision in inputs.decisions:
        place = Place("decisions", decision.row, "subject")
        if not decision.reason.strip():
            code = "decision_without_reason"
        elif decision not in holding:
            code = "decision_not_approved"
        elif decision in decided.contradicted:
            code = "decision_contradicted"
        elif decision in decided.ambiguous:
            code = "decision_on_several_rows"
        elif decision.kind is DecisionKind.RIGHT:
            # Which rows it names is looked at where doubts are weighed.
            continue
        elif decision not in decided.used:
            code = "decision_without_effect"
        else:
            continue
        problems.append(warning(code, place, decision.code, subject=decision.subject))
    return problems
