"""Cells as a spreadsheet gives them: the raw content of a file, and one column told apart by kinds of value."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import compress, count
from operator import methodcaller
from types import MappingProxyType
from typing import TypeAlias, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sheets_sync.typed_text import ERROR_VALUES

T = TypeVar("T")
Row: TypeAlias = list[object]
Rows: TypeAlias = list[Row]
"""Rows of JSON values (str, int, float, bool; None or "" = blank); trailing blanks may be missing."""
Mask: TypeAlias = NDArray[np.bool_]
Objects: TypeAlias = NDArray[np.object_]

trimmed: Callable[[str], str] = methodcaller(
    "strip", " \t\r\n\u00a0\u1680\u2000\u2003\u2009\u200b\u200c\u200d\u202f\u205f\u2060\u3000\ufeff"
)
"""Drops spaces of all sorts from both ends of a text."""
_LONGEST_SHOWN = 60
_SAMPLE = 1000
"""So many cells tell whether the texts of a column repeat."""


class What(IntEnum):
    """What a cell holds."""

    NOTHING = 0
    TEXT = 1
    NUMBER = 2
    FLAG = 3
    ERROR = 4


class _WhatOf(dict[type, int]):
    def __missing__(self, _kind: type) -> int:
        return What.NOTHING


_WHAT_OF = _WhatOf(
    {type(None): What.NOTHING, str: What.TEXT, int: What.NUMBER, float: What.NUMBER, bool: What.FLAG}
)
_OF_ONE_KIND: Mapping[str, What] = {
    "string": What.TEXT,
    "integer": What.NUMBER,
    "floating": What.NUMBER,
    "mixed-integer-float": What.NUMBER,
    "boolean": What.FLAG,
}
"""What pandas calls a column of one kind of value: what its cells hold."""


@dataclass(frozen=True)
class RawBook(Mapping[str, Rows]):
    """The cells of a file by tab key; row 1 of the sheet is the first of the list.

    Values are unformatted, dates are serial days since 1899-12-30. `missing` holds the keys of the tabs that
    the file no longer has; `titles` says how the present tabs are called in the file, where that is known.
    """

    tabs: Mapping[str, Rows]
    missing: frozenset[str] = frozenset()
    titles: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __getitem__(self, key: str) -> Rows:
        return self.tabs[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.tabs)

    def __len__(self) -> int:
        return len(self.tabs)


@dataclass(frozen=True)
class Cells:
    """One column below its header: the raw values, and for each what it is.

    `words` are the texts of the column, each once where they repeat much, and `word_of` says for each cell
    which of them it holds (-1 = no text): so a text is looked at once, however often it stands there.
    """

    values: Objects
    what: NDArray[np.uint8]
    words: Sequence[str]
    word_of: NDArray[np.intp]

    @classmethod
    def of(cls, cells: Sequence[object] | Objects) -> Cells:
        """Tell the cells of a column apart; a text of spaces alone is blank, «#REF!» is an error."""
        values = np.fromiter(cells, dtype=object, count=len(cells))
        what = _what(values)
        is_text = what == What.TEXT
        all_texts = bool(is_text.all())
        index, words = numbered(values.tolist() if all_texts else values[is_text].tolist())
        of_words = _what_of_words(words)
        word_of = index
        if not all_texts:
            word_of = np.full(len(values), -1, dtype=np.intp)
            word_of[is_text] = index
        what[is_text] = of_words[index]
        return cls(values, what, words, word_of)

    @property
    def is_text(self) -> Mask:
        """Which cells hold a text that says something."""
        return self._holding(What.TEXT)

    @property
    def is_number(self) -> Mask:
        """Which cells hold a number."""
        return self._holding(What.NUMBER)

    @property
    def is_flag(self) -> Mask:
        """Which cells hold a tick or its absence."""
        return self._holding(What.FLAG)

    @property
    def is_error(self) -> Mask:
        """Which cells hold what a broken formula shows."""
        return self._holding(What.ERROR)

    @property
    def blank(self) -> Mask:
        """Which cells hold nothing."""
        return self._holding(What.NOTHING)

    def _holding(self, what: What) -> Mask:
        found: Mask = self.what == what
        return found

    def take(self, rows: NDArray[np.intp]) -> Cells:
        """Give the cells of some rows, in order and each once."""
        if len(rows) == len(self.values):
            return self
        return Cells(self.values[rows], self.what[rows], self.words, self.word_of[rows])

    def floats(self) -> NDArray[np.float64]:
        """Give the numbers as floats, 0 where there is none."""
        is_number = self.is_number
        if is_number.all():
            return self.values.astype(float)
        floats = np.zeros(len(self.values))
        floats[is_number] = self.values[is_number].astype(float)
        return floats

    def distinct(self, rows: Mask) -> tuple[list[object], NDArray[np.intp]]:
        """Give the values of these rows, which hold texts or numbers, and for each cell the place of its own.

        The place is -1 in all other rows.
        """
        places = np.full(len(self.values), -1, dtype=np.intp)
        texts, numbers = rows & self.is_text, rows & self.is_number
        used = np.zeros(len(self.words), dtype=bool)
        used[self.word_of[texts]] = True
        places[texts] = (np.cumsum(used) - 1)[self.word_of[texts]]
        found: list[object] = list(compress(self.words, used))
        if numbers.any():
            index, others = numbered(self.values[numbers].tolist())
            places[numbers] = index + len(found)
            found += others
        return found, places


def numbered(values: list[T]) -> tuple[NDArray[np.intp], list[T]]:
    """Give the distinct values in order, and for each value the place of its equal.

    Values that hardly repeat are given back as they are: to find the few equal ones costs more than it saves.
    """
    if len(values) > _SAMPLE and len(set(values[:_SAMPLE])) > _SAMPLE // 2:
        return np.arange(len(values)), values
    places: defaultdict[T, int] = defaultdict(count().__next__)
    index = np.fromiter(map(places.__getitem__, values), dtype=np.intp, count=len(values))
    return index, list(places)


def _what(values: Objects) -> NDArray[np.uint8]:
    of_one_kind = _OF_ONE_KIND.get(pd.api.types.infer_dtype(values, skipna=False))
    if of_one_kind is not None:
        return np.full(len(values), of_one_kind, dtype=np.uint8)
    kinds = bytearray(map(_WHAT_OF.__getitem__, map(type, values.tolist())))
    return np.frombuffer(kinds, dtype=np.uint8)


def _what_of_words(words: Sequence[str]) -> NDArray[np.uint8]:
    found = np.full(len(words), What.TEXT, dtype=np.uint8)
    if not all(words) or any(map(str.isspace, words)):
        found[[not word or word.isspace() for word in words]] = What.NOTHING
    if not ERROR_VALUES.isdisjoint(words):
        found[[word in ERROR_VALUES for word in words]] = What.ERROR
    return found


def written(value: object) -> str:
    """Write a cell's value as a text: 1001 and 1001.0 are «1001», texts are taken as they are."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


def all_written(numbers: Objects) -> list[str]:
    """Write many numbers as `written` does, whole ones by arrays."""
    floats = numbers.astype(float)
    if np.all((np.abs(floats) < 2**53) & (np.rint(floats) == floats)):
        return list(map(str, floats.astype(np.int64).tolist()))
    return list(map(written, numbers.tolist()))


def shown(value: object) -> str:
    """Write a cell's value so that its author recognises it in a problem."""
    if isinstance(value, bool):
        return "☑" if value else "☐"
    text = trimmed(written(value))
    if isinstance(value, float):
        return text.replace(".", ",")
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"
