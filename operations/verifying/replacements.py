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
from operations.facts.client_books import files_of
from operations.seals.snapshots import client_files
from operations.verifying.findings import Finding
from operations.world.services import Services
from sheets_sync.ports import FilesPort
from sheets_sync.reading.books import ReadWorkbook
from sheets_sync.schema.layout import sheet_id


def cut_off_months(client: Client, seals: Sequence[Seal], services: Services) -> Iterator[Finding]:
    """Name months that were closed by what the files say, and of which the ledger has neither seal nor snapshot.

    A close that was begun and cut off has its snapshot: it is finished, not reported.
    """
    known = {seal.record.get("month") if _readable(seal) else "" for seal in seals}
    known |= {str(traces_of_month.month) for traces_of_month in services.ledger.months(client.slug)
              if services.ledger.snapshot(client.slug, traces_of_month.month)}  # fmt: skip
    traces: dict[str, list[str]] = {}
    for month, trace in (*_marked_files(client, services.creator.drive), *_payroll_tabs(client, services)):
        if month not in known:
            traces.setdefault(month, []).append(trace)
    for month, traces_of_month in sorted(traces.items()):
        yield Finding(month, "cut_off", "", "; ".join(traces_of_month), "")


def _readable(seal: Seal) -> bool:
    try:
        return bool(seal.record)
    except IntegrityError:
        return False


def _marked_files(client: Client, drive: FilesPort) -> Iterator[tuple[str, str]]:
    """Give (month, what tells of it) of each archive and sealed record that a close of ours made."""
    for file in drive.find({"tablo_client": client.slug, "tablo_part": "seal"}):
        try:
            sealed = read_seal(drive.download(file.id))
            mark = f"№ {sealed.number} {fingerprint(sealed)}"
        except (IntegrityError, NewerFormError):
            mark = file.name
        yield file.marks.get("tablo_month", ""), mark
    for file in drive.find({"tablo_client": client.slug, "tablo_part": "archive"}):
        if "tablo_month" in file.marks:  # the archive folder has the mark too, without a month
            yield file.marks["tablo_month"], f"«{file.name}»"


def _payroll_tabs(client: Client, services: Services) -> Iterator[tuple[str, str]]:
    """Give (month, what tells of it) of each payroll tab that a close of ours made, by its fixed id."""
    try:
        book = services.creator.gateway.describe(files_of(client)[1], "sheets(properties(sheetId,title))")
    except ClientUnavailableError:
        return
    for sheet in book["sheets"]:
        title = sheet["properties"]["title"]
        try:
            month = str(Month.parse(title))
        except ValueError:
            continue
        if sheet["properties"].get("sheetId", 0) == sheet_id("payroll", month):
            yield month, f"«{title}»"


def replaced_files(client: Client, last: Seal, drive: FilesPort) -> Iterator[Finding]:
    """Name files of the client that are not those of the last close, or that do not carry the deploy's mark."""
    sealed = last.record.get("files", {})
    for part, present in client_files(client).items():
        if part in sealed and sealed[part] != present:
            yield Finding("", "file_replaced", _titled(drive, present), sealed[part], present)
            continue
        try:
            marks = drive.file(present).marks
        except ClientUnavailableError:
            continue  # told where its content is missed
        mark = (marks.get("tablo_client", ""), marks.get("tablo_part", ""))
        if mark != (client.slug, part):
            yield Finding(
                "", "file_replaced", _titled(drive, present), f"{client.slug} {part}", " ".join(mark)
            )


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
