"""Frames as plain JSON values: columns and rows in an order that does not depend on the sheet's."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from kpi_rules.facts.frames import deals_frame, discipline_frame, reports_frame
from kpi_rules.facts.inputs import (
    DEAL_BAD_COLUMNS,
    DEAL_COLUMNS,
    DISCIPLINE_BAD_COLUMNS,
    DISCIPLINE_COLUMNS,
    REPORT_BAD_COLUMNS,
    REPORT_COLUMNS,
)

_KINDS = {
    "deals": (DEAL_COLUMNS, DEAL_BAD_COLUMNS, deals_frame),
    "reports": (REPORT_COLUMNS, REPORT_BAD_COLUMNS, reports_frame),
    "discipline": (DISCIPLINE_COLUMNS, DISCIPLINE_BAD_COLUMNS, discipline_frame),
}
KEYS = {"deals": ("number",), "reports": ("on", "code"), "discipline": ("on", "code")}
"""What a row of each frame is known by."""


def frame_record(kind: str, frame: pd.DataFrame) -> dict[str, Any]:
    """Write a frame (`deals`, `reports`, `discipline`): blanks as None, days and moments as ISO text.

    The last column, «bad», lists the columns whose cells could not be read. Rows are sorted by their key and,
    where that is shared, by their content; the sheet's row numbers are left out.
    """
    types, bad_columns, _ = _KINDS[kind]
    names = [name for name in types if name != "row"]
    columns = [_plain(frame[name], types[name]) for name in names]
    bad = {name.removeprefix("bad_"): frame[name].to_numpy() for name in bad_columns}
    unread: list[list[str]] = [[] for _ in range(len(frame))]
    for name, flags in bad.items():
        for index in flags.nonzero()[0]:
            unread[index].append(name)
    rows = [list(row) for row in zip(*columns, unread, strict=True)]
    places = [names.index(name) for name in KEYS[kind]]
    rows.sort(
        key=lambda row: (
            [str(row[place] or "") for place in places],
            json.dumps(row, ensure_ascii=False),
        )
    )
    return {"columns": [*names, "bad"], "rows": rows}


def frame_from_record(kind: str, record: Mapping[str, Any]) -> pd.DataFrame:
    """Read what `frame_record` wrote; rows are numbered in its order."""
    types, _, build = _KINDS[kind]
    names = record["columns"][:-1]
    return build(
        {
            "row": number,
            **{name: _typed(value, types[name]) for name, value in zip(names, row, strict=False)},
            **{f"bad_{name}": True for name in row[-1]},
        }
        for number, row in enumerate(record["rows"], start=1)
    )


def _plain(column: pd.Series, kind: str) -> Sequence[Any]:
    if kind.startswith("datetime"):
        return [None if pd.isna(value) else value.isoformat() for value in column]
    if kind in {"bool", "int64", "Int64"}:
        cast = bool if kind == "bool" else int
        return [None if pd.isna(value) else cast(value) for value in column]
    return [value if isinstance(value, str) else None for value in column]


def _typed(value: Any, kind: str) -> Any:
    return datetime.fromisoformat(value) if kind.startswith("datetime") and value is not None else value
