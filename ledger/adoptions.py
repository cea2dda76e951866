"""Clients taken from their own files: an empty ledger, or an old one, gets what it lacks (behaviour §7a).

What was read from the files is checked by the caller: that the chain holds from its first seal, and by which keys.
Here it is entered as the close would have entered it, in one transaction, with a note of what was adopted. The rows
that stood behind an adopted seal are lost; `evidence` does not miss them, and every verification tells of the adoption.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, insert, update

from kpi_rules.errors import LedgerError, UnknownClientError
from kpi_rules.time.lifecycle import MonthState
from kpi_rules.time.periods import Month
from ledger import clients, closes, evidence, key_history, months
from ledger.adoption_notes import Adoption, note, sign_notes
from ledger.identity import all_turns
from ledger.records import Client, FrozenKind, canonical, row_digest
from ledger.seal_keys import HandOver, public_key_text
from ledger.seals import Seal
from ledger.tables import clients as clients_table
from ledger.tables import seals, snapshots, steps, turns

_NO_TOKEN = 0
"""Under which token the rows of an adopted close stand: it was no close of this ledger."""


@dataclass(frozen=True)
class AdoptedMonth:
    """A closed month from the files: its seal, the close's id, and what its snapshot and steps would say.

    `snapshot`, `steps` and `frozen` (by kind and key) hold what the seal and the files tell; the rest of
    them is lost.
    """

    seal: Seal = field(repr=False)
    close_id: str
    snapshot: Mapping[str, Any] = field(repr=False)
    steps: Mapping[str, Mapping[str, Any]] = field(repr=False)
    frozen: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Adopted:
    """What is to be entered: the client, its months in order, the keys of its chain, and how far the turns have gone.

    `handed_over` are all hand-overs of the chain's keys, in order; after the last of them `key` signs.
    """

    client: Client
    months: tuple[AdoptedMonth, ...]
    key: str
    handed_over: tuple[HandOver, ...]
    turn: int
    from_ledger: str


def adopt(db: Connection, adopted: Adopted, by: str, at: datetime, key: Ed25519PrivateKey | None) -> Adoption:
    """Enter what the ledger lacks of a client, and the next turn. Raises LedgerError where it knows otherwise.

    The note of it, and those that were not signed yet, are signed by the `key`, where that is the one that signs now.
    """
    if at.tzinfo is None:
        raise LedgerError("the moment of an adoption needs a time zone")
    slug = adopted.client.slug
    _keep_client(db, adopted.client)
    known = {sealed.number: sealed for sealed in closes.all_seals(db, slug)}
    _keep_keys(db, adopted, at)
    lacking = [month for month in adopted.months if month.seal.number not in known]
    for month in adopted.months:
        if known.get(month.seal.number, month.seal) != month.seal:
            raise LedgerError(
                f"this ledger has another seal {month.seal.number} of {slug}", "adopt_other_chain"
            )
    for month in lacking:
        _keep_month(db, slug, month, at)
    _next_turn(db, slug, adopted.turn, at)
    pinned = key_history.pinned_keys(db)
    signing = key if key is not None and public_key_text(key) == pinned[-1].public_key else None
    rows = {each.seal.number: evidence.month_evidence(db, slug, each.seal.month) for each in lacking}
    if signing is not None:
        sign_notes(db, slug, signing)
    return note(db, slug, rows, by, at, from_ledger=adopted.from_ledger, key=signing)


def _keep_client(db: Connection, client: Client) -> None:
    try:
        present = clients.client(db, client.slug)
    except UnknownClientError:
        clients.add_client(db, client, "client adopt")
        return
    if present.id != client.id:  # a ledger of before ids has given it one of its own
        where = clients_table.c.slug == client.slug
        db.execute(update(clients_table).where(where).values(id=client.id))
    files = ("workbook_id", "payroll_id", "folder_id", "records_folder_id", "layout", "options", "extra")
    changes = {
        name: getattr(client, name) for name in files if getattr(client, name) != getattr(present, name)
    }
    clients.update_client(db, client.slug, changes)


def _keep_keys(db: Connection, adopted: Adopted, at: datetime) -> None:
    """Pin the keys of the chain: all of them in a new ledger, else what leads to the present one of this ledger."""
    slug, moment = adopted.client.slug, at.isoformat()
    pinned = key_history.pinned_keys(db)
    if not pinned:
        first = adopted.handed_over[0].old_key if adopted.handed_over else adopted.key
        key_history.pin_adopted(db, first, (), moment)
        for one in adopted.handed_over:
            key_history.pin_adopted(db, one.new_key, (one,), one.at, like=one)
        return
    known = key_history.chain_keys(db, slug).handed_over
    missing = tuple(one for one in adopted.handed_over if one not in known)
    if missing or pinned[-1].public_key != adopted.key:
        last = missing[-1] if missing and pinned[-1].public_key != adopted.key else None
        key_history.pin_adopted(db, adopted.key, missing, moment, like=last)


def _keep_month(db: Connection, slug: str, month: AdoptedMonth, at: datetime) -> None:
    sealed, of = month.seal, Month.parse(month.seal.month)
    present = months.month(db, slug, of)
    if present is None:
        shadow = sealed.record.get("payroll") is None
        present = months.set_month_state(db, slug, of, MonthState.OPEN, at, shadow=shadow)
    elif present.state is MonthState.PLANNING:
        present = months.set_month_state(db, slug, of, MonthState.OPEN, at)
    if present.state is MonthState.OPEN:
        months.set_month_state(db, slug, of, MonthState.REVIEW, at)
    _keep_close(db, slug, of, month, at)
    db.execute(
        insert(seals).values(
            client=slug, number=sealed.number, month=str(of), previous=sealed.previous, record=sealed.record_text,
            digest=sealed.digest, public_key=sealed.public_key, signature=sealed.signature,
        )
    )  # fmt: skip
    closes.keep_paid(db, slug, sealed)
    months.set_month_state(db, slug, of, MonthState.CLOSED, at)


def _keep_close(db: Connection, slug: str, of: Month, month: AdoptedMonth, at: datetime) -> None:
    """Put what froze, snapshot and steps; of a close that this ledger had begun itself, what it has stays."""
    begun = closes.snapshot(db, slug, of)
    if begun is not None and begun.close_id != month.close_id:
        raise LedgerError(f"this ledger has begun another close of {slug} {of}", "adopt_close_begun")
    where = {"client": slug, "month": str(of)}
    if begun is None:
        _keep_frozen(db, slug, of, month, at)
        record = canonical(month.snapshot).decode()
        values = {**where, "close_id": month.close_id, "token": _NO_TOKEN, "record": record}
        db.execute(insert(snapshots).values(**values, digest=row_digest("snapshots", values)))
    for name, kept in month.steps.items():
        if closes.step(db, slug, of, name) is None:
            record = canonical(closes.STEP.stamped(kept)).decode()
            values = {**where, "name": name, "token": _NO_TOKEN, "record": record}
            db.execute(insert(steps).values(**values, digest=row_digest("steps", values)))


def _keep_frozen(db: Connection, slug: str, of: Month, month: AdoptedMonth, at: datetime) -> None:
    """Freeze what the seal tells, where this ledger has frozen nothing of that kind itself."""
    for kind, records in month.frozen.items():
        frozen = months.frozen_records(db, slug, of, FrozenKind(kind))
        for key, record in records.items() if not frozen else ():
            months.freeze(db, slug, of, FrozenKind(kind), key, record, at)


def _next_turn(db: Connection, slug: str, seen: int, at: datetime) -> None:
    """Note a turn above those of this ledger and of the payroll book: whoever else writes is told apart by it."""
    own = all_turns(db, slug)
    number = max([seen, *(turn.number for turn in own)]) + 1
    values: dict[str, Any] = {
        "client": slug, "number": number, "word": secrets.token_hex(8), "at": at.astimezone(UTC).isoformat(),
    }  # fmt: skip
    db.execute(insert(turns).values(**values, digest=row_digest("turns", values)))
