"""A SPARKLINE's picture: a line, columns, wins and losses, or one bar, with Google's options.

Options and their meaning are those of Google's help on SPARKLINE: `charttype` (line, bar, column, winloss); for
lines `xmin`, `xmax`, `ymin`, `ymax`, `color`, `linewidth`; for columns and wins `color`, `lowcolor`, `highcolor`,
`firstcolor`, `lastcolor`, `negcolor`, `axis`, `axiscolor`, `ymin`, `ymax`; for bars `max`, `color1`, `color2`; for
all `empty` (zero, ignore), `nan` (convert, ignore), `rtl`. Colours are names or `#rrggbb`.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from sheets_emulator.book.grid import CellError, Scalar
from sheets_emulator.charts.marks import Line, Mark, Picture, Point, Rectangle
from sheets_emulator.charts.sources import number_of

if TYPE_CHECKING:
    from sheets_emulator.formulas.sparklines import SparklineCall

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}|#[0-9a-fA-F]{3}|[a-zA-Z]{3,24}")
_INK, _FIRST_BAR, _SECOND_BAR = "#000000", "#ff9900", "#f9cb9c"
_MOST_LABELLED = 12
Options = Mapping[str, Scalar]


def sparkline(call: SparklineCall, width: float, height: float) -> Picture | None:
    """The picture in a cell of this size (pixels); None where there is nothing to show or the kind is unknown."""
    kinds: Mapping[str, Callable[[list[float | None], SparklineCall, tuple[float, float]], list[Mark]]] = {
        "line": _line, "column": _columns, "winloss": _wins, "bar": _bar,
    }  # fmt: skip
    kind = str(call.options.get("charttype", "line")).lower()
    values = _values(call)
    if kind not in kinds or not any(value is not None for value in values):
        return None
    told = ", ".join(f"{value:g}" for value in values[:_MOST_LABELLED] if value is not None)
    marks = kinds[kind](values, call, (width, height))
    if _is_true(call.options.get("rtl")):
        marks = [_mirrored(mark, width) for mark in marks]
    return Picture(width, height, "", f"SPARKLINE {kind}: {told}", marks)


def _mirrored(mark: Mark, width: float) -> Mark:
    if isinstance(mark, Rectangle):
        return dataclasses.replace(mark, x=width - mark.x - mark.width)
    if isinstance(mark, Line):
        return dataclasses.replace(mark, points=[(width - x, y) for x, y in mark.points])
    return mark


def _rows(call: SparklineCall) -> tuple[list[Scalar], list[Scalar] | None]:
    """The values, and what lies under each of them along the bottom where two rows or columns are given."""
    rows = [list(row) for row in call.rows]
    is_line = str(call.options.get("charttype", "line")).lower() == "line"
    if is_line and len(rows) == 2 and len(rows[0]) > 1:
        return rows[1], rows[0]
    if is_line and len(rows) > 2 and all(len(row) == 2 for row in rows):
        return [row[1] for row in rows], [row[0] for row in rows]
    return [value for row in rows for value in row], None


def _values(call: SparklineCall) -> list[float | None]:
    """The numbers in their places; None where nothing is drawn."""
    values = []
    for value in _rows(call)[0]:
        number = number_of(value)
        if number is None:
            empty = value is None or value == ""
            as_zero = call.options.get("empty") == "zero" if empty else call.options.get("nan") == "convert"
            number = 0.0 if as_zero and not isinstance(value, CellError) else None
        values.append(number if number is None or math.isfinite(number) else None)
    return values


def _line(values: list[float | None], call: SparklineCall, size: tuple[float, float]) -> list[Mark]:
    options, across = call.options, _rows(call)[1]
    places = (
        [number_of(one) for one in across] if across is not None else [float(i) for i in range(len(values))]
    )
    pairs = [(x, y) for x, y in zip(places, values, strict=False) if x is not None and y is not None]
    if not pairs:
        return []
    thick = min(10.0, max(0.5, _number(options, "linewidth", 1.0)))
    left, right = _ends([x for x, _ in pairs], options, ("xmin", "xmax"))
    low, high = _ends([y for _, y in pairs], options, ("ymin", "ymax"))
    room = (size[0] - thick, size[1] - thick)
    points: list[Point] = [
        (
            thick / 2 + room[0] * _part_fraction(x, left, right),
            thick / 2 + room[1] * (1 - _part_fraction(y, low, high)),
        )
        for x, y in pairs
        if left <= x <= right
    ]
    if len(points) == 1:
        points = [(0.0, points[0][1]), (size[0], points[0][1])]
    return [Line(points, _colour(options, "color", _INK), thick)] if points else []


def _columns(values: list[float | None], call: SparklineCall, size: tuple[float, float]) -> list[Mark]:
    options = call.options
    known = [value for value in values if value is not None]
    low = _number(options, "ymin", min(0.0, *known, 0.0))
    high = _number(options, "ymax", max(0.0, *known, 0.0))
    low, high = (low, high) if high > low else (min(0.0, *known, 0.0), max(1.0, *known))
    zero = size[1] * (1 - _part_fraction(0.0, low, high))
    marks = _axis(options, size[0], zero)
    step = size[0] / len(values)
    for place, value in enumerate(values):
        if value is not None:
            at = size[1] * (1 - _part_fraction(value, low, high))
            top, tall = min(at, zero), max(abs(at - zero), 0.5)
            fill = _special_colour(values, place, options)
            marks.append(Rectangle(step * place + step * 0.1, top, step * 0.8, tall, fill))
    return marks


def _wins(values: list[float | None], call: SparklineCall, size: tuple[float, float]) -> list[Mark]:
    """Everything above zero is one step up, everything below one down."""
    options, middle = call.options, size[1] / 2
    marks = _axis(options, size[0], middle)
    step = size[0] / len(values)
    for place, value in enumerate(values):
        if value:
            top = middle - size[1] * 0.4 if value > 0 else middle
            fill = _special_colour(values, place, options)
            marks.append(Rectangle(step * place + step * 0.1, top, step * 0.8, size[1] * 0.4, fill))
    return marks


def _bar(values: list[float | None], call: SparklineCall, size: tuple[float, float]) -> list[Mark]:
    """One bar of pieces in two colours by turns, as long as their share of `max`."""
    options = call.options
    pieces = [max(value or 0.0, 0.0) for value in values]
    most = _number(options, "max", sum(pieces))
    most = most if most > 0 else sum(pieces)
    tints = (_colour(options, "color1", _FIRST_BAR), _colour(options, "color2", _SECOND_BAR))
    marks: list[Mark] = []
    at = 0.0
    for number, piece in enumerate(pieces):
        wide = min(size[0] * piece / most, size[0] - at) if most else 0.0
        if wide > 0:
            marks.append(Rectangle(at, 0.0, wide, size[1], tints[number % 2]))
        at += wide
    return marks


def _special_colour(values: Sequence[float | None], place: int, options: Options) -> str:
    """The colour of the first, last, lowest, highest or a negative value, in that order, else the plain one."""
    known = [value for value in values if value is not None]
    places = [number for number, value in enumerate(values) if value is not None]
    value = values[place] or 0.0
    reasons = (
        ("firstcolor", place == places[0]),
        ("lastcolor", place == places[-1]),
        ("lowcolor", value == min(known)),
        ("highcolor", value == max(known)),
        ("negcolor", value < 0),
    )
    name = next((name for name, holds in reasons if holds and options.get(name)), "color")
    return _colour(options, name, _colour(options, "color", _INK))


def _axis(options: Options, width: float, at: float) -> list[Mark]:
    if not _is_true(options.get("axis")):
        return []
    return [Line([(0.0, at), (width, at)], _colour(options, "axiscolor", _INK))]


def _ends(known: Sequence[float], options: Options, names: tuple[str, str]) -> tuple[float, float]:
    low, high = _number(options, names[0], min(known)), _number(options, names[1], max(known))
    return (low, high) if high > low else (min(known), max(known))


def _part_fraction(value: float, low: float, high: float) -> float:
    """Where a value lies between two ends; in the middle where they are one."""
    if not high > low:
        return 0.5
    part_fraction = value / (high - low) - low / (high - low)
    return min(1.0, max(0.0, part_fraction)) if math.isfinite(part_fraction) else 0.5


def _number(options: Options, name: str, otherwise: float) -> float:
    number = number_of(options.get(name))
    return number if number is not None and math.isfinite(number) else otherwise


def _colour(options: Options, name: str, otherwise: str) -> str:
    """A colour as SVG takes it; what is neither a name nor `#rrggbb` never gets there."""
    given = options.get(name)
    return given if isinstance(given, str) and _COLOUR.fullmatch(given) else otherwise


def _is_true(value: Scalar) -> bool:
    return value is True or (isinstance(value, str) and value.lower() == "true") or value == 1
