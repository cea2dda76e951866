"""Boundary cases of scoring, pro rata, decisions and missing data, worked out by hand (behaviour §4–5).

October 2026 has 21 working days of a five-day week (22 weekdays less Monday the 26th) and 26 of a six-day one.
"""

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest

from kpi_rules.cards.payouts import pay
from kpi_rules.cards.results import Known
from kpi_rules.cards.scoring import band_of, rounded_score, score_kpi, spread_weights, total_score
from kpi_rules.facts.inputs import Absence, Decision, DecisionKind, Salary
from kpi_rules.measures.facts import State, scored
from kpi_rules.measures.measure import Group
from kpi_rules.problems import Severity
from kpi_rules.rulebook.model import Band, Kpi, Role, Scoring, WhenNotApplicable
from kpi_rules.time.periods import Month

BANDS = (Band("full", 80, Fraction(1)), Band("reduced", 70, Fraction(1, 2)), Band("base", 0, Fraction(0)))


def at(text):
    return datetime.fromisoformat(text)


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


def test_the_plan_and_the_pay_shrink_with_the_worked_days(build):
    # Away 5–9 and 7–14 October (overlap once): 8 working days of 21, so 13 are worked. Plan 5 000 000 × 13/21.
    away = [
        Absence("M01", date(2026, 10, 5), date(2026, 10, 9)),
        Absence("M01", date(2026, 10, 7), date(2026, 10, 14)),
    ]
    inputs = build.inputs(
        [build.manager()],
        [build.plan()],
        build.sales(deals=20, revenue=3_000_000, leads=80),
        build.marks(),
        absences=away,
    )
    results = build.decide(inputs)
    card = build.card(results)
    assert (card.norm_days, card.worked_days) == (21, 13)
    # 500 000 000 × 13 / 21 = 309 523 809.52… tiyn; 3 000 000 ₸ are 96.923 % of it.
    assert card.plan_tiyn == 309_523_810
    assert card.kpis[0].achievement_fraction == Fraction(3 * 21, 5 * 13)
    salary = Salary("M01", Month(2026, 1), 250_000_00, 200_000_00, approved=False)
    payroll, problems = pay(results, inputs, [salary], [])
    # 250 000 × 13/21 = 154 761.90 → 154 762; 200 000 × 13/21 = 123 809.52 → 123 810.
    (line,) = payroll.lines
    assert (line.base_accrued_tiyn, line.variable_accrued_tiyn) == (154_762_00, 123_810_00)
    assert line.total_tiyn == 278_572_00
    assert problems == []


def test_a_six_day_week_has_its_own_norm(build):
    inputs = build.inputs([build.manager(week_days=6)], [build.plan()])
    assert build.card(build.decide(inputs)).norm_days == 26


def test_hired_on_the_last_day_is_one_day_of_the_norm(build):
    inputs = build.inputs([build.manager(hired_on=date(2026, 10, 30))], [build.plan()])
    card = build.card(build.decide(inputs))
    assert (card.worked_days, card.worked_fraction) == (1, Fraction(1, 21))


def test_hired_on_a_day_off_at_the_end_has_worked_nothing_and_is_paid_nothing(build):
    inputs = build.inputs([build.manager(hired_on=date(2026, 10, 31))], [build.plan()])
    results = build.decide(inputs)
    card = build.card(results)
    assert (card.score, card.reason, card.preliminary) == (None, "zero_days", False)
    payroll, problems = pay(results, inputs, [], [])
    assert payroll.lines[0].total_tiyn == 0
    assert problems == []
    assert not [problem for problem in results.problems if problem.blocks]


def test_two_stints_in_a_month_count_together(build):
    # 1–9 October: 7 working days; 19–30 October less the 26th: 9.
    stints = [build.manager(left_on=date(2026, 10, 9)), build.manager(hired_on=date(2026, 10, 19))]
    assert build.card(build.decide(build.inputs(stints, [build.plan()]))).worked_days == 16


def test_negative_revenue_after_refunds_scores_zero(build):
    refund = {
        "number": "r",
        "code": "M01",
        "status": "deal",
        "amount_tiyn": -5_00,
        "paid_on": at("2026-10-20"),
    }
    inputs = build.inputs([build.manager()], [build.plan()], [*build.sales(leads=4), refund], build.marks())
    card = build.card(build.decide(inputs))
    assert card.kpis[0].fact == -500
    assert card.kpis[0].achievement_fraction == 0
    assert card.facts["deals"].value == 0
    # No deal: the average deal does not apply; (0 + 0 + 20) × 100/80.
    assert card.score == 25


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


def test_the_head_is_scored_over_the_pooled_team(build):
    staff = [
        build.manager("M01"),
        build.manager("M02"),
        build.head(),
        build.manager("M09", left_on=date(2026, 9, 30)),
    ]
    plans = [
        build.plan("M01", revenue=6_000_000, conversion="3/10"),
        build.plan("M02", revenue=2_000_000, conversion="1/10", response=5),
    ]
    deals = [
        *build.sales("M01", deals=10, revenue=4_000_000, leads=50),
        *build.sales("M02", deals=5, revenue=1_000_000, leads=40),
        *build.sales("H01", deals=3, revenue=600_000, leads=6),
        *build.sales("M09", deals=2, revenue=400_000, leads=4),
    ]
    marks = build.marks("M01", yes=20) + build.marks("M02", yes=10) + build.marks("H01", yes=0)
    card = build.card(build.decide(build.inputs(staff, plans, deals, marks)), "H01")
    # Revenue 6 000 000 of 8 000 000: the head's own and the leaver's count. Conversion 20 of 100 leads; its
    # target (0.3 × 6 + 0.1 × 2) / 8 = 0.25. Response 10 min; its norm (15 × 6 + 5 × 2) / 8 = 12.5.
    # Discipline 30 of 40: his own marks are left out.
    assert build.points(card) == {
        "plan_completion": 30,
        "conversion": 16,
        "response_minutes": 20,
        "discipline": 15,
    }
    assert card.score == 81


def test_the_head_s_absence_shrinks_his_variable_part_and_not_the_team_s_plan(build):
    staff = [build.manager(), build.head()]
    away = [Absence("H01", date(2026, 10, 1), date(2026, 10, 9))]
    inputs = build.inputs(
        staff,
        [build.plan()],
        build.sales(deals=40, revenue=6_000_000, leads=160),
        build.marks(),
        absences=away,
    )
    results = build.decide(inputs)
    card = build.card(results, "H01")
    assert (card.plan_tiyn, card.worked_days, card.score_percent) == (5_000_000_00, 14, 100)
    salaries = [Salary("H01", Month(2026, 1), 0, 300_000_00, approved=approved) for approved in (True,)]
    payroll, problems = pay(
        results, inputs, [*salaries, Salary("M01", Month(2026, 1), 0, 0, approved=False)], []
    )
    line = next(line for line in payroll.lines if line.code == "H01")
    assert line.variable_accrued_tiyn == 200_000_00
    assert problems == []
    _, problems = pay(results, inputs, [replace(salaries[0], approved=False)], [])
    assert [problem.code for problem in problems] == ["head_salary_not_approved", "salary_missing"]


def test_during_the_month_the_plan_is_compared_to_date(build):
    # On Monday 12 October 7 working days are over: plan to date 5 000 000 × 7/21.
    now = datetime(2026, 10, 12, 6, tzinfo=UTC)
    rows = [
        row | {"paid_on": at("2026-10-05")} if row["status"] == "deal" else row
        for row in build.sales(deals=8, revenue=1_000_000, leads=40)
    ]
    inputs = build.inputs([build.manager()], [build.plan()], rows, build.marks())
    card = build.card(build.decide(inputs, now, final=False))
    assert card.plan_to_date_tiyn == 166_666_667
    assert card.kpis[0].achievement_fraction == Fraction(3, 5)
    first = build.decide(inputs, datetime(2026, 10, 1, 6, tzinfo=UTC), final=False)
    assert (build.card(first).score, build.card(first).reason) == (None, "too_early")


def response(build, *leads, norm=15, now=None):
    rows = [
        {
            "number": str(i),
            "code": "M01",
            "status": "new",
            "arrived_at": at(arrived),
            "answered_at": answered and at(answered),
        }
        for i, (arrived, answered) in enumerate(leads)
    ]
    inputs = build.inputs([build.manager()], [build.plan(response=norm)], rows, build.marks())
    results = build.decide(inputs, now or build.after, final=now is None)
    return build.card(results).facts["response_minutes"].value


def test_response_time_counts_working_minutes(build):
    # Friday 17:50 to Monday 09:10 are 10 + 10 minutes; at night the clock starts at 09:00.
    assert response(build, ("2026-10-09T17:50", "2026-10-12T09:10")) == 20
    assert response(build, ("2026-10-12T22:00", "2026-10-13T09:07")) == 7
    # 26 October is off (for Sunday the 25th).
    assert response(build, ("2026-10-23T17:30", "2026-10-27T09:30")) == 60
    assert response(build, ("2026-10-12T10:00:00", "2026-10-12T10:00:30")) == Fraction(1, 2)


def test_the_median_of_an_even_count_is_the_mean_of_the_middle_two(build):
    day = "2026-10-12T10:"
    leads = [(f"{day}00", f"{day}{minute}") for minute in ("04", "10", "11", "50")]
    assert response(build, *leads) == Fraction(21, 2)


def test_an_unanswered_lead_enters_once_it_waits_longer_than_the_norm(build):
    now = datetime(2026, 10, 12, 5, 30, tzinfo=UTC)  # 10:30 in Almaty
    answered = ("2026-10-12T09:00", "2026-10-12T09:02")
    assert response(build, answered, ("2026-10-12T10:15", None), now=now) == 2
    assert response(build, answered, ("2026-10-12T10:14", None), now=now) == 9


def test_a_leavers_lead_waits_by_the_companys_week(build):
    staff = [build.manager(), build.head(), build.manager("L1", left_on=date(2026, 9, 30))]
    lead = {"status": "new", "arrived_at": at("2026-10-05T10:00")}
    rows = [
        lead | {"number": "1", "code": "M01", "answered_at": at("2026-10-05T11:00")},
        lead | {"number": "2", "code": "L1", "answered_at": at("2026-10-06T10:00")},
        lead | {"number": "3", "code": "L1", "answered_at": None},
    ]
    results = build.decide(build.inputs(staff, [build.plan()], rows, build.marks()))
    # 60 minutes; Monday 10:00 to Tuesday 10:00 are 540; to the end of October far more: the median is 540.
    assert build.card(results, "H01").facts["response_minutes"].value == 540
    assert build.card(results).facts["response_minutes"].value == 60


def reports_rulebook(build):
    kpis = [dict(form) for form in build.b2b_form["kpis"]]
    kpis[2] |= {"id": "response_minutes", "measure": "response_minutes", "scoring": "inverse"}
    return build.rulebook(kpis=kpis, inputs="reports", name="b2c")


def daily(build, skip=(), **changes):
    worked = build.calendar.working_days(build.month.first_on, build.month.last_on, 5)
    return [
        {"on": at(day.isoformat()), "code": "M01", "leads_received": 4, "leads_processed": 4, "deals": 1}
        | {"revenue_tiyn": 200_000_00, "response_seconds": 1200, "repeat_deals": 0, "cost_tiyn": 0}
        | changes
        for day in worked
        if day.day not in skip
    ]


def test_reports_give_the_same_measures(build):
    inputs = build.inputs(
        [build.manager()],
        [build.plan()],
        marks=build.marks(),
        reports=daily(build),
        rulebook=reports_rulebook(build),
    )
    card = build.card(build.decide(inputs))
    # 21 × 200 000 = 4 200 000 of 5 000 000; 21 of 84 leads; norm 15 min against 20.
    assert build.points(card) == {
        "plan_completion": Fraction("33.6"),
        "conversion": 20,
        "response_minutes": 15,
        "discipline": 20,
    }


def test_a_missing_report_is_no_data_until_it_is_decided(build):
    inputs = build.inputs(
        [build.manager()],
        [build.plan()],
        marks=build.marks(),
        reports=daily(build, skip={14}),
        rulebook=reports_rulebook(build),
    )
    results = build.decide(inputs)
    assert build.card(results).kpis[0].reason == "missing_reports"
    assert "reports_missing" in {problem.code for problem in results.problems if problem.blocks}
    for subject in ("2026-10-14", "14.10.2026", ""):
        decided = build.decide(replace(inputs, decisions=(decision(subject, DecisionKind.NO_SALES),)))
        assert build.points(build.card(decided))["plan_completion"] == 32
        assert not build.card(decided).preliminary


def test_two_reports_of_a_day_block(build):
    rows = daily(build)
    inputs = build.inputs(
        [build.manager()],
        [build.plan()],
        marks=build.marks(),
        reports=[*rows, rows[3]],
        rulebook=reports_rulebook(build),
    )
    results = build.decide(inputs)
    assert build.card(results).kpis[0].state is State.NO_DATA
    assert [(p.code, p.place.row) for p in results.problems if p.blocks] == [
        ("report_twice", 5),
        ("report_twice", 23),
    ]


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


def test_a_team_without_a_head_is_warned_of_and_scored(build):
    results = build.decide(build.inputs([build.manager()], [build.plan()]))
    assert "no_head" in {problem.code for problem in results.problems}
    assert all(employee.role is Role.MANAGER for employee in results.employees)
