"""Each kind of entry that contradicts itself: its place, whether it blocks, and the exact sentence (behaviour §8)."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from kpi_rules.cards.payouts import pay
from kpi_rules.checks.workbook import check_workbook
from kpi_rules.facts.inputs import Absence, Correction, PayrollInputs, Salary, WorkbookInputs
from kpi_rules.measures.facts import State
from kpi_rules.time.periods import Month
from templates.loading import texts

TEXTS = texts("ru")


def at(text):
    return datetime.fromisoformat(text)


GOOD = {
    "number": "X",
    "code": "M01",
    "arrived_at": at("2026-10-08T10:00"),
    "answered_at": at("2026-10-08T10:05"),
    "status": "deal",
    "amount_tiyn": 100_00,
    "paid_on": at("2026-10-09"),
}

DEALS = [
    ({"status": "lost"}, "payment_without_deal", True, "status", "Строка № X: есть дата оплаты, а статус «Сделка» не стоит."),
    ({"status": None}, "payment_without_deal", True, "status", "Строка № X: есть дата оплаты, а статус «Сделка» не стоит."),
    ({"amount_tiyn": None}, "deal_without_amount", True, "amount_tiyn", "Строка № X: сделка оплачена, а суммы нет."),
    ({"amount_tiyn": 0}, "deal_amount_zero", True, "amount_tiyn", "Строка № X: сделка оплачена, а сумма 0."),
    ({"answered_at": at("2026-10-08T09:59")}, "answer_before_arrival", False, "answered_at", "Строка № X: первый ответ (08.10.2026 09:59) раньше, чем поступил лид."),
    ({"arrived_at": None}, "deal_without_arrival", True, "arrived_at", "Строка № X: не указано, когда поступил лид."),
    ({"code": None}, "deal_without_manager", True, "code", "Строка № X: не указан менеджер."),
    ({"paid_on": None}, "deal_without_payment_date", False, "paid_on", "Строка № X: статус «Сделка», а даты оплаты нет. Пока она не засчитана."),
    ({"paid_on": None, "amount_tiyn": -5}, "refund_without_payment_date", False, "paid_on", "Строка № X: возврат без даты. Пока он не учтён."),
    ({"paid_on": None, "status": "lost", "amount_tiyn": -5}, "negative_amount_without_deal", False, "amount_tiyn", "Строка № X: сумма меньше нуля, а статус «Сделка» не стоит."),
    ({"paid_on": None, "status": None}, "deal_without_status", False, "status", "Строка № X: не указан статус."),
    ({"number": None}, "deal_without_number", False, "number", "Строка без номера."),
    ({"arrived_at": at("2026-10-08"), "arrived_without_time": True}, "arrival_without_time", False, "arrived_at", "Строка № X: «Поступил» без времени. Считаем, что лид пришёл к началу рабочего дня."),
    ({"answered_at": at("2026-10-08"), "answered_without_time": True}, "answer_without_time", False, "answered_at", "Строка № X: «Первый ответ» без времени. Считаем, что ответили в начале рабочего дня."),
    ({"code": "M09"}, "deal_of_not_employed", False, "code", "Строка № X: в день оплаты менеджер M09 не работал. Сумма вошла в результат команды."),
]  # fmt: skip


@pytest.fixture
def month(build):
    def made(*extra, marks=None, **more):
        rows = [*build.sales(deals=20, revenue=3_000_000, leads=80), *extra]
        staff = [build.manager(), build.manager("M09", left_on=date(2026, 9, 1))]
        return build.inputs(staff, [build.plan()], rows, build.marks() if marks is None else marks, **more)

    return made


@pytest.mark.parametrize(
    ("cells", "code", "blocks", "column", "what"), DEALS, ids=[case[1] for case in DEALS]
)
def test_a_row_of_deals_that_contradicts_itself_is_named(build, month, cells, code, blocks, column, what):
    results = build.decide(month(GOOD | cells))
    (problem,) = [found for found in results.problems if found.code != "no_head"]
    assert (problem.code, problem.blocks) == (code, blocks)
    assert (problem.place.tab, problem.place.row, problem.place.column) == ("deals", 82, column)
    assert TEXTS.what(problem) == what
    assert TEXTS.fix(problem)


def test_a_good_row_and_a_refund_without_arrival_are_no_problem(build, month):
    refund = GOOD | {"number": "R", "arrived_at": None, "answered_at": None, "amount_tiyn": -50_00}
    results = build.decide(month(GOOD, refund))
    assert [problem.code for problem in results.problems] == ["no_head"]
    facts = build.card(results).facts
    assert (facts["revenue"].value, facts["deals"].value) == (3_000_050_00, 21)
    assert facts["leads_received"].value == 81


def test_the_same_number_twice_names_both_rows_and_leaves_the_figures_open(build, month):
    results = build.decide(month(GOOD, GOOD))
    found = [(p.code, p.place.row) for p in results.problems if p.blocks]
    assert found == [("number_twice", 82), ("number_twice", 83)]
    assert build.card(results).kpis[0].state is State.NO_DATA


def test_a_late_answer_clash_blocks_where_the_answer_time_is_scored(build, month):
    kpis = [dict(form) for form in build.b2b_form["kpis"]]
    kpis[2] |= {"id": "response_minutes", "measure": "response_minutes", "scoring": "inverse"}
    inputs = month(GOOD | {"answered_at": at("2026-10-08T09:59")}, rulebook=build.rulebook(kpis=kpis))
    assert [p.code for p in build.decide(inputs).problems if p.blocks] == ["answer_before_arrival"]


def test_a_blank_cost_blocks_where_the_margin_is_scored(build, month):
    kpis = [dict(form) for form in build.b2b_form["kpis"]]
    kpis[2] |= {"id": "margin", "measure": "margin"}
    inputs = month(rulebook=build.rulebook(kpis=kpis))
    inputs = replace(inputs, plan=(build.plan(margin_fraction=build.plan().targets["conversion_fraction"]),))
    codes = {problem.code for problem in build.decide(inputs).problems if problem.blocks}
    assert codes == {"cost_missing"}


def test_marks_twice_block_and_others_warn(build, month):
    marks = build.marks()
    results = build.decide(month(marks=[*marks, marks[0]]))
    assert [(p.code, p.place.row) for p in results.problems if p.blocks] == [
        ("marks_twice", 2),
        ("marks_twice", 23),
    ]
    stranger = {**marks[0], "code": "M09"}
    (warned,) = [
        p for p in build.decide(month(marks=[*marks, stranger])).problems if p.place.tab == "discipline"
    ]
    assert (warned.code, warned.blocks) == ("marks_not_employed", False)


def test_staff_plan_and_absences_are_checked(build, month):
    twice = replace(month(), plan=(build.plan(), build.plan(row=3)))
    assert [p.code for p in build.decide(twice).problems if p.blocks][:2] == ["plan_twice", "plan_twice"]
    zero = replace(month(), plan=(build.plan(revenue=0, row=2),))
    results = build.decide(zero)
    assert "plan_not_above_zero" in {p.code for p in results.problems if p.blocks}
    assert build.card(results).reason == "no_plan"
    overlap = replace(month(), staff=(build.manager(), build.manager(hired_on=date(2026, 3, 1), row=5)))
    assert [(p.code, p.place.row) for p in build.decide(overlap).problems if p.blocks] == [
        ("stints_overlap", 5)
    ]
    back = month(absences=[Absence("M01", date(2026, 10, 9), date(2026, 10, 5), 7)])
    assert [(p.code, p.place.row) for p in build.decide(back).problems if p.blocks] == [
        ("absence_reversed", 7)
    ]


def test_dates_in_the_future_and_doubled_pay_rows_are_found_over_the_whole_workbook(build, month):
    inputs = month(GOOD | {"paid_on": at("2027-10-09")})
    book = WorkbookInputs(
        inputs.staff,
        inputs.plan,
        inputs.facts,
        inputs.marks,
        (),
        inputs.settings,
        (),
        (),
    )
    salary = Salary("M01", Month(2026, 1), 1, 1, approved=True, row=2)
    correction = Correction("K1", Month(2026, 9), "M01", 100, "x", approved=True, row=2)
    payroll = PayrollInputs((), (), (salary, salary), (correction, correction))
    found = check_workbook(book, payroll, at("2026-11-06T10:00"))
    assert [p.code for p in found] == ["date_in_future", *["salary_twice"] * 2, *["correction_twice"] * 2]
    assert TEXTS.what(found[0]) == "Дата 09.10.2027 ещё не наступила."


@pytest.mark.parametrize(
    ("changes", "code", "blocks"),
    [
        ({"reason": " "}, "correction_without_reason", True),
        ({"code": "M77"}, "correction_of_unknown", True),
        ({"approved": False}, "correction_not_approved", False),
    ],
)
def test_a_correction_that_can_not_be_paid_is_named_and_not_paid(build, month, changes, code, blocks):
    inputs = month()
    results = build.decide(inputs)
    given = replace(Correction("K1", Month(2026, 9), "M01", 100_00, "x", approved=True), **changes)
    salary = Salary("M01", Month(2026, 1), 100_000_00, 0, approved=False)
    payroll, problems = pay(results, inputs, [salary], [given])
    assert [(p.code, p.blocks) for p in problems] == [(code, blocks)]
    assert TEXTS.what(problems[0])
    assert [line.total_tiyn for line in payroll.lines] == [100_000_00]


def test_a_negative_correction_takes_the_variable_part_at_most_and_the_rest_is_carried(build, month):
    inputs = month()
    results = build.decide(inputs)
    # Score 24 + 20 + 20 + 20 = 84: the whole variable part of 200 000 ₸.
    salary = Salary("M01", Month(2026, 1), 250_000_00, 200_000_00, approved=False)
    corrections = [
        Correction("K1", Month(2026, 8), "M01", -300_000_00, "возврат", approved=True),
        Correction("K2", Month(2026, 9), "M01", 10_000_00, "недоплата", approved=True),
        Correction("K3", Month(2026, 11), "M01", 5_00, "рано", approved=True),
    ]
    payroll, _ = pay(results, inputs, [salary], corrections, frozenset(), {"M01": -50_000_00})
    (line,) = payroll.lines
    assert [paid.number for paid in line.corrections] == ["K1", "K2"]
    assert (line.carried_in_tiyn, line.carried_out_tiyn) == (-50_000_00, -150_000_00)
    assert line.total_tiyn == 260_000_00
