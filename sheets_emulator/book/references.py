"""Keep references right when rows or columns move: in formulas, and in the ranges of stored objects."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sheets_emulator.book.a1 import column_index, letters, quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from sheets_emulator.book.document import Document, Json, Sheet

REFERENCE = re.compile(r"(\$?)([A-Za-z]{1,3})(\$?)([1-9][0-9]*)|(\$?)([A-Za-z]{1,3})|(\$?)([1-9][0-9]*)")
_GONE = "#REF!"


@dataclass(frozen=True)
class Shift:
    """`count` rows or columns of a tab inserted before `at`, or, if negative, taken out from `at` on.

    With a `band` only cells within these columns (for rows; else rows) move: 0-based, end excluded.
    """

    sheet: Sheet
    dimension: str
    at: int
    count: int
    band: tuple[int, int] | None = None

    def reaches(self, start: int | None, end: int | None) -> bool:
        """Whether something that lies across from `start` to `end` moves along; None is an open side."""
        if self.band is None:
            return True
        return start is not None and end is not None and self.band[0] <= start <= end <= self.band[1]

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """Where [start, end) lies afterwards; None when nothing is left of it."""
        if self.count > 0:
            return (
                start + self.count if start >= self.at else start,
                end + self.count if end > self.at else end,
            )
        stop = self.at - self.count
        start, end = (
            i if i <= self.at else max(i + self.count, self.at) if i < stop else i + self.count
            for i in (start, end)
        )
        return (start, end) if end > start else None


def translated(formula: str, rows: int, columns: int) -> str:
    """A formula copied this many rows down and columns right: its relative references move along.

    One that would leave the tab at its top or left becomes `#REF!`.
    """
    return rewritten(formula, lambda text: _moved_token(text, rows, columns))


def _moved_token(text: str, rows: int, columns: int) -> str:
    from openpyxl.formula.translate import Translator, TranslatorError  # noqa: PLC0415  # as in `rewritten`

    try:
        moved: str = Translator.translate_range(text, rows, columns)  # type: ignore[no-untyped-call]
    except (TranslatorError, ValueError):  # openpyxl's words for 'left of A' and 'beyond ZZZ'
        return _GONE
    return moved


def shift_everything(document: Document, shift: Shift) -> None:
    """Adjust formulas, named ranges, metadata and the objects of all tabs."""
    for sheet in document.sheets:
        _shift_formulas(sheet, shift)
        for family, objects in sheet.objects.items():
            sheet.objects[family] = [one for one in objects if _shift_object(one, shift, sheet)]
        if sheet.basic_filter is not None and not _shift_object(sheet.basic_filter, shift, sheet):
            sheet.basic_filter = None
            sheet.show_filtered_rows()
    document.named_ranges = [one for one in document.named_ranges if _shift_object(one, shift, None)]
    document.developer_metadata = [
        one for one in document.developer_metadata if _shift_object(one["location"], shift, None)
    ]


def rename_everywhere(document: Document, old: str, new: str) -> None:
    """Let formulas follow a tab to its new name."""
    for sheet in document.sheets:
        for row, column, formula in list(sheet.grid.formulas()):
            moved = rewritten(formula, lambda text: _renamed_token(text, old, new))
            if moved != formula:
                sheet.grid.writable(row).formulas[column] = moved


def _renamed_token(text: str, old: str, new: str) -> str:
    title, mark, cells = text.rpartition("!")
    return f"{quoted(new)}!{cells}" if mark and unquoted(title).casefold() == old.casefold() else text


def unquoted(title: str) -> str:
    """A tab's title as it stands in a formula, without its quotes."""
    return title[1:-1].replace("''", "'") if title.startswith("'") else title


def _shift_object(value: Any, shift: Shift, home: Sheet | None) -> bool:
    """Adjust every range within; False when the object's own range is gone."""
    if isinstance(value, list):
        value[:] = [item for item in value if _shift_object(item, shift, home)]
        return True
    if not isinstance(value, dict):
        return True
    if not _shift_range(value, shift):
        return False
    for name in list(value):
        item = value[name]
        had = bool(item) and isinstance(item, list)
        if not _shift_object(item, shift, home):
            return False
        if had and not item and name == "ranges":  # a conditional format without cells
            return False
    return True


def _shift_range(value: Json, shift: Shift) -> bool:
    """Adjust one GridRange or DimensionRange in place; False when it is gone."""
    if value.get("sheetId", 0) != shift.sheet.sheet_id:
        return True
    if value.get("dimension") == shift.dimension and shift.band is None and "startIndex" in value:
        return _move_ends(value, "startIndex", "endIndex", shift)
    side, across = ("Row", "Column") if shift.dimension == "ROWS" else ("Column", "Row")
    if not shift.reaches(value.get(f"start{across}Index"), value.get(f"end{across}Index")):
        return True
    if f"start{side}Index" in value or f"end{side}Index" in value:
        return _move_ends(value, f"start{side}Index", f"end{side}Index", shift)
    return True


def _move_ends(value: Json, first: str, last: str, shift: Shift) -> bool:
    start, end = value.get(first), value.get(last)
    moved = shift.span(start or 0, end if end is not None else 2**31)
    if moved is None:
        return False
    if start is not None:
        value[first] = moved[0]
    if end is not None:
        value[last] = moved[1]
    return True


def _shift_formulas(sheet: Sheet, shift: Shift) -> None:
    for row, column, formula in list(sheet.grid.formulas()):
        moved = shifted_formula(formula, sheet, shift)
        if moved != formula:
            sheet.grid.writable(row).formulas[column] = moved


def shifted_formula(formula: str, home: Sheet, shift: Shift) -> str:
    """A formula of the tab `home` after rows or columns have moved; what is gone becomes `#REF!`."""
    return rewritten(formula, lambda text: _shifted_token(text, home, shift))


def rewritten(formula: str, rewrite: Callable[[str], str]) -> str:
    """A formula with each of its references rewritten; one that cannot be read stays."""
    from openpyxl.formula.tokenizer import Token, Tokenizer  # noqa: PLC0415  # slow to import; a book without formulas needs none

    try:
        tokenizer = Tokenizer(formula)
    except (ValueError, IndexError):
        return formula
    parts = ["="]
    for token in tokenizer.items:
        is_range = token.type == Token.OPERAND and token.subtype == Token.RANGE
        parts.append(rewrite(token.value) if is_range else token.value)
    return "".join(parts)


def _shifted_token(text: str, home: Sheet, shift: Shift) -> str:
    title, mark, cells = text.rpartition("!")
    target = unquoted(title).casefold() == shift.sheet.title.casefold() if mark else home is shift.sheet
    ends = [REFERENCE.fullmatch(end) for end in cells.split(":")]
    if not target or len(ends) > 2 or any(end is None for end in ends):
        return text
    known = [end for end in ends if end is not None]
    across = [place(end, by_row=shift.dimension != "ROWS") for end in known]
    sides = [side for side in across if side is not None]
    if not shift.reaches(
        min(sides, default=None), max(sides, default=-2) + 1 if len(sides) == len(known) else None
    ):
        return text
    moved = _shifted_ends(known, shift)
    return f"{title}{mark}{moved}" if moved is not None else _GONE


def _shifted_ends(ends: list[re.Match[str]], shift: Shift) -> str | None:
    by_row = shift.dimension == "ROWS"
    places = [place(end, by_row=by_row) for end in ends]
    if any(place is None for place in places):
        return ":".join(end[0] for end in ends)
    known = [place for place in places if place is not None]
    span = shift.span(min(known), max(known) + 1)
    if span is None:
        return None
    news = [span[0]] if len(known) == 1 else [span[0], span[1] - 1]
    if len(known) == 2 and known[0] > known[1]:
        news.reverse()
    return ":".join(written(end, new, by_row=by_row) for end, new in zip(ends, news, strict=True))


def place(end: re.Match[str], *, by_row: bool) -> int | None:
    """The 0-based row (or column) that an end of a reference names, None where it names none."""
    if by_row:
        text = end[4] or end[8]
        return int(text) - 1 if text else None
    name = end[2] or end[6]
    return column_index(name) if name else None


def written(end: re.Match[str], new: int, *, by_row: bool) -> str:
    """An end of a reference with another row (or column), its `$` signs kept."""
    column_mark, column = end[1] or end[5] or "", end[2] or end[6] or ""
    row_mark, row = end[3] or end[7] or "", end[4] or end[8] or ""
    if by_row:
        row = str(new + 1)
    else:
        column = letters(new)
    return f"{column_mark}{column}{row_mark}{row}"
