"""Sums of whole numbers by group, exact however large they grow."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kpi_rules.facts.columns import Whole

_HALF_BITS = 32
_LARGEST = 2**63 - 1


def sums_by(group: npt.NDArray[np.intp] | Whole, values: Whole, groups: int) -> list[int]:
    """Add up the values of each group, 0 to `groups` − 1, in Python's whole numbers."""
    if not len(values):
        return [0] * groups
    largest = max(int(values.max()), -int(values.min()))
    if largest * len(values) <= _LARGEST:
        sums: list[int] = _added(group, values, groups).tolist()
        return sums
    # Halves of 32 bits cannot run over before 2³¹ rows.
    high = _added(group, values >> _HALF_BITS, groups).tolist()
    low = _added(group, values & (2**_HALF_BITS - 1), groups).tolist()
    return [(upper << _HALF_BITS) + lower for upper, lower in zip(high, low, strict=True)]


def counts_by(group: npt.NDArray[np.intp] | Whole, chosen: npt.NDArray[np.bool_], groups: int) -> list[int]:
    """Count the chosen rows of each group, 0 to `groups` − 1."""
    counts: list[int] = np.bincount(group[chosen], minlength=groups).tolist()
    return counts


def _added(group: npt.NDArray[np.intp] | Whole, values: Whole, groups: int) -> Whole:
    sums = np.zeros(groups, dtype=np.int64)
    np.add.at(sums, group, values)
    return sums
