"""Requests that put cells in between others or take them out: those behind move down, right, up or left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sheets_emulator.book.a1 import Area
from sheets_emulator.book.references import Shift, shift_everything
from sheets_emulator.requests.fields import needed
from sheets_emulator.requests.lifting import Cell, checked_area, lift_area, put
from sheets_emulator.wire.errors import invalid

if TYPE_CHECKING:
    from sheets_emulator.book.document import Json
    from sheets_emulator.cells.editing import Editing


def insert_range(editing: Editing, body: Json) -> Json:
    """Empty cells in a range; those behind move down or right, the grid grows as needed."""
    area = checked_area(editing, needed(body, "range"))
    down = _shift_down(body)
    sheet, height, width = area.sheet, area.bottom - area.top, area.right - area.left
    used_rows, used_columns = sheet.grid.used_size()
    _shift_references(editing, area, down=down, count=height if down else width)
    if down:
        rest = Area(sheet, area.top, max(used_rows, area.top), area.left, area.right)
        editing.grow(sheet, rest.bottom + height, sheet.column_count)
        _slide(editing, rest, height, 0)
    else:
        rest = Area(sheet, area.top, area.bottom, area.left, max(used_columns, area.left))
        editing.grow(sheet, sheet.row_count, rest.right + width)
        _slide(editing, rest, 0, width)
    return {}


def delete_range(editing: Editing, body: Json) -> Json:
    """Take the cells of a range out; those behind move up or left."""
    area = checked_area(editing, needed(body, "range"))
    down = _shift_down(body)
    sheet = area.sheet
    editing.guard.check(area)
    used_rows, used_columns = sheet.grid.used_size()
    for row in range(area.top, min(area.bottom, len(sheet.grid.rows))):
        for column in range(area.left, area.right):
            put(editing, sheet, row, column, Cell(None, None, 0))
    _shift_references(
        editing, area, down=down, count=area.top - area.bottom if down else area.left - area.right
    )
    if down:
        _slide(
            editing,
            Area(sheet, area.bottom, max(used_rows, area.bottom), area.left, area.right),
            area.top - area.bottom,
            0,
        )
    else:
        _slide(
            editing,
            Area(sheet, area.top, area.bottom, area.right, max(used_columns, area.right)),
            0,
            area.left - area.right,
        )
    return {}


def _shift_references(editing: Editing, area: Area, *, down: bool, count: int) -> None:
    """Let everything that refers to cells behind an area follow them, or lose them."""
    if not count:
        return
    if down:
        shift = Shift(area.sheet, "ROWS", area.top, count, (area.left, area.right))
    else:
        shift = Shift(area.sheet, "COLUMNS", area.left, count, (area.top, area.bottom))
    shift_everything(editing.document, shift)
    editing.cells_changed = True


def _shift_down(body: Json) -> bool:
    dimension = body.get("shiftDimension", "")
    if dimension not in ("ROWS", "COLUMNS"):
        raise invalid("No shiftDimension was specified.")
    return bool(dimension == "ROWS")


def _slide(editing: Editing, area: Area, rows: int, columns: int) -> None:
    editing.guard.check(area)
    cells = lift_area(area)
    for i, row in enumerate(cells):
        for j in range(len(row)):
            put(editing, area.sheet, area.top + i, area.left + j, Cell(None, None, 0))
    for i, row in enumerate(cells):
        for j, cell in enumerate(row):
            put(editing, area.sheet, area.top + i + rows, area.left + j + columns, cell)


HANDLERS = {
    "insertRange": insert_range,
    "deleteRange": delete_range,
}
