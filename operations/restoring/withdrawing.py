"""Putting a spoilt file aside: into a folder of its own that nobody but the owner and the system sees (behaviour §7).

Nothing spoilt is thrown away: it is evidence. Each file is moved, then closed to its readers, and marked last, so that one
that bears the mark is withdrawn whole.
"""

from __future__ import annotations

from dataclasses import replace

from kpi_rules.errors import ClientUnavailableError
from operations.access.wanted import WITHDRAWN, home_of
from operations.clients.marking import Unmarked, mark_file
from operations.clients.sharing import lock_down, share_file
from operations.months.close_steps import CloseRun
from operations.world.marks import FilePart, Marks, marks_for, read_marks
from operations.world.services import Services
from sheets_sync.ports import FOLDER_TYPE, File, Sought, made_once
from sheets_sync.schema.access import FileKind

COPY_MARK = "tablo_withdrawal"
"""The property of a copy that was put aside: what of it was spoilt, and the how manieth time."""


def withdrawn_folder(run: CloseRun) -> str:
    """Find the folder, or make it within the client's, closed to everybody but owner and system; the ledger keeps its id."""
    services, ledger = run.services, run.services.ledger
    client = ledger.client(run.client.slug)
    known = str(client.extra.get(WITHDRAWN, ""))
    if known and _is_there(known, services):
        return known
    home = home_of(client, services)
    marks, drive = marks_for(client, ledger.id, FilePart.WITHDRAWN_FOLDER), services.creator.drive
    name, parents = services.template_of(client).texts("restore.folder"), [home] if home else []
    folder = made_once(
        drive, marks.sought(), lambda: drive.create(name, FOLDER_TYPE, parents, marks.properties())
    )
    share_file(client, services, FileKind.WITHDRAWN, folder.id)
    lock_down(services, folder, FileKind.WITHDRAWN)
    ledger.update_client(client.slug, extra={**client.extra, WITHDRAWN: folder.id})
    return folder.id


def _is_there(file_id: str, services: Services) -> bool:
    try:
        return not services.creator.drive.file(file_id).trashed
    except ClientUnavailableError:
        return False


def is_withdrawn(file: File) -> bool:
    """Tell whether a file was put aside, and wholly so."""
    return read_marks(file).part == FilePart.WITHDRAWN


def withdraw(run: CloseRun, file: File) -> None:
    """Put a file aside; done again where it was cut off."""
    drive, folder = run.services.creator.drive, withdrawn_folder(run)
    if folder not in file.parents:
        file = drive.move(file.id, folder, file.parents)
    share_file(run.client, run.services, FileKind.WITHDRAWN, file.id)
    mark_file(Unmarked(file, _marks(run)), run.services)


def withdraw_copy(run: CloseRun, file_id: str, what: str) -> None:
    """Put a copy of a file aside whose rest goes on being used; `what` tells one withdrawal from another."""
    drive, folder = run.services.creator.drive, withdrawn_folder(run)
    marks = {**_marks(run).properties(), COPY_MARK: what}
    name = f"{drive.file(file_id).name} — {what}"
    sought = (Sought({"tablo_client_id": run.client.id, COPY_MARK: what}, parent=folder),)
    copy = made_once(drive, sought, lambda: drive.copy(file_id, name, [folder], marks))
    share_file(run.client, run.services, FileKind.WITHDRAWN, copy.id)


def _marks(run: CloseRun) -> Marks:
    return replace(run.marks(FilePart.MONTH_ARCHIVE), part=FilePart.WITHDRAWN)
