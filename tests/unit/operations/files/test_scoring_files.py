from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest

from kpi_rules.errors import RefusedError
from kpi_rules.problems import Severity
from kpi_rules.time.periods import Month
from operations.files.score_records import score_record
from operations.files.scoring import client_of, read_rulebook, score_file
from operations.files.templates import export_template
from sheets_sync.a1 import column_letters
from templates.loading import load
from tests.released import type_into
from tests.telling import remedy_of, tells, what_of

TEMPLATE = load("b2b", "ru")
OCTOBER = Month(2026, 10)
AFTER = datetime(2026, 11, 6, tzinfo=UTC)
RULES = Path(__file__).parents[4] / "templates/b2b/rulebook.toml"


@pytest.fixture
def books(tmp_path):
    workbook, payroll = tmp_path / "book.xlsx", tmp_path / "pay.xlsx"
    export_template("b2b", workbook, payroll)
    return workbook, payroll


def enter(path, tab, *rows):
    book = openpyxl.load_workbook(path)
    type_into(book, TEMPLATE.layout, {tab: rows})
    book.save(path)


def enter_one_manager(workbook):
    enter(workbook, "Сотрудники", ["M01", "Айгерим Сапарова", None, "менеджер", date(2025, 3, 3), None, 5])
    enter(workbook, "План", [date(2026, 10, 1), "M01", 1_000_000, 0.5, 100_000])
    arrived, answered = (datetime.fromisoformat(f"2026-10-05T10:0{minute}") for minute in (0, 7))
    deal = [1, arrived, "M01", "ИП Ли", "Сайт", answered, "Сделка", 500_000, None, date(2026, 10, 20)]
    enter(workbook, "Сделки", deal)


def codes(scored):
    return {problem.code for problem in scored.problems}


def test_the_template_as_exported_is_read_without_a_word_but_that_nobody_is_in_it(books):
    scored = score_file(books[0], OCTOBER, AFTER, payroll_path=books[1])
    assert codes(scored) == {"staff_empty", "no_head"}
    assert scored.results.rulebook == str(TEMPLATE.rulebook)
    assert scored.payroll.lines == ()


def test_a_month_that_is_over_is_scored_as_a_whole_and_a_running_one_to_date(books):
    enter_one_manager(books[0])
    over = score_file(books[0], OCTOBER, AFTER).results
    assert over.final
    assert over.employees[0].kpis[0].target == 1_000_000_00
    # 16 October, in Almaty: 11 of 21 working days are over.
    running = score_file(books[0], OCTOBER, datetime(2026, 10, 15, 20, tzinfo=UTC)).results
    assert not running.final
    assert running.employees[0].kpis[0].target == Fraction(1_000_000_00 * 11, 21)


def test_the_last_evening_of_a_month_is_still_the_month_in_the_clients_time(books):
    enter_one_manager(books[0])
    last_evening = datetime(2026, 10, 31, 18, 59, tzinfo=UTC)  # 23:59 in Almaty
    assert not score_file(books[0], OCTOBER, last_evening).results.final
    assert score_file(books[0], OCTOBER, last_evening.replace(hour=19, minute=0)).results.final


def test_problems_have_the_addresses_of_the_file_they_stand_in(books):
    workbook, payroll = books
    enter_one_manager(workbook)
    enter(workbook, "Сделки", [1, None, "M01", None, None, None, "Сделка", "много", None, date(2026, 10, 20)])
    enter(payroll, "Оклады", ["M77", date(2026, 1, 1), 100_000, 100_000])
    scored = score_file(workbook, OCTOBER, AFTER, payroll_path=payroll)
    record = score_record(scored)
    at = {(problem["tab"], problem["cell"]) for problem in record["problems"]}
    keys = [column.key for column in TEMPLATE.layout.workbook.tab("deals").columns]
    cell = f"{column_letters(keys.index('amount_tiyn'))}2"
    assert ("Сделки", cell) in at
    assert ("Оклады", "A2") in at
    (amount,) = [problem for problem in record["problems"] if problem["cell"] == cell]
    assert amount["severity"] == "blocking"
    assert "много" in amount["what"]


def test_missing_data_is_null_and_a_state_and_never_zero(books):
    enter_one_manager(books[0])
    (employee,) = score_record(score_file(books[0], OCTOBER, AFTER))["employees"]
    discipline = next(kpi for kpi in employee["kpis"] if kpi["id"] == "discipline")
    assert discipline["state"] == "no_data"
    assert (discipline["fact"], discipline["points"]) == (None, None)
    # Half the plan, one deal of one lead, an average above the plan; the weight of what is missing goes nowhere.
    assert [kpi["points"] for kpi in employee["kpis"]] == ["20", "20", "20", None]
    assert (employee["score"], employee["score_percent"], employee["band"]) == (None, None, None)
    assert employee["known"] == {"weight": "80", "points": "60", "low": "60", "high": "80"}


def test_pay_of_somebody_without_a_salary_is_a_problem_and_not_a_guess(books):
    enter_one_manager(books[0])
    scored = score_file(books[0], OCTOBER, AFTER, payroll_path=books[1])
    (missing,) = [problem for problem in scored.problems if problem.code == "salary_missing"]
    assert missing.severity is Severity.BLOCKING
    assert scored.located.address(missing.place) == ("Оклады", "")


def test_a_decision_of_the_payroll_book_counts(books):
    workbook, payroll = books
    enter_one_manager(workbook)
    enter(payroll, "Решения", [date(2026, 10, 1), "M01", "discipline", "неприменимо", "новая CRM", True])
    (card,) = score_file(workbook, OCTOBER, AFTER, payroll_path=payroll).results.employees
    assert card.score == 75  # 60 points of 80, spread
    assert not card.preliminary


def test_rules_from_a_file_hold_instead_of_those_in_the_workbook(books, tmp_path):
    enter_one_manager(books[0])
    rules = tmp_path / "rules.toml"
    text = RULES.read_text("utf-8").replace('name = "b2b"', 'name = "опыт"')
    rules.write_text(text, encoding="utf-8")
    assert score_file(books[0], OCTOBER, AFTER, rules_path=rules).results.rulebook == "опыт 2026-01"


def test_a_decree_from_a_file_moves_a_day_of_the_norm(books, tmp_path):
    enter_one_manager(books[0])
    decree = tmp_path / "decree.toml"
    decree.write_text('source = "№ 7"\n[[days]]\nday = 2026-10-05\nworked = false\n', encoding="utf-8")
    (card,) = score_file(books[0], OCTOBER, AFTER).results.employees
    (moved,) = score_file(books[0], OCTOBER, AFTER, calendar_path=decree).results.employees
    assert (card.norm_days, moved.norm_days) == (21, 20)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("weight_percent = 40", "weight_percent = 41"), "менеджер"),
        (('measure = "conversion"', 'measure = "luck"'), "luck"),
        (("from_month", "month"), "from_month"),
        (('name = "b2b"', "name = "), "TOML"),
    ],
)
def test_unusable_rules_are_refused_with_the_reason(tmp_path, change, said):
    rules = tmp_path / "rules.toml"
    rules.write_text(RULES.read_text("utf-8").replace(*change, 1), encoding="utf-8")
    with pytest.raises(RefusedError) as refused:
        read_rulebook(rules)
    assert said in what_of(refused)
    assert remedy_of(refused)


def test_a_rulebook_that_is_not_there_is_refused(tmp_path):
    with tells(RefusedError, r"none\.toml"):
        read_rulebook(tmp_path / "none.toml")


def test_another_kind_of_book_is_refused_with_the_tabs_that_are_wanted(books):
    with pytest.raises(RefusedError) as refused:
        score_file(books[1], OCTOBER, AFTER)
    assert "«Сделки»" in remedy_of(refused)
    with pytest.raises(RefusedError) as refused:
        score_file(books[0], OCTOBER, AFTER, payroll_path=books[0])
    assert "«Оклады»" in remedy_of(refused)


@pytest.mark.parametrize(
    ("name", "client"),
    [
        ("KPI продаж — Алатау Офис.xlsx", "Алатау Офис"),
        ("KPI продаж — .xlsx", "KPI продаж — "),
        ("october.xlsx", "october"),
    ],
)
def test_the_client_is_named_as_google_names_its_download(name, client):
    assert client_of(Path(name), TEMPLATE.layout.workbook) == client


def test_a_file_that_may_hold_somebodys_data_is_not_overwritten(books, tmp_path):
    before = books[0].read_bytes()
    with tells(RefusedError, "уже есть"):
        export_template("b2b", books[0])
    with tells(RefusedError, "уже есть"):
        export_template("b2b", tmp_path / "new.xlsx", tmp_path / "new.xlsx")
    assert books[0].read_bytes() == before
    assert not (tmp_path / "new.xlsx").exists()


@pytest.mark.parametrize(
    ("template", "name", "said"),
    [("b9", "x.xlsx", "b9"), ("b2b", "x.ods", "Excel"), ("b2b", "none/x.xlsx", "Папки")],
)
def test_an_export_that_cannot_be_is_refused(tmp_path, template, name, said):
    with pytest.raises(RefusedError) as refused:
        export_template(template, tmp_path / name)
    assert said in what_of(refused)
    assert list(tmp_path.iterdir()) == []
