"""Charts as pictures: pies, rings, single numbers here, those with axes in `plot.py`."""

import math

from sheets_emulator.charts.axes import shortened, text_width
from sheets_emulator.charts.board import INK, SMALL, SOFT, Board
from sheets_emulator.charts.described import PALETTE, AnyChart, Chart, Frame, Pie, Scorecard, Undrawn
from sheets_emulator.charts.marks import Circle, Picture, Polygon, Wedge
from sheets_emulator.charts.plot import plot

_LARGEST_NUMBER, _SMALLEST_NUMBER = 72.0, 10.0
_LEAST_LABELLED_FRACTION = 0.04
_LINE_PIXELS = 16
_BOLD = 1.25  # how much wider bold digits are than letters on the whole


def drawn(chart: AnyChart, not_drawn: str) -> Picture:
    """The picture of a chart; `not_drawn` is the sentence for a kind that is kept but not drawn."""
    match chart:
        case Chart(frame):
            board, names = Board(frame), [one.name for one in chart.series]
            plot(board, chart)
        case Pie(frame):
            board, names = Board(frame), [label for label in chart.labels if label]
            _pie(board, chart)
        case Scorecard(frame):
            board, names = Board(Frame("", "", frame.width, frame.height, frame.background)), []
            _scorecard(board, chart)
            names = [chart.key, chart.baseline]
        case Undrawn(frame):
            board, names = Board(frame), []
            _sentence(board, frame, not_drawn)
    told = ": ".join(filter(None, (chart.frame.title, ", ".join(filter(None, names)))))
    return board.picture(told or getattr(chart, "kind", "") or type(chart).__name__.upper())


def _sentence(board: Board, frame: Frame, words: str) -> None:
    """A sentence in the middle, in as many lines as it needs."""
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and text_width(longer, SMALL) > board.right - board.left:
            lines.append(word)
        else:
            lines[-1] = longer
    top = (frame.height - (len(lines) - 1) * _LINE_PIXELS) / 2
    for number, line in enumerate(lines):
        board.text(frame.width / 2, top + number * _LINE_PIXELS, line, anchor="middle")


# ---- pies
def _pie(board: Board, pie: Pie) -> None:
    values = [max(value or 0.0, 0.0) for value in pie.values]
    total = sum(values)
    tints = [PALETTE[number % len(PALETTE)] for number in range(len(values))]
    is_labelled = pie.legend == "LABELED"
    if not is_labelled:
        board.legend(list(zip(pie.labels, tints, strict=False)), pie.legend or "RIGHT")
    room = min(board.right - board.left, board.bottom - board.top) / 2
    radius = max(room - 24 if is_labelled else room, 1.0)
    x, y = (board.left + board.right) / 2, (board.top + board.bottom) / 2
    done = 0.0
    for label, value, tint in zip(pie.labels, values, tints, strict=False):
        share_fraction = value / total if total else 0.0
        if share_fraction > 0.999999:
            board.add(Circle(x, y, radius, tint))
        elif share_fraction > 0:
            board.add(Wedge(x, y, radius, done, done + share_fraction, tint))
        if share_fraction > _LEAST_LABELLED_FRACTION and not is_labelled:
            away = radius * (0.65 if pie.hole_fraction < 0.4 else (1 + pie.hole_fraction) / 2)
            at = math.tau * (done + share_fraction / 2)
            place = (x + away * math.sin(at), y - away * math.cos(at) + 4)
            board.text(*place, f"{share_fraction:.0%}", anchor="middle", colour=_readable(tint))
        elif share_fraction > _LEAST_LABELLED_FRACTION:
            _outside(board, (x, y, radius), done + share_fraction / 2, f"{label} {share_fraction:.0%}")
        done += share_fraction
    if pie.hole_fraction:
        board.add(Circle(x, y, radius * pie.hole_fraction, pie.frame.background))


def _outside(board: Board, circle: tuple[float, float, float], at_fraction: float, words: str) -> None:
    """A label beside its piece, tied to it by a line."""
    x, y, radius = circle
    sine, cosine = math.sin(math.tau * at_fraction), math.cos(math.tau * at_fraction)
    edge = (x + radius * sine, y - radius * cosine)
    end = (x + (radius + 12) * sine, y - (radius + 12) * cosine)
    board.line([edge, end], SOFT)
    room = (board.right - end[0] if sine >= 0 else end[0] - board.left) - 6
    fitting = shortened(words.strip(), SMALL, room)
    board.text(
        end[0] + (4 if sine >= 0 else -4),
        end[1] + 4,
        fitting,
        anchor="start" if sine >= 0 else "end",
        colour=INK,
    )


def _readable(tint: str) -> str:
    """Ink or white, whichever stands out more from a colour."""
    red, green, blue = (int(tint[place : place + 2], 16) for place in (1, 3, 5))
    return INK if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else "#ffffff"


# ---- one number
def _scorecard(board: Board, card: Scorecard) -> None:
    """The title, the number as large as it fits, and under it how it compares."""
    middle = (board.left + board.right) / 2
    room, height = board.right - board.left, board.bottom - board.top
    small = max(9.0, min(14.0, height * 0.12))
    titles = [(words, INK) for words in (card.frame.title,) if words]
    titles += [(words, SOFT) for words in (card.frame.subtitle,) if words]
    for words, tint in titles:
        board.top += small
        board.text(middle, board.top, shortened(words, small, room), anchor="middle", size=small, colour=tint)
        board.top += 4
    if card.baseline:
        _comparison(board, card, middle, small)
        board.bottom -= small + 6
    widest = room / max(text_width(card.key, _BOLD), 0.1)
    size = max(_SMALLEST_NUMBER, min(_LARGEST_NUMBER, widest, (board.bottom - board.top) * 0.8))
    at = (board.top + board.bottom) / 2 + size * 0.35
    board.text(middle, at, card.key, anchor="middle", size=size, colour=card.key_colour or INK, bold=True)


def _comparison(board: Board, card: Scorecard, middle: float, size: float) -> None:
    """How the number compares, behind a triangle that points up or down: not every font has one."""
    tint, mark = card.baseline_colour or SOFT, size * 0.7 if card.direction else 0.0
    words = shortened(card.baseline, size, board.right - board.left - mark - 4)
    left, foot = middle - (text_width(words, size) + mark + 4) / 2, board.bottom - 2
    if mark:
        low, high = (foot, foot - mark) if card.direction > 0 else (foot - mark, foot)
        board.add(Polygon([(left, low), (left + mark, low), (left + mark / 2, high)], tint))
    board.text(left + (mark + 4 if mark else 0), foot, words, size=size, colour=tint)
