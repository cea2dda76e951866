"""What late edits of a closed month would have meant for score and pay, had they been there in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kpi_rules.cards.payouts import pay
from kpi_rules.cards.results import MonthResults, Payroll
from kpi_rules.facts.inputs import MonthInputs, WorkbookInputs
from kpi_rules.records.months import read_month, salaries_from_record
from kpi_rules.records.results import problem_from_record
from operations.facts.chain import decide_late
from operations.seals.snapshots import sealed_payroll


@dataclass(frozen=True)
class Effect:
    """One employee's sealed score and variable pay (tiyn), and what they would have been.

    What they would have been is None where the live rows leave it unknown.
    """

    code: str
    name: str
    sealed_percent: int | None
    present_percent: int | None
    sealed_variable_tiyn: int
    present_variable_tiyn: int | None


def late_effects(record: Mapping[str, Any], sealed: MonthInputs, live: WorkbookInputs) -> tuple[Effect, ...]:
    """Score the month again with the live rows and the sealed rules, plan, staff and decisions.

    Only employees whose score or variable pay would differ are listed.
    """
    record = read_month(record)
    as_of_at = datetime.fromisoformat(record["as_of_at"])
    problems = [problem_from_record(problem) for problem in record["problems"]]
    late = decide_late(sealed, live, as_of_at, problems)
    after = late.results
    before = {card["code"]: card["score_percent"] for card in record["results"]["employees"]}
    paid_before = _variables(sealed_payroll(record))
    paid_after = _variables(_repaid(record, late.inputs, after))
    effects = []
    for employee in after.employees:
        effect = Effect(
            employee.code,
            employee.name,
            before.get(employee.code),
            employee.score_percent,
            paid_before.get(employee.code) or 0,
            paid_after.get(employee.code, 0),
        )
        if (effect.sealed_percent, effect.sealed_variable_tiyn) != (
            effect.present_percent,
            effect.present_variable_tiyn,
        ):
            effects.append(effect)
    return tuple(effects)


def _repaid(record: Mapping[str, Any], present: MonthInputs, results: MonthResults) -> Payroll | None:
    if record["payroll"] is None:
        return None
    salaries = salaries_from_record(record["salaries"])
    payroll, _ = pay(results, present, salaries, ())
    return payroll


def _variables(payroll: Payroll | None) -> dict[str, int | None]:
    lines = payroll.lines if payroll else ()
    return {line.code: None if line.preliminary else line.variable_paid_tiyn for line in lines}
