"""One cell of an XLSX file: a typed value, a look, a note; text is never taken for a formula or an error."""

from __future__ import annotations

from copy import copy
from functools import cache

from openpyxl.cell import Cell as SheetCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.cell_style import StyleArray
from openpyxl.worksheet.dimensions import ColumnDimension
from openpyxl.worksheet.worksheet import Worksheet

from sheets_sync.building.wanted import Cell, CellValue, is_blank, style

FONT = "Arial"
_FORMULA_SIGNS = ("=", "+", "-", "@")


class CellWriter:
    """Writes cells of one workbook; a look is worked out once and then copied, which is ten times faster."""

    def __init__(self) -> None:
        self._looks: dict[str, StyleArray] = {}

    def write(self, sheet: Worksheet, row: int, column: int, cell: Cell) -> None:
        """Write one cell; row and column are 1-based."""
        if is_blank(cell.value) and cell.style == "plain":
            return
        target = sheet.cell(row, column)
        if not isinstance(target, SheetCell):
            raise TypeError("a blueprint has no merged cells")
        _set_value(target, cell.value)
        self._dress(target, cell.style)
        if isinstance(cell.value, str) and cell.value.startswith(_FORMULA_SIGNS):
            target.quotePrefix = True  # so that editing the cell in Excel leaves it a text
        if cell.note:
            target.comment = Comment(cell.note, "Tablo", width=260, height=110)

    def _dress(self, target: SheetCell, name: str) -> None:
        if name not in self._looks:
            dress(target, name)
            # openpyxl's own way to copy a look; its types leave the attribute out
            self._looks[name] = copy(target._style)  # type: ignore[attr-defined]  # noqa: SLF001
        else:
            target._style = copy(self._looks[name])  # type: ignore[attr-defined]  # noqa: SLF001


def dress(target: SheetCell | ColumnDimension, name: str) -> None:
    """Give a cell, or a whole column, the look of a style."""
    font, fill, alignment, border, pattern = _look(name)
    target.font, target.fill, target.alignment, target.border = font, fill, alignment, border
    target.number_format = pattern


def _set_value(target: SheetCell, value: CellValue) -> None:
    if is_blank(value):
        return
    if isinstance(value, str):
        target.value = ILLEGAL_CHARACTERS_RE.sub("", value)
        target.data_type = "s"
    else:
        target.value = value


@cache
def _look(name: str) -> tuple[Font, PatternFill, Alignment, Border, str]:
    look = style(name)
    fill = PatternFill("solid", fgColor=look.fill[1:]) if look.fill else PatternFill()
    line = Side(style="thin", color="9AA5B1") if look.line_above else None
    alignment = Alignment(
        horizontal=look.align.lower(), vertical="center", wrap_text=look.wrap, indent=int(look.indent)
    )
    font = Font(name=FONT, size=look.size, bold=look.bold, italic=look.italic, color=look.ink[1:] or None)
    return font, fill, alignment, Border(top=line), look.pattern or "General"
