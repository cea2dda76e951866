"""A problem blocks a month only while it could change a score or a pay of that month (behaviour §4)."""

import json
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from kpi_rules.cards.payouts import pay
from kpi_rules.checks.workbook import check_workbook
from kpi_rules.deciding.month import decide
from kpi_rules.deciding.recounting import recompute
from kpi_rules.facts.inputs import (
    Absence,
    Correction,
    Decision,
    DecisionKind,
    PayrollInputs,
    Salary,
    WorkbookInputs,
)
from kpi_rules.facts.selection import select_month
from kpi_rules.problems import Place, Severity, blocking
from kpi_rules.records.months import month_record
from kpi_rules.time.periods import Month
from templates.loading import texts


@pytest.fixture
def month(build):
    def made(plan=None, **more):
        # 4 200 000 of 5 000 000, 28 of 140 leads, all marks: 33.6 + 16 + 20 + 20 = 89.6.
        deals = build.sales(deals=28, leads=140, revenue=4_200_000)
        staff = [build.manager(), build.head()]
        return build.inputs(staff, [plan or build.plan(row=2)], deals, build.marks(), **more)

    return made


def obstacles(results):
    return [problem.code for problem in results.problems if problem.blocks]


def test_a_zero_in_a_column_that_no_kpi_needs_is_no_problem(build, month):
    results = build.decide(month(build.plan(margin_fraction=Fraction(0), repeat_fraction=Fraction(0))))
    assert obstacles(results) == []
    assert not [problem for problem in results.problems if problem.place.tab == "plan"]
    assert build.card(results).score == Fraction("89.6")


def test_a_zero_that_only_the_heads_card_needs_blocks_where_there_is_a_head(build, month):
    # «Норма ответа» is a target of the head's card only.
    inputs = month(build.plan(response=0, row=2))
    assert obstacles(build.decide(inputs)) == ["plan_not_above_zero", "target_missing"]
    alone = replace(inputs, staff=(build.manager(),))
    assert obstacles(build.decide(alone)) == []


def test_a_zero_target_closes_once_it_is_decided_away_for_manager_and_head(build, month):
    inputs = month(build.plan(conversion=0, row=2))
    assert obstacles(build.decide(inputs)) == ["plan_not_above_zero", "target_missing"]
    decisions = tuple(
        Decision(build.month, code, "conversion", DecisionKind.NOT_APPLICABLE, "нет учёта", approved=True)
        for code in ("M01", "H01")
    )
    results = build.decide(replace(inputs, decisions=decisions))
    assert obstacles(results) == []
    # (33.6 + 20 + 20) × 100/80.
    assert build.card(results).score == 92
    assert {p.severity for p in results.problems if p.code == "plan_not_above_zero"} == {Severity.WARNING}
    # A sealed record knows no rows of sheets, and says the same.
    record = json.loads(json.dumps(month_record(replace(inputs, decisions=decisions), results, None)))
    again, _ = recompute(record)
    assert again == record["results"]


@pytest.mark.parametrize(
    ("tab", "of", "blocks"),
    [
        ("plan", "2026-12", False),
        ("decisions", "2026-12", False),
        ("decisions", "2026-09", False),
        ("months", "2026-12", False),
        ("salaries", "2027-01", False),
        ("corrections", "2026-12", False),
        ("plan", None, True),
        ("decisions", "2026-10", True),
        ("salaries", "2026-01", True),
        ("corrections", "2026-09", True),
        ("corrections", None, True),
    ],
)
def test_a_bad_row_of_another_month_only_warns(build, month, tab, of, blocks):
    params = {"value": "x"} | ({"month": of} if of else {})
    bad = blocking("number_unreadable", Place(tab, 9, "code"), **params)
    results = decide(month(), build.after, final=True, problems=[bad])
    (found,) = [problem for problem in results.problems if problem.code == "number_unreadable"]
    assert found.blocks is blocks


def test_a_bad_plan_cell_of_this_month_blocks_while_a_card_lacks_it(build, month):
    bad = blocking("number_unreadable", Place("plan", 2, "conversion_fraction"), value="x", month="2026-10")
    lacking = build.plan(conversion=None, bad=frozenset({"conversion_fraction"}), row=2)
    assert "number_unreadable" in obstacles(decide(month(lacking), build.after, final=True, problems=[bad]))
    # Nobody is scored by the margin.
    bad = replace(bad, place=Place("plan", 2, "margin_fraction"))
    spare = build.plan(bad=frozenset({"margin_fraction"}), row=2)
    assert obstacles(decide(month(spare), build.after, final=True, problems=[bad])) == []


def workbook(inputs, **more):
    return replace(
        WorkbookInputs(
            inputs.staff, inputs.plan, inputs.facts, inputs.marks, (), inputs.settings, (), ()
        ),
        **more,
    )  # fmt: skip


def test_doubled_pay_rows_are_named_once_and_block_only_from_their_month_on(build, month):
    inputs = month()
    salaries = [
        Salary("M01", first, 1_00, 1_00, approved=False, row=row)
        for row, first in enumerate([Month(2026, 1), Month(2026, 1), Month(2027, 1), Month(2027, 1)], 2)
    ]
    corrections = [
        Correction(number, for_month, "M01", 100_00, "x", approved=True, row=row)
        for row, (number, for_month) in enumerate(
            [("A", Month(2026, 9)), ("A", Month(2026, 9)), ("B", Month(2026, 12)), ("B", Month(2026, 12))], 2
        )
    ]
    payroll = PayrollInputs((), (), tuple(salaries), tuple(corrections))
    found = check_workbook(workbook(inputs), payroll, build.after.replace(tzinfo=None))
    results = decide(inputs, build.after, final=True, problems=found)
    _, pay_problems = pay(results, inputs, salaries, corrections)
    told = dict.fromkeys([*results.problems, *pay_problems])
    assert sorted((p.code, p.place.row) for p in told if p.blocks and p.employee == "M01") == [
        ("correction_twice", 2),
        ("correction_twice", 3),
        ("salary_twice", 2),
        ("salary_twice", 3),
    ]
    later = sorted((p.code, p.place.row) for p in told if not p.blocks)
    assert later == [
        ("correction_twice", 4),
        ("correction_twice", 5),
        ("salary_twice", 4),
        ("salary_twice", 5),
    ]


def test_an_absence_with_reversed_dates_is_selected_and_blocks(build, month):
    inputs = month()
    absences = (
        Absence("M01", date(2026, 10, 20), date(2025, 10, 24), 2),
        Absence("M01", date(2026, 12, 20), date(2026, 12, 10), 3),
    )
    book = workbook(inputs, absences=absences)
    chosen = select_month(book, PayrollInputs(), build.month, inputs.rulebook, inputs.calendar)
    assert chosen.absences == absences[:1]
    assert obstacles(build.decide(chosen)) == ["absence_reversed"]


def test_a_correction_that_rounds_to_nothing_is_reported_and_not_paid(build, month):
    inputs = month()
    small = Correction("K1", Month(2026, 9), "M01", 49, "49 тиын", approved=True, row=3)
    payroll, problems = pay(
        build.decide(inputs), inputs, [], [small, replace(small, number="K2", amount_tiyn=50)]
    )
    (line,) = [line for line in payroll.lines if line.code == "M01"]
    assert [(paid.number, paid.amount_tiyn) for paid in line.corrections] == [("K2", 1_00)]
    (found,) = [problem for problem in problems if problem.code == "correction_of_nothing"]
    assert (found.blocks, found.place.row) == (False, 3)
    assert texts("ru").what(found) == (
        "Корректировка № K1: после округления до тенге сумма 0 ₸. Она не выплачивается."
    )
