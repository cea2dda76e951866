"""Staff that is unclear, changes its role, or is not there: the cards say so and do not guess."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from kpi_rules.deciding.month import decide
from kpi_rules.facts.inputs import Absence
from kpi_rules.measures.facts import State
from kpi_rules.problems import Place, blocking, warning
from kpi_rules.rulebook.model import Role
from templates.loading import texts


def obstacles(results):
    return [problem.code for problem in results.problems if problem.blocks]


@pytest.fixture
def month(build):
    def made(staff, **more):
        sales = build.sales("M01", deals=28, leads=140, revenue=4_200_000)
        sales += build.sales("M02", deals=28, leads=140, revenue=4_200_000)
        plan = [build.plan("M01"), build.plan("M02")]
        return build.inputs(staff, plan, sales, build.marks("M01") + build.marks("M02"), **more)

    return made


def test_a_head_without_a_working_manager_is_not_too_early_when_the_month_is_over(build, month):
    nobody = month(
        [build.manager("M01"), build.head()],
        absences=[Absence("M01", date(2026, 10, 1), date(2026, 10, 31), 2)],
    )
    for inputs in (nobody, build.inputs([build.head()], [], build.sales("H01", 2, 100_000, 8), [])):
        for moment, final in ((build.after, True), (datetime(2026, 10, 12, 6, tzinfo=UTC), False)):
            results = build.decide(inputs, moment, final=final)
            head = build.card(results, "H01")
            assert (head.score, head.reason, head.preliminary) == (None, "no_team", False)
            assert {(kpi.state, kpi.reason) for kpi in head.kpis} == {(State.NOT_APPLICABLE, "no_team")}
            assert obstacles(results) == []
    assert texts("ru")("reason.no_team") == "в этом месяце не работал ни один менеджер"


def test_a_head_is_too_early_while_his_team_has_not_worked_a_day(build, month):
    inputs = month([build.manager("M01", hired_on=date(2026, 10, 15)), build.head()])
    running = build.decide(inputs, datetime(2026, 10, 12, 6, tzinfo=UTC), final=False)
    assert build.card(running, "H01").reason == "too_early"


def test_another_role_from_the_middle_of_the_month_blocks_and_names_person_and_remedy(build, month):
    before = build.manager("M01", name="Алёна Ким", left_on=date(2026, 10, 15), row=2)
    after = replace(before, role=Role.HEAD, hired_on=date(2026, 10, 16), left_on=None, row=3)
    results = build.decide(month([before, after, build.manager("M02")]))
    assert obstacles(results) == ["role_changed"]
    (problem,) = [problem for problem in results.problems if problem.blocks]
    assert (problem.place, problem.employee) == (Place("staff", 3, "role"), "M01")
    assert (
        texts("ru").what(problem).startswith("Алёна Ким (M01): роль сменилась посреди месяца (октябрь 2026)")
    )
    assert build.card(results, "M01").preliminary
    # With a code of its own the manager's stint brings 11 of 21 days to the team's plan:
    # 5 000 000 × 11/21 + 5 000 000 = 7 619 047,619… ₸.
    renamed = build.decide(month([before, replace(after, code="H01"), build.manager("M02")]))
    assert obstacles(renamed) == []
    assert build.card(renamed, "M01").worked_days == 11
    assert renamed.team.plan_tiyn == 761_904_762
    # A role that changed with an earlier month is no matter.
    earlier = month(
        [
            replace(before, left_on=date(2026, 9, 30)),
            replace(after, hired_on=date(2026, 10, 1)),
            build.manager("M02"),
        ]
    )
    assert "role_changed" not in {problem.code for problem in build.decide(earlier).problems}


@pytest.mark.parametrize(
    ("tab", "employee", "doubted"),
    [
        ("staff", "M01", {"M01", "H01"}),
        ("absences", "M02", {"M02", "H01"}),
        ("absences", None, {"M01", "M02", "H01"}),
        ("settings", None, {"H01"}),  # by the hours the answers wait, which the head's card alone scores
        ("plan", None, set()),
    ],
)
def test_blocking_problems_of_staff_absences_and_settings_make_the_cards_preliminary(
    build, month, tab, employee, doubted
):
    inputs = month([build.manager("M01"), build.manager("M02"), build.head()])

    def preliminary(problem):
        results = decide(inputs, build.after, final=True, problems=[problem])
        return {card.code for card in results.employees if card.preliminary}

    assert preliminary(blocking("date_unreadable", Place(tab, 4, "from_on"), employee, value="x")) == doubted
    assert preliminary(warning("date_as_text", Place(tab, 4, "from_on"), employee, value="x")) == set()
