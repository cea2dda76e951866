"""What lies at Google of a client that a ledger does not know, or not wholly: its files, and its sealed records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kpi_rules.errors import ClientUnavailableError, IntegrityError, RefusedError
from ledger import Client, Seal, read_seal
from operations.adopting.record_chain import Chain, RecordFile
from operations.world.marks import FilePart, Marks, read_marks
from sheets_sync.ports import JSON_TYPE, File, FilesPort, Sought

_NAMED = 5
_PARTS = {
    "workbook": FilePart.WORKBOOK,
    "payroll": FilePart.PAYROLL,
    "archive": FilePart.ARCHIVE_FOLDER,
    "records": FilePart.RECORDS_FOLDER,
}
"""The files that a sealed record names."""


@dataclass(frozen=True)
class Marked:
    """A file with what it says of itself."""

    file: File
    marks: Marks


@dataclass(frozen=True)
class Outside:
    """All that was seen of a client: files by their marks, sealed records, and what lies in the bin."""

    files: tuple[Marked, ...]
    records: tuple[RecordFile, ...]
    binned: tuple[str, ...]


def look_outside(slug: str, known: Client | None, drive: FilesPort) -> Outside:
    """Search for everything that bears the client's short name, and read the sealed records among it.

    Raises NewerFormError where one of these was sealed by a newer program.
    """
    mark = {"tablo_client": slug}
    files = [Marked(file, read_marks(file)) for file in drive.find(Sought(mark), Sought(app_marks=mark))]
    folders = {each.file.id for each in files if each.marks.part == FilePart.RECORDS_FOLDER}
    if known and known.records_folder_id:
        folders.add(known.records_folder_id)
    inside = drive.find(*(Sought(parent=folder) for folder in sorted(folders))) if folders else []
    candidates = {file.id: file for file in inside if file.mime_type == JSON_TYPE}
    candidates |= {each.file.id: each.file for each in files if each.marks.part == FilePart.SEALED_RECORD}
    records = tuple(RecordFile(file, _seal_of(file, drive)) for file in candidates.values())
    binned = drive.find(Sought(mark, trashed=True), Sought(app_marks=mark, trashed=True))
    names = tuple(file.name for file in binned if read_marks(file).part != FilePart.MONTH_ARCHIVE)
    return Outside(tuple(files), records, names)


def refuse_binned(slug: str, outside: Outside) -> None:
    """Refuse while files of the client lie in the bin: a person takes them out first. Raises RefusedError."""
    if outside.binned:
        names = ", ".join(f"«{name}»" for name in outside.binned[:_NAMED])
        raise RefusedError("adopt_in_bin", client=slug, names=names, count=len(outside.binned))


def files_of_chain(slug: str, chain: Chain, outside: Outside, drive: FilesPort) -> Mapping[FilePart, File]:
    """Give workbook, payroll book and both folders: those that the last seal names, else by their marks.

    Raises RefusedError where one is out of reach or in the bin, or where several bear the same marks.
    """
    named = chain.seals[-1].record.get("files", {})
    return {
        part: _named_file(slug, str(named[key]), drive)
        if named.get(key)
        else _marked_file(slug, part, outside)
        for key, part in _PARTS.items()
    }


def _named_file(slug: str, file_id: str, drive: FilesPort) -> File:
    try:
        file = drive.file(file_id)
    except ClientUnavailableError:
        raise RefusedError("adopt_out_of_reach", client=slug, file=file_id) from None
    if file.trashed:
        raise RefusedError("adopt_in_bin", client=slug, names=f"«{file.name}»", count=1)
    return file


def _marked_file(slug: str, part: FilePart, outside: Outside) -> File:
    found = [each.file for each in outside.files if each.marks.part == part and not each.marks.close_id]
    if len(found) != 1:
        raise RefusedError("adopt_out_of_reach", client=slug, file=str(part))
    return found[0]


def archive_of_close(close_id: str, folder: File, outside: Outside) -> File | None:
    """Give the archive that a close made, in the client's own folder; copies elsewhere bear the same marks."""
    for each in outside.files:
        is_it = each.marks.part == FilePart.MONTH_ARCHIVE and each.marks.close_id == close_id
        if is_it and folder.id in each.file.parents:
            return each.file
    return None


def homes(workbook: File, outside: Outside) -> Iterator[File]:
    """Give the client's own folder, in which everything else lies."""
    for each in outside.files:
        if each.marks.part == FilePart.HOME and each.file.id in workbook.parents:
            yield each.file


def _seal_of(file: File, drive: FilesPort) -> Seal | None:
    try:
        return read_seal(drive.download(file.id))
    except IntegrityError:
        return None
