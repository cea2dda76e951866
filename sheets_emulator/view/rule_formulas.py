"""Formulas within validation rules, worked out for the cells that they are about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sheets_emulator.formulas.calculation import at_cells
from sheets_emulator.view.validation import formulas_of

if TYPE_CHECKING:
    from datetime import datetime

    from sheets_emulator.book.document import Document, Sheet
    from sheets_emulator.cells.conditions import Scalar

Json = Mapping[str, Any]
Place = tuple[int, int]
Results = dict[tuple[str, int, int], "Scalar"]  # (formula, row, column) → what it comes to


def worked_out(
    document: Document, sheet_id: int, rules: Iterable[tuple[Place, Json]], now: datetime
) -> Results:
    """What the formulas of these cells' rules come to, each over the document's present cells.

    A rule's references without `$` are meant for the first of the cells that it was set on.
    """
    sheet = document.sheet(sheet_id)
    if sheet is None:
        return {}
    asked: list[tuple[str, int, int]] = []
    shifted: list[tuple[str, int, int]] = []
    for (row, column), rule in rules:
        texts = formulas_of(rule.get("condition", {}))
        top, left = _first_cell(document, sheet, rule) if texts else (row, column)
        asked += [(text, row, column) for text in texts]
        shifted += [(text, row - top, column - left) for text in texts]
    if not asked:
        return {}
    values = at_cells(document, document.sheets.index(sheet), shifted, now)
    return dict(zip(asked, values, strict=True))


def _first_cell(document: Document, sheet: Sheet, rule: Json) -> Place:
    """The uppermost row and leftmost column of the cells with this condition."""
    wanted = rule.get("condition")
    styles = {
        number
        for number, style in enumerate(document.styles.styles)
        if style.get("dataValidation", {}).get("condition") == wanted
    }
    rows = [
        (y, x)
        for y, row in enumerate(sheet.grid.rows)
        for x, style in enumerate(row.styles)
        if style in styles
    ]
    return min((y for y, _ in rows), default=0), min((x for _, x in rows), default=0)
