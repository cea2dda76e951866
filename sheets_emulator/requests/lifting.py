"""What requests that move cells share: cells taken out of a grid, and put back whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sheets_emulator.book.a1 import Area, resolve
from sheets_emulator.book.grid import Scalar
from sheets_emulator.book.references import translated
from sheets_emulator.wire.errors import invalid

if TYPE_CHECKING:
    from sheets_emulator.book.document import Json, Sheet
    from sheets_emulator.cells.editing import Editing


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


def arrange(editing: Editing, area: Area, rows: list[list[Cell]], order: list[int]) -> None:
    """Put lifted rows back in another order: the row at place `i` becomes `rows[order[i]]`."""
    for to, start in enumerate(order):
        if to == start:
            continue
        for j, cell in enumerate(rows[start]):
            formula = translated(cell.formula, to - start, 0) if cell.formula is not None else None
            put(editing, area.sheet, area.top + to, area.left + j, Cell(cell.value, formula, cell.style))
