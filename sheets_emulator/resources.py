"""Answers: a spreadsheet, its tabs and cells, in the shapes that Google gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sheets_emulator import defaults
from sheets_emulator.a1 import Area
from sheets_emulator.grid import CellError, Row, Scalar
from sheets_emulator.masks import wants
from sheets_emulator.number_formats import render

if TYPE_CHECKING:
    from sheets_emulator.document import Document, Json, Sheet
    from sheets_emulator.masks import Mask
    from sheets_emulator.protection import Guard
    from sheets_emulator.records import FileRecord

_STYLE_FIELDS = ("dataValidation", "note", "textFormatRuns", "pivotTable", "chipRuns")


@dataclass(frozen=True)
class View:
    """What an answer about a spreadsheet needs: whose, for whom, and how much of it is wanted."""

    file: FileRecord
    document: Document
    guard: Guard
    url: str
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
    for name, found in sheet.objects.items():
        if found and name == "protectedRanges":
            answer[name] = [view.guard.shown(one) for one in found]
        elif found:
            answer[name] = [without_zero_sheet(one) for one in found]
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
        cells = _Cells(view)
        rows = [cells.row(row, left, right) for row in sheet.grid.rows[top:bottom]]
        while rows and not rows[-1]:
            rows.pop()
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
                found = answer[i - start].get("developerMetadata", [])
                answer[i - start] = {
                    **answer[i - start],
                    "developerMetadata": [*found, metadata_resource(metadata)],
                }
    return answer


class _Cells:
    """Makes CellData; what follows from a style alone is made once."""

    def __init__(self, view: View) -> None:
        self._document = view.document
        self._formats: dict[tuple[int, str], Json] = {}
        path = ("sheets", "data", "rowData", "values")
        names = (
            "userEnteredValue",
            "effectiveValue",
            "formattedValue",
            "userEnteredFormat",
            "effectiveFormat",
        )
        self._wants = {name: wants(view.mask, *path, name) for name in (*names, "hyperlink", *_STYLE_FIELDS)}

    def row(self, row: Row, left: int, right: int) -> Json:
        """RowData of a part of a row; empty when nothing is there."""
        end = min(right, max(len(row.values), len(row.styles)))
        values = [self.cell(row, column) for column in range(left, end)]
        while values and not values[-1]:
            values.pop()
        return {"values": values} if values else {}

    def cell(self, row: Row, column: int) -> Json:
        """CellData: only what is wanted and there."""
        value, number, formula = row.value(column), row.style(column), row.formulas.get(column)
        style = self._document.styles[number]
        has_value = value is not None or formula is not None
        if not has_value and not style:
            return {}
        cell: Json = {}
        shown = self._wants
        if has_value:
            if shown["userEnteredValue"]:
                cell["userEnteredValue"] = (
                    {"formulaValue": formula} if formula is not None else extended_value(value)
                )
            if shown["effectiveValue"] and value is not None:
                cell["effectiveValue"] = extended_value(value)
            if shown["formattedValue"] and value is not None:
                cell["formattedValue"] = shown_text(value, style, self._document.locale)
        if shown["userEnteredFormat"] and "userEnteredFormat" in style:
            cell["userEnteredFormat"] = style["userEnteredFormat"]
        if shown["effectiveFormat"]:
            cell["effectiveFormat"] = self._effective_format(number, style, value)
        for name in _STYLE_FIELDS:
            if name in style and shown[name]:
                cell[name] = style[name]
        link = style.get("userEnteredFormat", {}).get("textFormat", {}).get("link", {}).get("uri")
        if link and shown["hyperlink"]:
            cell["hyperlink"] = link
        return cell

    def _effective_format(self, number: int, style: Json, value: Scalar) -> Json:
        key = (number, type(value).__name__)
        known = self._formats.get(key)
        if known is None:
            format_ = merged(defaults.DEFAULT_FORMAT, style.get("userEnteredFormat", {}))
            if value is not None and "horizontalAlignment" not in format_:
                format_["horizontalAlignment"] = _alignment(value)
            format_.setdefault("hyperlinkDisplayType", "PLAIN_TEXT")
            known = self._formats[key] = format_
        return known


def _alignment(value: Scalar) -> str:
    if isinstance(value, (bool, CellError)):
        return "CENTER"
    return "RIGHT" if isinstance(value, (int, float)) else "LEFT"


def merged(under: Json, over: Json) -> Json:
    """Nested dictionaries laid over one another."""
    result = dict(under)
    for name, value in over.items():
        below = result.get(name)
        nest = isinstance(value, dict) and isinstance(below, dict) and "olor" not in name
        result[name] = merged(below, value) if nest and isinstance(below, dict) else value
    return result


def extended_value(value: Scalar) -> Json:
    """A value as ExtendedValue."""
    if isinstance(value, CellError):
        return {"errorValue": {"type": value.type, "message": value.message}}
    if isinstance(value, bool):
        return {"boolValue": value}
    return {"numberValue": value} if isinstance(value, (int, float)) else {"stringValue": value or ""}


def shown_text(value: Scalar, style: Json, locale: str) -> str:
    """What the cell shows."""
    if value is None:
        return ""
    if isinstance(value, CellError):
        return str(value)
    return render(value, style.get("userEnteredFormat", {}).get("numberFormat"), locale)
