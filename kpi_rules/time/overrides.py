"""Days that orders of the authorities moved within a year, on top of the calendar's data, each with its source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from kpi_rules.time.periods import CalendarOverride, WorkingCalendar

WEEKS = (5, 6)


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


class DecreeError(ValueError):
    """A decree's file that can not be used; `place` names the line's path, `expected` what belongs there."""

    def __init__(self, place: str, expected: str) -> None:
        super().__init__(f"{place}: {expected}")
        self.place, self.expected = place, expected


class _Day(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    day: date
    worked: bool
    weeks: list[int] = list(WEEKS)


class _Decree(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    source: str
    days: list[_Day]


def load_decree(data: Mapping[str, Any]) -> tuple[CalendarOverride, ...]:
    """Read a parsed decree file. Raises DecreeError.

    The TOML form::

        source = "Приказ Министра труда и социальной защиты населения № 436 от 21.11.2024"

        [[days]]
        day = 2025-01-03
        worked = false
        weeks = [5, 6]        # may be left out: both
    """
    try:
        decree = _Decree.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part + 1 if isinstance(part, int) else part) for part in first["loc"])
        raise DecreeError(place, first["msg"]) from None
    if not decree.source.strip():
        raise DecreeError("source", "the decree or order, as people cite it")
    if not decree.days:
        raise DecreeError("days", "at least one [[days]]")
    seen: set[tuple[date, int]] = set()
    for number, given in enumerate(decree.days, start=1):
        if not given.weeks or set(given.weeks) - set(WEEKS):
            raise DecreeError(f"days.{number}.weeks", "5, 6")
        cells = {(given.day, week) for week in given.weeks}
        if cells & seen:
            raise DecreeError(f"days.{number}.day", f"{given.day} once for each week")
        seen |= cells
    return tuple(
        CalendarOverride(given.day, tuple(sorted(set(given.weeks))), given.worked, decree.source.strip())
        for given in decree.days
    )
