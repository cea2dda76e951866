"""Columns told apart in one pass over a table's rows, band by band.

The values of a decoded answer lie in memory as they were decoded, row by row. A look at a whole column therefore
fetches every value from afar, and each further look does so again. A band of rows stays in the processor's cache
while all its columns are worked through: that is twice as fast, and nothing later looks at the values again.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import compress, count, islice, repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sheets_sync.reading.cells import SPACES, Cells, Mask, Row, Rows, What
from sheets_sync.reading.typed_text import ERROR_VALUES

BAND_ROWS = 4000


def scan(rows: Rows, positions: Mapping[str, int], trims: frozenset[str] = frozenset()) -> dict[str, Cells]:
    """Tell the cells of some columns apart.

    Args:
        rows: the rows below the headers; they may end early.
        positions: the 0-based place of each column, by its key. A column beyond all rows is left out.
        trims: the columns whose `words` are wanted without spaces at their ends.
    """
    width = max(map(len, rows), default=0)
    columns = {key: _Column(len(rows), trims=key in trims) for key, at in positions.items() if at < width}
    padding: list[Row] = [[None] * (width - length) for length in range(width + 1)]
    for start in range(0, len(rows), BAND_ROWS):
        band: list[object] = []
        for row in rows[start : start + BAND_ROWS]:
            band += row
            band += padding[len(row)]
        for key, column in columns.items():
            column.add(start, band[positions[key] :: width])

    return {key: column.cells(_value_at(rows, positions[key])) for key, column in columns.items()}


def cells_of(values: Sequence[object], *, trims: bool = False) -> Cells:
    """Tell the cells of one column apart."""
    column = _Column(len(values), trims=trims)
    column.add(0, list(values))
    return column.cells(values.__getitem__)


def _value_at(rows: Rows, position: int) -> Callable[[int], object]:
    return lambda row: rows[row][position] if position < len(rows[row]) else None


class _WhatOf(dict[type, int]):
    def __missing__(self, _kind: type) -> int:
        return What.NOTHING.value


_WHAT_OF = _WhatOf(
    {
        type(None): What.NOTHING.value,
        str: What.TEXT.value,
        int: What.NUMBER.value,
        float: What.NUMBER.value,
        bool: What.FLAG.value,
    }
)


class _Column:
    """One column in the course of being told apart."""

    def __init__(self, length: int, *, trims: bool) -> None:
        self.what = np.zeros(length, dtype=np.uint8)
        self.word_of = np.full(length, -1, dtype=np.intp)
        self.floats = np.zeros(length)
        self.ticked = np.zeros(length, dtype=bool)
        self.words = _Words(trims=trims)
        self._mixed = False
        self._only_texts = False

    def add(self, start: int, values: list[Any]) -> None:
        """Take in the cells from a row on."""
        rows = slice(start, start + len(values))
        if self._holds_repeated_texts(start, values):
            index = self.words.add_any(values)
            if index is not None:
                self.what[rows], self.word_of[rows] = What.TEXT.value, index
                return
            self._only_texts = False
        kinds = None if self._mixed else {_WHAT_OF[kind] for kind in set(map(type, values))}
        if kinds is not None and len(kinds) == 1:
            (kind,) = kinds
            self.what[rows] = kind
            self._take(kind, rows, values, None)
            return
        # What was mixed in one band is likely to be so in the next.
        self._mixed = True
        what = np.frombuffer(bytes(map(_WHAT_OF.__getitem__, map(type, values))), dtype=np.uint8)
        self.what[rows] = what
        for kind in (What.TEXT.value, What.NUMBER.value, What.FLAG.value):
            chosen = what == kind
            if chosen.any():
                self._take(kind, rows, list(compress(values, chosen.tobytes())), chosen)

    def _holds_repeated_texts(self, start: int, values: list[Any]) -> bool:
        """Tell whether a column has held nothing but texts that repeat: then only new ones are worth a look."""
        if start == 0:
            self._only_texts = set(map(type, values)) <= {str, type(None)}
        return self._only_texts and self.words.repeat

    def _take(self, kind: int, rows: slice, values: list[Any], chosen: Mask | None) -> None:
        """Take in values of one kind: those of the chosen cells (None: all) of these rows."""
        if kind == What.TEXT:
            if any(values):
                _put(self.word_of[rows], chosen, self.words.add(values))
            else:
                _put(self.what[rows], chosen, What.NOTHING.value)
        elif kind == What.NUMBER:
            _put(self.floats[rows], chosen, _floats(values))
        elif kind == What.FLAG:
            _put(self.ticked[rows], chosen, np.fromiter(values, dtype=bool, count=len(values)))

    def cells(self, value_at: Callable[[int], object]) -> Cells:
        """Give what was found."""
        of_words = self.words.what()
        if of_words is not None:
            texts = self.word_of >= 0
            self.what[texts] = of_words[self.word_of[texts]]
        return Cells(self.what, self.words.found, self.word_of, self.floats, self.ticked, value_at)


class _Words:
    """The texts of a column: each once, as long as they repeat."""

    def __init__(self, *, trims: bool) -> None:
        self.found: list[str] = []
        self._trims = trims
        self.repeat = True
        self._places: defaultdict[str | None, int] = defaultdict(count().__next__)
        self._what: list[NDArray[np.uint8]] = []
        self._plain = True

    def add(self, texts: list[str]) -> NDArray[np.intp]:
        """Take in texts; gives the place of each among the words."""
        known = len(self.found)
        if self.repeat:
            index, new = self._numbered(texts)
        else:
            index, new = np.arange(known, known + len(texts)), texts
        if new:
            self._note(new)
        return index

    def add_any(self, values: list[Any]) -> NDArray[np.intp] | None:
        """Take in texts and blank cells; None, and nothing taken, where there is anything else among them."""
        index, new = self._numbered(values)
        if not all(value is None or type(value) is str for value in new):
            for value in new:
                del self._places[value]
            self._places.default_factory = count(len(self.found)).__next__
            return None
        if new:
            self._note([value or "" for value in new])
        return index

    def _numbered(self, values: list[Any]) -> tuple[NDArray[np.intp], list[Any]]:
        """Number the values by what is equal; gives those that were not known before as well."""
        index = np.fromiter(map(self._places.__getitem__, values), dtype=np.intp, count=len(values))
        new = list(islice(self._places, len(self.found), None))
        # To find the few equal ones among many costs more than it saves.
        self.repeat = len(new) * 2 < max(len(values), BAND_ROWS // 2)
        return index, new

    def _note(self, words: list[str]) -> None:
        self.found += map(str.strip, words, repeat(SPACES)) if self._trims else words
        what = np.full(len(words), What.TEXT.value, dtype=np.uint8)
        if not all(words) or any(map(str.isspace, words)):
            what[[not word or word.isspace() for word in words]] = What.NOTHING.value
            self._plain = False
        if not ERROR_VALUES.isdisjoint(words):
            what[[word in ERROR_VALUES for word in words]] = What.ERROR.value
            self._plain = False
        self._what.append(what)

    def what(self) -> NDArray[np.uint8] | None:
        """Tell what each word is; None where all are plain texts."""
        return None if self._plain else np.concatenate(self._what)


def _put(cells: NDArray[Any], chosen: Mask | None, values: Any) -> None:
    cells[slice(None) if chosen is None else chosen] = values


def _floats(numbers: list[float]) -> NDArray[np.float64]:
    try:
        return np.fromiter(numbers, dtype=np.float64, count=len(numbers))
    except OverflowError:
        return np.array([_float(number) for number in numbers])


def _float(number: float) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf
