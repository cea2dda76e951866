"""What stands around the sealed months: exchanged files, changed rules, and traces of months that the ledger lost.

Somebody who holds the ledger can cut its last month off without a gap in the chain. The files that the close
made are then still there: a payroll tab, an archive and a sealed record of a month that the ledger knows nothing
of. Whoever deletes these too still has the owner's and the accountant's letters against them (behaviour §7).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from kpi_rules.errors import ClientUnavailableError, IntegrityError, NewerFormError
from kpi_rules.records.rulebooks import rulebook_from_record
from kpi_rules.rulebook.model import Rulebook
from kpi_rules.time.periods import Month
from kpi_rules.words.rule_changes import differences
from kpi_rules.words.texts import Texts
from ledger import Client, Seal, fingerprint, read_seal
from operations.access.findings import Finding
from operations.seals.outside_traces import Known, Trace, file_traces, tab_traces, unknown
from operations.seals.snapshots import client_files
from operations.world.marks import FilePart, is_of_client, read_marks
from operations.world.services import Services
from sheets_sync.ports import FilesPort
from sheets_sync.reading.books import ReadWorkbook
from sheets_sync.schema.layout import sheet_id

_PARTS = {
    "workbook": FilePart.WORKBOOK,
    "payroll": FilePart.PAYROLL,
    "archive": FilePart.ARCHIVE_FOLDER,
    "records": FilePart.RECORDS_FOLDER,
}
"""What the files are that a sealed record names (`client_files`)."""


def cut_off_months(client: Client, seals: Sequence[Seal], services: Services) -> Iterator[Finding]:
    """Name months that were closed by what the files say, and of which the ledger has neither seal nor snapshot.

    A close that was begun and cut off has its snapshot: it is finished, not reported.
    """
    drive = services.creator.drive
    begun = set(services.ledger.close_ids(client.slug))
    known = Known((), (), begun, {*begun, *filter(None, map(_month_of, seals))})
    tabs = [
        tab
        for tab in tab_traces(client, services.creator.gateway, known.sealed)
        if tab.sheet_id == sheet_id("payroll", str(tab.month))
    ]
    traces: dict[str, list[str]] = {}
    # What merely lies there under a month's name is no trace of a close: each of its files bears the close's id.
    files = [file for file in file_traces(client, drive) if file.close_id]
    for trace in unknown([*files, *tabs], known):
        traces.setdefault(str(trace.month), []).append(_told(trace, drive))
    for month, traces_of_month in sorted(traces.items()):
        yield Finding(month, "cut_off", "", "; ".join(traces_of_month), "")


def _month_of(seal: Seal) -> Month | None:
    """Give the month of a seal; None where it cannot be read: its chain names it."""
    try:
        return Month.parse(str(seal.record.get("month")))
    except (IntegrityError, ValueError):
        return None


def _told(trace: Trace, drive: FilesPort) -> str:
    """Name a trace: a sealed record by its number and fingerprint, whoever signed it."""
    if trace.part is FilePart.SEALED_RECORD:
        try:
            sealed = read_seal(drive.download(trace.file_id))
        except (IntegrityError, NewerFormError):
            return trace.name
        return f"№ {sealed.number} {fingerprint(sealed)}"
    return f"«{trace.name}»"


def replaced_files(client: Client, last: Seal, drive: FilesPort) -> Iterator[Finding]:
    """Name files of the client that are not those of the last close, or that do not carry the deploy's mark."""
    sealed = last.record.get("files", {})
    for part, present in client_files(client).items():
        if part in sealed and sealed[part] != present:
            yield Finding("", "file_replaced", _titled(drive, present), sealed[part], present)
            continue
        try:
            marks = read_marks(drive.file(present))
        except ClientUnavailableError:
            continue  # told where its content is missed
        wanted = _PARTS[part]
        if not is_of_client(marks, client, wanted):
            borne = " ".join((marks.slug, marks.part))
            yield Finding("", "file_replaced", _titled(drive, present), f"{client.slug} {wanted}", borne)


def _titled(drive: FilesPort, file_id: str) -> str:
    try:
        return f"«{drive.file(file_id).name}»"
    except ClientUnavailableError:
        return file_id


def rulebook_file_changes(
    client: Client, sealed: Mapping[str, Any], present: Rulebook, texts: Texts
) -> Iterator[Finding]:
    """Tell that the template's rulebook file says something else under the same version than at the last close.

    A new version has a new first month and is no alarm. Closed months are recounted by their sealed rules.
    """
    kept = sealed.get("built_in_rules")
    if kept is None:
        return
    then, now = rulebook_from_record(kept), replace(present, policies=present.policies.frozen())
    if then.from_month != now.from_month or then == now:
        return
    told = "; ".join(differences(then, now, texts))
    version = str(then)
    yield Finding(sealed["month"], "rulebook_file_changed", f"{client.template}/rulebook.toml", version, told)


def rules_changes(sealed: Mapping[str, Any], live: ReadWorkbook, tab: str, texts: Texts) -> Iterator[Finding]:
    """Tell that «Правила» says something else now for a closed month: its version changed, or another was put in.

    Without any readable version for the month nothing is told: old ones may be cleared away, and broken ones are
    told by the sync.
    """
    rules = rulebook_from_record(sealed["rules"])
    present = live.rules_in_force(Month.parse(sealed["month"]))
    if present is None:
        return
    told = "; ".join(differences(rules, present, texts))
    if present.from_month != rules.from_month:
        told = "; ".join(filter(None, (f"{present.name} {present.from_month}", told)))
    if told:
        yield Finding(sealed["month"], "rules_changed", f"«{tab}»", f"{rules.name} {rules.from_month}", told)
