"""The split of a missed plan, worked out by hand, and its corners: no deals, no leads, refunds, odd plans."""

from datetime import datetime
from fractions import Fraction

import pytest

from kpi_rules.cards.targets import PlanFactors
from kpi_rules.measures.counts import Counts
from kpi_rules.outlook.causes import diagnose
from kpi_rules.policies import FACTOR_CAUSES

PLAN = PlanFactors(Fraction(250_000), Fraction(100), Fraction(1, 4), Fraction(10_000))
"""100 leads × 25 % × 100 ₸ = 2 500 ₸, in tiyn."""


def parts(plan, **counts):
    """The parts by the first form of the split, which sealed months of the first release keep."""
    found = diagnose(plan, Counts(**counts), form=FACTOR_CAUSES)
    assert sum(part.amount_tiyn for part in found.parts) == found.gap_tiyn
    return {part.id: part.amount_tiyn for part in found.parts}


def test_the_three_factors_share_the_gap_by_their_shapley_value():
    # 80 leads, 16 deals (20 %), 125 ₸ each: 2 000 ₸. Leads 504 1/6, conversion 504 1/6, average −508 1/3 ₸;
    # in tiyn 50416 2/3, 50416 2/3, −50833 1/3: the two missing tiyn go to the earlier parts.
    assert parts(PLAN, leads=80, deals=16, deals_tiyn=200_000) == {
        "few_leads": 50_417,
        "weak_conversion": 50_417,
        "low_average_deal": -50_834,
    }


def test_one_factor_alone_bears_the_whole_gap():
    found = parts(PLAN, leads=60, deals=15, deals_tiyn=150_000)
    assert found == {"few_leads": 100_000, "weak_conversion": 0, "low_average_deal": 0}


def test_without_deals_the_average_deal_is_taken_at_target():
    # Plan 100 × 1/4 × 100 ₸, fact 100 × 0 × 100 ₸: conversion alone.
    assert parts(PLAN, leads=100) == {"few_leads": 0, "weak_conversion": 250_000, "low_average_deal": 0}


def test_without_leads_and_deals_the_leads_are_missing():
    assert parts(PLAN) == {"few_leads": 250_000, "weak_conversion": 0, "low_average_deal": 0}


def test_deals_without_a_lead_merge_leads_and_conversion():
    # 25 deals planned, 20 made of 100 ₸.
    assert parts(PLAN, deals=20, deals_tiyn=200_000) == {"few_deals": 50_000, "low_average_deal": 0}


def test_refunds_and_a_plan_that_does_not_add_up_stand_beside():
    odd = PlanFactors(Fraction(300_000), *(PLAN.leads, PLAN.conversion_fraction, PLAN.average_deal_tiyn))
    assert parts(odd, leads=100, deals=25, deals_tiyn=250_000, refunds_tiyn=-7_000) == {
        "few_leads": 0,
        "weak_conversion": 0,
        "low_average_deal": 0,
        "plan_inconsistent": 50_000,
        "refunds": 7_000,
    }


@pytest.mark.parametrize("missing", ["leads", "conversion_fraction", "average_deal_tiyn"])
def test_a_factor_that_was_not_entered_follows_from_the_plan(missing):
    values = {
        "leads": Fraction(100),
        "conversion_fraction": Fraction(1, 4),
        "average_deal_tiyn": Fraction(10_000),
    }
    plan = PlanFactors(Fraction(250_000), **{**values, missing: None})
    assert parts(plan, leads=60, deals=15, deals_tiyn=150_000)["few_leads"] == 100_000


def test_with_too_little_entered_the_gap_stays_whole():
    assert parts(PlanFactors(Fraction(250_000), Fraction(100)), leads=60, deals=15, deals_tiyn=150_000) == {
        "not_split": 100_000
    }


def test_the_team_is_split_by_the_sum_of_its_managers_plans(build):
    rows = build.sales("M01", deals=25, revenue=3_750_000, leads=100) + build.sales(
        "M02", deals=10, revenue=1_000_000, leads=50
    )
    plans = [
        build.plan("M01", revenue=3_750_000, conversion="1/4", average=150_000),
        build.plan("M02", revenue=2_000_000, conversion="1/5", average=100_000),
    ]
    results = build.decide(build.inputs([build.manager("M01"), build.manager("M02")], plans, rows))
    found = results.team.diagnosis
    # M01 planned 100 leads and 25 deals, M02 100 and 20; made 150 leads, 35 deals, 4 750 000 ₸.
    assert (found.plan_tiyn, found.revenue_tiyn, found.gap_tiyn) == (5_750_000_00, 4_750_000_00, 1_000_000_00)
    # M01 is at plan. M02 lacks 50 leads and no more: 50 × 20 % × 100 000 ₸.
    (leads,) = found.parts
    assert (leads.id, leads.amount_tiyn) == ("few_leads", 1_000_000_00)
    assert (leads.params["plan"], leads.params["fact"]) == (200, 150)


def test_the_team_s_gap_stays_whole_where_its_deals_are_unknown(build):
    # A report without its number of deals: 21 × 100 000 ₸ of 5 000 000 are known, and not of how many deals.
    kpis = [dict(form) for form in build.b2b_form["kpis"]]
    rules = build.rulebook(kpis=kpis, inputs="reports", policies={"causes": "factors"})
    worked = build.calendar.working_days(build.month.first_on, build.month.last_on, 5)
    day = {"code": "M01", "leads_received": 4, "leads_processed": 4, "deals": 1, "revenue_tiyn": 100_000_00}
    day |= {"response_seconds": 600, "repeat_deals": 0, "cost_tiyn": 0}
    rows = [day | {"on": datetime.fromisoformat(f"{on}")} for on in worked]
    rows[3]["deals"] = None
    inputs = build.inputs(
        [build.manager()], [build.plan()], marks=build.marks(), reports=rows, rulebook=rules
    )
    results = build.decide(inputs)
    for found in (build.card(results).diagnosis, results.team.diagnosis):
        (part,) = found.parts
        assert (part.id, part.amount_tiyn) == ("not_split", 5_000_000_00 - 2_100_000_00)


def test_slow_answers_missed_leads_and_few_leads_stand_beside_without_money(build):
    rows = (
        build.sales("M01", deals=1, revenue=150_000, leads=10)
        + build.sales("M02", leads=30)
        + build.sales("M03", leads=30)
    )
    rows[3]["answered_at"] = rows[4]["answered_at"] = None
    staff = [build.manager(code) for code in ("M01", "M02", "M03")]
    plans = [build.plan(code, response=5) for code in ("M01", "M02", "M03")]
    marks = build.marks("M01", yes=15) + build.marks("M02") + build.marks("M03")
    card = build.card(build.decide(build.inputs(staff, plans, rows, marks)))
    signals = {
        signal.id: (signal.params["fact"], signal.params["target"]) for signal in card.diagnosis.signals
    }
    assert signals == {
        "slow_answers": (10, 5),
        "unanswered_leads": (2, None),
        "discipline_below": (Fraction(3, 4), 1),
        "leads_below_median": (10, 30),
    }
    assert all(signal.amount_tiyn == 0 for signal in card.diagnosis.signals)
