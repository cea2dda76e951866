"""Answers: a spreadsheet, its tabs and cells, in the shapes that Google gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sheets_emulator.book import defaults
from sheets_emulator.book.a1 import Area
from sheets_emulator.cells.cell_data import Cells
from sheets_emulator.wire.masks import wants

if TYPE_CHECKING:
    from datetime import datetime

    from sheets_emulator.book.document import Document, Json, Sheet
    from sheets_emulator.cells.protection import Guard
    from sheets_emulator.store.records import FileRecord
    from sheets_emulator.wire.masks import Mask


@dataclass(frozen=True)
class View:
    """What an answer about a spreadsheet needs: whose, for whom, and how much of it is wanted."""

    file: FileRecord
    document: Document
    guard: Guard
    url: str
    now: datetime
    mask: Mask | None = None


def spreadsheet(view: View, areas: list[Area], *, with_cells: bool) -> Json:
    """The Spreadsheet resource; with areas only the tabs that they touch, cells of the areas only."""
    document = view.document
    shown = [s for s in document.sheets if not areas or any(a.sheet is s for a in areas)]
    answer: Json = {
        "spreadsheetId": view.file.id,
        "properties": spreadsheet_properties(view.file, document),
        "sheets": [
            sheet_resource(view, sheet, [a for a in areas if a.sheet is sheet], with_cells=with_cells)
            for sheet in shown
        ],
    }
    if document.named_ranges:
        answer["namedRanges"] = [without_zero_sheet(named) for named in document.named_ranges]
    answer["spreadsheetUrl"] = f"{view.url}/spreadsheets/d/{view.file.id}/edit"
    metadata = metadata_at(document, {"locationType": "SPREADSHEET", "spreadsheet": True})
    if metadata:
        answer["developerMetadata"] = metadata
    return answer


def spreadsheet_properties(file: FileRecord, document: Document) -> Json:
    """SpreadsheetProperties; the title is the file's name."""
    return {
        "title": file.name,
        **document.properties,
        "defaultFormat": defaults.DEFAULT_FORMAT,
        "spreadsheetTheme": {"primaryFontFamily": "Arial", "themeColors": defaults.theme_colors()},
    }


def sheet_resource(view: View, sheet: Sheet, areas: list[Area], *, with_cells: bool) -> Json:
    """The Sheet resource; cells of the areas, or of the whole tab when there are none."""
    document = view.document
    answer: Json = {"properties": sheet_properties(document, sheet)}
    if with_cells:
        boxes = areas or [Area(sheet, 0, sheet.row_count, 0, sheet.column_count)]
        answer["data"] = [grid_data(view, area.within_grid()) for area in boxes]
    for name, objects in sheet.objects.items():
        if objects and name == "protectedRanges":
            answer[name] = [protection_resource(one, view.guard) for one in objects]
        elif objects and name == "tables":
            answer[name] = [table_resource(one) for one in objects]
        elif objects:
            answer[name] = [without_zero_sheet(one) for one in objects]
        if name == "filterViews" and sheet.basic_filter is not None:
            answer["basicFilter"] = without_zero_sheet(sheet.basic_filter)
    metadata = metadata_at(document, {"locationType": "SHEET", "sheetId": sheet.sheet_id})
    if metadata:
        answer["developerMetadata"] = metadata
    return answer


def sheet_properties(document: Document, sheet: Sheet) -> Json:
    """SheetProperties with the tab's place."""
    held = sheet.properties
    head = {"sheetId": held["sheetId"], "title": held["title"], "index": document.sheets.index(sheet)}
    return head | {name: value for name, value in held.items() if name not in head}


def without_zero_sheet(value: Any) -> Any:
    """A stored object for an answer: `sheetId` 0 is left out of ranges."""
    if isinstance(value, dict):
        return {
            name: without_zero_sheet(item)
            for name, item in value.items()
            if not (name == "sheetId" and item == 0)
        }
    return [without_zero_sheet(item) for item in value] if isinstance(value, list) else value


def protection_resource(protection: Json, guard: Guard) -> Json:
    """ProtectedRange as the caller sees it: editors only for those who may edit."""
    answer: Json = without_zero_sheet(protection)
    editors = answer.pop("editors", None)
    if guard.may_edit(protection):
        answer["requestingUserCanEdit"] = True
        if editors is not None:
            answer["editors"] = editors
    return answer


def table_resource(table: Json) -> Json:
    """Table for an answer: index 0 of a column is left out."""
    answer: Json = without_zero_sheet(table)
    answer["columnProperties"] = [
        {name: value for name, value in one.items() if (name, value) != ("columnIndex", 0)}
        for one in answer["columnProperties"]
    ]
    return answer


def metadata_at(document: Document, location: Json) -> list[Json]:
    """Developer metadata attached to exactly this place."""
    return [
        metadata_resource(m)
        for m in document.developer_metadata
        if all(m["location"].get(name) == value for name, value in location.items())
    ]


def metadata_resource(metadata: Json) -> Json:
    """DeveloperMetadata for an answer."""
    return {**metadata, "location": without_zero_sheet(metadata["location"])}


def grid_data(view: View, area: Area) -> Json:
    """GridData of a rectangle: rows behind the last that holds anything are not listed."""
    sheet, top, bottom, left, right = area.sheet, area.top, area.bottom, area.left, area.right
    answer: Json = {}
    if top:
        answer["startRow"] = top
    if left:
        answer["startColumn"] = left
    if wants(view.mask, "sheets", "data", "rowData"):
        cells = Cells(view.document, sheet, view.mask, range(top, bottom), range(left, right), view.now)
        rows = cells.rows()
        if rows:
            answer["rowData"] = rows
    if wants(view.mask, "sheets", "data", "rowMetadata"):
        answer["rowMetadata"] = _dimension_data(view, sheet, "ROWS", top, bottom)
    if wants(view.mask, "sheets", "data", "columnMetadata"):
        answer["columnMetadata"] = _dimension_data(view, sheet, "COLUMNS", left, right)
    return answer


def _dimension_data(view: View, sheet: Sheet, dimension: str, start: int, end: int) -> list[Json]:
    rows = dimension == "ROWS"
    held = sheet.row_properties if rows else sheet.column_properties
    plain = {"pixelSize": defaults.ROW_PIXELS if rows else defaults.COLUMN_PIXELS}
    answer: list[Json] = [
        {**held[i], "pixelSize": held[i].get("pixelSize", plain["pixelSize"])} if i in held else plain
        for i in range(start, end)
    ]
    for metadata in view.document.developer_metadata:
        place = metadata["location"].get("dimensionRange")
        if place and place.get("sheetId", 0) == sheet.sheet_id and place["dimension"] == dimension:
            for i in range(max(place["startIndex"], start), min(place["endIndex"], end)):
                before = answer[i - start].get("developerMetadata", [])
                answer[i - start] = {
                    **answer[i - start],
                    "developerMetadata": [*before, metadata_resource(metadata)],
                }
    return answer
