"""The ids of tabs: the same in every file made from a template, so that nothing has to be looked up."""

from __future__ import annotations

import zlib

from sheets_sync.schema.layout import Book


def sheet_id(book_key: str, tab_key: str) -> int:
    """Give the id of a tab: always the same, never 0, which is the tab that a new file begins with."""
    return zlib.crc32(f"{book_key}/{tab_key}".encode()) % (2**31 - 1) + 1


def tab_ids(book: Book) -> dict[str, int]:
    """Give the ids of all tabs of a book by their keys."""
    return {tab.key: sheet_id(book.key, tab.key) for tab in book.tabs}
