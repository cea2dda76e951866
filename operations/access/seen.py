"""One look at a file of a client: its metadata, who may open it, and of a spreadsheet what guards and names its tabs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kpi_rules.errors import ClientUnavailableError
from operations.access.wanted import WantedFile
from operations.world.marks import FilePart
from operations.world.services import Services
from sheets_sync.a1 import quoted
from sheets_sync.building.standing import BOOK_FIELDS
from sheets_sync.ports import BookPort, File
from sheets_sync.schema.layout import sheet_id

Permissions = Sequence[Mapping[str, Any]]
_SPREADSHEETS = frozenset({FilePart.WORKBOOK, FilePart.PAYROLL, FilePart.MONTH_ARCHIVE})


@dataclass(frozen=True)
class SeenFile:
    """A file as it is now. `sheets` is Google's resource of the spreadsheet, `headers` the first row of each input tab."""

    file: File
    permissions: Permissions
    sheets: Mapping[str, Any] | None = None
    headers: Mapping[int, Sequence[Any]] = field(default_factory=dict)


def look_at(wanted: WantedFile, services: Services) -> SeenFile | None:
    """Look at a file by the creator; None where it is gone. Of one in the bin the content is not asked for."""
    drive, gateway = services.creator.drive, services.creator.gateway
    try:
        file = drive.file(wanted.file_id)
        permissions = drive.permissions(wanted.file_id)
        if wanted.part not in _SPREADSHEETS or file.trashed:
            return SeenFile(file, permissions)
        sheets = gateway.describe(wanted.file_id, BOOK_FIELDS)
        return SeenFile(file, permissions, sheets, _headers(wanted, sheets, gateway))
    except ClientUnavailableError:
        return None


def _headers(wanted: WantedFile, sheets: Mapping[str, Any], gateway: BookPort) -> dict[int, Sequence[Any]]:
    """Read the header rows: a column is guarded where it stands, and people may have moved it."""
    if wanted.book is None:
        return {}
    own = {sheet_id(wanted.book.key, tab.key) for tab in wanted.book.inputs()}
    titles = {
        sheet["properties"].get("sheetId", 0): sheet["properties"]["title"] for sheet in sheets["sheets"]
    }
    asked = [number for number in titles if number in own]
    ranges = [f"{quoted(titles[number])}!1:1" for number in asked]
    rows = gateway.read(wanted.file_id, ranges) if ranges else []
    return {number: (read.rows or [[]])[0] for number, read in zip(asked, rows, strict=True)}
