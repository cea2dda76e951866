"""Verify: is every closed month still what was sealed? Reads everything anew and changes nothing (behaviour §7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from kpi_rules.deciding.late_edits import LateEdit, late_edits
from kpi_rules.errors import ClientUnavailableError, NewerFormError
from kpi_rules.facts.inputs import Correction
from kpi_rules.records.months import inputs_from_record, read_month
from kpi_rules.time.periods import Month
from ledger import (
    STEP,
    Adoption,
    Client,
    Ledger,
    Seal,
    Snapshot,
    attestation_holds,
    check_chain,
    export_seal,
    fingerprint,
    unsigned_seals,
)
from ledger.seal_keys import HANDED_OVER, HandOver
from operations.access.checking import check_client
from operations.access.findings import Finding, FindingKind, of_ledger
from operations.facts.chain import ParsedBooks
from operations.facts.client_books import (
    FormulaInFile,
    add_payroll,
    files_of,
    find_outside_formulas,
    read_entries,
)
from operations.months.approvals import changed_paid
from operations.seals.late_effects import Effect, late_effects
from operations.seals.recounting import RecountState, recount
from operations.seals.snapshots import (
    ARCHIVE,
    PAYROLL,
    SNAPSHOT,
    ReadBack,
    cells_from_record,
    look_differences,
    read_archive,
    read_payroll,
)
from operations.verifying.replacements import (
    cut_off_months,
    replaced_files,
    rulebook_file_changes,
    rules_changes,
)
from operations.world.services import Services
from sheets_sync.building.archive import TabDifference
from sheets_sync.ports import File, FilesPort
from sheets_sync.reading.tables import Located

LOOKS_PART = "looks"
"""Under which name a step keeps how the tabs of what it made look."""


@dataclass(frozen=True)
class MonthVerdict:
    """What one closed month is now beside its seal. `late` and `effects` change nothing; they are for a correction.

    `newer` says that a newer program sealed it: nothing of it can be checked here but chain and signature.
    """

    month: Month
    seal_number: int
    fingerprint: str
    findings: tuple[Finding, ...]
    late: tuple[LateEdit, ...]
    effects: tuple[Effect, ...]
    newer: bool = False


@dataclass(frozen=True)
class Verification:
    """What a client's closed months are now beside their seals: of the chain and the ledger, and of each closed month in order."""

    client: str
    chain: tuple[Finding, ...]
    months: tuple[MonthVerdict, ...]
    outside: tuple[FormulaInFile, ...] = ()
    """Formulas that pull from other files: no change of what was sealed, but a thing to know."""
    located: Located | None = None
    """Where the columns of the live workbook stand now, for the addresses of late edits."""
    lost_keys: tuple[HandOver, ...] = ()
    """Keys that were said to be lost: a thing to know with its day and reason, and no finding."""
    adoptions: tuple[Adoption, ...] = ()
    """How often closed months were taken from the files: a thing to know as well."""
    around: tuple[Finding, ...] = ()
    """What of places, readers, locks and guards is not as it was set."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that is not what was sealed; late edits stand apart."""
        of_months = (finding for month in self.months for finding in month.findings)
        return (*self.chain, *of_months, *self.around)

    @property
    def late(self) -> tuple[LateEdit, ...]:
        """All late edits."""
        return tuple(edit for month in self.months for edit in month.late)

    @property
    def newer(self) -> tuple[Month, ...]:
        """The months that a newer program sealed."""
        return tuple(month.month for month in self.months if month.newer)

    @property
    def intact(self) -> bool:
        """Tell whether everything could be checked, is as sealed, and no closed month was edited in the workbook."""
        return not self.findings and not self.late and not self.newer


def verify_client(slug: str, services: Services, *, around: bool = True) -> Verification:
    """Check chain, ledger, sealed records, archives, payroll tabs and the live rows of closed months.

    `around` False: where the files lie and who may open them is looked at by somebody else (`check_client`).
    """
    client = services.ledger.client(slug)
    seals = services.ledger.seals(slug)
    keys = services.ledger.chain_keys(slug)
    faults = check_chain(seals, keys, client=slug)
    chain = [
        Finding(str(fault.number), f"chain_{fault.code}", "", fault.expected, fault.found) for fault in faults
    ]
    chain += _of_ledger(slug, services.ledger)
    live = _live(client, services) if seals else None
    if seals and live is None:
        chain.append(Finding("", "workbook_gone", "", "", ""))
    # A record that was changed says nothing any more: it is named by its chain, and no figure is drawn from it.
    broken = {fault.number for fault in faults if fault.code in {"unreadable", "digest"}}
    whole = [seal for seal in seals if seal.number not in broken]
    months = {seal.number: _month(client, seal, live, services) for seal in whole}
    read = [seal for seal in whole if not months[seal.number].newer]
    texts = services.texts_of(slug)
    chain += cut_off_months(client, seals, services)
    if read:
        template = services.template_of(client)
        chain += replaced_files(client, read[-1], services.creator.drive)
        chain += rulebook_file_changes(client, read[-1].record, template.rulebook, texts)
    if live:
        chain += _paid_corrections(client, read, live, services)
        for seal in read:
            chain += rules_changes(
                seal.record, live.workbook, template.layout.workbook.tab("rules").title, texts
            )
    outside = find_outside_formulas(client, services)
    located = live.workbook.located if live else None
    verdicts = tuple(months.values())
    adoptions = _adoptions_told(services.ledger.adoptions(slug))
    seen = _around(slug, services, chain, gone_is_told=bool(seals)) if around else ()
    return Verification(slug, tuple(chain), verdicts, outside, located, keys.lost, adoptions, seen)


def _of_ledger(slug: str, ledger: Ledger) -> Iterator[Finding]:
    """Find what the ledger itself can prove, and adoptions that its key has not signed."""
    yield from map(of_ledger, ledger.check(slug))
    if unsigned := unsigned_seals(ledger.adoptions(slug)):
        yield Finding("", "adoption_unsigned", ", ".join(f"№ {number}" for number in unsigned), "", "")


def _adoptions_told(noted: Sequence[Adoption]) -> tuple[Adoption, ...]:
    """Leave out those that brought no seal, or that were noted again, signed."""
    unsigned = {*unsigned_seals(noted)}
    return tuple(each for each in noted if each.seals and (each.signed or unsigned & {*each.seals}))


def _around(
    slug: str, services: Services, told: Sequence[Finding], *, gone_is_told: bool
) -> tuple[Finding, ...]:
    """Look at places and readers; what the verification has `told`, of the ledger and of what is gone, is not told again."""
    checked = check_client(slug, services)
    known = checked.gone if gone_is_told else frozenset()
    more = (each for each in checked.findings if each not in told)
    return tuple(each for each in more if each.code != "file_gone" or each.sealed not in known)


def _live(client: Client, services: Services) -> ParsedBooks | None:
    """Read the live workbook; None where it is out of reach: the archives are checked all the same."""
    try:
        return read_entries(client, services)
    except ClientUnavailableError:
        return None


def _paid_corrections(
    client: Client, seals: Sequence[Seal], live: ParsedBooks, services: Services
) -> Iterator[Finding]:
    """Find paid rows of «Корректировки» that say something else now; a book out of reach is told elsewhere."""
    try:
        books = add_payroll(client, live, services, seals).parsed
    except ClientUnavailableError:
        return
    title = live.layout.payroll.tab("corrections").title
    for changed in changed_paid(seals, books.paid.corrections):
        yield Finding(
            changed.paid_in,
            "paid_correction_changed",
            f"«{title}» № {changed.sealed.number}",
            _correction_shown(changed.sealed),
            _correction_shown(changed.present),
        )


def _correction_shown(row: Correction | None) -> str:
    return f"{row.code} {row.for_month} {Fraction(row.amount_tiyn, 100)} {row.reason}" if row else ""


def _month(client: Client, seal: Seal, live: ParsedBooks | None, services: Services) -> MonthVerdict:
    """Check a month. Findings from before something of a newer program is met stay."""
    month, findings = Month.parse(seal.month), list[Finding]()
    late, effects, newer = list[LateEdit](), tuple[Effect, ...](), False
    services.progress(str(month))
    try:
        record = read_month(seal.record)
        findings += _recount(seal.record)
        for check in (_steps, _files, _record_file):
            findings += check(client, seal, month, services)
        inputs = inputs_from_record(record["inputs"])
        present = live.inputs_known_to(inputs.staff) if live else None
        late = late_edits(inputs, present, month) if present else []
        effects = late_effects(record, inputs, present) if present and late else ()
    except NewerFormError:
        newer = True
    return MonthVerdict(
        month, seal.number, fingerprint(seal), tuple(findings), tuple(late), effects, newer=newer
    )


def seal_findings(client: Client, seal: Seal, month: Month, services: Services) -> Iterator[Finding]:
    """Tell what is wrong with a seal and what stands behind it in the ledger, without a look at any file.

    Nothing can be made anew from a seal of which this tells anything. Raises NewerFormError.
    """
    for fault in check_chain(services.ledger.seals(client.slug), services.ledger.chain_keys(client.slug)):
        if fault.number == seal.number:
            yield Finding(str(month), f"chain_{fault.code}", "", fault.expected, fault.found)
    for changed in services.ledger.check(client.slug):
        yield Finding(str(month), "ledger_changed", f"{changed.table} {changed.key}", "", "")
    yield from _recount(read_month(seal.record))
    yield from _steps(client, seal, month, services)
    snapshot = services.ledger.snapshot(client.slug, month)
    if snapshot is None or not _is_sealed(snapshot, seal):
        yield Finding(str(month), "snapshot_differs", "", "", "")


def kept_looks(
    client: Client, seal: Seal, month: Month, file: str, services: Services
) -> Mapping[str, Any] | None:
    """Give how a file of a month looked when it was made last: at its close, or where it was restored otherwise since.

    Only what a trusted key has signed as made from this seal counts. None: nobody kept it.
    """
    ledger = services.ledger
    restored = ledger.restored_steps(client.slug, month, file)
    trusted = {pinned.public_key for pinned in ledger.pinned_keys()} if restored else set()
    for step in reversed(restored):
        if LOOKS_PART in step and step["public_key"] in trusted:
            content = {LOOKS_PART: step[LOOKS_PART]}
            if attestation_holds(seal, content, step["signature"], step["public_key"]):
                return dict(step[LOOKS_PART])
    return (ledger.step(client.slug, month, "read_back") or {}).get(LOOKS_PART)


def _recount(record: Mapping[str, Any]) -> Iterator[Finding]:
    """Recompute from the sealed record alone; it must give the same bytes."""
    month, again = record["month"], recount(record)
    if again.state is RecountState.UNREADABLE:
        yield Finding(month, "chain_unreadable", "", "", "")
    for part in again.parts:
        yield Finding(month, "recount_differs", part, "", "")


def _steps(client: Client, seal: Seal, month: Month, services: Services) -> Iterator[Finding]:
    """Compare the recorded steps of the close with what was signed at its end; later ones (letters) may follow.

    Of an adopted month these were another ledger's.
    """
    if seal.number in _adopted(client, services):
        return
    kept = services.ledger.stored_step(client.slug, month, "attested")
    present = services.ledger.month_evidence(client.slug, month)["steps"]
    if kept is None or not _attested(seal, kept):
        yield Finding(str(month), "steps_not_attested", "", "", "")
        return
    attested = STEP.read(kept)
    itself = f"{month} attested"
    for key, row in {**attested["steps"], itself: {"token": attested["token"]}}.items():
        for column, sealed in row.items():
            now = present.get(key, {}).get(column)
            if now != sealed:
                place = f"steps {key} {column}"
                yield Finding(str(month), "ledger_changed", place, _shown(sealed)[:40], _shown(now)[:40])


def _adopted(client: Client, services: Services) -> set[int]:
    return {number for each in services.ledger.adoptions(client.slug) for number in each.seals}


def _attested(seal: Seal, kept: Mapping[str, Any]) -> bool:
    """Tell whether the key of the seal signed them; whether it was the right key, the chain says."""
    content = {name: value for name, value in kept.items() if name != "signature"}
    return content.keys() >= {"steps", "token"} and attestation_holds(
        seal, content, kept.get("signature"), seal.public_key
    )


def _files(client: Client, seal: Seal, month: Month, services: Services) -> Iterator[Finding]:
    """Compare archive and payroll tab, cell by cell, with what was read back when the month closed."""
    snapshot = services.ledger.snapshot(client.slug, month)
    archive_id = services.ledger.close_file(client.slug, month, "archive")
    kept = services.ledger.step(client.slug, month, "read_back")
    if snapshot and archive_id is None and seal.number in _adopted(client, services):
        yield Finding(str(month), "archive_gone", "", "", "")  # told when it was adopted
        yield from _payroll_tab(client, seal, month, kept or {"payroll": None}, services)
        return
    if snapshot is None or archive_id is None or kept is None or not _is_sealed(snapshot, seal):
        yield Finding(str(month), "snapshot_differs", "", "", "")
        return
    gateway, drive = services.creator.gateway, services.creator.drive
    if _present(drive, archive_id) is None:
        yield Finding(str(month), "archive_gone", archive_id, "", "")
    else:
        archived = read_archive(gateway, archive_id, cells_from_record(kept["archive"]))
        yield from _told(month, ARCHIVE, archived, kept_looks(client, seal, month, ARCHIVE, services))
    yield from _payroll_tab(client, seal, month, kept, services)


def _payroll_tab(
    client: Client, seal: Seal, month: Month, kept: Mapping[str, Any], services: Services
) -> Iterator[Finding]:
    """Compare the payroll tab, its cells and its look; a shadow month has none."""
    if kept["payroll"]:
        try:
            sealed = cells_from_record(kept["payroll"])
            paid = read_payroll(services.creator.gateway, files_of(client)[1], sealed)
            yield from _told(month, PAYROLL, paid, kept_looks(client, seal, month, PAYROLL, services))
        except ClientUnavailableError:
            yield Finding(str(month), "payroll_gone", "", "", "")


def _told(month: Month, file: str, read: ReadBack, looks: Mapping[str, Any] | None) -> Iterator[Finding]:
    """Name what of a file is not as it was read back at the close: cells and tabs first, then how they are shown."""
    for difference in read.cells:
        yield _of_cell(month, f"{file}_cell", difference)
    for title, look in look_differences(looks, file, read):
        place = " ".join(filter(None, (f"«{title}»", look.cells)))
        kind = FindingKind.PRESENTATION
        yield Finding(str(month), f"look_{look.word}", place, look.sealed, look.present, kind)


def _record_file(client: Client, seal: Seal, month: Month, services: Services) -> Iterator[Finding]:
    """Compare the sealed record's file with the ledger's seal."""
    drive, file_id = services.creator.drive, services.ledger.close_file(client.slug, month, "record")
    if file_id is None:
        return
    if _present(drive, file_id) is None:
        yield Finding(str(month), "record_file_gone", file_id, "", "")
    elif drive.download(file_id) != export_seal(seal):
        yield Finding(str(month), "record_file_differs", file_id, "", "")


def _present(drive: FilesPort, file_id: str) -> File | None:
    """Give a file that is there and not in the bin."""
    try:
        file = drive.file(file_id)
    except ClientUnavailableError:
        return None
    return None if file.trashed else file


def _is_sealed(snapshot: Snapshot, seal: Seal) -> bool:
    """Tell whether what was sealed is what the close stood on; the ledger's own part came after it."""
    sealed = {key: value for key, value in seal.record.items() if key not in {"ledger", HANDED_OVER}}
    return bool(SNAPSHOT.read(snapshot.record)["sealed"] == sealed)


def _of_cell(month: Month, code: str, difference: TabDifference) -> Finding:
    """Name a cell, or a tab that is gone; a tab that is there beside the sealed ones is one that looks like them."""
    added = not difference.cell and difference.sealed is None
    return Finding(
        str(month),
        code,
        f"«{difference.tab}» {difference.cell}".strip(),
        _shown(difference.sealed),
        _shown(difference.present),
        FindingKind.PRESENTATION if added else FindingKind.CONTENT,
    )


def _shown(value: object) -> str:
    return "" if value is None else str(value)
