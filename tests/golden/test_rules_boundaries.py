"""Pro rata, refunds, the head and a running month, worked out by hand (behaviour §5).

October 2026 has 21 working days of a five-day week (22 weekdays less Monday the 26th) and 26 of a six-day one.
"""

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction

from kpi_rules.cards.payouts import pay
from kpi_rules.facts.inputs import Absence, Salary
from kpi_rules.rulebook.model import Role
from kpi_rules.time.periods import Month


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
        "paid_on": datetime.fromisoformat("2026-10-20"),
    }
    inputs = build.inputs([build.manager()], [build.plan()], [*build.sales(leads=4), refund], build.marks())
    card = build.card(build.decide(inputs))
    assert card.kpis[0].fact == -500
    assert card.kpis[0].achievement_fraction == 0
    assert card.facts["deals"].value == 0
    # No deal: the average deal does not apply; (0 + 0 + 20) × 100/80.
    assert card.score == 25


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
    salaries = [
        Salary("H01", Month(2026, 1), 100_000_00, 300_000_00, approved=approved) for approved in (True,)
    ]
    payroll, problems = pay(
        results, inputs, [*salaries, Salary("M01", Month(2026, 1), 100_000_00, 0, approved=False)], []
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
        row | {"paid_on": datetime.fromisoformat("2026-10-05")} if row["status"] == "deal" else row
        for row in build.sales(deals=8, revenue=1_000_000, leads=40)
    ]
    inputs = build.inputs([build.manager()], [build.plan()], rows, build.marks())
    card = build.card(build.decide(inputs, now, final=False))
    assert card.plan_to_date_tiyn == 166_666_667
    assert card.kpis[0].achievement_fraction == Fraction(3, 5)
    first = build.decide(inputs, datetime(2026, 10, 1, 6, tzinfo=UTC), final=False)
    assert (build.card(first).score, build.card(first).reason) == (None, "too_early")


def test_a_team_without_a_head_is_warned_of_and_scored(build):
    results = build.decide(build.inputs([build.manager()], [build.plan()]))
    assert "no_head" in {problem.code for problem in results.problems}
    assert all(employee.role is Role.MANAGER for employee in results.employees)
