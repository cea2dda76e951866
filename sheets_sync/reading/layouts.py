"""Which template and which layout a file has that no ledger knows: told by its tabs and headers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sheets_sync.reading.cells import RawBook, Row
from sheets_sync.reading.names import folded
from sheets_sync.reading.tables import locate
from sheets_sync.schema.layout import Book


def fitting_book(headers: Mapping[str, Row], books: Sequence[Book]) -> int:
    """Give the index of the book that a file is: the one that has the most input tabs there, then the most headers.

    Of several with as many that one which lacks the fewest: a template with a column more than another's is not
    taken for it. A column that came with a later layout lacks in no file.
    Of equals the first, also where none has a tab there.

    Args:
        headers: the file's row 1 by the title of each tab (folded).
        books: what it may be.
    """

    def fit(book: Book) -> tuple[int, int, int]:
        tabs = [tab for tab in book.inputs() if folded(tab.title) in headers]
        found = {(tab.key, key) for tab in tabs for key in locate(tab, [headers[folded(tab.title)]]).found}
        wanted = {
            (tab.key, column.key)
            for tab in book.inputs()
            for column in tab.columns
            if max(tab.since, column.since) == 1
        }
        return len(tabs), len(found), -len(wanted - found) if tabs else 0

    fits = [fit(book) for book in books]
    return fits.index(max(fits))


def fitting_layout(raw: RawBook, newest: Book, number: int) -> int:
    """Give the newest layout that the file may have: the first one before something that is nowhere in it.

    `newest` is the book of the newest layout, `number` that layout's.
    """
    sinces, present = set[int](), {1}
    for tab in newest.inputs():
        found = locate(tab, raw.get(tab.key, [])).found if tab.key in raw else {}
        sinces |= {tab.since, *(column.since for column in tab.columns)}
        present |= {tab.since} if tab.key in raw else set()
        present |= {column.since for column in tab.columns if column.key in found}
    later = [since for since in sinces if since > max(present)]
    return min(later) - 1 if later else number
