"""Frames of facts as pandas' own and back, for those who explore or recount facts: nothing of a sync loads pandas.

Whole numbers are «Int64», so that a blank is NA there too.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from kpi_rules.facts.columns import Columns, WholeNumbers, column_of
from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.tabs import FactTab


def to_pandas(facts: FactFrame) -> pd.DataFrame:
    """Give the rows as a frame of pandas, with the flags of cells that could not be read."""
    return pd.DataFrame({name: _series(facts.rows, name) for name in facts.rows})


def from_pandas(tab: FactTab, frame: pd.DataFrame) -> FactFrame:
    """Read what `to_pandas` gave, whatever was done to its rows. KeyError: there is a column that the tab has not."""
    rows = frame.astype(object).where(frame.notna(), None)
    types = FactFrame.types_of(tab)
    return FactFrame(
        tab, Columns({name: column_of(types[name], _values(rows[name])) for name in map(str, rows)})
    )


def _values(column: pd.Series[Any]) -> list[Any]:
    return [value.to_pydatetime() if isinstance(value, pd.Timestamp) else value for value in column.tolist()]


def _series(rows: Columns, name: str) -> pd.Series[Any]:
    column = rows.held[name]
    if isinstance(column, WholeNumbers):
        return pd.Series(pd.arrays.IntegerArray(column.numbers.copy(), column.blank.copy()))
    return pd.Series(column.copy())
