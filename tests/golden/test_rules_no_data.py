"""What has no data, and what the head decides about it, worked out by hand (behaviour §3, §5)."""

from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction

import pytest

from kpi_rules.cards.results import Known
from kpi_rules.facts.inputs import Decision, DecisionKind
from kpi_rules.measures.facts import State
from kpi_rules.problems import Severity
from kpi_rules.time.periods import Month


def at(text):
    return datetime.fromisoformat(text)


def test_without_a_plan_nothing_is_scored_and_the_month_stays_open(build):
    inputs = build.inputs([build.manager()], [], build.sales(deals=1, revenue=1, leads=4), build.marks())
    results = build.decide(inputs)
    card = build.card(results)
    assert (card.score, card.reason, card.preliminary) == (None, "no_plan", True)
    assert [p.code for p in results.problems if p.blocks] == [
        "plan_missing",
        "target_missing",
        "target_missing",
    ]


def test_without_a_plan_the_score_stays_open_even_where_no_kpi_compares_with_it(build):
    # Index and share bring their own target: each KPI has its figure, and still nothing is scored.
    kpis = [dict(form) for form in build.b2b_form["kpis"]]
    kpis[1] |= {"scoring": "index", "base": "0", "norm": "1"}
    kpis[0] |= {"id": "crm", "measure": "crm", "scoring": "share"}
    kpis[2] |= {"scoring": "index", "base": "0", "norm": "150000"}
    inputs = build.inputs(
        [build.manager()],
        [],
        build.sales(deals=4, revenue=1_000_000, leads=8),
        build.marks(),
        rulebook=build.rulebook(kpis=kpis),
    )
    card = build.card(build.decide(inputs))
    assert {kpi.state for kpi in card.kpis[1:]} == {State.SCORED}
    assert (card.score, card.reason, card.preliminary) == (None, "no_plan", True)


def test_too_few_marks_are_no_data_and_the_score_is_preliminary(build):
    # 16 of 21 worked days are marked: 76 %. 17 would be 81 %.
    deals = build.sales(deals=20, revenue=3_000_000, leads=80)
    worked = build.calendar.working_days(build.month.first_on, build.month.last_on, 5)
    few = build.inputs([build.manager()], [build.plan()], deals, build.marks(days=worked[:16]))
    card = build.card(build.decide(few))
    assert (card.kpis[3].state, card.kpis[3].reason, card.preliminary) == (State.NO_DATA, "few_marks", True)
    assert (card.score, card.known) == (
        None,
        Known(Fraction(80), Fraction(24 + 20 + 20), Fraction(64), Fraction(84)),
    )
    enough = build.inputs([build.manager()], [build.plan()], deals, build.marks(yes=17, days=worked[:17]))
    assert build.card(build.decide(enough)).kpis[3].state is State.SCORED


def decision(subject, kind, code="M01", **more):
    given = Decision(Month(2026, 10), code, subject, kind, "болел", approved=True)
    return replace(given, **more)


def scored_with(build, *decisions, marks=()):
    inputs = build.inputs(
        [build.manager()],
        [build.plan()],
        build.sales(deals=20, revenue=3_000_000, leads=80),
        marks,
        decisions=decisions,
    )
    return build.decide(inputs)


def test_not_applicable_by_decision_spreads_the_weight_and_lets_the_month_close(build):
    results = scored_with(build, decision("discipline", DecisionKind.NOT_APPLICABLE))
    card = build.card(results)
    assert (card.score, card.preliminary) == (80, False)
    assert not [problem for problem in results.problems if problem.blocks]


def test_zero_by_decision_keeps_the_weight(build):
    card = build.card(scored_with(build, decision("discipline", DecisionKind.ZERO)))
    assert (card.score, card.preliminary) == (64, False)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"approved": False}, "decision_not_approved"),
        ({"reason": " "}, "decision_without_reason"),
        ({"subject": "удача"}, "decision_without_effect"),
    ],
)
def test_a_decision_without_approval_reason_or_subject_changes_nothing(build, changes, problem):
    results = scored_with(build, replace(decision("discipline", DecisionKind.ZERO), **changes))
    assert build.card(results).preliminary
    assert problem in {found.code for found in results.problems}


def test_decisions_that_contradict_each_other_change_nothing_in_whatever_order_they_stand(build):
    zero, not_applicable = DecisionKind.ZERO, DecisionKind.NOT_APPLICABLE
    both = decision("discipline", zero, row=2), decision("discipline", not_applicable, row=3)
    for given in (both, both[::-1]):
        results = scored_with(build, *given)
        card = build.card(results)
        assert (card.score, card.known.points, card.preliminary) == (None, 64, True)
        told = [problem.code for problem in results.problems if problem.place.tab == "decisions"]
        assert told == ["decision_contradicted"] * 2
    same = scored_with(build, both[0], replace(both[0], reason="в отпуске"))
    assert build.card(same).score == 64


def test_an_excluded_row_counts_for_nothing(build):
    bad = {
        "number": "X",
        "code": "M01",
        "status": "deal",
        "paid_on": at("2026-10-09"),
        "arrived_at": at("2026-10-08T10:00"),
    }
    rows = [*build.sales(deals=20, revenue=3_000_000, leads=80), bad]
    inputs = build.inputs([build.manager()], [build.plan()], rows, build.marks())
    results = build.decide(inputs)
    assert [p.code for p in results.problems if p.blocks] == ["deal_without_amount"]
    assert build.card(results).kpis[0].state is State.NO_DATA
    excluded = replace(inputs, decisions=(decision("X", DecisionKind.EXCLUDE_ROW),))
    results = build.decide(excluded)
    assert not [problem for problem in results.problems if problem.blocks]
    assert build.card(results).score == 24 + 20 + 20 + 20


def test_no_lead_entered_is_no_data_until_the_head_says_that_there_were_no_sales(build):
    inputs = build.inputs([build.manager()], [build.plan()], [], build.marks())
    results = build.decide(inputs)
    card = build.card(results)
    assert [kpi.reason for kpi in card.kpis][:3] == ["no_leads_entered"] * 3
    assert "leads_not_entered" in {problem.code for problem in results.problems if problem.blocks}
    settled = build.decide(replace(inputs, decisions=(decision("", DecisionKind.NO_SALES),)))
    card = build.card(settled)
    # Revenue 0; conversion and average deal do not apply; (0 + 20) × 100/60.
    assert (card.score, card.preliminary) == (Fraction(100, 3), False)
    assert not [problem for problem in settled.problems if problem.blocks]


def test_marks_on_a_day_off_are_ignored_with_a_warning(build):
    extra = build.marks(yes=0, total=1, days=[date(2026, 10, 26)])
    inputs = build.inputs(
        [build.manager()],
        [build.plan()],
        build.sales(deals=20, revenue=3_000_000, leads=80),
        [*build.marks(), *extra],
    )
    results = build.decide(inputs)
    assert build.card(results).facts["discipline"].value == 1
    assert [(p.code, p.severity) for p in results.problems if p.place.tab == "discipline"] == [
        ("marks_on_off_day", Severity.WARNING)
    ]
