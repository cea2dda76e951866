"""The layouts that a client's files have had: each upgrade is noted as it begins and as it ends, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, func, insert, select

from kpi_rules.errors import LedgerError
from kpi_rules.records.forms import RecordKind
from ledger.canonical import canonical, row_digest, strict_record
from ledger.clients import client, update_client
from ledger.records import LayoutEvent, LayoutNote
from ledger.tables import layout_notes

NOTE = RecordKind("note of an upgrade")


def note_layout(
    db: Connection, slug: str, event: LayoutEvent, to: int, what: Sequence[str], by: str, at: datetime
) -> LayoutNote:
    """Note that an upgrade of a client's files begins, is done, or was stopped; done, they have that layout.

    Raises LedgerError where the files would have an older layout than they have.
    """
    if at.tzinfo is None:
        raise LedgerError("the moment of an upgrade needs a time zone")
    before = client(db, slug)
    if to < before.layout:
        raise LedgerError(f"the files of {slug} have layout {before.layout}, they do not go back to {to}")
    last = select(func.max(layout_notes.c.number)).where(layout_notes.c.client == slug)
    number = (db.execute(last).scalar() or 0) + 1
    note = LayoutNote(number, event, before.layout, to, tuple(what), by, at)
    record = NOTE.stamped(
        {
            "event": str(event),
            "from": before.layout,
            "to": to,
            "what": list(what),
            "by": by,
            "at": at.astimezone(UTC).isoformat(),
        }
    )
    values = {"client": slug, "number": number, "record": canonical(record).decode()}
    db.execute(insert(layout_notes).values(**values, digest=row_digest("layout_notes", values)))
    if event is LayoutEvent.DONE and to != before.layout:
        update_client(db, slug, {"layout": to})
    return note


def notes(db: Connection, slug: str) -> list[LayoutNote]:
    """Give a client's notes, oldest first. Raises NewerFormError where a newer program wrote one."""
    query = select(layout_notes).where(layout_notes.c.client == slug).order_by(layout_notes.c.number)
    found = []
    for row in db.execute(query).mappings():
        record = NOTE.read(strict_record(row["record"]))
        NOTE.refuse_unknown([record["event"]], list(LayoutEvent))
        found.append(
            LayoutNote(
                row["number"],
                LayoutEvent(record["event"]),
                record["from"],
                record["to"],
                tuple(record["what"]),
                record["by"],
                datetime.fromisoformat(record["at"]),
            )
        )
    return found
