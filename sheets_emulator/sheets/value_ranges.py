"""spreadsheets.values: read, write, append and clear plain values of ranges."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sheets_emulator.book.a1 import Area, letters
from sheets_emulator.book.grid import CellError, Row, Scalar
from sheets_emulator.numbers.formats import is_date_format, render
from sheets_emulator.requests.dimensions import insert
from sheets_emulator.wire.errors import invalid
from sheets_emulator.wire.proto_text import value_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sheets_emulator.book.document import Document, Json
    from sheets_emulator.cells.editing import Editing

Values = list[list[Any]]


# ---- reading
def read(document: Document, area: Area, options: Json) -> Json:
    """The ValueRange of an area; trailing blanks are left out, `values` too when nothing is there.

    `options`: `majorDimension`, `valueRenderOption`, `dateTimeRenderOption`.

    Raises:
        ApiError: 400, the area begins outside the grid.
    """
    sheet = area.sheet
    if area.top >= sheet.row_count or area.left >= sheet.column_count:
        raise invalid(area.limits_error())
    area = area.within_grid()
    by_columns = options.get("majorDimension") == "COLUMNS"
    with _collection_paused():
        values = _rows(document, area, options)
    if by_columns:
        values = transposed(values)
        values = [_plain(column) for column in values]
    while values and not values[-1]:
        values.pop()
    answer: Json = {"range": area.text, "majorDimension": "COLUMNS" if by_columns else "ROWS"}
    if values:
        answer["values"] = values
    return answer


@contextmanager
def _collection_paused() -> Iterator[None]:
    """No garbage collection meanwhile: nothing made here is garbage, and looking takes longer than reading.

    Callers hold the store's lock, so this is never entered twice at a time.
    """
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _rows(document: Document, area: Area, options: Json) -> Values:
    """The rows of an area without the blanks at their ends; blanks before are empty texts."""
    rows = area.sheet.grid.rows[area.top : area.bottom]
    left, right = area.left, area.right
    render_option = options.get("valueRenderOption", "FORMATTED_VALUE")
    as_text = options.get("dateTimeRenderOption", "SERIAL_NUMBER") == "FORMATTED_STRING"
    if render_option == "FORMATTED_VALUE":
        shown = _formatter(document)
    elif render_option == "UNFORMATTED_VALUE" and as_text:
        shown = _dates_as_text(document)
    elif render_option == "FORMULA":
        shown = _formula
    else:
        return [_plain(row.values[left:right]) for row in rows]
    return [_plain([shown(row, c) for c in range(left, min(right, len(row.values)))]) for row in rows]


def _plain(values: list[Any]) -> list[Any]:
    """Cut blanks (None) at the end, in place; blanks before become empty texts."""
    while values and values[-1] is None:
        values.pop()
    # Big reads pass here a row at a time: a few blanks are quicker told than every cell rebuilt.
    blanks = values.count(None)
    if blanks > 3:
        return ["" if value is None else value for value in values]
    for _ in range(blanks):
        values[values.index(None)] = ""
    return values


def _formula(row: Row, column: int) -> Scalar:
    return row.formulas.get(column, row.values[column]) if row.formulas else row.values[column]


def _dates_as_text(document: Document) -> Callable[[Row, int], Scalar]:
    styles, locale = document.styles, document.locale

    def shown(row: Row, column: int) -> Scalar:
        value = row.values[column]
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return value
        format_ = styles[row.style(column)].get("userEnteredFormat", {}).get("numberFormat")
        return render(value, format_, locale) if is_date_format(format_) else value

    return shown


def _formatter(document: Document) -> Callable[[Row, int], Scalar]:
    styles, locale = document.styles, document.locale

    def shown(row: Row, column: int) -> Scalar:
        value = row.values[column]
        if value is None or isinstance(value, CellError):
            return value
        return render(
            value, styles[row.style(column)].get("userEnteredFormat", {}).get("numberFormat"), locale
        )

    return shown


def transposed(rows: Values) -> Values:
    """Columns of rows of unequal lengths; what is missing is None."""
    width = max((len(row) for row in rows), default=0)
    return [[row[i] if i < len(row) else None for row in rows] for i in range(width)]


# ---- writing
def write(editing: Editing, area: Area, values: Values, options: Json, *, by_columns: bool = False) -> Json:
    """Write rows (or columns) of values from the area's corner on; the UpdateValuesResponse.

    A written rectangle must lie in the grid and the data in the rectangle; from a single cell or a whole
    tab the grid grows. None leaves a cell as it is.
    `options`: `valueInputOption`, `includeValuesInResponse` and the response's rendering options.

    Raises:
        ApiError: 400, outside the grid or range, protected, or a value that is none.
    """
    rows = transposed(values) if by_columns else values
    height, width = len(rows), max((len(row) for row in rows), default=0)
    _check_room(area, height, width)
    written = Area(area.sheet, area.top, area.top + max(height, 1), area.left, area.left + max(width, 1))
    if height and width:
        editing.guard.check(written)
        editing.grow(area.sheet, written.bottom, written.right)
        _enter(editing, written, rows, options["valueInputOption"])
    counts = {
        "updatedRows": height if width else 0,
        "updatedColumns": width,
        "updatedCells": sum(1 for row in rows for value in row if value is not None),
    }
    answer = {"spreadsheetId": editing.file.id, "updatedRange": written.text}
    return answer | {name: count for name, count in counts.items() if count}


def updated_data(editing: Editing, area: Area, options: Json) -> Json:
    """The `updatedData` of an answer: what the written range holds now, after recalculation."""
    reading = {
        "majorDimension": options.get("majorDimension", "ROWS"),
        "valueRenderOption": options.get("responseValueRenderOption", "FORMATTED_VALUE"),
        "dateTimeRenderOption": options.get("responseDateTimeRenderOption", "SERIAL_NUMBER"),
    }
    return read(editing.document, area, reading)


def _check_room(area: Area, height: int, width: int) -> None:
    sheet = area.sheet
    if area.top >= sheet.row_count or area.left >= sheet.column_count:
        raise invalid(area.limits_error())
    if area.single or area.whole:
        return
    if area.exceeds():
        raise invalid(area.limits_error())
    asked = f"Requested writing within range [{area.text}], but tried writing to"
    if height > area.bottom - area.top:
        raise invalid(f"{asked} row [{area.bottom + 1}]")
    if width > area.right - area.left:
        raise invalid(f"{asked} column [{letters(area.right)}]")


def _enter(editing: Editing, area: Area, rows: Values, option: str) -> None:
    sheet, typed = area.sheet, option == "USER_ENTERED"
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            if value is None:
                continue
            if not isinstance(value, (bool, int, float, str)):
                raise invalid(f"Invalid values[{i}][{j}]: {value_text(value)}")
            if typed and isinstance(value, str) and value:
                editing.enter_typed(sheet, area.top + i, area.left + j, value)
            else:
                editing.enter_raw(sheet, area.top + i, area.left + j, value)


# ---- appending
def append(editing: Editing, area: Area, values: Values, options: Json, *, by_columns: bool = False) -> Json:
    """Write behind the last table that the area touches; the AppendValuesResponse without `updatedData`.

    Raises:
        ApiError: 400 as for `write`.
    """
    rows = transposed(values) if by_columns else values
    sheet = area.sheet
    if area.top >= sheet.row_count or area.left >= sheet.column_count:
        raise invalid(area.limits_error())
    table = last_table(area.within_grid())
    top, left = (table.bottom, table.left) if table else (area.top, area.left)
    height = len(rows)
    if options.get("insertDataOption") == "INSERT_ROWS" and table and height and top < sheet.row_count:
        insert(editing, sheet, "ROWS", top, top + height)
    else:
        editing.grow(sheet, top + height, sheet.column_count)
    editing.grow(sheet, max(top + height, 1), left + max((len(row) for row in rows), default=1))
    updates = write(editing, Area(sheet, top, top + 1, left, left + 1, single=True), rows, options)
    answer: Json = {"spreadsheetId": editing.file.id}
    if table:
        answer["tableRange"] = table.text
    return {**answer, "updates": updates}


def last_table(area: Area) -> Area | None:
    """The block of filled cells around the last filled cell of an area; None if all are blank.

    A block ends where a whole row and column of blanks, corners included, surround it.
    """
    rows = area.sheet.grid.rows
    for row in range(min(area.bottom, len(rows)) - 1, area.top - 1, -1):
        cells = rows[row]
        for column in range(min(area.right, len(cells.values)) - 1, area.left - 1, -1):
            if cells.values[column] is not None or column in cells.formulas:
                return _block(area.sheet.grid.rows, Area(area.sheet, row, row + 1, column, column + 1))
    return None


def _block(rows: list[Row], box: Area) -> Area:
    top, bottom, left, right = box.top, box.bottom, box.left, box.right
    while True:
        above = max(top - 1, 0)
        wide_left, wide_right = max(left - 1, 0), right + 1
        if top > 0 and _filled(rows, above, top, wide_left, wide_right):
            top -= 1
        elif _filled(rows, bottom, bottom + 1, wide_left, wide_right):
            bottom += 1
        elif left > 0 and _filled(rows, above, bottom + 1, left - 1, left):
            left -= 1
        elif _filled(rows, above, bottom + 1, right, right + 1):
            right += 1
        else:
            return Area(box.sheet, top, bottom, left, right)


def _filled(rows: list[Row], top: int, bottom: int, left: int, right: int) -> bool:
    return any(
        any(value is not None for value in row.values[left:right])
        or any(left <= c < right for c in row.formulas)
        for row in rows[top:bottom]
    )


# ---- clearing
def clear(editing: Editing, area: Area) -> str:
    """Empty the cells of an area, formats stay; the cleared range in A1 notation.

    Raises:
        ApiError: 400, outside the grid or protected.
    """
    if area.top >= area.sheet.row_count or area.left >= area.sheet.column_count:
        raise invalid(area.limits_error())
    area = area.within_grid()
    editing.guard.check(area)
    grid = area.sheet.grid
    for index in range(area.top, min(area.bottom, len(grid.rows))):
        row = grid.rows[index]
        if row.values or row.formulas:
            row = grid.writable(index)
            end = min(area.right, len(row.values))
            if end > area.left:
                row.values[area.left : end] = [None] * (end - area.left)
            row.formulas = {c: f for c, f in row.formulas.items() if not area.left <= c < area.right}
            row.trim()
    editing.cells_changed = True
    return area.text
