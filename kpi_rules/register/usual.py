"""The team's usual: how often something was seen of each, and of whom so often that chance does not tell it (behaviour §4a)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

MORE_THAN_USUAL = Fraction(3, 2)
DEVIATIONS = 3
"""So many standard deviations above what the others' share would bring are more than chance."""


@dataclass(frozen=True)
class Tally:
    """How often something was seen, by employee, and out of how many."""

    seen: Mapping[str, int]
    of: Mapping[str, int]

    def unusual(self, least: int = 1) -> list[str]:
        """Name those of whom it was seen at least so often, and clearly more often than the others' share would have it."""
        return [code for code, seen in self.seen.items() if seen >= least and self._stands_out(code)]

    def _stands_out(self, code: str) -> bool:
        usual, seen = self._usual(code), self.seen[code]
        expected = usual * self.of.get(code, seen)
        excess = seen - expected
        variance = expected * max(1 - usual, Fraction())
        return seen >= MORE_THAN_USUAL * expected and excess**2 >= DEVIATIONS**2 * variance

    def _usual(self, code: str) -> Fraction:
        """Give the share among all others together; nobody else: none."""
        others = sum(count for other, count in self.of.items() if other != code)
        seen = sum(count for other, count in self.seen.items() if other != code)
        return Fraction(seen, others) if others else Fraction()
