"""Spreadsheets as they are stored, and the parsed ones that are kept in memory.

A stored spreadsheet bears a stamp, a random number that every write draws anew: equal stamps are equal content,
whichever process wrote it. A parsed book that is kept here is never changed again: readers share it, writers fork it.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass

from sheets_emulator.book.document import Document

MOST_CELLS = 3_000_000
MOST_BOOKS = 64


@dataclass(frozen=True)
class StoredBook:
    """A spreadsheet in the store's bytes: all but the cells, and (sheet id, number, rows) of each block in order."""

    meta: bytes
    blocks: tuple[tuple[int, int, bytes], ...]

    def parsed(self) -> Document:
        """The spreadsheet itself, a new one at each call."""
        from pydantic_core import from_json  # noqa: PLC0415  # its load is for those alone who handle cells

        document = Document.from_meta(from_json(self.meta))
        sheets = {sheet.sheet_id: sheet for sheet in document.sheets}
        for sheet_id, number, rows in self.blocks:
            sheets[sheet_id].load_block(number, from_json(rows))
        for sheet in document.sheets:
            sheet.stored()
        return document


def new_stamp() -> int:
    """The stamp of a content that was never stored before."""
    return secrets.randbits(62)


class Books:
    """The parsed books that were used last; safe to use from many threads."""

    def __init__(self, most_cells: int = MOST_CELLS, most_books: int = MOST_BOOKS) -> None:
        """`most_cells` counts the cells of the rows in use; the book used last stays however large it is."""
        self._most_cells, self._most_books = most_cells, most_books
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[int, int, Document]] = OrderedDict()
        self._cells = 0

    def get(self, file_id: str, stamp: int) -> Document | None:
        """The book with this content, for reading."""
        with self._lock:
            kept = self._kept.get(file_id)
            if kept is None or kept[0] != stamp:
                return None
            self._kept.move_to_end(file_id)
            return kept[2]

    def put(self, file_id: str, stamp: int, document: Document) -> None:
        """Keep a book; from now on nobody changes it."""
        cells = sum(len(sheet.grid.rows) * sheet.column_count for sheet in document.sheets)
        with self._lock:
            self._drop(file_id)
            self._kept[file_id] = (stamp, cells, document)
            self._cells += cells
            while len(self._kept) > 1 and (
                self._cells > self._most_cells or len(self._kept) > self._most_books
            ):
                self._drop(next(iter(self._kept)))

    def _drop(self, file_id: str) -> None:
        known = self._kept.pop(file_id, None)
        if known is not None:
            self._cells -= known[1]
