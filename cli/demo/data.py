"""Two months of a small sales team, made up but true to life: seeded, so that everybody sees the same.

The team sells office equipment in Almaty. Each manager has a weak side, so that the causes have something
to tell; a handful of rows is entered the way people enter them, dirty.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from kpi_rules.time.periods import Month, WorkingCalendar

SEED = 20260901
FIRST_MONTH = Month(2026, 9)
SECOND_MONTH = Month(2026, 10)
CLIENT_NAME = "Алатау Офис"
CLIENT_SLUG = "alatau-office"
OWNER_EMAIL = "owner@alatau-office.local"
ACCOUNTANT_EMAIL = "buh@alatau-office.local"
HEAD_EMAIL = "rop@alatau-office.local"
PLAN = {"leads": 80, "conversion": 0.25, "average_deal": 150_000, "revenue": 3_000_000}

Cell = str | int | float | bool | date | datetime | None


@dataclass(frozen=True)
class Person:
    """One manager of the story and what this person is like."""

    code: str
    name: str
    email: str
    leads_a_day: float
    conversion: float
    average_deal: int
    answer_minutes: float
    discipline: float
    hired_on: date = date(2025, 3, 3)
    week_days: int = 5


TEAM = (
    Person("M01", "Айгерим Сапарова", "aigerim@alatau-office.local", 3.9, 0.28, 158_000, 6, 0.98),
    Person("M02", "Данияр Ахметов", "daniyar@alatau-office.local", 3.7, 0.26, 149_000, 9, 0.95),
    Person("M03", "Елена Ким", "elena@alatau-office.local", 3.8, 0.25, 152_000, 11, 0.96),
    Person("M04", "Руслан Ибраев", "ruslan@alatau-office.local", 2.0, 0.27, 151_000, 8, 0.93),  # few leads
    Person("M05", "Ольга Петренко", "olga@alatau-office.local", 3.8, 0.155, 148_000, 38, 0.90),  # converts little
    Person("M06", "Тимур Жаксыбеков", "timur@alatau-office.local", 3.7, 0.25, 101_000, 10, 0.92),  # low ticket
    Person("M07", "Мадина Оспанова", "madina@alatau-office.local", 3.6, 0.21, 139_000, 15, 0.58),  # no CRM work
    Person(
        "M08", "Артём Соколов", "artem@alatau-office.local", 3.8, 0.26, 150_000, 9, 0.97,
        hired_on=date(2026, 9, 14), week_days=6,
    ),  # hired in mid-month, six-day week
)  # fmt: skip
HEAD = Person("R01", "Гульнара Нурланова", HEAD_EMAIL, 0, 0, 0, 0, 1.0, hired_on=date(2024, 1, 8))
SALARIES = {person.code: (180_000, 200_000) for person in TEAM} | {"R01": (300_000, 350_000)}
ABSENCES = (("M03", date(2026, 9, 21), date(2026, 9, 25)), ("M02", date(2026, 10, 5), date(2026, 10, 7)))

_CUSTOMERS = (
    "ТОО «Астана Строй»", "ИП Касымов", "ТОО «Жетісу Агро»", "АО «КазТрансСервис»", "ТОО «Медикер»", "ИП Ли",
    "ТОО «Шымкент Логистик»", "Школа №145", "ТОО «Алтын Дән»", "ТОО «СофтЛайн KZ»", "ИП Абдуллаева",
    "ТОО «Qazaq Coffee»", "Гостиница «Достык»", "ТОО «Евразия Принт»", "ИП Сериков", "Клиника «Сункар»",
)  # fmt: skip
_SOURCES = ("Instagram", "2ГИС", "Сайт", "Рекомендация", "WhatsApp", "Выставка")
_REFUSALS = ("Дорого", "Купили у других", "Не отвечает", "Не тот товар", "Отложили")


def staff_rows() -> list[list[Cell]]:
    """Fill «Сотрудники»: Код, ФИО, E-mail, Роль, Принят, Уволен, График."""
    people = [*((person, "менеджер") for person in TEAM), (HEAD, "РОП")]
    return [[p.code, p.name, p.email, role, p.hired_on, None, p.week_days] for p, role in people]


def plan_rows(month: Month) -> list[list[Cell]]:
    """Fill «План» of one month: Месяц, Код, выручка, конверсия, чек, лиды, норма ответа."""
    target = [PLAN["revenue"], PLAN["conversion"], PLAN["average_deal"], PLAN["leads"], 15]
    return [[month.first_on, person.code, *target, None, None] for person in TEAM]


def salary_rows() -> list[list[Cell]]:
    """Fill «Оклады»: Код, Действует с, Оклад, Переменная часть, Утверждено."""
    return [[code, FIRST_MONTH.first_on, base, variable, True] for code, (base, variable) in SALARIES.items()]


def absence_rows() -> list[list[Cell]]:
    """Fill «Отсутствия»: Менеджер, С, По."""
    return [list(row) for row in ABSENCES]


def deal_rows(calendar: WorkingCalendar, until_at: datetime) -> list[list[Cell]]:
    """Fill «Сделки» with what had been entered at that moment (naive local time), in order of arrival."""
    chance = random.Random(SEED)  # noqa: S311  # a story, no secret
    leads = [
        _lead(chance, person, day)
        for day in (date(2026, 8, 17) + timedelta(days=offset) for offset in range(76))
        for person in TEAM
        if day >= person.hired_on
        and calendar.is_worked(day, person.week_days)
        and not any(code == person.code and start <= day <= end for code, start, end in ABSENCES)
        for _ in range(_count(chance, person.leads_a_day))
    ]
    leads.sort(key=lambda lead: lead["arrived_at"])
    rows = [_as_entered(number, lead, until_at) for number, lead in enumerate(leads, start=1)]
    return [row for row in rows if isinstance(row[1], datetime) and row[1] <= until_at]


def dirty_rows(number_from: int) -> list[list[Cell]]:
    """Rows of October as people really enter them; each is a problem that Tablo reports."""
    at = datetime(2026, 10, 13, 10, 20)  # noqa: DTZ001  # local time, as in the sheet
    paid = date(2026, 10, 14)
    number = iter(range(number_from, number_from + 20))
    deal = "Сделка"
    return [
        [next(number), at, "Тимур Жаксыбеков", "ИП Орлов", "Сайт", at, deal, "1.250", None, paid, False, None, None],
        [next(number), at, "Oльга Петренко", "ИП Ким", "2ГИС", at, deal, 90_000, None, paid, False, None, "латинская O в имени"],
        [next(number), at, "Мадина Оспанова", "ТОО «Восток»", "Сайт", at, deal, 120_000, None, None, False, None, "ждём оплату"],
        [next(number), at, "Елена Ким", "Школа №12", "Instagram", at, "В работе", 75_000, None, paid, False, None, None],
        [next(number), "13.10.2026 11:05", "Данияр Ахметов", "ИП Пак", "Сайт", "13.10.2026 11:12", deal, "185 000 ₸", None, "14.10.2026", False, None, "=СКИДКА 5%"],
        [next(number), at, "Иван Иваныч", "ИП Чен", "Сайт", None, "Новый", None, None, None, False, None, None],
    ]  # fmt: skip


def mark_rows(calendar: WorkingCalendar, first_on: date, last_on: date) -> list[list[Cell]]:
    """Fill «Дисциплина»: a row per manager and working day with its seven marks."""
    chance = random.Random(SEED + 1)  # noqa: S311  # a story, no secret
    rows: list[list[Cell]] = []
    for offset in range((last_on - first_on).days + 1):
        day = first_on + timedelta(days=offset)
        for person in TEAM:
            away = any(code == person.code and start <= day <= end for code, start, end in ABSENCES)
            if day < person.hired_on or away or not calendar.is_worked(day, person.week_days):
                continue
            marks = ["да" if chance.random() < person.discipline else "нет" for _ in range(7)]
            if day.weekday() != 0:
                marks[6] = "н/п"  # planning meetings are on Mondays
            rows.append([day, person.name, *marks])
    return rows


def _count(chance: random.Random, mean: float) -> int:
    whole = int(mean)
    return whole + (chance.random() < mean - whole) + chance.choice((-1, 0, 0, 0, 1))


def _lead(chance: random.Random, person: Person, day: date) -> dict[str, Any]:
    arrived_at = datetime.combine(day, time(9)) + timedelta(minutes=chance.randrange(0, 9 * 60 - 5))
    answered_at = arrived_at + timedelta(minutes=max(1, round(chance.gauss(1, 0.35) * person.answer_minutes)))
    won = chance.random() < person.conversion
    amount = round(person.average_deal * chance.lognormvariate(-0.045, 0.3) / 500) * 500
    decided_on = day + timedelta(days=chance.choice((1, 2, 2, 3, 4, 5, 6, 8)))
    return {
        "person": person,
        "arrived_at": arrived_at,
        "answered_at": answered_at if chance.random() < 0.985 else None,
        "won": won,
        "amount": amount,
        "cost": round(amount * chance.uniform(0.58, 0.72) / 500) * 500,
        "decided_on": decided_on,
        "customer": chance.choice(_CUSTOMERS),
        "source": chance.choices(_SOURCES, weights=(30, 22, 20, 12, 12, 4))[0],
        "repeat": chance.random() < 0.22,
        "refusal": chance.choice(_REFUSALS),
    }


def _as_entered(number: int, lead: dict[str, Any], until_at: datetime) -> list[Cell]:
    """The row as it stood in the sheet at a moment: what has not happened yet is not there."""
    decided = lead["decided_on"] <= until_at.date()
    answered_at = lead["answered_at"] if lead["answered_at"] and lead["answered_at"] <= until_at else None
    won, lost = decided and lead["won"], decided and not lead["won"]
    status = "Сделка" if won else "Отказ" if lost else "В работе" if answered_at else "Новый"
    return [
        number,
        lead["arrived_at"],
        lead["person"].name if number % 7 else lead["person"].code,
        lead["customer"],
        lead["source"],
        answered_at,
        status,
        lead["amount"] if won else None,
        lead["cost"] if won else None,
        lead["decided_on"] if won else None,
        bool(won and lead["repeat"]),
        lead["refusal"] if lost else None,
        None,
    ]
