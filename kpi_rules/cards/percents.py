"""A percent of sales by steps of plan completion: what of the base is paid at which rate (behaviour §5).

Steps are cut by revenue over the prorated plan, unrounded, lower bounds included. `marginal`: each step's rate on the
part of the base that lies in it, a margin being cut in the revenue's proportions. `whole`: the rate of the step that was
reached on all of it. Below zero everything lies in the first step.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import groupby, pairwise

from kpi_rules.cards.results import EmployeeResult, PercentPart, Sales
from kpi_rules.exact import whole_tenge_tiyn
from kpi_rules.facts.percents import (
    PercentBase,
    PercentRow,
    percent_problems,
    percents_of,
)
from kpi_rules.policies import PERCENT_STEPS, Policies
from kpi_rules.problems import Problem, blocking
from kpi_rules.rulebook.model import Role
from kpi_rules.time.periods import Month

WHOLE_BASE = "whole"
_ALL = Fraction(1)


def percent_of_sales(
    employee: EmployeeResult, rows: Iterable[PercentRow], policies: Policies, month: Month
) -> tuple[tuple[PercentPart, ...], list[Problem]]:
    """Give the parts of one employee's percent of sales, and what keeps it from being told.

    `rows` are those in force in the month, of everybody. Whoever worked no day is paid none; so is whoever has no plan
    where there is more than one step, because nothing says which of them was reached.
    """
    own = percents_of(rows, employee.code, employee.role)
    if not own or employee.worked_days == 0:
        return (), []
    problems = [*percent_problems(own), *_unapproved(employee, own, month)]
    parts: list[PercentPart] = []
    for base, group in groupby(own, key=lambda row: row.base):
        steps = tuple(group)
        amount_tiyn = _base_tiyn(base, employee.sales)
        if amount_tiyn is None:
            who = {"name": employee.name, "month": str(month)}
            place = steps[0].place("base")
            problems.append(blocking(f"percent_of_unknown_{base}", place, employee.code, **who))
        elif not problems:
            coefficient = employee.band.coefficient if employee.band else Fraction()
            whole = policies[PERCENT_STEPS] == WHOLE_BASE
            parts += _parts(steps, amount_tiyn, employee.sales, coefficient, whole=whole)
    return (() if problems else tuple(parts)), problems


def percent_tiyn(parts: Iterable[PercentPart]) -> int:
    """Give what the parts pay together, rounded once."""
    return whole_tenge_tiyn(sum((part.pays_tiyn for part in parts), Fraction()))


def _unapproved(employee: EmployeeResult, own: Iterable[PercentRow], month: Month) -> list[Problem]:
    """Name the head's rows that the owner has not ticked: nobody approves their own pay."""
    if employee.role is not Role.HEAD:
        return []
    return [unapproved_percent(row, employee.code, employee.name, month) for row in own if not row.approved]


def unapproved_percent(row: PercentRow, code: str, name: str, month: Month) -> Problem:
    """Name a row that pays whoever fills it in and lacks the owner's tick."""
    who = {"name": name, "month": str(month)}
    return blocking("head_percent_not_approved", row.place("approved"), code, **who)


def _base_tiyn(base: PercentBase, sales: Sales | None) -> int | None:
    if sales is None:
        return None
    return sales.revenue_tiyn if base is PercentBase.REVENUE else sales.margin_tiyn


def _parts(
    steps: Sequence[PercentRow],
    base_tiyn: int,
    sales: Sales | None,
    coefficient: Fraction,
    *,
    whole: bool,
) -> list[PercentPart]:
    """Cut a base by the steps; parts of nothing are left out, but for the one that was reached."""
    revenue = Fraction(sales.revenue_tiyn or 0) if sales else Fraction()
    plan = sales.plan_tiyn if sales else None
    if len(steps) == 1:
        reached, shares = 0, [_ALL]
    elif not plan:
        return []
    else:
        bounds = [step.from_fraction * plan for step in steps]
        reached = max((index for index, bound in enumerate(bounds) if bound <= revenue), default=0)
        shares = [Fraction(index == reached) for index in range(len(steps))]
        if not whole and revenue > 0:
            tops = [top for _, top in pairwise(bounds)]
            shares = [
                max(min(revenue, top) - low, Fraction()) / revenue
                for low, top in zip(bounds, [*tops, revenue], strict=True)
            ]
    return [
        PercentPart(
            base=str(step.base),
            from_fraction=step.from_fraction,
            rate_fraction=step.rate_fraction,
            part_tiyn=base_tiyn * share,
            coefficient=coefficient if step.by_band else None,
        )
        for index, (step, share) in enumerate(zip(steps, shares, strict=True))
        if base_tiyn * share or index == reached
    ]
