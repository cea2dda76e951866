"""The close of a month: one holder at a time, one snapshot, one record per step, and the seal that ends it.

The seals of a client are a chain; beside each stand the corrections that were paid with it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, insert, or_, select, update

from kpi_rules.errors import (
    FrozenConflict,
    LeaseHeld,
    LeaseLost,
    LedgerError,
    MonthStateError,
    RecordError,
    SealError,
)
from kpi_rules.records.forms import RecordKind
from kpi_rules.time.lifecycle import MonthState
from kpi_rules.time.periods import Month
from ledger import key_history, months
from ledger.records import Lease, Snapshot, UnfinishedClose, canonical, row_digest, strict_record
from ledger.seals import Seal, check_seal
from ledger.tables import leases, paid_corrections, seals, snapshots, steps

STEP = RecordKind("step of a close")
_FILE_STEPS = ("archive", "record")


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
    `instead_of` names a holder who is known to be dead: that lease passes on at once, to one only.
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


def close_ids(db: Connection, slug: str) -> dict[Month, str]:
    """Give the id of each close that was begun, by its month; a row of no month was changed, and `check` names it."""
    query = select(snapshots.c.month, snapshots.c.close_id).where(snapshots.c.client == slug)
    found = {}
    for month, close_id in db.execute(query):
        with suppress(ValueError):
            found[Month.parse(str(month))] = str(close_id)
    return found


def close_files(db: Connection, slug: str) -> set[str]:
    """Give the ids of all files that the steps of closes recorded, and of those that were restored since."""
    named = or_(steps.c.name.in_(_FILE_STEPS), *map(_restores, _FILE_STEPS))
    texts = db.execute(select(steps.c.record).where(steps.c.client == slug, named))
    return {str(strict_record(text)["file_id"]) for text in texts.scalars()}


def close_file(db: Connection, slug: str, of: Month, name: str) -> str | None:
    """Give the id of the file that a step made; where it was restored since, of the one that was made last."""
    restored = restored_steps(db, slug, of, name)
    made = restored[-1] if restored else step(db, slug, of, name)
    return None if made is None else str(STEP.read(made)["file_id"])


def restored_steps(db: Connection, slug: str, of: Month, name: str) -> list[dict[str, Any]]:
    """Give the evidence of each restoring of what a step made, in order. Raises NewerFormError."""
    where = (steps.c.client == slug, steps.c.month == str(of), _restores(name))
    rows = db.execute(select(steps.c.name, steps.c.record).where(*where)).tuples().all()
    in_order = sorted(rows, key=lambda row: int(row[0].removeprefix(restored_step(name))))
    return [dict(STEP.read(strict_record(text))) for _, text in in_order]


def _restores(name: str) -> ColumnElement[bool]:
    return steps.c.name.startswith(restored_step(name), autoescape=True)


def restored_step(name: str, number: int | None = None) -> str:
    """Name the step that restores what a step made, for the `number`th time; without one the beginning of such names."""
    return f"{name}_restored_{'' if number is None else number}"


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


# ---- the chain of seals, and the corrections that were paid with them
_SEAL_COLUMNS = (
    seals.c.number,
    seals.c.previous,
    seals.c.record,
    seals.c.digest,
    seals.c.public_key,
    seals.c.signature,
)


def append_seal(db: Connection, slug: str, sealed: Seal, lease: Lease, at: datetime) -> bool:
    """Add the seal of a month in review to the chain and close the month, both or neither.

    False when this very seal stands there already. Raises LeaseLost, SealError when it does not continue the
    chain or is not whole, MonthStateError when the month is not in review.
    """
    of = _month_of(slug, sealed)
    fence(db, slug, of, lease)
    last = last_seal(db, slug)
    if last == sealed:
        return False
    state = months.month(db, slug, of)
    if state is None or state.state is not MonthState.REVIEW:
        raise MonthStateError(
            f"{slug} {of} is {state.state if state else 'not begun'}; only a month in review closes"
        )
    if sealed.number != (last.number + 1 if last else 1) or sealed.previous != (
        last.digest if last else None
    ):
        raise SealError(
            f"the seal of {slug} {of} does not continue the chain; seal it anew after the last one"
        )
    if last and last.month >= sealed.month:
        raise SealError(
            f"{slug} {of} cannot be sealed: {last.month} is sealed already, months close in order"
        )
    key_history.refuse_other_key(db, sealed.public_key, at.isoformat())
    db.execute(
        insert(seals).values(
            client=slug, number=sealed.number, month=str(of), previous=sealed.previous, record=sealed.record_text,
            digest=sealed.digest, public_key=sealed.public_key, signature=sealed.signature,
        )
    )  # fmt: skip
    keep_paid(db, slug, sealed)
    months.set_month_state(db, slug, of, MonthState.CLOSED, at)
    return True


def _month_of(slug: str, sealed: Seal) -> Month:
    if faults := check_seal(sealed, sealed.public_key):
        raise SealError(f"the seal is not whole: {', '.join(fault.code for fault in faults)}")
    if sealed.client != slug:
        raise SealError(f"this is a seal of {sealed.client}, not of {slug}")
    try:
        return Month.parse(sealed.month)
    except ValueError as error:
        raise SealError(f"the seal is of no month: {error}") from None


def keep_paid(db: Connection, slug: str, sealed: Seal) -> None:
    """Note which corrections this seal paid; the table lets no number in twice."""
    paid = paid_numbers(sealed.record)
    carried_amounts(sealed.record)  # refuses a record whose carried amounts could not be read next month
    if doubled := sorted(paid_before(db, slug) & set(paid)) or sorted(
        {each for each in paid if paid.count(each) > 1}
    ):
        raise SealError(f"correction {', '.join(doubled)} of {slug} was paid already; nothing is paid twice")
    if paid:
        rows = [{"client": slug, "number": number, "seal_number": sealed.number} for number in paid]
        db.execute(insert(paid_corrections), rows)


def paid_numbers(record: Mapping[str, Any]) -> list[str]:
    """Give the № of the corrections that a sealed record paid. Raises SealError on another form."""
    paid = _adjustments(record).get("paid", [])
    if not isinstance(paid, list) or not all(
        isinstance(each, dict) and isinstance(each.get("number"), str) for each in paid
    ):
        raise SealError('`adjustments.paid` must be a list of records with a text "number"')
    return [each["number"] for each in paid]


def carried_amounts(record: Mapping[str, Any]) -> dict[str, int]:
    """Give what a sealed record carries on, tiyn by employee's code. Raises SealError on another form."""
    amounts = _adjustments(record).get("carried_tiyn", {})
    if not isinstance(amounts, dict) or not all(type(amount) is int for amount in amounts.values()):
        raise SealError("`adjustments.carried_tiyn` must be whole tiyn by employee's code")
    return {code: amount for code, amount in amounts.items() if amount}


def _adjustments(record: Mapping[str, Any]) -> Mapping[str, Any]:
    adjustments = record.get("adjustments")
    if not isinstance(adjustments, dict):
        raise SealError("`adjustments` of a sealed record must be a record")
    return adjustments


def paid_before(db: Connection, slug: str) -> set[str]:
    """Give the № of all corrections that were paid with any seal."""
    query = select(paid_corrections.c.number).where(paid_corrections.c.client == slug)
    return set(db.execute(query).scalars())


def carried(db: Connection, slug: str) -> dict[str, int]:
    """Give what the last seal carries on, tiyn by employee's code (below 0: still to be taken)."""
    last = last_seal(db, slug)
    try:
        return carried_amounts(last.record) if last else {}
    except RecordError:
        raise SealError(f"the last seal of {slug} cannot be read; `kpi verify` says more") from None


def last_seal(db: Connection, slug: str) -> Seal | None:
    """Give the newest seal."""
    query = select(*_SEAL_COLUMNS).where(seals.c.client == slug).order_by(seals.c.number.desc()).limit(1)
    return next(_seals(db.execute(query).mappings().all()), None)


def all_seals(db: Connection, slug: str) -> list[Seal]:
    """Give the client's seals by number, as they stand in the database, whether they hold or not."""
    query = select(*_SEAL_COLUMNS).where(seals.c.client == slug).order_by(seals.c.number)
    return list(_seals(db.execute(query).mappings().all()))


def _seals(rows: Iterable[RowMapping]) -> Iterator[Seal]:
    for row in rows:
        number, previous = row["number"], row["previous"]
        yield Seal(
            number if isinstance(number, int) else 0,
            None if previous is None else str(previous),
            *(str(row[name]) for name in ("record", "digest", "public_key", "signature")),
        )  # SQLite lets an intruder put any type anywhere; as text it shows by its digest
