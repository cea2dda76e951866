"""The present content of tabs against the wanted one: the fewest requests, none when nothing differs.

Values alone are compared, as they come back from Google; formats ride along with the rows that change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sheets_sync.building.wanted import Cell, CellValue, Wanted, cell_format, is_blank, trimmed

Rows = Sequence[Sequence[Any]]
Request = dict[str, Any]

FIELDS = "userEnteredValue,userEnteredFormat,note"
_JOINED_GAP_ROWS = 3
"""Changed rows so near to each other go in one request: unchanged cells are cheaper than another request."""


@dataclass(frozen=True)
class SheetSize:
    """One tab as the file has it."""

    sheet_id: int
    row_count: int
    column_count: int


@dataclass(frozen=True)
class CellDifference:
    """A cell that is not what it should be; `row` and `column` are 1-based, blanks are None."""

    row: int
    column: int
    expected: CellValue
    present: CellValue


def plan(
    raw: Mapping[str, Rows], wanted: Mapping[str, Wanted], sheets: Mapping[str, SheetSize]
) -> list[Request]:
    """Work out the requests of one batchUpdate that bring the tabs to their wanted content.

    All three are by tab key; `raw` as read from the file (unformatted, dates as serials). Cells beyond the
    wanted content are cleared, a grid that is too small grows. Moments marked as stamps are written only
    when something else is. Raises KeyError for a wanted tab that `sheets` does not have.
    """
    present = {key: trimmed(raw.get(key, ())) for key in wanted}
    changed = {key: _changed_rows(present[key], tab) for key, tab in wanted.items()}
    if not any(matters for rows in changed.values() for matters in rows.values()):
        return []
    return [
        request
        for key, tab in wanted.items()
        if changed[key]
        for request in _tab_requests(present[key], tab, sheets[key], sorted(changed[key]))
    ]


def differences(expected: Rows, present: Rows) -> list[CellDifference]:
    """List the cells that differ between two grids of values; for reading back and for verifying."""
    one, other = trimmed(expected), trimmed(present)
    differing = []
    for row in range(max(len(one), len(other))):
        left, right = _row(one, row), _row(other, row)
        for column in range(max(len(left), len(right))):
            values = _value(left, column), _value(right, column)
            if not same(*values):
                differing.append(CellDifference(row + 1, column + 1, *values))
    return differing


def same(one: object, other: object) -> bool:
    """Tell whether two cell values are equal as a spreadsheet sees it: TRUE is not 1, 12 is 12.0."""
    if is_blank(one) or is_blank(other):
        return is_blank(one) and is_blank(other)
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def cell_data(cell: Cell) -> dict[str, Any]:
    """Give a cell as CellData of the Sheets API, its value typed: text is never parsed."""
    data: dict[str, Any] = {}
    if not is_blank(cell.value):
        data["userEnteredValue"] = extended_value(cell.value)
    look = cell_format(cell.style)
    if cell.link:
        look = {**look, "textFormat": {**look.get("textFormat", {}), "link": {"uri": cell.link}}}
    if look:
        data["userEnteredFormat"] = look
    if cell.note:
        data["note"] = cell.note
    return data


def extended_value(value: CellValue) -> dict[str, Any]:
    """Give a value as ExtendedValue: a text always as `stringValue`, whatever it begins with."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int | float):
        return {"numberValue": value}
    return {"stringValue": value}


def update_rows(sheet_id: int, first_row: int, rows: Sequence[Sequence[Cell]], width: int) -> Request:
    """Build the request that writes whole rows of cells from column A on, and clears the rest of `width`."""
    return {
        "updateCells": {
            "range": {
                "sheetId": sheet_id,
                "startRowIndex": first_row,
                "endRowIndex": first_row + len(rows),
                "startColumnIndex": 0,
                "endColumnIndex": width,
            },
            "rows": [{"values": _row_data(row, width)} for row in rows],
            "fields": FIELDS,
        }
    }


def grown(sheet: SheetSize, row_count: int, column_count: int) -> list[Request]:
    """Build the requests that enlarge a grid to at least so many rows and columns."""
    missing = {"ROWS": row_count - sheet.row_count, "COLUMNS": column_count - sheet.column_count}
    return [
        {"appendDimension": {"sheetId": sheet.sheet_id, "dimension": dimension, "length": length}}
        for dimension, length in missing.items()
        if length > 0
    ]


def _changed_rows(present: Rows, tab: Wanted) -> dict[int, bool]:
    """Tell which rows differ, and whether the difference matters (a later stamp alone does not)."""
    changed: dict[int, bool] = {}
    for row in range(max(len(present), len(tab.rows))):
        cells = tab.rows[row] if row < len(tab.rows) else ()
        values = _row(present, row)
        for column in range(max(len(cells), len(values))):
            cell = cells[column] if column < len(cells) else Cell()
            value = _value(values, column)
            if not same(cell.value, value):
                changed[row] = changed.get(row, False) or not _is_earlier_stamp(cell, value)
    return changed


def _is_earlier_stamp(cell: Cell, value: object) -> bool:
    if not cell.stamp or isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(cell.value, int | float) and value <= cell.value


def _tab_requests(present: Rows, tab: Wanted, sheet: SheetSize, changed: list[int]) -> list[Request]:
    height = len(tab.rows)
    requests = grown(sheet, height, len(tab.columns))
    for first, end in _runs([row for row in changed if row < height], height, moved=len(present) != height):
        width = max(len(tab.columns), *(len(_row(present, row)) for row in range(first, end)))
        requests.append(update_rows(sheet.sheet_id, first, tab.rows[first:end], width))
    if len(present) > height:
        stale = {"sheetId": sheet.sheet_id, "startRowIndex": height, "endRowIndex": len(present)}
        requests.append({"updateCells": {"range": stale, "fields": FIELDS}})
    return requests


def _runs(rows: list[int], height: int, *, moved: bool) -> list[tuple[int, int]]:
    """Join changed rows into runs; where the length changed, formats moved too: all from the first change."""
    if moved and rows:
        return [(rows[0], height)]
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and row - runs[-1][1] < _JOINED_GAP_ROWS:
            runs[-1] = (runs[-1][0], row + 1)
        else:
            runs.append((row, row + 1))
    return runs


def _row_data(row: Sequence[Cell], width: int) -> list[dict[str, Any]]:
    return [cell_data(cell) for cell in row] + [{}] * (width - len(row))


def _row(rows: Rows, index: int) -> Sequence[Any]:
    return rows[index] if index < len(rows) else ()


def _value(row: Sequence[Any], index: int) -> Any:
    return None if index >= len(row) or is_blank(row[index]) else row[index]
