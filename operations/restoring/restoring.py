"""`kpi month restore`: archive, payroll tab and sealed record of a closed month, made anew where they are spoilt, binned or lost.

What stands in them is what was read back and attested at the close, so number and fingerprint stay. What is whole is left
alone; a second run does nothing. Cut off anywhere it goes on: each file is known by its marks, each restoring is a step in
the ledger, which from then on knows the new file as the month's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from kpi_rules.errors import ClientUnavailableError, IntegrityError, RefusedError, TabloError
from kpi_rules.time.periods import Month
from ledger import Client, RepairEvent, Seal, attest, export_seal, public_key_text
from ledger.closes import restored_step
from operations.clients.sharing import lock_down, share_file
from operations.months.close_steps import (
    ARCHIVED,
    RECORDED,
    CloseRun,
    Made,
    make_file,
    make_over,
    make_read_only,
)
from operations.restoring.withdrawing import is_withdrawn, withdraw, withdraw_copy
from operations.seals.snapshots import (
    ARCHIVE,
    PAYROLL,
    ReadBack,
    cells_from_record,
    look_differences,
    looks_record,
    read_archive,
    read_payroll,
)
from operations.verifying.verifying import LOOKS_PART, kept_looks, seal_findings
from operations.world.leases import close_lease
from operations.world.services import Services
from sheets_sync.building.archive import as_read_back
from sheets_sync.building.blueprints import sheet_id
from sheets_sync.building.payroll_tab import payroll_requests
from sheets_sync.ports import File
from sheets_sync.schema.access import FileKind

RECORD = "record"


class State(StrEnum):
    """How a file of a month was met; a word of the texts, `restore.STATE`."""

    WHOLE = "whole"
    IN_BIN = "in_bin"
    GONE = "gone"
    SPOILT = "spoilt"


@dataclass(frozen=True)
class Restored:
    """What a restoring met, by file (`archive`, `payroll`, `record`), and, unless it was a dry run, mended."""

    client: str
    month: Month
    states: Mapping[str, State]

    @property
    def is_whole(self) -> bool:
        """Tell whether there was nothing to do."""
        return set(self.states.values()) <= {State.WHOLE}


@dataclass(frozen=True)
class Sealed:
    """What a closed month's files are made from."""

    run: CloseRun
    seal: Seal
    cells: Mapping[str, dict[str, list[list[Any]]] | None]
    """The attested cells of archive and payroll tab, rows by tab title; None for a shadow month's payroll."""

    def spoilt(self, file: str, read: ReadBack) -> bool:
        """Tell whether a file does not hold, or does not show, what was attested."""
        looks = kept_looks(self.run.client, self.seal, self.run.month, file, self.run.services)
        return bool(read.cells) or any(look_differences(looks, file, read))


def restore_month(
    slug: str, month: Month, now: datetime, services: Services, by: str, *, dry_run: bool = False
) -> Restored:
    """Make what is spoilt, binned or lost of a closed month anew from its seal; `dry_run` tells what would be done.

    Raises RefusedError where the month has no seal or the payroll book is gone, IntegrityError where the seal itself, or
    what the ledger holds behind it, is not whole; nothing was changed then. LeaseHeld: somebody else is at it.
    """
    client = services.ledger.client(slug)
    seal = _whole_seal(client, month, services)
    kept = services.ledger.step(slug, month, "read_back") or {}
    cells = {file: cells_from_record(kept[file]) if kept.get(file) else None for file in (ARCHIVE, PAYROLL)}
    with close_lease(services, slug, month) as holding:
        sealed = Sealed(CloseRun(client, month, services, holding), seal, cells)
        states: dict[str, State] = {}
        for file, (state_of, restore) in _FILES.items():
            if file in cells and cells[file] is None:
                continue
            services.progress(services.words(f"restore.{file}"))
            states[file] = state_of(sealed)
            if states[file] is not State.WHOLE and not dry_run:
                _noted(sealed, file, states[file], restore, now, by)
    return Restored(slug, month, states)


def _whole_seal(client: Client, month: Month, services: Services) -> Seal:
    seal = next((each for each in services.ledger.seals(client.slug) if each.month == str(month)), None)
    if seal is None:
        raise RefusedError("restore_not_sealed", month=month, client=client.slug)
    wrong = list(seal_findings(client, seal, month, services))
    if wrong:
        raise IntegrityError(
            "restore_seal_broken", month=month, number=seal.number, count=len(wrong), client=client.slug
        )
    return seal


def _noted(
    sealed: Sealed, file: str, state: State, restore: Callable[[Sealed], None], now: datetime, by: str
) -> None:
    """Restore a file; what is done stands in the ledger before it is done, and how it ended afterwards."""
    ledger, slug = sealed.run.services.ledger, sealed.run.client.slug
    what = [f"restore {file} {sealed.run.month} {state}"]
    ledger.note_repair(slug, RepairEvent.BEGUN, what, by=by, at=now)
    try:
        restore(sealed)
    except TabloError as stopped:
        ledger.note_repair(slug, RepairEvent.STOPPED, [*what, type(stopped).__name__], by=by, at=now)
        raise
    ledger.note_repair(slug, RepairEvent.DONE, what, by=by, at=now)


# ---- the files, each: how it is met, and how it is made anew
def _file(sealed: Sealed, step: str) -> File | None:
    """Give the month's file; None where it is gone, or was put aside by a restoring that was cut off."""
    run = sealed.run
    file_id = run.services.ledger.close_file(run.client.slug, run.month, step)
    if file_id is None:
        return None
    try:
        file = run.services.creator.drive.file(file_id)
    except ClientUnavailableError:
        return None
    return None if is_withdrawn(file) else file


def _keep(sealed: Sealed, file: str, **evidence: Any) -> None:
    """Record a restoring as a further step of the close, under its lease."""
    sealed.run.keep(restored_step(file, _number(sealed, file)), evidence)


def _number(sealed: Sealed, file: str) -> int:
    """Tell the how manieth restoring of a file this is, from 1."""
    run = sealed.run
    return len(run.services.ledger.restored_steps(run.client.slug, run.month, file)) + 1


def _tried_anew(sealed: Sealed, made: Made) -> Made:
    """Count the tries at making a file by themselves, for each restoring."""
    return replace(made, tries=f"{made.tries}_{_number(sealed, made.step)}")


def _out_of_bin(sealed: Sealed, file: File) -> File:
    return sealed.run.services.creator.drive.update(file.id, trashed=False)


def _archive_state(sealed: Sealed) -> State:
    file = _file(sealed, ARCHIVE)
    if file is None:
        return State.GONE
    if file.trashed:
        return State.IN_BIN
    read = read_archive(sealed.run.services.creator.gateway, file.id, _cells(sealed, ARCHIVE))
    return State.SPOILT if sealed.spoilt(ARCHIVE, read) else State.WHOLE


def _restore_archive(sealed: Sealed) -> None:
    run, file = sealed.run, _file(sealed, ARCHIVE)
    if file is not None and file.trashed:
        file = _out_of_bin(sealed, file)
    if file is not None and _archive_state(sealed) is State.WHOLE:
        return
    if file is not None:
        withdraw(run, file)
    name = run.template.texts("close.archive_name", month=run.month, client=run.client.name)
    source = str(run.client.workbook_id)
    made = _tried_anew(sealed, ARCHIVED)
    copy = make_file(run, made, lambda drive, *place: drive.copy(source, name, *place))
    drive, gateway, cells = run.services.creator.drive, run.services.creator.gateway, _cells(sealed, ARCHIVE)
    if not copy.read_only or read_archive(gateway, copy.id, cells).cells:
        if copy.read_only:
            drive.update(copy.id, contentRestrictions=[{"readOnly": False}])
        make_over(run, copy.id, as_read_back(run.archive_tabs, cells))
    share_file(run.client, run.services, FileKind.ARCHIVE, copy.id)
    make_read_only(run, copy.id)
    read = read_archive(gateway, copy.id, cells)
    _keep(sealed, ARCHIVE, file_id=copy.id, **_attested_looks(sealed, ARCHIVE, read))


def _payroll_state(sealed: Sealed) -> State:
    book = _payroll_book(sealed)
    if book.trashed:
        return State.IN_BIN
    read = read_payroll(sealed.run.services.creator.gateway, book.id, _cells(sealed, PAYROLL))
    if not read.described:
        return State.GONE
    return State.SPOILT if sealed.spoilt(PAYROLL, read) else State.WHOLE


def _restore_payroll(sealed: Sealed) -> None:
    """Put the tab back in one atomic call; the whole book as it was is kept aside, for a tab cannot be moved."""
    run, book = sealed.run, _payroll_book(sealed)
    if book.trashed:
        _out_of_bin(sealed, book)
    if _payroll_state(sealed) is State.WHOLE:
        return
    gateway, cells = run.services.creator.gateway, _cells(sealed, PAYROLL)
    [tab] = as_read_back([run.payroll_tab] if run.payroll_tab else [], cells)
    sheets = gateway.describe(book.id, "sheets(properties(sheetId,title))")["sheets"]
    spoilt = [
        each["properties"].get("sheetId", 0)
        for each in sheets
        if each["properties"].get("sheetId", 0) == sheet_id("payroll", tab.key)
        or each["properties"]["title"] == tab.title
    ]
    if spoilt:
        withdraw_copy(run, book.id, f"{run.month} {_number(sealed, PAYROLL)}")
    gone = [{"deleteSheet": {"sheetId": each}} for each in spoilt]
    gateway.apply(book.id, [*gone, *payroll_requests(tab, run.services.system_emails)], repeatable=False)
    read = read_payroll(gateway, book.id, cells)
    _keep(sealed, PAYROLL, sheet_id=sheet_id("payroll", tab.key), **_attested_looks(sealed, PAYROLL, read))


def _payroll_book(sealed: Sealed) -> File:
    run = sealed.run
    try:
        return run.services.creator.drive.file(str(run.client.payroll_id))
    except ClientUnavailableError:
        raise RefusedError("restore_book_gone", client=run.client.slug) from None


def _record_state(sealed: Sealed) -> State:
    file = _file(sealed, RECORD)
    if file is None:
        return State.GONE
    if file.trashed:
        return State.IN_BIN
    content = sealed.run.services.creator.drive.download(file.id)
    return State.WHOLE if content == export_seal(sealed.seal) else State.SPOILT


def _restore_record(sealed: Sealed) -> None:
    run, file = sealed.run, _file(sealed, RECORD)
    if file is not None and file.trashed:
        file = _out_of_bin(sealed, file)
    if file is not None and _record_state(sealed) is State.WHOLE:
        return
    if file is not None:
        withdraw(run, file)
    texts, content = run.template.texts, export_seal(sealed.seal)
    name = texts("close.record_name", month=run.month, number=run.mark.number, client=run.client.name)
    tried = _tried_anew(sealed, RECORDED)
    made = make_file(run, tried, lambda drive, *place: drive.upload_json(name, content, *place))
    if run.services.creator.drive.download(made.id) != content:
        raise IntegrityError("record_file_differs", month=run.month)
    lock_down(run.services, made, FileKind.SEALED_RECORDS)
    _keep(sealed, RECORD, file_id=made.id)


def _cells(sealed: Sealed, file: str) -> dict[str, list[list[Any]]]:
    return sealed.cells[file] or {}


def _attested_looks(sealed: Sealed, file: str, read: ReadBack) -> dict[str, Any]:
    """Give nothing where a file looks as it did at its close; else how it looks now, signed: a later program drew it.

    Raises IntegrityError where its cells are not those that were attested.
    """
    run = sealed.run
    if read.cells:
        raise IntegrityError("restored_differs", month=run.month, count=len(read.cells))
    if not sealed.spoilt(file, read):
        return {}
    content = {LOOKS_PART: looks_record({file: read})}
    key = run.services.seal_key
    return {**content, "public_key": public_key_text(key), "signature": attest(sealed.seal, content, key)}


_Actions = tuple[Callable[[Sealed], State], Callable[[Sealed], None]]
_FILES: Mapping[str, _Actions] = {
    ARCHIVE: (_archive_state, _restore_archive),
    PAYROLL: (_payroll_state, _restore_payroll),
    RECORD: (_record_state, _restore_record),
}
