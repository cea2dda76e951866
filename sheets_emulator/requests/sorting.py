"""Requests that order the rows of a range or thin them out: sort, shuffle, take out duplicates."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from sheets_emulator.book.a1 import Area
from sheets_emulator.book.defaults import DEFAULT_FORMAT, normalise
from sheets_emulator.book.grid import CellError, Scalar
from sheets_emulator.book.references import translated
from sheets_emulator.cells.cell_data import merged
from sheets_emulator.requests.fields import needed
from sheets_emulator.requests.lifting import Cell, arrange, checked_area, lift, lift_area, put
from sheets_emulator.wire.errors import invalid

if TYPE_CHECKING:
    from sheets_emulator.book.document import Document, Json
    from sheets_emulator.cells.editing import Editing


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
    order = order_of(editing.document, area, specs)
    rows = lift_area(Area(area.sheet, area.top, area.top + len(order), area.left, area.right))
    arrange(editing, area, rows, order)


def order_of(document: Document, area: Area, specs: list[Json]) -> list[int]:
    """The area's rows sorted, counted from its first: the row at place `i` is to be `order[i]`.

    Rows behind the last that holds anything are left out: blanks come last, and they would stay.
    """
    grid = area.sheet.grid
    order = list(range(max(min(area.bottom, len(grid.rows)) - area.top, 0)))
    for spec in reversed(specs):
        column = spec.get("dimensionIndex", 0)
        asked = _asked_colour(spec)
        if asked is not None:
            looks = [_colour(document, grid.style(area.top + i, column), asked[0]) for i in range(len(order))]
            order.sort(key=lambda i: looks[i] != asked[1])  # used at once
            continue
        values = [grid.value(area.top + i, column) for i in range(len(order))]
        descending = spec.get("sortOrder") == "DESCENDING"
        order.sort(key=lambda i: _sort_key(values[i]), reverse=descending)  # used at once
        order.sort(key=lambda i: values[i] is None)  # used at once
    return order


def _asked_colour(spec: Json) -> tuple[str, Json] | None:
    """(which colour, its value) of a spec that brings cells of one colour to the top."""
    made = normalise("SortSpec", spec)
    return next(((name, made[name]) for name in ("backgroundColor", "foregroundColor") if name in made), None)


def _colour(document: Document, style: int, name: str) -> Json:
    look = merged(DEFAULT_FORMAT, document.styles[style].get("userEnteredFormat", {}))
    colour: Json = look[name] if name == "backgroundColor" else look["textFormat"][name]
    return colour


def _sort_key(value: Scalar) -> tuple[int, float, str]:
    """Numbers, then texts (whatever their case), then booleans, then errors."""
    if isinstance(value, CellError):
        return (3, 0.0, value)
    if isinstance(value, bool):
        return (2, float(value), "")
    if isinstance(value, (int, float)):
        return (0, float(value), "")
    return (1, 0.0, (value or "").casefold())


def randomize_range(editing: Editing, body: Json) -> Json:
    """Put the rows of a range into an order that chance decides."""
    area = checked_area(editing, needed(body, "range"))
    editing.guard.check(area)
    rows = lift_area(area)
    order = list(range(len(rows)))
    secrets.SystemRandom().shuffle(order)
    arrange(editing, area, rows, order)
    return {}


def delete_duplicates(editing: Editing, body: Json) -> Json:
    """Take out rows of a range whose compared columns repeat an earlier row."""
    area = checked_area(editing, needed(body, "range"))
    editing.guard.check(area)
    columns: list[int] = []
    for span in body.get("comparisonColumns", []):
        start, end = span.get("startIndex", area.left), span.get("endIndex", area.right)
        if not area.left <= start < end <= area.right:
            raise invalid("comparisonColumns must lie within the range.")
        columns += range(start, end)
    columns = columns or list(range(area.left, area.right))
    seen: set[tuple[str, ...]] = set()
    kept: list[list[Cell]] = []
    last = min(area.bottom, len(area.sheet.grid.rows))
    for row in range(area.top, last):
        values = [area.sheet.grid.value(row, c) for c in columns]
        key = tuple(f"{type(v).__name__}:{v}".casefold() for v in values)
        if key not in seen:
            seen.add(key)
            up = area.top + len(kept) - row
            kept.append([_moved(lift(area.sheet, row, c), up) for c in range(area.left, area.right)])
    removed = last - area.top - len(kept)
    blank = [Cell(None, None, 0)] * (area.right - area.left)
    for i in range(max(last - area.top, 0)):
        for j, cell in enumerate(kept[i] if i < len(kept) else blank):
            put(editing, area.sheet, area.top + i, area.left + j, cell)
    return {"duplicatesRemovedCount": removed} if removed > 0 else {}


def _moved(cell: Cell, rows: int) -> Cell:
    """A cell on another row: its formula refers to the cells beside it as before."""
    if cell.formula is None or not rows:
        return cell
    return Cell(cell.value, translated(cell.formula, rows, 0), cell.style)


HANDLERS = {
    "sortRange": sort_range,
    "randomizeRange": randomize_range,
    "deleteDuplicates": delete_duplicates,
}
