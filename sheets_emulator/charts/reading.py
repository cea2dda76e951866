"""Charts of a tab: what an EmbeddedChart's description and the cells come to, ready for drawing."""

from __future__ import annotations

import dataclasses
import math
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sheets_emulator.book.colours import colour
from sheets_emulator.charts.described import (
    PALETTE,
    AnyChart,
    Axis,
    Chart,
    Frame,
    Pie,
    Place,
    Scorecard,
    Series,
    Undrawn,
)
from sheets_emulator.charts.sources import Held, Sources

if TYPE_CHECKING:
    from sheets_emulator.book.document import Document

Json = Mapping[str, Any]
DRAWN = frozenset({"COLUMN", "BAR", "LINE", "AREA", "STEPPED_AREA", "SCATTER", "COMBO"})
_IN_A_COMBO = frozenset({"COLUMN", "LINE", "AREA", "STEPPED_AREA"})
_DASHES: Mapping[str, Sequence[float]] = {
    "DOTTED": (2, 2), "MEDIUM_DASHED": (4, 4), "MEDIUM_DASHED_DOTTED": (4, 3, 2, 3), "LONG_DASHED": (8, 4),
    "LONG_DASHED_DOTTED": (8, 3, 2, 3),
}  # fmt: skip
_POINT_PIXELS = 7.0
_BETTER, _WORSE = "#188038", "#c5221f"
_AGGREGATES: Mapping[str, Callable[[Sequence[float]], float]] = {
    "AVERAGE": statistics.fmean, "COUNT": len, "MAX": max, "MEDIAN": statistics.median, "MIN": min, "SUM": sum,
}  # fmt: skip


def charts_of(described: Sequence[Json], document: Document) -> Iterator[tuple[Place, AnyChart]]:
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
        yield place, read(chart.get("spec", {}), document, size)


def read(spec: Json, document: Document, size: tuple[int, int]) -> AnyChart:
    """A ChartSpec with the values of its cells."""
    sources = Sources(document, spec.get("hiddenDimensionStrategy", ""))
    back = colour(spec.get("backgroundColorStyle"), spec.get("backgroundColor")) or "#ffffff"
    frame = Frame(spec.get("title", ""), spec.get("subtitle", ""), *size, background=back)
    if "pieChart" in spec:
        return _pie(spec["pieChart"], sources, frame)
    if "scorecardChart" in spec:
        return _scorecard(spec["scorecardChart"], sources, frame)
    basic = spec.get("basicChart", {})
    if basic.get("chartType") in DRAWN:
        return _basic(basic, sources, frame)
    kinds = [name.removesuffix("Chart") for name in spec if name.endswith("Chart")]
    return Undrawn(frame, basic.get("chartType") or next(iter(kinds), ""))


def _size(pixels: Any) -> int:
    return min(4000, max(40, int(pixels)))


# ---- columns, bars, lines, areas, points
def _basic(basic: Json, sources: Sources, frame: Frame) -> Chart:
    kind = basic["chartType"]
    parts = basic.get("series", [])
    cells = [sources.cells(one.get("series", {})) for one in parts]
    header = header_count(basic, cells)
    first: Json = next(iter(basic.get("domains", [])), {})
    domain = sources.cells(first.get("domain", {}))[header:]
    series = [
        _series(one, own, header, (kind, number), sources)
        for number, (one, own) in enumerate(zip(parts, cells, strict=True))
    ]
    if basic.get("interpolateNulls"):
        series = [dataclasses.replace(one, is_joined=True) for one in series]
    labels, places = sources.texts(domain), [cell.number for cell in domain]
    missing = max([len(labels), *(len(one.values) for one in series)], default=0) - len(labels)
    labels, places = [*labels, *[""] * missing], [*places, *[None] * missing]
    if first.get("reversed"):
        labels, places = labels[::-1], places[::-1]
        series = [_reversed(one, len(labels)) for one in series]
    return Chart(
        frame,
        kind,
        basic.get("legendPosition", "").removesuffix("_LEGEND"),
        labels,
        series,
        _axes(basic, cells, header, sources),
        stacked=basic.get("stackedType", "").replace("NOT_STACKED", ""),
        has_totals=_is_labelled(basic.get("totalDataLabel", {})),
        places=places,
    )


def header_count(basic: Json, cells: Sequence[Sequence[Held]]) -> int:
    """The given number of header cells, else Google's guess: one if a series begins with a text."""
    if "headerCount" in basic:
        return int(basic["headerCount"])
    return int(any(own and isinstance(own[0].value, str) for own in cells))


def _series(one: Json, cells: list[Held], header: int, at: tuple[str, int], sources: Sources) -> Series:
    """`at` are the chart's kind and the number of the series in it."""
    kind, number = at
    if kind == "COMBO":
        own = one.get("type", "COLUMN")
        kind = own if own in _IN_A_COMBO else "LINE"
    line, point = one.get("lineStyle", {}), one.get("pointStyle", {})
    width = 0.0 if line.get("type") == "INVISIBLE" else float(line.get("width", 2))
    has_points = kind == "SCATTER" or bool(point)
    overrides = one.get("styleOverrides", [])
    tints = {o.get("index", 0): colour(o.get("colorStyle"), o.get("color")) for o in overrides}
    return Series(
        " ".join(filter(None, sources.texts(cells[:header]))),
        kind,
        colour(one.get("colorStyle"), one.get("color")) or PALETTE[number % len(PALETTE)],
        [cell.number for cell in cells[header:]],
        shown=sources.shown(cells[header:]),
        is_right=one.get("targetAxis") == "RIGHT_AXIS",
        is_labelled=_is_labelled(one.get("dataLabel", {})),
        line_pixels=0.0 if kind == "SCATTER" and not line else max(0.0, min(width, 50.0)),
        dash=_DASHES.get(line.get("type", ""), ()),
        point_pixels=max(0.0, min(float(point.get("size", _POINT_PIXELS)), 100.0)) if has_points else 0.0,
        tints={index: tint for index, tint in tints.items() if tint},
    )


def _reversed(one: Series, count: int) -> Series:
    values = [*one.values, *[None] * (count - len(one.values))]
    tints = {count - 1 - index: tint for index, tint in one.tints.items()}
    return dataclasses.replace(one, values=values[::-1], tints=tints)


def _is_labelled(label: Json) -> bool:
    return label.get("type") in {"DATA", "CUSTOM"}


def _axes(basic: Json, cells: Sequence[list[Held]], header: int, sources: Sources) -> dict[str, Axis]:
    """The three axes; those of values read like the first number that is measured on them."""
    by_default = "BOTTOM_AXIS" if basic["chartType"] == "BAR" else "LEFT_AXIS"
    targets = [one.get("targetAxis", by_default) for one in basic.get("series", [])]
    given = {axis.get("position"): axis for axis in basic.get("axis", [])}
    axes = {}
    for position in ("BOTTOM_AXIS", "LEFT_AXIS", "RIGHT_AXIS"):
        axis = given.get(position, {})
        window = axis.get("viewWindowOptions", {})
        own = [
            cell
            for one, target in zip(cells, targets, strict=True)
            if target == position
            for cell in one[header:]
        ]
        axes[position.removesuffix("_AXIS")] = Axis(
            axis.get("title", ""),
            window.get("viewWindowMin"),
            window.get("viewWindowMax"),
            sources.shown(own),
        )
    return axes


# ---- pies
def _pie(pie: Json, sources: Sources, frame: Frame) -> Pie:
    cells = sources.cells(pie.get("series", {}))
    header = int(bool(cells) and isinstance(cells[0].value, str))
    values = [cell.number for cell in cells[header:]]
    labels = sources.texts(sources.cells(pie.get("domain", {}))[header:])
    return Pie(
        frame,
        pie.get("legendPosition", "").removesuffix("_LEGEND"),
        [*labels, *[""] * (len(values) - len(labels))],
        values,
        min(0.9, max(0.0, float(pie.get("pieHole", 0)))),
    )


# ---- one number
def _scorecard(card: Json, sources: Sources, frame: Frame) -> Scorecard:
    """The key value, and the baseline as it is or as the difference from it."""
    scale = float(card.get("scaleFactor") or 1) or 1.0
    cells = sources.cells(card.get("keyValueData", {}))
    key = _aggregate(cells, card.get("aggregateType", ""))
    written = _written(card, sources.shown(cells))
    is_told = key is not None and math.isfinite(key / scale)
    text = written((key or 0.0) / scale) if is_told else next(iter(sources.texts(cells)), "")
    look = card.get("keyValueFormat", {}).get("textFormat", {})
    ink = colour(look.get("foregroundColorStyle"), look.get("foregroundColor")) or ""
    if "baselineValueData" not in card:
        return Scorecard(frame, text, key_colour=ink)
    others = sources.cells(card["baselineValueData"])
    baseline = _aggregate(others, card.get("aggregateType", ""))
    about = card.get("baselineValueFormat", {})
    said, direction = "", 0
    if key is not None and baseline is not None:
        direction = (key > baseline) - (key < baseline)
        said = _difference(
            about.get("comparisonType", ""), (key, baseline), scale, (written, sources.percent())
        )
    side = {1: ("positive", _BETTER), -1: ("negative", _WORSE)}.get(direction, ("", ""))
    tint = colour(about.get(f"{side[0]}ColorStyle"), about.get(f"{side[0]}Color")) or side[1]
    said = " ".join(filter(None, (said, about.get("description", ""))))
    return Scorecard(frame, text, said, tint, direction, ink)


def _difference(
    comparison: str, pair: tuple[float, float], scale: float, written: tuple[Callable[[float], str], ...]
) -> str:
    """How far the key is from the baseline: as a fraction of it where that is asked for and can be."""
    key, baseline = pair
    in_percent = comparison == "PERCENTAGE_DIFFERENCE"
    if in_percent and not baseline:
        return ""
    far = abs(key - baseline) / (abs(baseline) if in_percent else scale)
    return written[int(in_percent)](far) if math.isfinite(far) else ""


def _aggregate(cells: Sequence[Held], how: str) -> float | None:
    """The cells as one number: the first of them where nothing is asked for."""
    numbers = [cell.number for cell in cells if cell.number is not None]
    if not numbers or how not in _AGGREGATES:
        return cells[0].number if cells else None
    try:
        result = float(_AGGREGATES[how](numbers))
    except OverflowError:
        return None
    return result if math.isfinite(result) else None


def _written(card: Json, shown: Callable[[float], str]) -> Callable[[float], str]:
    if card.get("numberFormatSource") != "CUSTOM":
        return shown
    custom = card.get("customFormatOptions", {})
    return lambda value: f"{custom.get('prefix', '')}{shown(value)}{custom.get('suffix', '')}"
