"""Clients, how their syncs went, and which layouts their files have had."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from kpi_rules.errors import ClientExistsError, LedgerError, UnknownClientError
from kpi_rules.records.forms import RecordKind
from ledger import people
from ledger.identity import begin_client
from ledger.people import People
from ledger.records import (
    Acknowledgement,
    Client,
    LayoutEvent,
    LayoutNote,
    NightNote,
    SyncNote,
    canonical,
    row_digest,
    strict_record,
)
from ledger.tables import acknowledgements, clients, layout_notes, night_notes, sync_notes

_CHANGEABLE = frozenset(each.name for each in fields(Client)) - {"slug", "created_at", "id", *people.COLUMNS}


def add_client(db: Connection, client: Client, command: str = people.ADDED) -> Client:
    """Keep a new client, with an id where it has none yet, and note the people. Raises ClientExistsError."""
    if not client.slug or client.slug != client.slug.strip():
        raise LedgerError("a client needs a short name without spaces around it")
    if client.created_at.tzinfo is None:
        raise LedgerError("the moment of a client's making needs a time zone")
    client = replace(client, id=client.id or begin_client(db, client.slug, client.created_at))
    try:
        db.execute(insert(clients).values(**_columns(asdict(client))))
    except IntegrityError:
        pass
    else:
        people.note_people(db, client.slug, _people_of(client), command, client.created_at)
        return client
    raise ClientExistsError(client.slug)


def client(db: Connection, slug: str) -> Client:
    """Give a client. Raises UnknownClientError."""
    row = db.execute(select(clients).where(clients.c.slug == slug)).mappings().first()
    if row is None:
        raise UnknownClientError(slug)
    return _client(row, people.last_people(db, slug))


def all_clients(db: Connection) -> list[Client]:
    """Give all clients in the order of their short names."""
    noted = people.people_by_client(db)
    rows = db.execute(select(clients).order_by(clients.c.slug)).mappings()
    return [_client(row, noted.get(row["slug"])) for row in rows]


def set_people(db: Connection, slug: str, known: People, command: str, at: datetime) -> Client:
    """Enter who a client's people are from now on, all of them, and by which command."""
    people.note_people(db, slug, known, command, at)
    db.execute(update(clients).where(clients.c.slug == slug).values(**_columns(asdict(known))))
    return client(db, slug)


def _people_of(client: Client) -> People:
    return People(**{name: getattr(client, name) for name in people.COLUMNS})


def update_client(db: Connection, slug: str, changes: Mapping[str, Any]) -> Client:
    """Change some fields of a client; the short name, the id and the moment of making stay, people are `set_people`'s."""
    if refused := sorted(changes.keys() - _CHANGEABLE):
        raise LedgerError(f"of a client these cannot be changed: {', '.join(refused)}")
    if changes:
        db.execute(update(clients).where(clients.c.slug == slug).values(**_columns(changes)))
    return client(db, slug)


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    columns = dict(values)
    if "managers" in columns:
        columns["managers"] = json.dumps(list(columns["managers"]), ensure_ascii=False)
    if "options" in columns:
        columns["options"] = json.dumps(sorted(columns["options"]))
    if "extra" in columns:
        columns["extra"] = canonical(dict(columns["extra"])).decode()
    return columns


def _client(row: RowMapping, noted: People | None) -> Client:
    """Read a client's row, with the people that were noted: what stands in the row itself gives nobody any right."""
    values = dict(row)
    told = asdict(noted) if noted else {"managers": tuple(json.loads(values["managers"]))}
    options, extra = tuple(json.loads(values["options"])), strict_record(values["extra"])
    return Client(**{**values, **told, "options": options, "extra": extra})


def note_sync(db: Connection, slug: str, at: datetime, error_code: str | None) -> SyncNote:
    """Note how a sync went; one older than the last noted is not noted any more."""
    before = db.execute(select(sync_notes).where(sync_notes.c.client == slug)).mappings().first()
    if before is None:
        values = _after_sync(None, 0, at, error_code)
        db.execute(insert(sync_notes).values(client=slug, **values))
    elif at >= before["tried_at"]:
        values = _after_sync(before["synced_at"], before["failures"], at, error_code)
        db.execute(update(sync_notes).where(sync_notes.c.client == slug).values(**values))
    else:
        return _sync_note(before)
    return SyncNote(slug, **values)


def _after_sync(
    synced_at: datetime | None, failures: int, at: datetime, error_code: str | None
) -> dict[str, Any]:
    if error_code is None:
        return {"tried_at": at, "synced_at": at, "error_code": None, "failures": 0}
    return {"tried_at": at, "synced_at": synced_at, "error_code": error_code, "failures": failures + 1}


def sync_notes_by_client(db: Connection) -> dict[str, SyncNote]:
    """Give the last note of every client that was synced once."""
    return {row["client"]: _sync_note(row) for row in db.execute(select(sync_notes)).mappings()}


def _sync_note(row: RowMapping) -> SyncNote:
    return SyncNote(row["client"], row["tried_at"], row["synced_at"], row["error_code"], row["failures"])


def note_night(db: Connection, slug: str, part: str, at: datetime, error_code: str | None) -> NightNote:
    """Note how a part of a night went; one older than the last noted is not noted any more."""
    where = (night_notes.c.client == slug, night_notes.c.part == part)
    before = db.execute(select(night_notes).where(*where)).mappings().first()
    if before is not None and at < before["tried_at"]:
        return NightNote(**before)
    if error_code is None:
        note = NightNote(slug, part, at, at, None, 0)
    elif before is None:
        note = NightNote(slug, part, at, None, error_code, 1)
    else:
        note = NightNote(slug, part, at, before["done_at"], error_code, before["failures"] + 1)
    values = {name: value for name, value in asdict(note).items() if name not in {"client", "part"}}
    if before is None:
        db.execute(insert(night_notes).values(client=slug, part=part, **values))
    else:
        db.execute(update(night_notes).where(*where).values(**values))
    return note


def all_night_notes(db: Connection) -> list[NightNote]:
    """Give the last note of each part of the nights, of all clients."""
    order = (night_notes.c.client, night_notes.c.part)
    return [NightNote(**row) for row in db.execute(select(night_notes).order_by(*order)).mappings()]


def acknowledge(db: Connection, slug: str, kind: str, key: str, by: str, at: datetime) -> bool:
    """Note that somebody took note; False when it was noted before (the first one stays)."""
    if key in acknowledged(db, slug, kind):
        return False
    db.execute(insert(acknowledgements).values(client=slug, kind=kind, key=key, by=by, at=at))
    return True


def acknowledged(db: Connection, slug: str, kind: str) -> dict[str, Acknowledgement]:
    """Give what was taken note of, by key."""
    table = acknowledgements.c
    rows = db.execute(select(acknowledgements).where(table.client == slug, table.kind == kind)).mappings()
    return {row["key"]: Acknowledgement(row["key"], row["by"], row["at"]) for row in rows}


# ---- layouts: each upgrade is noted as it begins and as it ends, never changed
NOTE = RecordKind("note of an upgrade")


def note_layout(
    db: Connection,
    slug: str,
    event: LayoutEvent,
    to: int,
    what: Sequence[str],
    by: str,
    at: datetime,
    options: Iterable[str] = (),
) -> LayoutNote:
    """Note that an upgrade of a client's files begins, is done, or was stopped.

    Done, they have that layout, and the `options` besides those that they had: none is ever taken away. Raises LedgerError where the files would have an older layout than they have.
    """
    if at.tzinfo is None:
        raise LedgerError("the moment of an upgrade needs a time zone")
    before = client(db, slug)
    if to < before.layout:
        raise LedgerError(f"the files of {slug} have layout {before.layout}, they do not go back to {to}")
    last = select(func.max(layout_notes.c.number)).where(layout_notes.c.client == slug)
    number = (db.execute(last).scalar() or 0) + 1
    more = tuple(sorted(set(options).difference(before.options)))
    note = LayoutNote(number, event, before.layout, to, tuple(what), by, at, more)
    record = NOTE.stamped(
        {
            "event": str(event),
            "from": before.layout,
            "to": to,
            "what": list(what),
            "by": by,
            "at": at.astimezone(UTC).isoformat(),
            **({"options": list(more)} if more else {}),
        }
    )
    values = {"client": slug, "number": number, "record": canonical(record).decode()}
    db.execute(insert(layout_notes).values(**values, digest=row_digest("layout_notes", values)))
    if event is LayoutEvent.DONE and (to != before.layout or more):
        update_client(db, slug, {"layout": to, "options": (*before.options, *more)})
    return note


def all_layout_notes(db: Connection, slug: str) -> list[LayoutNote]:
    """Give a client's all_layout_notes, oldest first. Raises NewerFormError where a newer program wrote one."""
    query = select(layout_notes).where(layout_notes.c.client == slug).order_by(layout_notes.c.number)
    notes = []
    for row in db.execute(query).mappings():
        record = NOTE.read(strict_record(row["record"]))
        NOTE.refuse_unknown([record["event"]], list(LayoutEvent))
        notes.append(
            LayoutNote(
                row["number"],
                LayoutEvent(record["event"]),
                record["from"],
                record["to"],
                tuple(record["what"]),
                record["by"],
                datetime.fromisoformat(record["at"]),
                tuple(record.get("options", ())),
            )
        )
    return notes
