"""Requests that move or search cells: copy, cut, paste, sort, find and replace, shift, trim."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sheets_emulator.a1 import Area, corner, grid_sheet, resolve
from sheets_emulator.editing import check_length
from sheets_emulator.errors import invalid
from sheets_emulator.grid import CellError, Scalar
from sheets_emulator.references import translated
from sheets_emulator.requests.fields import needed
from sheets_emulator.resources import shown_text

if TYPE_CHECKING:
    from sheets_emulator.document import Json, Sheet
    from sheets_emulator.editing import Editing


@dataclass(frozen=True)
class _Cell:
    value: Scalar
    formula: str | None
    style: int


def _lift(sheet: Sheet, row: int, column: int) -> _Cell:
    grid = sheet.grid
    return _Cell(grid.value(row, column), grid.formula(row, column), grid.style(row, column))


def _checked(editing: Editing, place: Json) -> Area:
    area = resolve(editing.document, place)
    if area.exceeds():
        raise invalid(area.limits_error())
    return area


def _put(editing: Editing, sheet: Sheet, row: int, column: int, cell: _Cell) -> None:
    grid = sheet.grid
    grid.enter(row, column, cell.value, cell.formula)
    if cell.style != grid.style(row, column):
        grid.writable(row).set_style(column, cell.style)
    editing.cells_changed = True


def _pasted(editing: Editing, under: _Cell, cell: _Cell, kind: str, rows: int, columns: int) -> _Cell:
    """What a cell becomes when another is pasted on it with this paste type."""
    styles = editing.document.styles
    formula = translated(cell.formula, rows, columns) if cell.formula is not None else None
    if kind == "PASTE_VALUES":
        return _Cell(None if cell.value == "" else cell.value, None, under.style)
    if kind == "PASTE_FORMULA":
        return _Cell(cell.value, formula, under.style)
    if kind in ("PASTE_FORMAT", "PASTE_DATA_VALIDATION", "PASTE_CONDITIONAL_FORMATTING"):
        name = "dataValidation" if kind == "PASTE_DATA_VALIDATION" else "userEnteredFormat"
        style = {n: v for n, v in styles[under.style].items() if n != name}
        if name in styles[cell.style]:
            style[name] = styles[cell.style][name]
        return _Cell(under.value, under.formula, styles.number(style))
    if kind == "PASTE_NO_BORDERS":
        style = dict(styles[cell.style])
        look = {n: v for n, v in style.get("userEnteredFormat", {}).items() if n != "borders"}
        old = styles[under.style].get("userEnteredFormat", {}).get("borders")
        style["userEnteredFormat"] = look | ({"borders": old} if old else {})
        if not style["userEnteredFormat"]:
            del style["userEnteredFormat"]
        return _Cell(cell.value, formula, styles.number(style))
    return _Cell(cell.value, formula, cell.style)


def copy_paste(editing: Editing, body: Json) -> Json:
    """Copy a range over another; a larger destination is filled by repeating."""
    source = _checked(editing, needed(body, "source"))
    target = _checked(editing, needed(body, "destination"))
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
    lifted = [
        [_lift(source.sheet, r, c) for c in range(source.left, source.right)]
        for r in range(source.top, source.bottom)
    ]
    for i in range(rows):
        for j in range(columns):
            a, b = (j % width, i % height) if turned else (i % height, j % width)
            row, column = area.top + i, area.left + j
            under = _lift(area.sheet, row, column)
            moved = (row - source.top - a, column - source.left - b)
            _put(editing, area.sheet, row, column, _pasted(editing, under, lifted[a][b], kind, *moved))
    return {}


def cut_paste(editing: Editing, body: Json) -> Json:
    """Move a range; formulas keep what they refer to."""
    source = _checked(editing, needed(body, "source"))
    place, kind = needed(body, "destination"), body.get("pasteType", "PASTE_NORMAL")
    first = corner(editing.document, place)
    sheet, top, left = first.sheet, first.top, first.left
    target = Area(sheet, top, top + source.bottom - source.top, left, left + source.right - source.left)
    if target.exceeds():
        raise invalid(target.limits_error())
    editing.guard.check(source)
    editing.guard.check(target)
    cells = [
        [_lift(source.sheet, r, c) for c in range(source.left, source.right)]
        for r in range(source.top, source.bottom)
    ]
    keeps_style = kind in ("PASTE_VALUES", "PASTE_FORMULA")
    for i, row in enumerate(cells):
        for j, cell in enumerate(row):
            left_behind = _Cell(None, None, cell.style if keeps_style else 0)
            _put(editing, source.sheet, source.top + i, source.left + j, left_behind)
    for i, row in enumerate(cells):
        for j, cell in enumerate(row):
            under = _lift(sheet, top + i, left + j)
            pasted = _pasted(editing, under, _Cell(cell.value, None, cell.style), kind, 0, 0)
            formula = cell.formula if kind != "PASTE_VALUES" else None
            _put(editing, sheet, top + i, left + j, _Cell(pasted.value, formula, pasted.style))
    return {}


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
    area = _checked(editing, needed(body, "range"))
    editing.guard.check(area)
    specs = []
    for spec in body.get("sortSpecs", []):
        column = spec.get("dimensionIndex", 0)
        if not area.left <= column < area.right:
            raise invalid(f"Invalid dimensionIndex: {column}. It must lie within the range.")
        specs.append((column, spec.get("sortOrder") == "DESCENDING"))
    if not specs:
        raise invalid("At least one sortSpec must be specified.")
    last = min(area.bottom, len(area.sheet.grid.rows))  # rows behind hold nothing, and blanks come last
    rows = [[_lift(area.sheet, r, c) for c in range(area.left, area.right)] for r in range(area.top, last)]
    order = list(range(len(rows)))
    for column, descending in reversed(specs):
        place = column - area.left
        order.sort(key=lambda i: _sort_key(rows[i][place].value), reverse=descending)  # used at once
        order.sort(key=lambda i: rows[i][place].value is None)  # used at once
    for to, start in enumerate(order):
        if to == start:
            continue
        for j, cell in enumerate(rows[start]):
            formula = translated(cell.formula, to - start, 0) if cell.formula is not None else None
            _put(editing, area.sheet, area.top + to, area.left + j, _Cell(cell.value, formula, cell.style))
    return {}


def _sort_key(value: Scalar) -> tuple[int, float, str]:
    """Numbers, then texts (whatever their case), then booleans, then errors."""
    if isinstance(value, CellError):
        return (3, 0.0, value)
    if isinstance(value, bool):
        return (2, float(value), "")
    if isinstance(value, (int, float)):
        return (0, float(value), "")
    return (1, 0.0, (value or "").casefold())


# ---- find and replace, trimming
def find_replace(editing: Editing, body: Json) -> Json:
    """Replace text in the cells of a range, a tab or all tabs."""
    pattern = _pattern(body)
    replacement = body.get("replacement", "")
    if not body.get("searchByRegex"):
        replacement = replacement.replace("\\", "\\\\")
    else:
        replacement = re.sub(r"\$(\d)", r"\\g<\1>", replacement)
    counts = {
        "valuesChanged": 0,
        "formulasChanged": 0,
        "occurrencesChanged": 0,
        "rowsChanged": 0,
        "sheetsChanged": 0,
    }
    for area in _search_areas(editing, body):
        changed_rows = set()
        for row, column, cell in _filled(area):
            text = _searched_text(editing, cell, formulas=body.get("includeFormulas", False))
            if text is None:
                continue
            new, times = pattern.subn(replacement, text)
            if times:
                editing.guard.check(Area(area.sheet, row, row + 1, column, column + 1))
                check_length(new)
                editing.enter_typed(area.sheet, row, column, new)
                counts["formulasChanged" if cell.formula is not None else "valuesChanged"] += 1
                counts["occurrencesChanged"] += times
                changed_rows.add(row)
        counts["rowsChanged"] += len(changed_rows)
        counts["sheetsChanged"] += bool(changed_rows)
    return {name: count for name, count in counts.items() if count}


def _pattern(body: Json) -> re.Pattern[str]:
    find = body.get("find", "")
    if not find:
        raise invalid("find must be specified.")
    text = find if body.get("searchByRegex") else re.escape(find)
    if body.get("matchEntireCell"):
        text = rf"\A(?:{text})\Z"
    try:
        return re.compile(text, 0 if body.get("matchCase") else re.IGNORECASE)
    except re.error as error:
        raise invalid(f"Invalid regular expression: {error}") from error


def _search_areas(editing: Editing, body: Json) -> list[Area]:
    if "range" in body:
        return [resolve(editing.document, body["range"])]
    if body.get("allSheets"):
        sheets = editing.document.sheets
    elif "sheetId" in body:
        sheets = [grid_sheet(editing.document, body["sheetId"])]
    else:
        raise invalid("One of range, sheetId or allSheets must be specified.")
    return [Area(sheet, 0, sheet.row_count, 0, sheet.column_count) for sheet in sheets]


def _filled(area: Area) -> list[tuple[int, int, _Cell]]:
    found = []
    for row in range(area.top, min(area.bottom, len(area.sheet.grid.rows))):
        cells = area.sheet.grid.rows[row]
        for column in range(
            area.left, min(area.right, max(len(cells.values), max(cells.formulas, default=-1) + 1))
        ):
            cell = _lift(area.sheet, row, column)
            if cell.value is not None or cell.formula is not None:
                found.append((row, column, cell))
    return found


def _searched_text(editing: Editing, cell: _Cell, *, formulas: bool) -> str | None:
    if cell.formula is not None:
        return cell.formula if formulas else None
    return shown_text(cell.value, editing.document.styles[cell.style], editing.document.locale)


def trim_whitespace(editing: Editing, body: Json) -> Json:
    """Cut spaces around and doubled spaces within the texts of a range."""
    area = resolve(editing.document, needed(body, "range"))
    editing.guard.check(area)
    changed = 0
    for row, column, cell in _filled(area):
        if cell.formula is None and isinstance(cell.value, str):
            trimmed = " ".join(cell.value.split())
            if trimmed != cell.value:
                editing.enter_raw(area.sheet, row, column, trimmed)
                changed += 1
    return {"cellsChangedCount": changed} if changed else {}


def insert_range(editing: Editing, body: Json) -> Json:
    """Empty cells in a range; those behind move down or right, the grid grows as needed."""
    area = _checked(editing, needed(body, "range"))
    down = _shift_down(body)
    sheet, height, width = area.sheet, area.bottom - area.top, area.right - area.left
    used_rows, used_columns = sheet.grid.used_size()
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
    area = _checked(editing, needed(body, "range"))
    down = _shift_down(body)
    sheet = area.sheet
    editing.guard.check(area)
    used_rows, used_columns = sheet.grid.used_size()
    for row in range(area.top, min(area.bottom, len(sheet.grid.rows))):
        for column in range(area.left, area.right):
            _put(editing, sheet, row, column, _Cell(None, None, 0))
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


def _shift_down(body: Json) -> bool:
    dimension = body.get("shiftDimension", "")
    if dimension not in ("ROWS", "COLUMNS"):
        raise invalid("No shiftDimension was specified.")
    return bool(dimension == "ROWS")


def _slide(editing: Editing, area: Area, rows: int, columns: int) -> None:
    editing.guard.check(area)
    cells = [
        [_lift(area.sheet, r, c) for c in range(area.left, area.right)] for r in range(area.top, area.bottom)
    ]
    for i, row in enumerate(cells):
        for j in range(len(row)):
            _put(editing, area.sheet, area.top + i, area.left + j, _Cell(None, None, 0))
    for i, row in enumerate(cells):
        for j, cell in enumerate(row):
            _put(editing, area.sheet, area.top + i + rows, area.left + j + columns, cell)


def delete_duplicates(editing: Editing, body: Json) -> Json:
    """Take out rows of a range whose compared columns repeat an earlier row."""
    area = _checked(editing, needed(body, "range"))
    editing.guard.check(area)
    columns: list[int] = []
    for span in body.get("comparisonColumns", []):
        start, end = span.get("startIndex", area.left), span.get("endIndex", area.right)
        if not area.left <= start < end <= area.right:
            raise invalid("comparisonColumns must lie within the range.")
        columns += range(start, end)
    columns = columns or list(range(area.left, area.right))
    seen: set[tuple[str, ...]] = set()
    kept, last = [], min(area.bottom, len(area.sheet.grid.rows))
    for row in range(area.top, last):
        values = [area.sheet.grid.value(row, c) for c in columns]
        key = tuple(f"{type(v).__name__}:{v}".casefold() for v in values)
        if key not in seen:
            seen.add(key)
            kept.append([_lift(area.sheet, row, c) for c in range(area.left, area.right)])
    removed = last - area.top - len(kept)
    blank = [_Cell(None, None, 0)] * (area.right - area.left)
    for i in range(max(last - area.top, 0)):
        for j, cell in enumerate(kept[i] if i < len(kept) else blank):
            _put(editing, area.sheet, area.top + i, area.left + j, cell)
    return {"duplicatesRemovedCount": removed} if removed > 0 else {}


HANDLERS = {
    "copyPaste": copy_paste,
    "cutPaste": cut_paste,
    "pasteData": paste_data,
    "sortRange": sort_range,
    "findReplace": find_replace,
    "trimWhitespace": trim_whitespace,
    "insertRange": insert_range,
    "deleteRange": delete_range,
    "deleteDuplicates": delete_duplicates,
}
