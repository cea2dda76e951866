"""Files of decrees: the days that one order of the authorities moved, as people write them down."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from kpi_rules.time.periods import CalendarOverride

WEEKS = (5, 6)


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
