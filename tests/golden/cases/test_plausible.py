"""Values that can be read and are not to be believed, each worked out by hand (behaviour §4, «Plausible?»).

Every doubt is told with its row: while the month runs it warns, once the month is over it keeps it open where a score
stands on it, and «верно» of the head, or mending it, settles it.
"""

import json
from dataclasses import dataclass, replace
from datetime import date, datetime

import pytest

from cli.demo import data
from kpi_rules.checks.doubts import DOUBTS, Weighing, readings_after, weighed
from kpi_rules.checks.plausible import check_plausible
from kpi_rules.deciding.recounting import recompute
from kpi_rules.facts.decisions import Decided
from kpi_rules.records.months import month_record
from kpi_rules.time.kazakhstan import working_calendar
from kpi_rules.time.periods import Month
from operations.facts.chain import parse_books
from tests.golden.cases import base

OCTOBER = date(2026, 10, 1)


@dataclass(frozen=True)
class Case:
    """A base with one thing in it that is doubtful, where it is told, and by what «Решения» name it."""

    books: base.Books
    code: str
    tab: str
    row: int
    column: str
    employee: str
    subject: object
    runs: bool = True
    """Whether it can be seen on the 15th already."""


def moment(*parts):
    return datetime(*parts)  # noqa: DTZ001 - a cell has no zone


def lead(row, **cells):
    books = base.leads()
    for column, value in cells.items():
        books = books.with_cell("deals", row, column, value)
    return books


def report(row, **cells):
    books = base.reports()
    for column, value in cells.items():
        books = books.with_cell("reports", row, column, value)
    return books


B, C = base.leads(), base.reports()
# Row 2 is lead 1 of M1, a deal of 01.10 paid the same day; row 3 lead 2 of M2, a deal too. Row 4 is refused.
CASES = {
    "CASES 6: paid a year back": Case(
        lead(2, paid_on=date(2025, 10, 1)), "paid_before_arrival", "deals", 2, "paid_on", "M1", 1
    ),
    "paid 10.01 for a lead of 01.10": Case(
        lead(2, paid_on=date(2026, 1, 10)), "paid_before_arrival", "deals", 2, "paid_on", "M1", 1
    ),
    "answered after 31 days and a minute": Case(
        # Answer times count in the head's card alone.
        lead(4, answered_at=moment(2026, 11, 1, 10, 4), arrived_at=moment(2026, 10, 1, 10, 3)),
        "answer_after_a_month", "deals", 4, "answered_at", "M1", 3, runs=False,
    ),
    "a lead dated before anybody was hired": Case(
        lead(4, arrived_at=moment(2025, 10, 1, 10, 3), answered_at=moment(2025, 10, 1, 10, 13)),
        "date_before_client", "deals", 4, "arrived_at", "M1", 3,
    ),
    "a lead a year ahead": Case(
        lead(4, arrived_at=moment(2027, 10, 1, 10, 3), answered_at=None), "date_in_future", "deals", 4, "arrived_at", "M1", 3
    ),
    "day and month of a lead swapped": Case(
        # 02.10 typed as 10.02, when everybody was there already.
        lead(6, arrived_at=moment(2026, 2, 10, 10, 5), answered_at=moment(2026, 2, 10, 10, 15)),
        "date_out_of_place", "deals", 6, "arrived_at", "M1", 5,
    ),
    "CASES 7: an absence a year back": Case(
        B.more_rows("absences", ["M1", date(2025, 10, 5), date(2025, 10, 9)]),
        "date_before_client", "absences", 2, "from_on", "M1", "05.10.2025",
    ),
    "an absence that begins before the hiring": Case(
        B.with_cell("staff", 2, "hired_on", date(2026, 10, 1)).more_rows(
            "absences", ["M1", date(2026, 9, 28), date(2026, 10, 2)]
        ),
        "outside_employment", "absences", 2, "from_on", "M1", "28.09.2026",
    ),
    "an absence a year ahead": Case(
        B.more_rows("absences", ["M1", date(2027, 10, 5), date(2027, 10, 9)]),
        "date_in_future", "absences", 2, "from_on", "M1", "05.10.2027",
    ),
    "a mark before the hiring": Case(
        B.with_cell("staff", 3, "hired_on", date(2026, 10, 2)), "outside_employment", "discipline", 3, "on", "M2", "01.10.2026"
    ),
    "a mark of last year": Case(
        B.with_cell("discipline", 2, "on", date(2025, 10, 1)), "date_before_client", "discipline", 2, "on", "M1", "01.10.2025"
    ),
    "a mark with day and month swapped": Case(
        # Row 6 is M1's of 05.10.
        B.with_cell("discipline", 6, "on", date(2026, 5, 10)), "date_out_of_place", "discipline", 6, "on", "M1", "10.05.2026"
    ),
    "a plan row of last year": Case(
        B.more_rows("plan", [date(2025, 10, 1), "M1", 1_000_000]),
        "date_before_client", "plan", 4, "month", "M1", "01.10.2025",
    ),
    "a report after leaving": Case(
        C.with_cell("staff", 2, "left_on", date(2026, 10, 13)),
        "outside_employment", "reports", 20, "on", "M1", "14.10.2026",
    ),
    "a report with day and month swapped": Case(
        report(6, on=date(2026, 5, 10)), "date_out_of_place", "reports", 6, "on", "M1", "10.05.2026"
    ),
    "«Принят» in a year": Case(
        B.with_cell("staff", 2, "hired_on", date(2027, 1, 5)), "hired_in_future", "staff", 2, "hired_on", "M1", "05.01.2027"
    ),
    "CASES 23: 12 processed of 10 received": Case(
        report(4, leads_processed=12), "report_processed_above_received", "reports", 4, "leads_processed", "M1", "02.10.2026"
    ),
    "CASES 23: 12 deals of 10 leads, in the first report": Case(
        report(2, deals=12), "report_deals_above_processed", "reports", 2, "deals", "M1", "01.10.2026"
    ),
    "a mean answer of 0": Case(
        report(4, response_seconds=0), "report_answer_zero", "reports", 4, "response_seconds", "M1", "02.10.2026"
    ),
}  # fmt: skip
each_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def told(results, case):
    """The doubt of the case, by its row."""
    (found,) = [
        problem
        for problem in results.problems
        if problem.code == case.code and (problem.place.tab, problem.place.row) == (case.tab, case.row)
    ]
    return found


def right(case, subject=None, reason="Проверено по выписке"):
    row = [OCTOBER, case.employee, case.subject if subject is None else subject, "верно", reason]
    return case.books.more_rows("decisions", row)


@pytest.mark.parametrize("case", [case for case in CASES.values() if case.runs])
def test_while_the_month_runs_it_is_told_with_its_row_and_blocks_nothing(case):
    found = told(case.books.decided(base.MID_MONTH), case)
    assert (found.place.column, found.employee, found.blocks) == (case.column, case.employee, False)


@each_case
def test_once_the_month_is_over_it_keeps_it_open(case):
    found = told(case.books.decided(), case)
    assert (found.place.column, found.employee, found.blocks) == (case.column, case.employee, True)


@each_case
def test_the_head_says_that_it_is_right(case):
    results = right(case).decided()
    assert not told(results, case).blocks
    assert "decision_names_no_row" not in {problem.code for problem in results.problems}


@each_case
def test_what_was_said_of_it_is_sealed_and_recounted_to_the_same_bytes(case):
    books = right(case)
    record = month_record(books.inputs(), books.decided(), None)
    assert [row["kind"] for row in record["inputs"]["decisions"]] == ["right"]
    assert case.code in {problem["code"] for problem in record["problems"]}
    assert recompute(json.loads(json.dumps(record)))[0] == record["results"]


@each_case
def test_right_without_a_reason_or_about_another_row_settles_nothing(case):
    assert told(right(case, reason=" ").decided(), case).blocks
    assert told(right(case, subject="77").decided(), case).blocks


@pytest.mark.parametrize("books", [B, C], ids=["a row per lead", "a row per day"])
def test_an_honest_month_raises_no_doubt(books):
    assert doubts(books) == []
    # The base is the whole month: on the 15th its other half lies ahead, and nothing else is told.
    assert {each.code for each in doubts(books, base.MID_MONTH)} == {"date_in_future"}


def test_an_ordinary_month_raises_no_doubt():
    # A lead of September paid in October; one paid two weeks later; a lead typed days late between newer ones; a
    # refund without arrival; leave planned for February; rows sorted by customer; a newcomer of mid-October.
    september = [[200, moment(2026, 9, 8, 11), "M1", "Клиент 200", "Сайт", moment(2026, 9, 8, 11, 10)]]
    september[0] += ["Сделка", 90_000, 50_000, date(2026, 10, 9), False]
    late = [
        201,
        moment(2026, 10, 2, 9),
        "M2",
        "К",
        "Сайт",
        moment(2026, 10, 5, 9),
        "Сделка",
        1,
        1,
        date(2026, 10, 20),
    ]
    refund = [202, None, "M1", "Клиент 1", None, None, "Сделка", -5_000, 0, date(2026, 10, 12)]
    newcomer = ["M3", "Вера Ли", "m3@t.kz", "менеджер", date(2026, 10, 15), None, 5]
    books = (
        B.more_rows("deals", *september, late, refund)
        .more_rows("absences", ["M1", date(2027, 2, 1), date(2027, 2, 10)])
        .more_rows("staff", newcomer)
    )  # fmt: skip
    assert doubts(books) == []
    ordered = books.with_rows("deals", sorted(books.rows["deals"], key=lambda row: str(row[3])))
    assert doubts(ordered) == []


def doubts(books, now=base.AFTER):
    return [problem for problem in books.decided(now).problems if problem.code in DOUBTS]


def test_leads_processed_the_next_morning_are_told_and_block_nothing():
    # 4 of the 10 leads of 01.10 were answered on 02.10: never more processed than had come in.
    books = report(2, leads_processed=6).with_cell("reports", 4, "leads_processed", 14)
    (found,) = doubts(books)
    assert (found.code, found.place.row, found.blocks) == ("report_processed_above_received", 4, False)


def test_in_the_first_month_of_a_client_sums_only_warn():
    # Nobody knows what was received before the first report: rules and staff begin in October.
    books = report(2, deals=12)
    for row in (2, 3, 4):
        books = books.with_cell("staff", row, "hired_on", date(2026, 10, 1))
    assert [(each.code, each.blocks) for each in doubts(books)] == [("report_deals_above_processed", False)]


def test_what_no_score_stands_on_only_warns():
    # Answer times are scored on the head's card alone; by rules without it they are scored nowhere.
    case = CASES["answered after 31 days and a minute"]
    found, inputs = told(case.books.decided(), case), case.books.inputs()
    rulebook = inputs.rulebook
    heads = tuple(kpi for kpi in rulebook.head_kpis if kpi.measure != "response_minutes")
    unscored = replace(inputs, rulebook=replace(rulebook, head_kpis=heads))
    blocks = []
    for each in (inputs, unscored):
        (problem,) = weighed([found], Weighing(each, Decided({}, {}, frozenset()), over=True))
        blocks.append(problem.blocks)
    assert blocks == [True, False]


def test_a_row_that_the_head_took_out_is_in_doubt_no_more():
    case = CASES["CASES 6: paid a year back"]
    books = case.books.more_rows("decisions", [OCTOBER, "M1", "1", "исключить строку", "Ошибка ввода", True])
    assert not told(books.decided(), case).blocks


def test_one_row_of_decisions_settles_many():
    books = B
    for row in (2, 10, 18):
        books = books.with_cell("deals", row, "paid_on", date(2025, 10, 1))
    assert sorted(each.params["subject"] for each in doubts(books) if each.blocks) == ["1", "17", "9"]
    said = books.more_rows("decisions", [OCTOBER, "M1", "1, 5–9; № 17", "верно", "Предоплата"])
    assert [each for each in doubts(said) if each.blocks] == []


def test_right_that_names_no_row_is_told_with_what_it_names():
    books = B.more_rows("decisions", [OCTOBER, "M1", "1, 999, 05.10.2030", "верно", "Проверено"])
    (found,) = [each for each in books.decided().problems if each.place.tab == "decisions"]
    assert (found.code, found.place.row, found.params["subject"]) == (
        "decision_names_no_row", 2, "999, 05.10.2030",
    )  # fmt: skip
    # Of another manager's row nothing is said.
    other = B.more_rows("decisions", [OCTOBER, "M2", "1", "верно", "Проверено"]).decided()
    assert "decision_names_no_row" in {each.code for each in other.problems}


def test_the_demo_raises_no_doubt():
    calendar, now = working_calendar([2025, 2026, 2027]), moment(2026, 10, 14, 18)
    books = B
    for tab, rows in {
        "staff": data.staff_rows(),
        "absences": data.absence_rows(),
        "deals": data.deal_rows(calendar, now),
        "discipline": data.mark_rows(calendar, date(2026, 9, 1), now.date()),
    }.items():
        books = books.with_rows(tab, [list(row) for row in rows])
    read = parse_books(books.raw(), books.template.layout, books.template.rulebook)
    assert len(read.workbook.inputs.facts.rows) > 1000
    assert check_plausible(read.workbook.inputs, now) == []


def test_a_deal_paid_in_advance_asks_no_month_of_a_later_year():
    assert readings_after(date(2026, 10, 28), date(2026, 11, 3)) == {Month(2026, 10), Month(2026, 11)}
    # A wrong year: paid in October a year back, or in the January after a lead of December.
    assert Month(2026, 10) in readings_after(date(2025, 10, 15), date(2026, 10, 5))
    assert Month(2027, 1) in readings_after(date(2026, 1, 20), date(2026, 12, 20))
