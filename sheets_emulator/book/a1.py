"""Ranges in writing: A1 and R1C1 notation, sheet titles, named ranges, to areas of a tab and back.

Source: Sheets API guide, 'Cell references'; GOOGLE-recorded answers for how titles are quoted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sheets_emulator.wire.errors import invalid

if TYPE_CHECKING:
    from sheets_emulator.book.document import Document, Sheet

_A1_END = re.compile(r"\$?([A-Za-z]{1,3})?\$?([1-9][0-9]{0,9})?")
_R1C1_END = re.compile(r"[Rr]([1-9][0-9]{0,9})[Cc]([1-9][0-9]{0,9})")
_PLAIN_TITLE = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_LOOKS_LIKE_CELL = re.compile(r"[A-Za-z]{1,3}[0-9]{1,9}|[Rr][0-9]*[Cc][0-9]*|[Rr]|[Cc]|(?i:true|false)")


@dataclass(frozen=True)
class Area:
    """A rectangle of cells: 0-based, ends excluded, always bounded.

    `rows_open`/`columns_open` say that the writing left that side's end open; `single` that it named one
    cell, `whole` that it named just the tab.
    """

    sheet: Sheet
    top: int
    bottom: int
    left: int
    right: int
    single: bool = False
    whole: bool = False

    @property
    def text(self) -> str:
        """The area in A1 notation with its tab, as Google writes it in answers."""
        return f"{quoted(self.sheet.title)}!{cells_text(self.top, self.bottom, self.left, self.right)}"

    def within_grid(self) -> Area:
        """The part of the area that lies in the tab's grid."""
        return Area(
            self.sheet,
            self.top,
            max(min(self.bottom, self.sheet.row_count), self.top),
            self.left,
            max(min(self.right, self.sheet.column_count), self.left),
            self.single,
            self.whole,
        )

    def exceeds(self) -> bool:
        """Whether any part lies outside the grid."""
        return self.bottom > self.sheet.row_count or self.right > self.sheet.column_count

    def meets(self, other: Area) -> bool:
        """Whether the two share cells: of one tab, and neither beside the other."""
        return (
            self.sheet is other.sheet
            and self.top < other.bottom
            and other.top < self.bottom
            and self.left < other.right
            and other.left < self.right
        )

    def limits_error(self) -> str:
        """Google's sentence about an area outside the grid."""
        size = f"Max rows: {self.sheet.row_count}, max columns: {self.sheet.column_count}"
        return f"Range ({self.text}) exceeds grid limits. {size}"

    def as_grid_range(self) -> dict[str, int]:
        """The area as the API's GridRange, tab id included."""
        return {
            "sheetId": self.sheet.sheet_id,
            "startRowIndex": self.top,
            "endRowIndex": self.bottom,
            "startColumnIndex": self.left,
            "endColumnIndex": self.right,
        }


def letters(column: int) -> str:
    """The name of a 0-based column: 0 → A, 26 → AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def column_index(name: str) -> int:
    """The 0-based column of a name: A → 0, AA → 26."""
    index = 0
    for char in name.upper():
        index = index * 26 + ord(char) - 64
    return index - 1


def quoted(title: str) -> str:
    """A title as it stands before the `!`: in quotes unless it is a plain word that is no cell name."""
    if _PLAIN_TITLE.fullmatch(title) and not _LOOKS_LIKE_CELL.fullmatch(title):
        return title
    return "'" + title.replace("'", "''") + "'"


def cells_text(top: int, bottom: int, left: int, right: int) -> str:
    """A rectangle in A1 notation without its tab; one cell without a colon."""
    first = f"{letters(left)}{top + 1}"
    last = f"{letters(max(right, left + 1) - 1)}{max(bottom, top + 1)}"
    return first if first == last else f"{first}:{last}"


def parse_range(document: Document, text: str) -> Area:
    """The area that a text names; open ends reach to the edge of the grid, the area may exceed it.

    Raises:
        ApiError: 400 `Unable to parse range: …`.
    """
    title, cells = _split(text)
    if cells is None:
        whole = _whole_sheet(document, title, text)
        if whole is not None:
            return whole
        cells = title
        sheet = next((s for s in document.sheets if not s.properties.get("hidden")), document.sheets[0])
    else:
        titled = document.sheet_titled(title)
        if titled is None:
            raise _unparsable(text)
        sheet = titled
        named = _named(document, cells)
        if named is not None:
            return named
    ends = [_end(part) for part in cells.split(":")]
    if len(ends) > 2 or any(end is None for end in ends):
        raise _unparsable(text)
    return _area(sheet, [end for end in ends if end is not None], text)


def _split(text: str) -> tuple[str, str | None]:
    """(title, cells) of `'It''s'!A1`; (text, None) without a `!`; quotes are taken off."""
    quoted_title = re.fullmatch(r"'((?:[^']|'')+)'(?:!(.*))?", text, re.DOTALL)
    if quoted_title:
        cells = quoted_title[2]
        return quoted_title[1].replace("''", "'"), cells if cells is not None else None
    title, mark, cells = text.rpartition("!")
    return (title, cells) if mark else (text, None)


def _whole_sheet(document: Document, title: str, text: str) -> Area | None:
    named = None if text.startswith("'") else _named(document, title)
    if named is not None:
        return named
    sheet = document.sheet_titled(title)
    cell_like = not text.startswith("'") and bool(title) and all(_end(p) for p in title.split(":"))
    if sheet is not None and not (cell_like and _LOOKS_LIKE_CELL.fullmatch(title)):
        return Area(sheet, 0, sheet.row_count, 0, sheet.column_count, whole=True)
    if text.startswith("'"):
        raise _unparsable(text)
    return None


def _named(document: Document, name: str) -> Area | None:
    for named in document.named_ranges:
        if named["name"].casefold() == name.casefold():
            return resolve(document, named["range"])
    return None


def _end(text: str) -> tuple[int | None, int | None] | None:
    """(row, column), 0-based, of one end; None where it is no reference."""
    match = _A1_END.fullmatch(text)
    if match and (match[1] or match[2]):
        return (int(match[2]) - 1 if match[2] else None, column_index(match[1]) if match[1] else None)
    match = _R1C1_END.fullmatch(text)
    return (int(match[1]) - 1, int(match[2]) - 1) if match else None


def _area(sheet: Sheet, ends: list[tuple[int | None, int | None]], text: str) -> Area:
    rows = [row for row, _ in ends if row is not None]
    columns = [column for _, column in ends if column is not None]
    if len(ends) == 1 and not (rows and columns):
        raise _unparsable(text)
    top = min(rows, default=0)
    left = min(columns, default=0)
    bottom = max(rows) + 1 if len(rows) == len(ends) else max(sheet.row_count, top + 1)
    right = max(columns) + 1 if len(columns) == len(ends) else max(sheet.column_count, left + 1)
    return Area(sheet, top, bottom, left, right, single=len(ends) == 1)


def _unparsable(text: str) -> Exception:
    return invalid(f"Unable to parse range: {text}")


def resolve(document: Document, grid_range: dict[str, Any]) -> Area:
    """The area of a GridRange; missing ends reach to the edge of the grid.

    Raises:
        ApiError: 400, no such tab, or ends in the wrong order.
    """
    sheet = grid_sheet(document, grid_range.get("sheetId", 0))
    top, left = grid_range.get("startRowIndex", 0), grid_range.get("startColumnIndex", 0)
    bottom = grid_range.get("endRowIndex", max(sheet.row_count, top))
    right = grid_range.get("endColumnIndex", max(sheet.column_count, left))
    for name, start, end in (("Row", top, bottom), ("Column", left, right)):
        if start < 0:
            raise invalid(f"range.start{name}Index[{start}] must be greater than or equal to 0.")
        if end < start:
            raise invalid(f"range.end{name}Index[{end}] must be after range.start{name}Index[{start}].")
    return Area(sheet, top, bottom, left, right, single=bottom - top == 1 == right - left)


def corner(document: Document, coordinate: dict[str, Any]) -> Area:
    """The one cell of a GridCoordinate.

    Raises:
        ApiError: 400, no such tab, or a negative index.
    """
    sheet = grid_sheet(document, coordinate.get("sheetId", 0))
    row, column = coordinate.get("rowIndex", 0), coordinate.get("columnIndex", 0)
    if row < 0 or column < 0:
        raise invalid("rowIndex and columnIndex must be greater than or equal to 0.")
    return Area(sheet, row, row + 1, column, column + 1, single=True)


def grid_sheet(document: Document, sheet_id: int) -> Sheet:
    """The tab with this id.

    Raises:
        ApiError: 400 `No grid with id: …`.
    """
    sheet = document.sheet(sheet_id)
    if sheet is None:
        raise invalid(f"No grid with id: {sheet_id}")
    return sheet
