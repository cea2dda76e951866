"""Columns as they stand in a file that was upgraded: what came later stands to the right of everything.

Tests write rows by position. Under headers in this order a column that a later release declares anywhere among the
others moves none of their cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sheets_sync.schema.layout import Column, Layout, Tab


def released(tab: Tab) -> list[Column]:
    """A tab's columns, those of earlier layouts first."""
    return sorted(tab.columns, key=lambda column: column.since)


def headers(tab: Tab) -> list[str]:
    """Their headers."""
    return [column.header for column in released(tab)]


def later_headers(tab: Tab) -> list[str]:
    """The headers of what came after the first layout."""
    return [column.header for column in released(tab) if column.since > 1]


def type_rows(sheet: Any, tab: Tab, rows: Iterable[Sequence[Any]]) -> None:
    """Type rows below the headers of a new file, where the columns stand in the order of the declaration."""
    places = [tab.columns.index(column) + 1 for column in released(tab)]
    for number, row in enumerate(rows, start=2):
        for place, value in zip(places, row, strict=False):
            if value is not None:
                sheet.cell(number, place, value)


def type_into(file: Any, layout: Layout, rows: Mapping[str, Iterable[Sequence[Any]]]) -> None:
    """Type rows into the tabs of a new file by their titles."""
    tabs = {tab.title: tab for book in (layout.workbook, layout.payroll) for tab in book.inputs()}
    for title, typed in rows.items():
        type_rows(file[title], tabs[title], typed)
