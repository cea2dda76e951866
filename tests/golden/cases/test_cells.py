"""Cells that are not what they seem, rows that are no entries, and names as people write them."""

import zipfile
from dataclasses import replace
from datetime import date, time, timedelta

import openpyxl
import pytest

from kpi_rules.problems import told_once
from kpi_rules.time.lifecycle import MonthState
from operations.facts.chain import check_books, decide_month, parse_books
from operations.facts.held_months import HeldMonth, calendar_around
from operations.files.scoring import score_file
from sheets_sync.reading.cells import RawBook
from tests.golden.cases.base import AFTER, OCTOBER, card, leads, reports

SCORES = {"M1": 94, "M2": 94, "H1": 96}
"""What base B comes to where nothing is changed."""


def scores(results):
    return {employee.code: employee.score_percent for employee in results.employees}


def told(results):
    """Severity, code, and cell of each problem."""
    return {(p.severity.value, p.code, p.place.row, p.place.column) for p in results.problems}


@pytest.mark.parametrize(
    "typed", ["90000\u200b", "\u200e90\u00a0000", "90\u202f000", "\u202a90000\u202c", "90\u2066 000\u2069", "\ufeff90000"]
)  # fmt: skip
def test_signs_that_nobody_sees_are_nothing_in_a_number(typed, tmp_path):
    book = leads().with_cell("deals", 2, "amount_tiyn", typed)
    for results in (book.decided(), book.score(tmp_path).results):
        assert scores(results) == SCORES
        assert told(results) == {("warning", "number_as_text", 2, "amount_tiyn")}


@pytest.mark.parametrize("sign", ["\u200b", "\u200e", "\u2060", "\ufeff", "\u00ad", "\u202c"])
def test_signs_that_nobody_sees_are_nothing_in_dates_months_names_choices_and_headers(sign):
    book = (
        leads()
        .with_cell("plan", 2, "month", f"октябрь{sign} 2026")
        .with_cell("deals", 3, "code", f"M2{sign}")
        .with_cell("deals", 5, "code", f"Бо{sign}рис Ким")
        .with_cell("deals", 2, "status", f"{sign}Сделка")
        .with_cell("deals", 4, "comment", sign)
    )
    assert scores(book.decided()) == SCORES
    assert told(book.decided()) == set()
    dated = book.with_cell("deals", 2, "paid_on", f"01.10.2026{sign}")
    assert scores(dated.decided()) == SCORES
    assert told(dated.decided()) == {("warning", "date_as_text", 2, "paid_on")}


def test_a_cell_of_unseen_signs_alone_is_blank():
    book = (
        leads()
        .with_cell("deals", 4, "amount_tiyn", "\u200b")
        .with_cell("deals", 4, "paid_on", "\u200e\u00a0")
    )
    assert (scores(book.decided()), told(book.decided())) == (SCORES, set())


def test_a_manager_is_known_by_the_e_mail_of_the_staff_with_a_word_about_it(tmp_path):
    book = leads().with_cell("deals", 2, "code", "m1@t.kz").with_cell("deals", 4, "code", "M1@T.KZ")
    for results in (book.decided(), book.score(tmp_path).results):
        assert scores(results) == SCORES
        assert told(results) == {("warning", "employee_by_email", row, "code") for row in (2, 4)}
    problem = book.decided().problems[0]
    assert book.template.texts.what(problem) == "«m1@t.kz» — это e-mail. Засчитано: Алия Сейтова, M1."


def test_an_unreadable_day_of_hiring_keeps_the_card_and_is_the_only_thing_told(tmp_path):
    book = leads().with_cell("staff", 2, "hired_on", "когда-то")
    for results in (book.decided(), book.score(tmp_path).results):
        assert {employee.code for employee in results.employees} == set(SCORES)
        assert card(results, "M1").preliminary
        assert not card(results, "M2").preliminary
        assert told(results) == {("blocking", "date_unreadable", 2, "hired_on")}


@pytest.mark.parametrize(
    ("column", "typed", "code"),
    [
        ("hired_on", None, "cell_blank"),
        ("left_on", "скоро", "date_unreadable"),
        ("week_days", "пять", "choice_unknown"),
        ("role", "продавец", "choice_unknown"),
        ("name", None, "cell_blank"),
    ],
)
def test_whatever_else_of_a_row_of_the_staff_is_unreadable_keeps_the_card_too(column, typed, code):
    results = leads().with_cell("staff", 2, column, typed).decided()
    assert {employee.code for employee in results.employees} == set(SCORES)
    assert card(results, "M1").preliminary
    assert told(results) == {("blocking", code, 2, column)}


def test_a_code_of_digits_is_taken_for_no_other_code():
    book = leads().with_cell("deals", 2, "code", 1)
    problem = next(p for p in book.decided().problems if p.code.startswith("employee_"))
    assert (problem.code, problem.params.get("similar", "")) == ("employee_unknown", "")
    numbered = replace(book, rows={**book.rows, "staff": [*book.rows["staff"], ["001", "Дана", "", "менеджер", date(2026, 1, 5), None, 5]]})  # fmt: skip
    problem = next(p for p in numbered.decided().problems if p.code.startswith("employee_"))
    assert (problem.code, problem.params["value"], problem.params["similar"]) == (
        "employee_unknown_similar", "1", "001",
    )  # fmt: skip


def test_a_time_that_stands_for_a_day_is_quoted_as_a_time():
    results = leads().with_cell("deals", 2, "answered_at", 0.6048611111111111).decided()
    problem = next(p for p in results.problems if p.code == "date_unreadable")
    assert problem.params["value"] == "14:31"


# ---- headers
def with_table(book, tab, change):
    """Send the book through the chain with a changed table of a tab."""
    raw = book.raw()
    tabs = {**raw.tabs, tab: change(raw.tabs[tab])}
    template = book.template
    books = parse_books(RawBook(tabs), template.layout, template.rulebook)
    held = HeldMonth(OCTOBER, MonthState.PLANNING, calendar_around(OCTOBER.year))
    return decide_month(check_books(books, AFTER), held, AFTER, final=True).results


AMOUNT = "Сумма, ₸"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda rows: [[*rows[0], AMOUNT], *rows[1:]], "header_twice"),
        (lambda rows: [["" if cell == AMOUNT else cell for cell in rows[0]], *rows[1:]], "header_missing"),
        (lambda rows: [["Суммы" if cell == AMOUNT else cell for cell in rows[0]], *rows[1:]], "header_missing_similar"),
        (lambda rows: [[], *rows], "headers_moved_down"),
        (lambda rows: [["Отдел продаж"], [], *rows], "headers_moved_down"),
        (lambda rows: rows[1:], "headers_gone"),
    ],
)  # fmt: skip
def test_headers_that_are_missing_doubled_or_moved_block_by_name(change, code):
    results = with_table(leads(), "deals", change)
    named = [p for p in results.problems if p.code == code]
    assert [p.severity.value for p in named] == ["blocking"]
    assert "Сумма" in " ".join(named[0].params.values()) or named[0].params.get("row") in {"2", "3"}
    assert all(employee.preliminary for employee in results.employees)


@pytest.mark.parametrize("tab", ["discipline", "plan", "staff"])
def test_doubled_headers_block_on_every_tab(tab):
    results = with_table(leads(), tab, lambda rows: [[*rows[0], rows[0][-1]], *rows[1:]])
    assert ("blocking", "header_twice") in {(p.severity.value, p.code) for p in results.problems}


def test_headers_with_signs_that_nobody_sees_are_known():
    results = with_table(
        leads(), "deals", lambda rows: [[f"\u200e{str(cell).replace(' ', chr(0xA0))}\u200b" for cell in rows[0]], *rows[1:]]
    )  # fmt: skip
    assert (scores(results), told(results)) == (SCORES, set())


# ---- rows that are no entries
TOTALS = ["", None, "", "", "", None, "", 1_800_000]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (["Итого", *TOTALS[1:]], "row_of_totals"),
        ([None, "ИТОГО:", *TOTALS[2:]], "row_of_totals"),
        ([None, None, "Всего за октябрь", *TOTALS[3:]], "row_of_totals"),
        ([None, None, None, "Общий итого", *TOTALS[4:]], "row_of_totals"),
        (TOTALS, "row_of_totals"),
        (["№", "Поступил", "Менеджер", "Клиент"], "row_of_headers"),
    ],
)
@pytest.mark.parametrize("at", [0, 40, 80])
def test_totals_and_headers_among_the_rows_are_told_and_count_nowhere(row, code, at, tmp_path):
    book = leads()
    rows = book.rows["deals"]
    if row is TOTALS and at < 80:
        row = [*TOTALS[:7], sum(line[7] or 0 for line in rows[:at])]
        if at == 0:
            return  # nothing is above it to be summed
    changed = book.with_rows("deals", [*rows[:at], row, *rows[at:]])
    for results in (changed.decided(), changed.score(tmp_path).results):
        assert (scores(results), told(results)) == (SCORES, {("warning", code, at + 2, None)})
    problem = changed.decided().problems[0]
    assert f"Удалите строку {at + 2}" in changed.template.texts.fix(problem)


def test_an_entry_of_a_customer_called_itogo_is_an_entry():
    book = leads().with_cell("deals", 2, "customer", "Итого")
    assert (scores(book.decided()), told(book.decided())) == (SCORES, set())


def test_a_refund_that_equals_a_sum_is_no_total():
    book = leads()
    lead = [81, None, "M1", "Возврат", None, None, "Сделка", -90_000, None, date(2026, 10, 30)]
    results = book.more_rows("deals", lead).decided()
    assert "row_of_totals" not in {p.code for p in results.problems}
    assert card(results, "M1").score_percent == 90  # 810 000 of 1 000 000: 40 × 0.81 + 20 + 18 + 20


@pytest.mark.parametrize(
    "entry",
    [
        [
            81,
            None,
            "M1",
            "Возврат",
            None,
            None,
            "Сделка",
            -90_000,
            None,
            date(2026, 10, 30),
            None,
            None,
            "Сумма возвращена",
        ],
        [
            81,
            None,
            "M1",
            "Total Energies Kazakhstan",
            None,
            None,
            "Сделка",
            -90_000,
            None,
            date(2026, 10, 30),
        ],
        [None, None, "M1", "Итого", None, None, "Сделка", -90_000, None, date(2026, 10, 30)],
    ],
)
def test_a_word_of_a_total_in_an_entry_takes_nothing_out(entry):
    results = leads().more_rows("deals", entry).decided()
    assert "row_of_totals" not in {p.code for p in results.problems}
    assert results.team.revenue_tiyn == 1_710_000_00  # 20 deals of 90 000 less the refund


def test_a_correction_about_a_sum_is_read():
    month = date(2026, 9, 1)
    for first in (month, "2026-09"):
        row = ["К1", first, "M1", 15_000, "Сумма недоплаты по сделке 12", True]
        book = leads().with_rows("corrections", [row])
        books = parse_books(book.raw(), book.template.layout, book.template.rulebook)
        (correction,) = books.payroll_of(book.raw_payroll()).inputs.corrections
        assert correction.amount_tiyn == 15_000_00


def test_a_row_of_hints_below_the_headers_blocks_and_says_what_to_do(tmp_path):
    hints = ["номер", "дд.мм.гггг", "код или ФИО", "кто", "откуда", "когда", "выберите", "тенге"]
    book = leads()
    changed = book.with_rows("deals", [hints, *book.rows["deals"]])
    for results in (changed.decided(), changed.score(tmp_path).results):
        assert (scores(results), told(results)) == (SCORES, {("blocking", "row_of_hints", 2, None)})


def test_totals_below_reports_are_known_too():
    book = reports().more_rows("reports", ["Итого", None, 420, 420, 84, 2_100_000, 840_000, 42])
    results = book.decided()
    assert told(results) == {("warning", "row_of_totals", 44, None)}
    assert scores(results) == {"M1": 97, "M2": 97, "H1": 96}


# ---- numbers that are shown as something else, in a file
def saved_with(book, path, tab, row, column, value, pattern, *, payroll=None):
    """Save the book as a file in which one cell holds a value under a number format."""
    book.save(path, payroll)
    file = openpyxl.load_workbook(path)
    cell = file[book.template.layout.workbook.tab(tab).title].cell(row, book.new_place(tab, column))
    cell.value, cell.number_format = value, pattern
    file.save(path)
    return path


def scored_file(path):
    return score_file(path, OCTOBER, AFTER)


SHOWN = [
    # base, tab, column, value, format, code, quoted, remedy
    (leads, "deals", "amount_tiyn", date(2026, 5, 12), "dd.mm.yyyy", "date", "12.05.2026", "число ещё раз"),
    (leads, "deals", "amount_tiyn", 200, "[$$-409]#,##0.00", "currency", "$200", "в тенге"),
    (leads, "deals", "amount_tiyn", 200, '#,##0\\ "руб."', "currency", "200 руб.", "в тенге"),
    (leads, "deals", "amount_tiyn", 0.5, "0%", "percent", "50%", "без знака %"),
    (leads, "deals", "cost_tiyn", 0.25, "h:mm", "time", "6:00", "без двоеточия"),
    (leads, "plan", "response_minutes", time(0, 15), "h:mm", "time", "0:15", "введите 15."),
    (leads, "plan", "response_minutes", 0.5, "0%", "percent", "50%", "без знака %"),
    (leads, "plan", "leads", 40, '#,##0 "₸"', "tenge", "40", "число ещё раз"),
    (leads, "plan", "revenue_tiyn", 1_000_000, '"план"', "hidden", "1000000", "проверьте"),
    (leads, "plan", "conversion_fraction", date(2026, 5, 7), "d mmm", "date", "07.05.2026", "число ещё раз"),
    (reports, "reports", "response_seconds", time(0, 40), "h:mm", "time", "0:40", "введите 40."),
    (reports, "reports", "response_seconds", timedelta(minutes=90), "[h]:mm:ss", "duration", "1:30", "без двоеточия"),
    (reports, "reports", "response_seconds", date(2026, 5, 7), "dd.mm", "date", "07.05.2026", "число ещё раз"),
    (reports, "reports", "deals", 2, "[$€-1]#,##0", "currency", "€2", "в тенге"),
]  # fmt: skip


@pytest.mark.parametrize(("base", "tab", "column", "value", "pattern", "form", "quoted", "remedy"), SHOWN)
def test_a_number_shown_as_something_else_blocks_and_says_what_to_type(
    base, tab, column, value, pattern, form, quoted, remedy, tmp_path
):
    path = saved_with(base(), tmp_path / "book.xlsx", tab, 2, column, value, pattern)
    scored = scored_file(path)
    named = [p for p in scored.problems if p.code.startswith("number_shown_as")]
    # What no card of the template stands on only warns.
    severity = "warning" if column in {"cost_tiyn", "leads"} else "blocking"
    assert [(p.severity.value, p.place.tab, p.place.row, p.place.column) for p in named] == [
        (severity, tab, 2, column)
    ]
    assert named[0].code.removesuffix("_similar") == f"number_shown_as_{form}"
    assert named[0].params["value"] == quoted
    assert remedy in scored.texts.fix(named[0])
    assert card(scored.results, "H1").preliminary is (severity == "blocking")


@pytest.mark.parametrize(
    ("column", "value", "pattern"),
    [
        ("amount_tiyn", 90_000, '#,##0.00 "тг"'),
        ("amount_tiyn", 90_000, "[$₸-43F]#,##0"),
        ("amount_tiyn", 90_000, "#,##0.00;[Red]-#,##0.00"),
        ("amount_tiyn", 90_000, "_-* #,##0_-;-* #,##0_-;_-* \"-\"_-;_-@_-"),
        ("amount_tiyn", 90_000, "0.00E+00"),
        ("cost_tiyn", 50_000, "General"),
    ],
)  # fmt: skip
def test_tenge_and_plain_formats_are_fine(column, value, pattern, tmp_path):
    path = saved_with(leads(), tmp_path / "book.xlsx", "deals", 2, column, value, pattern)
    scored = scored_file(path)
    assert (scores(scored.results), told(scored.results)) == (SCORES, set())


def test_minutes_that_are_no_whole_seconds_are_told_where_no_format_is_known():
    results = leads().with_cell("plan", 2, "response_minutes", 15 / 1440).decided()
    problem = next(p for p in results.problems if p.code.startswith("minutes_of"))
    assert (problem.severity.value, problem.place.row) == ("blocking", 2)
    assert "введите 15." in leads().template.texts.fix(problem)
    fine = (
        leads()
        .with_cell("plan", 2, "response_minutes", 12.35)
        .with_cell("plan", 3, "response_minutes", 37 / 3)
    )
    assert told(fine.decided()) == set()


def test_a_whole_column_of_times_blocks_on_each_and_is_told_once_with_a_count(tmp_path):
    book = reports()
    path = book.save(tmp_path / "book.xlsx")
    file = openpyxl.load_workbook(path)
    sheet = file[book.template.layout.workbook.tab("reports").title]
    for row in range(2, 44):
        cell = sheet.cell(row, book.new_place("reports", "response_seconds"))
        cell.value, cell.number_format = time(0, 40), "h:mm"
    file.save(path)
    scored = scored_file(path)
    named = [p for p in scored.problems if p.code == "number_shown_as_time_similar"]
    assert sorted(p.place.row for p in named) == list(range(2, 44))
    assert all(p.blocks for p in named)
    once = told_once(scored.problems)
    assert [(p.code, p.place.row) for p in once] == [
        ("number_shown_as_time_similar", 2),
        ("more_of_the_same", 3),
    ]
    assert (once[1].params["count"], once[1].params["row"], once[1].blocks) == ("41", "43", True)


def test_a_strict_workbook_is_read(tmp_path):
    path = leads().save(tmp_path / "usual.xlsx")
    strict = tmp_path / "strict.xlsx"
    with zipfile.ZipFile(path) as usual, zipfile.ZipFile(strict, "w") as made:
        for name in usual.namelist():
            part = usual.read(name)
            part = part.replace(
                b"http://schemas.openxmlformats.org/spreadsheetml/2006/main", b"http://purl.oclc.org/ooxml/spreadsheetml/main"
            ).replace(
                b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
                b"http://purl.oclc.org/ooxml/officeDocument/relationships",
            )  # fmt: skip
            made.writestr(name, part)
    scored = scored_file(strict)
    assert (scores(scored.results), told(scored.results)) == (SCORES, set())


def test_numbers_by_formula_are_told(tmp_path):
    book = leads()
    path = book.save(tmp_path / "book.xlsx")
    file = openpyxl.load_workbook(path)
    sheet = file[book.template.layout.workbook.tab("deals").title]
    for row in range(2, 82):
        sheet.cell(row, 1).value = "=ROW()-1"
    file.save(path)
    found = [p for p in scored_file(path).problems if p.code == "number_is_formula"]
    assert [(p.place.tab, p.place.row, p.params["count"]) for p in found] == [("deals", 2, "80")]
