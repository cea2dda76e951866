"""Frames of facts from plain rows: typed as `inputs` says, blank cells as NA."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from kpi_rules.facts.inputs import (
    DEAL_BAD_COLUMNS,
    DEAL_COLUMNS,
    DISCIPLINE_BAD_COLUMNS,
    DISCIPLINE_COLUMNS,
    REPORT_BAD_COLUMNS,
    REPORT_COLUMNS,
)

_BLANKS = {"bool": False, "int64": 0}


def deals_frame(rows: Iterable[Mapping[str, Any]] = ()) -> pd.DataFrame:
    """Build the frame of «Сделки» from rows of plain values; a column left out is blank."""
    return _frame(rows, DEAL_COLUMNS, DEAL_BAD_COLUMNS)


def reports_frame(rows: Iterable[Mapping[str, Any]] = ()) -> pd.DataFrame:
    """Build the frame of «Отчёты» from rows of plain values."""
    return _frame(rows, REPORT_COLUMNS, REPORT_BAD_COLUMNS)


def discipline_frame(rows: Iterable[Mapping[str, Any]] = ()) -> pd.DataFrame:
    """Build the frame of «Дисциплина» from rows of plain values."""
    return _frame(rows, DISCIPLINE_COLUMNS, DISCIPLINE_BAD_COLUMNS)


def _frame(
    rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str], bad_columns: Iterable[str]
) -> pd.DataFrame:
    given = list(rows)
    types = {**columns, **dict.fromkeys(bad_columns, "bool")}
    unknown = {name for row in given for name in row} - set(types)
    if unknown:
        raise KeyError(f"no such columns: {', '.join(sorted(unknown))}")
    return pd.DataFrame(
        {
            name: pd.Series([row.get(name, _BLANKS.get(kind)) for row in given], dtype=kind)
            for name, kind in types.items()
        }
    )
