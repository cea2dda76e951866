"""What measures and targets are counted in."""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction

from kpi_rules.exact import TIYN_PER_TENGE


class Unit(StrEnum):
    """What a measure or a target is counted in."""

    TIYN = "tiyn"
    FRACTION = "fraction"
    MINUTES = "minutes"
    COUNT = "count"
    NUMBER = "number"  # of the client's own: whatever it counts

    @property
    def step(self) -> Fraction:
        """The last digit that is shown: a tenge, a tenth of a percent or of a minute, a whole number, a hundredth."""
        return _STEPS[self]


_STEPS = {
    Unit.TIYN: Fraction(TIYN_PER_TENGE),
    Unit.FRACTION: Fraction(1, 1000),
    Unit.MINUTES: Fraction(1, 10),
    Unit.COUNT: Fraction(1),
    Unit.NUMBER: Fraction(1, 100),
}
