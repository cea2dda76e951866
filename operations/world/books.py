"""Reading a whole book in one call, and finding its tabs again when people renamed or deleted some."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kpi_rules.errors import MissingRangeError
from kpi_rules.words.texts import Texts
from sheets_sync.a1 import quoted
from sheets_sync.building.blueprints import sheet_id, sheet_sizes
from sheets_sync.building.changes import SheetSize
from sheets_sync.ports import BookPort
from sheets_sync.reading.cells import RawBook
from sheets_sync.schema.layout import Book, Tab, TabKind

_GRID = re.compile(r"!A1:([A-Z]+)(\d+)$")
_SHEETS = "sheets(properties(sheetId,title,gridProperties(rowCount,columnCount)))"


@dataclass(frozen=True)
class ReadBook:
    """A book as read: raw cells by tab key, and the id and size of each present tab."""

    raw: RawBook
    sheets: Mapping[str, SheetSize]


def read_book(
    gateway: BookPort, file_id: str, book: Book, texts: Texts, tabs: Sequence[Tab] | None = None
) -> ReadBook:
    """Read the tabs that hold data (or the given ones) with one `batchGet`.

    Only when a tab is gone or renamed: one call to see what there is, and one to read that. A renamed tab is
    known by its id.
    """
    wanted = list(tabs if tabs is not None else [tab for tab in book.tabs if tab.kind is not TabKind.GUIDE])
    titles = {tab.key: tab.title for tab in wanted}
    try:
        return _read(gateway, file_id, book, texts, titles)
    except MissingRangeError:
        present = _present_titles(gateway.describe(file_id, _SHEETS), book, titles)
    read = _read(gateway, file_id, book, texts, present) if present else ReadBook(RawBook({}), {})
    raw = RawBook(read.raw.tabs, missing=frozenset(titles) - frozenset(present), titles=present)
    return ReadBook(raw, read.sheets)


def _read(gateway: BookPort, file_id: str, book: Book, texts: Texts, titles: Mapping[str, str]) -> ReadBook:
    ranges = gateway.read(file_id, [quoted(title) for title in titles.values()])
    made = sheet_sizes(book, texts)
    tabs = {key: answered.rows for key, answered in zip(titles, ranges, strict=True)}
    sizes = {key: _size(answered.a1, made[key]) for key, answered in zip(titles, ranges, strict=True)}
    return ReadBook(RawBook(tabs, titles=dict(titles)), sizes)


def _size(a1: str, made: SheetSize) -> SheetSize:
    """Tell a tab's size from the range that was answered: for a whole tab it spans the grid."""
    grid = _GRID.search(a1)
    if not grid:
        return made
    column_count = 0
    for letter in grid[1]:
        column_count = column_count * 26 + ord(letter) - ord("A") + 1
    return SheetSize(made.sheet_id, int(grid[2]), column_count)


def _present_titles(description: Mapping[str, Any], book: Book, titles: Mapping[str, str]) -> dict[str, str]:
    by_id = {
        sheet["properties"].get("sheetId", 0): sheet["properties"]["title"] for sheet in description["sheets"]
    }
    present = {}
    for key in titles:
        title = by_id.get(sheet_id(book.key, key))
        if title is None and titles[key] in by_id.values():
            title = titles[key]
        if title is not None:
            present[key] = title
    return present
