"""From facts to points, score and band, all exact (behaviour §5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from kpi_rules.cards.results import Known, KpiResult
from kpi_rules.exact import rounded_half_up
from kpi_rules.measures.facts import Fact, State
from kpi_rules.rulebook.model import Band, Kpi, Scoring, WhenNotApplicable


def score_kpi(kpi: Kpi, fact: Fact, target: Fraction | None) -> KpiResult:
    """Compare a fact with its target; the weight is put in by `spread_weights`.

    `target` None = the plan has none; measures of discipline have 100 %, an index its norm. For a share of a
    target (plan completion) fact and target are those of the measure behind it (revenue and its plan, in tiyn).
    """
    if kpi.scoring is Scoring.INDEX and not _is_share(kpi):
        target = kpi.norm
    elif kpi.target_field is None or (kpi.scoring is Scoring.SHARE and not _is_share(kpi)):
        target = Fraction(1)
    may_ask_nothing = kpi.measured.may_ask_nothing and kpi.scoring is not Scoring.INDEX
    if fact.state is not State.SCORED or fact.value is None:
        asks_nothing = may_ask_nothing and not target
        may_not_apply = fact.state is State.NO_DATA and (fact.may_not_apply or asks_nothing)
        return KpiResult(kpi, fact.state, target=target, reason=fact.reason, may_not_apply=may_not_apply)
    if target is None:
        return KpiResult(
            kpi, State.NO_DATA, fact.value, None, reason="no_target", may_not_apply=may_ask_nothing
        )
    if target == 0 and kpi.scoring is not Scoring.INDEX:
        # «Лиды» 0, or a team without a single worked day: nothing was asked.
        return KpiResult(kpi, State.NOT_APPLICABLE, fact.value, target, reason="zero_target")
    achievement = min(max(uncapped_achievement(kpi, fact.value, target), Fraction()), kpi.cap_fraction)
    return KpiResult(kpi, State.SCORED, fact.value, target, achievement, reason=fact.reason)


def _is_share(kpi: Kpi) -> bool:
    """Tell whether the measure is the share of its target (plan completion): fact and target are another's."""
    return kpi.measured.share_of is not None


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
    zero, as its rulebook says. That of missing data is spread over nothing: such a KPI keeps its weight, a part
    of what is spread too, and has no points.
    """
    kept = [result for result in results if not _is_spread(result)]
    kept_weight = sum((result.kpi.weight_percent for result in kept), Fraction())
    scale = Fraction(100) / kept_weight if kept and kept_weight != 100 else 1
    return tuple(
        result if _is_spread(result) else _weighed(result, result.kpi.weight_percent * scale)
        for result in results
    )


def _is_spread(result: KpiResult) -> bool:
    return result.state is State.NOT_APPLICABLE and result.kpi.when_not_applicable is WhenNotApplicable.SPREAD


def _weighed(result: KpiResult, weight_percent: Fraction) -> KpiResult:
    if result.state is State.NO_DATA:
        return replace(result, effective_weight_percent=weight_percent)
    achievement = result.achievement_fraction
    if achievement is None:
        achievement = Fraction(result.kpi.when_not_applicable is WhenNotApplicable.FULL)
    return replace(
        result,
        achievement_fraction=achievement,
        effective_weight_percent=weight_percent,
        points=weight_percent * achievement,
    )


def known_part(results: Sequence[KpiResult]) -> Known | None:
    """Tell what is known of a score and between what it lies; None where no KPI lacks data.

    The results have their weights. Each KPI without data can be anything from 0 to its cap; one that may not apply
    can also give its weight to all others, or count as its rulebook says. Nothing is worse than 0 with the weight
    kept, so all of them at 0 are the low end. At the high end a KPI that can give its weight away keeps it only
    where its cap is more than what the others reach.
    """
    unknown = [result for result in results if result.state is State.NO_DATA]
    if not unknown:
        return None
    known = [result for result in results if result.points is not None]
    weight = sum((result.effective_weight_percent or Fraction() for result in known), Fraction())
    points = sum((result.points or Fraction() for result in known), Fraction())
    reached, of_weight, optional = points, weight, []
    for result in unknown:
        own = result.effective_weight_percent or Fraction()
        if result.may_not_apply and result.kpi.when_not_applicable is WhenNotApplicable.SPREAD:
            optional.append((result.kpi.cap_fraction, own))
        else:
            reached, of_weight = reached + own * _best(result), of_weight + own
    for cap, own in sorted(optional, reverse=True):
        if cap * of_weight >= reached:
            reached, of_weight = reached + own * cap, of_weight + own
    return Known(weight, points, low=points, high=100 * reached / of_weight)


def _best(result: KpiResult) -> Fraction:
    """Give the most that a KPI without data can achieve."""
    cap = result.kpi.cap_fraction
    full = result.may_not_apply and result.kpi.when_not_applicable is WhenNotApplicable.FULL
    return max(cap, Fraction(1)) if full else cap


def total_score(results: Sequence[KpiResult]) -> Fraction | None:
    """Add up the points; None where nothing is left to score, or data are missing."""
    if any(result.state is State.NO_DATA for result in results):
        return None
    points = [result.points for result in results if result.points is not None]
    return sum(points, Fraction()) if points else None


def band_of(score_percent: int, bands: Sequence[Band]) -> Band:
    """Choose the band by the rounded score: the highest whose lower bound it reaches."""
    return max(
        (band for band in bands if band.from_percent <= score_percent), key=lambda band: band.from_percent
    )


def certain_band(known: Known, bands: Sequence[Band]) -> Band | None:
    """Give the band in which a score lies at either end of its range; None where the ends differ."""
    low, high = (band_of(rounded_score(end), bands) for end in (known.low, known.high))
    return low if low == high else None


def next_band(score_percent: int, bands: Sequence[Band]) -> Band | None:
    """Give the nearest band above that pays more; None where there is none."""
    paid = band_of(score_percent, bands).coefficient
    above = (band for band in bands if band.from_percent > score_percent and band.coefficient > paid)
    return min(above, key=lambda band: band.from_percent, default=None)


def rounded_score(score: Fraction) -> int:
    """Round a score once, half up, to a whole percent."""
    return rounded_half_up(score)
