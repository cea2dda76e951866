"""A client who pays for months on end, on the emulator over HTTP, and a cash book that says what must be paid.

Every month is one of nine: M01 sells for 840 000, 700 000 or 300 000 ₸ and M02 for 900 000, 700 000 or 350 000.
With the plan, the leads and the marks of `client_life` this gives, by hand (behaviour §5):

    M01  60 × revenue / 1 000 000 + 16 + 18 of marks: 84.4 full, 76 half, 52 nothing
    M02  40 × revenue / 1 000 000 + 20 × revenue / 875 000 (at most 20) + 16 + 16: 88 full, 76 half, 54 nothing
    R01  20 × team revenue / 1 000 000 + 16 + 20 + 17: at least 80 from 1 350 000 on, at least 70 from 850 000 on

In short months fewer of the marks are 'нет', which moves no score over the edge of its band.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from kpi_rules.time.lifecycle import MonthState, month_dates
from kpi_rules.time.periods import ALMATY, Month
from kpi_rules.time.settings import Settings
from operations.facts.held_months import calendar_around
from operations.months.closing import close_month
from operations.months.opening import open_month
from operations.syncing.sync import sync_client
from operations.verifying.verifying import Verification, verify_client
from operations.world.services import utc_now
from tests.contract.client_life import (
    ACCOUNTANT,
    HEAD,
    MANAGERS,
    SALARIES,
    SEPTEMBER,
    SLUG,
    Life,
    copy_of,
    deal_rows,
    mark_rows,
    plan_rows,
)

SALES = {"M01": (840_000, 700_000, 300_000), "M02": (900_000, 700_000, 350_000)}
"""Revenue that earns the full variable pay, half of it, nothing."""
HALF = {"M01": 101_709, "M02": 105_959, "R01": 177_056}
"""Half of 203 417, 211 918 and 354 111 ₸, half up."""
PLANNED = frozenset({SEPTEMBER, SEPTEMBER.plus(1)})
"""Months whose plan the stage `open` has filled in."""


class Killed(BaseException):
    """The process ends here: no handler of the product may hold it up."""


@dataclass
class PayingClient:
    """The client, and beside him the book: who was paid what, in whole tenge."""

    life: Life
    month: Month = SEPTEMBER
    sales: dict[str, int] = field(default_factory=lambda: {"M01": 840_000, "M02": 700_000})
    filled: bool = True
    deals: int = 10
    marks: int = field(default_factory=lambda: len(mark_rows(SEPTEMBER)))
    plans: int = 4
    rows: list[list[Any]] = field(default_factory=list)
    """«Корректировки»: №, month, code, amount, reason, approved."""
    settled: set[str] = field(default_factory=set)
    """№ of corrections paid."""
    debts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SALARIES, 0))
    paid: int = 0
    earned: int = 0
    corrected: int = 0
    crashes: int = 0

    # ---- what people do
    def fill(self, first: int, second: int) -> None:
        """Enter a month's sales (0 = full, 1 = half, 2 = nothing, for M01 and M02) and marks."""
        self.sales = {"M01": SALES["M01"][first], "M02": SALES["M02"][second]}
        rows = deal_rows(self.month, self.deals + 1)
        for row, amount in zip((rows[0], rows[5]), self.sales.values(), strict=True):
            row[7:9] = amount, amount // 2
        self.life.enter(MANAGERS[0], "deals", rows, row=2 + self.deals)
        self.deals += len(rows)
        marks = mark_rows(self.month)
        self.life.enter(HEAD, "discipline", marks, row=2 + self.marks)
        self.marks += len(marks)
        self.filled = True

    def correct(self, code: str, amount: int, about: Month) -> str:
        """The head writes a correction."""
        number = str(len(self.rows) + 1)
        row = [number, str(about), code, amount, f"Основание {number}", False]
        self.life.enter(HEAD, "corrections", [row[:5]], row=2 + len(self.rows))
        self.rows.append(row)
        return number

    def approve(self, number: str) -> None:
        """The owner ticks it."""
        index = int(number) - 1
        self.life.approve("corrections", 5, 1, row=2 + index)
        self.rows[index][5] = True

    def rewrite_paid(self, number: str) -> None:
        """The head makes three of one in a row that was paid long ago."""
        index = int(number) - 1
        self.life.enter(HEAD, "corrections", [[self.rows[index][3] * 3]], row=2 + index, column=3)

    # ---- what the product does
    def reviewed_at(self) -> datetime:
        """The first day on which the month may close, at ten."""
        calendar = calendar_around(self.month.year)
        dates = month_dates(self.month, Settings(time(9), time(18)), calendar)
        return datetime.combine(dates.review_from_on, time(10), ALMATY)

    def sync(self) -> None:
        """Write the scorecard of a day in the middle of the month."""
        middle = date(self.month.year, self.month.number, 16)
        sync_client(SLUG, datetime.combine(middle, time(12), ALMATY), self.life.services)

    def close(self, deaths: tuple[int, ...] = ()) -> None:
        """Close the month; the process dies before its n-th outside call for each of `deaths`, and is run again."""
        if not any(self._close_until(number) for number in deaths):
            self._close()
        self._book()
        assert self.life.services.ledger.month(SLUG, self.month).state is MonthState.CLOSED

    def _close(self) -> None:
        close_month(SLUG, self.month, self.reviewed_at(), self.life.services, "РОП")

    def _close_until(self, call: int) -> bool:
        """Close, dying before that outside call; True when it was through before."""
        left = call

        def count(_kind: str) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise Killed

        self.life.on_call = count
        try:
            self._close()
        except Killed:
            self.crashes += 1
        else:
            return True
        finally:
            self.life.on_call = lambda _kind: None
        # The dead process's lease runs out, and Drive's search catches up.
        clock = self.life.services.clock() + timedelta(minutes=20)
        self.life.services.clock = lambda: clock
        return False

    def open_next(self) -> None:
        """Open the month after, with its plan."""
        now = self.reviewed_at()
        self.month = self.month.plus(1)
        if self.month not in PLANNED:
            self.life.enter(HEAD, "plan", plan_rows(self.month), row=2 + self.plans)
            self.plans += 2
        open_month(SLUG, self.month, now, self.life.services)
        self.filled = False

    def verify(self) -> Verification:
        """Look whether everything closed is as it was sealed."""
        return verify_client(SLUG, self.life.services)

    # ---- what must come out
    def variable(self, code: str) -> int:
        """What the month's variable pay of an employee is, by the table above."""
        team = sum(self.sales.values())
        if code == "R01":
            level = 0 if team >= 1_350_000 else 1 if team >= 850_000 else 2
        else:
            level = SALES[code].index(self.sales[code])
        return (SALARIES[code][1], HALF[code], 0)[level]

    def _book(self) -> None:
        """Hold the payroll tab, as the accountant reads it, against the book."""
        read = self.life.as_person(ACCOUNTANT).gateway.read(self.life.payroll_id, [f"'{self.month}'"])
        lines = {row[1]: row for row in read[0].rows if len(row) > 15 and row[1] in SALARIES}
        assert lines.keys() == SALARIES.keys()
        for code, (base, _) in SALARIES.items():
            variable = self.variable(code)
            due = [row for row in self.rows if row[5] and row[0] not in self.settled and row[2] == code]
            given = sum(row[3] for row in due if row[3] > 0)
            owed = self.debts[code] - sum(row[3] for row in due if row[3] < 0)
            taken = min(owed, variable)
            out = base + variable + given - taken
            assert lines[code][15] == out, (str(self.month), code)
            self.debts[code] = owed - taken
            self.paid += out
            self.earned += base + variable
            self.corrected += sum(row[3] for row in due)
            self.settled |= {row[0] for row in due}
        ledger = self.life.services.ledger
        assert ledger.paid_corrections(SLUG) == self.settled
        assert ledger.carried(SLUG) == {code: -debt * 100 for code, debt in self.debts.items() if debt}
        assert len(ledger.seals(SLUG)) == ledger.seals(SLUG)[-1].number
        assert self.paid == self.earned + self.corrected + sum(self.debts.values())


@contextmanager
def paying_client(bases: Path, home: Path) -> Iterator[PayingClient]:
    """Serve a client whose first month is open and filled in."""
    with copy_of("open", bases, home) as life:
        life.services.clock = _standing_clock()
        yield PayingClient(life)


def _standing_clock() -> Callable[[], datetime]:
    now = utc_now()
    return lambda: now
