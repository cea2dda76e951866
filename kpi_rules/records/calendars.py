"""A working calendar as plain JSON values; apart from `kazakhstan`, whose library takes a tenth of a second."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from kpi_rules.records.forms import RecordKind
from kpi_rules.time.periods import CalendarOverride, WorkingCalendar

CALENDAR = RecordKind("calendar")
MOVED_DAY = RecordKind("moved day")


def calendar_record(calendar: WorkingCalendar) -> dict[str, Any]:
    """Write a calendar as plain JSON values; `calendar_from_record` reads it back without loss.

    Estimated days and overrides stand there only where there are any: records of before they were known
    stay the same bytes.
    """
    record: dict[str, Any] = {
        "version": calendar.version,
        "source": calendar.source,
        "years": sorted(calendar.years),
        "off_days": {
            str(week): [day.isoformat() for day in sorted(days)]
            for week, days in sorted(calendar.off_days.items())
        },
    }
    if calendar.estimated:
        record["estimated"] = [day.isoformat() for day in sorted(calendar.estimated)]
    if calendar.overrides:
        record["overrides"] = [override_record(override) for override in calendar.overrides]
    return CALENDAR.stamped(record)


def calendar_from_record(record: Mapping[str, Any]) -> WorkingCalendar:
    """Read what `calendar_record` wrote. Raises NewerFormError where a newer program did."""
    record = CALENDAR.read(record)
    return WorkingCalendar(
        version=record["version"],
        source=record["source"],
        years=frozenset(record["years"]),
        off_days={
            int(week): frozenset(date.fromisoformat(day) for day in days)
            for week, days in record["off_days"].items()
        },
        estimated=frozenset(date.fromisoformat(day) for day in record.get("estimated", ())),
        overrides=tuple(override_from_record(override) for override in record.get("overrides", ())),
    )


def override_record(override: CalendarOverride) -> dict[str, Any]:
    """Write an override as plain JSON values."""
    return MOVED_DAY.stamped(
        {
            "day": override.day.isoformat(),
            "weeks": sorted(override.weeks),
            "worked": override.worked,
            "source": override.source,
        }
    )


def override_from_record(record: Mapping[str, Any]) -> CalendarOverride:
    """Read what `override_record` wrote. Raises NewerFormError where a newer program did."""
    record = MOVED_DAY.read(record)
    return CalendarOverride(
        date.fromisoformat(record["day"]), tuple(record["weeks"]), record["worked"], record["source"]
    )
