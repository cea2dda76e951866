"""One cell of a filled workbook is broken in any way (but into the № of another row): every other employee's result stays as it was (behaviour §8)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_rules.deciding.month import decide
from kpi_rules.facts.inputs import PayrollInputs
from kpi_rules.facts.selection import select_month
from kpi_rules.rulebook.model import Role
from kpi_rules.time.kazakhstan import working_calendar
from kpi_rules.time.periods import Month
from kpi_rules.time.settings import Settings
from sheets_sync.building.entry_tabs import rule_rows, setting_rows
from sheets_sync.reading.books import parse_workbook
from sheets_sync.reading.cells import RawBook
from templates.loading import load

MONTH, AFTER = Month(2026, 10), datetime(2026, 11, 9, tzinfo=UTC)
CALENDAR = working_calendar((2025, 2026, 2027))
CODES = ("M01", "M02", "M03")
NAMES = {"M01": "Алёна Ким", "M02": "Иван Петров", "M03": "Ержан Ахметов", "H01": "Сауле Омарова"}
GARBAGE = [
    "???", "", "#REF!", "1.250", "31.02.2026", "05/10/2026", "=A1", "+7", "-", "@", "Кто-то", "сто", "1e5",
    -5, 0, 1.5, 10**14, 46300.5, 77, True, False, "да", "н/п", "\x00", "\u202e", "9" * 400, "2026-10",
]  # fmt: skip
SERIAL = date(1899, 12, 30)


def serial(day):
    return (day - SERIAL).days


def staff_rows():
    roles = {code: "РОП" if code == "H01" else "менеджер" for code in NAMES}
    return [[code, name, "", roles[code], 45659, "", 5] for code, name in NAMES.items()]


def deal_rows():
    rows = []
    for number in range(24):
        code = CODES[number % 3]
        arrived = serial(date(2026, 10, 1)) + number % 20 + 0.5
        row = [number + 1, arrived, NAMES[code], "ТОО «Жетісу»", "Сайт", arrived + 0.01]
        sold = ["Сделка", 100_000 + number, 50_000, int(arrived) + 1, number % 2 == 0]
        rows.append([*row, *(sold if number % 4 else ["Отказ", "", "", "", False]), "", "заметка"])
    return rows


def report_rows():
    worked = CALENDAR.working_days(MONTH.first_on, MONTH.last_on, 5)
    return [[serial(day), code, 5, 5, 2, 200_000, 90_000, 1, 12] for day in worked for code in CODES]


def mark_rows():
    worked = CALENDAR.working_days(MONTH.first_on, MONTH.last_on, 5)
    return [[serial(day), code, "да", "нет", *["н/п"] * 5] for day in worked for code in CODES]


def plan_rows():
    return [[serial(MONTH.first_on), code, 1_000_000, 0.25, 150_000, 20, 15, 0.3, 0.4] for code in CODES]


def filled(name):
    template = load(name, "ru")
    book = template.layout.workbook

    def plain(rows):
        return [[cell.value for cell in row] for row in rows]

    rows = {
        "staff": staff_rows(),
        "plan": plan_rows(),
        "deals": deal_rows(),
        "reports": report_rows(),
        "discipline": mark_rows(),
        "absences": [[NAMES[code], 46307, 46308 + index] for index, code in enumerate(CODES)],
        "rules": plain(rule_rows(book.tab("rules"), template.rulebook)),
        "settings": plain(setting_rows(book.tab("settings"), Settings(), template.texts)),
    }
    return {
        tab.key: [[column.header for column in tab.columns], *rows.get(tab.key, [])] for tab in book.inputs()
    }


FILLED = {name: filled(name) for name in ("b2b", "b2c")}
DAY_TAB = {"b2b": "deals", "b2c": "reports"}


def results(name, cells):
    template = load(name, "ru")
    found = parse_workbook(RawBook(cells), template.layout.workbook, template.rulebook)
    inputs = select_month(found.inputs, PayrollInputs(), MONTH, found.inputs.rulebooks[0], CALENDAR)
    decided = decide(inputs, AFTER, final=True, problems=found.problems)
    # Leads below the team's median are information about the team; it carries no money.
    return {
        employee.code: replace(
            employee, diagnosis=employee.diagnosis and replace(employee.diagnosis, signals=())
        )
        for employee in decided.employees
        if employee.role is Role.MANAGER
    }, decided.problems


WHOLE = {name: results(name, cells) for name, cells in FILLED.items()}


@pytest.mark.parametrize("name", ["b2b", "b2c"])
def test_the_whole_workbook_is_clean_and_scored(name):
    employees, problems = WHOLE[name]
    # Each is away for a day or more, on which there are rows as well.
    assert {problem.code for problem in problems} <= {"marks_on_off_day", "report_on_off_day"}
    assert all(employee.score is not None and not employee.preliminary for employee in employees.values())


@settings(max_examples=150, deadline=timedelta(seconds=20))
@given(st.sampled_from(["b2b", "b2c"]), st.data())
def test_a_broken_cell_changes_nobody_elses_result_and_is_never_silently_taken(name, data):
    tab = data.draw(st.sampled_from(["staff", "plan", "discipline", "absences", DAY_TAB[name]]))
    rows = [list(row) for row in FILLED[name][tab]]
    at = data.draw(st.integers(1, len(rows) - 1))
    column = data.draw(st.integers(0, len(rows[at]) - 1))
    code = next(code for code in (*CODES, "H01") if {code, NAMES[code]} & set(map(str, rows[at])))
    rows[at][column] = data.draw(st.sampled_from(GARBAGE))
    broken, _ = results(name, {**FILLED[name], tab: rows})
    whole, _ = WHOLE[name]
    # Whose absence or whose row of «Сотрудники» it is can not be told then: it could be anybody's, and the cards
    # say that they are open; no figure of theirs moves.
    nameless = (tab, column) in {("absences", 0), ("staff", 0), ("staff", 1)}
    for other in CODES:
        if other != code:
            found = replace(broken[other], preliminary=False) if nameless else broken[other]
            assert found == whole[other], (tab, at, column)
