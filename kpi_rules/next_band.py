"""What is missing to the next band, by the KPI where the least change does it (SPEC §2, 1).

Everything else stays as it is: the KPI whose achievement has to rise least, and that can still rise so far
below its cap. The sentence can be checked by putting the needed fact in the place of the present one.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from kpi_rules.catalogue import MEASURES, Unit
from kpi_rules.results import EmployeeResult, KpiResult, State
from kpi_rules.rulebook import Band, Scoring

_HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Missing:
    """What is missing: `points` to the band, and the fact that one KPI would have to reach (None: no one can).

    `change` is needed − present fact, `deals` the same as a number of deals where the KPI counts by them.
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
    best: Missing | None = None
    best_rise: Fraction | None = None
    for result in employee.kpis:
        weight = result.effective_weight_percent
        if result.state is not State.SCORED or not weight or result.achievement_fraction is None:
            continue
        rise = points / weight
        needed = _needed(result, result.achievement_fraction + rise)
        if needed is not None and (best_rise is None or rise < best_rise):
            best_rise = rise
            best = _missing(employee, band, points, result, needed)
    return best or Missing(band, points)


def _needed(result: KpiResult, achievement: Fraction) -> Fraction | None:
    """Give the fact that achieves so much, as people count it: whole tenge, whole deals are left to `deals`."""
    kpi, target = result.kpi, result.target
    if (
        achievement > kpi.cap_fraction
        or target is None
        or result.fact is None
        or result.reason == "decided_zero"
    ):
        return None
    if kpi.scoring is Scoring.INVERSE:
        needed = target / achievement
    elif kpi.scoring is Scoring.INDEX and kpi.base is not None and kpi.norm is not None:
        needed = kpi.base + achievement * (kpi.norm - kpi.base)
        if kpi.measure == "plan_completion":
            needed *= target
    else:
        needed = achievement * target
    is_money = kpi.measure == "plan_completion" or MEASURES[kpi.measure].unit is Unit.TIYN
    if MEASURES[kpi.measure].unit is Unit.FRACTION and not is_money and needed > 1:
        return None
    return Fraction(-(-needed // 100) * 100) if is_money else needed


def _missing(
    employee: EmployeeResult, band: Band, points: Fraction, result: KpiResult, needed: Fraction
) -> Missing:
    present = result.fact or Fraction()
    change = needed - present
    deals: int | None = None
    average = employee.facts["average_deal"].value
    leads, won = employee.facts["leads_received"].value, employee.facts["deals"].value
    if result.kpi.measure in {"plan_completion", "revenue"} and average:
        deals = (-(-change // average)).__int__()
    elif result.kpi.measure == "conversion" and leads and won is not None:
        deals = (-(-(needed * leads) // 1)).__int__() - int(present * leads)
    return Missing(band, points, result, needed, change, deals)
