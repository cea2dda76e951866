"""Putting a spoilt file aside: into a folder of its own that nobody but the owner and the system sees (behaviour §7).

Nothing spoilt is thrown away: it is evidence. Each file is moved, then closed to its readers, and marked last, so that one
that bears the mark is withdrawn whole.
"""

from __future__ import annotations

from dataclasses import replace

from operations.access.wanted import folders_around
from operations.clients.marking import Unmarked, mark_file
from operations.clients.sharing import lock_down, share_file
from operations.months.close_steps import CloseRun
from operations.world.marks import FilePart, Marks, marks_for, read_marks
from sheets_sync.ports import FOLDER_TYPE, File, Sought, made_once
from sheets_sync.schema.access import FileKind

COPY_MARK = "tablo_withdrawal"
"""The property of a copy that was put aside: what of it was spoilt, and the how manieth time."""


def withdrawn_folder(run: CloseRun) -> str:
    """Find the folder, or make it within the client's; either way it is closed to everybody but owner and system."""
    services, client, drive = run.services, run.client, run.services.creator.drive
    home, known = folders_around(client, services)
    marks = marks_for(client, services.ledger.id, FilePart.WITHDRAWN_FOLDER)
    name, parents = services.template_of(client).texts("restore.folder"), [home] if home else []
    folder = (
        drive.file(known)
        if known
        else made_once(
            drive, marks.sought(), lambda: drive.create(name, FOLDER_TYPE, parents, marks.properties())
        )
    )
    # A restoring may have been cut off right after it made the folder.
    lock_down(services, folder, FileKind.WITHDRAWN)
    share_file(client, services, FileKind.WITHDRAWN, folder.id)
    return folder.id


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
