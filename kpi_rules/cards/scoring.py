"""From facts to points, score and band, all exact (behaviour §5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from kpi_rules.cards.results import KpiResult
from kpi_rules.exact import rounded_half_up
from kpi_rules.measures.catalogue import MEASURES
from kpi_rules.measures.facts import Fact, State
from kpi_rules.rulebook.model import Band, Kpi, Scoring, WhenNotApplicable


def score_kpi(kpi: Kpi, fact: Fact, target: Fraction | None) -> KpiResult:
    """Compare a fact with its target; the weight is put in by `spread_weights`.

    `target` None = the plan has none; measures of discipline have 100 %, an index its norm. For a share of a
    target (plan completion) fact and target are those of the measure behind it (revenue and its plan, in tiyn).
    """
    if kpi.scoring is Scoring.INDEX and not _is_share(kpi):
        target = kpi.norm
    elif MEASURES[kpi.measure].target is None or (kpi.scoring is Scoring.SHARE and not _is_share(kpi)):
        target = Fraction(1)
    if fact.state is not State.SCORED or fact.value is None:
        return KpiResult(kpi, fact.state, target=target, reason=fact.reason)
    if target is None:
        return KpiResult(kpi, State.NO_DATA, fact.value, None, reason="no_target")
    if target == 0 and kpi.scoring is not Scoring.INDEX:
        # «Лиды» 0, or a team without a single worked day: nothing was asked.
        return KpiResult(kpi, State.NOT_APPLICABLE, fact.value, target, reason="zero_target")
    achievement = min(max(uncapped_achievement(kpi, fact.value, target), Fraction()), kpi.cap_fraction)
    return KpiResult(kpi, State.SCORED, fact.value, target, achievement, reason=fact.reason)


def _is_share(kpi: Kpi) -> bool:
    """Tell whether the measure is the share of its target (plan completion): fact and target are another's."""
    return MEASURES[kpi.measure].share_of is not None


def uncapped_achievement(kpi: Kpi, fact: Fraction, target: Fraction) -> Fraction:
    """Compare a fact with its target, before the cap and zero limit it; lower is better: a fact of 0 is the cap."""
    if kpi.scoring is Scoring.INVERSE:
        return target / fact if fact > 0 else kpi.cap_fraction
    if kpi.scoring is Scoring.INDEX:
        if kpi.base is None or kpi.norm is None:
            raise ValueError(f"the index «{kpi.id}» has no base or norm")
        value = fact / target if _is_share(kpi) and target else fact
        return (value - kpi.base) / (kpi.norm - kpi.base)
    return fact / target


def spread_weights(results: Sequence[KpiResult]) -> tuple[KpiResult, ...]:
    """Give each KPI its effective weight and points.

    The weight of a KPI that does not apply is spread over the others in proportion, or counts as full or as
    zero, as its rulebook says. Missing data is set aside the same way while the score is preliminary.
    """
    kept = [result for result in results if not _is_spread(result)]
    kept_weight = sum((result.kpi.weight_percent for result in kept), Fraction())
    scale = Fraction(100) / kept_weight if kept and kept_weight != 100 else 1
    return tuple(
        result if _is_spread(result) else _weighed(result, result.kpi.weight_percent * scale)
        for result in results
    )


def _is_spread(result: KpiResult) -> bool:
    if result.state is State.NO_DATA:
        return True
    return result.state is State.NOT_APPLICABLE and result.kpi.when_not_applicable is WhenNotApplicable.SPREAD


def _weighed(result: KpiResult, weight_percent: Fraction) -> KpiResult:
    achievement = result.achievement_fraction
    if achievement is None:
        achievement = Fraction(result.kpi.when_not_applicable is WhenNotApplicable.FULL)
    return replace(
        result,
        achievement_fraction=achievement,
        effective_weight_percent=weight_percent,
        points=weight_percent * achievement,
    )


def total_score(results: Sequence[KpiResult]) -> Fraction | None:
    """Add up the points; None where nothing is left to score."""
    points = [result.points for result in results if result.points is not None]
    return sum(points, Fraction()) if points else None


def band_of(score_percent: int, bands: Sequence[Band]) -> Band:
    """Choose the band by the rounded score: the highest whose lower bound it reaches."""
    return max(
        (band for band in bands if band.from_percent <= score_percent), key=lambda band: band.from_percent
    )


def next_band(score_percent: int, bands: Sequence[Band]) -> Band | None:
    """Give the nearest band above that pays more; None where there is none."""
    paid = band_of(score_percent, bands).coefficient
    above = (band for band in bands if band.from_percent > score_percent and band.coefficient > paid)
    return min(above, key=lambda band: band.from_percent, default=None)


def rounded_score(score: Fraction) -> int:
    """Round a score once, half up, to a whole percent."""
    return rounded_half_up(score)
