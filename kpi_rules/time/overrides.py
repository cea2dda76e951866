"""Days that orders of the authorities moved within a year, on top of the calendar's data, each with its source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kpi_rules.time.periods import CalendarOverride, WorkingCalendar


def overridden(calendar: WorkingCalendar, overrides: Iterable[CalendarOverride]) -> WorkingCalendar:
    """Set single days right; of two overrides of a day the later one holds. Other years' days are left out.

    A day off that was only estimated is announced by it, whether it stays off or not. Raises ValueError
    without a source: nobody could check the day.
    """
    taken = tuple(override for override in overrides if override.day.year in calendar.years)
    if not taken:
        return calendar
    off = {week: set(days) for week, days in calendar.off_days.items()}
    for override in taken:
        if not override.source.strip():
            raise ValueError("an override of the calendar needs its source (the decree or order)")
        for week in override.weeks:
            (off[week].discard if override.worked else off[week].add)(override.day)
    return replace(
        calendar,
        version=f"{calendar.version} + {len(taken)}",
        off_days={week: frozenset(days) for week, days in off.items()},
        estimated=calendar.estimated - {override.day for override in taken},
        overrides=(*calendar.overrides, *taken),
    )
