"""Days of a client's calendar that were moved by an order, in the order in which they were entered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, func, insert, select

from kpi_rules.errors import MonthStateError
from kpi_rules.records.calendars import override_from_record, override_record
from kpi_rules.time.lifecycle import MonthState
from kpi_rules.time.periods import CalendarOverride, Month
from ledger.canonical import canonical, row_digest, strict_record
from ledger.months import frozen_records, month
from ledger.records import CalendarEntry, FrozenKind
from ledger.tables import calendar_overrides


def add_overrides(
    db: Connection, slug: str, overrides: Sequence[CalendarOverride], by: str, at: datetime
) -> list[CalendarEntry]:
    """Keep moved days, all or none; what holds already is not entered again. Gives the new entries.

    Raises MonthStateError where a day lies in a month whose calendar has frozen.
    """
    added = []
    for override in overrides:
        of = Month.of(override.day)
        if is_calendar_frozen(db, slug, of):
            raise MonthStateError(f"{slug} {of} has opened: its calendar is frozen")
        if _holds(override, [entry.override for entry in entries(db, slug)]):
            continue
        last = select(func.max(calendar_overrides.c.number)).where(calendar_overrides.c.client == slug)
        number = (db.execute(last).scalar() or 0) + 1
        record = {**override_record(override), "by": by, "at": at.astimezone(UTC).isoformat()}
        values = {"client": slug, "number": number, "month": str(of), "record": canonical(record).decode()}
        digest = row_digest("calendar_overrides", values)
        db.execute(insert(calendar_overrides).values(**values, digest=digest))
        added.append(CalendarEntry(number, override, by, at))
    return added


def _holds(override: CalendarOverride, present: Sequence[CalendarOverride]) -> bool:
    """Tell whether the newest word on a day, in each of its weeks, is this one already."""
    for week in override.weeks:
        same = [other for other in present if other.day == override.day and week in other.weeks]
        if not same or (same[-1].worked, same[-1].source) != (override.worked, override.source):
            return False
    return True


def is_calendar_frozen(db: Connection, slug: str, of: Month) -> bool:
    """Tell whether a month's calendar can not change any more: it has opened, or began to."""
    record = month(db, slug, of)
    opened = record is not None and record.state is not MonthState.PLANNING
    return opened or bool(frozen_records(db, slug, of, FrozenKind.CALENDAR))


def entries(db: Connection, slug: str) -> list[CalendarEntry]:
    """Give all moved days of a client, the oldest entry first."""
    table = calendar_overrides.c
    rows = db.execute(
        select(table.number, table.record).where(table.client == slug).order_by(table.number)
    ).tuples()
    found = []
    for number, text in rows:
        record = strict_record(text)
        at = datetime.fromisoformat(record["at"])
        found.append(CalendarEntry(number, override_from_record(record), record["by"], at))
    return found
