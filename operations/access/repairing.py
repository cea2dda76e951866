"""Putting access, protections, places and names right again, as the deploy and the closes set them (behaviour §7).

No cell of an input tab is written and no closed content; what only a person can mend is named and left. What will be
done stands in the ledger before it is done, and how it ended afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from kpi_rules.errors import IntegrityError, TabloError
from ledger import RepairEvent
from operations.access.checking import Look, strays
from operations.access.differences import FileDifference
from operations.access.findings import Finding
from operations.access.seen import SeenFile
from operations.access.wanted import WantedFile, wanted_files
from operations.clients.sharing import carry_out
from operations.world.services import Services, refuse_files_of_others
from sheets_sync.building.standing import OtherSettings
from sheets_sync.schema.access import content_restriction

_ROUNDS = 2


@dataclass(frozen=True)
class Repaired:
    """What a repair did, and what it had to leave to people."""

    client: str
    done: tuple[Finding, ...]
    left: tuple[Finding, ...]


def repair_client(
    slug: str, now: datetime, services: Services, by: str, *, dry_run: bool = False
) -> Repaired:
    """Mend what can be mended, folders before what lies in them; each file is looked at anew after its folder's turn.

    `dry_run` tells what would be done. Raises RefusedError for files that bear another ledger's or client's marks, and
    IntegrityError where the ledger itself was changed: it says no more what should be.
    """
    if faults := services.ledger.check(slug):
        raise IntegrityError("repair_ledger_changed", count=len(faults), client=slug)
    client = services.ledger.client(slug)
    wanted = wanted_files(client, services)
    look, done, left = Look(wanted, services), list[Finding](), list[Finding]()
    for file in wanted.files:
        services.progress(file.name)
        seen, differences = look.at(file)
        for _ in range(_ROUNDS):
            able = [each for each in differences if each.remedy.does_anything]
            done += [each.finding for each in able if each.finding not in done]
            if seen is None or not able or dry_run:
                break
            refuse_files_of_others(client, seen.file, services)
            _mend_noted(slug, file, seen, able, now, services, by)
            # What lies in a folder is compared with the folder as it is now; what lay in the bin shows all only now.
            seen, differences = look.at(file)
        left += [each.finding for each in differences if not (dry_run and each.remedy.does_anything)]
    left += strays(wanted, services)
    return Repaired(slug, tuple(done), tuple(left))


def put_settings_back(
    slug: str, others: Iterable[OtherSettings], now: datetime, services: Services, by: str
) -> None:
    """Put locale and time zone of books back before a close reads them for good; noted as a repair. No cell is written."""
    for other in others:
        what = [
            f"presentation {each.code} «{other.title}» {each.present} → {each.wanted}"
            for each in other.differences
        ]
        requests = [request for each in other.differences for request in each.requests]
        with noted_repair(slug, what, now, services, by):
            services.creator.gateway.apply(other.file_id, requests)


def _mend_noted(
    slug: str,
    file: WantedFile,
    seen: SeenFile,
    differences: Iterable[FileDifference],
    now: datetime,
    services: Services,
    by: str,
) -> None:
    what = [_said(each.finding) for each in differences]
    with noted_repair(slug, what, now, services, by):
        _mend(file, seen, differences, services)


@contextmanager
def noted_repair(
    slug: str, what: Sequence[str], now: datetime, services: Services, by: str
) -> Iterator[None]:
    """Note what is going to be put right before it is done, and how it ended."""
    services.ledger.note_repair(slug, RepairEvent.BEGUN, what, by=by, at=now)
    try:
        yield
    except TabloError as stopped:
        reason = [type(stopped).__name__]
        services.ledger.note_repair(slug, RepairEvent.STOPPED, reason, by=by, at=now)
        raise
    services.ledger.note_repair(slug, RepairEvent.DONE, what, by=by, at=now)


def _said(finding: Finding) -> str:
    """Write a finding for the ledger; of access and place no pay is in it."""
    values = " → ".join(filter(None, (finding.present, finding.sealed)))
    return " ".join(filter(None, (finding.kind, finding.code, finding.month, finding.place, values)))


def _mend(
    file: WantedFile, seen: SeenFile, differences: Iterable[FileDifference], services: Services
) -> None:
    """Carry out the remedies of one file; a lock is lifted for what it refuses, and set again by the call after it."""
    drive, gateway = services.creator.drive, services.creator.gateway
    remedies = [each.remedy for each in differences]
    metadata = {name: value for each in remedies for name, value in each.metadata.items()}
    locked = {name: value for each in remedies for name, value in each.locked.items()}
    requests = [request for each in remedies for request in each.requests]
    parent = next((each.parent for each in remedies if each.parent), "")
    if metadata.pop("trashed", None) is not None:
        drive.update(file.file_id, trashed=False)
    if parent:
        drive.move(file.file_id, parent, seen.file.parents)
    carry_out(drive, file.file_id, [change for each in remedies for change in each.access])
    if (locked or requests) and seen.file.read_only:
        drive.update(file.file_id, contentRestrictions=[{"readOnly": False}])
    if requests:
        gateway.apply(file.file_id, requests, repeatable=False)
    changes = {**metadata, **locked}
    if file.lock_reason is not None and (changes or requests):
        changes["contentRestrictions"] = [content_restriction(file.lock_reason)]
    if changes:
        drive.update(file.file_id, **changes)
