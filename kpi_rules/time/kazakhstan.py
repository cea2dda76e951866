"""The working calendar of Kazakhstan from the `holidays` library, as versioned data.

Five-day week: Saturdays, Sundays, holidays, their transfers and the decrees that the library knows (a worked
Saturday included). Six-day week: Sundays and holidays; only a holiday that falls on a Sunday is moved to the
next working day, and of the decrees only those that move a Sunday hold (Labour Code of Kazakhstan: a day off
is moved when a holiday falls on it, and Saturday is no day off in that week).

What the library does not know: decrees issued after it, and Qurban Ait of the years that the muftiate has not
announced yet (`estimated`). Both are set right by `calendar_overrides.overridden`, with their source.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from holidays import version as library
from holidays.countries.kazakhstan import Kazakhstan, KazakhstanStaticHolidays
from holidays.observed_holiday_base import SUN_TO_NEXT_WORKDAY

from kpi_rules.time.periods import Month, WorkingCalendar

SATURDAY, SUNDAY = 5, 6


class _SixDayWeek(Kazakhstan):
    """The library's Kazakhstan with Sunday as the only day off of a week."""

    weekend = {SUNDAY}  # noqa: RUF012 - the library's own attribute, of the library's type


def working_calendar(years: Iterable[int]) -> WorkingCalendar:
    """Give the calendar of these years; `version` names the library's, so that frozen months stay known."""
    covered = frozenset(years)
    return WorkingCalendar(
        version=f"KZ holidays {library.__version__}",
        source="the Python library holidays (vacanza)",
        years=covered,
        off_days={5: _five_day_week(covered), 6: _six_day_week(covered)},
        estimated=frozenset(estimated_days(covered)),
    )


def estimated_days(years: Iterable[int]) -> list[date]:
    """List the holidays whose day is computed, not announced: to be checked against the decree."""
    days = Kazakhstan(years=set(years), language="en_US")
    return sorted(day for day, name in days.items() if "estimated" in name)


def _five_day_week(years: frozenset[int]) -> frozenset[date]:
    known = Kazakhstan(years=years)
    weekends = {day for day in _days(years) if day.weekday() >= SATURDAY} - known.weekend_workdays
    return frozenset(weekends | {day for day in known if day.year in years})


def _six_day_week(years: frozenset[int]) -> frozenset[date]:
    known = _SixDayWeek(years=years, observed_rule=SUN_TO_NEXT_WORKDAY)
    sundays = {day for day in _days(years) if day.weekday() == SUNDAY} - known.weekend_workdays
    moved_saturdays = {given for given, taken in _decrees(years) if taken.weekday() == SATURDAY}
    return frozenset(sundays | {day for day in known if day.year in years} - moved_saturdays)


def _days(years: Iterable[int]) -> Iterator[date]:
    return (day for year in years for number in range(1, 13) for day in Month(year, number).days())


def _decrees(years: Iterable[int]) -> Iterator[tuple[date, date]]:
    """Give the moves of the library's decrees: the day off given, and the day off taken for it."""
    for year in years:
        decreed: Any = KazakhstanStaticHolidays.special_public_holidays.get(year, ())
        moves: list[tuple[int, ...]] = [decreed] if decreed and isinstance(decreed[0], int) else list(decreed)
        for month, day, from_month, from_day, *from_year in moves:
            yield date(year, month, day), date(from_year[0] if from_year else year, from_month, from_day)
