"""A book in the course of being read: its tables, their rows, and what was found wrong on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from kpi_rules.problems import Place, Problem, blocking
from sheets_sync.reading.cells import RawBook
from sheets_sync.reading.names import Directory
from sheets_sync.reading.tables import Headers, Located, Table, locate, read_table
from sheets_sync.schema.layout import Book


@dataclass(frozen=True)
class Record:
    """One row of a small table; `values` are None where blank or bad."""

    row: int
    values: Mapping[str, Any]
    bad: frozenset[str]

    def has(self, *keys: str) -> bool:
        """Tell whether all of these cells hold something that could be read."""
        return all(self.values[key] not in (None, "") and key not in self.bad for key in keys)


@dataclass
class BookReading:
    """A book in the course of being read: gathers problems and places."""

    raw: RawBook
    book: Book
    directory: Directory
    problems: list[Problem] = field(default_factory=list)
    headers: dict[str, Headers] = field(default_factory=dict)

    def table(self, key: str, table: str = "") -> Table:
        """Read one table of a tab; a tab that is not there gives an empty one and a problem.

        A tab that only later layouts have is empty, and no problem.
        """
        later = next((tab for tab in self.book.later_tabs if tab.key == key), None)
        if later is not None:
            return read_table(later, [], Headers(readable=False), self.directory, table)[0]
        tab, rows = self.book.tab(key), self.raw.get(key, [])
        if key not in self.headers:
            if key in self.raw.missing or key not in self.raw:
                gone = blocking("tab_missing", Place(key), tab=tab.title)
                self.headers[key] = Headers(problems=[gone], readable=False)
            else:
                self.headers[key] = locate(tab, rows)
            self.problems += self.headers[key].problems
        read, problems = read_table(tab, rows, self.headers[key], self.directory, table)
        self.problems += problems
        return read

    def records(self, key: str, table: str = "") -> Iterator[Record]:
        """Go through the rows of a small table."""
        read = self.table(key, table)
        columns = {name: _plain(column.values) for name, column in read.columns.items()}
        for index, row in enumerate(read.rows.tolist()):
            bad = frozenset(name for name, column in read.columns.items() if column.bad[index])
            yield Record(row, {name: values[index] for name, values in columns.items()}, bad)

    def look_through(self) -> None:
        """Read the input tabs that nothing was asked of: their problems and places count as well, an archive has them."""
        for tab in self.book.inputs():
            if tab.key not in self.headers:
                self.table(tab.key)

    def located(self) -> Located:
        """Tell where everything stands."""
        titles = {tab.key: self.raw.titles.get(tab.key, tab.title) for tab in self.book.tabs}
        positions = {
            (key, column): position
            for key, headers in self.headers.items()
            for column, position in headers.addresses.items()
        }
        return Located(titles, positions)


def _plain(values: Any) -> list[Any]:
    return [None if value is pd.NA else value for value in values.tolist()]
