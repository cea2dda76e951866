"""Charts of a tab: what an EmbeddedChart's description and the cells come to, ready for drawing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sheets_emulator.book.grid import CellError, Scalar
from sheets_emulator.numbers.formats import render
from sheets_emulator.view.looks import colour

if TYPE_CHECKING:
    from sheets_emulator.book.document import Document, Sheet

Json = Mapping[str, Any]
PALETTE = ("#4285f4", "#ea4335", "#fbbc04", "#34a853", "#ff6d01", "#46bdc6", "#7baaf7", "#f07b72")
DRAWN = frozenset({"COLUMN", "BAR", "LINE", "AREA", "COMBO"})


@dataclass(frozen=True)
class Series:
    """One row of values beside the labels; None where a cell holds no number."""

    name: str
    kind: str  # COLUMN, BAR, LINE, AREA
    colour: str
    values: Sequence[float | None]


@dataclass(frozen=True)
class Chart:
    """A chart ready for drawing; `kind` is PIE, a kind of basic chart, or '' for one that is not drawn."""

    kind: str
    title: str
    subtitle: str
    width: int
    height: int
    legend: str  # Google's legendPosition without '_LEGEND'
    labels: Sequence[str]
    series: Sequence[Series]
    axis_titles: tuple[str, str]  # below, left
    shown: Callable[[float], str]  # a number on the axis
    stacked: str = ""  # STACKED, PERCENT_STACKED
    hole_fraction: float = 0.0
    background: str = "#ffffff"


@dataclass(frozen=True)
class Place:
    """Where a chart lies: the cell of its upper left corner (0-based) and its distance from it in pixels."""

    row: int
    column: int
    right: int
    down: int


def charts_of(described: Sequence[Json], document: Document) -> Iterator[tuple[Place, Chart]]:
    """The charts of a tab with what stands now in the cells that they show."""
    for chart in described:
        overlay = chart.get("position", {}).get("overlayPosition", {})
        anchor = overlay.get("anchorCell", {})
        place = Place(
            anchor.get("rowIndex", 0),
            anchor.get("columnIndex", 0),
            overlay.get("offsetXPixels", 0),
            overlay.get("offsetYPixels", 0),
        )
        size = (_size(overlay.get("widthPixels", 600)), _size(overlay.get("heightPixels", 371)))
        yield place, _Reader(document).chart(chart.get("spec", {}), size)


def _size(pixels: Any) -> int:
    return min(4000, max(40, int(pixels)))


class _Reader:
    def __init__(self, document: Document) -> None:
        self._document = document

    def chart(self, spec: Json, size: tuple[int, int]) -> Chart:
        if "pieChart" in spec:
            return self._pie(spec, spec["pieChart"], size)
        basic = spec.get("basicChart", {})
        kind = basic.get("chartType", "")
        if kind not in DRAWN:
            return self._made(spec, size, kind="", legend="NO", labels=[], series=[])
        header = self._header_count(basic)
        domain: Json = next((d.get("domain", {}) for d in basic.get("domains", [])), {})
        labels = self._texts(domain)[header:]
        series = []
        for number, described in enumerate(basic.get("series", [])):
            cells = self._cells(described.get("series", {}))
            names = [self._text(cell) for cell in cells[:header]]
            own = kind if kind != "COMBO" else described.get("type", "COLUMN")
            series.append(
                Series(
                    " ".join(filter(None, names)),
                    own if own in DRAWN else "LINE",
                    colour(described.get("colorStyle"), described.get("color"))
                    or PALETTE[number % len(PALETTE)],
                    [_number(value) for value, _ in cells[header:]],
                )
            )
        count = max([len(labels), *(len(one.values) for one in series)], default=0)
        labels = [*labels, *[""] * (count - len(labels))]
        if domain and basic["domains"][0].get("reversed"):
            labels = labels[::-1]
            series = [Series(s.name, s.kind, s.colour, s.values[::-1]) for s in series]
        titles = {axis.get("position"): axis.get("title", "") for axis in basic.get("axis", [])}
        return self._made(
            spec,
            size,
            kind="COLUMN" if kind == "COMBO" else kind,
            legend=basic.get("legendPosition", "").removesuffix("_LEGEND"),
            labels=labels,
            series=series,
            axis_titles=(titles.get("BOTTOM_AXIS", ""), titles.get("LEFT_AXIS", "")),
            shown=self._shown(basic),
            stacked=basic.get("stackedType", "").replace("NOT_STACKED", ""),
        )

    def _pie(self, spec: Json, pie: Json, size: tuple[int, int]) -> Chart:
        cells = self._cells(pie.get("series", {}))
        header = int(bool(cells) and isinstance(cells[0][0], str))
        values = [_number(value) for value, _ in cells[header:]]
        labels = self._texts(pie.get("domain", {}))[header:]
        return self._made(
            spec,
            size,
            kind="PIE",
            legend=pie.get("legendPosition", "").removesuffix("_LEGEND"),
            labels=[*labels, *[""] * (len(values) - len(labels))],
            series=[Series("", "PIE", PALETTE[0], values)],
            hole_fraction=min(0.9, max(0.0, float(pie.get("pieHole", 0)))),
        )

    @staticmethod
    def _made(spec: Json, size: tuple[int, int], **more: Any) -> Chart:
        more.setdefault("axis_titles", ("", ""))
        more.setdefault("shown", lambda value: f"{value:g}")
        return Chart(
            title=spec.get("title", ""),
            subtitle=spec.get("subtitle", ""),
            width=size[0],
            height=size[1],
            background=colour(spec.get("backgroundColorStyle"), spec.get("backgroundColor")) or "#ffffff",
            **more,
        )

    def _header_count(self, basic: Json) -> int:
        """The given number of header cells, else Google's guess: one if a series begins with a text."""
        if "headerCount" in basic:
            return int(basic["headerCount"])
        firsts = [self._cells(one.get("series", {}))[:1] for one in basic.get("series", [])]
        return int(any(cells and isinstance(cells[0][0], str) for cells in firsts))

    def _shown(self, basic: Json) -> Callable[[float], str]:
        """Numbers on the axis look like the first number of the first series."""
        for described in basic.get("series", []):
            for value, number_format in self._cells(described.get("series", {})):
                if _number(value) is not None:
                    return lambda tick, look=number_format: render(  # type: ignore[misc]
                        tick, look, self._document.locale
                    )
        return lambda tick: render(tick, None, self._document.locale)

    def _texts(self, data: Json) -> list[str]:
        return [self._text(cell) for cell in self._cells(data)]

    def _text(self, cell: tuple[Scalar, Json | None]) -> str:
        value, number_format = cell
        return (
            str(value)
            if isinstance(value, CellError)
            else render(value, number_format, self._document.locale)
        )

    def _cells(self, data: Json) -> list[tuple[Scalar, Json | None]]:
        """The visible cells of a ChartData's ranges one after another: (value, number format)."""
        found: list[tuple[Scalar, Json | None]] = []
        for cells in data.get("sourceRange", {}).get("sources", []):
            sheet = self._document.sheet(cells.get("sheetId", 0))
            if sheet is not None:
                found.extend(self._range(sheet, cells))
        return found

    def _range(self, sheet: Sheet, cells: Json) -> Iterator[tuple[Scalar, Json | None]]:
        grid = sheet.grid
        bottom = min(cells.get("endRowIndex", sheet.row_count), max(len(grid.rows), 1))
        right = min(cells.get("endColumnIndex", sheet.column_count), sheet.column_count)
        for row in range(cells.get("startRowIndex", 0), bottom):
            if _is_hidden(sheet.row_properties.get(row)):
                continue
            for column in range(cells.get("startColumnIndex", 0), right):
                if not _is_hidden(sheet.column_properties.get(column)):
                    style = self._document.styles[grid.style(row, column)]
                    yield grid.value(row, column), style.get("userEnteredFormat", {}).get("numberFormat")


def _is_hidden(about: Json | None) -> bool:
    return bool(about and (about.get("hiddenByUser") or about.get("hiddenByFilter")))


def _number(value: Scalar) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
