"""One look at all files of a client: is everything where it was put, and may those open it who should? Changes nothing.

Per file it is one call for metadata, one for permissions and, of spreadsheets, one for what guards their tabs; closed
content is not read (that is `verify`'s).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from kpi_rules.errors import ClientUnavailableError
from operations.access.differences import FileDifference, Folder, file_differences, keepers_of
from operations.access.findings import Finding, FindingKind, of_ledger
from operations.access.seen import SeenFile, look_at
from operations.access.wanted import FOLDERS, WantedFile, WantedFiles, wanted_files
from operations.world.marks import FilePart, Marks, is_of_client, read_marks
from operations.world.services import Services
from sheets_sync.ports import File, Sought

_TOLD_BY_CONTENT = frozenset(
    {FilePart.WORKBOOK, FilePart.PAYROLL, FilePart.MONTH_ARCHIVE, FilePart.SEALED_RECORD}
)


@dataclass
class Look:
    """A look at a client's files as it goes: what must be, and what was seen of the folders above."""

    wanted: WantedFiles
    services: Services
    folders: dict[str, Folder] = field(default_factory=dict)

    def at(self, file: WantedFile) -> tuple[SeenFile | None, tuple[FileDifference, ...]]:
        """Look at one file, after the folder that it lies in, and compare it."""
        seen = look_at(file, self.services)
        if seen is not None:
            self._know_above(seen)
            if file.part in FOLDERS:
                self.folders[file.file_id] = _folder(seen)
        return seen, tuple(file_differences(file, seen, self.wanted, self.folders))

    def _know_above(self, seen: SeenFile) -> None:
        """Look at the folders that rights come from, so that whoever can take them off is named."""
        details = [each for one in seen.permissions for each in one.get("permissionDetails", ())]
        sources = {str(each["inheritedFrom"]) for each in details if each.get("inheritedFrom")}
        drive = self.services.creator.drive
        for folder_id in sorted(sources.union(seen.file.parents).difference(self.folders)):
            try:
                found = SeenFile(drive.file(folder_id), drive.permissions(folder_id))
            except ClientUnavailableError:
                continue  # whoever shares from there lets nobody look
            self.folders[folder_id] = _folder(found)


def _folder(seen: SeenFile) -> Folder:
    return Folder(seen.file.name, seen.permissions, keepers_of(seen.permissions))


@dataclass(frozen=True)
class Checked:
    """What a look at a client's files tells, and at how many files it looked."""

    client: str
    files: int
    findings: tuple[Finding, ...]
    gone: frozenset[str] = frozenset()
    """Ids of files that are gone and of which a verification of closed content tells by itself."""


def check_client(slug: str, services: Services) -> Checked:
    """Look at every file of a client that the ledger knows, and at what else lies in the client's folders.

    The ledger comes first: where it was changed it says no more what should be.
    """
    client = services.ledger.client(slug)
    wanted = wanted_files(client, services)
    look, gone = Look(wanted, services), set[str]()
    findings = [of_ledger(fault) for fault in services.ledger.check(slug)]
    for file in wanted.files:
        services.progress(file.name)
        seen, differences = look.at(file)
        findings += [each.finding for each in differences]
        if seen is None and file.part in _TOLD_BY_CONTENT:
            gone.add(file.file_id)
    findings += strays(wanted, services)
    return Checked(slug, len(wanted.files), tuple(findings), frozenset(gone))


def strays(wanted: WantedFiles, services: Services) -> Iterator[Finding]:
    """Name what lies in the client's folders and is none of the files that the ledger knows: a double, or a stranger's.

    What a close that is not finished has made so far is neither, nor what tells of a month that the ledger lost.
    """
    folders = [file.file_id for file in wanted.files if file.part in FOLDERS]
    closes = services.ledger.close_ids(wanted.client.slug)
    sealed = {file.month for file in wanted.files if file.month}
    found = services.creator.drive.find(*(Sought(parent=folder) for folder in folders)) if folders else []
    for file in found:
        if file.id in wanted.ids:
            continue
        marks = read_marks(file)
        if marks.close_id and (marks.close_id not in closes.values() or marks.month not in sealed):
            continue
        code = "double" if _is_a_double(file, marks, wanted) else "stranger_in_folder"
        yield Finding(marks.month, code, f"«{file.name}»", "", file.id, FindingKind.PLACE)


def _is_a_double(file: File, marks: Marks, wanted: WantedFiles) -> bool:
    own = {(known.part, known.month) for known in wanted.files}
    same_marks = any(is_of_client(marks, wanted.client, part) and marks.month == month for part, month in own)
    return same_marks or file.name in {known.name for known in wanted.files}
