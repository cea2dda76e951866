"""Requests about the spreadsheet itself and its tabs."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError

from sheets_emulator.book import defaults
from sheets_emulator.book.document import Sheet
from sheets_emulator.book.references import rename_everywhere
from sheets_emulator.cells.resources import sheet_properties
from sheets_emulator.requests.fields import mask_of, needed
from sheets_emulator.wire.errors import invalid
from sheets_emulator.wire.masks import update

if TYPE_CHECKING:
    from sheets_emulator.book.document import Document, Json
    from sheets_emulator.cells.editing import Editing

_OBJECT_IDS = ("filterViewId", "protectedRangeId", "chartId", "bandedRangeId", "slicerId", "tableId")
_LARGEST_ID = 2**31 - 1


def update_spreadsheet_properties(editing: Editing, body: Json) -> Json:
    """Title, locale, time zone, recalculation."""
    given = needed(body, "properties")
    mask = mask_of(body, "SpreadsheetProperties")
    for name in mask.keys() & {"spreadsheetTheme", "defaultFormat"}:
        raise invalid(f"Changing {name} is not emulated.")
    document = editing.document
    held = {"title": editing.file.name, **document.properties}
    update(held, given, mask)
    title = held.pop("title", "")
    if not title:
        raise invalid("Title cannot be empty.")
    check_region(held.get("locale", ""), held.get("timeZone", ""))
    held.pop("spreadsheetTheme", None)
    held.pop("defaultFormat", None)
    held.setdefault("autoRecalc", "ON_CHANGE")
    editing.file.name = title
    document.properties = defaults.normalise("SpreadsheetProperties", held)
    editing.cells_changed = True
    return {}


def check_region(locale: str, time_zone: str) -> None:
    """Refuse a locale or time zone that nobody knows.

    Raises:
        ApiError: 400.
    """
    try:
        Locale.parse(locale)
    except (UnknownLocaleError, ValueError, TypeError) as error:
        raise invalid(f"Unsupported locale: {locale}") from error
    if time_zone not in available_timezones():
        raise invalid(f"Invalid time zone: {time_zone}")


def add_sheet(editing: Editing, body: Json) -> Json:
    """A new tab, at the end or at `index`."""
    given: Json = dict(body.get("properties", {}))
    document = editing.document
    if given.get("sheetType", "GRID") != "GRID":
        raise invalid(f"Sheets of type {given['sheetType']} are not emulated.")
    given.setdefault("title", _free_title(document))
    check_title(document, given["title"], None)
    given["sheetId"] = _new_sheet_id(editing, given.get("sheetId"))
    sheet = Sheet(defaults.sheet_properties(given))
    check_grid(sheet)
    editing.check_size(sheet.row_count * sheet.column_count, sheet.column_count)
    place = given.get("index", len(document.sheets))
    if not 0 <= place <= len(document.sheets):
        raise invalid(f"Invalid index: {place}.")
    document.sheets.insert(place, sheet)
    editing.cells_changed = True
    return {"properties": sheet_properties(document, sheet)}


def _new_sheet_id(editing: Editing, wanted: int | None) -> int:
    if wanted is not None:
        if not 0 <= wanted <= _LARGEST_ID:
            raise invalid(f"Sheet IDs must be in the range [0, {_LARGEST_ID}].")
        if editing.document.sheet(wanted) is not None:
            raise invalid(
                f"A sheet with the id {wanted} already exists. Please specify a different id or leave it unset."
            )
        return wanted
    while editing.document.sheet(number := int(editing.engine.new_id("sheet"))) is not None:
        continue
    return number


def _free_title(document: Document) -> str:
    number = len(document.sheets) + 1
    while document.sheet_titled(f"Sheet{number}") is not None:
        number += 1
    return f"Sheet{number}"


def check_title(document: Document, title: str, own: Sheet | None) -> None:
    """Refuse a name that no tab may have, or that another has.

    Raises:
        ApiError: 400.
    """
    if not title:
        raise invalid("Sheet name cannot be empty.")
    if len(title) > 100:
        raise invalid("Sheet names cannot be longer than 100 characters.")
    other = document.sheet_titled(title)
    if other is not None and other is not own:
        raise invalid(f'A sheet with the name "{title}" already exists. Please enter another name.')


def check_grid(sheet: Sheet) -> None:
    """Refuse a tab without cells, or with nothing but frozen ones.

    Raises:
        ApiError: 400.
    """
    size = sheet.properties["gridProperties"]
    for name, kind in (("rowCount", "rows"), ("columnCount", "columns")):
        if size.get(name, 0) < 1:
            raise invalid(f"gridProperties.{name} must be at least 1: a sheet needs {kind}.")
    if size.get("frozenRowCount", 0) >= size["rowCount"]:
        raise invalid("You can't freeze all visible rows on the sheet.")
    if size.get("frozenColumnCount", 0) >= size["columnCount"]:
        raise invalid("You can't freeze all visible columns on the sheet.")


def update_sheet_properties(editing: Editing, body: Json) -> Json:
    """Name, place, size, colour, frozen rows, visibility of a tab."""
    given = needed(body, "properties")
    mask = mask_of(body, "SheetProperties")
    document = editing.document
    sheet = existing_sheet(document, given.get("sheetId", 0))
    editing.guard.check_sheet(sheet)
    held = copy.deepcopy(sheet.properties)
    place = document.sheets.index(sheet)
    held["index"] = place
    update(held, defaults.normalise("SheetProperties", given), mask)
    held["sheetId"] = sheet.sheet_id
    new_place = held.pop("index", 0)
    size = held.setdefault("gridProperties", {})
    wanted = (size.get("rowCount", 0), size.get("columnCount", 0))
    if min(wanted) < 1:
        raise invalid("You can't delete all the rows or columns on the sheet.")
    check_title(document, held.get("title", ""), sheet)
    if held.get("hidden") and all(s is sheet or s.properties.get("hidden") for s in document.sheets):
        raise invalid("You can't hide all the sheets in a document.")
    editing.check_size(wanted[0] * wanted[1] - sheet.row_count * sheet.column_count, wanted[1])
    old = (sheet.row_count, sheet.column_count)
    size["rowCount"], size["columnCount"] = old
    if held["title"] != sheet.title:
        rename_everywhere(document, sheet.title, held["title"])
        editing.cells_changed = True
    sheet.properties = defaults.normalise("SheetProperties", held)
    if wanted != old:
        sheet.resize(*wanted)
        editing.cells_changed = True
    check_grid(sheet)
    _move(document, sheet, place, new_place)
    return {}


def _move(document: Document, sheet: Sheet, place: int, new_place: int) -> None:
    """`index` counts the places before the move, so moving right lands one earlier."""
    if new_place == place:
        return
    if not 0 <= new_place <= len(document.sheets):
        raise invalid(f"Invalid index: {new_place}.")
    document.sheets.remove(sheet)
    document.sheets.insert(new_place - 1 if new_place > place else new_place, sheet)


def delete_sheet(editing: Editing, body: Json) -> Json:
    """Remove a tab with all that belongs to it."""
    document = editing.document
    sheet = existing_sheet(document, body.get("sheetId", 0))
    editing.guard.check_sheet(sheet)
    if len(document.sheets) == 1:
        raise invalid("You can't remove all the sheets in a document.")
    if all(other is sheet or other.properties.get("hidden") for other in document.sheets):
        raise invalid("You can't remove all the visible sheets in a document.")
    document.sheets.remove(sheet)
    gone = sheet.sheet_id
    document.named_ranges = [n for n in document.named_ranges if n["range"].get("sheetId", 0) != gone]
    document.developer_metadata = [
        m for m in document.developer_metadata if _metadata_sheet(m["location"]) != gone
    ]
    editing.cells_changed = True
    return {}


def _metadata_sheet(location: Json) -> int | None:
    sheet_id: int | None = location.get("sheetId", location.get("dimensionRange", {}).get("sheetId"))
    return sheet_id


def duplicate_sheet(editing: Editing, body: Json) -> Json:
    """A copy of a tab beside it."""
    document = editing.document
    source = existing_sheet(document, body.get("sourceSheetId", 0))
    title = body.get("newSheetName") or _copy_title(document, source.title)
    check_title(document, title, None)
    new_id = _new_sheet_id(editing, body.get("newSheetId"))
    twin = copied_sheet(editing, document, source, new_id, title)
    editing.check_size(twin.row_count * twin.column_count)
    place = body.get("insertSheetIndex", 0)
    if not 0 <= place <= len(document.sheets):
        raise invalid(f"Invalid index: {place}.")
    document.sheets.insert(place, twin)
    editing.cells_changed = True
    return {"properties": sheet_properties(document, twin)}


def _copy_title(document: Document, title: str) -> str:
    name, number = f"Copy of {title}", 1
    while document.sheet_titled(name) is not None:
        number += 1
        name = f"Copy of {title} {number}"
    return name


def copied_sheet(editing: Editing, origin: Document, source: Sheet, new_id: int, title: str) -> Sheet:
    """A tab like another, perhaps of another spreadsheet, with ids of its own; not yet put anywhere."""
    meta = copy.deepcopy(source.meta())
    twin = Sheet.from_meta(_relabelled(meta, source.sheet_id, new_id))
    twin.properties["title"] = title
    twin.properties.pop("hidden", None)
    for family in twin.objects.values():
        for one in family:
            for key in _OBJECT_IDS:
                if key in one:
                    one[key] = type(one[key])(editing.engine.new_id(key))
    taken = {one["name"].casefold() for sheet in editing.document.sheets for one in sheet.objects["tables"]}
    for table in twin.objects["tables"]:
        table["name"] = _free_name(table["name"], taken)
    styles, pool = origin.styles, editing.document.styles
    same = styles is pool
    numbers = {number: number if same else pool.number(styles[number]) for number in _used_styles(source)}
    for row in source.grid.rows:
        made = row.copy()
        made.styles = [numbers[number] for number in row.styles]
        twin.grid.rows.append(made)
    twin.grid.changed_from(0)
    return twin


def _free_name(name: str, taken: set[str]) -> str:
    """A table's name that no other has, and that is taken from now on."""
    made, number = name, 1
    while made.casefold() in taken:
        number += 1
        made = f"{name}_{number}"
    taken.add(made.casefold())
    return made


def _used_styles(sheet: Sheet) -> set[int]:
    return {number for row in sheet.grid.rows for number in row.styles}


def _relabelled(value: Any, old: int, new: int) -> Any:
    if isinstance(value, dict):
        return {n: new if n == "sheetId" and v == old else _relabelled(v, old, new) for n, v in value.items()}
    return [_relabelled(item, old, new) for item in value] if isinstance(value, list) else value


def copy_to(source: Editing, target: Editing, sheet_id: int) -> Json:
    """sheets.copyTo: a tab into another spreadsheet (or the same); SheetProperties of the copy."""
    sheet = existing_sheet(source.document, sheet_id)
    title = _copy_title(target.document, sheet.title)
    twin = copied_sheet(target, source.document, sheet, _new_sheet_id(target, None), title)
    target.check_size(twin.row_count * twin.column_count)
    for protected in twin.objects["protectedRanges"]:
        protected["editors"] = {"users": [target.caller.email]}
    target.document.sheets.append(twin)
    target.cells_changed = True
    return sheet_properties(target.document, twin)


def existing_sheet(document: Document, sheet_id: int) -> Sheet:
    """The tab with this id.

    Raises:
        ApiError: 400 `No sheet with id: …`.
    """
    sheet = document.sheet(sheet_id)
    if sheet is None:
        raise invalid(f"No sheet with id: {sheet_id}")
    return sheet


HANDLERS = {
    "updateSpreadsheetProperties": update_spreadsheet_properties,
    "addSheet": add_sheet,
    "updateSheetProperties": update_sheet_properties,
    "deleteSheet": delete_sheet,
    "duplicateSheet": duplicate_sheet,
}
