"""A spreadsheet on A4 pages: each tab begins a page, its columns are made to fit the width."""

from __future__ import annotations

import io
from bisect import bisect_right
from importlib import resources
from typing import TYPE_CHECKING, Any

from reportlab.lib.colors import Color, black, lightgrey
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import LongTable, PageBreak, SimpleDocTemplate, Spacer, TableStyle

from sheets_emulator.exports import shown_rows

if TYPE_CHECKING:
    from sheets_emulator.document import Document, Sheet
    from sheets_emulator.grid import Row

FONT = "NotoSans"  # reportlab's own fonts know neither Cyrillic nor the tenge sign
_FONT_FILE = "files/NotoSans[wdth,wght].ttf"
_MARGIN_POINTS = 36
_FONT_POINTS = 8.0
_PADDING_POINTS = 4
_POINTS_PER_PIXEL = 0.75
_DEFAULT_COLUMN_PIXELS = 100
_ALIGNMENTS = {"LEFT": "LEFT", "CENTER": "CENTER", "RIGHT": "RIGHT"}


def pages(document: Document, title: str) -> bytes:
    """The PDF of all tabs that are shown and hold something; one blank page when none does."""
    if FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(FONT, str(resources.files("fontpkg_noto_sans") / _FONT_FILE)))
    story: list[Any] = []
    for sheet in document.sheets:
        rows = [] if sheet.properties.get("hidden") else list(shown_rows(document, sheet))
        if rows:
            story += [_table(document, sheet, rows), PageBreak()]
    data = io.BytesIO()
    margins: dict[str, Any] = dict.fromkeys(
        ("leftMargin", "rightMargin", "topMargin", "bottomMargin"), _MARGIN_POINTS
    )
    SimpleDocTemplate(data, pagesize=A4, title=title, invariant=True, **margins).build(
        story or [Spacer(1, 1)]
    )
    return data.getvalue()


def _table(document: Document, sheet: Sheet, rows: list[list[str]]) -> LongTable:
    pixels = [
        sheet.column_properties.get(i, {}).get("pixelSize", _DEFAULT_COLUMN_PIXELS)
        for i in range(len(rows[0]))
    ]
    natural = [size * _POINTS_PER_PIXEL for size in pixels]
    scale = min(1.0, (A4[0] - 2 * _MARGIN_POINTS) / sum(natural))
    points = max(1.0, _FONT_POINTS * scale)
    frozen = sheet.properties.get("gridProperties", {}).get("frozenRowCount", 0)
    widths = [w * scale for w in natural]
    shown = [_fitted(document, sheet.grid.rows[i], texts, widths, points) for i, texts in enumerate(rows)]
    table = LongTable(shown, colWidths=widths, repeatRows=min(frozen, len(rows) - 1, 20))
    looks: list[tuple[Any, ...]] = [
        ("FONT", (0, 0), (-1, -1), FONT, points, points * 1.2),
        ("GRID", (0, 0), (-1, -1), 0.25, lightgrey),
        ("VALIGN", (0, 0), (-1, -1), "BOTTOM"),
        ("LEFTPADDING", (0, 0), (-1, -1), 2 * scale),
        ("RIGHTPADDING", (0, 0), (-1, -1), 2 * scale),
        ("TOPPADDING", (0, 0), (-1, -1), 1),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]
    for index, row in enumerate(sheet.grid.rows[: len(rows)]):
        for column in range(len(rows[0])):
            looks += _look(document.styles[row.style(column)], row.value(column), (column, index))
    table.setStyle(TableStyle(looks))
    return table


def _fitted(document: Document, row: Row, texts: list[str], widths: list[float], points: float) -> list[str]:
    """The texts of a row, wrapped where the cell says so, else cut where a full cell stands to the right."""
    fitted = []
    for column, text in enumerate(texts):
        room = widths[column] - _PADDING_POINTS
        if text and pdfmetrics.stringWidth(text, FONT, points) > room:
            wrap = document.styles[row.style(column)].get("userEnteredFormat", {}).get("wrapStrategy")
            if wrap == "WRAP":
                text = "\n".join(simpleSplit(text, FONT, points, room))  # noqa: PLW2901  # the text that is shown
            elif wrap == "CLIP" or "".join(texts[column + 1 : column + 2]):
                text = text[: _cut(text, room, points)]  # noqa: PLW2901  # the text that is shown
        fitted.append(text)
    return fitted


def _cut(text: str, room: float, points: float) -> int:
    """How many characters fit into the room."""
    return bisect_right(
        range(len(text)), room, key=lambda n: pdfmetrics.stringWidth(text[: n + 1], FONT, points)
    )


def _look(style: dict[str, Any], value: Any, at: tuple[int, int]) -> list[tuple[Any, ...]]:
    format_ = style.get("userEnteredFormat", {})
    looks: list[tuple[Any, ...]] = []
    number = isinstance(value, int | float) and not isinstance(value, bool)
    side = _ALIGNMENTS.get(format_.get("horizontalAlignment", ""), "RIGHT" if number else "LEFT")
    if side != "LEFT":
        looks.append(("ALIGN", at, at, side))
    if (fill := _colour(format_, "backgroundColor")) is not None:
        looks.append(("BACKGROUND", at, at, fill))
    if (ink := _colour(format_.get("textFormat", {}), "foregroundColor")) not in (None, black):
        looks.append(("TEXTCOLOR", at, at, ink))
    return looks


def _colour(holder: dict[str, Any], name: str) -> Color | None:
    rgb = holder.get(f"{name}Style", {}).get("rgbColor", holder.get(name))
    return None if rgb is None else Color(*(rgb.get(part, 0) for part in ("red", "green", "blue")))
