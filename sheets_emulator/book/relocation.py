"""Cells that move within a spreadsheet, cut and pasted or dragged as rows: what refers to them follows.

A reference or range follows when it lies whole within what moves; otherwise it stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sheets_emulator.book.a1 import quoted
from sheets_emulator.book.references import REFERENCE, place, rewritten, unquoted, written

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

    from sheets_emulator.book.a1 import Area
    from sheets_emulator.book.document import Document, Json, Sheet

Span = tuple[int | None, int | None]  # 0-based, end excluded; None: open


@dataclass(frozen=True)
class Relocation:
    """The cells of an area that go so many rows down and columns right, on `target`."""

    source: Area
    target: Sheet
    rows: int
    columns: int

    def takes(self, sheet: Sheet, rows: Span, columns: Span) -> bool:
        """Whether a rectangle goes along whole."""
        area = self.source
        return (
            sheet is area.sheet
            and _within(rows, area.top, area.bottom, sheet.row_count)
            and _within(columns, area.left, area.right, sheet.column_count)
        )


def _within(span: Span, start: int, end: int, count: int) -> bool:
    first = span[0] if span[0] is not None else 0
    last = span[1] if span[1] is not None else count
    return start <= first and last <= end


def relocate_formulas(document: Document, moves: Sequence[Relocation]) -> None:
    """Rewrite the formulas of all tabs for cells that are about to move; the formulas' own cells stay yet."""
    for sheet in document.sheets:
        for row, column, formula in list(sheet.grid.formulas()):
            own = _found(moves, sheet, (row, row + 1), (column, column + 1))
            home = own.target if own else sheet
            moved = rewritten(
                formula,
                lambda text, sheet=sheet, home=home: _relocated(text, document, sheet, home, moves),  # type: ignore[misc]
            )
            if moved != formula:
                sheet.grid.writable(row).formulas[column] = moved


def relocate_ranges(document: Document, moves: Sequence[Relocation], value: Any) -> None:
    """Adjust every GridRange and DimensionRange within a stored object, in place."""
    if isinstance(value, list):
        for item in value:
            relocate_ranges(document, moves, item)
        return
    if not isinstance(value, dict):
        return
    sheet = document.sheet(value.get("sheetId", 0))
    if sheet is not None and "dimension" in value and "startIndex" in value:
        _move_span(sheet, moves, value)
    elif sheet is not None and any(name in value for name in ("startRowIndex", "startColumnIndex")):
        _move_box(sheet, moves, value)
    for item in value.values():
        relocate_ranges(document, moves, item)


def _found(moves: Sequence[Relocation], sheet: Sheet, rows: Span, columns: Span) -> Relocation | None:
    return next((move for move in moves if move.takes(sheet, rows, columns)), None)


def _move_box(sheet: Sheet, moves: Sequence[Relocation], value: Json) -> None:
    rows = (value.get("startRowIndex"), value.get("endRowIndex"))
    columns = (value.get("startColumnIndex"), value.get("endColumnIndex"))
    move = _found(moves, sheet, rows, columns)
    if move is None:
        return
    value["sheetId"] = move.target.sheet_id
    for name, by in (("Row", move.rows), ("Column", move.columns)):
        for end in (f"start{name}Index", f"end{name}Index"):
            if end in value:
                value[end] += by


def _move_span(sheet: Sheet, moves: Sequence[Relocation], value: Json) -> None:
    by_row = value["dimension"] == "ROWS"
    span, whole = (value["startIndex"], value["endIndex"]), (None, None)
    move = _found(moves, sheet, *((span, whole) if by_row else (whole, span)))
    if move is not None:
        by = move.rows if by_row else move.columns
        value["startIndex"], value["endIndex"] = span[0] + by, span[1] + by


def _relocated(
    text: str, document: Document, old_home: Sheet, new_home: Sheet, moves: Sequence[Relocation]
) -> str:
    """A reference of a formula that goes from one tab to another, perhaps the same."""
    title, mark, cells = text.rpartition("!")
    sheet = document.sheet_titled(unquoted(title)) if mark else old_home
    matches = [REFERENCE.fullmatch(end) for end in cells.split(":")]
    ends = [end for end in matches if end is not None]
    if sheet is None or len(ends) != len(matches) or len(ends) > 2:
        return text
    move = _found(moves, sheet, _span(ends, by_row=True), _span(ends, by_row=False))
    if move is None:
        return text if mark or old_home is new_home else f"{quoted(sheet.title)}!{cells}"
    moved = ":".join(_moved_end(end, move) for end in ends)
    if move.target is sheet and mark:
        return f"{title}!{moved}"
    return moved if move.target is new_home else f"{quoted(move.target.title)}!{moved}"


def _span(ends: Sequence[re.Match[str]], *, by_row: bool) -> Span:
    places = [place(end, by_row=by_row) for end in ends]
    known = [one for one in places if one is not None]
    if len(known) < len(places):
        return (min(known, default=None), None)
    return (min(known), max(known) + 1)


def _moved_end(end: re.Match[str], move: Relocation) -> str:
    row, column = place(end, by_row=True), place(end, by_row=False)
    text = end[0]
    if row is not None and move.rows:
        text = written(end, row + move.rows, by_row=True)
    if column is not None and move.columns:
        again = REFERENCE.fullmatch(text)
        text = written(again, column + move.columns, by_row=False) if again else text
    return text
