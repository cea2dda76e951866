"""A template's own tab of facts: a row per shop and day, scored by rules that are data; figures worked out by hand.

October 2026 has 21 working days of a five-day week.
"""

import json
from dataclasses import replace
from datetime import datetime, time
from fractions import Fraction

import pytest

from kpi_rules.deciding.month import decide
from kpi_rules.deciding.recounting import recompute
from kpi_rules.facts.frames import FactFrame
from kpi_rules.measures.facts import State
from kpi_rules.outlook.plan_hints import plan_hints
from kpi_rules.records.months import inputs_from_record, inputs_record, month_record
from templates.loading import load

RETAIL = load("retail")
FACTS, MARKS = (tab.facts() for tab in RETAIL.layout.workbook.facts_tabs())


def days(build, code="S01", skip=(), **cells):
    """Every working day: 20 visitors, 5 receipts, 50 000 ₸ that had cost 30 000 ₸."""
    row = {"visitors": 20, "receipts": 5, "revenue_tiyn": 50_000_00, "cost_tiyn": 30_000_00} | cells
    worked = build.calendar.working_days(build.month.first_on, build.month.last_on, 5)
    return [
        {"on": datetime.combine(day, time()), "code": code, **row} for day in worked if day.day not in skip
    ]


def marks(build, code="S01", kept=21):
    """One mark a day, that of the till; the first `kept` are 'да', all others of the day н/п."""
    worked = build.calendar.working_days(build.month.first_on, build.month.last_on, 5)
    rest = dict.fromkeys(("display", "prices", "script", "attendance", "reporting"), "na")
    return [
        {"on": datetime.combine(day, time()), "code": code, "till": "yes" if index < kept else "no", **rest}
        for index, day in enumerate(worked)
    ]


def month(build, rows, marked, plan=None):
    shops = sorted({row["code"] for row in (*rows, *marked) if row["code"]})
    targets = {"revenue": 1_000_000, "average": 10_000, "response": None}
    planned = [build.plan(code, **targets, leads=500, margin_fraction=Fraction(1, 2)) for code in shops]
    inputs = build.inputs(
        [*(build.manager(code) for code in shops), build.head()],
        planned if plan is None else plan,
        rulebook=RETAIL.rulebook,
    )
    return replace(inputs, facts=numbered(FACTS, rows), marks=numbered(MARKS, marked))


def numbered(tab, rows):
    return FactFrame.of(tab, ({"row": at, **row} for at, row in enumerate(rows, start=2)))


def test_a_shop_is_scored_by_plan_conversion_receipt_margin_and_standards(build):
    results = build.decide(month(build, days(build), marks(build, kept=14)))
    # 21 × 50 000 = 1 050 000 of 1 000 000: the cap, 40; 105/420 = 25 % of 25 %: 15; 10 000 of 10 000: 15;
    # (1 050 − 630)/1 050 = 40 % of 50 %: 8; marks 14 of 21: 40/3.
    card = build.card(results, "S01")
    assert build.points(card) == {
        "plan_completion": 40,
        "conversion": 15,
        "average_deal": 15,
        "margin": 8,
        "discipline": Fraction(40, 3),
    }
    assert (card.score, card.score_percent, card.band.id) == (78 + Fraction(40, 3), 91, "full")
    assert build.card(results, "H01").score == card.score


def test_what_no_column_counts_is_in_no_result_and_gives_no_sign(build):
    results = decide(month(build, days(build), marks(build)), build.after, final=True)
    card = build.card(results, "S01")
    uncounted = {"leads_processed", "response_minutes", "repeat_share", "crm"}
    assert not uncounted & card.facts.keys()
    assert not uncounted & results.team.facts.keys()
    assert {signal.id for signal in card.diagnosis.signals} == set()
    assert [(row.stage, row.count) for row in results.funnel] == [("leads_received", 420), ("deals", 105)]


def test_only_what_is_counted_proposes_a_target(build):
    results = decide(month(build, days(build), marks(build)), build.after, final=True)
    hints = {hint.measure: hint.median for hint in plan_hints([results, results])}
    assert hints == {
        "revenue": 1_050_000_00,
        "leads_received": 420,
        "conversion": Fraction(1, 4),
        "average_deal": 10_000_00,
        "margin": Fraction(2, 5),
    }


def test_a_stage_less_makes_the_funnel_the_share_of_the_stage_before(build):
    results = build.decide(month(build, days(build), marks(build)))
    assert [row.share_fraction for row in results.funnel] == [None, Fraction(1, 4)]


@pytest.mark.parametrize(
    ("cells", "unknown"),
    [
        ({"visitors": None}, {"conversion"}),
        ({"visitors": None, "bad_visitors": True}, {"conversion"}),
        ({"cost_tiyn": None}, {"margin"}),
        ({"receipts": None}, {"conversion", "average_deal"}),
    ],
)
def test_only_what_a_blank_or_unreadable_cell_feeds_is_unknown(build, cells, unknown):
    rows = days(build)
    rows[3] |= cells
    card = build.card(build.decide(month(build, rows, marks(build))), "S01")
    assert {result.kpi.id for result in card.kpis if result.state is State.NO_DATA} == unknown


def test_a_day_without_revenue_needs_no_cost(build):
    rows = days(build)
    rows[3] |= {"visitors": 0, "receipts": 0, "revenue_tiyn": 0, "cost_tiyn": None}
    results = build.decide(month(build, rows, marks(build)))
    assert [problem for problem in results.problems if problem.blocks] == []
    assert build.card(results, "S01").facts["margin"].value == Fraction(2, 5)


def test_where_visitors_are_not_counted_the_conversion_does_not_apply(build):
    plan = [
        build.plan("S01", 1_000_000, average=10_000, response=None, leads=0, margin_fraction=Fraction(1, 2))
    ]
    card = build.card(build.decide(month(build, days(build, visitors=0), marks(build), plan)), "S01")
    # (40 + 15 + 8 + 20) × 100/85
    assert card.score == Fraction(83 * 100, 85)


def test_a_missing_day_leaves_all_of_the_shop_open_and_names_its_tab(build):
    results = build.decide(month(build, days(build, skip={14}), marks(build)))
    assert [result.state for result in build.card(results, "S01").kpis[:4]] == [State.NO_DATA] * 4
    [missing] = [problem for problem in results.problems if problem.code == "reports_missing"]
    assert missing.place.tab == "shop_days"


def test_the_record_holds_the_tab_and_is_enough_to_recount(build):
    inputs = month(build, days(build) + days(build, "S02", receipts=3), marks(build) + marks(build, "S02", 9))
    record = json.loads(json.dumps(month_record(inputs, build.decide(inputs), None)))
    assert record["inputs"]["facts"]["tab"]["key"] == "shop_days"
    again = inputs_from_record(record["inputs"])
    assert (again.facts.tab, again.marks.tab) == (FACTS, MARKS)
    assert inputs_record(again) == record["inputs"]
    assert recompute(record) == (record["results"], None)
