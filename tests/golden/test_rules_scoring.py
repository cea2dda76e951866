"""Bands, kinds of scoring and weights that are spread, worked out by hand (behaviour §5)."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from kpi_rules.cards.scoring import band_of, rounded_score, score_kpi, spread_weights, total_score
from kpi_rules.measures.facts import State, scored
from kpi_rules.measures.measure import Group
from kpi_rules.rulebook.model import Band, Kpi, Scoring, WhenNotApplicable

BANDS = (Band("full", 80, Fraction(1)), Band("reduced", 70, Fraction(1, 2)), Band("base", 0, Fraction(0)))


@pytest.mark.parametrize(
    ("score", "band"),
    [
        ("79.4999999999999999999", "reduced"),
        ("79.5", "full"),
        ("80", "full"),
        ("69.5", "reduced"),
        ("69.49", "base"),
        ("0", "base"),
        ("125", "full"),
    ],
)
def test_the_band_is_chosen_by_the_score_rounded_once_half_up(score, band):
    assert band_of(rounded_score(Fraction(score)), BANDS).id == band


def one(scoring, measure="conversion", **more):
    return Kpi("k", measure, Group.RESULT, scoring, Fraction(100), **more)


@pytest.mark.parametrize(
    ("kpi", "fact", "target", "achievement"),
    [
        (one(Scoring.RATIO), "1/5", "1/4", "4/5"),
        (one(Scoring.RATIO), "1/2", "1/4", 1),
        (one(Scoring.RATIO, cap_fraction=Fraction(6, 5)), "1/2", "1/4", "6/5"),
        (one(Scoring.RATIO), "-1", "5", 0),
        (one(Scoring.INVERSE, "response_minutes"), 20, 15, "3/4"),
        (one(Scoring.INVERSE, "response_minutes"), 0, 15, 1),
        (one(Scoring.INDEX, base=Fraction(1, 10), norm=Fraction(3, 10)), "1/4", None, "3/4"),
        (one(Scoring.INDEX, "response_minutes", base=Fraction(60), norm=Fraction(10)), 35, None, "1/2"),
        (one(Scoring.INDEX, "response_minutes", base=Fraction(60), norm=Fraction(10)), 70, None, 0),
        (one(Scoring.SHARE, "discipline"), "9/10", None, "9/10"),
        (one(Scoring.INDEX, "plan_completion", base=Fraction(1, 2), norm=Fraction(1)), 75, 100, "1/2"),
    ],
)
def test_each_kind_of_scoring_is_exact_floored_and_capped(kpi, fact, target, achievement):
    result = score_kpi(kpi, scored(Fraction(fact)), None if target is None else Fraction(target))
    assert result.achievement_fraction == Fraction(achievement)


def weighed(*kpis):
    results = [score_kpi(kpi, scored(Fraction(1, 2)), Fraction(1)) for kpi, _ in kpis]
    return [
        replace(result, state=State.NOT_APPLICABLE, achievement_fraction=None, fact=None) if away else result
        for result, (_, away) in zip(results, kpis, strict=True)
    ]


def weight(percent, policy=WhenNotApplicable.SPREAD):
    return Kpi(
        str(percent), "conversion", Group.RESULT, Scoring.RATIO, Fraction(percent), when_not_applicable=policy
    )


def test_a_weight_that_does_not_apply_is_spread_in_proportion():
    results = spread_weights(weighed((weight(40), False), (weight(20), True), (weight(40), False)))
    assert [result.effective_weight_percent for result in results] == [50, None, 50]
    assert total_score(results) == 50


def test_full_and_zero_keep_their_weight():
    results = spread_weights(
        weighed(
            (weight(40), False),
            (weight(30, WhenNotApplicable.FULL), True),
            (weight(30, WhenNotApplicable.ZERO), True),
        )
    )
    assert [result.points for result in results] == [20, 30, 0]


def test_where_nothing_is_left_there_is_no_score(build):
    assert total_score(spread_weights(weighed((weight(60), True), (weight(40), True)))) is None
    ramp = build.rulebook(policies={"ramp_months": 3})
    newcomer = build.manager(hired_on=date(2026, 8, 31))
    inputs = build.inputs(
        [newcomer], [build.plan()], build.sales(deals=1, revenue=1, leads=4), build.marks(), rulebook=ramp
    )
    card = build.card(build.decide(inputs))
    assert (card.score, card.band, card.reason, card.preliminary) == (None, None, "nothing_applicable", False)
    assert {kpi.reason for kpi in card.kpis} == {"ramp"}


def test_the_first_month_after_the_ramp_is_scored(build):
    ramp = build.rulebook(policies={"ramp_months": 3})
    inputs = build.inputs(
        [build.manager(hired_on=date(2026, 7, 31))],
        [build.plan()],
        build.sales(deals=1, revenue=150_000, leads=4),
        build.marks(),
        rulebook=ramp,
    )
    assert build.card(build.decide(inputs)).score == Fraction(40 * 150_000, 5_000_000) + 60
