"""Months and the working calendar: which days are worked, in a five- or a six-day week."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ALMATY = ZoneInfo("Asia/Almaty")


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month, written `2026-10`."""

    year: int
    number: int

    def __post_init__(self) -> None:
        if not (1 <= self.number <= 12 and 1900 <= self.year <= 9999):
            raise ValueError(f"no such month: {self.year}-{self.number}")

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    @classmethod
    def parse(cls, text: str) -> Month:
        """Read `2026-10`. Raises ValueError with a sentence on anything else."""
        match = re.fullmatch(r"(\d{4})-(\d{2})", text.strip())
        if not match:
            raise ValueError(f"a month is written like 2026-10, not «{text}»")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> Month:
        """Give the month in which a day lies."""
        return cls(day.year, day.month)

    def plus(self, months: int) -> Month:
        """Give the month so many months later (or earlier, when negative)."""
        years, index = divmod(self.year * 12 + self.number - 1 + months, 12)
        return Month(years, index + 1)

    @property
    def first_on(self) -> date:
        """The first day."""
        return date(self.year, self.number, 1)

    @property
    def last_on(self) -> date:
        """The last day."""
        return date(self.year, self.number, calendar.monthrange(self.year, self.number)[1])

    def days(self) -> Iterator[date]:
        """Give each day in order."""
        for offset in range((self.last_on - self.first_on).days + 1):
            yield self.first_on + timedelta(days=offset)

    def ends_at(self, zone: ZoneInfo = ALMATY) -> datetime:
        """Give the moment at which the month is over in that zone (aware)."""
        return datetime.combine(self.plus(1).first_on, time(), tzinfo=zone)


@dataclass(frozen=True)
class CalendarOverride:
    """A day that an order of the authorities moved: worked or off, in the weeks of `weeks`, and its source."""

    day: date
    weeks: tuple[int, ...]
    worked: bool
    source: str


@dataclass(frozen=True)
class WorkingCalendar:
    """Which days are worked, by the length of the week; frozen with each month.

    `off_days[5]` and `off_days[6]` hold the days (weekends included) that are not worked, for the years in
    `years`. `version` names the data («KZ holidays 0.109»), `source` tells where from. `estimated` are days
    off that were computed and not announced yet; `overrides` are already taken in.
    """

    version: str
    source: str
    years: frozenset[int]
    off_days: Mapping[int, frozenset[date]]
    estimated: frozenset[date] = frozenset()
    overrides: tuple[CalendarOverride, ...] = ()

    def is_worked(self, day: date, week_days: int) -> bool:
        """Tell whether a day is a working day of the five- or six-day week. KeyError outside its years."""
        if day.year not in self.years:
            raise KeyError(f"the calendar {self.version} does not cover {day.year}")
        return day not in self.off_days[week_days]

    def working_days(self, first_on: date, last_on: date, week_days: int) -> list[date]:
        """List the working days from `first_on` to `last_on`, both included."""
        count = (last_on - first_on).days + 1
        days = (first_on + timedelta(days=offset) for offset in range(count))
        return [day for day in days if self.is_worked(day, week_days)]

    def step(self, day: date, working_days: int, week_days: int) -> date:
        """Go so many working days forward (or back); the start day itself does not count."""
        direction = timedelta(days=1 if working_days >= 0 else -1)
        left = abs(working_days)
        while left:
            day += direction
            left -= self.is_worked(day, week_days)
        return day
