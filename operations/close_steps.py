"""The steps of a close after its snapshot: each looks for its evidence, else acts, then records it.

The seal is worked out from the snapshot before anything is written, so that its fingerprint can be printed on
payroll tab and archive; it is entered into the ledger last, and only after both were read back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from kpi_rules.periods import Month
from ledger import Client, Lease, Seal, export_seal, fingerprint, seal
from operations.books import read_book
from operations.cell_records import cells_record
from operations.closed_files import (
    archive_differences,
    archive_of,
    final_pages,
    payroll_differences,
    payroll_tab_of,
)
from operations.leases import LEASE_TIME
from operations.once import made_once
from operations.services import Services
from operations.sharing import lock_down, share_file
from sheets_sync import archive, building, changes
from sheets_sync.access import FileKind, content_restriction, file_settings
from sheets_sync.building import Blueprint
from sheets_sync.drive import File
from sheets_sync.errors import IntegrityError, RefusedError, RetryableError
from sheets_sync.payroll_tab import SealMark, payroll_requests
from sheets_sync.wanted import Wanted
from templates.loading import Template

SEARCH_LAG = timedelta(minutes=2)
"""So long Drive's search may hide a new file. Our choice: Google promises nothing."""
_NAMED_DIFFERENCES = 3
_MAKE_OVER_ATTEMPTS = 3


@dataclass
class CloseRun:
    """One close under a lease."""

    client: Client
    month: Month
    services: Services
    lease: Lease

    @cached_property
    def content(self) -> Mapping[str, Any]:
        """The snapshot that the close stands on."""
        found = self.services.ledger.snapshot(self.client.slug, self.month)
        if found is None:
            raise IntegrityError(f"У закрытия {self.month} нет снимка.", "Запустите закрытие заново.")
        return found.record

    @cached_property
    def close_id(self) -> str:
        """The id by which the files of this close are found again."""
        found = self.services.ledger.snapshot(self.client.slug, self.month)
        return found.close_id if found else ""

    @cached_property
    def template(self) -> Template:
        """The client's template."""
        return self.services.template(self.client.template, self.client.language)

    @cached_property
    def seal(self) -> Seal:
        """The seal, worked out from the snapshot: the same each time, until it is entered."""
        ledger = self.services.ledger
        known = next((old for old in ledger.seals(self.client.slug) if old.month == str(self.month)), None)
        if known:
            return known
        evidence = {**ledger.month_evidence(self.client.slug, self.month), "steps": {}}
        last = ledger.last_seal(self.client.slug)
        record = {**self.content["sealed"], "ledger": evidence}
        return seal(record, last.number + 1 if last else 1, last, self.services.seal_key)

    @cached_property
    def mark(self) -> SealMark:
        """What of the seal is printed."""
        return SealMark(self.seal.number, fingerprint(self.seal), self.seal.public_key)

    @cached_property
    def pages(self) -> Mapping[str, Wanted]:
        """The output tabs with the final result."""
        return final_pages(self.content, self.template)

    @cached_property
    def archive_tabs(self) -> tuple[Blueprint, ...]:
        """What the archive holds."""
        return archive_of(self.content, self.template, self.mark, self.pages)

    @cached_property
    def payroll_tab(self) -> Blueprint | None:
        """What the payroll tab holds; None for a shadow month."""
        return payroll_tab_of(self.content["sealed"], self.template, self.mark)

    def marks(self, part: str) -> dict[str, str]:
        """Give the marks by which a file of this close is found again."""
        return {
            "tablo_client": self.client.slug,
            "tablo_month": str(self.month),
            "tablo_close": self.close_id,
            "tablo_part": part,
        }

    def evidence(self, step: str) -> dict[str, Any] | None:
        """Give the recorded evidence of a step."""
        return self.services.ledger.step(self.client.slug, self.month, step)

    def record(self, step: str, **evidence: Any) -> None:
        """Record a step as done, and hold the lease longer."""
        ledger = self.services.ledger
        ledger.record_step(self.client.slug, self.month, step, evidence, self.lease)
        self.lease = ledger.renew(self.lease, self.services.clock(), LEASE_TIME)
        self.services.progress(self.template.texts(f"close.step_{step}"))


@dataclass(frozen=True)
class Finished:
    """A finished close."""

    mark: SealMark
    archive_id: str


def finish_close(run: CloseRun) -> Finished:
    """Carry out every step that has no evidence yet, in order, and seal."""
    _scorecard(run)
    _payroll_tab(run)
    archive_id = _archive(run)
    _read_back(run, archive_id)
    _lock_archive(run, archive_id)
    _record_file(run)
    run.services.ledger.append_seal(run.client.slug, run.seal, run.lease, at=run.services.clock())
    return Finished(run.mark, archive_id)


def _scorecard(run: CloseRun) -> None:
    """Write the final scorecard to the live workbook, from the snapshot; deleted output tabs stay as they are."""
    if run.evidence("scorecard"):
        return
    book, gateway = run.template.layout.workbook, run.services.worker.gateway
    file_id = str(run.client.workbook_id)
    present = read_book(gateway, file_id, book, run.template.texts, book.outputs())
    wanted = {key: page for key, page in run.pages.items() if key in present.sheets}
    gateway.apply(file_id, changes.plan(present.raw, wanted, present.sheets))
    run.record("scorecard")


def _payroll_tab(run: CloseRun) -> None:
    """Add the locked payroll tab in one atomic call: where it is, it is whole. A shadow month has none."""
    if run.payroll_tab is None or run.evidence("payroll"):
        return
    gateway, file_id = run.services.creator.gateway, str(run.client.payroll_id)
    title, tab_id = run.payroll_tab.title, building.sheet_id("payroll", run.payroll_tab.key)
    sheets = gateway.describe(file_id, "sheets(properties(sheetId,title))")["sheets"]
    present = {sheet["properties"].get("sheetId", 0): sheet["properties"]["title"] for sheet in sheets}
    if tab_id not in present:
        if title in present.values():
            raise RefusedError(
                f"В ведомости уже есть чужой лист «{title}».",
                "Переименуйте его: это место занимает расчёт месяца.",
            )
        requests = payroll_requests(run.payroll_tab, run.services.system_emails)
        gateway.apply(file_id, requests, repeatable=False)
    run.record("payroll", sheet_id=tab_id)


def _archive(run: CloseRun) -> str:
    """Copy the workbook once and make the copy over into the archive; give its id."""
    known = run.evidence("archive")
    if known:
        return str(known["file_id"])
    drive, marks = run.services.creator.drive, run.marks("archive")
    texts, client = run.template.texts, run.client
    name = texts("close.archive_name", month=run.month, client=client.name)
    parents = [str(client.folder_id)]
    copy = _made(run, "copy", marks, lambda: drive.copy(str(client.workbook_id), name, parents, marks))
    if not copy.read_only:
        _make_over(run, copy.id)
    run.record("archive", file_id=copy.id)
    return copy.id


def _made(run: CloseRun, what: str, marks: Mapping[str, str], create: Callable[[], File]) -> File:
    """Make a file once; when an earlier run may have made it, wait until Drive's search would show it."""
    services, drive = run.services, run.services.creator.drive
    begun = run.evidence(f"{what}_begun")
    if begun is None:
        at = services.clock().isoformat()
        services.ledger.record_step(run.client.slug, run.month, f"{what}_begun", {"at": at}, run.lease)
    elif services.clock() < datetime.fromisoformat(begun["at"]) + SEARCH_LAG and not drive.find(marks):
        raise RetryableError(
            "Прошлый раз прервался при создании файла, а поиск Диска отстаёт: файл может найтись.",
            "Запустите закрытие снова через две минуты.",
            carried_out=None,
        )
    return made_once(drive, marks, create)


def _make_over(run: CloseRun, file_id: str) -> None:
    """Replace everything in the copy; begun anew from what is there when a call's outcome is unknown."""
    gateway = run.services.creator.gateway
    for attempt in range(_MAKE_OVER_ATTEMPTS):
        try:
            copy = gateway.describe(file_id, archive.COPY_FIELDS)
            for batch in archive.batches(copy, run.archive_tabs, run.services.system_emails):
                gateway.apply(file_id, batch, repeatable=False)
        except RetryableError as error:
            if error.carried_out is False or attempt == _MAKE_OVER_ATTEMPTS - 1:
                raise
        else:
            return


def _read_back(run: CloseRun, archive_id: str) -> None:
    """Read archive and payroll tab, compare them with what must stand there, and keep that for `verify`.

    A later version of the program may word or lay out things differently; what was sealed stays.
    """
    if run.evidence("read_back"):
        return
    gateway = run.services.creator.gateway
    sealed = archive.expected(run.archive_tabs)
    wrong = archive_differences(gateway, archive_id, sealed)
    paid = archive.expected([run.payroll_tab]) if run.payroll_tab else None
    if paid:
        wrong += payroll_differences(gateway, str(run.client.payroll_id), paid)
    if wrong:
        named = ", ".join(f"«{found.tab}» {found.cell}".strip() for found in wrong[:_NAMED_DIFFERENCES])
        raise IntegrityError(
            f"После записи {run.month} прочитано не то, что записано: {named} (всего {len(wrong)}).",
            "Месяц не опечатан. Проверьте, кто правит эти файлы, и запустите закрытие снова.",
        )
    run.record("read_back", archive=cells_record(sealed), payroll=cells_record(paid) if paid else None)


def _lock_archive(run: CloseRun, archive_id: str) -> None:
    """Make the archive read-only for everybody, open it to its readers, and bin copies that a lag had hidden."""
    if run.evidence("locked"):
        return
    drive = run.services.creator.drive
    share_file(run.client, run.services, FileKind.ARCHIVE, archive_id)
    if not drive.file(archive_id).read_only:
        reason = run.template.texts("close.archive_reason", fingerprint=run.mark.fingerprint)
        settings = file_settings(FileKind.ARCHIVE)
        drive.update(archive_id, contentRestrictions=[content_restriction(reason)], **settings)
    for other in drive.find(run.marks("archive")):
        if other.id != archive_id:
            drive.trash(other.id)
    run.record("locked")


def _record_file(run: CloseRun) -> None:
    """Put the sealed record beside the payroll book as a JSON file."""
    if run.evidence("record"):
        return
    drive, marks = run.services.creator.drive, run.marks("seal")
    texts, client = run.template.texts, run.client
    name = texts("close.record_name", month=run.month, number=run.mark.number, client=client.name)
    parents = [str(client.records_folder_id)]
    content = export_seal(run.seal)
    file = _made(run, "upload", marks, lambda: drive.upload_json(name, content, parents, marks))
    if drive.download(file.id) != content:
        raise IntegrityError(
            f"Файл печати {run.month} прочитан не таким, каким записан.", "Запустите закрытие снова."
        )
    lock_down(run.services, file.id, FileKind.SEALED_RECORDS)
    run.record("record", file_id=file.id)
