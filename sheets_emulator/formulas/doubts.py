"""Texts that the evaluation engine would read as other numbers than Google does in a decimal-comma locale.

In ru_RU «1,5» is one and a half and «1.250» is no number; the engine, which knows English only, reads «1,250»
as 1250 and «1.5» as one and a half. So a document with such texts is evaluated twice, the second time with
every separator replaced by a sign that belongs to no number. What differs was read out of such a text: it
comes to `#VALUE!`, never to an invented number.
"""

import re
from collections.abc import Container, Mapping, Sequence
from typing import TypeVar

from sheets_emulator.book.grid import CellError, Scalar

_Key = TypeVar("_Key")
_SIGNS = ".,/$€"
# Signs of Unicode's private area stand in: one for one, so that lengths and places stay.
_MARKS = str.maketrans({sign: chr(0xE000 + place) for place, sign in enumerate(_SIGNS)})
_BACK = str.maketrans({chr(0xE000 + place): sign for place, sign in enumerate(_SIGNS)})
_DOUBTFUL = re.compile(rf"[{re.escape(_SIGNS)}].*\d|\d.*[{re.escape(_SIGNS)}]", re.DOTALL)
MESSAGE = "A text that looks like a number is not read as one in this locale."


def is_doubtful(value: Scalar) -> bool:
    """Whether a value is a text with a digit and a sign that locales use differently."""
    return isinstance(value, str) and _DOUBTFUL.search(value) is not None


def marked(text: str) -> str:
    """A text with every doubtful sign replaced."""
    return text.translate(_MARKS)


def marked_rows(rows: Sequence[Sequence[Scalar]]) -> list[Sequence[Scalar]]:
    """Rows with their texts marked; a row without any stays itself."""
    return [
        [marked(v) if type(v) is str else v for v in row] if any(type(v) is str for v in row) else row
        for row in rows
    ]


def invented(
    first: Mapping[_Key, Scalar], second: Mapping[_Key, Scalar], by_chance: Container[_Key]
) -> list[_Key]:
    """The formulas that came to something else when no doubtful text could be read as a number.

    Of those that depend on chance (`by_chance`) only the ones whose second result is an error.
    """
    return [key for key, value in first.items() if _differs(value, second[key], by_chance=key in by_chance)]


def _differs(value: Scalar, again: Scalar, *, by_chance: bool) -> bool:
    if isinstance(again, CellError) or by_chance:
        return isinstance(again, CellError) and not isinstance(value, CellError)
    return value != (again.translate(_BACK) if isinstance(again, str) else again)
