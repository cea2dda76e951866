"""The life of a month, what froze when it opened, and the days of the calendar that orders moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from kpi_rules.errors import FrozenConflict, LedgerError, MonthStateError
from kpi_rules.records.calendars import override_from_record, override_record
from kpi_rules.time.lifecycle import MonthState
from kpi_rules.time.periods import CalendarOverride, Month
from ledger.records import CalendarEntry, FrozenKind, MonthRecord, canonical, row_digest, strict_record
from ledger.tables import calendar_overrides, frozen, months, seals, snapshots

LEGAL = {
    None: (MonthState.PLANNING, MonthState.OPEN),
    MonthState.PLANNING: (MonthState.OPEN,),
    MonthState.OPEN: (MonthState.REVIEW,),
    MonthState.REVIEW: (MonthState.CLOSED,),
    MonthState.CLOSED: (),
}


def month(db: Connection, slug: str, of: Month) -> MonthRecord | None:
    """Give where a month stands; None when nothing was ever done with it."""
    row = (
        db.execute(select(months).where(months.c.client == slug, months.c.month == str(of)))
        .mappings()
        .first()
    )
    return _month(row) if row else None


def all_months(db: Connection, slug: str) -> list[MonthRecord]:
    """Give a client's months in order."""
    rows = db.execute(select(months).where(months.c.client == slug).order_by(months.c.month)).mappings()
    return [_month(row) for row in rows]


def _month(row: RowMapping) -> MonthRecord:
    try:
        of, state = Month.parse(str(row["month"])), MonthState(row["state"])
    except ValueError as error:
        raise LedgerError(
            f"the ledger's months of {row['client']} were changed from outside: {error}"
        ) from None
    return MonthRecord(row["client"], of, state, row["shadow"], row["since_at"])


def set_month_state(
    db: Connection, slug: str, of: Month, state: MonthState, at: datetime, *, shadow: bool | None = None
) -> MonthRecord:
    """Move a month on (behaviour §7); the state it is in already changes nothing. `shadow` None leaves it.

    A month closes only with its seal; whether it is a shadow month is settled before it opens.
    Raises MonthStateError.
    """
    before = month(db, slug, of)
    wants_shadow = before.shadow if before and shadow is None else bool(shadow)
    if before and before.state is not MonthState.PLANNING and wants_shadow != before.shadow:
        raise MonthStateError(f"{slug} {of} is open: whether it is a shadow month cannot be changed any more")
    if before and before.state is state and wants_shadow == before.shadow:
        return before
    present = before.state if before else None
    if state not in LEGAL[present] and not (present is state is MonthState.PLANNING):
        raise MonthStateError(f"{slug} {of} is {present or 'not begun'} and cannot become {state}")
    if state is MonthState.CLOSED and not _is_sealed(db, slug, of):
        raise MonthStateError(f"{slug} {of} has no seal and cannot be closed without one")
    values = {"state": state.value, "shadow": wants_shadow, "since_at": at}
    if before is None:
        db.execute(insert(months).values(client=slug, month=str(of), **values))
    else:
        db.execute(update(months).where(months.c.client == slug, months.c.month == str(of)).values(**values))
    return MonthRecord(slug, of, state, wants_shadow, at)


def _is_sealed(db: Connection, slug: str, of: Month) -> bool:
    query = select(seals.c.number).where(seals.c.client == slug, seals.c.month == str(of))
    return db.execute(query).first() is not None


def _is_settled(db: Connection, slug: str, of: Month) -> bool:
    """Tell whether the close of a month has its snapshot."""
    query = select(snapshots.c.close_id).where(snapshots.c.client == slug, snapshots.c.month == str(of))
    return db.execute(query).first() is not None or _is_sealed(db, slug, of)


def freeze(
    db: Connection, slug: str, of: Month, kind: FrozenKind, key: str, record: Mapping[str, Any], at: datetime
) -> bool:
    """Keep a record for good; False when the same stands there already.

    Raises FrozenConflict when another one does, MonthStateError when the month is closed or its close has taken
    its snapshot: the seal is worked out from what had frozen until then.
    """
    text = canonical(record).decode()
    where = (
        frozen.c.client == slug,
        frozen.c.month == str(of),
        frozen.c.kind == kind.value,
        frozen.c.key == key,
    )
    present = db.execute(select(frozen.c.record).where(*where)).scalar()
    if present is not None:
        if present != text:
            raise FrozenConflict(
                f"{kind} «{key}» of {slug} {of} is frozen with other content and stays as it is"
            )
        return False
    if _is_settled(db, slug, of):
        raise MonthStateError(f"{slug} {of} is closed; nothing can be frozen for it any more")
    values = {"client": slug, "month": str(of), "kind": kind.value, "key": key, "record": text}
    values["frozen_at"] = at.astimezone(UTC).isoformat()
    db.execute(insert(frozen).values(**values, digest=row_digest("frozen", values)))
    return True


def frozen_records(db: Connection, slug: str, of: Month, kind: FrozenKind) -> dict[str, dict[str, Any]]:
    """Give what froze for a month, by key."""
    where = (frozen.c.client == slug, frozen.c.month == str(of), frozen.c.kind == kind.value)
    rows = db.execute(select(frozen.c.key, frozen.c.record).where(*where).order_by(frozen.c.key))
    return {key: strict_record(text) for key, text in rows}


# ---- days of the calendar that an order moved, in the order in which they were entered
def add_overrides(
    db: Connection, slug: str, overrides: Sequence[CalendarOverride], by: str, at: datetime
) -> list[CalendarEntry]:
    """Keep moved days, all or none; what holds already is not entered again. Gives the new calendar_entries.

    Raises MonthStateError where a day lies in a month whose calendar has frozen.
    """
    added = []
    for override in overrides:
        of = Month.of(override.day)
        if is_calendar_frozen(db, slug, of):
            raise MonthStateError(f"{slug} {of} has opened: its calendar is frozen")
        if _holds(override, [entry.override for entry in calendar_entries(db, slug)]):
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


def calendar_entries(db: Connection, slug: str) -> list[CalendarEntry]:
    """Give all moved days of a client, the oldest entry first."""
    table = calendar_overrides.c
    rows = db.execute(
        select(table.number, table.record).where(table.client == slug).order_by(table.number)
    ).tuples()
    entries = []
    for number, text in rows:
        record = strict_record(text)
        at = datetime.fromisoformat(record["at"])
        entries.append(CalendarEntry(number, override_from_record(record), record["by"], at))
    return entries
