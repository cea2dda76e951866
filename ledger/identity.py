"""Whose the files are (behaviour §7a): the ledger's own id, the clients begun by it, and the running number of writes.

A copy of a ledger has its id and its clients; what tells two copies apart is the number that each writes into the
payroll book, with a word that nobody can guess (`Turn`).
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from kpi_rules.errors import LedgerError
from ledger.records import row_digest
from ledger.tables import begun_clients, identity, turns


@dataclass(frozen=True)
class Turn:
    """One turn at writing a client's months: its number, and the word by which it is told from another ledger's."""

    number: int
    word: str

    def __str__(self) -> str:
        """Write it as the payroll book bears it."""
        return f"{self.number}.{self.word}"


def ledger_id(db: Connection) -> str:
    """Give the id of this ledger, 32 hex digits; every copy of it has the same."""
    return str(db.execute(select(identity.c.id)).scalar_one())


def begin_client(db: Connection, slug: str, at: datetime) -> str:
    """Note that a client is about to be made, and give the id; begun again it has the id that it began with."""
    known = select(begun_clients.c.id).where(begun_clients.c.slug == slug)
    if begun := db.execute(known).scalar():
        return str(begun)
    made = uuid.uuid4().hex
    db.execute(insert(begun_clients).values(slug=slug, id=made, at=_moment(at)))
    return made


def all_turns(db: Connection, slug: str) -> list[Turn]:
    """Give the turns that this ledger took at writing a client's months, oldest first."""
    query = select(turns.c.number, turns.c.word).where(turns.c.client == slug).order_by(turns.c.number)
    return [Turn(number, word) for number, word in db.execute(query)]


def take_turn(db: Connection, slug: str, seen: str, at: datetime) -> Turn:
    """Note the next turn, before the payroll book is told; `seen` is what that book bears now.

    Where it does not bear the last one yet (a run was cut off in between), that one is given again.
    """
    last = next(reversed(all_turns(db, slug)), None)
    if last is not None and seen != str(last):
        return last
    turn = Turn(last.number + 1 if last else 1, secrets.token_hex(8))
    values: dict[str, Any] = {"client": slug, "number": turn.number, "word": turn.word, "at": _moment(at)}
    db.execute(insert(turns).values(**values, digest=row_digest("turns", values)))
    return turn


def is_ours(noted: Sequence[Turn], seen: str) -> bool:
    """Tell whether what the payroll book bears is this ledger's: a turn that it noted, or none before its first.

    A call that was under way for long may bring an earlier turn of ours back; a foreign one never is among them.
    """
    return seen in {str(turn) for turn in noted} if seen else len(noted) <= 1


def _moment(at: datetime) -> str:
    if at.tzinfo is None:
        raise LedgerError("a moment needs a time zone")
    return at.astimezone(UTC).isoformat()
