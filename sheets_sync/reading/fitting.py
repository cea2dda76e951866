"""Which template and which layout a file has that no ledger knows: told by its tabs and headers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kpi_rules.spelling import folded
from sheets_sync.reading.cells import RawBook, Row
from sheets_sync.reading.tables import locate
from sheets_sync.schema.layout import Book


def fitting_book(headers: Mapping[str, Row], books: Sequence[Book]) -> int:
    """Give the index of the book that a file is: the one that has the most input tabs there, then the most headers.

    Of several with as many that one which lacks the fewest: a template with a column more than another's is not
    taken for it. A column that came with a later layout lacks in no file, and what is there only for who asked for it
    tells nothing.
    Of equals the first, also where none has a tab there.

    Args:
        headers: the file's row 1 by the title of each tab (folded).
        books: what it may be.
    """

    def fit(book: Book) -> tuple[int, int, int]:
        everybodys = [tab for tab in book.inputs() if not tab.option]
        tabs = [tab for tab in everybodys if folded(tab.title) in headers]
        there = {
            (tab.key, key)
            for tab in tabs
            for key in locate(tab, [headers[folded(tab.title)]]).places
            if not tab.column(key).option
        }
        wanted = {
            (tab.key, column.key)
            for tab in everybodys
            for column in tab.columns
            if max(tab.since, column.since) == 1 and not column.option
        }
        return len(tabs), len(there), -len(wanted - there) if tabs else 0

    fits = [fit(book) for book in books]
    return fits.index(max(fits))


def fitting_layout(raw: RawBook, newest: Book, number: int) -> int:
    """Give the newest layout that the file may have: the first one before something that is nowhere in it.

    `newest` is the book of the newest layout, `number` that layout's.
    """
    sinces, present = set[int](), {1}
    for tab in newest.inputs():
        places = locate(tab, raw.get(tab.key, [])).places if tab.key in raw else {}
        if not tab.option:
            sinces |= {tab.since, *(column.since for column in tab.columns if not column.option)}
        present |= {tab.since} if tab.key in raw else set()
        present |= {column.since for column in tab.columns if column.key in places}
    later = [since for since in sinces if since > max(present)]
    return min(later) - 1 if later else number


def fitting_options(raw: RawBook, full: Book) -> frozenset[str]:
    """Name the options that a file has: a tab of theirs is there with most of its headers, or a column of theirs.

    A tab that has only its title in common with an option's is the client's own business. `full` is the book with
    all options.
    """
    present = set[str]()
    for tab in full.inputs():
        if tab.key not in raw:
            continue
        headers = locate(tab, raw[tab.key])
        twice = {problem.place.column for problem in headers.problems if problem.code == "header_twice"}
        there = twice.union(headers.places)
        moved = any(problem.code == "headers_moved_down" for problem in headers.problems)
        if tab.option and (moved or 2 * len(there) > len(tab.columns)):
            present.add(tab.option)
        if not tab.option:
            present |= {column.option for column in tab.columns if column.key in there}
    return frozenset(present - {""})
