"""spreadsheets.create: the tabs that the request describes, made by the requests that a batch would make them with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sheets_emulator.book.defaults import sheet_properties
from sheets_emulator.book.document import Sheet
from sheets_emulator.requests import run_batch
from sheets_emulator.requests.sheets import check_grid, check_title
from sheets_emulator.wire.errors import ApiError, invalid

if TYPE_CHECKING:
    from sheets_emulator.book.document import Json
    from sheets_emulator.cells.editing import Editing

# A field of Sheet → the request that makes one such object, and the field of that request.
_OBJECTS = {
    "merges": ("mergeCells", "range"),
    "conditionalFormats": ("addConditionalFormatRule", "rule"),
    "filterViews": ("addFilterView", "filter"),
    "charts": ("addChart", "chart"),
    "bandedRanges": ("addBanding", "bandedRange"),
    "slicers": ("addSlicer", "slicer"),
    "tables": ("addTable", "table"),
    "protectedRanges": ("addProtectedRange", "protectedRange"),
}
_SIZES = ("pixelSize", "hiddenByUser")


def add_given_sheet(editing: Editing, given: Json, number: int) -> None:
    """Add a tab with its cells and objects; `number` is its place in the request.

    Raises:
        ApiError: 400, naming the tab: `Invalid sheets[1]: …`.
    """
    try:
        sheet = _bare_sheet(editing, given, number)
        requests = [*_cells(sheet, given), *_objects(sheet, given), *_groups(sheet, given)]
        if requests:
            run_batch(editing, requests)
    except ApiError as error:
        if error.status == "INVALID_ARGUMENT":
            error.message = f"Invalid sheets[{number}]: {error.message}"
        raise


def _bare_sheet(editing: Editing, given: Json, number: int) -> Sheet:
    properties = {"title": f"Sheet{number + 1}", **given.get("properties", {})}
    if properties.get("sheetType", "GRID") != "GRID":
        raise invalid(f"Sheets of type {properties['sheetType']} are not emulated.")
    if "sheetId" not in properties:
        properties["sheetId"] = 0 if number == 0 else int(editing.engine.new_id("sheet"))
    if editing.document.sheet(properties["sheetId"]):
        raise invalid("sheet ids must differ.")
    check_title(editing.document, properties["title"], None)
    sheet = Sheet(sheet_properties(properties))
    check_grid(sheet)
    editing.check_size(sheet.row_count * sheet.column_count, sheet.column_count)
    editing.document.sheets.append(sheet)
    return sheet


def _cells(sheet: Sheet, given: Json) -> list[Json]:
    requests: list[Json] = []
    for data in given.get("data", []):
        top, left = data.get("startRow", 0), data.get("startColumn", 0)
        start = {"sheetId": sheet.sheet_id, "rowIndex": top, "columnIndex": left}
        if data.get("rowData"):
            request = {"rows": data["rowData"], "start": start, "fields": "*"}
            requests.append({"updateCells": request})
        for dimension, first in (("ROWS", top), ("COLUMNS", left)):
            about = data.get("rowMetadata" if dimension == "ROWS" else "columnMetadata", [])
            for index, one in enumerate(about, start=first):
                requests += _dimension(sheet, dimension, index, one)
    return requests


def _dimension(sheet: Sheet, dimension: str, index: int, about: Json) -> list[Json]:
    place = {"sheetId": sheet.sheet_id, "dimension": dimension, "startIndex": index, "endIndex": index + 1}
    known = {name: about[name] for name in _SIZES if name in about}
    requests: list[Json] = []
    if known:
        change = {"range": place, "properties": known, "fields": ",".join(known)}
        requests.append({"updateDimensionProperties": change})
    return requests + [
        {"createDeveloperMetadata": {"developerMetadata": {**one, "location": {"dimensionRange": place}}}}
        for one in about.get("developerMetadata", [])
    ]


def _objects(sheet: Sheet, given: Json) -> list[Json]:
    requests: list[Json] = []
    for family, (kind, field) in _OBJECTS.items():
        for number, one in enumerate(given.get(family, [])):
            made = _at_home(sheet, {field: one})
            if family in ("charts", "slicers") and "position" not in one:
                anchor = {"anchorCell": {"sheetId": sheet.sheet_id}}
                made[field]["position"] = {"overlayPosition": anchor}
            requests.append({kind: made | ({"index": number} if family == "conditionalFormats" else {})})
    if "basicFilter" in given:
        requests.append({"setBasicFilter": _at_home(sheet, {"filter": given["basicFilter"]})})
    location = {"sheetId": sheet.sheet_id}
    return requests + [
        {"createDeveloperMetadata": {"developerMetadata": {**one, "location": location}}}
        for one in given.get("developerMetadata", [])
    ]


def _groups(sheet: Sheet, given: Json) -> list[Json]:
    requests: list[Json] = []
    for family in ("rowGroups", "columnGroups"):
        for group in sorted(given.get(family, []), key=lambda one: one.get("depth", 1)):
            made = _at_home(sheet, group)
            requests.append({"addDimensionGroup": {"range": made.get("range", {})}})
            if group.get("collapsed"):
                requests.append({"updateDimensionGroup": {"dimensionGroup": made, "fields": "collapsed"}})
    return requests


def _at_home(sheet: Sheet, value: Any) -> Any:
    """An object whose ranges name the tab where they name none."""
    if isinstance(value, list):
        return [_at_home(sheet, item) for item in value]
    if not isinstance(value, dict):
        return value
    inner = {name: _at_home(sheet, item) for name, item in value.items()}
    for name in ("range", "ranges"):
        places = inner.get(name, [])
        for place in places if isinstance(places, list) else [places]:
            place.setdefault("sheetId", sheet.sheet_id)
    return inner
