"""The chain of seals in the database, and the corrections that were paid with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select

from kpi_rules.errors import MonthStateError, RecordError, SealError
from kpi_rules.time.lifecycle import MonthState
from kpi_rules.time.periods import Month
from ledger import months
from ledger.closes import fence
from ledger.records import Lease
from ledger.seals import Seal, check_seal
from ledger.tables import paid_corrections, seals

_COLUMNS = (
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
    db.execute(
        insert(seals).values(
            client=slug, number=sealed.number, month=str(of), previous=sealed.previous, record=sealed.record_text,
            digest=sealed.digest, public_key=sealed.public_key, signature=sealed.signature,
        )
    )  # fmt: skip
    _keep_paid(db, slug, sealed)
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


def _keep_paid(db: Connection, slug: str, sealed: Seal) -> None:
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
    query = select(*_COLUMNS).where(seals.c.client == slug).order_by(seals.c.number.desc()).limit(1)
    return next(_seals(db.execute(query).mappings().all()), None)


def all_seals(db: Connection, slug: str) -> list[Seal]:
    """Give the client's seals by number, as they stand in the database, whether they hold or not."""
    query = select(*_COLUMNS).where(seals.c.client == slug).order_by(seals.c.number)
    return list(_seals(db.execute(query).mappings().all()))


def _seals(rows: Iterable[RowMapping]) -> Iterator[Seal]:
    for row in rows:
        number, previous = row["number"], row["previous"]
        yield Seal(
            number if isinstance(number, int) else 0,
            None if previous is None else str(previous),
            *(str(row[name]) for name in ("record", "digest", "public_key", "signature")),
        )  # SQLite lets an intruder put any type anywhere; as text it is found by its digest
