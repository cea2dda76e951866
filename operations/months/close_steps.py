"""The steps of a close after its snapshot: each looks for its evidence, else acts, then records it.

The seal is worked out from the snapshot before anything is written, so that its fingerprint can be printed on
payroll tab and archive; it is entered into the ledger last, and only after both were read back.

Two of them make a file, archive and sealed record: made once, recognised again, strays binned. Drive's search lags behind
its writes, an answer may be lost after the work was done, and a closer that was overtaken may still be making a
file. So every try is noted before it is sent, and what comes to light beside the recorded file goes to the bin.

What is written anew, or binned, is only what this very close made: a file that bears its id in the client's own folder,
a tab that is printed with its seal's fingerprint (behaviour §7a).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from kpi_rules.errors import IntegrityError, RefusedError, RetryableError
from kpi_rules.time.periods import Month
from kpi_rules.words.said import said
from ledger import STEP, Client, LeaseLost, Seal, attest, export_seal, fingerprint, seal
from ledger.seal_keys import HANDED_OVER
from operations.clients.sharing import lock_down, share_file
from operations.facts.client_books import read_book
from operations.months.outside import refuse_other_writers
from operations.seals.snapshots import (
    ARCHIVE,
    PAYROLL,
    SNAPSHOT,
    archive_of,
    archived_pages,
    cells_record,
    final_pages,
    looks_record,
    payroll_tab_of,
    read_archive,
    read_payroll,
    unwanted_looks,
)
from operations.world.leases import HeldLease
from operations.world.marks import FilePart, Marks, marks_for, read_marks
from operations.world.services import Google, Services
from sheets_sync.a1 import quoted
from sheets_sync.building import archive, changes
from sheets_sync.building import blueprints as building
from sheets_sync.building.blueprints import Blueprint
from sheets_sync.building.payroll_tab import SealMark, payroll_requests
from sheets_sync.building.wanted import Wanted
from sheets_sync.ports import File, FilesPort, Sought, made_once
from sheets_sync.schema.access import FileKind, content_restriction, file_settings
from templates.loading import Template


@dataclass
class CloseRun:
    """One close under a lease; every call of it to Google looks first whether the lease is still ours."""

    client: Client
    month: Month
    world: Services
    """The services as they were given, without the lease before each call."""
    holding: HeldLease

    @cached_property
    def services(self) -> Services:
        """The services with the lease before each call to Google."""
        return self.world.guarded(self.holding.before_call)

    @cached_property
    def content(self) -> Mapping[str, Any]:
        """The snapshot that the close stands on. Raises NewerFormError where a newer program took it."""
        snapshot = self.services.ledger.snapshot(self.client.slug, self.month)
        if snapshot is None:
            raise IntegrityError("close_without_snapshot", month=self.month)
        return SNAPSHOT.read(snapshot.record)

    @cached_property
    def close_id(self) -> str:
        """The id by which the files of this close are known again."""
        snapshot = self.services.ledger.snapshot(self.client.slug, self.month)
        return snapshot.close_id if snapshot else ""

    @cached_property
    def template(self) -> Template:
        """The client's template in the layout of the snapshot; its sentences in the language that the month closed in."""
        said_in = self.content["sealed"]["inputs"]["settings"]["language"]
        layout, options = self.content["layout"], self.content.get("options", ())
        return self.services.template_of(self.client, said_in, layout, options)

    @cached_property
    def seal(self) -> Seal:
        """The seal, worked out from the snapshot: the same each time, until it is entered."""
        ledger = self.services.ledger
        known = next((old for old in ledger.seals(self.client.slug) if old.month == str(self.month)), None)
        if known:
            return known
        evidence = {**ledger.month_evidence(self.client.slug, self.month), "steps": {}}
        last = ledger.last_seal(self.client.slug)
        number = last.number + 1 if last else 1
        handed_over = [
            one.record() for one in ledger.chain_keys(self.client.slug).handed_over if one.after == number - 1
        ]
        carried = {HANDED_OVER: handed_over} if handed_over else {}
        record = {**self.content["sealed"], "ledger": evidence, **carried}
        return seal(record, number, last, self.services.seal_key)

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
        pages = archived_pages(self.content, self.template)
        return archive_of(self.content, self.template, self.mark, pages)

    @cached_property
    def payroll_tab(self) -> Blueprint | None:
        """What the payroll tab holds; None for a shadow month."""
        return payroll_tab_of(self.content["sealed"], self.template, self.mark)

    def marks(self, part: FilePart) -> Marks:
        """Give the marks by which a file of this close is known again."""
        return marks_for(self.client, self.world.ledger.id, part, str(self.month), self.close_id)

    def evidence(self, step: str) -> dict[str, Any] | None:
        """Give the recorded evidence of a step."""
        return self.services.ledger.step(self.client.slug, self.month, step)

    def record(self, step: str, **evidence: Any) -> None:
        """Record a step as done, and hold the lease longer."""
        self.keep(step, evidence)
        self.holding.renew()
        self.services.progress(self.services.words(f"close.step_{step}"))

    def attempts_at(self, what: str) -> list[datetime]:
        """Tell when the creation of a file was tried so far, in this run and in those that were cut off."""
        steps = self.services.ledger.steps(self.client.slug, self.month)
        begun = [step["at"] for name, step in steps.items() if name.startswith(f"{what}_begun")]
        return sorted(datetime.fromisoformat(at) for at in begun)

    def note_attempt(self, what: str) -> None:
        """Record that the creation of a file is tried now."""
        number = len(self.attempts_at(what)) + 1
        self.keep(f"{what}_begun_{number}", {"at": self.services.clock().isoformat()})

    def keep(self, name: str, evidence: Mapping[str, Any]) -> None:
        """Record evidence under the lease."""
        slug, month = self.client.slug, self.month
        self.services.ledger.record_step(slug, month, name, evidence, self.holding.lease)


_FINGERPRINT = re.compile(r"\b[0-9A-F]{4}(?:-[0-9A-F]{4}){3}\b")
_NAMED_DIFFERENCES = 3
_MAKE_OVER_ATTEMPTS = 3
SEARCH_LAG = timedelta(minutes=2)
"""So long Drive's search may hide a new file. Our choice: Google promises nothing."""


@dataclass(frozen=True)
class Made:
    """A file that a close makes: its part, the folder of the client, the step that records it, and how tries are noted."""

    part: FilePart
    folder: Callable[[Client], str | None]
    step: str
    tries: str


ARCHIVED = Made(FilePart.MONTH_ARCHIVE, lambda client: client.folder_id, "archive", "archive")
RECORDED = Made(FilePart.SEALED_RECORD, lambda client: client.records_folder_id, "record", "seal")
_MADE = {made.part: made for made in (ARCHIVED, RECORDED)}


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
    _lock_archive(run, archive_id)
    _read_back(run, archive_id)
    # Before the sealed record, which proves a month to others: of two copies of a ledger one alone gets here.
    refuse_other_writers(run.client, run.month, run.services)
    _record_file(run)
    _attest_steps(run)
    bin_strays(run)
    lease = run.holding.lease
    run.services.ledger.append_seal(run.client.slug, run.seal, lease, at=run.services.clock())
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
    """Add the locked payroll tab in one atomic call: where it is, it is whole. A shadow month has none.

    No second tab gets its id: of two copies of a ledger that close at once, one finds the other's here.
    """
    if run.payroll_tab is None or run.evidence("payroll"):
        return
    gateway, file_id = run.services.creator.gateway, str(run.client.payroll_id)
    title, tab_id = run.payroll_tab.title, building.sheet_id("payroll", run.payroll_tab.key)
    sheets = gateway.describe(file_id, "sheets(properties(sheetId,title))")["sheets"]
    present = {sheet["properties"].get("sheetId", 0): sheet["properties"]["title"] for sheet in sheets}
    if tab_id in present:
        _refuse_foreign_tab(run, present[tab_id], written=False)
    else:
        if title in present.values():
            raise RefusedError("payroll_tab_taken", tab=title)
        requests = payroll_requests(run.payroll_tab, run.services.system_emails)
        gateway.apply(file_id, requests, repeatable=False)
    run.record("payroll", sheet_id=tab_id)


def _archive(run: CloseRun) -> str:
    """Copy the workbook once and make the copy over into the archive; give its id."""
    known = run.evidence("archive")
    if known:
        return str(known["file_id"])
    texts, client = run.template.texts, run.client
    name = texts("close.archive_name", month=run.month, client=client.name)
    source = str(client.workbook_id)
    copy = make_file(run, ARCHIVED, lambda drive, *place: drive.copy(source, name, *place))
    if not copy.read_only:
        make_over(run, copy.id, run.archive_tabs)
    run.record("archive", file_id=copy.id)
    return copy.id


def make_over(run: CloseRun, file_id: str, tabs: Sequence[Blueprint]) -> None:
    """Replace everything in the copy by these tabs; begun anew from what is there when a call's outcome is unknown."""
    gateway = run.services.creator.gateway
    for attempt in range(_MAKE_OVER_ATTEMPTS):
        try:
            copy = gateway.describe(file_id, archive.COPY_FIELDS)
            first, *entries = archive.batches(copy, tabs, run.services.system_emails)
            gateway.apply(file_id, first, repeatable=False)
            for batch in entries:
                gateway.apply(file_id, batch)
        except RetryableError as error:
            if error.carried_out is False or attempt == _MAKE_OVER_ATTEMPTS - 1:
                raise
        else:
            return


def _read_back(run: CloseRun, archive_id: str) -> None:
    """Read archive and payroll tab, compare them with what must stand there, and keep that and their looks for `verify`.

    It comes after the lock: whoever was overtaken and slow cannot write into the archive any more. What is not
    as written is told to people and written anew, so that the next run can go on. A later version of the
    program may word or lay out things differently; what was sealed stays.
    """
    if run.evidence("read_back"):
        return
    make_read_only(run, archive_id)
    gateway, payroll_id = run.services.creator.gateway, str(run.client.payroll_id)
    sealed = archive.expected(run.archive_tabs)
    paid = archive.expected([run.payroll_tab]) if run.payroll_tab else None
    read = {ARCHIVE: read_archive(gateway, archive_id, sealed)}
    if paid:
        read[PAYROLL] = read_payroll(gateway, payroll_id, paid)
    wrong = {file: [*each.cells, *unwanted_looks(each)] for file, each in read.items()}
    if wrong[ARCHIVE]:
        _refuse_foreign_archive(run, archive_id)
        run.services.creator.drive.update(archive_id, contentRestrictions=[{"readOnly": False}])
        make_over(run, archive_id, run.archive_tabs)
        make_read_only(run, archive_id)
    if wrong.get(PAYROLL) and run.payroll_tab:
        _put_payroll_tab_anew(run, run.payroll_tab)
    if differing := [each for differences in wrong.values() for each in differences]:
        named = tuple(
            said("place.cell" if each.cell else "place.tab", tab=each.tab, cell=each.cell)
            for each in differing[:_NAMED_DIFFERENCES]
        )
        raise IntegrityError("read_back_differs", month=run.month, places=named, count=len(differing))
    cells = {"archive": cells_record(sealed), "payroll": cells_record(paid) if paid else None}
    run.record("read_back", **cells, looks=looks_record(read))


def _lock_archive(run: CloseRun, archive_id: str) -> None:
    """Make the archive read-only for everybody and open it to its readers."""
    if run.evidence("locked"):
        return
    share_file(run.client, run.services, FileKind.ARCHIVE, archive_id)
    make_read_only(run, archive_id)
    run.record("locked")


def make_read_only(run: CloseRun, archive_id: str) -> None:
    """Lock an archive for everybody, with its fingerprint as the reason; one that is locked stays as it is."""
    drive = run.services.creator.drive
    file = drive.file(archive_id)
    if not file.read_only:
        reason = run.template.texts("close.archive_reason", fingerprint=run.mark.fingerprint)
        settings = file_settings(FileKind.ARCHIVE, in_shared_drive=file.in_shared_drive)
        drive.update(archive_id, contentRestrictions=[content_restriction(reason)], **settings)


def _put_payroll_tab_anew(run: CloseRun, tab: Blueprint) -> None:
    """Replace the payroll tab that this close wrote, or put it back, in one atomic call."""
    gateway, file_id = run.services.creator.gateway, str(run.client.payroll_id)
    tab_id = building.sheet_id("payroll", tab.key)
    sheets = gateway.describe(file_id, "sheets(properties(sheetId,title))")["sheets"]
    there = [s["properties"]["title"] for s in sheets if s["properties"].get("sheetId", 0) == tab_id]
    for title in there:
        _refuse_foreign_tab(run, title, written=True)
    gone = [{"deleteSheet": {"sheetId": tab_id}}] if there else []
    gateway.apply(file_id, [*gone, *payroll_requests(tab, run.services.system_emails)], repeatable=False)


def _record_file(run: CloseRun) -> None:
    """Put the sealed record beside the payroll book as a JSON file."""
    if run.evidence("record"):
        return
    drive, texts, client = run.services.creator.drive, run.template.texts, run.client
    name = texts("close.record_name", month=run.month, number=run.mark.number, client=client.name)
    content = export_seal(run.seal)
    file = make_file(run, RECORDED, lambda drive, *place: drive.upload_json(name, content, *place))
    if drive.download(file.id) != content:
        raise IntegrityError("record_file_differs", month=run.month)
    lock_down(run.services, file, FileKind.SEALED_RECORDS)
    run.record("record", file_id=file.id)


def _attest_steps(run: CloseRun) -> None:
    """Sign what the steps recorded: they come after the seal is worked out, so the seal cannot hold them."""
    if run.evidence("attested"):
        return
    rows = run.services.ledger.month_evidence(run.client.slug, run.month)["steps"]
    content = STEP.stamped({"steps": rows, "token": run.holding.lease.token})
    run.record("attested", **content, signature=attest(run.seal, content, run.services.seal_key))


def _refuse_foreign_tab(run: CloseRun, title: str, *, written: bool) -> None:
    """Refuse a tab at the month's place that this close did not write: the fingerprint printed on it tells.

    `written`: the tab was read there as ours before; then only another seal's fingerprint makes it another's.
    """
    [read] = run.services.creator.gateway.read(str(run.client.payroll_id), [quoted(title)])
    printed = {found for row in read.rows for cell in row for found in _FINGERPRINT.findall(str(cell))}
    if run.mark.fingerprint not in printed and (printed or not written):
        tab = said("outside.tab", name=title)
        raise RefusedError("looks_like_a_closed_month", month=run.month, traces=(tab,))


def _refuse_foreign_archive(run: CloseRun, file_id: str) -> None:
    """Refuse to write anew what does not bear this close's id."""
    file = run.services.creator.drive.file(file_id)
    if read_marks(file).close_id != run.close_id:
        trace = said("outside.file", name=file.name)
        raise RefusedError("looks_like_a_closed_month", month=run.month, traces=(trace,))


def make_file(
    run: CloseRun, made: Made, create: Callable[[FilesPort, list[str], dict[str, str]], File]
) -> File:
    """Make a file once; when an earlier try may have made it, wait until Drive's search would show it.

    Each try is noted before it is sent, repeats of the gateway included: the last one counts.
    """
    services, drive, folder = run.services, run.services.creator.drive, str(made.folder(run.client))
    marks = run.marks(made.part)
    sought = marks.sought(folder)
    tried = run.attempts_at(made.tries)
    if tried and services.clock() < tried[-1] + SEARCH_LAG and not drive.find(*sought):
        raise RetryableError("close_file_unsure", carried_out=None)

    def create_noted() -> File:
        noted: Google = services.creator.guarded(lambda _kind: run.note_attempt(made.tries))
        return _ours(run, made, create(noted.drive, [folder], marks.properties()))

    return made_once(drive, sought, create_noted)


def _ours(run: CloseRun, made: Made, file: File) -> File:
    """Go on with a new file only while the lease is ours; of a successor's close it must not be a second one.

    The successor bins what stands beside its own file until that is recorded; what comes later we bin ourselves.
    """
    try:
        run.holding.renew()
    except LeaseLost:
        recorded = run.evidence(made.step)
        if recorded and recorded["file_id"] != file.id:
            run.world.creator.drive.trash(file.id)
        raise
    return file


def bin_strays(run: CloseRun) -> None:
    """Bin the files that stand beside the recorded ones of this close and of the client's earlier ones.

    Only in the client's own folders, where nobody else can put anything: a copy that somebody made elsewhere bears the
    same marks, and is theirs.
    """
    drive, ledger, slug = run.services.creator.drive, run.services.ledger, run.client.slug
    folders = [str(made.folder(run.client)) for made in _MADE.values()]
    close_ids = ledger.close_ids(slug)
    for file in drive.find(*(Sought(parent=folder) for folder in folders)):
        marks = read_marks(file)
        month, made = marks.of_month, _MADE.get(FilePart(marks.part)) if marks.part in _MADE else None
        if made is None or month is None or close_ids.get(month) != marks.close_id:
            continue
        recorded = ledger.close_file(slug, month, made.step)
        if recorded and recorded != file.id:
            drive.trash(file.id)
