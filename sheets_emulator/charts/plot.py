"""The field between a chart's axes: along one run the labels, along the other, or the other two, the values."""

import math
from collections.abc import Sequence

from sheets_emulator.charts.axes import Scale, scale_of, shortened, text_width
from sheets_emulator.charts.board import INK, SMALL, Board
from sheets_emulator.charts.described import Axis, Chart, Series
from sheets_emulator.charts.marks import Circle, Point, Polygon, Rectangle
from sheets_emulator.charts.stacking import Reach, is_stacked, reaches, stack_tops

_LINE, _ZERO = "#e0e0e0", "#80868b"
_STANDING = frozenset({"COLUMN", "BAR"})
_LABEL = 11  # size of the values beside their marks


def plot(board: Board, chart: Chart) -> None:
    """Draw axes and series into what room the board has left."""
    board.legend([(one.name, one.colour) for one in chart.series], chart.legend or "TOP")
    layers = reaches(chart)
    field = _Field(board, chart, layers)
    pairs = list(zip(chart.series, layers, strict=True))
    for one, layer in pairs:
        if one.kind in {"AREA", "STEPPED_AREA"}:
            field.line(one, layer)
    standing = [pair for pair in pairs if pair[0].kind in _STANDING]
    for number, (one, layer) in enumerate(standing):
        field.bars(one, layer, number)
    for one, layer in pairs:
        if one.kind in {"LINE", "SCATTER"}:
            field.line(one, layer)
    if chart.has_totals:
        field.totals(stack_tops(chart, layers))


def _scale(chart: Chart, layers: Sequence[Sequence[Reach]], axis: Axis, *, is_right: bool) -> Scale | None:
    """The scale of the series on one axis; None where nothing is measured on it."""
    own = [(one, layer) for one, layer in zip(chart.series, layers, strict=True) if one.is_right == is_right]
    if not own and (is_right or chart.series):
        return None
    values = [value for _, layer in own for pair in layer for value in pair if value is not None]
    only_lines = all(one.kind in {"LINE", "SCATTER"} for one, _ in own)
    if only_lines:  # a line is where its values are, it does not stand on anything
        values = [pair[1] for _, layer in own for pair in layer if pair[1] is not None]
    return scale_of(values, with_zero=not only_lines, low=axis.low, high=axis.high)


class _Field:
    def __init__(self, board: Board, chart: Chart, layers: Sequence[Sequence[Reach]]) -> None:
        self._board, self._chart = board, chart
        self._count = max(len(chart.labels), 1)
        kinds = [one.kind in _STANDING for one in chart.series]
        self._bars = 1 if chart.stacked else max(sum(kinds), 1)
        main = chart.axes["BOTTOM" if chart.lies else "LEFT"]
        self._main = _scale(chart, layers, main, is_right=False)
        self._right = _scale(chart, layers, chart.axes["RIGHT"], is_right=True) if not chart.lies else None
        self._across = self._scatter_scale()
        self._titles()
        self._room(main)
        if self._main is not None:
            self._grid(self._main, self._ticks(self._main, main))
        if self._right is not None:
            self._right_ticks(self._right, self._ticks(self._right, chart.axes["RIGHT"]))
        self._names()

    # ---- the frame
    def _scatter_scale(self) -> Scale | None:
        """The scale along the bottom where points have numbers for labels."""
        places = [place for place in self._chart.places if place is not None]
        if self._chart.kind != "SCATTER" or not places:
            return None
        bottom = self._chart.axes["BOTTOM"]
        return scale_of(places, with_zero=False, low=bottom.low, high=bottom.high)

    def _ticks(self, scale: Scale, axis: Axis) -> list[str]:
        if self._chart.stacked == "PERCENT_STACKED":
            return [f"{tick:.0%}" for tick in scale.ticks]
        return [axis.shown(tick) for tick in scale.ticks]

    def _ticks_across(self) -> list[str]:
        return [self._chart.axes["BOTTOM"].shown(tick) for tick in self._across.ticks] if self._across else []

    def _titles(self) -> None:
        board, axes = self._board, self._chart.axes
        if axes["BOTTOM"].title:
            board.text((board.left + board.right) / 2, board.bottom, axes["BOTTOM"].title, anchor="middle")
            board.bottom -= 20
        if axes["LEFT"].title:
            board.upright(board.left + 8, (board.top + board.bottom) / 2, axes["LEFT"].title)
            board.left += 20
        if axes["RIGHT"].title and self._right is not None:
            board.upright(board.right - 2, (board.top + board.bottom) / 2, axes["RIGHT"].title)
            board.right -= 20

    def _room(self, main: Axis) -> None:
        board, lies = self._board, self._chart.lies
        board.top += 6  # half a line above the uppermost tick
        board.bottom -= 22
        self._most = (board.right - board.left) / 3
        ticks = self._ticks(self._main, main) if self._main is not None else []
        beside = self._chart.labels if lies else ticks
        board.left += min(max((text_width(words, SMALL) for words in beside), default=0.0), self._most) + 8
        below = self._ticks_across() if self._across is not None else ticks if lies else []
        half = text_width(below[-1], SMALL) / 2 if below else 0.0  # the last one stands under the very end
        board.right -= max(8.0, min(half, self._most) - 6)
        if self._right is not None:
            ticks = self._ticks(self._right, self._chart.axes["RIGHT"])
            board.right -= min(max(text_width(words, SMALL) for words in ticks), self._most) + 4

    def _along(self, place: float) -> float:
        """Pixels of a place among the labels (0 = before the first)."""
        board = self._board
        if self._chart.lies:
            return board.top + (board.bottom - board.top) * place / self._count
        return board.left + (board.right - board.left) * place / self._count

    def _middle(self, number: int) -> float:
        """Pixels of a label's middle, or of its number where labels are numbers."""
        if self._across is None:
            return self._along(number + 0.5)
        place = self._chart.places[number] if number < len(self._chart.places) else None
        if place is None:
            return math.nan
        board = self._board
        return board.left + (board.right - board.left) * self._across.place_fraction(place)

    def _at(self, value: float, scale: Scale | None) -> float:
        board = self._board
        share_fraction = min(1.0, max(0.0, scale.place_fraction(value))) if scale is not None else 0.0
        if self._chart.lies:
            return board.left + (board.right - board.left) * share_fraction
        return board.bottom - (board.bottom - board.top) * share_fraction

    def _grid(self, scale: Scale, ticks: Sequence[str]) -> None:
        board = self._board
        for value, words in zip(scale.ticks, ticks, strict=True):
            at, tint = self._at(value, scale), _ZERO if value == 0 else _LINE
            if self._chart.lies:
                board.line([(at, board.top), (at, board.bottom)], tint)
                continue
            board.line([(board.left, at), (board.right, at)], tint)
            board.text(board.left - 8, at + 4, words, anchor="end")
        if self._chart.lies:
            self._below([self._at(value, scale) for value in scale.ticks], ticks)

    def _below(self, places: Sequence[float], ticks: Sequence[str]) -> None:
        """Numbers along the bottom, as many as have room beside each other."""
        free = self._board.left - 50
        for at, words in zip(places, ticks, strict=True):
            half = text_width(words, SMALL) / 2
            if at - half >= free:
                self._board.text(at, self._board.bottom + 16, words, anchor="middle")
                free = at + half + 6

    def _right_ticks(self, scale: Scale, ticks: Sequence[str]) -> None:
        board = self._board
        for value, words in zip(scale.ticks, ticks, strict=True):
            if self._main is None:
                board.line(
                    [(board.left, self._at(value, scale)), (board.right, self._at(value, scale))], _LINE
                )
            board.text(board.right + 8, self._at(value, scale) + 4, words)

    def _names(self) -> None:
        board, labels, step = self._board, self._chart.labels, self._along(1) - self._along(0)
        if self._across is not None:
            wide = board.right - board.left
            places = [board.left + wide * self._across.place_fraction(tick) for tick in self._across.ticks]
            self._below(places, self._ticks_across())
            return
        if self._chart.lies:
            every = max(1, math.ceil(14 / max(step, 0.1)))
            for number in range(0, len(labels), every):
                words = shortened(labels[number], SMALL, self._most)
                board.text(board.left - 8, self._along(number + 0.5) + 4, words, anchor="end")
            return
        widest = min(max((text_width(words, SMALL) for words in labels), default=0.0), 110.0) + 8
        every = max(1, math.ceil(widest / max(step, 0.1)))
        for number in range(0, len(labels), every):
            words = shortened(labels[number], SMALL, max(step * every - 4, 24))
            board.text(self._along(number + 0.5), board.bottom + 16, words, anchor="middle")

    # ---- the series
    def bars(self, one: Series, layer: Sequence[Reach], number: int) -> None:
        """Columns, or bars that lie: beside those of other series, or on them."""
        step = self._along(1) - self._along(0)
        thick = step * 0.7 / self._bars
        shift = 0 if is_stacked(self._chart, one) else number % self._bars
        scale = self._right if one.is_right else self._main
        for place, (start, end) in enumerate(layer):
            if start is None or end is None:
                continue
            side = self._along(place) + step * 0.15 + thick * shift
            low, high = sorted((self._at(start, scale), self._at(end, scale)))
            tint = one.tints.get(place, one.colour)
            if self._chart.lies:
                self._board.add(Rectangle(low, side, high - low, thick, tint))
                at = (high + 4, side + thick / 2 + 4)
            else:
                self._board.add(Rectangle(side, low, thick, high - low, tint))
                at = (side + thick / 2, low - 4)
            if one.is_labelled:
                self._value(one, place, at, thick, anchor_left=self._chart.lies)

    def _value(self, one: Series, place: int, at: Point, room: float, *, anchor_left: bool) -> None:
        """A value beside its mark, unless it would run over its neighbours'."""
        value = one.values[place] if place < len(one.values) else None
        if value is None:
            return
        words = one.shown(value)
        if anchor_left:
            if room >= _LABEL - 1:
                self._board.text(*at, words, size=_LABEL, colour=INK)
        elif text_width(words, _LABEL) <= room + 8:
            self._board.text(*at, words, anchor="middle", size=_LABEL, colour=INK)

    def totals(self, tops: Sequence[tuple[int, float, float]]) -> None:
        """The sum over each stack."""
        step = self._along(1) - self._along(0)
        shown = self._chart.axes["BOTTOM" if self._chart.lies else "LEFT"].shown
        for label, top, total in tops:
            end, words = self._at(top, self._main), shown(total)
            if self._chart.lies:
                self._board.text(
                    end + 4, self._along(label + 0.5) + 4, words, size=_LABEL, colour=INK, bold=True
                )
            elif text_width(words, _LABEL) <= step:
                place = (self._along(label + 0.5), end - 4)
                self._board.text(*place, words, anchor="middle", size=_LABEL, colour=INK, bold=True)

    def line(self, one: Series, layer: Sequence[Reach]) -> None:
        """A line with a gap where there is no value; an area is filled down to where it stands on."""
        run: list[tuple[int, float, float, float]] = []
        scale = self._right if one.is_right else self._main
        for place, (start, end) in enumerate([*layer, (None, None)]):
            at = self._middle(place) if place < len(layer) else math.nan
            if start is not None and end is not None and not math.isnan(at):
                run.append((place, at, self._at(end, scale), self._at(max(start, self._floor(scale)), scale)))
                continue
            if run and not (one.is_joined and place < len(layer)):
                self._run(one, run)
                run = []

    @staticmethod
    def _floor(scale: Scale | None) -> float:
        return scale.ticks[0] if scale is not None else 0.0

    def _run(self, one: Series, run: Sequence[tuple[int, float, float, float]]) -> None:
        upper = [(x, y) for _, x, y, _ in run]
        lower = [(x, y) for _, x, _, y in run]
        if one.kind == "STEPPED_AREA":
            half = (self._along(1) - self._along(0)) / 2
            upper = [(x + side, y) for x, y in upper for side in (-half, half)]
            lower = [(x + side, y) for x, y in lower for side in (-half, half)]
        if one.kind in {"AREA", "STEPPED_AREA"}:
            self._board.add(Polygon([*upper, *reversed(lower)], one.colour, 0.3))
        if one.line_pixels:
            self._board.line(upper, one.colour, one.line_pixels, one.dash)
        lone = len(run) == 1 and one.kind != "STEPPED_AREA"
        radius = one.point_pixels / 2 or (3.0 if lone else 0.0)
        for place, x, y, _ in run:
            if radius:
                self._board.add(Circle(x, y, radius, one.tints.get(place, one.colour)))
            if one.is_labelled:
                room = self._along(1) - self._along(0)
                self._value(one, place, (x, y - 6 - radius), room, anchor_left=False)
