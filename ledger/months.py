"""The life of a month and what froze when it opened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from kpi_rules.errors import FrozenConflict, LedgerError, MonthStateError
from kpi_rules.time.lifecycle import MonthState
from kpi_rules.time.periods import Month
from ledger.canonical import canonical, row_digest, strict_record
from ledger.records import FrozenKind, MonthRecord
from ledger.tables import frozen, months, seals, snapshots

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
    found = select(seals.c.number).where(seals.c.client == slug, seals.c.month == str(of))
    return db.execute(found).first() is not None


def _is_settled(db: Connection, slug: str, of: Month) -> bool:
    """Tell whether the close of a month has its snapshot."""
    found = select(snapshots.c.close_id).where(snapshots.c.client == slug, snapshots.c.month == str(of))
    return db.execute(found).first() is not None or _is_sealed(db, slug, of)


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
