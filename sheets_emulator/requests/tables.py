"""Requests about tables: a named range with a header, typed columns and rows that can be appended.

The header cells hold the columns' names. A column's type gives its cells their number format, checkbox or
dropdown. Structured references in formulas (`Table1[Sum]`) are not emulated.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from sheets_emulator.book import defaults
from sheets_emulator.book.a1 import Area, resolve
from sheets_emulator.cells.cell_data import shown_text
from sheets_emulator.cells.resources import table_resource
from sheets_emulator.requests.cells import append_behind_data, cell_mask, set_data_validation, write_rows
from sheets_emulator.requests.fields import find_object, mask_of, needed
from sheets_emulator.requests.inserting import insert_range
from sheets_emulator.requests.lifting import Cell, put
from sheets_emulator.wire.errors import invalid
from sheets_emulator.wire.masks import update

if TYPE_CHECKING:
    from sheets_emulator.book.document import Json, Sheet
    from sheets_emulator.cells.editing import Editing

_FORMATS = {
    "DOUBLE": "NUMBER",
    **{kind: kind for kind in ("CURRENCY", "PERCENT", "DATE", "TIME", "DATE_TIME", "TEXT")},
}


def add_table(editing: Editing, body: Json) -> Json:
    """A table over a range; its first row is the header."""
    given = needed(body, "table")
    number = given.get("tableId") or editing.engine.new_id("table")
    if find_object(editing.document, "tables", "tableId", number):
        raise invalid(f"A table with id {number} already exists.")
    made = _checked(editing, {**given, "tableId": number}, None)
    _lay_out(editing, made)
    resolve(editing.document, made["range"]).sheet.objects["tables"].append(made)
    return {"table": table_resource(made)}


def update_table(editing: Editing, body: Json) -> Json:
    """Change a table's name, range, columns or colours."""
    given = needed(body, "table")
    sheet, held = _existing(editing, given.get("tableId", ""))
    mask = mask_of(body, "Table")
    wanted = copy.deepcopy(held)
    update(wanted, given, mask)
    wanted["tableId"] = held["tableId"]
    if "range" in mask and "columnProperties" not in mask:
        wanted.pop("columnProperties", None)  # read anew from the header
    made = _checked(editing, wanted, held)
    _lay_out(editing, made)
    sheet.objects["tables"].remove(held)
    resolve(editing.document, made["range"]).sheet.objects["tables"].append(made)
    return {}


def delete_table(editing: Editing, body: Json) -> Json:
    """Remove a table with what stands in it."""
    sheet, held = _existing(editing, body.get("tableId", ""))
    area = resolve(editing.document, held["range"])
    editing.guard.check(area)
    for row in range(area.top, min(area.bottom, len(sheet.grid.rows))):
        for column in range(area.left, area.right):
            put(editing, sheet, row, column, Cell(None, None, 0))
    sheet.objects["tables"].remove(held)
    return {}


def append_cells(editing: Editing, body: Json) -> Json:
    """Rows of CellData behind the data of a tab, or of a table, which grows with them."""
    if "tableId" not in body:
        return append_behind_data(editing, body)
    mask, rows = cell_mask(body), body.get("rows", [])
    area = _room(editing, body["tableId"], len(rows))
    width = max((len(row.get("values", [])) for row in rows), default=0)
    if width > area.right - area.left:
        raise invalid(f"The table has only {area.right - area.left} columns.")
    write_rows(editing, area, rows, mask, clear_rest=False)
    return {}


def refit(editing: Editing) -> None:
    """Let the tables' columns be what the headers say: columns come, go and get other names with their cells."""
    for sheet in editing.document.sheets:
        for table in sheet.objects["tables"]:
            area = resolve(editing.document, table["range"])
            old = table["columnProperties"]
            width = area.right - area.left
            by_name = {one["columnName"]: one for one in old}
            refitted = []
            for index in range(width):
                name = _header(editing, area, index)
                one = by_name.get(name) or (old[index] if len(old) == width else {})
                refitted.append(
                    {**one, "columnIndex": index, "columnName": name or one.get("columnName", "")}
                )
            if refitted != old:
                table["columnProperties"] = _columns(editing, area, _with_names_of_their_own(refitted))
                _lay_out(editing, table)


def _with_names_of_their_own(columns: list[Json]) -> list[Json]:
    """Doubled headers made different by a number, as Google does."""
    taken: set[str] = set()
    made = []
    for one in columns:
        name, number = one["columnName"], 1
        while name and name.casefold() in taken:
            number += 1
            name = f"{one['columnName']} {number}"
        taken.add(name.casefold())
        made.append({**one, "columnName": name})
    return made


def _room(editing: Editing, table_id: str, count: int) -> Area:
    """The free rows for so many new ones behind a table's data; the table grows, what lies below moves down."""
    sheet, held = _existing(editing, table_id)
    area = resolve(editing.document, held["range"])
    end = area.bottom - ("footerColorStyle" in held.get("rowsProperties", {}))
    top = end
    while top > area.top + 1 and not _has_data(sheet, top - 1, area):
        top -= 1
    missing = top + count - end
    if missing > 0:
        place = {
            **held["range"],
            "startRowIndex": end,
            "endRowIndex": end + missing,
        }
        editing.grow(sheet, end + missing, sheet.column_count)
        insert_range(editing, {"range": place, "shiftDimension": "ROWS"})
        held["range"]["endRowIndex"] = area.bottom + missing
        _lay_out(editing, held)
    return Area(sheet, top, top + count, area.left, area.right)


def _has_data(sheet: Sheet, row: int, area: Area) -> bool:
    held = sheet.grid.row(row)
    return held is not None and any(
        held.value(column) not in (None, False) or column in held.formulas
        for column in range(area.left, area.right)
    )


def _existing(editing: Editing, number: str) -> tuple[Sheet, Json]:
    existing = find_object(editing.document, "tables", "tableId", number)
    if existing is None:
        raise invalid(f"No table with id: {number}")
    return existing


def _checked(editing: Editing, given: Json, own: Json | None) -> Json:
    """A table as it is kept: bounded, its name its own, every column described."""
    area = resolve(editing.document, needed(given, "range"))
    if area.exceeds():
        raise invalid(area.limits_error())
    if area.bottom - area.top < 1 or area.right - area.left < 1:
        raise invalid("A table needs a header row.")
    editing.guard.check(area)
    others = [one for sheet in editing.document.sheets for one in sheet.objects["tables"] if one is not own]
    name = given.get("name") or _free_name(others)
    if any(one["name"].casefold() == name.casefold() for one in others):
        raise invalid(f"A table with name: {name} already exists.")
    for one in others:
        if area.meets(resolve(editing.document, one["range"])):
            raise invalid("A table cannot overlap another table.")
    head = {"tableId": given["tableId"], "name": name, "range": area.as_grid_range()}
    rows = defaults.normalise("TableRowsProperties", given.get("rowsProperties", {}))
    columns = _columns(editing, area, given.get("columnProperties", []))
    return head | ({"rowsProperties": rows} if rows else {}) | {"columnProperties": columns}


def _free_name(others: list[Json]) -> str:
    taken, number = {one["name"].casefold() for one in others}, 1
    while f"table{number}" in taken:
        number += 1
    return f"Table{number}"


def _columns(editing: Editing, area: Area, given: list[Json]) -> list[Json]:
    described = {one.get("columnIndex", 0): one for one in given}
    if described and max(described) >= area.right - area.left:
        raise invalid(
            f"Invalid columnIndex: {max(described)}. The table has {area.right - area.left} columns."
        )
    columns, names = [], set()
    for index in range(area.right - area.left):
        one = defaults.normalise("TableColumnProperties", described.get(index, {}))
        name = one.get("columnName") or _header(editing, area, index) or f"Column {index + 1}"
        if name.casefold() in names:
            raise invalid(f"The table has two columns with the name: {name}")
        names.add(name.casefold())
        rule = one.get("dataValidationRule", {}).get("condition", {})
        if rule and (one.get("columnType") != "DROPDOWN" or rule.get("type") != "ONE_OF_LIST"):
            raise invalid("dataValidationRule is for dropdown columns, with a condition ONE_OF_LIST.")
        columns.append({"columnIndex": index, **one, "columnName": name})
    return columns


def _header(editing: Editing, area: Area, index: int) -> str:
    grid, document = area.sheet.grid, editing.document
    column = area.left + index
    style = document.styles[grid.style(area.top, column)]
    return shown_text(grid.value(area.top, column), style, document.locale)


def _lay_out(editing: Editing, table: Json) -> None:
    """Write the header, and give the columns' cells what their types ask for."""
    area = resolve(editing.document, table["range"])
    for one in table["columnProperties"]:
        column = area.left + one["columnIndex"]
        if _header(editing, area, one["columnIndex"]) != one["columnName"]:
            editing.enter_raw(area.sheet, area.top, column, one["columnName"])
        cells = Area(area.sheet, area.top + 1, area.bottom, column, column + 1)
        if cells.bottom > cells.top:
            _type_column(editing, cells, one)


def _type_column(editing: Editing, cells: Area, described: Json) -> None:
    kind = described.get("columnType", "")
    condition = described.get("dataValidationRule", {}).get("condition")
    if kind == "BOOLEAN":
        condition = {"type": "BOOLEAN"}
    if condition:
        rule = {"condition": condition, "showCustomUi": True}
        set_data_validation(editing, {"range": cells.as_grid_range(), "rule": rule})
    if kind not in _FORMATS:
        return
    styles, grid = editing.document.styles, cells.sheet.grid
    for row in range(cells.top, cells.bottom):
        style = styles[grid.style(row, cells.left)]
        look = style.get("userEnteredFormat", {})
        if look.get("numberFormat", {}).get("type") != _FORMATS[kind]:
            look = {**look, "numberFormat": {"type": _FORMATS[kind]}}
            grid.writable(row).set_style(cells.left, styles.number({**style, "userEnteredFormat": look}))


HANDLERS = {
    "addTable": add_table,
    "updateTable": update_table,
    "deleteTable": delete_table,
    "appendCells": append_cells,
}
