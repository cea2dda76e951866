"""Whether the terms of somebody's pay got worse from one month to the next: for a hint, never for pay (behaviour §5).

Held against each other are what pays without a doubt: salary, variable part, the rates of a percent of sales at every
completion of the plan, and what the bands pay at every score. Weights, caps and targets are no terms of this kind: whether
they cost somebody anything hangs on the work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from kpi_rules.cards.scoring import band_of
from kpi_rules.facts.inputs import Salary
from kpi_rules.facts.percents import PercentBase, PercentRow
from kpi_rules.rulebook.model import Band


class Term(StrEnum):
    """What may get worse."""

    SALARY = "salary"
    VARIABLE = "variable"
    PERCENT = "percent"
    BANDS = "bands"


@dataclass(frozen=True)
class PayTerms:
    """What one person is paid by in a month: salary row, own steps of «Проценты», the bands; None, () = nothing."""

    salary: Salary | None
    percents: tuple[PercentRow, ...]
    bands: tuple[Band, ...]


def worse_terms(before: PayTerms, now: PayTerms) -> tuple[Term, ...]:
    """Name the terms that pay less than before somewhere; what somebody newly has is not worse than nothing."""
    worse = []
    if before.salary and now.salary:
        worse += [Term.SALARY] if now.salary.base_tiyn < before.salary.base_tiyn else []
        worse += [Term.VARIABLE] if now.salary.variable_tiyn < before.salary.variable_tiyn else []
    if _pay_less(before.percents, now.percents):
        worse.append(Term.PERCENT)
    scores = {band.from_percent for band in (*before.bands, *now.bands)}
    if any(
        band_of(score, now.bands).coefficient < band_of(score, before.bands).coefficient for score in scores
    ):
        worse.append(Term.BANDS)
    return tuple(worse)


def _pay_less(before: Sequence[PercentRow], now: Sequence[PercentRow]) -> bool:
    """Tell whether at some completion of the plan the rate of a base is lower, or newly multiplied by the band."""
    completions = {row.from_fraction for row in (*before, *now)}
    for base in PercentBase:
        for completion in completions:
            (old, old_by_band), (new, new_by_band) = (_rate(rows, base, completion) for rows in (before, now))
            if new < old or (new_by_band and not old_by_band and old > 0):
                return True
    return False


def _rate(rows: Sequence[PercentRow], base: PercentBase, completion: Fraction) -> tuple[Fraction, bool]:
    reached = max(
        (row for row in rows if row.base is base and row.from_fraction <= completion),
        key=lambda row: row.from_fraction,
        default=None,
    )
    return (Fraction(), False) if reached is None else (reached.rate_fraction, reached.by_band)
