"""The close of a month: one holder at a time, one snapshot, one record per step."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, insert, select, update

from kpi_rules.errors import FrozenConflict, LeaseHeld, LeaseLost, LedgerError
from kpi_rules.records.forms import RecordKind
from kpi_rules.time.periods import Month
from ledger.canonical import canonical, row_digest, strict_record
from ledger.records import Lease, Snapshot, UnfinishedClose
from ledger.tables import leases, seals, snapshots, steps

STEP = RecordKind("step of a close")


def take_lease(
    db: Connection,
    slug: str,
    of: Month,
    holder: str,
    now: datetime,
    ttl: timedelta,
    *,
    instead_of: str | None = None,
) -> Lease:
    """Grant the right to close a month, with a token above all earlier ones. Raises LeaseHeld.

    The same holder may take it again at once (it was restarted); its older token is worth nothing then.
    `instead_of` names a holder who is known to be dead: his lease passes on at once, to one only.
    """
    _check_moment(now)
    row = (
        db.execute(select(leases).where(leases.c.client == slug, leases.c.month == str(of)))
        .mappings()
        .first()
    )
    until_at = now + ttl
    if row is None:
        db.execute(
            insert(leases).values(client=slug, month=str(of), holder=holder, token=1, until_at=until_at)
        )
        return Lease(slug, of, holder, 1, until_at)
    if row["holder"] not in {None, holder, instead_of} and row["until_at"] > now:
        raise LeaseHeld(slug, str(of), row["holder"], row["until_at"])
    token = row["token"] + 1
    _change_lease(db, slug, of, holder=holder, token=token, until_at=until_at)
    return Lease(slug, of, holder, token, until_at)


def renew_lease(db: Connection, slug: str, lease: Lease, now: datetime, ttl: timedelta) -> Lease:
    """Hold it longer, under the same token. Raises LeaseLost when somebody else took over meanwhile."""
    _check_moment(now)
    fence(db, slug, lease.month, lease)
    _change_lease(db, slug, lease.month, until_at=now + ttl)
    return Lease(slug, lease.month, lease.holder, lease.token, now + ttl)


def release_lease(db: Connection, slug: str, lease: Lease) -> bool:
    """Give it back; False when it was lost before (then nothing is changed)."""
    try:
        fence(db, slug, lease.month, lease)
    except LeaseLost:
        return False
    _change_lease(db, slug, lease.month, holder=None)
    return True


def _change_lease(db: Connection, slug: str, of: Month, **values: Any) -> None:
    db.execute(update(leases).where(leases.c.client == slug, leases.c.month == str(of)).values(**values))


def _check_moment(now: datetime) -> None:
    if now.tzinfo is None:
        raise LedgerError("the moment of a lease needs a time zone")


def fence(db: Connection, slug: str, of: Month, lease: Lease) -> None:
    """Let a write pass only under the newest token; time alone takes nobody's lease away. Raises LeaseLost."""
    if (lease.client, lease.month) != (slug, of):
        raise LeaseLost(f"a lease on {lease.client} {lease.month} does not count for {slug} {of}")
    where = (leases.c.client == slug, leases.c.month == str(of))
    row = db.execute(select(leases.c.holder, leases.c.token).where(*where)).first()
    if row is None or tuple(row) != (lease.holder, lease.token):
        raise LeaseLost(f"the close of {slug} {of} was taken over; {lease.holder} must stop")


def snapshot(db: Connection, slug: str, of: Month) -> Snapshot | None:
    """Give the snapshot of a close, None before it was taken."""
    where = (snapshots.c.client == slug, snapshots.c.month == str(of))
    row = db.execute(select(snapshots.c.close_id, snapshots.c.record).where(*where)).first()
    return Snapshot(slug, of, row.close_id, strict_record(row.record)) if row else None


def put_snapshot(db: Connection, slug: str, of: Month, record: Mapping[str, Any], lease: Lease) -> Snapshot:
    """Keep the snapshot for good and give the close its id; the same one again changes nothing.

    Raises LeaseLost, or FrozenConflict when another snapshot was taken.
    """
    fence(db, slug, of, lease)
    text = canonical(record).decode()
    where = (snapshots.c.client == slug, snapshots.c.month == str(of))
    present = db.execute(select(snapshots.c.close_id, snapshots.c.record).where(*where)).first()
    if present is None:
        close_id = uuid.uuid4().hex
        values = {
            "client": slug,
            "month": str(of),
            "close_id": close_id,
            "token": lease.token,
            "record": text,
        }
        db.execute(insert(snapshots).values(**values, digest=row_digest("snapshots", values)))
        return Snapshot(slug, of, close_id, strict_record(text))
    if present.record != text:
        raise FrozenConflict(
            f"the close of {slug} {of} stands on another snapshot already; go on from that one"
        )
    return Snapshot(slug, of, present.close_id, strict_record(text))


def step(db: Connection, slug: str, of: Month, name: str) -> dict[str, Any] | None:
    """Give the evidence of a step as it stands there (`STEP` reads it), None when it is not recorded."""
    where = (steps.c.client == slug, steps.c.month == str(of), steps.c.name == name)
    text = db.execute(select(steps.c.record).where(*where)).scalar()
    return None if text is None else strict_record(text)


def all_steps(db: Connection, slug: str, of: Month) -> dict[str, dict[str, Any]]:
    """Give the evidence of all recorded steps of a close, by name. Raises NewerFormError."""
    where = (steps.c.client == slug, steps.c.month == str(of))
    rows = db.execute(select(steps.c.name, steps.c.record).where(*where).order_by(steps.c.name))
    return {name: dict(STEP.read(strict_record(text))) for name, text in rows}


def record_step(
    db: Connection, slug: str, of: Month, name: str, evidence: Mapping[str, Any], lease: Lease
) -> bool:
    """Record for good that a step was done; False when the same is recorded already.

    Raises LeaseLost, or FrozenConflict when it is recorded with other evidence.
    """
    fence(db, slug, of, lease)
    text = canonical(STEP.stamped(evidence)).decode()
    where = (steps.c.client == slug, steps.c.month == str(of), steps.c.name == name)
    present = db.execute(select(steps.c.record).where(*where)).scalar()
    if present is not None:
        if present != text:
            raise FrozenConflict(f"step «{name}» of {slug} {of} is recorded with other evidence")
        return False
    values = {"client": slug, "month": str(of), "name": name, "token": lease.token, "record": text}
    db.execute(insert(steps).values(**values, digest=row_digest("steps", values)))
    return True


def unfinished(db: Connection, now: datetime) -> list[UnfinishedClose]:
    """List the closes that have a snapshot and no seal, for the sweeper."""
    same_month = (snapshots.c.client, snapshots.c.month)
    query = (
        select(*same_month, leases.c.holder, leases.c.until_at)
        .join(leases, and_(leases.c.client == same_month[0], leases.c.month == same_month[1]), isouter=True)
        .join(seals, and_(seals.c.client == same_month[0], seals.c.month == same_month[1]), isouter=True)
        .where(seals.c.number.is_(None))
        .order_by(*same_month)
    )
    return [
        UnfinishedClose(client, Month.parse(month), holder is None or until_at <= now)
        for client, month, holder, until_at in db.execute(query)
    ]
