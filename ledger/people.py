"""Who a client's people are: entered by commands, each time as a note that never changes (behaviour §7).

The e-mails decide who may open files, so the notes alone say them: what stands in `clients` beside them is for those
who look into the database. The notes are chained, each by the digest of the one before, and each seal remembers them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from kpi_rules.errors import LedgerError, RecordError
from kpi_rules.records.forms import RecordKind
from ledger.records import LedgerFault, canonical, row_digest, strict_record
from ledger.tables import clients, people_notes

NOTE = RecordKind("note of a client's people")
ADDED = "client add"
"""The command that enters a client's first people, where no other one is named."""


@dataclass(frozen=True)
class People:
    """E-mails by role, under the names of the client's columns."""

    head_email: str | None = None
    owner_email: str | None = None
    accountant_email: str | None = None
    managers: tuple[str, ...] = ()


@dataclass(frozen=True)
class PeopleNote:
    """Who a client's people are from a moment (ISO, UTC) on, and by which command they were entered."""

    number: int
    people: People
    command: str
    at: str


COLUMNS = tuple(each.name for each in fields(People))
"""The columns of `clients` that only a note changes."""


def note_people(db: Connection, slug: str, people: People, command: str, at: datetime) -> PeopleNote:
    """Note who the client's people are from now on, all of them, and by which command."""
    if at.tzinfo is None:
        raise LedgerError("the moment of a note needs a time zone")
    rows = _rows(db, slug)
    number, previous = (rows[-1]["number"] + 1, str(rows[-1]["digest"])) if rows else (1, "")
    moment = at.astimezone(UTC).isoformat()
    told = {**asdict(people), "managers": list(people.managers)}
    record = NOTE.stamped({**told, "command": command, "at": moment, "previous": previous})
    values = {"client": slug, "number": number, "record": canonical(record).decode()}
    db.execute(insert(people_notes).values(**values, digest=row_digest(people_notes.name, values)))
    return PeopleNote(number, people, command, moment)


def all_people_notes(db: Connection, slug: str) -> list[PeopleNote]:
    """Give the notes of a client's people, oldest first. One that an intruder made unreadable is none."""
    return list(_notes(_rows(db, slug)))


def last_people(db: Connection, slug: str) -> People | None:
    """Give a client's people by the last note; None where there is none."""
    return next((note.people for note in reversed(all_people_notes(db, slug))), None)


def people_by_client(db: Connection) -> dict[str, People]:
    """Give by short name the people of each client's last note."""
    rows = db.execute(select(people_notes).order_by(people_notes.c.client, people_notes.c.number)).mappings()
    return {row["client"]: note.people for row in rows for note in _notes([row])}


def faults_of_people(db: Connection, slug: str) -> Iterator[LedgerFault]:
    """Name notes that do not follow each other, and columns of the client that no command has set."""
    previous, rows = "", _rows(db, slug)
    for expected, row in enumerate(rows, start=1):
        with suppress(RecordError):  # one that is no record at all is named by its digest
            told = str(strict_record(str(row["record"])).get("previous"))
            if (row["number"], told) != (expected, previous):
                yield LedgerFault("people_notes", str(row["number"]), "previous", previous[:16], told[:16])
        previous = str(row["digest"])
    last = next((note.people for note in reversed(list(_notes(rows)))), None)
    if last is None:
        yield LedgerFault(people_notes.name, "1", "", "a note", "missing")
        return
    own = db.execute(select(clients).where(clients.c.slug == slug)).mappings().one()
    for name in COLUMNS:
        wanted, present = _shown(getattr(last, name)), _shown(own[name])
        if name == "managers":
            with suppress(ValueError):
                present = _shown(json.loads(present))
        if wanted != present:
            yield LedgerFault(clients.name, slug, name, wanted, present)


def _rows(db: Connection, slug: str) -> list[Mapping[str, Any]]:
    query = select(people_notes).where(people_notes.c.client == slug).order_by(people_notes.c.number)
    return [dict(row) for row in db.execute(query).mappings()]


def _notes(rows: Iterable[Mapping[Any, Any]]) -> Iterator[PeopleNote]:
    for row in rows:
        with suppress(RecordError, KeyError, TypeError, ValueError):
            record = NOTE.read(strict_record(str(row["record"])))
            told = {name: record[name] for name in COLUMNS}
            people = People(**{**told, "managers": tuple(record["managers"])})
            yield PeopleNote(row["number"], people, record["command"], record["at"])


def _shown(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
