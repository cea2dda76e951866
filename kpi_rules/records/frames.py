"""Frames as plain JSON values: columns and rows in an order that does not depend on the sheet's."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from kpi_rules.exact import exact_number, exact_text
from kpi_rules.facts.frames import FactFrame, bad_flag
from kpi_rules.facts.kinds import EXACT_KINDS, Kind
from kpi_rules.facts.tabs import Event, FactColumn, FactTab
from kpi_rules.measures.grains import Grain
from kpi_rules.records.forms import RecordKind

TAB = RecordKind("tab of facts")
_EXACT = "exact"


def frame_record(facts: FactFrame) -> dict[str, Any]:
    """Write a frame: blanks as None, days and moments as ISO text, exact fractions as `exact_text`.

    The last column, «bad», lists the columns whose cells could not be read. Rows are sorted by their key and,
    where that is shared, by their content; the sheet's row numbers are left out. «missing» names columns of free text whose
    header was not there, where there are any.
    """
    tab, frame = facts.tab, facts.rows
    types = {name: kind for name, kind in tab.frame_types.items() if name != "row"}
    names = list(types)
    exact = _exact(tab)
    columns = [
        _exact_texts(frame.plain(name)) if name in exact else _plain(frame.plain(name), kind)
        for name, kind in types.items()
    ]
    unread: list[list[str]] = [[] for _ in range(len(frame))]
    for name in tab.watched:
        for index in frame[bad_flag(name)].nonzero()[0]:
            unread[index].append(name)
    rows = [list(row) for row in zip(*columns, unread, strict=True)]
    places = [names.index(name) for name in tab.keys]
    rows.sort(
        key=lambda row: (
            [str(row[place] or "") for place in places],
            json.dumps(row, ensure_ascii=False),
        )
    )
    missing = {"missing": sorted(facts.missing)} if facts.missing else {}
    return {"columns": [*names, "bad"], "rows": rows, **missing}


def frame_from_record(tab: FactTab, record: Mapping[str, Any]) -> FactFrame:
    """Read what `frame_record` wrote; rows are numbered in its order."""
    types = {**tab.frame_types, **dict.fromkeys(_exact(tab), _EXACT)}
    names = record["columns"][:-1]
    frame = FactFrame.of(
        tab,
        (
            {
                "row": number,
                **{name: _typed(value, types[name]) for name, value in zip(names, row, strict=False)},
                **{bad_flag(name): True for name in row[-1]},
            }
            for number, row in enumerate(record["rows"], start=1)
        ),
    )
    return replace(frame, missing=frozenset(record["missing"])) if "missing" in record else frame


def tab_record(tab: FactTab) -> dict[str, Any]:
    """Write what a tab of facts holds; what a column does not say is left out."""
    return TAB.stamped(
        {
            "key": tab.key,
            "grain": tab.grain.value,
            "columns": [_column_record(column) for column in tab.columns],
        }
    )


def tab_from_record(record: Mapping[str, Any]) -> FactTab:
    """Read what `tab_record` wrote. Raises NewerFormError where a newer program did."""
    record = TAB.read(record)
    for column in record["columns"]:
        TAB.refuse_unknown(column, {each.name for each in fields(FactColumn)})
        TAB.refuse_unknown([column["kind"]], list(Kind))
        TAB.refuse_unknown(column.get("feeds", ()), list(Event))
    TAB.refuse_unknown([record["grain"]], list(Grain))
    return FactTab(
        record["key"],
        Grain(record["grain"]),
        tuple(
            FactColumn(
                **{
                    **column,
                    "kind": Kind(column["kind"]),
                    "feeds": tuple(map(Event, column.get("feeds", ()))),
                }
            )
            for column in record["columns"]
        ),
    )


def _column_record(column: FactColumn) -> dict[str, Any]:
    told = {
        "counts": column.counts,
        "needed": column.needed,
        "needed_beside": column.needed_beside,
        "weighted_by": column.weighted_by,
        "feeds": [event.value for event in column.feeds],
        "signed": column.signed,
        "since": column.since if column.since > 1 else None,
        "option": column.option,
    }
    return {
        "key": column.key,
        "kind": column.kind.value,
        **{name: value for name, value in told.items() if value},
    }


def _plain(values: Sequence[Any], kind: str) -> Sequence[Any]:
    if kind.startswith("datetime"):
        return [None if value is None else value.isoformat() for value in values]
    return values if kind != "object" else [value if isinstance(value, str) else None for value in values]


def _exact(tab: FactTab) -> frozenset[str]:
    """Name the columns that hold exact fractions."""
    return frozenset(column.key for column in tab.columns if column.kind in EXACT_KINDS)


def _exact_texts(values: Sequence[Any]) -> list[str | None]:
    return [None if value is None else exact_text(value) for value in values]


def _typed(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind == _EXACT:
        return exact_number(value)
    return datetime.fromisoformat(value) if kind.startswith("datetime") else value
