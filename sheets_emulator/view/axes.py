"""Numbers along a chart's axis, and how wide its words are."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_WANTED_TICKS = 5
_LETTER_FRACTION = 0.56  # a letter's mean width in Arial, of its size


@dataclass(frozen=True)
class Scale:
    """An axis from its first tick to its last."""

    ticks: Sequence[float]

    def place_fraction(self, value: float) -> float:
        """Where a value lies between the first tick (0) and the last (1)."""
        return (value - self.ticks[0]) / (self.ticks[-1] - self.ticks[0])


def scale_of(values: Sequence[float], *, with_zero: bool) -> Scale:
    """Round ticks (1, 2 or 5 times a power of ten) around all values; from 0 to 1 if there are none."""
    known = [value for value in values if math.isfinite(value)]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    if with_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if high == low:
        high = low + (abs(low) or 1.0)
    rough = (high - low) / _WANTED_TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * times for times in (1, 2, 5, 10) if power * times >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return Scale([round(number * step, 12) for number in range(first, last + 1)])


def text_width(words: str, size: float) -> float:
    """About how many pixels a text takes."""
    return len(words) * size * _LETTER_FRACTION


def shortened(words: str, size: float, room: float) -> str:
    """A text that fits into so many pixels, cut with an ellipsis."""
    if text_width(words, size) <= room:
        return words
    keep = max(int(room / (size * _LETTER_FRACTION)) - 1, 1)
    return words[:keep].rstrip() + "…"
