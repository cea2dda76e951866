"""Made-up daily sales of teams, by families: what the forecast's back-test is run on.

A family is a few plain numbers (how many people, deals a day, how unlike the deals are, what days off sell, how
months differ) and, where these do not do, a function that bends the days' strength. `TUNING` are the families that
stood in sight while the forecast was written; `HELD_OUT` were looked at only to report.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from kpi_rules.time.kazakhstan import working_calendar
from kpi_rules.time.periods import Month

CALENDAR = working_calendar([2024, 2025, 2026])
FIRST = Month(2025, 1)
MONTHS = 14
TIYN = 100


@dataclass(frozen=True)
class Days:
    """The days of a series: their dates, month numbers (0 first), places within the month (0 to 1), work."""

    dates: tuple[date, ...]
    month: np.ndarray
    place: np.ndarray
    works: np.ndarray


Bend = Callable[[Days, np.random.Generator, np.ndarray], np.ndarray]
"""Takes the days, chance and the strength [person, day]; gives the new strength."""


@dataclass(frozen=True)
class Family:
    """How a kind of team sells; deals are of one person and working day, amounts in ₸ (lognormal)."""

    name: str
    people: int = 8
    deals: float = 0.6
    amount_sigma: float = 0.8
    days_off: tuple[float, float] = (0.0, 0.0)
    month_spread: float = 0.12
    person_month_spread: float = 0.15
    skill_spread: float = 0.3
    growth: float = 0.0
    rush: float = 0.0
    bends: tuple[Bend, ...] = field(default=())


@dataclass(frozen=True)
class Series:
    """One made-up team: revenue [person, day] in tiyn over the days of `MONTHS` months from `FIRST` on."""

    family: str
    seed: int
    days: Days
    revenue: np.ndarray


def make(family: Family, seed: int) -> Series:
    """Make a series; the same family and seed give the same one."""
    chance = np.random.default_rng([zlib.crc32(family.name.encode()), seed])
    days = _days()
    skill = _around_one(chance, family.skill_spread, family.people)
    strength = np.where(days.works, 1.0, 0.0)[np.newaxis, :] * skill[:, np.newaxis]
    weekday = np.array([day.weekday() for day in days.dates])
    off = np.where(weekday == 6, family.days_off[1], family.days_off[0])
    strength = np.where(days.works, strength, off * skill[:, np.newaxis])
    strength = strength * _around_one(chance, family.month_spread, MONTHS)[days.month]
    strength = (
        strength * _around_one(chance, family.person_month_spread, (family.people, MONTHS))[:, days.month]
    )
    time = days.month + days.place
    strength = strength * (1 + family.growth) ** time * (1 + family.rush * (2 * days.place - 1))
    for bend in family.bends:
        strength = bend(days, chance, strength)
    deals = chance.poisson(family.deals * np.maximum(strength, 0.0))
    revenue = np.zeros(deals.shape)
    amounts = np.round(chance.lognormal(12.0, family.amount_sigma, int(deals.sum())))
    np.add.at(revenue.reshape(-1), np.repeat(np.arange(deals.size), deals.reshape(-1)), amounts)
    return Series(family.name, seed, days, revenue * TIYN)


def _days() -> Days:
    months = [FIRST.plus(number) for number in range(MONTHS)]
    dates = tuple(day for month in months for day in month.days())
    return Days(
        dates,
        np.repeat(np.arange(MONTHS), [month.last_on.day for month in months]),
        np.array([(day.day - 0.5) / Month.of(day).last_on.day for day in dates]),
        np.array([CALENDAR.is_worked(day, 5) for day in dates]),
    )


def _around_one(chance: np.random.Generator, spread: float, size) -> np.ndarray:
    return chance.gamma(1 / spread**2, spread**2, size) if spread else np.ones(size)


def season(amplitude: float, months: float = 12.0, phase: float = 0.0) -> Bend:
    """A wave over the year (or another number of months)."""

    def bend(days, chance, strength):
        at = phase + chance.uniform(0, months) if phase == 0 else phase
        return strength * (1 + amplitude * np.sin(2 * np.pi * (days.month + days.place - at) / months))

    return bend


def steps(pattern: tuple[float, ...]) -> Bend:
    """A pattern of whole months that comes again and again, such as a quarter's end."""

    def bend(days, _chance, strength):
        return strength * np.array(pattern)[days.month % len(pattern)]

    return bend


def level_break(factor: float) -> Bend:
    """From some day in the middle of the series on everything is `factor` times as much."""

    def bend(days, chance, strength):
        at = chance.uniform(4, MONTHS - 4)
        return strength * np.where(days.month + days.place >= at, factor, 1.0)

    return bend


def walk(spread: float, *, of_days: bool = False, own: bool = False) -> Bend:
    """A level that wanders from month to month or from day to day, the team's or each person's own."""

    def bend(days, chance, strength):
        rows = len(strength) if own else 1
        if of_days:
            return strength * np.exp(np.cumsum(chance.normal(0, spread, (rows, len(days.dates))), axis=1))
        return strength * np.exp(np.cumsum(chance.normal(0, spread, (rows, MONTHS)), axis=1))[:, days.month]

    return bend


def waves(spread: float, memory: float = 0.9) -> Bend:
    """Good and bad days in a row: a level that wanders from day to day and comes back."""

    def bend(days, chance, strength):
        level, levels = 0.0, []
        for shock in chance.normal(0, spread, len(days.dates)):
            level = memory * level + shock
            levels.append(level)
        return strength * np.exp(np.array(levels))

    return bend


def big_deals(a_month: float, times: float) -> Bend:
    """Now and then one person has a day worth `times` usual ones."""

    def bend(_days, chance, strength):
        hit = chance.random(strength.shape) < a_month / 30 / len(strength)
        return strength + hit * times

    return bend


def weekdays(pattern: tuple[float, ...]) -> Bend:
    """What each day of the week brings, Monday first."""

    def bend(days, _chance, strength):
        return strength * np.array(pattern)[[day.weekday() for day in days.dates]]

    return bend


def paydays(height: float) -> Bend:
    """Days around the 10th and the 25th sell more."""

    def bend(days, _chance, strength):
        near = np.array([min(abs(day.day - 10), abs(day.day - 25)) <= 2 for day in days.dates])
        return strength * np.where(near, height, 1.0)

    return bend


def staff_changes() -> Bend:
    """Half of the people come in the course of the series, some go again."""

    def bend(days, chance, strength):
        time = days.month + days.place
        for row in range(len(strength) // 2):
            begins = chance.uniform(0, MONTHS - 3)
            strength[row] *= np.clip((time - begins) / 2, 0, 1)
        strength[-1] *= time < chance.uniform(5, MONTHS)
        return strength

    return bend


def invoices(share: float) -> Bend:
    """A share of everything is booked on the month's last two working days."""

    def bend(days, _chance, strength):
        for month in range(MONTHS):
            of_month = np.flatnonzero((days.month == month) & days.works)
            moved = strength[:, of_month[:-2]] * share
            strength[:, of_month[:-2]] -= moved
            strength[:, of_month[-2:]] += moved.sum(axis=1)[:, np.newaxis] / 2
        return strength

    return bend


def promotions(height: float) -> Bend:
    """Each month some week, another one each time, sells more."""

    def bend(days, chance, strength):
        for month in range(MONTHS):
            begins = chance.uniform(0, 0.75)
            week = (days.month == month) & (days.place >= begins) & (days.place < begins + 0.23)
            strength[:, week] *= height
        return strength

    return bend


def pause(month: int, factor: float) -> Bend:
    """One month is nearly lost: a holiday, a flood, an empty warehouse."""

    def bend(days, _chance, strength):
        return strength * np.where(days.month == month, factor, 1.0)

    return bend


RETAIL = {"deals": 12.0, "amount_sigma": 0.5, "people": 4, "month_spread": 0.06, "person_month_spread": 0.08}

TUNING = (
    Family("steady"),
    Family("steady, large", people=20, deals=1.5),
    Family("uneven months", month_spread=0.3),
    Family("alike months", month_spread=0.0, person_month_spread=0.0),
    Family("growth 8 %", growth=0.08),
    Family("growth 8 %, retail", growth=0.08, days_off=(1.0, 1.0), **RETAIL),
    Family("growth 8 %, calm", growth=0.08, deals=3.0, month_spread=0.04, amount_sigma=0.5),
    Family("decline 6 %", growth=-0.06),
    Family("season of a year", bends=(season(0.4),)),
    Family("season, retail", days_off=(1.2, 1.2), bends=(season(0.4),), **RETAIL),
    Family("season and growth", growth=0.03, bends=(season(0.3),)),
    Family("quarters", bends=(steps((0.8, 0.9, 1.4)),)),
    Family(
        "weekend retail",
        bends=(weekdays((0.8, 0.8, 0.9, 1.0, 1.2, 1.6, 1.4)),),
        days_off=(1.0, 1.0),
        **RETAIL,
    ),
    Family("weekend retail, few", people=2, deals=3.0, days_off=(1.8, 1.5), month_spread=0.1),
    Family("six days", days_off=(0.7, 0.0)),
    Family("rare deals", people=5, deals=0.06, amount_sigma=1.0),
    Family("rare big deals", bends=(big_deals(1.0, 40.0),)),
    Family("heavy tails", amount_sigma=1.6, deals=0.3),
    Family("break down", bends=(level_break(0.5),)),
    Family("break up", bends=(level_break(2.0),)),
    Family("wandering months", month_spread=0.0, bends=(walk(0.2),)),
    Family("wandering days", month_spread=0.0, bends=(walk(0.05, of_days=True),)),
    Family("good and bad days", bends=(waves(0.15),)),
    Family("month-end rush", rush=0.5),
    Family("invoices at the end", bends=(invoices(0.4),)),
    Family("paydays", days_off=(1.0, 1.0), bends=(paydays(2.0),), **RETAIL),
    Family("people differ", skill_spread=0.8, person_month_spread=0.4),
    Family("staff changes", bends=(staff_changes(),)),
)

HELD_OUT = (
    Family("held: growth 5 %, rush", growth=0.05, rush=0.3, people=6),
    Family("held: decline 10 %, six days", growth=-0.1, days_off=(0.5, 0.0), people=10),
    Family("held: half-year wave", bends=(season(0.3, 6.0),), people=12, deals=0.4),
    Family("held: café", days_off=(1.5, 1.7), people=3, deals=30.0, amount_sigma=0.3, month_spread=0.05),
    Family("held: bonus at quarter's end", bends=(steps((1.0, 0.85, 1.25)), invoices(0.2)), people=7),
    Family("held: promotions", days_off=(1.1, 0.9), bends=(promotions(2.0),), **RETAIL),
    Family("held: lost month", bends=(pause(7, 0.15),), people=6),
    Family("held: contracts", people=4, deals=0.15, amount_sigma=1.2, bends=(big_deals(0.5, 20.0),)),
    Family("held: every one's own way", month_spread=0.05, bends=(walk(0.25, own=True),)),
    Family("held: new market", growth=0.12, people=5, bends=(level_break(1.5),)),
    Family("held: yearly wave and weekends", days_off=(1.4, 1.2), bends=(season(0.25),), people=5, deals=4.0),
    Family("held: two people", people=2, deals=0.4, month_spread=0.2),
)
