"""What tells outside of the ledger that a month was closed: files in the client's folders, tabs of the payroll book.

Somebody who works with an older ledger, a lost one's successor, or a copy on another machine, knows nothing of what
these files say. And whoever holds the ledger can cut its last month off: the files are still there (behaviour §7, §7a).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from kpi_rules.errors import ClientUnavailableError, IntegrityError, NewerFormError
from kpi_rules.time.periods import Month
from ledger import Client, Ledger, Seal, check_seal, public_key_text, read_seal
from ledger.seal_keys import load_key
from operations.facts.client_books import files_of
from operations.world.marks import FilePart, Marks, read_marks
from operations.world.services import Services
from sheets_sync.ports import FOLDER_TYPE, JSON_TYPE, BookPort, File, FilesPort, Sought
from sheets_sync.schema.layout import sheet_id

_MONTH_FIRST = re.compile(r"(\d{4}-\d{2})(?!\d)")
_AHEAD = 24
"""So many months after the last known one are looked for by the fixed id of their tab, whatever its title. Our choice."""

_IN_ORDER = (FilePart.SEALED_RECORD, FilePart.MONTH_ARCHIVE, FilePart.PAYROLL)
"""What proves a month before what only tells of it."""


@dataclass(frozen=True)
class Trace:
    """One thing outside that tells of a closed month. `name` is the file's, or the tab's title."""

    month: Month
    name: str
    part: FilePart
    file_id: str = ""
    close_id: str = ""
    sheet_id: int | None = None


@dataclass(frozen=True)
class Known:
    """What a ledger knows to be its own: files by their ids, closes by theirs, and the months that it sealed."""

    file_ids: Collection[str]
    close_ids: Collection[str]
    begun: Collection[Month]
    sealed: Collection[Month]


def known_to(ledger: Ledger, slug: str) -> Known:
    """Ask the ledger."""
    closes = ledger.close_ids(slug)
    sealed = {record.month for record in ledger.months(slug) if record.state == "closed"}
    return Known(ledger.close_files(slug), set(closes.values()), set(closes), sealed)


def unknown(traces: Iterable[Trace], known: Known) -> list[Trace]:
    """Choose the traces of months that the ledger has not sealed, of which it knows nothing, in order of months and of what they prove.

    A tab has no mark: of a close that the ledger has begun, the close itself looks whether it is its own.
    """

    def is_known(trace: Trace) -> bool:
        if trace.month in known.sealed or trace.file_id in known.file_ids:
            return True
        return (
            trace.month in known.begun
            if trace.part is FilePart.PAYROLL
            else trace.close_id in known.close_ids
        )

    told = (each for each in traces if not is_known(each))
    return sorted(told, key=lambda each: (each.month, _IN_ORDER.index(each.part), each.name))


def file_traces(client: Client, drive: FilesPort) -> list[Trace]:
    """List the archives and sealed records: by the client's id wherever they lie, in the client's folders by their name too."""
    folders = [folder for folder in (client.folder_id, client.records_folder_id) if folder]
    sought = [Sought({"tablo_client_id": client.id}), *(Sought(parent=folder) for folder in folders)]
    return list(_of_months(drive.find(*sought), client))


def _of_months(files: Iterable[File], client: Client) -> Iterator[Trace]:
    for file in files:
        marks = read_marks(file)
        part = _part(file, marks, client)
        month = marks.of_month or _month_in(file.name)
        if part is not None and month is not None:
            yield Trace(month, file.name, part, file.id, marks.close_id)


def _part(file: File, marks: Marks, client: Client) -> FilePart | None:
    """Tell what a file is by its marks; without any, by its kind and place."""
    months = (FilePart.MONTH_ARCHIVE, FilePart.SEALED_RECORD)
    if marks.part:
        return next((part for part in months if part == marks.part), None)
    if file.mime_type == FOLDER_TYPE or file.id in {client.workbook_id, client.payroll_id}:
        return None
    return FilePart.SEALED_RECORD if file.mime_type == JSON_TYPE else FilePart.MONTH_ARCHIVE


def _month_in(name: str) -> Month | None:
    found = _MONTH_FIRST.match(name)
    return _parsed(found[1]) if found else None


def _parsed(text: str) -> Month | None:
    try:
        return Month.parse(text)
    except ValueError:
        return None


def tab_traces(client: Client, gateway: BookPort, months: Collection[Month]) -> list[Trace]:
    """List the tabs of the payroll book that stand for a month: by the id that a close gives them, or the title.

    `months` are those that the ledger knows; ids are looked for among them and the two years after.
    """
    try:
        book = gateway.describe(files_of(client)[1], "sheets(properties(sheetId,title))")
    except ClientUnavailableError:
        return []
    known = [*months, Month.of(client.created_at.date())]
    by_id = {sheet_id("payroll", str(month)): month for month in _months(min(known), max(known).plus(_AHEAD))}
    traces = []
    for properties in (sheet["properties"] for sheet in book["sheets"]):
        number, title = properties.get("sheetId", 0), properties["title"]
        month = by_id.get(number) or (_parsed(title) if _MONTH_FIRST.fullmatch(title) else None)
        if month is not None:
            traces.append(Trace(month, title, FilePart.PAYROLL, sheet_id=number))
    return traces


def _months(first: Month, last: Month) -> Iterator[Month]:
    month = first
    while month <= last:
        yield month
        month = month.plus(1)


def seal_in(trace: Trace, client: Client, drive: FilesPort, keys: Collection[str]) -> Seal | None:
    """Give the seal that a file holds; None where it is none of this client's, or none that holds by one of the keys."""
    if trace.part is not FilePart.SEALED_RECORD:
        return None
    try:
        seal = read_seal(drive.download(trace.file_id))
        own = seal.record.get("client_id", client.id) == client.id and seal.client == client.slug
    except (IntegrityError, NewerFormError, KeyError):
        return None
    return seal if own and any(not check_seal(seal, key) for key in keys) else None


def trusted_keys(client: Client, services: Services) -> set[str]:
    """Give the public keys by which this client's seals may hold: of the ledger's seals, and those that it pins.

    A ledger that pins none yet has sealed nothing: then it is the key that lies here, if any does.
    """
    ledger = services.ledger
    keys = {seal.public_key for seal in ledger.seals(client.slug)}
    keys |= {pinned.public_key for pinned in ledger.pinned_keys()}
    key = None if keys else load_key(services.settings.home)
    return keys if key is None else {public_key_text(key)}
