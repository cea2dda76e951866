"""Which layout a file has that no ledger knows: told by the tabs and columns that only some layouts have."""

from __future__ import annotations

from sheets_sync.reading.cells import RawBook
from sheets_sync.reading.tables import locate
from sheets_sync.schema.layout import Book


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
