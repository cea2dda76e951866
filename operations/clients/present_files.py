"""A client's spreadsheet as it stands: every tab's cells as shown and as entered, its protections, its dropdowns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sheets_sync.a1 import column_letters, quoted
from sheets_sync.building.changes import SheetSize
from sheets_sync.building.entry_tabs import REGUARDED
from sheets_sync.building.upgrading import DROPDOWN_FIELDS, GUARD_FIELDS, PRESENT_FIELDS, PresentTab
from sheets_sync.ports import BookPort
from sheets_sync.reading.cells import Rows
from sheets_sync.reading.tables import locate
from sheets_sync.schema.layout import Book, sheet_id

_FIRST_ENTRIES = "{}!2:2"


def read_present(gateway: BookPort, file_id: str, book: Book) -> dict[int, PresentTab]:
    """Read a whole file, in five calls; what the system writes itself is read without its cells."""
    described = gateway.describe(file_id, PRESENT_FIELDS)["sheets"]
    outputs = {sheet_id(book.key, tab.key) for tab in book.outputs()}
    titles = {
        number: sheet["properties"]["title"]
        for number, sheet in ((sheet["properties"].get("sheetId", 0), sheet) for sheet in described)
        if number not in outputs and "gridProperties" in sheet["properties"]
    }
    shown, formulas = (_read(gateway, file_id, titles, formulas=formulas) for formulas in (False, True))
    dropdowns = _dropdowns(gateway, file_id, book, titles)
    validations = _validations(gateway, file_id, _reguarded(book, titles, shown))
    return {
        number: PresentTab(
            sheet["properties"]["title"],
            sheet["properties"]["index"],
            _size(number, sheet["properties"].get("gridProperties", {})),
            shown.get(number, []),
            formulas.get(number, []),
            tuple(sheet.get("protectedRanges", ())),
            len(sheet.get("conditionalFormats", ())),
            dropdowns.get(number, {}),
            validations.get(number, {}),
        )
        for number, sheet in ((sheet["properties"].get("sheetId", 0), sheet) for sheet in described)
    }


def _read(gateway: BookPort, file_id: str, titles: Mapping[int, str], *, formulas: bool) -> dict[int, Rows]:
    ranges = gateway.read(file_id, [quoted(title) for title in titles.values()], formulas=formulas)
    return {number: read.rows for number, read in zip(titles, ranges, strict=True)}


def _size(number: int, grid: Mapping[str, int]) -> SheetSize:
    return SheetSize(number, grid.get("rowCount", 0), grid.get("columnCount", 0))


def _dropdowns(
    gateway: BookPort, file_id: str, book: Book, titles: Mapping[int, str]
) -> dict[int, dict[int, tuple[str, ...]]]:
    """Read what the dropdowns of the first row below the headers offer."""
    own = {sheet_id(book.key, tab.key) for tab in book.inputs()}
    ranges = [_FIRST_ENTRIES.format(quoted(title)) for number, title in titles.items() if number in own]
    described = gateway.describe(file_id, DROPDOWN_FIELDS, ranges) if ranges else {"sheets": ()}
    return {
        sheet["properties"].get("sheetId", 0): {
            position: words for position, cell in enumerate(_first_row(sheet)) if (words := _words(cell))
        }
        for sheet in described["sheets"]
    }


def _reguarded(book: Book, titles: Mapping[int, str], shown: Mapping[int, Rows]) -> list[str]:
    """Give the ranges of the columns that an earlier release guarded otherwise, below their headers."""
    ranges = []
    for tab in book.inputs():
        number = sheet_id(book.key, tab.key)
        if number in titles:
            places = locate(tab, shown.get(number, [])).places
            columns = (column for column in tab.columns if column.kind in REGUARDED and column.key in places)
            letters = (column_letters(places[column.key]) for column in columns)
            ranges += [f"{quoted(titles[number])}!{letter}2:{letter}" for letter in letters]
    return ranges


def _validations(
    gateway: BookPort, file_id: str, ranges: Sequence[str]
) -> dict[int, dict[int, list[Mapping[str, Any]]]]:
    """Read what guards each cell of these columns, by tab and position."""
    described = gateway.describe(file_id, GUARD_FIELDS, ranges) if ranges else {"sheets": ()}
    return {
        sheet["properties"].get("sheetId", 0): {
            grid.get("startColumn", 0): [_validation(row) for row in grid.get("rowData", ())]
            for grid in sheet.get("data", ())
        }
        for sheet in described["sheets"]
    }


def _validation(row: Mapping[str, Any]) -> Mapping[str, Any]:
    [cell] = row.get("values") or [{}]
    told: Mapping[str, Any] = cell.get("dataValidation", {})
    return told


def _first_row(sheet: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    for grid in sheet.get("data", ()):
        for row in grid.get("rowData", ()):
            cells: Sequence[Mapping[str, Any]] = row.get("values", ())
            return cells
    return ()


def _words(cell: Mapping[str, Any]) -> tuple[str, ...]:
    condition = cell.get("dataValidation", {}).get("condition", {})
    if condition.get("type") != "ONE_OF_LIST":
        return ()
    return tuple(value.get("userEnteredValue", "") for value in condition.get("values", ()))
