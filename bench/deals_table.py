"""A year of a company's «Сделки» as Google's answer gives it: names, comments, blanks, slips and refunds.

The table is drawn from shares that a small sales team would recognise, from one seed, so that every run reads
the same. Trailing blanks are left out, as the API does; blanks between are empty texts.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date

from kpi_rules.measures.marks import ALL_MARKS
from kpi_rules.records import form_1_tabs
from kpi_rules.time.periods import Month, WorkingCalendar
from kpi_rules.time.settings import Settings
from sheets_sync.building.entry_tabs import rule_rows, setting_rows
from templates.loading import Template

MARKS = form_1_tabs.MARKS.marks_of(ALL_MARKS)
EPOCH = date(1899, 12, 30)
COLUMNS = 12
"""Columns that are filled without comments: № to «Причина отказа»."""
DAY_MINUTES = 1440

_SURNAMES = ("Ахметов", "Сейткали", "Ким", "Иванов", "Жумабек", "Оспан", "Петренко", "Нурлан", "Ли", "Байжан")
_NAMES = ("Алия", "Данияр", "Ольга", "Ерлан", "Мадина", "Сергей", "Айгерим", "Тимур", "Наталья", "Бекзат")
_FIRMS = ("ТОО «Алатау Строй»", "ИП Сейтжанов", "ТОО «Медтехника-Юг»", "АО «КазСнаб»", "ТОО «Арай Logistics»")
_SOURCES = ("Сайт", "Instagram", "WhatsApp", "Звонок", "Рекомендация", "2ГИС", "Выставка", "")
_REASONS = ("Дорого", "Нет связи", "Ушли к конкуренту", "Не наш клиент", "Отложили до весны", "")
_COMMENTS = (
    "Просит коммерческое предложение на 3 позиции, доставка до Шымкента",
    "Перезвонить после 15-го: решает директор, он в отпуске",
    "Встреча прошла хорошо, ждут договор на почту",
    "Скидку больше 5 % не давать, в прошлый раз вернули часть товара",
    "Оплата двумя частями",
    "Сравнивают с «Техносилой»; важен срок поставки, цена вторична. Отправил расчёт и фото образцов",
)


@dataclass(frozen=True)
class Shape:
    """What a table is like: so many rows over so many months up to a day, with or without comments."""

    title: str
    until: date
    rows: int = 100_000
    months: int = 1
    comments: bool = False
    slips: bool = True
    """Some amounts are typed as text."""


def serial(day: date) -> int:
    """Give a day as the spreadsheet's number."""
    return (day - EPOCH).days


def people(count: int) -> dict[str, str]:
    """Give names by code."""
    names = [f"{surname} {name}" for surname in _SURNAMES for name in _NAMES]
    return {
        f"M{number:03d}": names[number % 100] + f" {number // 100}" * (number >= 100)
        for number in range(count)
    }


def deal_rows(shape: Shape, names: list[str], seed: int = 7) -> list[list[object]]:
    """Make the rows below the headers."""
    rng = random.Random(seed)
    first, last = serial(Month.of(shape.until).plus(1 - shape.months).first_on), serial(shape.until)
    return [_row(number, first, last, names, shape, rng) for number in range(1, shape.rows + 1)]


def _row(
    number: int, first: int, last: int, names: list[str], shape: Shape, rng: random.Random
) -> list[object]:
    arrived = first + rng.randrange((last - first + 1) * DAY_MINUTES) / DAY_MINUTES
    recent = last - arrived < 20
    row: list[object] = [number, arrived, rng.choice(names), f"{rng.choice(_FIRMS)} {rng.randrange(9000)}"]
    row.append(rng.choice(_SOURCES))
    chance = rng.random()
    answered = min(arrived + rng.randrange(1, 900) / DAY_MINUTES, last + 1439 / DAY_MINUTES)
    row.append("" if chance < 0.01 and recent else answered)
    if chance < 0.02:
        row += ["Новый" if recent else "Отказ", "", "", "", False, ""]
    elif chance < 0.12:
        row += ["В работе", rng.choice(("", rng.randrange(20, 900) * 1000)), "", "", False, ""]
    elif chance < 0.37:
        row += _sale(arrived, last, shape, rng)
        if str(row[7]).startswith("-"):  # a refund is no lead: nothing arrives and nobody answers
            row[1] = row[5] = ""
    else:
        row += ["Отказ", "", "", "", rng.random() < 0.1, rng.choice(_REASONS)]
    if shape.comments:
        row.append(rng.choice(_COMMENTS) if rng.random() < 0.35 else "")
    while row[-1] == "":
        row.pop()
    return row


def _sale(arrived: float, last: int, shape: Shape, rng: random.Random) -> list[object]:
    hundredths = rng.randrange(10**6, 9 * 10**7)
    amount: object = hundredths / 100 if rng.random() < 0.2 else hundredths // 100
    cost = hundredths // rng.randrange(130, 250)
    paid = min(int(arrived) + rng.randrange(25), last)
    chance = rng.random()
    if chance < 0.002 and shape.slips:
        amount = f"{hundredths // 100:,} ₸".replace(",", " ")
    elif chance < 0.012:
        amount, cost = -rng.randrange(10_000, 200_000), 0
    return ["Сделка", amount, cost, paid, rng.random() < 0.2, ""]


def book_rows(
    template: Template,
    deals: list[list[object]],
    staff: dict[str, str],
    calendar: WorkingCalendar,
    month: Month,
) -> dict[str, list[list[object]]]:
    """Give the rows of every input tab of a B2B workbook, headers first, by tab key."""
    book = template.layout.workbook
    first, hired = serial(month.first_on), serial(date(2024, 1, 8))
    worked = calendar.working_days(month.first_on, month.last_on, 5)

    def plain(cells: object) -> list[list[object]]:
        return [[cell.value for cell in row] for row in cells]  # type: ignore[attr-defined]

    rows = {
        "staff": [
            *([code, name, "", "менеджер", hired, "", 5] for code, name in staff.items()),
            ["H001", "Омарова Гульнара", "", "РОП", hired, "", 5],
        ],
        "plan": [[first, code, 500_000_000, 0.25, 450_000, 5000, 15] for code in staff],
        "deals": deals,
        "discipline": [
            [serial(day), name, *["да"] * len(MARKS)] for name in staff.values() for day in worked
        ],
        "rules": plain(rule_rows(book.tab("rules"), template.rulebook)),
        "absences": [[name, first + 3, first + 7] for name in list(staff.values())[::7]],
        "settings": plain(setting_rows(book.tab("settings"), Settings(), template.texts)),
    }
    return {
        tab.key: [[column.header for column in tab.columns], *rows.get(tab.key, [])] for tab in book.inputs()
    }


def answer_of(template: Template, tabs: dict[str, list[list[object]]]) -> dict[str, object]:
    """Dress the tabs as the answer of `spreadsheets.values.batchGet`."""
    titles = {tab.key: tab.title for tab in template.layout.workbook.inputs()}
    ranges = [
        {"range": f"'{titles[key]}'!A1:Z{len(rows)}", "majorDimension": "ROWS", "values": rows}
        for key, rows in tabs.items()
    ]
    return {"spreadsheetId": "bench", "valueRanges": ranges}
