"""Σ paid = Σ of the months + corrections, to the tenge: random clients' years by the pure rules (behaviour §3, §7).

The other side of the equation is a cash book kept beside the rules, in whole tenge: what was earned, what
corrections fell due, what of negative ones a variable part could bear.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from fractions import Fraction

import pytest

from kpi_rules.cards.payouts import pay
from kpi_rules.cards.results import EmployeeResult, MonthResults, TeamResult
from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.inputs import Correction, Employment, MonthInputs, Salary
from kpi_rules.records.form_1_tabs import LEADS, MARKS
from kpi_rules.rulebook.model import Band, Role
from kpi_rules.time.kazakhstan import working_calendar
from kpi_rules.time.periods import Month
from kpi_rules.time.settings import Settings
from templates.loading import load

BANDS = (
    Band("full", 80, Fraction(1)),
    Band("reduced", 70, Fraction(1, 2)),
    Band("odd", 60, Fraction(1, 3)),  # a third makes roundings that do not come out even
    Band("none", 0, Fraction(0)),
)
JANUARY = Month(2026, 1)
CODES = ("M01", "M02", "H01")
NOBODY = TeamResult(0, None, {}, None)
EMPTY = MonthInputs(
    month=JANUARY,
    staff=tuple(Employment(code, code, "", Role.MANAGER, date(2025, 1, 1), None, 5) for code in CODES),
    plan=(),
    facts=FactFrame.of(LEADS),
    marks=FactFrame.of(MARKS),
    absences=(),
    settings=Settings(time(9), time(18)),
    decisions=(),
    rulebook=load("b2b", "ru").rulebook,
    calendar=working_calendar([2026]),
)


def tenge(tiyn: Fraction) -> int:
    """Whole tenge, half up, as money is paid."""
    return (tiyn / 100 + Fraction(1, 2)).__floor__()


@dataclass
class CashBook:
    """What one employee should have got, in tenge."""

    debt: int = 0
    earned: int = 0
    corrected: int = 0
    paid: int = 0

    def month(self, base: int, variable: int, corrections: list[int]) -> int:
        """Book a month and say what is to be paid out."""
        given = sum(amount for amount in corrections if amount > 0)
        self.debt += sum(-amount for amount in corrections if amount < 0)
        taken = min(self.debt, variable)
        self.debt -= taken
        self.earned += base + variable
        self.corrected += sum(corrections)
        out = base + variable + given - taken
        self.paid += out
        return out


@dataclass
class Year:
    """One client's year: who gets which salary when, and the rows of «Корректировки» as they come and change."""

    dice: random.Random
    salaries: list[Salary] = field(default_factory=list)
    rows: dict[str, Correction] = field(default_factory=dict)
    due_from: dict[str, Month] = field(default_factory=dict)
    """№ → the first month that closes after the owner's approval."""
    paid: dict[str, int] = field(default_factory=dict)
    """№ → times paid."""
    books: dict[str, CashBook] = field(default_factory=lambda: {code: CashBook() for code in CODES})

    def __post_init__(self) -> None:
        for code in CODES:
            for start in {1, self.dice.choice([1, 4, 7])}:
                base, variable = (self.dice.randrange(0, 70_000_000) for _ in range(2))
                self.salaries.append(Salary(code, Month(2026, start), base, variable, approved=True))

    def salary(self, code: str, month: Month) -> Salary:
        own = [row for row in self.salaries if row.code == code and row.from_month <= month]
        return max(own, key=lambda row: row.from_month)

    def people_write(self, month: Month) -> None:
        """Between two closes: new rows, approvals, and edits of rows that were paid long ago."""
        dice = self.dice
        for _ in range(dice.choice([0, 0, 1, 1, 2, 4])):
            number = str(len(self.rows) + 1)
            about = month.plus(-dice.randrange(0, 3))
            amount = dice.choice([1, -1]) * dice.choice(
                [dice.randrange(1, 100), dice.randrange(1, 90_000_000)]
            )
            self.rows[number] = Correction(
                number, about, dice.choice(CODES), amount, "так вышло", approved=False
            )
        for number, row in self.rows.items():
            if number in self.paid:
                if dice.random() < 0.1:
                    self.rows[number] = replace(row, amount_tiyn=row.amount_tiyn * 3)
            elif dice.random() < 0.6:
                self.rows[number] = replace(row, approved=True)

    def cards(self) -> tuple[EmployeeResult, ...]:
        """Everybody's band and worked days of a month; now and then somebody is not employed at all."""
        cards = []
        for code in CODES:
            if self.dice.random() < 0.06:
                continue
            norm, band = self.dice.randrange(18, 24), self.dice.choice((*BANDS, None))
            worked = self.dice.choice([norm, norm, self.dice.randrange(0, norm + 1)])
            cards.append(
                EmployeeResult(
                    code, code, Role.MANAGER, norm, worked, (), {}, None, None, band, preliminary=False,
                    worked_fraction=Fraction(worked, norm),
                )
            )  # fmt: skip
        return tuple(cards)

    def play(self) -> None:
        carried: dict[str, int] = {}
        for offset in range(12):
            month = JANUARY.plus(offset)
            self.people_write(month)
            cards = self.cards()
            results = MonthResults(
                month, "b2b", datetime(2027, 1, 9, tzinfo=UTC), True, cards, NOBODY, (), (), (), ()
            )
            before = frozenset(self.paid)
            payroll, problems = pay(results, EMPTY, self.salaries, list(self.rows.values()), before, carried)
            assert not [problem for problem in problems if problem.blocks]
            carried = {line.code: line.carried_out_tiyn for line in payroll.lines if line.carried_out_tiyn}
            self.check(
                month, {card.code: card for card in cards}, {line.code: line for line in payroll.lines}
            )

    def check(self, month: Month, cards: dict[str, EmployeeResult], lines: dict[str, object]) -> None:
        due = {
            code: [
                row
                for number, row in self.rows.items()
                if row.code == code and row.approved and number not in self.paid
                if tenge(Fraction(row.amount_tiyn)) != 0
            ]
            for code in CODES
        }
        for code, book in self.books.items():
            card, salary = cards.get(code), self.salary(code, month)
            share = card.worked_fraction if card else Fraction(0)
            coefficient = card.band.coefficient if card and card.band else Fraction(0)
            base, variable = (
                tenge(salary.base_tiyn * share),
                tenge(salary.variable_tiyn * coefficient * share),
            )
            owed = book.debt
            out = book.month(base, variable, [tenge(Fraction(row.amount_tiyn)) for row in due[code]])
            line = lines.get(code)
            if card is None and not due[code] and not owed:
                assert line is None
                continue
            assert (line.total_tiyn, line.carried_out_tiyn) == (out * 100, -book.debt * 100), (month, code)
            assert out >= base  # base pay is never touched
            for row in line.corrections:
                self.paid[row.number] = self.paid.get(row.number, 0) + 1
        assert set(self.paid) >= {row.number for rows in due.values() for row in rows}


def play(years: int, seed: int) -> Counter[str]:
    """Play that many years; gives what was in them."""
    seen: Counter[str] = Counter()
    for index in range(years):
        year = Year(random.Random(seed * 1_000_003 + index))
        year.play()
        paid = sum(book.paid for book in year.books.values())
        earned = sum(book.earned for book in year.books.values())
        corrected = sum(book.corrected for book in year.books.values())
        carried = sum(book.debt for book in year.books.values())
        assert paid == earned + corrected + carried, f"seed {seed}, year {index}"
        assert set(year.paid.values()) <= {1}, f"seed {seed}, year {index}: paid twice"
        seen.update(
            years=1, corrections=len(year.paid), carried_over_new_year=carried > 0,
            never_approved=len(year.rows) - len(year.paid),
        )  # fmt: skip
    return seen


def sentence(seen: Counter[str], seed: int) -> str:
    return f"money of years, seed {seed}: " + ", ".join(f"{count} {name}" for name, count in seen.items())


@pytest.fixture
def seed() -> int:
    return random.SystemRandom().randrange(1_000_000)


def test_what_is_paid_is_what_was_earned_and_corrected(seed, tell):
    tell(sentence(play(100, seed), seed))


@pytest.mark.slow
def test_ten_thousand_random_years_add_up_to_the_tenge(seed, tell):
    seen = play(10_000, seed)
    tell(sentence(seen, seed))
    assert seen["corrections"] > 50_000
    assert seen["carried_over_new_year"] > 500
