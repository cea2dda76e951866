"""`kpi score --json` against answers worked out by hand, to the letter."""

import json
import tomllib
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from cli.app import app
from operations.files.templates import export_template

HERE = Path(__file__).parent
MARKS = ["CRM заполнена", "Статусы актуальны", "Комментарии", "Скрипт", "Присутствие", "Отчёт сдан"]


def write(path, tab, rows):
    """Type rows below the headers of a tab, as a person would in Excel."""
    book = openpyxl.load_workbook(path)
    sheet = book[tab]
    columns = {cell.value: cell.column for cell in sheet[1]}
    for number, row in enumerate(rows, start=2):
        for header, value in row.items():
            sheet.cell(number, columns[header], value)
    book.save(path)


def deal_rows(manager):
    """Leads of the month in turn, the first of them deals; without leads the deals arrived in September."""
    deals, who = manager["deals"], manager["name"]
    for number in range(max(deals, manager["leads"])):
        arrived = datetime(2026, 10 if manager["leads"] else 9, 1 + number % 30, 10)  # noqa: DTZ001 - a cell has no zone
        row = {
            "Поступил": arrived,
            "Первый ответ": arrived + timedelta(minutes=7),
            "Менеджер": who,
            "Статус": "Отказ",
        }
        if number < deals:
            row |= {"Статус": "Сделка", "Сумма, ₸": manager["average"], "Оплачено": date(2026, 10, 30)}
        yield row
    if manager["refund"]:
        yield {
            "Менеджер": who,
            "Статус": "Сделка",
            "Сумма, ₸": -manager["refund"],
            "Оплачено": date(2026, 10, 30),
        }


def mark_rows(manager):
    """Twenty of the 21 working days: Republic Day falls on Sunday the 25th, so Monday the 26th is off."""
    days = [date(2026, 10, day) for day in range(1, 31) if date(2026, 10, day).weekday() < 5 and day != 26]
    for index, on in enumerate(days[:20]):
        row = {"Дата": on, "Менеджер": manager["code"], "Планёрка": "да" if index < manager["yes"] else "нет"}
        yield row | dict.fromkeys(MARKS, "н/п")


def fill(case, workbook, payroll):
    managers, plan = case["manager"], case["plan"]
    write(
        workbook,
        "Сотрудники",
        [
            {"Код": m["code"], "ФИО": m["name"], "Роль": "менеджер", "Принят": date(2025, 3, 3), "График": 5}
            for m in managers
        ],
    )
    write(
        workbook,
        "План",
        [
            {
                "Месяц": "октябрь 2026",
                "Код": m["code"],
                "План выручки, ₸": plan["revenue"],
                "Конверсия, %": plan["conversion"],
                "Средний чек, ₸": plan["average_deal"],
                "Лиды": m.get("planned_leads"),
            }
            for m in managers
        ],
    )
    deals = [row for manager in managers for row in deal_rows(manager)]
    write(workbook, "Сделки", [{"№": number, **row} for number, row in enumerate(deals, start=1)])
    write(workbook, "Дисциплина", [row for manager in managers for row in mark_rows(manager)])
    write(
        payroll,
        "Оклады",
        [
            {
                "Код": m["code"],
                "Действует с": date(2026, 1, 1),
                "Оклад, ₸": case["salary"]["base"],
                "Переменная часть при 100 %, ₸": case["salary"]["variable"],
            }
            for m in managers
        ],
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("books")
    workbook, payroll = folder / "KPI продаж — Алатау Офис.xlsx", folder / "Ведомость — Алатау Офис.xlsx"
    export_template("b2b", workbook, payroll)
    fill(tomllib.loads((HERE / "worked_cases.toml").read_text("utf-8")), workbook, payroll)
    return workbook, payroll


def scored(workbook, *more):
    done = CliRunner().invoke(
        app, ["score", str(workbook), "--month", "2026-10", "--json", "--as-of", "2026-11-06", *more]
    )
    assert done.exit_code == 0, done.output
    record = json.loads(done.stdout.replace("\N{NO-BREAK SPACE}", " "))
    for causes in record.pop("causes"):
        assert sum(Fraction(part["amount"]) for part in causes["parts"]) == Fraction(causes["gap"])
    outlook = {name: record.pop(name) for name in ("funnel", "forecast", "checklist")}
    assert (bool(outlook["funnel"]), outlook["forecast"], outlook["checklist"]) == (True, [], [])
    return record


def expected():
    return json.loads((HERE / "worked_cases.json").read_text("utf-8"))


def test_the_worked_cases_come_out_of_a_filled_template_exactly(files):
    workbook, payroll = files
    found, wanted = scored(workbook, "--payroll", str(payroll)), expected()
    assert found.pop("employees") == wanted.pop("employees")
    assert found == wanted


def test_without_a_payroll_book_there_is_no_pay_and_all_else_is_the_same(files):
    workbook, _ = files
    wanted = expected()
    for employee in wanted["employees"]:
        del employee["variable_full"], employee["variable_paid"]
    assert scored(workbook) == wanted
