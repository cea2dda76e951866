"""A spreadsheet on pages: each tab begins a page, its charts below its cells; hidden rows and columns stay away."""

from __future__ import annotations

import io
from bisect import bisect_right
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from reportlab.lib.colors import Color, black, lightgrey
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import (
    BaseDocTemplate,
    Frame,
    LongTable,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    TableStyle,
)

from sheets_emulator.charts.drawing import drawn
from sheets_emulator.charts.reading import charts_of
from sheets_emulator.exchange.pdf_charts import drawing
from sheets_emulator.exchange.print_settings import Paper
from sheets_emulator.exchange.separated import shown_rows

if TYPE_CHECKING:
    from sheets_emulator.book.document import Document, Sheet
    from sheets_emulator.book.grid import Row
    from sheets_emulator.charts.marks import Picture

FONT = "NotoSans"  # reportlab's own fonts know neither Cyrillic nor the tenge sign
_FONT_FILE = "files/NotoSans[wdth,wght].ttf"
_FONT_POINTS = 8.0
_LEAST_POINTS = 0.3
_HEADING_POINTS = 11.0
_PADDING_POINTS = 4
_POINTS_PER_PIXEL = 0.75
_DEFAULT_COLUMN_PIXELS = 100
_DEFAULT_ROW_PIXELS = 21
_MOST_REPEATED_ROWS = 20
_NOT_DRAWN = "A chart of this kind is not drawn"
_WAYS = ("portrait", "landscape")
_ALIGNMENTS = {"LEFT": "LEFT", "CENTER": "CENTER", "RIGHT": "RIGHT"}


@dataclass(frozen=True)
class _Part:
    """The cells of one table: indexes of the rows and columns shown, their widths, and how much they shrink."""

    sheet: Sheet
    rows: list[int]
    columns: list[int]
    widths: list[float]
    scale: float


def pages(document: Document, title: str, paper: Paper | None = None) -> bytes:
    """The PDF of all tabs that are shown and hold something; one blank page when none does."""
    if FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(FONT, str(resources.files("fontpkg_noto_sans") / _FONT_FILE)))
    paper, first = paper or Paper(), ""
    story: list[Any] = []
    for sheet in document.sheets:
        texts = [] if sheet.properties.get("hidden") else list(shown_rows(document, sheet))
        rows, columns = _shown(sheet, texts, paper)
        pictures = [] if sheet.properties.get("hidden") or paper.area else _pictures(document, sheet)
        if (rows and columns) or pictures:
            way, tab = _tab(document, sheet, texts, (rows, columns), paper, title)
            room = paper.room(portrait=way == "portrait")
            for picture in pictures:
                tab += [Spacer(1, _HEADING_POINTS), drawing(picture, FONT, (room[0], room[1] * 0.9))]
            story += [NextPageTemplate(way), PageBreak(), *tab] if story else tab
            first = first or way
    data = io.BytesIO()
    _template(data, title, paper, first).build(story or [Spacer(1, 1)])
    return data.getvalue()


def _pictures(document: Document, sheet: Sheet) -> list[Picture]:
    """What the tab's charts show now, from above to below and from left to right."""
    read = sorted(charts_of(sheet.objects["charts"], document), key=lambda one: (one[0].row, one[0].column))
    return [drawn(chart, _NOT_DRAWN) for _, chart in read]


def _template(data: io.BytesIO, title: str, paper: Paper, first: str) -> BaseDocTemplate:
    """A document with pages of both ways; its first page lies in the way named."""
    ways = []
    for name in sorted(_WAYS, key=lambda name: name != first):
        portrait = name == "portrait"
        frame = Frame(paper.left_points, paper.bottom_points, *paper.room(portrait=portrait), 0, 0, 0, 0)
        ways.append(PageTemplate(name, [frame], pagesize=paper.size(portrait=portrait)))
    return BaseDocTemplate(data, pageTemplates=ways, title=title, invariant=True)


def _shown(sheet: Sheet, texts: list[list[str]], paper: Paper) -> tuple[list[int], list[int]]:
    """Rows and columns to print: those with content within the area asked for, without hidden ones."""
    top, bottom, left, right = paper.area or (0, len(texts), 0, len(texts[0]) if texts else 0)
    bottom, right = min(bottom, len(texts)), min(right, len(texts[0]) if texts else 0)
    rows = [i for i in range(top, bottom) if not _is_hidden(sheet.row_properties.get(i, {}))]
    columns = [i for i in range(left, right) if not _is_hidden(sheet.column_properties.get(i, {}))]
    return rows, columns


def _is_hidden(properties: dict[str, Any]) -> bool:
    return bool(properties.get("hiddenByUser") or properties.get("hiddenByFilter"))


def _tab(
    document: Document,
    sheet: Sheet,
    texts: list[list[str]],
    shown: tuple[list[int], list[int]],
    paper: Paper,
    title: str,
) -> tuple[str, list[Any]]:
    """A tab's way and flowables: its heading, its cells, cut into as many tables as the page's width needs."""
    rows, columns = shown
    sizes = [sheet.column_properties.get(i, {}).get("pixelSize", _DEFAULT_COLUMN_PIXELS) for i in columns]
    natural = [size * _POINTS_PER_PIXEL for size in sizes]
    portrait = paper.portrait if paper.portrait is not None else sum(natural) <= paper.room(portrait=True)[0]
    width, height = paper.room(portrait=portrait)
    heights = [sheet.row_properties.get(i, {}).get("pixelSize", _DEFAULT_ROW_PIXELS) for i in rows]
    by_height = min(1.0, height / (max(1.0, sum(heights)) * _POINTS_PER_PIXEL * 1.1))
    by_width = min(1.0, width / max(1.0, sum(natural)))
    scale = {"normal": 1.0, "width": by_width, "height": by_height, "page": min(by_width, by_height)}[
        paper.fit
    ]
    story: list[Any] = []
    style = ParagraphStyle("heading", fontName=FONT, fontSize=_HEADING_POINTS, spaceAfter=6)
    named = ([title] if paper.title else []) + ([sheet.title] if paper.tab_names else [])
    if named:
        story.append(Paragraph(" · ".join(named).replace("&", "&amp;").replace("<", "&lt;"), style))
    at = 0
    while at < len(columns) and rows:
        count = max(1, bisect_right(_sums([w * scale for w in natural[at:]]), width + 0.01))
        widths = [min(w * scale, width) for w in natural[at : at + count]]
        part = _Part(sheet, rows, columns[at : at + count], widths, scale)
        story += ([PageBreak()] if at else []) + [_table(document, part, texts, paper)]
        at += count
    return "portrait" if portrait else "landscape", story


def _sums(widths: list[float]) -> list[float]:
    sums, total = [], 0.0
    for width in widths:
        total += width
        sums.append(total)
    return sums


def _table(document: Document, part: _Part, texts: list[list[str]], paper: Paper) -> LongTable:
    sheet, points = part.sheet, max(_LEAST_POINTS, _FONT_POINTS * part.scale)
    grid = sheet.grid.rows
    merged = _merges(part)
    taken = {row for row, _, _ in merged}
    shown, spans = [], list(merged)
    for y, index in enumerate(part.rows):
        own = [texts[index][column] for column in part.columns]
        fitted, overflowing = _fitted(document, grid[index], own, part, points)
        shown.append(fitted)
        spans += [] if y in taken else [(y, first, last) for first, last in overflowing]
    frozen = sheet.properties.get("gridProperties", {}).get("frozenRowCount", 0)
    repeated = sum(1 for i in part.rows if i < frozen) if paper.frozen_rows_repeat else 0
    repeated = min(repeated, len(part.rows) - 1, _MOST_REPEATED_ROWS)
    table = LongTable(shown, colWidths=part.widths, repeatRows=repeated, hAlign="LEFT")
    looks: list[tuple[Any, ...]] = [
        ("FONT", (0, 0), (-1, -1), FONT, points, points * 1.2),
        ("VALIGN", (0, 0), (-1, -1), "BOTTOM"),
        ("LEFTPADDING", (0, 0), (-1, -1), 2 * part.scale),
        ("RIGHTPADDING", (0, 0), (-1, -1), 2 * part.scale),
        ("TOPPADDING", (0, 0), (-1, -1), part.scale),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2 * part.scale),
        *(("SPAN", (first, row), (last, row)) for row, first, last in spans),
    ]
    if paper.gridlines:
        looks.append(("GRID", (0, 0), (-1, -1), 0.25, lightgrey))
    for y, index in enumerate(part.rows):
        for x, column in enumerate(part.columns):
            looks += _look(document.styles[grid[index].style(column)], grid[index].value(column), (x, y))
    table.setStyle(TableStyle(looks))
    return table


def _merges(part: _Part) -> list[tuple[int, int, int]]:
    """(row, first column, last column) of merged cells as shown; those of several rows are left in their cells."""
    merges = []
    for merge in part.sheet.objects["merges"]:
        top, left = merge.get("startRowIndex", 0), merge.get("startColumnIndex", 0)
        rows = [y for y, i in enumerate(part.rows) if top <= i < merge["endRowIndex"]]
        columns = [x for x, i in enumerate(part.columns) if left <= i < merge["endColumnIndex"]]
        if len(rows) == 1 and len(columns) > 1:
            merges.append((rows[0], columns[0], columns[-1]))
    return merges


def _fitted(
    document: Document, row: Row, texts: list[str], part: _Part, points: float
) -> tuple[list[str], list[tuple[int, int]]]:
    """The texts of a row, wrapped where the cell says so, and (first, last) cells over which one flows on.

    A text flows over the blank cells to its right; a full one cuts it.
    """
    fitted: list[str] = []
    flowing: list[tuple[int, int]] = []
    for place, text in enumerate(texts):
        room = part.widths[place] - _PADDING_POINTS * part.scale
        if text and pdfmetrics.stringWidth(text, FONT, points) > room:
            style = document.styles[row.style(part.columns[place])]
            wrap = style.get("userEnteredFormat", {}).get("wrapStrategy")
            if wrap == "WRAP":
                text = "\n".join(simpleSplit(text, FONT, points, room))  # noqa: PLW2901  # the text that is shown
            else:
                last = place if wrap == "CLIP" else _blank_until(texts, place)
                room = sum(part.widths[place : last + 1]) - _PADDING_POINTS * part.scale
                text = text[: _cut(text, room, points)]  # noqa: PLW2901  # the text that is shown
                flowing += [(place, last)] if last > place else []
        fitted.append(text)
    return fitted, flowing


def _blank_until(texts: list[str], place: int) -> int:
    """The last of the blank cells that follow a cell, or the cell itself."""
    last = place
    while last + 1 < len(texts) and not texts[last + 1]:
        last += 1
    return last


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
