"""What measures and targets are counted in."""

from __future__ import annotations

from enum import StrEnum


class Unit(StrEnum):
    """What a measure or a target is counted in."""

    TIYN = "tiyn"
    FRACTION = "fraction"
    MINUTES = "minutes"
    COUNT = "count"
