"""Charts as SVG, drawn on the server: no script, no style attribute, every text escaped."""

import math
from collections.abc import Sequence

from sheets_emulator.view.axes import Scale, scale_of, shortened, text_width
from sheets_emulator.view.board import INK, SMALL, SOFT, Board
from sheets_emulator.view.charts import PALETTE, Chart, Series

_LINE = "#e0e0e0"


def drawn(chart: Chart, not_drawn: str) -> str:
    """The `<svg>` of a chart; `not_drawn` is the sentence for a kind that is kept but not drawn."""
    board = Board(chart)
    if not chart.kind:
        board.text(chart.width / 2, chart.height / 2, not_drawn, anchor="middle", colour=SOFT)
    elif chart.kind == "PIE":
        _pie(board, chart)
    else:
        _axes_and_series(board, chart)
    return board.svg()


# ---- columns, bars, lines, areas
def _axes_and_series(board: Board, chart: Chart) -> None:
    board.legend([(one.name, one.colour) for one in chart.series], chart.legend or "TOP")
    lies = chart.kind == "BAR"
    below, left = chart.axis_titles
    if below:
        board.text((board.left + board.right) / 2, board.bottom, below, anchor="middle")
        board.bottom -= 20
    if left:
        board.upright(board.left + 8, (board.top + board.bottom) / 2, left)
        board.left += 20
    layers = _stacked(chart)
    scale = scale_of(
        [value for layer in layers for pair in layer for value in pair if value is not None],
        with_zero=bool(chart.stacked) or any(one.kind != "LINE" for one in chart.series),
    )
    shown = [
        chart.shown(tick) if chart.stacked != "PERCENT_STACKED" else f"{tick:.0%}" for tick in scale.ticks
    ]
    plot = _Plot(board, chart, scale, shown, lies=lies)
    standing = [pair for pair in zip(chart.series, layers, strict=True) if pair[0].kind in {"COLUMN", "BAR"}]
    for number, (one, layer) in enumerate(standing):
        plot.bars(one, layer, number)
    for one, layer in zip(chart.series, layers, strict=True):
        if one.kind in {"LINE", "AREA"}:
            plot.line(one, layer)


Layer = list[tuple[float | None, float | None]]


def _stacked(chart: Chart) -> list[Layer]:
    """From where to where each value of each series reaches; stacked ones begin where the former ended."""
    if not chart.stacked:
        return [[(None if v is None else 0.0, v) for v in one.values] for one in chart.series]
    count = len(chart.labels)
    sums = [sum(abs(one.values[i] or 0) for one in chart.series if i < len(one.values)) for i in range(count)]
    above, below = [0.0] * count, [0.0] * count
    layers: list[Layer] = []
    for one in chart.series:
        layer: Layer = []
        for i, value in enumerate(one.values):
            part = value or 0.0
            if chart.stacked == "PERCENT_STACKED":
                part = part / sums[i] if sums[i] else 0.0
            side = above if part >= 0 else below
            layer.append((side[i], side[i] + part))
            side[i] += part
        layers.append(layer)
    return layers


class _Plot:
    """The field between the axes. Along one axis run the labels, along the other the values."""

    def __init__(self, board: Board, chart: Chart, scale: Scale, ticks: Sequence[str], *, lies: bool) -> None:
        self._board, self._scale, self._lies = board, scale, lies
        self._count = max(len(chart.labels), 1)
        kinds = [one.kind in {"COLUMN", "BAR"} for one in chart.series]
        self._bars = 1 if chart.stacked else max(sum(kinds), 1)
        self._is_stacked = bool(chart.stacked)
        board.bottom -= 22
        room = (board.right - board.left) / 3
        beside = chart.labels if lies else ticks
        board.left += min(max((text_width(words, SMALL) for words in beside), default=0.0), room) + 8
        board.right -= 8
        self._grid(ticks)
        self._names(chart.labels, room)

    def _along(self, place: float) -> float:
        """Pixels of a place among the labels (0 = before the first)."""
        board = self._board
        if self._lies:
            return board.top + (board.bottom - board.top) * place / self._count
        return board.left + (board.right - board.left) * place / self._count

    def _at(self, value: float) -> float:
        board, share_fraction = self._board, self._scale.place_fraction(value)
        if self._lies:
            return board.left + (board.right - board.left) * share_fraction
        return board.bottom - (board.bottom - board.top) * share_fraction

    def _grid(self, ticks: Sequence[str]) -> None:
        board = self._board
        free = board.left - 50
        for value, words in zip(self._scale.ticks, ticks, strict=True):
            at, tint = self._at(value), "#80868b" if value == 0 else _LINE
            if not self._lies:
                board.add("line", x1=board.left, x2=board.right, y1=at, y2=at, stroke=tint)
                board.text(board.left - 8, at + 4, words, anchor="end")
                continue
            board.add("line", x1=at, x2=at, y1=board.top, y2=board.bottom, stroke=tint)
            half = text_width(words, SMALL) / 2
            if at - half >= free:
                board.text(at, board.bottom + 16, words, anchor="middle")
                free = at + half + 6

    def _names(self, labels: Sequence[str], room: float) -> None:
        board, step = self._board, self._along(1) - self._along(0)
        if self._lies:
            every = max(1, math.ceil(14 / max(step, 0.1)))
            for number in range(0, len(labels), every):
                words = shortened(labels[number], SMALL, room)
                board.text(board.left - 8, self._along(number + 0.5) + 4, words, anchor="end")
            return
        widest = min(max((text_width(words, SMALL) for words in labels), default=0.0), 110.0) + 8
        every = max(1, math.ceil(widest / max(step, 0.1)))
        for number in range(0, len(labels), every):
            words = shortened(labels[number], SMALL, max(step * every - 4, 24))
            board.text(self._along(number + 0.5), board.bottom + 16, words, anchor="middle")

    def bars(self, one: Series, layer: Layer, number: int) -> None:
        step = self._along(1) - self._along(0)
        thick = step * 0.7 / self._bars
        shift = 0 if self._is_stacked else number % self._bars
        for place, (start, end) in enumerate(layer):
            if start is None or end is None:
                continue
            side = self._along(place) + step * 0.15 + thick * shift
            low, high = sorted((self._at(start), self._at(end)))
            if self._lies:
                self._board.add("rect", x=low, y=side, width=high - low, height=thick, fill=one.colour)
            else:
                self._board.add("rect", x=side, y=low, width=thick, height=high - low, fill=one.colour)

    def line(self, one: Series, layer: Layer) -> None:
        """A line with a gap where there is no value; an area is filled down to where it stands on."""
        run: list[tuple[float, float, float]] = []
        for place, (start, end) in enumerate([*layer, (None, None)]):
            if start is not None and end is not None:
                run.append((self._along(place + 0.5), self._at(end), self._at(start)))
                continue
            if run:
                self._run(one, run)
            run = []

    def _run(self, one: Series, run: Sequence[tuple[float, float, float]]) -> None:
        upper = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in run)
        if one.kind == "AREA":
            lower = " ".join(f"{x:.1f},{y:.1f}" for x, _, y in reversed(run))
            self._board.add("polygon", points=f"{upper} {lower}", fill=one.colour, fill_opacity="0.3")
        if len(run) == 1:
            self._board.add("circle", cx=run[0][0], cy=run[0][1], r=3, fill=one.colour)
        self._board.add("polyline", points=upper, fill="none", stroke=one.colour, stroke_width=2)


# ---- pies
def _pie(board: Board, chart: Chart) -> None:
    values = [max(value or 0.0, 0.0) for value in chart.series[0].values]
    total = sum(values)
    tints = [PALETTE[number % len(PALETTE)] for number in range(len(values))]
    board.legend(list(zip(chart.labels, tints, strict=False)), chart.legend or "RIGHT")
    radius = max(min(board.right - board.left, board.bottom - board.top) / 2, 1.0)
    x, y = (board.left + board.right) / 2, (board.top + board.bottom) / 2
    done = 0.0
    for value, tint in zip(values, tints, strict=True):
        share_fraction = value / total if total else 0.0
        if share_fraction > 0.999999:
            board.add("circle", cx=x, cy=y, r=radius, fill=tint)
        elif share_fraction > 0:
            board.add("path", d=_slice(x, y, radius, done, done + share_fraction), fill=tint, stroke="#fff")
        if share_fraction > 0.04:
            angle = math.tau * (done + share_fraction / 2)
            away = radius * (0.65 if chart.hole_fraction < 0.4 else (1 + chart.hole_fraction) / 2)
            board.text(
                x + away * math.sin(angle),
                y - away * math.cos(angle) + 4,
                f"{share_fraction:.0%}",
                anchor="middle",
                colour=INK,
            )
        done += share_fraction
    if chart.hole_fraction:
        board.add("circle", cx=x, cy=y, r=radius * chart.hole_fraction, fill=chart.background)


def _slice(x: float, y: float, radius: float, start: float, end: float) -> str:
    """The path of a piece between two fractions of the circle, clockwise from the top."""
    corners = [
        f"{x + radius * math.sin(math.tau * at):.2f} {y - radius * math.cos(math.tau * at):.2f}"
        for at in (start, end)
    ]
    large = int(end - start > 0.5)
    return f"M{x:.2f} {y:.2f} L{corners[0]} A{radius:.2f} {radius:.2f} 0 {large} 1 {corners[1]} Z"
