"""Cells as a spreadsheet gives them: the raw content of a file, and columns told apart by kinds of value in one pass.

The values of a decoded answer lie in memory as they were decoded, row by row. A look at a whole column therefore
fetches every value from afar, and each further look does so again. A band of rows stays in the processor's cache
while all its columns are worked through: that is twice as fast, and nothing later looks at the values again.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import compress, count, islice, repeat
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpi_rules.spelling import UNSEEN, UNSEEN_SIGNS
from sheets_sync.reading.typed_text import ERROR_VALUES
from sheets_sync.schema.shown_forms import NO_FORMS, BookForms

Row: TypeAlias = list[object]
Rows: TypeAlias = list[Row]
"""Rows of JSON values (str, int, float, bool; None or "" = blank); trailing blanks may be missing."""
Mask: TypeAlias = NDArray[np.bool_]
Objects: TypeAlias = NDArray[np.object_]

SPACES = " \t\r\n\u00a0\u1680\u2000\u2003\u2007\u2009\u202f\u205f\u3000" + UNSEEN_SIGNS
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
    the file no longer has; `titles` says how the present tabs are called in the file, where that is known, `forms`
    as what their numbers are shown.
    """

    tabs: Mapping[str, Rows]
    missing: frozenset[str] = frozenset()
    titles: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    forms: BookForms = NO_FORMS

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
        mask: Mask = self.what == what.value
        return mask

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
        contents: list[object] = []
        texts = np.flatnonzero(rows & self.is_text)
        if len(texts):
            used = np.zeros(len(self.words), dtype=bool)
            used[self.word_of[texts]] = True
            places[texts] = (np.cumsum(used) - 1)[self.word_of[texts]]
            contents += compress(self.words, used)
        numbers = np.flatnonzero(rows & self.is_number)
        if len(numbers):
            exact = self.numbers(numbers)
            place_of = {
                number: place for place, number in enumerate(dict.fromkeys(exact), start=len(contents))
            }
            places[numbers] = list(map(place_of.__getitem__, exact))
            contents += place_of
        return contents, places


def written(value: object) -> str:
    """Write a cell's value as a text: 1001 and 1001.0 are «1001», texts are taken as they are."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


def trimmed(text: str) -> str:
    """Drop spaces of all sorts from both ends of a text."""
    return text.strip(SPACES)


def shown(value: object) -> str:
    """Write a cell's value so that its author recognises it in a problem; signs that nobody sees are left out."""
    if isinstance(value, bool):
        return "☑" if value else "☐"
    text = trimmed(written(value).translate(UNSEEN))
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"


def value_params(value: object) -> dict[str, str]:
    """Give the params of a problem that quote a cell: `value`, and whether that is a number with decimals.

    A number is written in the form of the language in which the problem is told, a text as it was typed.
    """
    is_decimal = isinstance(value, float) and not value.is_integer()
    return {"value": shown(value), **({"is_decimal": "yes"} if is_decimal else {})}


# ---- telling columns apart, band by band
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
        """Give the cells that were taken in."""
        of_words = self.words.what()
        if of_words is not None:
            texts = self.word_of >= 0
            self.what[texts] = of_words[self.word_of[texts]]
        return Cells(self.what, self.words.texts, self.word_of, self.floats, self.ticked, value_at)


class _Words:
    """The texts of a column: each once, as long as they repeat."""

    def __init__(self, *, trims: bool) -> None:
        self.texts: list[str] = []
        self._trims = trims
        self.repeat = True
        self._places: defaultdict[str | None, int] = defaultdict(count().__next__)
        self._what: list[NDArray[np.uint8]] = []
        self._plain = True

    def add(self, texts: list[str]) -> NDArray[np.intp]:
        """Take in texts; gives the place of each among the words."""
        known = len(self.texts)
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
            self._places.default_factory = count(len(self.texts)).__next__
            return None
        if new:
            self._note([value or "" for value in new])
        return index

    def _numbered(self, values: list[Any]) -> tuple[NDArray[np.intp], list[Any]]:
        """Number the values by what is equal; gives those that were not known before as well."""
        index = np.fromiter(map(self._places.__getitem__, values), dtype=np.intp, count=len(values))
        new = list(islice(self._places, len(self.texts), None))
        # To find the few equal ones among many costs more than it saves.
        self.repeat = len(new) * 2 < max(len(values), BAND_ROWS // 2)
        return index, new

    def _note(self, words: list[str]) -> None:
        said = list(map(str.strip, words, repeat(SPACES)))
        self.texts += said if self._trims else words
        what = np.full(len(words), What.TEXT.value, dtype=np.uint8)
        if not all(said) or any(map(str.isspace, said)):
            what[[not word or word.isspace() for word in said]] = What.NOTHING.value
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
