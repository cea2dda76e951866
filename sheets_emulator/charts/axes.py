"""Numbers along a chart's axis, and how wide its words are."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_WANTED_TICKS = 5
_FARTHEST = 1e300  # beyond it the distance of two numbers is none any more
_LETTER_FRACTION = 0.56  # a letter's mean width in Arial, of its size


@dataclass(frozen=True)
class Scale:
    """An axis from its first tick to its last."""

    ticks: Sequence[float]

    def place_fraction(self, value: float) -> float:
        """Where a value lies between the first tick (0) and the last (1)."""
        return (value - self.ticks[0]) / (self.ticks[-1] - self.ticks[0])


def scale_of(
    values: Sequence[float], *, with_zero: bool, low: float | None = None, high: float | None = None
) -> Scale:
    """Round ticks (1, 2 or 5 times a power of ten) around all values; from 0 to 1 if there are none.

    `low` and `high` are ends that are given: the scale begins and ends there, whatever the values are. Ends
    between which nothing lies are not followed.
    """
    known = [min(_FARTHEST, max(-_FARTHEST, value)) for value in values if math.isfinite(value)]
    first, last = (min(known), max(known)) if known else (0.0, 1.0)
    if with_zero:
        first, last = min(first, 0.0), max(last, 0.0)
    if (first if low is None else low) < (last if high is None else high):
        first, last = first if low is None else low, last if high is None else high
    else:
        low = high = None
    if last <= first:
        last = first + (abs(first) or 1.0)
    rough = (last - first) / _WANTED_TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * times for times in (1, 2, 5, 10) if power * times >= rough * 0.999)
    start, end = math.floor(first / step + 1e-9), math.ceil(last / step - 1e-9)
    ticks = [round(number * step, 12) for number in range(start, end + 1)]
    if low is not None:
        ticks = [low, *(tick for tick in ticks if tick > low + step * 0.2)]
    if high is not None:
        ticks = [*(tick for tick in ticks if tick < high - step * 0.2), high]
    return Scale(ticks)


def text_width(words: str, size: float) -> float:
    """About how many pixels a text takes."""
    return len(words) * size * _LETTER_FRACTION


def shortened(words: str, size: float, room: float) -> str:
    """A text that fits into so many pixels, cut with an ellipsis."""
    if text_width(words, size) <= room:
        return words
    keep = max(int(room / (size * _LETTER_FRACTION)) - 1, 1)
    return words[:keep].rstrip() + "…"
