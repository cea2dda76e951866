"""What if: a closed month recounted under other rules or targets; changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from kpi_rules.cards.payouts import pay
from kpi_rules.cards.results import Known
from kpi_rules.deciding.month import decide
from kpi_rules.facts.inputs import MonthInputs, PlanRow, Salary
from kpi_rules.rulebook.model import Rulebook
from kpi_rules.time.periods import Month


@dataclass(frozen=True)
class WhatIf:
    """One employee of one month: score and variable pay (tiyn) as it was, and as it would have been."""

    month: Month
    code: str
    name: str
    old_score: Fraction | None
    new_score: Fraction | None
    old_band: str | None
    new_band: str | None
    old_variable_tiyn: int
    new_variable_tiyn: int
    """0 where `new_incomplete`: nothing can be said."""
    new_incomplete: bool = False
    """True where the other rules ask for what this month does not hold: a target that nobody entered."""
    new_known: Known | None = None
    """What is known of the new score then."""
    old_percent_tiyn: int = 0
    """What of the variable pay is a percent of sales."""
    new_percent_tiyn: int = 0

    @property
    def gain_tiyn(self) -> int:
        """What the other rules would have brought (negative: cost) the employee."""
        return self.new_variable_tiyn - self.old_variable_tiyn


def what_if(
    inputs: MonthInputs,
    salaries: Sequence[Salary],
    as_of_at: datetime,
    *,
    rulebook: Rulebook | None = None,
    plan: Iterable[PlanRow] | None = None,
) -> list[WhatIf]:
    """Recount a month under another rulebook, another plan, or both; corrections are left out.

    A policy that the other rulebook does not name stays as the month had it: «Правила» has no place for any.
    """
    other = replace(
        inputs,
        rulebook=inputs.rulebook if rulebook is None else rulebook.beside(inputs.rulebook),
        plan=inputs.plan if plan is None else tuple(plan),
    )
    outcomes = []
    for case in (inputs, other):
        results = decide(case, as_of_at, final=True)
        payroll, _ = pay(results, case, salaries, ())
        lines = {line.code: line for line in payroll.lines}
        outcomes.append({employee.code: (employee, lines[employee.code]) for employee in results.employees})
    old, new = outcomes
    return [
        WhatIf(
            month=inputs.month,
            code=code,
            name=before.name,
            old_score=before.score,
            new_score=new[code][0].score,
            old_band=before.band.id if before.band else None,
            new_band=band.id if (band := new[code][0].band) else None,
            old_variable_tiyn=paid.variable_paid_tiyn,
            new_variable_tiyn=new[code][1].variable_paid_tiyn,
            new_incomplete=new[code][0].preliminary,
            new_known=new[code][0].known,
            old_percent_tiyn=paid.percent_tiyn,
            new_percent_tiyn=new[code][1].percent_tiyn,
        )
        for code, (before, paid) in old.items()
    ]
