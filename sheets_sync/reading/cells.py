"""Cells as a spreadsheet gives them: the raw content of a file, and one column told apart by kinds of value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import compress
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Row: TypeAlias = list[object]
Rows: TypeAlias = list[Row]
"""Rows of JSON values (str, int, float, bool; None or "" = blank); trailing blanks may be missing."""
Mask: TypeAlias = NDArray[np.bool_]
Objects: TypeAlias = NDArray[np.object_]

SPACES = " \t\r\n\u00a0\u1680\u2000\u2003\u2009\u200b\u200c\u200d\u202f\u205f\u2060\u3000\ufeff"
"""Spaces of all sorts, also those that take no room."""
_LONGEST_SHOWN = 60
LARGEST_EXACT = 2.0**53
"""Below it every whole number is a float."""


class What(IntEnum):
    """What a cell holds."""

    NOTHING = 0
    TEXT = 1
    NUMBER = 2
    FLAG = 3
    ERROR = 4


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
    """One column below its header, told apart by arrays with an entry a cell.

    `what` are values of `What`. `words` are the texts of the column, each once where they repeat much, and
    `word_of` says for each cell which of them it holds (-1 = none): so a text is looked at once, however often it
    stands there; those of a column of texts are without spaces at their ends. `floats` are the numbers (0 where
    there is none, infinite where one is too large for a float),
    `ticked` the set flags. `value_at` gives the raw value of a cell.
    """

    what: NDArray[np.uint8]
    words: Sequence[str]
    word_of: NDArray[np.intp]
    floats: NDArray[np.float64]
    ticked: Mask
    value_at: Callable[[int], Any]

    def __len__(self) -> int:
        return len(self.what)

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
        found: Mask = self.what == what.value
        return found

    def take(self, rows: NDArray[np.intp]) -> Cells:
        """Give the cells of some rows, in order and each once."""
        if len(rows) == len(self):
            return self
        return Cells(
            self.what[rows],
            self.words,
            self.word_of[rows],
            self.floats[rows],
            self.ticked[rows],
            lambda row: self.value_at(int(rows[row])),
        )

    def numbers(self, rows: NDArray[np.intp]) -> list[float]:
        """Give the numbers of these rows, exactly: as floats, or as what they are where a float cannot hold them."""
        numbers: list[float] = self.floats[rows].tolist()
        for place in np.flatnonzero(np.abs(self.floats[rows]) >= LARGEST_EXACT).tolist():
            numbers[place] = self.value_at(int(rows[place]))
        return numbers

    def distinct(self, rows: Mask) -> tuple[list[object], NDArray[np.intp]]:
        """Give the values of these rows, which hold texts or numbers, and for each cell the place of its own.

        The place is -1 in all other rows.
        """
        places = np.full(len(self), -1, dtype=np.intp)
        found: list[object] = []
        texts = np.flatnonzero(rows & self.is_text)
        if len(texts):
            used = np.zeros(len(self.words), dtype=bool)
            used[self.word_of[texts]] = True
            places[texts] = (np.cumsum(used) - 1)[self.word_of[texts]]
            found += compress(self.words, used)
        numbers = np.flatnonzero(rows & self.is_number)
        if len(numbers):
            exact = self.numbers(numbers)
            place_of = {number: place for place, number in enumerate(dict.fromkeys(exact), start=len(found))}
            places[numbers] = list(map(place_of.__getitem__, exact))
            found += place_of
        return found, places


def written(value: object) -> str:
    """Write a cell's value as a text: 1001 and 1001.0 are «1001», texts are taken as they are."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


def trimmed(text: str) -> str:
    """Drop spaces of all sorts from both ends of a text."""
    return text.strip(SPACES)


def shown(value: object) -> str:
    """Write a cell's value so that its author recognises it in a problem."""
    if isinstance(value, bool):
        return "☑" if value else "☐"
    text = trimmed(written(value))
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"


def value_params(value: object) -> dict[str, str]:
    """Give the params of a problem that quote a cell: `value`, and whether that is a number with decimals.

    A number is written in the form of the language in which the problem is told, a text as it was typed.
    """
    is_decimal = isinstance(value, float) and not value.is_integer()
    return {"value": shown(value), **({"is_decimal": "yes"} if is_decimal else {})}
