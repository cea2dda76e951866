"""A working calendar as plain JSON values; apart from `kazakhstan`, whose library takes a tenth of a second."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from kpi_rules.periods import WorkingCalendar


def calendar_record(calendar: WorkingCalendar) -> dict[str, Any]:
    """Write a calendar as plain JSON values; `calendar_from_record` reads it back without loss."""
    return {
        "version": calendar.version,
        "source": calendar.source,
        "years": sorted(calendar.years),
        "off_days": {
            str(week): [day.isoformat() for day in sorted(days)]
            for week, days in sorted(calendar.off_days.items())
        },
    }


def calendar_from_record(record: Mapping[str, Any]) -> WorkingCalendar:
    """Read what `calendar_record` wrote."""
    return WorkingCalendar(
        version=record["version"],
        source=record["source"],
        years=frozenset(record["years"]),
        off_days={
            int(week): frozenset(date.fromisoformat(day) for day in days)
            for week, days in record["off_days"].items()
        },
    )
