"""A firm of the museum at work: what its people type month by month; `stories` says in which order."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

from tests.golden.museum.people import Cell, Office

DAYS_OFF = frozenset(
    date(2026, month, day) for month, day in ((1, 1), (1, 2), (1, 7), (3, 9), (3, 21), (3, 23), (3, 24))
)
"""Days off of both weeks from January to April 2026."""
DAY_OFF_OF_FIVE = date(2026, 3, 25)
"""Moved for the five-day week alone: Sunday's Nauryz."""
LEADS_A_MONTH = 8
OPENED = {1: "2026-01-05T09:00", 2: "2026-02-02T09:00", 3: "2026-03-02T09:00", 4: "2026-04-01T09:00"}
MIDDLE = {1: "2026-01-20T12:00", 2: "2026-02-17T12:00", 3: "2026-03-17T12:00", 4: "2026-04-16T12:00"}
ENDED = {1: "2026-01-30T19:00", 2: "2026-02-27T19:00", 3: "2026-03-31T19:00", 4: "2026-04-30T19:00"}
REVIEWED = {1: "2026-02-05T10:00", 2: "2026-03-05T10:00", 3: "2026-04-06T10:00", 4: "2026-05-08T10:00"}
"""When each month may be closed: after three working days of late entry."""


@dataclass(frozen=True)
class Person:
    """Somebody of the team; `won` deals of about `amount` tenge a month, and so many good marks of a hundred."""

    code: str
    name: str
    email: str
    won: int = 0
    amount: int = 0
    good_percent: int = 100
    hired_on: date = date(2025, 1, 6)
    left_on: date | None = None
    week_days: int = 5
    away: tuple[date, ...] = ()


@dataclass
class Firm:
    """One client's people at work; `_free` tells the next free row of each tab."""

    slug: str
    office: Office
    kpi: Callable[..., str]
    head: str
    owner: str
    workbook: str
    payroll: str
    words: dict[str, str]
    """Titles of tabs and choices of lists in the client's language, by the keys of this file."""
    seed: int
    folder: Path
    """The emulator's data folder."""
    moved: dict[date, bool] = field(default_factory=dict)
    """Days that an order made working days or days off."""
    _free: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin the firm's own chance."""
        self.chance = random.Random(self.seed)

    def place(self, tab: str) -> tuple[str, str]:
        """Give file and title of a tab."""
        in_payroll = tab in {"months", "decisions", "salaries", "corrections"}
        return (self.payroll if in_payroll else self.workbook), self.words[tab]

    def append(self, who: str, tab: str, rows: Sequence[Sequence[Cell]]) -> int:
        """Type rows below those that were appended before; give the first one's number."""
        row = self._free.get(tab, 2)
        self.office.enter(who, self.place(tab), rows, row=row)
        self._free[tab] = row + len(rows)
        return row

    def row_of(self, tab: str, back: int) -> int:
        """Give the row that stands so many rows above the next free one."""
        return self._free[tab] - back

    def change(self, who: str, tab: str, row: int, column: int, cells: Sequence[Cell]) -> None:
        """Type over cells of one row."""
        self.office.enter(who, self.place(tab), [cells], row=row, column=column)

    def hire(self, person: Person, role: str, base: int, variable: int) -> int:
        """Enter somebody and his pay, which the owner approves; give his row of the staff."""
        row = self.append(
            self.head,
            "staff",
            [
                [
                    person.code,
                    person.name,
                    person.email,
                    self.words[role],
                    person.hired_on,
                    None,
                    person.week_days,
                ]
            ],
        )
        self.pay(person.code, max(person.hired_on.replace(day=1), date(2026, 1, 1)), base, variable)
        return row

    def pay(self, code: str, from_on: date, base: int, variable: int) -> None:
        """Enter base and variable pay from a month on, approved."""
        row = self.append(self.head, "salaries", [[code, from_on, base, variable]])
        self.change(self.owner, "salaries", row, 4, [True])

    def correct(
        self, number: int, for_month: int, code: str, amount: int, reason: str, *, approved: bool = True
    ) -> None:
        """The head enters a correction, the owner ticks it."""
        row = self.append(
            self.head, "corrections", [[number, date(2026, for_month, 1), code, amount, reason]]
        )
        if approved:
            self.change(self.owner, "corrections", row, 5, [True])

    def corrected_by_command(self) -> None:
        """Count the row that `kpi month correct` has written."""
        self._free["corrections"] += 1

    def decide(self, month: int, code: str, subject: str, kind: str, reason: str) -> None:
        """The head decides, the owner approves."""
        row = self.append(
            self.head, "decisions", [[date(2026, month, 1), code, subject, self.words[kind], reason]]
        )
        self.change(self.owner, "decisions", row, 5, [True])

    def days(self, person: Person, month: int) -> list[date]:
        """The days on which somebody worked in a month of 2026."""
        first = date(2026, month, 1)
        following = date(2026, month + 1, 1)
        days = [first + timedelta(days=n) for n in range((following - first).days)]
        return [day for day in days if self._works(person, day)]

    def _works(self, person: Person, day: date) -> bool:
        if day < person.hired_on or day > (person.left_on or date.max) or day in person.away:
            return False
        if day in self.moved:
            return self.moved[day]
        off = day in DAYS_OFF or (day == DAY_OFF_OF_FIVE and person.week_days == 5)
        return day.weekday() < person.week_days and not off

    def mark(self, people: Sequence[Person], month: int) -> None:
        """The head marks each of his managers' days: seven marks, meetings on Mondays."""
        rows: list[list[Cell]] = []
        for person in people:
            for number, day in enumerate(self.days(person, month)):
                marks = [self._mark(person) for _ in range(7)]
                if day.weekday():
                    marks[6] = self.words["na"]
                rows.append([day, person.name if number % 3 else person.code, *marks])
        self.append(self.head, "discipline", rows)

    def _mark(self, person: Person) -> str:
        return self.words["yes" if self.chance.randrange(100) < person.good_percent else "no"]

    def sell(self, people: Sequence[Person], month: int) -> dict[str, int]:
        """Everybody's leads of a month, before and after its middle; give the row of each one's first open lead."""
        leads = [lead for person in people for lead in self._leads(person, month)]
        leads.sort(key=lambda lead: str(lead[0]))
        begun, later = _halves(leads, month, dates=(0, 8))
        opened: dict[str, int] = {}
        for half in (begun, later):
            start = self._free.get("deals", 2)
            self.append(people[0].email, "deals", [[start - 1 + n, *lead] for n, lead in enumerate(half)])
            if half is begun:
                self.sync(MIDDLE[month])
            for number, lead in enumerate(half):
                code = next(person.code for person in people if lead[1] in (person.code, person.name))
                if lead[5] == self.words["in_progress"]:
                    opened.setdefault(code, start + number)
        return opened

    def _leads(self, person: Person, month: int) -> list[list[Cell]]:
        days = self.days(person, month)
        chance, rows = self.chance, []
        for number in range(LEADS_A_MONTH):
            day = days[number * (len(days) - 3) // LEADS_A_MONTH]
            came = datetime.combine(day, time(9)) + timedelta(minutes=chance.randrange(10, 420))
            answered = came + timedelta(minutes=chance.randrange(3, 25))
            who = person.name if number % 2 else person.code
            row: list[Cell] = [came, who, chance.choice(CUSTOMERS), chance.choice(SOURCES), answered]
            if number < person.won:
                amount = person.amount + 500 * chance.randrange(-20, 21)
                paid = min(day + timedelta(days=2 + number), days[-1])
                row += [self.words["deal"], amount, amount * 7 // 10, paid, number == 0, None, None]
            elif number < LEADS_A_MONTH - 2:
                row += [self.words["lost"], None, None, None, False, chance.choice(REFUSALS), None]
            else:
                row += [self.words["in_progress"], None, None, None, False, None, "ждём решения"]
            rows.append(row)
        return rows

    def report(self, people: Sequence[Person], month: int) -> None:
        """Everybody's daily reports of a month, before and after its middle: one row a working day."""
        rows: list[list[Cell]] = []
        for person in people:
            for number, day in enumerate(self.days(person, month)):
                leads = self.chance.randrange(3, 8)
                deals = 1 if number % 10 < person.won else 0
                revenue = deals * (person.amount + 100 * self.chance.randrange(-20, 21))
                minutes = self.chance.randrange(8, 22)
                who = person.name if number % 2 else person.code
                repeat = int(deals and number % 4 == 0)
                rows.append([day, who, leads, leads, deals, revenue, revenue * 6 // 10, repeat, minutes])
        begun, later = _halves(rows, month, dates=(0,))
        self.append(people[0].email, "reports", begun)
        self.sync(MIDDLE[month])
        self.append(people[0].email, "reports", later)

    def rules_from_march(
        self, row: int, cards: Sequence[Sequence[Cell]], bands: Sequence[Sequence[Cell]]
    ) -> None:
        """The head writes a second version of the rules below the first; `row` is the first free one."""
        march = date(2026, 3, 1)
        self.office.enter(self.head, self.place("rules"), [[march, *card] for card in cards], row=row)
        self.office.enter(
            self.head, self.place("rules"), [[march, *band] for band in bands], row=5, column=11
        )

    def month(self, verb: str, number: int, at: str, *more: str) -> None:
        """Run `kpi month VERB` as of a moment."""
        self.kpi("month", verb, self.slug, f"2026-{number:02d}", *more, "--as-of", at)

    def sync(self, at: str) -> None:
        """Run `kpi sync` as of a moment."""
        self.kpi("sync", self.slug, "--as-of", at)


def _halves(
    rows: list[list[Cell]], month: int, dates: Sequence[int]
) -> tuple[list[list[Cell]], list[list[Cell]]]:
    """Part rows by whether all of their dates had come by the middle of the month."""
    middle = datetime.fromisoformat(MIDDLE[month]).date()
    begun, later = [], []
    for row in rows:
        days = [cell.date() if isinstance(cell, datetime) else cell for cell in (row[at] for at in dates)]
        past = all(day < middle for day in days if isinstance(day, date))
        (begun if past else later).append(row)
    return begun, later


CUSTOMERS = ("ТОО «Жетісу Агро»", "ИП Касымов", "АО «Сункар»", "Школа № 145", "ТОО «Алтын Дән»", "ИП Ли")
SOURCES = ("Сайт", "2ГИС", "Instagram", "Рекомендация")
REFUSALS = ("Дорого", "Купили у других", "Не отвечает")

RUSSIAN = {
    "deals": "Сделки", "discipline": "Дисциплина", "staff": "Сотрудники", "plan": "План",
    "absences": "Отсутствия", "objections": "Возражения", "rules": "Правила", "settings": "Настройки",
    "decisions": "Решения", "salaries": "Оклады", "corrections": "Корректировки",
    "manager": "менеджер", "head": "РОП", "yes": "да", "no": "нет", "na": "н/п",
    "deal": "Сделка", "lost": "Отказ", "in_progress": "В работе",
    "exclude_row": "исключить строку", "not_applicable": "неприменимо",
}  # fmt: skip
ENGLISH = {
    "reports": "Reports", "discipline": "Discipline", "staff": "Staff", "plan": "Plan",
    "absences": "Absences", "objections": "Objections", "rules": "Rules", "settings": "Settings",
    "decisions": "Decisions", "salaries": "Salaries", "corrections": "Corrections",
    "manager": "manager", "head": "head of sales", "yes": "yes", "no": "no", "na": "n/a",
    "not_applicable": "not applicable", "no_sales": "there were no sales",
}  # fmt: skip
