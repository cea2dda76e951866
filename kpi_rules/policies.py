"""The choices that a rulebook makes beside its KPIs."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Policies:
    """The choices that a rulebook makes beside its KPIs (behaviour §4–5)."""

    conversion_basis: str = "paid"
    min_leads: int = 1
    ramp_months: int = 0
    marks_minimum_fraction: Fraction = Fraction(4, 5)
