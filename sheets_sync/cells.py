"""Cells as a spreadsheet gives them: the raw content of a file, and one column told apart by kinds of value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import methodcaller
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sheets_sync.typed_text import ERROR_VALUES

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
_KINDS: Mapping[str, type] = {
    "string": str,
    "integer": float,
    "floating": float,
    "mixed-integer-float": float,
    "boolean": bool,
}
"""What pandas calls a column of one kind of value: the kind. Whole numbers and floats are one kind."""


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
    """One column below its header: the raw values, and for each what it is. Blank = none of the four."""

    values: Objects
    is_text: Mask
    is_number: Mask
    is_flag: Mask
    is_error: Mask

    @classmethod
    def of(cls, values: Objects) -> Cells:
        """Tell the cells of a column apart; a text of spaces alone is blank, «#REF!» is an error."""
        of_one_kind = pd.api.types.infer_dtype(values, skipna=False)
        if of_one_kind in _KINDS:
            every, no = np.ones(len(values), dtype=bool), np.zeros(len(values), dtype=bool)
            kind = _KINDS[of_one_kind]
            masks = [every if kind is wanted else no for wanted in (str, float, bool)]
        else:
            types = np.fromiter(map(type, values.tolist()), dtype=object, count=len(values))
            masks = [_are(types, str), _are(types, int) | _are(types, float), _are(types, bool)]
        is_text, is_number, is_flag = masks
        texts = values[is_text].tolist()
        is_error, holds_something = np.zeros(len(values), dtype=bool), is_text.copy()
        is_error[is_text] = list(map(ERROR_VALUES.__contains__, texts))
        holds_something[is_text] = list(map(bool, texts))
        holds_something[is_text] &= ~np.array(list(map(str.isspace, texts)), dtype=bool)
        return cls(values, holds_something & ~is_error, is_number, is_flag, is_error)

    @property
    def blank(self) -> Mask:
        """Which cells hold nothing."""
        return ~(self.is_text | self.is_number | self.is_flag | self.is_error)

    def take(self, rows: NDArray[np.intp]) -> Cells:
        """Give the cells of some rows, in order and each once."""
        if len(rows) == len(self.values):
            return self
        return Cells(
            self.values[rows],
            self.is_text[rows],
            self.is_number[rows],
            self.is_flag[rows],
            self.is_error[rows],
        )


def _are(types: Objects, wanted: type) -> Mask:
    """Tell which are exactly that type; `bool` is no `int` here."""
    return np.asarray(types == wanted, dtype=bool)


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
