"""Requests that move cells: copy, cut, paste, sort."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sheets_emulator.book.a1 import Area, corner, resolve
from sheets_emulator.book.defaults import DEFAULT_FORMAT, normalise
from sheets_emulator.book.grid import CellError, Scalar
from sheets_emulator.book.references import translated
from sheets_emulator.book.relocation import Relocation, relocate_formulas, relocate_ranges
from sheets_emulator.cells.cell_data import merged
from sheets_emulator.requests.fields import needed
from sheets_emulator.requests.pasting import carry
from sheets_emulator.wire.errors import invalid

if TYPE_CHECKING:
    from sheets_emulator.book.document import Json, Sheet
    from sheets_emulator.cells.editing import Editing


_WITH_FORMULAS = frozenset({"PASTE_NORMAL", "PASTE_NO_BORDERS", "PASTE_FORMULA"})


@dataclass(frozen=True)
class Cell:
    """A cell taken out of a grid."""

    value: Scalar
    formula: str | None
    style: int

    @property
    def is_filled(self) -> bool:
        """Whether it holds a value or a formula."""
        return self.value is not None or self.formula is not None


BLANK = Cell(None, None, 0)  # one for all: large areas are mostly blank


def lift(sheet: Sheet, row: int, column: int) -> Cell:
    """The cell as it is."""
    grid = sheet.grid
    held = grid.row(row)
    if held is None or column >= max(len(held.values), len(held.styles)):
        return BLANK if held is None or column not in held.formulas else Cell(None, held.formulas[column], 0)
    return Cell(held.value(column), held.formulas.get(column), held.style(column))


def lift_area(area: Area) -> list[list[Cell]]:
    """The cells of an area, row by row."""
    held = len(area.sheet.grid.rows)
    blank = [BLANK] * (area.right - area.left)
    return [
        [lift(area.sheet, r, c) for c in range(area.left, area.right)] if r < held else list(blank)
        for r in range(area.top, area.bottom)
    ]


def checked_area(editing: Editing, place: Json) -> Area:
    """The area of a GridRange that lies in the grid.

    Raises:
        ApiError: 400.
    """
    area = resolve(editing.document, place)
    if area.exceeds():
        raise invalid(area.limits_error())
    return area


def put(editing: Editing, sheet: Sheet, row: int, column: int, cell: Cell) -> None:
    """Set a cell whole: value, formula, style."""
    grid = sheet.grid
    grid.enter(row, column, cell.value, cell.formula)
    if cell.style != grid.style(row, column):
        grid.writable(row).set_style(column, cell.style)
    editing.cells_changed = True


def _pasted(editing: Editing, under: Cell, cell: Cell, kind: str, rows: int, columns: int) -> Cell:
    """What a cell becomes when another is pasted on it with this paste type."""
    styles = editing.document.styles
    formula = translated(cell.formula, rows, columns) if cell.formula is not None else None
    if kind == "PASTE_VALUES":
        return Cell(None if cell.value == "" else cell.value, None, under.style)
    if kind == "PASTE_FORMULA":
        return Cell(cell.value, formula, under.style)
    if kind == "PASTE_CONDITIONAL_FORMATTING":
        return under
    if kind in ("PASTE_FORMAT", "PASTE_DATA_VALIDATION"):
        name = "dataValidation" if kind == "PASTE_DATA_VALIDATION" else "userEnteredFormat"
        style = {n: v for n, v in styles[under.style].items() if n != name}
        if name in styles[cell.style]:
            style[name] = styles[cell.style][name]
        return Cell(under.value, under.formula, styles.number(style))
    if kind == "PASTE_NO_BORDERS":
        style = dict(styles[cell.style])
        look = {n: v for n, v in style.get("userEnteredFormat", {}).items() if n != "borders"}
        old = styles[under.style].get("userEnteredFormat", {}).get("borders")
        style["userEnteredFormat"] = look | ({"borders": old} if old else {})
        if not style["userEnteredFormat"]:
            del style["userEnteredFormat"]
        return Cell(cell.value, formula, styles.number(style))
    return Cell(cell.value, formula, cell.style)


def copy_paste(editing: Editing, body: Json) -> Json:
    """Copy a range over another; a larger destination is filled by repeating."""
    source = checked_area(editing, needed(body, "source"))
    target = checked_area(editing, needed(body, "destination"))
    kind, turned = body.get("pasteType", "PASTE_NORMAL"), body.get("pasteOrientation") == "TRANSPOSE"
    height, width = source.bottom - source.top, source.right - source.left
    if turned:
        height, width = width, height
    if not height or not width:
        raise invalid("The source of a copy must not be empty.")
    rows, columns = target.bottom - target.top, target.right - target.left
    # A destination that is no multiple of the source takes one copy of the whole source.
    rows = rows if rows % height == 0 and rows else height
    columns = columns if columns % width == 0 and columns else width
    area = Area(target.sheet, target.top, target.top + rows, target.left, target.left + columns)
    if area.exceeds():
        raise invalid(area.limits_error())
    editing.guard.check(area)
    lifted = lift_area(source)
    for i in range(rows):
        for j in range(columns):
            a, b = (j % width, i % height) if turned else (i % height, j % width)
            row, column = area.top + i, area.left + j
            under = lift(area.sheet, row, column)
            moved = (row - source.top - a, column - source.left - b)
            put(editing, area.sheet, row, column, _pasted(editing, under, lifted[a][b], kind, *moved))
    if not turned:
        tiles = [
            Area(area.sheet, top, top + height, left, left + width)
            for top in range(area.top, area.bottom, height)
            for left in range(area.left, area.right, width)
        ]
        carry(editing, source, tiles, kind)
    return {}


def cut_paste(editing: Editing, body: Json) -> Json:
    """Move a range; formulas keep what they refer to."""
    source = checked_area(editing, needed(body, "source"))
    place, kind = needed(body, "destination"), body.get("pasteType", "PASTE_NORMAL")
    first = corner(editing.document, place)
    sheet, top, left = first.sheet, first.top, first.left
    target = Area(sheet, top, top + source.bottom - source.top, left, left + source.right - source.left)
    if target.exceeds():
        raise invalid(target.limits_error())
    editing.guard.check(source)
    editing.guard.check(target)
    _take_along(editing, Relocation(source, sheet, top - source.top, left - source.left), kind)
    cells = lift_area(source)
    for i, row in enumerate(cells):  # "All the source data will be cut, regardless of what is pasted."
        for j in range(len(row)):
            put(editing, source.sheet, source.top + i, source.left + j, Cell(None, None, 0))
    for i, row in enumerate(cells):
        for j, cell in enumerate(row):
            under = lift(sheet, top + i, left + j)
            pasted = _pasted(editing, under, Cell(cell.value, None, cell.style), kind, 0, 0)
            formula = cell.formula if kind in _WITH_FORMULAS else pasted.formula
            put(editing, sheet, top + i, left + j, Cell(pasted.value, formula, pasted.style))
    return {}


def _take_along(editing: Editing, move: Relocation, kind: str) -> None:
    """Let formulas, named ranges and merges follow cells that are cut and pasted."""
    if kind in ("PASTE_FORMAT", "PASTE_DATA_VALIDATION", "PASTE_CONDITIONAL_FORMATTING"):
        return
    document, source = editing.document, move.source
    relocate_formulas(document, [move])
    relocate_ranges(document, [move], document.named_ranges)
    held = source.sheet.objects["merges"]
    leaving = [one for one in held if move.takes(source.sheet, *_sides(one))]
    source.sheet.objects["merges"] = [one for one in held if one not in leaving]
    relocate_ranges(document, [move], leaving)
    move.target.objects["merges"] += leaving


def _sides(merge: Json) -> tuple[tuple[int, int], tuple[int, int]]:
    rows = (merge["startRowIndex"], merge["endRowIndex"])
    return rows, (merge["startColumnIndex"], merge["endColumnIndex"])


def paste_data(editing: Editing, body: Json) -> Json:
    """Text with a delimiter, as if pasted by a person."""
    if body.get("html"):
        raise invalid("Pasting HTML is not emulated.")
    place = needed(body, "coordinate")
    delimiter = body.get("delimiter", "\t")
    if len(delimiter) != 1:
        raise invalid("The delimiter must be one character.")
    first = corner(editing.document, place)
    sheet, top, left = first.sheet, first.top, first.left
    rows = list(csv.reader(io.StringIO(body.get("data", "")), delimiter=delimiter))
    width = max((len(row) for row in rows), default=0)
    if not width:
        return {}
    editing.guard.check(Area(sheet, top, top + len(rows), left, left + width))
    editing.grow(sheet, top + len(rows), left + width)
    for i, row in enumerate(rows):
        for j, text in enumerate(row):
            if text:
                editing.enter_typed(sheet, top + i, left + j, text)
            else:
                editing.enter_raw(sheet, top + i, left + j, None)
    return {}


# ---- sorting
def sort_range(editing: Editing, body: Json) -> Json:
    """Sort the rows of a range by columns; blanks come last either way."""
    area = checked_area(editing, needed(body, "range"))
    editing.guard.check(area)
    if not body.get("sortSpecs"):
        raise invalid("At least one sortSpec must be specified.")
    sort_area(editing, area, body["sortSpecs"])
    return {}


def sort_area(editing: Editing, area: Area, specs: list[Json]) -> None:
    """Sort the rows of an area; formulas move with their rows.

    Raises:
        ApiError: 400, a column outside the area.
    """
    for spec in specs:
        column = spec.get("dimensionIndex", 0)
        if not area.left <= column < area.right:
            raise invalid(f"Invalid dimensionIndex: {column}. It must lie within the range.")
    last = min(area.bottom, len(area.sheet.grid.rows))  # rows behind hold nothing, and blanks come last
    rows = lift_area(Area(area.sheet, area.top, max(last, area.top), area.left, area.right))
    order = list(range(len(rows)))
    for spec in reversed(specs):
        place = spec.get("dimensionIndex", 0) - area.left
        asked = _asked_colour(spec)
        if asked is not None:
            order.sort(key=lambda i: _colour(editing, rows[i][place], asked[0]) != asked[1])  # used at once
            continue
        descending = spec.get("sortOrder") == "DESCENDING"
        order.sort(key=lambda i: _sort_key(rows[i][place].value), reverse=descending)  # used at once
        order.sort(key=lambda i: rows[i][place].value is None)  # used at once
    arrange(editing, area, rows, order)


def _asked_colour(spec: Json) -> tuple[str, Json] | None:
    """(which colour, its value) of a spec that brings cells of one colour to the top."""
    made = normalise("SortSpec", spec)
    return next(((name, made[name]) for name in ("backgroundColor", "foregroundColor") if name in made), None)


def _colour(editing: Editing, cell: Cell, name: str) -> Json:
    look = merged(DEFAULT_FORMAT, editing.document.styles[cell.style].get("userEnteredFormat", {}))
    found: Json = look[name] if name == "backgroundColor" else look["textFormat"][name]
    return found


def arrange(editing: Editing, area: Area, rows: list[list[Cell]], order: list[int]) -> None:
    """Put lifted rows back in another order: the row at place `i` becomes `rows[order[i]]`."""
    for to, start in enumerate(order):
        if to == start:
            continue
        for j, cell in enumerate(rows[start]):
            formula = translated(cell.formula, to - start, 0) if cell.formula is not None else None
            put(editing, area.sheet, area.top + to, area.left + j, Cell(cell.value, formula, cell.style))


def _sort_key(value: Scalar) -> tuple[int, float, str]:
    """Numbers, then texts (whatever their case), then booleans, then errors."""
    if isinstance(value, CellError):
        return (3, 0.0, value)
    if isinstance(value, bool):
        return (2, float(value), "")
    if isinstance(value, (int, float)):
        return (0, float(value), "")
    return (1, 0.0, (value or "").casefold())


HANDLERS = {
    "copyPaste": copy_paste,
    "cutPaste": cut_paste,
    "pasteData": paste_data,
    "sortRange": sort_range,
}
