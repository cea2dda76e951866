"""Requests that write cells: values, formats, notes, validation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sheets_emulator.book import defaults
from sheets_emulator.book.a1 import Area, corner, grid_sheet, resolve
from sheets_emulator.book.references import translated
from sheets_emulator.cells.conditions import VALIDATION, check_condition
from sheets_emulator.requests.fields import mask_of, needed
from sheets_emulator.wire.errors import invalid
from sheets_emulator.wire.masks import Mask, update

if TYPE_CHECKING:
    from sheets_emulator.book.document import Document, Json
    from sheets_emulator.cells.editing import Editing

_READ_ONLY = ("effectiveValue", "formattedValue", "effectiveFormat", "hyperlink")
_STYLE_FIELDS = ("userEnteredFormat", "dataValidation", "note", "textFormatRuns", "chipRuns")
_NOT_EMULATED = ("pivotTable", "dataSourceTable", "dataSourceFormula")


class StyleChange:
    """Applies the style part of CellData under a mask; each distinct change is worked out once."""

    def __init__(self, document: Document, mask: Mask) -> None:
        every = "*" in mask
        self.sets_value = every or "userEnteredValue" in mask
        self._mask: Mask = (
            {name: {} for name in _STYLE_FIELDS}
            if every
            # Formats are merged; of everything else "the new … will overwrite any prior" (CellData).
            else {n: b if n == "userEnteredFormat" else {} for n, b in mask.items() if n in _STYLE_FIELDS}
        )
        self.sets_style = bool(self._mask)
        self._styles, self._locale = document.styles, document.locale
        self._known: dict[tuple[int, str], int] = {}

    def label(self, cell: Json) -> str:
        """A text that tells apart what different cells change about a style.

        Raises:
            ApiError: 400, the cell has what is not emulated.
        """
        for name in _NOT_EMULATED:
            if name in cell:
                raise invalid(f"{name} is not emulated.")
        given = {name: cell[name] for name in self._mask if name in cell}
        return json.dumps(given) if given else ""

    def number(self, held: int, cell: Json, label: str) -> int:
        """The style of a cell that had style `held`, after `cell` with this label was applied."""
        key = (held, label)
        known = self._known.get(key)
        if known is None:
            given = {name: cell[name] for name in self._mask if name in cell}
            if "condition" in given.get("dataValidation", {}):
                check_condition(given["dataValidation"]["condition"], VALIDATION, self._locale)
            style = dict(self._styles[held])
            update(style, defaults.normalise("CellData", given), self._mask)
            known = self._known[key] = self._styles.number(defaults.normalise("CellData", style))
        return known


def cell_mask(body: Json) -> Mask:
    """The request's mask over CellData, without what is only read.

    Raises:
        ApiError: 400, no field is named.
    """
    mask = mask_of(body, "CellData") if body.get("fields", "").strip() != "*" else {"*": {}}
    return {name: below for name, below in mask.items() if name not in _READ_ONLY}


def update_cells(editing: Editing, body: Json) -> Json:
    """Rows of CellData from `start` on, or over `range`: what it names and the rows lack is cleared."""
    mask = cell_mask(body)
    rows = body.get("rows", [])
    width = max((len(row.get("values", [])) for row in rows), default=0)
    if "range" in body:
        area = resolve(editing.document, body["range"])
        told = "beyond the last requested"
        if len(rows) > area.bottom - area.top:
            raise invalid(f"Attempting to write row: {area.bottom}, {told} row of: {area.bottom - 1}")
        if width > area.right - area.left:
            raise invalid(f"Attempting to write column: {area.right}, {told} column of: {area.right - 1}")
    elif "start" in body:
        first = corner(editing.document, body["start"])
        area = Area(first.sheet, first.top, first.top + len(rows), first.left, first.left + width)
    else:
        raise invalid("Must specify either a start or a range.")
    if area.exceeds():
        raise invalid(area.limits_error())
    write_rows(editing, area, rows, mask, clear_rest="range" in body)
    return {}


def write_rows(editing: Editing, area: Area, rows: list[Json], mask: Mask, *, clear_rest: bool) -> None:
    """Put rows of CellData into an area; `clear_rest` empties what the rows do not cover.

    Raises:
        ApiError: 400, protected, or a value that is none.
    """
    if area.bottom <= area.top or area.right <= area.left:
        return
    editing.guard.check(area)
    change = StyleChange(editing.document, mask)
    sheet, grid = area.sheet, area.sheet.grid
    for i in range(area.bottom - area.top):
        cells = rows[i].get("values", []) if i < len(rows) else []
        index = area.top + i
        if not cells and index >= len(grid.rows):
            continue
        count = area.right - area.left if clear_rest else len(cells)
        for j in range(count):
            cell = cells[j] if j < len(cells) else {}
            column = area.left + j
            if change.sets_value:
                editing.enter_extended(sheet, index, column, cell.get("userEnteredValue", {}))
            label = change.label(cell)
            if change.sets_style:
                held = grid.style(index, column)
                number = change.number(held, cell, label)
                if number != held:
                    grid.writable(index).set_style(column, number)


def repeat_cell(editing: Editing, body: Json) -> Json:
    """One CellData into every cell of a range; formulas move along as if copied from the first cell."""
    mask = cell_mask(body)
    area = resolve(editing.document, needed(body, "range"))
    if area.exceeds():
        raise invalid(area.limits_error())
    editing.guard.check(area)
    cell = body.get("cell", {})
    change = StyleChange(editing.document, mask)
    label = change.label(cell)
    value = cell.get("userEnteredValue", {})
    formula = value.get("formulaValue")
    grid = area.sheet.grid
    empty = not value and not change.sets_style
    for row in range(area.top, min(area.bottom, len(grid.rows)) if empty else area.bottom):
        for column in range(area.left, area.right):
            if change.sets_value:
                here = value
                if formula is not None:
                    here = {"formulaValue": translated(formula, row - area.top, column - area.left)}
                editing.enter_extended(area.sheet, row, column, here)
            if change.sets_style:
                held = grid.style(row, column)
                number = change.number(held, cell, label)
                if number != held:
                    grid.writable(row).set_style(column, number)
    return {}


def append_behind_data(editing: Editing, body: Json) -> Json:
    """Rows of CellData behind the last row with data; the grid grows downwards."""
    mask = cell_mask(body)
    sheet = grid_sheet(editing.document, body.get("sheetId", 0))
    rows = body.get("rows", [])
    width = max((len(row.get("values", [])) for row in rows), default=0)
    if width > sheet.column_count:
        last = sheet.column_count - 1
        raise invalid(f"Attempting to write column: {last + 1}, beyond the last requested column of: {last}")
    top = sheet.grid.used_size()[0]
    editing.grow(sheet, top + len(rows), sheet.column_count)
    write_rows(editing, Area(sheet, top, top + len(rows), 0, width), rows, mask, clear_rest=False)
    return {}


def set_data_validation(editing: Editing, body: Json) -> Json:
    """One rule over a range; without a rule the cells' rules are removed."""
    area = resolve(editing.document, needed(body, "range"))
    if area.exceeds():
        raise invalid(area.limits_error())
    editing.guard.check(area)
    cell: Json = {}
    if "rule" in body:
        if "type" not in body["rule"].get("condition", {}):
            raise invalid("A data validation rule must have a condition with a type.")
        cell = {"dataValidation": body["rule"]}
    change = StyleChange(editing.document, {"dataValidation": {}})
    label = change.label(cell)
    grid = area.sheet.grid
    filtered = {} if body.get("filteredRowsIncluded") else area.sheet.row_properties
    for row in range(area.top, area.bottom if cell else min(area.bottom, len(grid.rows))):
        if filtered.get(row, {}).get("hiddenByFilter"):
            continue
        for column in range(area.left, area.right):
            held = grid.style(row, column)
            number = change.number(held, cell, label)
            if number != held:
                grid.writable(row).set_style(column, number)
    return {}


HANDLERS = {
    "updateCells": update_cells,
    "repeatCell": repeat_cell,
    "setDataValidation": set_data_validation,
}
