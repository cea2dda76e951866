"""A firm of some managers and a head whose September is played day by day on the emulator, over real HTTP (behaviour §4a).

Each working day brings each manager a lead, answered after 7 to 19 minutes; every fourth is won after three days, the
others are lost after four. People enter every day, and the night's sync looks at it. What somebody does beside that,
honest or not, is data: changes of cells from a day on.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from kpi_rules.time.periods import ALMATY
from operations.facts.held_months import calendar_around
from operations.months.opening import open_month
from operations.syncing.looking import ClientSignals, client_signals
from operations.syncing.sync import SyncOutcome, sync_client
from sheets_emulator.access.accounts import ensure_account
from tests.contract.client_life import (
    ACCOUNTANT,
    HEAD,
    OWNER,
    SEPTEMBER,
    SEPTEMBER_OPENED_AT,
    SLUG,
    Life,
    deploy,
    living,
    serial,
)

HEADS_CODE = "R1"
HIRED = date(2025, 1, 6)
DEAL_COLUMNS = (
    "number", "arrived", "code", "customer", "source", "answered", "status", "amount", "cost", "paid", "repeat",
    "reason", "comment", "second", "share",
)  # fmt: skip
FIRST_ADDED = 900
"""From this № on rows stand below all others."""
_CALENDAR = calendar_around(2026)
DAYS = tuple(
    day
    for day in (date(2026, 9, 1) + timedelta(days=more) for more in range(40))
    if _CALENDAR.is_worked(day, 5)
)


@dataclass(frozen=True)
class Change:
    """What stands in a row of a tab from a day on; `cells` None: the row is gone (or not there yet), `until` a day."""

    on: date
    tab: str
    row: Any
    cells: Mapping[str, Any] | None
    until: date = date.max

    def holds(self, today: date) -> bool:
        """Tell whether it is so on a day."""
        return self.on <= today < self.until


def of_deal(number: int, day: int, /, **cells: Any) -> Change:
    """Give what stands in the row of a № from a day of September on (31, 32 …: the days of October)."""
    return Change(september(day), "deals", number, cells)


def without(number: int, day: int = 1, until: date = date.max) -> Change:
    """Say that the row of a № is gone from a day on, or not there yet."""
    return Change(september(day), "deals", number, None, until)


def september(day: int) -> date:
    """Give a day of September; 31 and more are those of October."""
    return SEPTEMBER.first_on + timedelta(days=day - 1)


def moment(day: int, hour: int = 11, minute: int = 0) -> datetime:
    """Give a local moment as a cell holds it."""
    return datetime.combine(september(day), time(hour, minute))


@dataclass(frozen=True)
class Firm:
    """So many managers, M1 and on; `left` says on which day some of them left."""

    managers: int
    left: Mapping[str, date] = field(default_factory=dict)

    @property
    def codes(self) -> tuple[str, ...]:
        """The managers' codes."""
        return tuple(f"M{number}" for number in range(1, self.managers + 1))

    def email(self, code: str) -> str:
        """Give somebody's address."""
        return f"{code.lower()}@bereke.kz"

    def deals(self, today: date) -> dict[int, dict[str, Any]]:
        """Give by № the rows of leads as honest people have entered them by the evening of a day."""
        rows = {}
        for index, day in enumerate(DAYS):
            for place, code in enumerate(self.codes):
                number = index * self.managers + place + 1
                if day <= today and day < self.left.get(code, date.max):
                    rows[number] = self._lead(number, code, index + place, day, today)
        return rows

    def _lead(self, number: int, code: str, turn: int, day: date, today: date) -> dict[str, Any]:
        at = datetime.combine(day, time(10, number % 60))
        won = turn % 4 == 1
        decided = DAYS[min(DAYS.index(day) + (3 if won else 4), len(DAYS) - 1)]
        row = {
            "number": number,
            "arrived": at,
            "code": code,
            "customer": f"ТОО «Клиент {number}»",
            "source": "Сайт",
            "answered": at + timedelta(minutes=7 + number * 5 % 13),
            "status": "В работе",
        }
        if decided <= today and won:
            amount = 90_000 + 1_000 * (number % 20)
            row |= {"status": "Сделка", "amount": amount, "cost": amount // 2, "paid": decided}
        elif decided <= today:
            row |= {"status": "Отказ", "reason": "Дорого"}
        return row

    def marks(self, today: date) -> dict[tuple[date, str], list[str]]:
        """Give by day and code the marks as the head has set them by the evening of a day."""
        return {
            (day, code): ["да", "да", "да", "нет" if (index + place) % 5 == 0 else "да", "да", "да", "н/п"]
            for index, day in enumerate(DAYS)
            for place, code in enumerate(self.codes)
            if day <= today and day < self.left.get(code, date.max)
        }


@dataclass
class Play:
    """A firm's life under way: what has been entered is what the honest rows and the changes come to."""

    life: Life
    firm: Firm
    changes: Sequence[Change] = ()
    _typed: dict[str, list[list[Any]]] = field(default_factory=dict)

    def begin(self) -> None:
        """Deploy, fill in staff, plan and pay, open September."""
        store = self.life.emulator.engine.store
        people = [self.firm.email(code) for code in self.firm.codes]
        for email in (HEAD, OWNER, ACCOUNTANT, *people):
            ensure_account(store, email)
        deploy(self.life, manager_emails=tuple(people), options=("payments", "shares"))
        staff = [[code, f"Сотрудник {code}", self.firm.email(code), "менеджер"] for code in self.firm.codes]
        staff.append([HEADS_CODE, "Гульнара Ким", HEAD, "РОП"])
        self.life.enter(HEAD, "staff", [[*row, serial(HIRED), None, 5] for row in staff])
        months = (SEPTEMBER, SEPTEMBER.plus(1), SEPTEMBER.plus(2))
        plan = [
            [serial(month.first_on), code, 700_000, 0.35, 110_000, 22, 15]
            for month in months
            for code in self.firm.codes
        ]
        self.life.enter(HEAD, "plan", plan)
        pay = [
            [code, serial(SEPTEMBER.first_on), 150_000, 100_000] for code in (*self.firm.codes, HEADS_CODE)
        ]
        self.life.enter(HEAD, "salaries", pay)
        self.life.approve("salaries", 4, len(pay))
        open_month(SLUG, SEPTEMBER, SEPTEMBER_OPENED_AT, self.life.services)

    def resume(self, played_until: date) -> None:
        """Go on where a firm's honest days ended."""
        honest = Play(self.life, self.firm)
        self._typed = {
            "deals": honest._deal_rows(played_until),
            "discipline": honest._mark_rows(played_until),
        }

    def evening(self, day: date, hour: int = 18) -> SyncOutcome:
        """Enter what has come by then, and sync."""
        self._type("deals", HEAD, self._deal_rows(day))
        self._type("discipline", HEAD, self._mark_rows(day))
        for tab in ("payments", "absences"):
            rows = [
                list(change.cells.values())
                for change in self.changes
                if change.tab == tab and change.cells is not None and change.holds(day)
            ]
            self._type(tab, HEAD, [[cell_of(cell) for cell in row] for row in rows])
        return sync_client(SLUG, at(day, hour), self.life.services)

    def look(self, day: date, month: Any = SEPTEMBER) -> ClientSignals:
        """Look at a month as head and owner do."""
        return client_signals(SLUG, month, at(day, 19), self.life.services)

    def _type(self, tab: str, email: str, rows: list[list[Any]]) -> None:
        """Enter what differs from what was typed before; nothing where nothing does."""
        before = self._typed.get(tab, [])
        if rows == before:
            return
        width = max(map(len, [*rows, *before]))
        blank = [[None] * width] * (len(before) - len(rows))
        self.life.enter(email, tab, [row + [None] * (width - len(row)) for row in rows] + blank)
        self._typed[tab] = rows

    def _deal_rows(self, day: date) -> list[list[Any]]:
        rows = self.firm.deals(day)
        for change in self._held("deals", day):
            if change.cells is None:
                rows.pop(change.row, None)
            elif change.row in rows or change.row >= FIRST_ADDED:
                rows[change.row] = {"number": change.row, **rows.get(change.row, {}), **change.cells}
        last = max((number for number in rows if number < FIRST_ADDED), default=0)
        places = [*range(1, last + 1), *sorted(number for number in rows if number >= FIRST_ADDED)]
        return [[cell_of(rows.get(place, {}).get(name)) for name in DEAL_COLUMNS] for place in places]

    def _mark_rows(self, day: date) -> list[list[Any]]:
        marks = self.firm.marks(day)
        for change in self._held("discipline", day):
            for key in [key for key in marks if change.row(key)]:
                if change.cells is None:
                    del marks[key]
                else:
                    marks[key] = list(change.cells["marks"])
        return [[serial(on), code, *each] for (on, code), each in marks.items()]

    def _held(self, tab: str, day: date) -> Iterable[Change]:
        return (change for change in self.changes if change.tab == tab and change.holds(day))


def cell_of(value: Any) -> Any:
    """Give what a person types as a cell holds it."""
    return serial(value) if isinstance(value, date) else value


def at(day: date, hour: int) -> datetime:
    """Give a moment of a day in the client's zone."""
    return datetime.combine(day, time(hour), ALMATY)


def played(firm: Firm, home: Path, until: date) -> None:
    """Play a firm's honest days up to one of them into a folder."""
    with living(home) as life:
        play = Play(life, firm)
        play.begin()
        for day in DAYS:
            if day <= until:
                play.evening(day)


def copied(base: Path, home: Path) -> Path:
    """Copy a played folder for one test."""
    shutil.copytree(base, home, dirs_exist_ok=True)
    return home
