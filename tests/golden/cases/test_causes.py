"""Causes of a missed plan, worked out by hand: merged where a conversion says nothing, silent where it is noise.

The plan of most cases is 100 leads × 25 % × 10 000 ₸ = 250 000 ₸; money in tenge.
"""

from dataclasses import replace
from fractions import Fraction

import pytest

from kpi_rules.cards.results import Cause
from kpi_rules.cards.targets import PlanFactors, Targets
from kpi_rules.measures.counts import Counts
from kpi_rules.measures.facts import scored
from kpi_rules.outlook.causes import diagnose, diagnose_team
from kpi_rules.outlook.signs import signals_of
from tests.golden.cases.base import card, leads

PLAN = PlanFactors(Fraction(250_000_00), Fraction(100), Fraction(1, 4), Fraction(10_000_00))


def split(plan, **counts):
    """The parts in tenge; they add up to the gap."""
    if "deals_tiyn" not in counts:
        counts["deals_tiyn"] = 0
    found = diagnose(plan, Counts(**counts))
    assert sum(part.amount_tiyn for part in found.parts) == found.gap_tiyn
    return {part.id: part.amount_tiyn / 100 for part in found.parts}


@pytest.mark.parametrize(
    ("plan", "counts", "told"),
    [
        # 1. 60 leads, 15 deals of 10 000: leads alone, and nothing is said of the zeros.
        (PLAN, {"leads": 60, "deals": 15, "deals_tiyn": 150_000_00}, {"few_leads": 100_000}),
        # 2. 100 leads without a deal: the average stands at target, conversion bears it all.
        (PLAN, {"leads": 100}, {"weak_conversion": 250_000}),
        # 3. No lead and no deal: leads and conversion are one.
        (PLAN, {}, {"few_deals": 250_000}),
        # 4. «Лиды» 0, nothing came: the whole gap is deals, and no plan is 'inconsistent'.
        (replace(PLAN, leads=Fraction(0)), {}, {"few_deals": 250_000}),
        # 5. 2 leads and 6 deals of older ones, plan 5 000 000 at 150 000 each: 33 1/3 deals planned, 6 of 100 000 made.
        #    Deals: (33 1/3 − 6) × (150 000 + 100 000) / 2 = 3 416 666.67; average: 50 000 × (33 1/3 + 6) / 2 = 983 333.33.
        (
            PlanFactors(Fraction(5_000_000_00), Fraction(100), Fraction(1, 3), Fraction(150_000_00)),
            {"leads": 2, "deals": 6, "deals_tiyn": 600_000_00},
            {"few_deals": 3_416_666.67, "low_average_deal": 983_333.33},
        ),
        # 6. A plan that does not agree with itself: 300 000 against 250 000 of its factors.
        (
            replace(PLAN, revenue_tiyn=Fraction(300_000_00)),
            {"leads": 100, "deals": 25, "deals_tiyn": 250_000_00},
            {"plan_inconsistent": 50_000},
        ),
        # 7. Merged, the same plan is no longer at odds: 30 deals of 10 000 planned.
        (
            replace(PLAN, revenue_tiyn=Fraction(300_000_00)),
            {"leads": 0, "deals": 25, "deals_tiyn": 250_000_00},
            {"few_deals": 50_000},
        ),
        # 8. Refunds without a deal: the deals' part is the whole plan, the refunds stand beside it.
        (PLAN, {"leads": 100, "refunds_tiyn": -7_000_00}, {"weak_conversion": 250_000, "refunds": 7_000}),
        # 9. A refund below 1 % of the plan goes into «прочее».
        (
            PLAN,
            {"leads": 60, "deals": 15, "deals_tiyn": 150_000_00, "refunds_tiyn": -2_499_99},
            {"few_leads": 100_000, "other": 2_499.99},
        ),
        # 10. Exactly 1 % is told.
        (
            PLAN,
            {"leads": 60, "deals": 15, "deals_tiyn": 150_000_00, "refunds_tiyn": -2_500_00},
            {"few_leads": 100_000, "refunds": 2_500},
        ),
        # 11. The plan is reached by more leads (120 × 25 % = 30 deals), each of 9 000: 270 000.
        #     Leads −(20 × 1/4) × (10 000 + 9 000) / 2 = −47 500, average 1 000 × (25 + 30) / 2 = 27 500:
        #     no shortage is told by its name.
        (
            PLAN,
            {"leads": 120, "deals": 30, "deals_tiyn": 270_000_00},
            {"few_leads": -47_500, "other": 27_500},
        ),
        # 12. Exactly at plan: nothing at all.
        (PLAN, {"leads": 100, "deals": 25, "deals_tiyn": 250_000_00}, {}),
        # 13. Nothing that tells the factors: not split.
        (
            PlanFactors(Fraction(250_000_00), Fraction(100)),
            {"leads": 60, "deals": 15, "deals_tiyn": 150_000_00},
            {"not_split": 100_000},
        ),
    ],
)
def test_worked_by_hand(plan, counts, told):
    assert split(plan, **counts) == told


def test_the_team_is_the_sum_of_its_managers_and_what_was_sold_without_a_plan():
    first = diagnose(PLAN, Counts(leads=60, deals=15, deals_tiyn=150_000_00))  # leads 100 000
    second = diagnose(PLAN, Counts(leads=100, deals=20, deals_tiyn=200_000_00))  # conversion 50 000
    third = diagnose(PLAN, Counts())  # deals 250 000
    everybody = Counts(leads=165, deals=38, deals_tiyn=380_000_00)  # 3 deals are the head's own
    team = diagnose_team([first, second, third], PLAN, everybody)
    assert {part.id: part.amount_tiyn for part in team.parts} == {
        "few_leads": 100_000_00,
        "weak_conversion": 50_000_00,
        "few_deals": 250_000_00,
        "sales_without_plan": -30_000_00,
    }
    assert team.gap_tiyn == 750_000_00 - 380_000_00 == sum(part.amount_tiyn for part in team.parts)


def test_a_manager_without_planned_leads_does_not_make_the_teams_plan_inconsistent():
    """Of three managers one has no «Лиды»; 40 follow from his plan, conversion and average deal."""
    books = leads()
    place = books.place("plan", "leads")
    row = [*books.rows["plan"][0]]
    row[place] = None
    results = books.with_rows("plan", [row, books.rows["plan"][1]]).decided()
    (average,) = results.team.diagnosis.parts
    # Each sold 10 deals of 90 000 instead of 100 000.
    assert (average.id, average.amount_tiyn) == ("low_average_deal", 200_000_00)
    assert card(results, "M1").diagnosis.parts == card(results, "M2").diagnosis.parts


def test_the_teams_conversion_is_the_one_of_the_heads_card():
    books = leads()
    place = books.place("plan", "conversion_fraction")
    rows = [[*row] for row in books.rows["plan"]]
    rows[1][place] = 0.5
    results = books.with_rows("plan", rows).decided()
    head = next(kpi for kpi in card(results, "H1").kpis if kpi.kpi.measure == "conversion")
    cause = next(part for part in results.team.diagnosis.parts if part.id == "weak_conversion")
    assert (
        cause.params
        == {"plan": head.target, "fact": head.fact}
        == {"plan": Fraction(3, 8), "fact": Fraction(1, 4)}
    )


NORM = Targets({}, {}, {"response_minutes": Fraction(60)})


@pytest.mark.parametrize(
    ("facts", "counts", "usual", "told"),
    [
        ({"response_minutes": scored(Fraction(61))}, {}, None, []),
        ({"response_minutes": scored(Fraction(306, 5))}, {}, None, []),  # 61.2: two percent
        ({"response_minutes": scored(Fraction(62))}, {}, None, ["slow_answers"]),
        ({}, {"leads": 40, "processed": 39}, None, []),
        ({}, {"leads": 40, "processed": 38}, None, ["unanswered_leads"]),
        ({}, {"leads": 150, "processed": 147}, None, []),
        ({"discipline": scored(Fraction(985, 1000))}, {}, None, []),
        ({"discipline": scored(Fraction(979, 1000))}, {}, None, ["discipline_below"]),
        ({}, {"leads": 40, "processed": 40}, Fraction(41), []),
        ({}, {"leads": 40, "processed": 40}, Fraction(42), ["leads_below_median"]),
    ],
)
def test_what_lies_within_the_noise_of_its_norm_is_no_sign(facts, counts, usual, told):
    assert [signal.id for signal in signals_of(facts, NORM, Counts(**counts), usual)] == told


def test_who_reached_the_plan_is_not_told_that_leads_were_lacking():
    signs = [Cause("leads_below_median", 0, {}), Cause("discipline_below", 0, {})]
    reached = diagnose(PLAN, Counts(leads=50, deals=25, deals_tiyn=250_000_00), signs)
    missed = diagnose(PLAN, Counts(leads=50, deals=20, deals_tiyn=200_000_00), signs)
    assert [[sign.id for sign in found.signals] for found in (reached, missed)] == [
        ["discipline_below"],
        ["leads_below_median", "discipline_below"],
    ]
