"""Marks for the files of clients that an earlier release made: whose each is, written onto every file the ledger knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ledger import Client
from operations.world.marks import FilePart, Marks, marks_for, read_marks
from operations.world.services import Services, refuse_files_of_others
from sheets_sync.ports import File, Sought
from sheets_sync.schema.access import content_restriction

_STEPS = {"archive": FilePart.MONTH_ARCHIVE, "record": FilePart.SEALED_RECORD}


@dataclass(frozen=True)
class Unmarked:
    """A file that does not bear its marks yet."""

    file: File
    marks: Marks


def unmarked_files(client: Client, workbook: File, services: Services) -> tuple[Unmarked, ...]:
    """List the client's files that lack their marks: one search, and one look at each that it does not show.

    Raises RefusedError where one is marked as another ledger's or client's.
    """
    drive = services.creator.drive
    home = Sought(app_marks={"tablo_client": client.slug, "tablo_part": FilePart.HOME})
    found = drive.find(Sought({"tablo_client_id": client.id}), home)
    wanted = dict(known_files(client, services))
    wanted |= {
        file.id: marks_for(client, services.ledger.id, FilePart.HOME)
        for file in found
        if file.id in workbook.parents
    }
    marked = {file.id: read_marks(file) for file in found}
    unmarked = []
    for file_id, marks in wanted.items():
        if marked.get(file_id) != marks:
            file = drive.file(file_id)
            refuse_files_of_others(client, file, services)
            if read_marks(file) != marks and not file.trashed:
                unmarked.append(Unmarked(file, marks))
    return tuple(unmarked)


def known_files(client: Client, services: Services) -> Iterator[tuple[str, Marks]]:
    """Give the files that the ledger knows by their ids, each with the marks that it should bear."""
    ledger_id, ledger = services.ledger.id, services.ledger
    own: Mapping[FilePart, str | None] = {
        FilePart.WORKBOOK: client.workbook_id,
        FilePart.PAYROLL: client.payroll_id,
        FilePart.ARCHIVE_FOLDER: client.folder_id,
        FilePart.RECORDS_FOLDER: client.records_folder_id,
    }
    for part, file_id in own.items():
        if file_id:
            yield file_id, marks_for(client, ledger_id, part)
    for month, close_id in ledger.close_ids(client.slug).items():
        for step, part in _STEPS.items():
            if file_id := ledger.close_file(client.slug, month, step):
                yield file_id, marks_for(client, ledger_id, part, str(month), close_id)


def mark_file(unmarked: Unmarked, services: Services) -> None:
    """Write the marks; a locked archive is unlocked for that moment, and locked by the call that marks it."""
    drive, file = services.creator.drive, unmarked.file
    properties = unmarked.marks.properties()
    if not file.read_only:
        drive.update(file.id, properties=properties)
        return
    drive.update(file.id, contentRestrictions=[{"readOnly": False}])
    drive.update(file.id, properties=properties, contentRestrictions=[content_restriction(file.lock_reason)])
