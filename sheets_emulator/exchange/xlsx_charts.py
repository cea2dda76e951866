"""Charts in Excel files: native ones that read the same cells, so that they follow them there, too.

Excel has no chart of one number: a scorecard becomes a single bar that carries its value. Kinds that
`charts/reading.py` does not draw are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.chart import AreaChart, BarChart, DoughnutChart, LineChart, PieChart, ScatterChart
from openpyxl.chart.data_source import (
    AxDataSource,
    NumData,
    NumDataSource,
    NumFmt,
    NumRef,
    NumVal,
    StrData,
    StrRef,
    StrVal,
)
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.layout import Layout, ManualLayout
from openpyxl.chart.marker import DataPoint, Marker
from openpyxl.chart.series import Series, SeriesLabel, XYSeries
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, OneCellAnchor
from openpyxl.drawing.text import CharacterProperties, Paragraph, ParagraphProperties
from openpyxl.drawing.xdr import XDRPositiveSize2D

from sheets_emulator.book.a1 import letters
from sheets_emulator.book.colours import colour
from sheets_emulator.charts.described import PALETTE, Pie, Scorecard
from sheets_emulator.charts.reading import DRAWN, charts_of, header_count
from sheets_emulator.charts.sources import Sources
from sheets_emulator.numbers.formats import pattern_of

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from sheets_emulator.book.document import Document, Sheet
    from sheets_emulator.charts.described import AnyChart, Place

Json = Mapping[str, Any]
_EMU_PER_PIXEL = 9525
_SECOND_AXIS = 200
_CARD_HUNDREDTHS = 2800  # of a point: the size of a scorecard's number
_LEGENDS = {"BOTTOM": "b", "LEFT": "l", "RIGHT": "r", "TOP": "t", "": "r"}
_GROUPINGS = {"STACKED": "stacked", "PERCENT_STACKED": "percentStacked"}
_DASHES = {
    "DOTTED": "sysDot", "MEDIUM_DASHED": "dash", "MEDIUM_DASHED_DOTTED": "dashDot", "LONG_DASHED": "lgDash",
    "LONG_DASHED_DOTTED": "lgDashDot",
}  # fmt: skip


def hang_charts(document: Document, sheet: Sheet, page: Worksheet, tabs: Mapping[str, str]) -> None:
    """Put the tab's charts on its page; `tabs` gives the file's name of each tab by its folded title."""
    described = sheet.objects["charts"]
    for about, (place, chart) in zip(described, charts_of(described, document), strict=True):
        made = _Writer(document, tabs, about.get("spec", {})).chart(chart)
        if made is not None:
            _place(made, place, (chart.frame.width, chart.frame.height))
            page.add_chart(made)


def _place(made: Any, place: Place, size: tuple[int, int]) -> None:
    corner = AnchorMarker(
        col=max(0, place.column),
        row=max(0, place.row),
        colOff=place.right * _EMU_PER_PIXEL,
        rowOff=place.down * _EMU_PER_PIXEL,
    )
    made.anchor = OneCellAnchor(
        _from=corner, ext=XDRPositiveSize2D(size[0] * _EMU_PER_PIXEL, size[1] * _EMU_PER_PIXEL)
    )


def _clean(text: str) -> str:
    return ILLEGAL_CHARACTERS_RE.sub("", text)


class _Writer:
    """Makes the Excel chart of one description."""

    def __init__(self, document: Document, tabs: Mapping[str, str], spec: Json) -> None:
        self._document, self._tabs, self._spec = document, tabs, spec
        self._all = Sources(document, "SHOW_ALL")  # what is hidden is Excel's to leave out

    def chart(self, read: AnyChart) -> Any:
        """The openpyxl chart; None for a kind that is left out."""
        if isinstance(read, Pie):
            made = self._pie(self._spec["pieChart"], read)
        elif isinstance(read, Scorecard):
            made = self._card(self._spec["scorecardChart"])
        elif self._spec.get("basicChart", {}).get("chartType") in DRAWN:
            made = self._basic(self._spec["basicChart"])
        else:
            return None
        title = _clean("\n".join(filter(None, (read.frame.title, read.frame.subtitle))))
        made.visible_cells_only = self._spec.get("hiddenDimensionStrategy") != "SHOW_ALL"
        made.title = title or None
        if made.title is not None:
            made.title.overlay = False  # beside the picture, not over it
        made.auto_title_deleted = not title  # else Excel writes the first series' name there
        return made

    # ---- references
    def _ref(self, data: Json, start: int, end: int | None = None) -> str | None:
        """The cells of a ChartData from the `start`-th of each range on as Excel writes them; None where there are none."""
        parts = []
        for source in data.get("sourceRange", {}).get("sources", []):
            sheet = self._document.sheet(source.get("sheetId", 0))
            if sheet is None:
                continue
            top, left = source.get("startRowIndex", 0), source.get("startColumnIndex", 0)
            bottom = min(source.get("endRowIndex", sheet.row_count), sheet.row_count)
            right = min(source.get("endColumnIndex", sheet.column_count), sheet.column_count)
            if bottom - top == 1 and right - left > 1:
                left, right = left + start, right if end is None else min(right, left + end)
            else:
                top, bottom = top + start, bottom if end is None else min(bottom, top + end)
            start, end = 0, None  # headers stand at the beginning of the first range alone
            if bottom > top and right > left:
                name = self._tabs[sheet.title.casefold()].replace("'", "''")
                parts.append(f"'{name}'!${letters(left)}${top + 1}:${letters(right - 1)}${bottom}")
        return f"({','.join(parts)})" if len(parts) > 1 else next(iter(parts), None)

    def _numbers(self, data: Json, header: int) -> NumDataSource:
        return NumDataSource(numRef=self._number_ref(data, header))

    def _number_ref(self, data: Json, header: int) -> NumRef:
        """The cells, with the numbers that they hold now for readers that do not look there."""
        cells = self._all.cells(data)[header:]
        known = [
            NumVal(idx=i, v=repr(cell.number)) for i, cell in enumerate(cells) if cell.number is not None
        ]
        look = next((cell.number_format for cell in cells if cell.number is not None), None)
        pattern = pattern_of(look or {}, self._document.locale) or "General"
        cache = NumData(formatCode=pattern, ptCount=len(cells), pt=known)
        return NumRef(f=self._ref(data, header) or "#REF!", numCache=cache)

    def _labels(self, data: Json, header: int) -> AxDataSource | None:
        where = self._ref(data, header)
        texts = [_clean(text) for text in self._all.texts(self._all.cells(data)[header:])]
        known = [StrVal(idx=i, v=text) for i, text in enumerate(texts) if text]
        cache = StrData(ptCount=len(texts), pt=known)
        return AxDataSource(strRef=StrRef(f=where, strCache=cache)) if where else None

    def _header(self, data: Json, header: int) -> SeriesLabel | None:
        cells = self._ref(data, 0, header) if header else None
        return SeriesLabel(strRef=StrRef(f=cells)) if cells else None

    # ---- kinds
    def _basic(self, basic: Json) -> Any:
        sources = Sources(self._document)
        header = header_count(
            basic, [sources.cells(one.get("series", {})) for one in basic.get("series", [])]
        )
        kind = basic["chartType"]
        domain: Json = next(iter(basic.get("domains", [])), {})
        layers: dict[tuple[str, bool], Any] = {}
        for number, one in enumerate(basic.get("series", [])):
            own = one.get("type", "COLUMN") if kind == "COMBO" else kind
            key = (own, one.get("targetAxis") == "RIGHT_AXIS")
            if key not in layers:
                layers[key] = _empty(own, basic)
            layers[key].series.append(self._series(one, domain.get("domain", {}), header, (own, number)))
        made = list(layers.items()) or [((kind, False), _empty(kind, basic))]
        (_, first), others = made[0], made[1:]
        _axes(first, basic, kind)
        second = {key: layer for key, layer in others if key[1] != made[0][0][1]}
        for key, layer in others:
            if key in second:
                _second_axis(layer, basic, is_right=key[1])
            first += layer
        if domain.get("reversed"):
            first.x_axis.scaling.orientation = "maxMin"
        position = basic.get("legendPosition", "").removesuffix("_LEGEND")
        first.legend = None if position == "NO" else first.legend
        if first.legend is not None:
            first.legend.position = _LEGENDS.get(position, "r")
        return first

    def _series(self, one: Json, domain: Json, header: int, at: tuple[str, int]) -> Series | XYSeries:
        """`at` are the kind it is drawn as and its number among the series."""
        kind, number = at
        numbers, name = (
            self._numbers(one.get("series", {}), header),
            self._header(one.get("series", {}), header),
        )
        if kind == "SCATTER":
            has_places = self._ref(domain, header) is not None
            across = AxDataSource(numRef=self._number_ref(domain, header)) if has_places else None
            made: Series | XYSeries = XYSeries(idx=number, order=number, tx=name, xVal=across, yVal=numbers)
        else:
            made = Series(idx=number, order=number, tx=name, cat=self._labels(domain, header), val=numbers)
        _look(
            made, one, kind, colour(one.get("colorStyle"), one.get("color")) or PALETTE[number % len(PALETTE)]
        )
        return made

    def _pie(self, pie: Json, read: Pie) -> Any:
        made = (
            DoughnutChart(holeSize=max(1, round(read.hole_fraction * 100)))
            if read.hole_fraction
            else PieChart()
        )
        cells = Sources(self._document).cells(pie.get("series", {}))
        header = int(bool(cells) and isinstance(cells[0].value, str))
        slices = Series(
            idx=0,
            order=0,
            tx=self._header(pie.get("series", {}), header),
            cat=self._labels(pie.get("domain", {}), header),
            val=self._numbers(pie.get("series", {}), header),
        )
        for number in range(len(read.values)):
            look = GraphicalProperties(solidFill=PALETTE[number % len(PALETTE)].removeprefix("#"))
            slices.dPt.append(DataPoint(idx=number, spPr=look))
        slices.dLbls = DataLabelList(showPercent=True, showVal=False, showSerName=False, showCatName=False)
        made.series.append(slices)
        if read.legend == "NO":
            made.legend = None
        elif made.legend is not None:
            made.legend.position = _LEGENDS.get(read.legend, "r")
        return made

    def _card(self, card: Json) -> BarChart:
        """One bar as wide as the chart, with its value on it and no axes."""
        made = BarChart(gapWidth=0)
        bar = Series(idx=0, order=0, val=self._numbers(card.get("keyValueData", {}), 0))
        bar.graphicalProperties = GraphicalProperties(noFill=True)
        large = ParagraphProperties(defRPr=CharacterProperties(sz=_CARD_HUNDREDTHS, b=True))
        bar.dLbls = DataLabelList(
            showVal=True,
            showSerName=False,
            showCatName=False,
            showLegendKey=False,
            dLblPos="ctr",
            txPr=RichText(p=[Paragraph(pPr=large, endParaRPr=CharacterProperties())]),
        )
        made.series.append(bar)
        made.legend = None
        made.x_axis.delete = made.y_axis.delete = True
        made.layout = Layout(ManualLayout(x=0.05, y=0.3, w=0.9, h=0.6))
        return made


def _empty(kind: str, basic: Json) -> Any:
    """A chart of a kind without series."""
    grouping = _GROUPINGS.get(basic.get("stackedType", ""))
    if kind in {"COLUMN", "BAR"}:
        made: Any = BarChart(barDir="bar" if kind == "BAR" else "col", grouping=grouping or "clustered")
        made.overlap = 100 if grouping else None
        if kind == "BAR":
            made.x_axis.scaling.orientation = "maxMin"  # the first label on top, as in Google's
    elif kind in {"AREA", "STEPPED_AREA"}:
        made = AreaChart(grouping=grouping or "standard")
    elif kind == "SCATTER":
        made = ScatterChart(scatterStyle="lineMarker")
    else:
        made = LineChart()
    return made


def _look(made: Any, one: Json, kind: str, tint: str) -> None:
    """Colour, line, points and labels of a series."""
    plain = tint.removeprefix("#")
    if kind in {"LINE", "SCATTER"}:
        line = one.get("lineStyle", {})
        look = GraphicalProperties()
        if (kind == "SCATTER" and not line) or line.get("type") == "INVISIBLE":
            look.line.noFill = True
        else:
            look.line.solidFill = plain
            look.line.width = max(0, min(50, int(line.get("width", 2)))) * _EMU_PER_PIXEL
            look.line.dashStyle = _DASHES.get(line.get("type", ""))
        made.graphicalProperties = look
        has_points = kind == "SCATTER" or bool(one.get("pointStyle"))
        made.marker = Marker(symbol="circle" if has_points else "none")
        if has_points:
            made.marker.size = max(2, min(72, round(one.get("pointStyle", {}).get("size", 7))))
            made.marker.graphicalProperties = GraphicalProperties(solidFill=plain)
        made.smooth = False
    else:
        made.graphicalProperties = GraphicalProperties(solidFill=plain)
    for own in one.get("styleOverrides", []):
        tint_own = colour(own.get("colorStyle"), own.get("color"))
        if tint_own and kind in {"COLUMN", "BAR"}:
            look = GraphicalProperties(solidFill=tint_own.removeprefix("#"))
            made.dPt.append(DataPoint(idx=own.get("index", 0), spPr=look))
    if one.get("dataLabel", {}).get("type") in {"DATA", "CUSTOM"}:
        made.dLbls = DataLabelList(showVal=True, showSerName=False, showCatName=False, showLegendKey=False)


def _axes(made: Any, basic: Json, kind: str) -> None:
    """Titles and ends of the first two axes; openpyxl would leave them out of sight."""
    given = {axis.get("position"): axis for axis in basic.get("axis", [])}
    labels, values = ("LEFT_AXIS", "BOTTOM_AXIS") if kind == "BAR" else ("BOTTOM_AXIS", "LEFT_AXIS")
    if all(one.get("targetAxis") == "RIGHT_AXIS" for one in basic.get("series", [])) and basic.get("series"):
        values = "RIGHT_AXIS"
    for axis, position in ((made.x_axis, labels), (made.y_axis, values)):
        axis.delete = False
        _say(axis, given.get(position, {}))
    made.y_axis.numFmt = NumFmt(formatCode="General", sourceLinked=True)  # numbers look as in the cells
    if kind != "SCATTER":
        made.x_axis.number_format = "General"


def _second_axis(layer: Any, basic: Json, *, is_right: bool) -> None:
    """Measure a layer on an axis of its own at the other side."""
    given = {axis.get("position"): axis for axis in basic.get("axis", [])}
    layer.y_axis.axId = _SECOND_AXIS
    layer.y_axis.delete = False
    layer.y_axis.crosses = "max"
    layer.y_axis.numFmt = NumFmt(formatCode="General", sourceLinked=True)
    layer.y_axis.majorGridlines = None
    _say(layer.y_axis, given.get("RIGHT_AXIS" if is_right else "LEFT_AXIS", {}))


def _say(axis: Any, about: Json) -> None:
    axis.title = _clean(about.get("title", "")) or None
    if axis.title is not None:
        axis.title.overlay = False
    window = about.get("viewWindowOptions", {})
    axis.scaling.min, axis.scaling.max = window.get("viewWindowMin"), window.get("viewWindowMax")
