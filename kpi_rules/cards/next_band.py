"""What is missing to the next band, by the KPI where the least change does it (behaviour §2, 1).

The least change is the least rise of an achievement, and so of a target's share: the KPI with the most weight
that can still rise so far below its cap. The sentence can be checked: with what is named here in the place of
the present fact the band is reached, with one step less (a tenge, a deal, the last digit shown) it is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from kpi_rules.cards.results import EmployeeResult, KpiResult
from kpi_rules.cards.scoring import uncapped_achievement
from kpi_rules.measures.facts import State
from kpi_rules.measures.measure import Measure
from kpi_rules.measures.units import Unit
from kpi_rules.rulebook.model import Band, Scoring

_HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Missing:
    """What is missing: `points` to the band, and the fact that one KPI would have to reach (None: no one can).

    `needed` is rounded to the digit shown, towards what is enough; `change` is the least whole step from the
    present fact. `deals` says the same as a number of deals, where the KPI counts by them: with the present
    average deal and, as long as there are enough, won from the leads that are there, so that revenue and
    conversion rise together.
    """

    band: Band
    points: Fraction
    kpi: KpiResult | None = None
    needed: Fraction | None = None
    change: Fraction | None = None
    deals: int | None = None


def missing_to_next_band(employee: EmployeeResult) -> Missing | None:
    """Find what is missing; None on the best band, and where there is no score."""
    band, score = employee.next_band, employee.score
    if band is None or score is None:
        return None
    points = band.from_percent - _HALF - score
    best: tuple[Fraction, KpiResult, Fraction] | None = None
    for result in employee.kpis:
        weight = result.effective_weight_percent
        if not _can_change(result) or not weight or result.achievement_fraction is None:
            continue
        rise = points / weight
        needed = _needed(result, result.achievement_fraction + rise)
        if needed is not None and (best is None or rise < best[0]):
            best = rise, result, needed
    if best is None:
        return Missing(band, points)
    _, result, needed = best
    step, present = _measure(result).unit.step, result.fact or Fraction()
    deals = _deals(employee, result, points, needed)
    shown = _shown(result, needed)
    if deals is not None and _measure(result).unit is Unit.FRACTION:
        # A share rises by whole deals.
        shown = present + deals * _per_deal(employee, result)
    change = ceil((needed - present) / step) * step
    return Missing(band, points, result, shown, change, deals)


def _can_change(result: KpiResult) -> bool:
    return result.state is State.SCORED and result.reason != "decided_zero"


def _measure(result: KpiResult) -> Measure:
    return result.kpi.compared


def _per_deal(employee: EmployeeResult, result: KpiResult) -> Fraction:
    """Give what one deal more adds to a KPI's fact, 0 where deals do not move it."""
    per_deal = _measure(result).per_deal
    if result.kpi.only_where is not None:
        # Whether one deal more is of this part nobody can tell.
        return Fraction()
    return per_deal(lambda measure: _value(employee, measure)) if per_deal else Fraction()


def _is_lower_better(result: KpiResult) -> bool:
    kpi = result.kpi
    if kpi.scoring is Scoring.INDEX and kpi.base is not None and kpi.norm is not None:
        return kpi.norm < kpi.base
    return kpi.scoring is Scoring.INVERSE


def _shown(result: KpiResult, needed: Fraction) -> Fraction:
    """Round a fact to the digit that is shown, towards what is enough."""
    step = _measure(result).unit.step
    return (floor if _is_lower_better(result) else ceil)(needed / step) * step


def _needed(result: KpiResult, achievement: Fraction) -> Fraction | None:
    """Give the fact that achieves exactly so much; None where no fact does."""
    kpi, target = result.kpi, result.target
    if achievement > kpi.cap_fraction or target is None or result.fact is None:
        return None
    if kpi.scoring is Scoring.INVERSE:
        needed = target / achievement
    elif kpi.scoring is Scoring.INDEX and kpi.base is not None and kpi.norm is not None:
        needed = kpi.base + achievement * (kpi.norm - kpi.base)
        if kpi.measured.share_of is not None:
            needed *= target
    else:
        needed = achievement * target
    if needed < 0 and kpi.compared.id != "revenue":
        return None
    return None if _measure(result).unit is Unit.FRACTION and needed > 1 else needed


def _deals(employee: EmployeeResult, result: KpiResult, points: Fraction, needed: Fraction) -> int | None:
    """Count the deals that bring the points: alone by this KPI, or fewer where other KPIs rise with them."""
    per_deal = _per_deal(employee, result)
    if per_deal <= 0:
        return None
    alone = ceil((needed - (result.fact or Fraction())) / per_deal)
    fewest, most = 1, min(alone, _open_leads(employee))
    if most < 1 or _gain(employee, most) < points:
        return alone
    while fewest < most:
        middle = (fewest + most) // 2
        fewest, most = (fewest, middle) if _gain(employee, middle) >= points else (middle + 1, most)
    return most


def _open_leads(employee: EmployeeResult) -> int:
    """Count the month's leads that are no deals yet, as the conversion counts them."""
    leads, conversion = _value(employee, "leads_received"), _value(employee, "conversion")
    return int(leads * (1 - conversion))


def _gain(employee: EmployeeResult, deals: int) -> Fraction:
    """Give the points that so many more deals bring, won from the leads that are there."""
    gain = Fraction()
    for result in employee.kpis:
        weight = result.effective_weight_percent
        if _measure(result).per_deal and _can_change(result) and weight and result.target:
            fact = (result.fact or Fraction()) + deals * _per_deal(employee, result)
            risen = min(
                max(uncapped_achievement(result.kpi, fact, result.target), Fraction()),
                result.kpi.cap_fraction,
            )
            gain += weight * (risen - (result.achievement_fraction or Fraction()))
    return gain


def _value(employee: EmployeeResult, measure: str) -> Fraction:
    fact = employee.facts.get(measure)
    return (fact.value if fact else None) or Fraction()
