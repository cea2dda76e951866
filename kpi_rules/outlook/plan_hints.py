"""Plan hints for a new client: what two or three months of history say of a target; never set by itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from kpi_rules.cards.results import MonthResults
from kpi_rules.measures.catalogue import MEASURES, proposing
from kpi_rules.measures.measure import Direction
from kpi_rules.rulebook.model import Role
from kpi_rules.time.periods import Month

AMBITIOUS_FRACTION = Fraction(3, 5)
"""The 60th percentile: reached in two months of five. Where less is better: the 40th."""


@dataclass(frozen=True)
class PlanHint:
    """For one employee and measure: how many months stand behind it, their median and the ambitious target.

    Additive measures are scaled to a full month by the worked days. Units as in `catalogue`.
    """

    code: str
    measure: str
    months: int
    median: Fraction
    ambitious: Fraction


@dataclass(frozen=True)
class PlanProposal:
    """Hints for a month, and the months that they come from."""

    month: Month
    history: tuple[Month, ...]
    hints: tuple[PlanHint, ...]


def plan_hints(history: Iterable[MonthResults]) -> list[PlanHint]:
    """Propose targets for every manager out of the final results of earlier months (a plan is not needed)."""
    seen: dict[tuple[str, str], list[Fraction]] = {}
    for results in history:
        for employee in results.employees:
            if employee.role is not Role.MANAGER or not employee.worked_fraction:
                continue
            for measure in proposing():
                fact = employee.facts.get(measure)
                if fact is not None and fact.value is not None:
                    scale = employee.worked_fraction if MEASURES[measure].additive else 1
                    seen.setdefault((employee.code, measure), []).append(fact.value / scale)
    return [
        PlanHint(
            code,
            measure,
            len(values),
            percentile(values, Fraction(1, 2)),
            percentile(
                values,
                1 - AMBITIOUS_FRACTION
                if MEASURES[measure].direction is Direction.LOWER
                else AMBITIOUS_FRACTION,
            ),
        )
        for (code, measure), values in sorted(seen.items())
    ]


def percentile(values: Sequence[Fraction], share: Fraction) -> Fraction:
    """Give the value below which that share of the values lies, between two neighbours in proportion."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = place.__floor__()
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
