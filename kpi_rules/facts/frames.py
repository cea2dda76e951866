"""Frames of facts: the rows of a tab as its `FactTab` types them, blank cells as such.

In every frame `row` is the 1-based sheet row (never part of a sealed record), and for a watched column `x` whose
cell was not blank but could not be read `bad_x` is True (and `x` is blank): a bad cell is never 0 and never dropped.
Moments are naive local time of the client's zone, to the second; days are midnights. Money is in tiyn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from kpi_rules.facts.columns import Columns, Flags, column_of
from kpi_rules.facts.day_columns import DayColumns
from kpi_rules.facts.deal_columns import DealColumns, Held
from kpi_rules.facts.sharing import Sharing, sharing_of
from kpi_rules.facts.tabs import FactTab
from kpi_rules.measures.grains import Grain

_BLANKS = {"bool": False, "int64": 0}


@dataclass(frozen=True, eq=False)
class FactFrame:
    """A tab of facts and its rows, one per sheet row."""

    tab: FactTab
    rows: Columns
    held: Held | None = None
    """Which rows stand for leads otherwise than they say, as long as the head is asked about them."""
    missing: frozenset[str] = frozenset()
    """The columns of free text whose header is not there: nobody knows what they hold."""

    @classmethod
    def of(cls, tab: FactTab, rows: Iterable[Mapping[str, Any]] = ()) -> FactFrame:
        """Build a frame from rows of plain values; a column left out is blank. KeyError: there is no such column."""
        given = list(rows)
        types = cls.types_of(tab)
        unknown = {name for row in given for name in row} - set(types)
        if unknown:
            raise KeyError(f"no such columns: {', '.join(sorted(unknown))}")
        return cls(
            tab,
            Columns(
                {
                    name: column_of(kind, [row.get(name, _BLANKS.get(kind)) for row in given])
                    for name, kind in types.items()
                }
            ),
        )

    @staticmethod
    def types_of(tab: FactTab) -> dict[str, str]:
        """Name the columns of a tab's frame and how it holds them, flags of cells that can not be read included."""
        return {**tab.frame_types, **dict.fromkeys(map(bad_flag, tab.watched), "bool")}

    def read_as(self, tab: FactTab) -> FactFrame:
        """Give these rows as another layout has the tab; of a column that is not here no cell can be read."""
        rows, held = len(self.rows), dict(self.rows.held)
        texts = {column.key for column in tab.columns} - {*tab.watched, *held}
        for name, kind in self.types_of(tab).items():
            if name not in held:
                gone = name.startswith(bad_flag(""))
                held[name] = (
                    np.ones(rows, dtype=bool) if gone else column_of(kind, [_BLANKS.get(kind)] * rows)
                )
        return FactFrame(tab, Columns(held), missing=self.missing | texts)

    def chosen(self, rows: Flags) -> FactFrame:
        """Give the frame of some rows; of all of them this one, with what was worked out for it."""
        if rows.all():
            return self
        held = None if self.held is None else self.held.chosen(rows)
        return FactFrame(self.tab, self.rows.chosen(rows), held, self.missing)

    @property
    def of_leads(self) -> bool:
        """Whether it has a row per lead."""
        return self.tab.grain is Grain.LEAD

    @cached_property
    def leads(self) -> DealColumns:
        """The columns of a frame with a row per lead, as arrays."""
        return DealColumns(self.rows, self.held)

    @cached_property
    def sharing(self) -> Sharing:
        """Which rows of a frame with a row per lead two managers share."""
        return sharing_of(self.leads)

    @cached_property
    def days(self) -> DayColumns:
        """The columns of a frame with a row per day, as arrays."""
        return DayColumns(self.tab, self.rows)


def bad_flag(key: str) -> str:
    """Name the flag that says of a cell that it could not be read."""
    return f"bad_{key}"
