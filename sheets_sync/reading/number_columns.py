"""The number columns of a file and its «№», as they stand: what a look goes over, and by what it knows them again."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sheets_sync.a1 import column_letters
from sheets_sync.reading.cells import RawBook, Row
from sheets_sync.reading.tables import locate
from sheets_sync.schema.layout import Book, Column
from sheets_sync.schema.shown_forms import NUMBER_KINDS

NUMBERING = "number"
"""The key of a column «№»."""
ColumnKey = tuple[str, str]
"""Of a tab and of its column."""
Floats = NDArray[np.float64]
_NUMBERS = frozenset({int, float})
_MARK_BYTES = 6


@dataclass(frozen=True)
class NumberColumn:
    """A column whose numbers are looked at, or a «№» whose formulas are: where it stands, and the rows below the headers.

    `numbering` is the position of the tab's «№» (None: it has none), `others` those of its other known columns.
    """

    tab: str
    title: str
    column: Column
    position: int
    rows: Sequence[Row]
    numbering: int | None = None
    others: tuple[int, ...] = ()

    @property
    def key(self) -> ColumnKey:
        """Give the keys of tab and column."""
        return self.tab, self.column.key

    @property
    def is_numbering(self) -> bool:
        """Tell whether it is looked at for formulas."""
        return self.column.kind not in NUMBER_KINDS

    @cached_property
    def floats(self) -> Floats:
        """Give the numbers of the cells, NaN where there is none; cells behind the last number are left out."""
        cells = self.cells
        floats = np.array([_float(cell) if type(cell) in _NUMBERS else math.nan for cell in cells])
        held = np.flatnonzero(~np.isnan(floats))
        return floats[: held[-1] + 1] if len(held) else floats[:0]

    @cached_property
    def numbers(self) -> Mapping[int, float]:
        """Give the numbers by sheet row; of «№» all cells that hold anything."""
        if self.is_numbering:
            filled = (row for row, cell in enumerate(self.cells, start=2) if cell not in (None, ""))
            return dict.fromkeys(filled, 0.0)
        held = np.flatnonzero(~np.isnan(self.floats))
        return dict(zip((held + 2).tolist(), self.floats[held].tolist(), strict=True))

    @property
    def cells(self) -> list[Any]:
        """Give the cells as they were read, None where a row is shorter."""
        at = self.position
        return [row[at] if at < len(row) else None for row in self.rows]

    def address(self, row: int) -> str:
        """Give the cell of a sheet row («H12»)."""
        return f"{column_letters(self.position)}{row}"

    def rows_with(self, numbers: Iterable[float]) -> dict[float, list[int]]:
        """Give by number the sheet rows that hold it."""
        rows: dict[float, list[int]] = {}
        for at in np.flatnonzero(np.isin(self.floats, list(numbers))).tolist():
            rows.setdefault(float(self.floats[at]), []).append(at + 2)
        return rows

    def has_number(self, row: int) -> bool:
        """Tell whether the row has a «№» of its own."""
        return self.numbering is not None and bool(_cell(self.rows[row - 2], self.numbering))

    def mark(self, row: int, *, by_number: bool) -> str:
        """Give what a row is known by wherever it stands: its «№», or all its known cells where that says nothing.

        A «№» by formula belongs to the place: without `by_number` it does not count.
        """
        cells = self.rows[row - 2]
        if by_number and self.numbering is not None and self.has_number(row):
            told = [_cell(cells, self.numbering)]
        else:
            told = ["", *(_cell(cells, at) for at in self.others)]
        return hashlib.blake2b("\x1f".join(told).encode(), digest_size=_MARK_BYTES).hexdigest()


def _cell(cells: Row, at: int) -> str:
    held = cells[at] if at < len(cells) else None
    return "" if held in (None, "") else repr(held)


def _float(number: Any) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf


def number_columns(raw: RawBook, book: Book) -> list[NumberColumn]:
    """Give the columns of the input tabs that hold numbers, and those of «№», as they stand in the file."""
    columns = []
    for tab in book.inputs():
        rows = raw.get(tab.key, [])
        if len(rows) < 2:
            continue
        places = locate(tab, rows).found
        numbering = places.get(NUMBERING)
        others = tuple(at for key, at in places.items() if key != NUMBERING)
        title = raw.titles.get(tab.key, tab.title)
        columns += [
            NumberColumn(tab.key, title, column, places[column.key], rows[1:], numbering, others)
            for column in tab.columns
            if column.key in places and (column.kind in NUMBER_KINDS or column.key == NUMBERING)
        ]
    return columns


def digests_of(
    columns: Iterable[NumberColumn], instead: Mapping[ColumnKey, Floats] = MappingProxyType({})
) -> dict[str, str]:
    """Digest by tab the numbers and «№» with their rows: the same as long as none is new, changed or moved.

    `instead` holds the numbers of columns that are to be taken for others than were read.
    """
    digests: dict[str, Any] = {}
    for each in columns:
        digest = digests.setdefault(each.tab, hashlib.blake2b(digest_size=16))
        if each.is_numbering:
            told = "\0".join(map(repr, each.cells)).encode()
        else:
            told = instead.get(each.key, each.floats).tobytes()
        digest.update(f"{each.column.key}\0{len(told)}\0".encode())
        digest.update(told)
    return {tab: digest.hexdigest() for tab, digest in digests.items()}
