"""A tab with a row per employee and day as arrays: what the rules ask of a column is asked by what it counts.

All arrays have an entry a row, in the frame's order.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kpi_rules.facts.columns import Columns, Flags, Whole
from kpi_rules.facts.deal_columns import Moments
from kpi_rules.facts.tabs import FactTab


@dataclass(frozen=True, eq=False)
class DayColumns:
    """The columns of one frame with a row per employee and day."""

    tab: FactTab
    rows: Columns

    @cached_property
    def on(self) -> Moments:
        """The day; NaT where there is none."""
        return self.rows["on"]

    def whole(self, key: str) -> Whole:
        """Give a column's numbers; 0 where there is none."""
        return self.rows[key]

    def counted(self, count: str) -> Whole:
        """Give the numbers of what is counted (`DAY_COUNTS`); 0 where there is none, or no such column."""
        key = self.tab.counting(count)
        return np.zeros(len(self.rows), dtype=np.int64) if key is None else self.whole(key)

    def bad(self, key: str) -> Flags:
        """Tell whose cell could not be read."""
        return self.rows[f"bad_{key}"]

    def blank(self, key: str) -> Flags:
        """Tell whose cell holds no value, unreadable ones among them."""
        return ~self.rows.given(key)

    @cached_property
    def more_repeats_than_deals(self) -> Flags:
        """Which rows name more repeat deals than deals; of a blank or bad cell nothing is said."""
        repeats, deals = (self.tab.counting(count) for count in ("repeat", "deals"))
        if repeats is None or deals is None:
            return np.zeros(len(self.rows), dtype=bool)
        more: Flags = self.whole(repeats) > self.whole(deals)
        return more & self.rows.given(repeats) & self.rows.given(deals)
