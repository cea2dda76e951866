"""The rows of a tab of facts as arrays, one a column, with an entry a row.

Texts and exact fractions are objects with None where the cell is blank, days and moments `datetime64[s]` with NaT,
flags `bool`, whole numbers `int64` beside a mask of the blank ones (`WholeNumbers`): no blank is ever a number.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
import numpy.typing as npt

from kpi_rules.facts.kinds import WHOLE_OR_BLANK

Array = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class WholeNumbers:
    """Whole numbers of which some are blank: `numbers` holds 0 there."""

    numbers: Whole
    blank: Flags

    @classmethod
    def of(cls, values: Sequence[int | None]) -> WholeNumbers:
        """Take plain numbers, None where there is none. Raises OverflowError beyond 64 bits."""
        numbers = np.array([0 if value is None else value for value in values], dtype=np.int64)
        return cls(numbers, np.array([value is None for value in values], dtype=bool))

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.numbers)

    def take(self, rows: npt.NDArray[np.intp]) -> WholeNumbers:
        """Give those of some rows."""
        return WholeNumbers(self.numbers.take(rows), self.blank.take(rows))

    def without(self, rows: npt.NDArray[np.intp]) -> WholeNumbers:
        """Give them with these rows blank."""
        numbers, blank = self.numbers.copy(), self.blank.copy()
        numbers[rows], blank[rows] = 0, True
        return WholeNumbers(numbers, blank)

    def tolist(self) -> list[int | None]:
        """Give plain numbers, None where there is none."""
        values: list[int | None] = self.numbers.tolist()
        for row in np.flatnonzero(self.blank).tolist():
            values[row] = None
        return values


def column_of(kind: str, values: Sequence[Any]) -> Array | WholeNumbers:
    """Make a column of plain values, None where there is none; `kind` is one of `FRAME_TYPES` or «int64»."""
    if kind == WHOLE_OR_BLANK:
        return WholeNumbers.of(values)
    if kind == "object":
        return np.fromiter(values, dtype=object, count=len(values))
    return np.array(values, dtype=kind)


def without(column: Array | WholeNumbers, rows: npt.NDArray[np.intp]) -> Array | WholeNumbers:
    """Give a column with these rows blank; a flag has no blank and is False there."""
    if isinstance(column, WholeNumbers):
        return column.without(rows)
    left = column.copy()
    left[rows] = None
    return left


def _joined(first: Array | WholeNumbers, second: Array | WholeNumbers) -> Array | WholeNumbers:
    if isinstance(first, WholeNumbers) and isinstance(second, WholeNumbers):
        return WholeNumbers(
            np.concatenate([first.numbers, second.numbers]), np.concatenate([first.blank, second.blank])
        )
    return np.concatenate([np.asarray(first), np.asarray(second)])


@dataclass(frozen=True, eq=False)
class Columns:
    """The columns of a frame by name, all of the same length."""

    held: Mapping[str, Array | WholeNumbers]

    def __repr__(self) -> str:
        """Say how many rows there are and of what; what people entered has no place in messages."""
        return f"Columns({len(self)} rows of {', '.join(self)})"

    def __len__(self) -> int:
        """Count the rows."""
        return len(next(iter(self.held.values())))

    def __iter__(self) -> Iterator[str]:
        """Go through the names."""
        return iter(self.held)

    def __getitem__(self, name: str) -> Array:
        """Give a column's array; of whole numbers with 0 where there is none. KeyError: there is no such column."""
        column = self.held[name]
        return column.numbers if isinstance(column, WholeNumbers) else column

    def given(self, name: str) -> Flags:
        """Tell which rows hold a value; a flag always does."""
        column = self.held[name]
        if isinstance(column, WholeNumbers):
            return ~column.blank
        if column.dtype.kind == "M":
            return ~np.isnat(column)
        known: Flags = column != None if column.dtype == object else np.ones(len(column), dtype=bool)  # noqa: E711 - entry by entry
        return known

    def plain(self, name: str) -> list[Any]:
        """Give a column's values as Python's own, None where there is none; days are midnights."""
        values: list[Any] = self.held[name].tolist()
        return values

    def is_one_of(self, name: str, wanted: Set[Any]) -> Flags:
        """Tell which rows hold one of these values."""
        column = self.held[name]
        if not isinstance(column, WholeNumbers) and column.dtype == np.int64 and len(wanted):
            # NumPy's own way to ask this loads its masked arrays, which nobody needs.
            among = np.array(sorted(wanted), dtype=np.int64)
            same: Flags = among.take(np.searchsorted(among, column), mode="clip") == column
            return same
        values = self.plain(name)
        return np.fromiter(map(wanted.__contains__, values), dtype=bool, count=len(values))

    def places(self, name: str) -> tuple[Whole, list[Any]]:
        """Number a column's values in order of their first rows: each row's number (−1 where there is none), the values."""
        rows = self[name].tolist()
        place_of: defaultdict[Any, int] = defaultdict(count().__next__)
        index = np.fromiter(map(place_of.__getitem__, rows), dtype=np.int64, count=len(rows))
        values = list(place_of)
        if None in place_of:
            blank = place_of[None]
            del values[blank]
            index = np.where(index == blank, -1, index - (index > blank))
        return index, values

    def rows_by(self, name: str) -> dict[Any, npt.NDArray[np.intp]]:
        """Give by a column's values the rows that hold each, in order; those where there is none are left out."""
        index, values = self.places(name)
        order = np.argsort(index, kind="stable")
        edges = np.searchsorted(index[order], np.arange(len(values) + 1)).tolist()
        return {value: order[edges[at] : edges[at + 1]] for at, value in enumerate(values)}

    def shared(self, *names: str) -> Flags:
        """Tell which rows have the same values as another row in all of these columns; blanks are the same."""
        keys = self._keys(names)
        if len(set(keys)) == len(keys):
            return np.zeros(len(keys), dtype=bool)
        times = Counter(keys)
        return np.fromiter((times[key] > 1 for key in keys), dtype=bool, count=len(keys))

    def chosen(self, rows: Flags) -> Columns:
        """Give the columns of some rows; of all of them these."""
        return self if rows.all() else self._taken(np.flatnonzero(rows))

    def followed_by(self, others: Columns) -> Columns:
        """Put the rows of others, with the same columns, below these."""
        return Columns({name: _joined(column, others.held[name]) for name, column in self.held.items()})

    def replaced(self, name: str, numbers: Whole) -> Columns:
        """Put other whole numbers into a column; its blank cells stay so."""
        column = self.held[name]
        blank = column.blank if isinstance(column, WholeNumbers) else np.zeros(len(self), dtype=bool)
        return Columns({**self.held, name: WholeNumbers(np.where(blank, 0, numbers), blank)})

    def with_texts(self, name: str, texts: Array) -> Columns:
        """Put other texts into a column, None where there is none."""
        return Columns({**self.held, name: texts})

    def last_of_each(self, *names: str) -> Columns:
        """Keep of the rows with the same values in these columns the last one, in the rows' order."""
        last = {key: row for row, key in enumerate(self._keys(names))}
        if len(last) == len(self):
            return self
        return self._taken(np.array(sorted(last.values()), dtype=np.intp))

    def _taken(self, rows: npt.NDArray[np.intp]) -> Columns:
        return Columns({name: column.take(rows) for name, column in self.held.items()})

    def _keys(self, names: Sequence[str]) -> list[Any]:
        # Moments are compared as numbers: making one an object costs more than all the rest.
        columns = (self[name] for name in names)
        lists = [
            (column.view(np.int64) if column.dtype.kind == "M" else column).tolist() for column in columns
        ]
        return lists[0] if len(lists) == 1 else list(zip(*lists, strict=True))
