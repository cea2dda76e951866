"""«Проценты»: which rates of sales somebody is paid, by steps of plan completion (behaviour §5).

The rows of one person, or of a role, on one base with the same first month are its steps; they hold until the rows of
a later month replace them. Rows of a person's code replace all those of the role.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from kpi_rules.problems import Place, Problem, blocking
from kpi_rules.rulebook.model import Role
from kpi_rules.time.periods import Month

PERCENTS = "percents"
"""The key of the tab."""


class PercentBase(StrEnum):
    """What a percent is taken of."""

    REVENUE = "revenue"
    MARGIN = "margin"


@dataclass(frozen=True)
class PercentRow:
    """One row of «Проценты»: a step, for one employee (`code`) or everybody of a role.

    The rate holds from `from_fraction` of the plan on (included); `by_band` multiplies it by the band's coefficient.
    `approved` matters for rows that pay the head.
    """

    from_month: Month
    code: str | None
    role: Role | None
    base: PercentBase
    from_fraction: Fraction
    rate_fraction: Fraction
    by_band: bool
    approved: bool
    row: int = 0

    @property
    def whom(self) -> str:
        """Name whom the row pays: the code, or the role's key."""
        return self.code if self.code is not None else str(self.role)

    @property
    def group(self) -> tuple[str, bool, PercentBase]:
        """Name the steps that the row is one of, whatever the month."""
        return self.whom, self.code is None, self.base

    @property
    def order(self) -> tuple[str, bool, str, Month, Fraction, Fraction, bool]:
        """Give an order that does not depend on the sheet's."""
        return (*self.group, self.from_month, self.from_fraction, self.rate_fraction, self.by_band)

    def place(self, column: str) -> Place:
        """Name one of its cells; a frozen row of which nothing stands there any more has no row."""
        return Place(PERCENTS, self.row or None, column)


def percents_in_force(rows: Iterable[PercentRow], month: Month) -> tuple[PercentRow, ...]:
    """Give the steps that hold in a month: of each person or role and base those of the latest month up to it."""
    begun = [row for row in rows if row.from_month <= month]
    latest: dict[tuple[str, bool, PercentBase], Month] = {}
    for row in begun:
        latest[row.group] = max(latest.get(row.group, row.from_month), row.from_month)
    return tuple(
        sorted((row for row in begun if row.from_month == latest[row.group]), key=lambda row: row.order)
    )


def percents_of(rows: Iterable[PercentRow], code: str, role: Role) -> tuple[PercentRow, ...]:
    """Give the steps of one employee among those in force: the code's own, else the role's."""
    known = tuple(rows)
    return tuple(row for row in known if row.code == code) or tuple(
        row for row in known if row.role is role and row.code is None
    )


def percent_problems(rows: Iterable[PercentRow]) -> list[Problem]:
    """Name steps that contradict each other: two that begin at the same point, and no first one from 0 %."""
    steps: dict[tuple[object, ...], list[PercentRow]] = {}
    for row in rows:
        steps.setdefault((*row.group, row.from_month), []).append(row)
    problems = []
    for own in steps.values():
        starts = Counter(row.from_fraction for row in own)
        problems += [_step_problem("percent_step_twice", row) for row in own if starts[row.from_fraction] > 1]
        first = min(own, key=lambda row: (row.from_fraction, row.row))
        if first.from_fraction != 0:
            problems.append(_step_problem("percent_without_start", first))
    return problems


def _step_problem(code: str, row: PercentRow) -> Problem:
    percent = row.from_fraction * 100
    value = str(percent.numerator) if percent.denominator == 1 else f"{float(percent):g}"
    return blocking(code, row.place("from_fraction"), row.code, value=value, month=row.from_month)
