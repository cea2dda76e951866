"""Repairs of clients' files: each is noted as it begins and as it ends, never changed (behaviour §7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, func, insert, select

from kpi_rules.errors import LedgerError
from kpi_rules.records.forms import RecordKind
from ledger.records import RepairEvent, RepairNote, canonical, row_digest, strict_record
from ledger.tables import repair_notes

NOTE = RecordKind("note of a repair")


def note_repair(
    db: Connection, slug: str, event: RepairEvent, what: Sequence[str], by: str, at: datetime
) -> RepairNote:
    """Note that a repair of a client's file begins, is done, or was stopped."""
    if at.tzinfo is None:
        raise LedgerError("the moment of a repair needs a time zone")
    last = select(func.max(repair_notes.c.number)).where(repair_notes.c.client == slug)
    number = (db.execute(last).scalar() or 0) + 1
    moment = at.astimezone(UTC).isoformat()
    record = NOTE.stamped({"event": str(event), "what": list(what), "by": by, "at": moment})
    values = {"client": slug, "number": number, "record": canonical(record).decode()}
    db.execute(insert(repair_notes).values(**values, digest=row_digest("repair_notes", values)))
    return RepairNote(number, event, tuple(what), by, at)


def all_repairs(db: Connection, slug: str) -> list[RepairNote]:
    """Give the notes of a client's repairs, oldest first. Raises NewerFormError where a newer program wrote one."""
    query = select(repair_notes).where(repair_notes.c.client == slug).order_by(repair_notes.c.number)
    notes = []
    for row in db.execute(query).mappings():
        record = NOTE.read(strict_record(row["record"]))
        NOTE.refuse_unknown([record["event"]], list(RepairEvent))
        at = datetime.fromisoformat(record["at"])
        notes.append(
            RepairNote(row["number"], RepairEvent(record["event"]), tuple(record["what"]), record["by"], at)
        )
    return notes
