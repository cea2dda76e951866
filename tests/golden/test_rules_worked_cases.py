"""The worked cases of the guide (behaviour §5), in exact numbers; the variable pay at 100 % is 200 000 ₸."""

from fractions import Fraction

import pytest

from kpi_rules.exact import whole_tenge_tiyn

CASES = [
    # revenue, deals, leads, marks (yes of 20), points, score, pays
    (4_200_000, None, "1/5", 165_000, "9/10", ["33.6", 16, 20, 18], "87.6", 88, 200_000),
    (3_500_000, None, "1/5", 140_000, "4/5", [28, 16, "56/3", 16], "236/3", 79, 100_000),
    (3_500_000, None, "1/5", 145_000, "4/5", [28, 16, "58/3", 16], "238/3", 79, 100_000),
    (3_500_000, None, "1/5", 146_250, "4/5", [28, 16, "19.5", 16], "79.5", 80, 200_000),
    (9_000_000, None, "3/20", 140_000, "2/5", [40, 12, "56/3", 8], "236/3", 79, 100_000),
    (2_500_000, None, "1/5", 150_000, "3/5", [20, 16, 20, 12], "68", 68, 0),
]


def facts_for(revenue, conversion, average):
    """Deals of the wanted average bring the deals' sum; a refund (or one more row) makes up the revenue."""
    deals = -(-revenue // average)
    refund = deals * average - revenue
    leads = deals / Fraction(conversion)
    while leads.denominator != 1:
        deals += 1
        refund += average
        leads = deals / Fraction(conversion)
    return deals, int(leads), refund


@pytest.mark.parametrize(
    ("revenue", "_", "conversion", "average", "marks", "points", "score", "percent", "pays"), CASES
)
def test_a_worked_case_gives_exactly_these_points_score_and_pay(
    build, revenue, _, conversion, average, marks, points, score, percent, pays
):
    deals, leads, refund = facts_for(revenue, conversion, average)
    rows = build.sales(deals=deals, revenue=deals * average, leads=leads)
    if refund:
        rows.append(
            {
                "number": "refund",
                "code": "M01",
                "status": "deal",
                "amount_tiyn": -refund * 100,
                "paid_on": rows[0]["paid_on"],
            }
        )
    inputs = build.inputs([build.manager()], [build.plan()], rows, build.marks(yes=int(20 * Fraction(marks))))
    card = build.card(build.decide(inputs))
    assert list(build.points(card).values()) == [Fraction(part) for part in points]
    assert card.score == Fraction(score)
    assert card.score_percent == percent
    assert whole_tenge_tiyn(200_000_00 * card.band.coefficient * card.worked_fraction) == pays * 100
    assert not card.preliminary


def test_conversion_does_not_apply_where_no_leads_were_planned_and_none_came(build):
    inputs = build.inputs(
        [build.manager()],
        [build.plan(leads=0)],
        build.sales(deals=16, revenue=2_400_000, leads=0),
        build.marks(yes=20),
    )
    card = build.card(build.decide(inputs))
    assert build.points(card) == {
        "plan_completion": Fraction("19.2") * 100 / 80,
        "conversion": None,
        "average_deal": 25,
        "discipline": 25,
    }
    assert card.score == 74
    assert card.band.id == "reduced"
    assert card.band.coefficient == Fraction(1, 2)
