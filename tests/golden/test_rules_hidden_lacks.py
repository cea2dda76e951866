"""What is lacking or doubled stays open until it is mended: nothing disappears from a card or the head's pool."""

from dataclasses import replace
from fractions import Fraction

from kpi_rules.facts.inputs import Decision, DecisionKind
from kpi_rules.measures.facts import State
from templates.loading import texts


def decision(build, subject, kind, code="M01"):
    return Decision(build.month, code, subject, kind, "причина", approved=True)


def obstacles(results):
    return [problem.code for problem in results.problems if problem.blocks]


def unanswered(build, **cells):
    return [
        row | {"answered_at": None} | cells for row in build.sales(deals=28, leads=140, revenue=4_200_000)
    ]


def test_unanswered_leads_without_a_norm_leave_the_heads_card_open(build):
    staff = [build.manager(), build.head()]
    inputs = build.inputs(staff, [build.plan(response=None)], unanswered(build), build.marks())
    results = build.decide(inputs)
    head = build.card(results, "H01")
    response = head.kpis[2]
    assert (response.kpi.id, response.state, response.reason) == (
        "response_minutes", State.NO_DATA, "no_target",
    )  # fmt: skip
    assert head.preliminary
    assert obstacles(results) == ["target_missing"]
    # With the norm of 15 minutes each waits 1 October 10:00–18:00 and 20 days of nine hours: 11 280 minutes.
    head = build.card(build.decide(replace(inputs, plan=(build.plan(),))), "H01")
    assert head.kpis[2].fact == 11_280
    # 33.6 + 16 + 20 × 15/11280 + 20.
    assert head.score == Fraction("69.6") + Fraction(20 * 15, 11_280)


def test_answered_leads_without_a_norm_are_measured_all_the_same(build):
    rows = build.sales(deals=28, leads=140, revenue=4_200_000)
    inputs = build.inputs([build.manager()], [build.plan(response=None)], rows, build.marks())
    assert build.card(build.decide(inputs)).facts["response_minutes"].value == 10


def team(build, *decisions, first=()):
    sales = build.sales("M01", deals=28, leads=140, revenue=4_200_000)
    sales += build.sales("M02", deals=28, leads=140, revenue=4_200_000)
    staff = [build.manager("M01"), build.manager("M02"), build.head()]
    plan = [build.plan("M01"), build.plan("M02")]
    return build.inputs(staff, plan, sales, [*first, *build.marks("M02")], decisions=decisions)


def test_a_decision_does_not_take_real_marks_out_of_the_heads_pool(build):
    # M01: 0 of 20 'да', M02: 20 of 20.
    given = build.marks("M01", yes=0)
    for kind in (None, DecisionKind.NOT_APPLICABLE, DecisionKind.ZERO):
        decisions = [decision(build, "discipline", kind)] if kind else []
        results = build.decide(team(build, *decisions, first=given))
        assert build.card(results, "H01").facts["discipline"].value == Fraction(1, 2), kind


def test_a_decision_about_marks_that_are_not_there_leaves_the_others_pool(build):
    open_head = build.card(build.decide(team(build)), "H01")
    # 21 of 42 due days are marked: less than 80 %.
    assert open_head.facts["discipline"].reason == "few_marks"
    decided = build.decide(team(build, decision(build, "discipline", DecisionKind.NOT_APPLICABLE)))
    assert build.card(decided, "H01").facts["discipline"].value == 1
    assert obstacles(decided) == []


def test_excluding_a_doubled_number_has_no_effect_and_says_so(build):
    rows = build.sales(deals=28, leads=140, revenue=4_200_000)
    excluded = decision(build, "M01-1", DecisionKind.EXCLUDE_ROW)
    twice = build.inputs(
        [build.manager()], [build.plan()], [*rows, rows[1]], build.marks(), decisions=[excluded]
    )
    results = build.decide(twice)
    assert obstacles(results) == ["number_twice", "number_twice"]
    assert build.card(results).kpis[0].state is State.NO_DATA
    (told,) = [problem for problem in results.problems if problem.place.tab == "decisions"]
    assert told.code == "decision_on_several_rows"
    assert texts("ru").what(told) == (
        "Решение «исключить строку» по «M01-1» подходит к нескольким строкам: непонятно, какую исключить. "
        "Оно не действует."
    )
    # Of two people's rows with one № the decision names one.
    other = build.inputs(
        [build.manager()],
        [build.plan()],
        [*rows, rows[1] | {"code": "M02"}],
        build.marks(),
        decisions=[excluded],
    )
    results = build.decide(other)
    assert obstacles(results) == []
    # 27 of 28 deals of 150 000 ₸ are left.
    assert build.card(results).facts["revenue"].value == 27 * 150_000_00


def test_excluding_a_day_with_two_rows_of_marks_has_no_effect(build):
    rows = build.sales(deals=28, leads=140, revenue=4_200_000)
    marks = build.marks()
    day = decision(build, "2026-10-05", DecisionKind.EXCLUDE_ROW)
    inputs = build.inputs([build.manager()], [build.plan()], rows, [*marks, marks[2]], decisions=[day])
    results = build.decide(inputs)
    assert obstacles(results) == ["marks_twice", "marks_twice"]
    assert "decision_on_several_rows" in {problem.code for problem in results.problems}


def test_no_sales_on_one_day_says_nothing_where_there_are_no_reports(build):
    def decided(subject):
        no_sales = decision(build, subject, DecisionKind.NO_SALES)
        inputs = build.inputs([build.manager()], [build.plan()], [], build.marks(), decisions=[no_sales])
        return build.decide(inputs)

    results = decided("05.10.2026")
    assert "leads_not_entered" in obstacles(results)
    assert "decision_without_effect" in {problem.code for problem in results.problems}
    for subject in ("", "plan_completion"):
        assert obstacles(decided(subject)) == []
