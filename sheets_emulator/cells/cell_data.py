"""CellData: what a cell holds and how it looks, conditional formats and formulas' own number formats included."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sheets_emulator.book import defaults
from sheets_emulator.book.grid import CellError, Row, Scalar
from sheets_emulator.cells.conditional_formats import formats_of, reach_over_blanks, within
from sheets_emulator.numbers.formats import pattern_of, render
from sheets_emulator.wire.masks import wants

if TYPE_CHECKING:
    from datetime import datetime

    from sheets_emulator.book.document import Document, Json, Sheet
    from sheets_emulator.wire.masks import Mask

_PATH = ("sheets", "data", "rowData", "values")
_STYLE_FIELDS = ("dataValidation", "note", "textFormatRuns", "chipRuns")
_FIELDS = (
    "userEnteredValue",
    "effectiveValue",
    "formattedValue",
    "userEnteredFormat",
    "effectiveFormat",
    "hyperlink",
    *_STYLE_FIELDS,
)
_LINK = re.compile(r"=\s*HYPERLINK\(\s*\"((?:[^\"]|\"\")*)\"", re.IGNORECASE)
_NOTHING = Row()
_MOST_BLANKS = 100_000


class Cells:
    """Makes the CellData of one tab within some rows and columns; what follows from a style is made once."""

    def __init__(
        self, document: Document, sheet: Sheet, mask: Mask | None, rows: range, columns: range, now: datetime
    ) -> None:
        """`mask` is the answer's; `now` tells conditions with relative dates and formulas which day it is."""
        rows, columns = _bounded(sheet, rows, columns)
        self._document, self._sheet, self._rows, self._columns = document, sheet, rows, columns
        self._wants = {name: wants(mask, *_PATH, name) for name in _FIELDS}
        self._formats: dict[tuple[object, ...], Json] = {}
        looks = self._wants["effectiveFormat"]
        self._rules = formats_of(document, sheet, rows, columns, now) if looks else None
        rules = sheet.objects["conditionalFormats"] if self._rules else []
        self._reach = list(reach_over_blanks(rules))

    def rows(self) -> list[Json]:
        """RowData of the rows; those behind the last that shows anything are left out."""
        held = self._sheet.grid.rows
        last = max([len(held), *(r.get("endRowIndex", self._sheet.row_count) for r in self._reach)])
        made = [
            self._row(index, held[index] if index < len(held) else _NOTHING)
            for index in range(self._rows.start, min(self._rows.stop, last))
        ]
        while made and not made[-1]:
            made.pop()
        return made

    def _row(self, index: int, row: Row) -> Json:
        end = max(len(row.values), len(row.styles))
        for cells in self._reach:
            if within(cells, index, cells.get("startColumnIndex", 0)):
                end = max(end, cells.get("endColumnIndex", self._columns.stop))
        values = [
            self._cell(index, row, column)
            for column in range(self._columns.start, min(self._columns.stop, end))
        ]
        while values and not values[-1]:
            values.pop()
        return {"values": values} if values else {}

    def _cell(self, index: int, row: Row, column: int) -> Json:
        """Only what is wanted and there."""
        value, number, formula = row.value(column), row.style(column), row.formulas.get(column)
        style = self._document.styles[number]
        has_value = value is not None or formula is not None
        if not has_value and not style and not self._reach:
            return {}
        asked = self._rules is not None or self._wants["formattedValue"]
        shown = shown_text(value, style, self._document.locale) if asked and value is not None else ""
        cell: Json = self._values(value, formula, shown) if has_value else {}
        wanted = self._wants
        if wanted["userEnteredFormat"] and "userEnteredFormat" in style:
            cell["userEnteredFormat"] = style["userEnteredFormat"]
        if wanted["effectiveFormat"]:
            over = self._rules.over(index, column, value, shown) if self._rules else None
            if has_value or style or over:
                cell["effectiveFormat"] = self._look(number, style, value, over)
        for name in _STYLE_FIELDS:
            if name in style and wanted[name]:
                cell[name] = style[name]
        link = _link(style, formula)
        if link and wanted["hyperlink"]:
            cell["hyperlink"] = link
        return cell

    def _values(self, value: Scalar, formula: str | None, shown: str) -> Json:
        cell: Json = {}
        if self._wants["userEnteredValue"]:
            entered = {"formulaValue": formula} if formula is not None else extended_value(value)
            cell["userEnteredValue"] = entered
        if value is not None:
            if self._wants["effectiveValue"]:
                cell["effectiveValue"] = extended_value(value)
            if self._wants["formattedValue"]:
                cell["formattedValue"] = shown
        return cell

    def _look(self, number: int, style: Json, value: Scalar, over: Json | None) -> Json:
        computed = getattr(value, "number_format", None)
        key = (number, type(value).__name__, repr(computed))
        known = self._formats.get(key)
        if known is None:
            known = merged(defaults.DEFAULT_FORMAT, style.get("userEnteredFormat", {}))
            if value is not None and "horizontalAlignment" not in known:
                known["horizontalAlignment"] = _alignment(value)
            if computed and "numberFormat" not in known:
                pattern = pattern_of(computed, self._document.locale)
                known["numberFormat"] = {"type": computed["type"]} | ({"pattern": pattern} if pattern else {})
            known.setdefault("hyperlinkDisplayType", "PLAIN_TEXT")
            self._formats[key] = known
        if not over:
            return known
        shown = (*key, repr(over))
        if shown not in self._formats:
            self._formats[shown] = merged(known, defaults.normalise("CellFormat", over))
        return self._formats[shown]


def _bounded(sheet: Sheet, rows: range, columns: range) -> tuple[range, range]:
    """What of an area is looked at: all of a small one, of a large one as much as holds anything.

    Blank cells show something only under a conditional format; ten million of them would take minutes.
    """
    if len(rows) * len(columns) <= _MOST_BLANKS:
        return rows, columns
    held = sheet.grid.rows
    width = max((max(len(row.values), len(row.styles)) for row in held), default=0)
    return (
        range(rows.start, max(rows.start, min(rows.stop, len(held)))),
        range(columns.start, max(columns.start, min(columns.stop, width))),
    )


def _link(style: Json, formula: str | None) -> str | None:
    """Where a cell links to: by a HYPERLINK formula, or by its format."""
    match = _LINK.match(formula) if formula else None
    if match:
        return match[1].replace('""', '"')
    uri: str | None = style.get("userEnteredFormat", {}).get("textFormat", {}).get("link", {}).get("uri")
    return uri


def _alignment(value: Scalar) -> str:
    if isinstance(value, (bool, CellError)):
        return "CENTER"
    return "RIGHT" if isinstance(value, (int, float)) else "LEFT"


def merged(under: Json, over: Json) -> Json:
    """Nested dictionaries laid over one another; a colour replaces a colour whole."""
    result: dict[str, Any] = dict(under)
    for name, value in over.items():
        below = result.get(name)
        nest = isinstance(value, dict) and isinstance(below, dict) and "olor" not in name
        result[name] = merged(below, value) if nest and isinstance(below, dict) else value
    return result


def extended_value(value: Scalar) -> Json:
    """A value as ExtendedValue."""
    if isinstance(value, CellError):
        return {"errorValue": {"type": value.type, "message": value.message}}
    if isinstance(value, bool):
        return {"boolValue": value}
    return {"numberValue": value} if isinstance(value, (int, float)) else {"stringValue": value or ""}


def shown_text(value: Scalar, style: Json, locale: str) -> str:
    """What the cell shows."""
    if value is None:
        return ""
    if isinstance(value, CellError):
        return str(value)
    return render(value, style.get("userEnteredFormat", {}).get("numberFormat"), locale)
