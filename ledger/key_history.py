"""Which public keys sign the seals of this ledger's clients, one after the other; entries are added, never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select

from kpi_rules.errors import LedgerError, RecordError, SealKeyError
from kpi_rules.records.forms import RecordKind
from ledger.records import LedgerFault, canonical, row_digest, strict_record
from ledger.seal_keys import ChainKeys, Change, HandOver, PinnedKey, hand_over_from_record
from ledger.tables import seal_keys, seals

KEY = RecordKind("key of seals")


def pinned_keys(db: Connection) -> list[PinnedKey]:
    """Give the keys in their order, the one that signs now last; none before the first seal."""
    return [
        PinnedKey(number, record["key"], Change(record["how"]), record["at"], record["reason"])
        for number, record in _records(db)
    ]


def chain_keys(db: Connection, slug: str) -> ChainKeys:
    """Tell which key must have signed each seal of a client."""
    records = _records(db)
    handed_over = [one for _, record in records for one in _hand_overs(record) if one.client == slug]
    return ChainKeys(records[-1][1]["key"] if records else "", tuple(handed_over))


def _records(db: Connection) -> list[tuple[int, Mapping[str, Any]]]:
    rows = db.execute(select(seal_keys.c.number, seal_keys.c.record).order_by(seal_keys.c.number))
    return [(number, _read(text)) for number, text in rows]


def _read(text: object) -> Mapping[str, Any]:
    """Read a row; one that an intruder made unreadable is no key at all, and so no seal is by it."""
    try:
        record = KEY.read(strict_record(str(text)))
        _hand_overs(record)
    except (RecordError, ValueError, KeyError, TypeError):
        return {"key": "", "how": Change.FIRST, "at": "", "reason": "", "handed_over": []}
    return record


def _hand_overs(record: Mapping[str, Any]) -> list[HandOver]:
    return [hand_over_from_record(each) for each in record["handed_over"]]


def pin_first(db: Connection, public_key: str, at: str) -> str:
    """Pin the first key where there is none; give the one that signs now."""
    known = pinned_keys(db)
    if known:
        return known[-1].public_key
    _insert(db, 1, public_key, Change.FIRST, at, "", ())
    return public_key


def pin_next(
    db: Connection, public_key: str, how: Change, at: str, reason: str, handed_over: Sequence[HandOver]
) -> int:
    """Put a new key in the place of the present one, with each client's chain handed over; give its number.

    Raises SealKeyError where there is no key yet, where the hand-overs are not of the present key, or where one
    is missing, signs nothing or is not of the chain as it stands: somebody sealed meanwhile.
    """
    known = pinned_keys(db)
    if not known:
        raise SealKeyError("there is no key to be exchanged yet")
    if any(key.public_key == public_key for key in known):
        raise SealKeyError("this key has signed before; a new one takes its place")
    present = known[-1].public_key
    if any(not one.holds or (one.old_key, one.new_key) != (present, public_key) for one in handed_over):
        raise SealKeyError("a hand-over is not of these two keys, or not signed by them")
    if {one.client for one in handed_over} != set(db.execute(select(seals.c.client).distinct()).scalars()):
        raise SealKeyError("the chains have changed meanwhile; try again")
    if how is Change.ROTATED:
        for one in handed_over:
            query = select(seals.c.digest).where(seals.c.client == one.client)
            if db.execute(query.order_by(seals.c.number.desc()).limit(1)).scalar() != one.digest:
                raise SealKeyError("the chains have changed meanwhile; try again")
    _insert(db, len(known) + 1, public_key, how, at, reason, handed_over)
    return len(known) + 1


def _insert(
    db: Connection,
    number: int,
    key: str,
    how: Change,
    at: str,
    reason: str,
    handed_over: Sequence[HandOver],
) -> None:
    record = {"key": key, "how": str(how), "at": at, "reason": reason}
    content = KEY.stamped({**record, "handed_over": [one.record() for one in handed_over]})
    values = {"number": number, "record": canonical(content).decode()}
    db.execute(insert(seal_keys).values(**values, digest=row_digest("seal_keys", values)))


def pin_adopted(
    db: Connection, public_key: str, handed_over: Sequence[HandOver], at: str, *, like: HandOver | None = None
) -> None:
    """Pin a key that came with a client's chain, with the hand-overs that lead to it.

    `like` is the hand-over by which it took the place of the one before; without it, it came with the client.
    """
    number = len(pinned_keys(db)) + 1
    how = like.how if like else Change.ADOPTED if number > 1 else Change.FIRST
    _insert(db, number, public_key, how, at, like.reason if like else "", handed_over)


def refuse_other_key(db: Connection, public_key: str, at: str) -> None:
    """Let only the key that signs now seal; the very first seal pins its key. Raises LedgerError."""
    if pin_first(db, public_key, at) != public_key:
        raise LedgerError("this seal is signed by a key that the ledger does not pin")


def faults_of_keys(db: Connection) -> list[LedgerFault]:
    """Name the rows that were changed behind the ledger's back."""
    faults = []
    for row in db.execute(select(seal_keys).order_by(seal_keys.c.number)).mappings():
        present = row_digest("seal_keys", {"number": row["number"], "record": row["record"]})
        if present != row["digest"]:
            faults.append(
                LedgerFault("seal_keys", str(row["number"]), "", str(row["digest"])[:16], present[:16])
            )
    return faults
