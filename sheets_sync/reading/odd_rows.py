"""Rows of a tab that are no entries: a second row of headers, a row of hints, a row of totals (behaviour §8).

People write them between what they enter, and a reader that takes them for entries asks for an arrival of «Итого». They
are told with what to do and counted nowhere. Nothing else is taken for one: an entry has its day (or month, or
person) where its column asks for one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kpi_rules.facts.kinds import Kind
from kpi_rules.problems import Place, Problem, blocking, warning
from sheets_sync.reading.cells import Cells, What
from sheets_sync.reading.columns import read_column
from sheets_sync.reading.typed_text import Directory, folded
from sheets_sync.schema.layout import Column, Tab

_TOTALS = frozenset(
    map(
        folded,
        ("итого", "всего", "сумма", "барлығы", "жиыны", "жалпы", "қорытынды", "total", "totals", "sum"),
    )
)
_GRAND = frozenset(map(folded, ("общий", "общая", "общее", "grand", "sub", "под")))
"""Words that may stand before one of a total."""
_DAYS = (Kind.DATE, Kind.MOMENT, Kind.MONTH)
SUMMED_KINDS = (Kind.MONEY, Kind.INTEGER, Kind.NUMBER, Kind.MINUTES, Kind.DURATION)
_HINTS_WITHIN = 2
"""Hints stand right below the headers, in at most so many rows."""
_HINTS_LEAST = 2
"""So many cells that cannot be read make a row of hints, where none can."""
HEADERS, HINTS, TOTALS = "row_of_headers", "row_of_hints", "row_of_totals"


@dataclass(frozen=True)
class Held:
    """The columns of a table with their cells, and which rows (from 0, below the headers) hold something."""

    columns: Sequence[Column]
    cells: Mapping[str, Cells]
    rows: NDArray[np.intp]


def odd_rows(held: Held, directory: Directory) -> dict[int, str]:
    """Give the rows that are no entries, each with the code of what it is."""
    found: dict[int, str] = {}
    for row in _without_a_day(held):
        texts = list(_texts(held, row))
        if _are_headers(texts):
            found[row] = HEADERS
        elif any(_is_total(text) for _, text in texts) or _is_sum(held, row):
            found[row] = TOTALS
    for row in held.rows[: len(found) + _HINTS_WITHIN].tolist():
        if row <= _HINTS_WITHIN + len(found) and row not in found and _is_hint(held, row, directory):
            found[row] = HINTS
    return found


def problems_of_odd_rows(tab: Tab, found: Mapping[int, str]) -> list[Problem]:
    """Tell of them: what could be an entry after all blocks."""
    return [
        (blocking if code == HINTS else warning)(code, Place(tab.key, row + 2), tab=tab.title, row=row + 2)
        for row, code in found.items()
    ]


def _without_a_day(held: Held) -> list[int]:
    """Give the rows in whose first column of days, where the table has one, stands no day of the sheet."""
    rows = held.rows
    day = next((column.key for column in held.columns if column.kind in _DAYS), None)
    if day is not None and day in held.cells:
        rows = rows[held.cells[day].what[rows] != What.NUMBER.value]
    return [int(row) for row in rows]


def _texts(held: Held, row: int) -> Iterator[tuple[Column, str]]:
    for column in held.columns:
        cells = held.cells.get(column.key)
        if cells is not None and cells.what[row] == What.TEXT.value:
            yield column, cells.words[cells.word_of[row]]


def _are_headers(texts: Sequence[tuple[Column, str]]) -> bool:
    """Tell whether headers stand below themselves: in two columns, or in all that are filled."""
    below = sum(folded(text) == folded(column.header) for column, text in texts)
    return below >= 2 or (below == 1 and len(texts) == 1)


def _is_total(text: str) -> bool:
    words = folded(text.strip(" :.=—-")).split()
    if not words or len(text) > 40:
        return False
    return words[0].rstrip(":") in _TOTALS or (len(words) > 1 and words[0] in _GRAND and words[1] in _TOTALS)


def _is_sum(held: Held, row: int) -> bool:
    """Tell whether a row holds numbers alone, each the sum of what stands above it, and two rows at least do."""
    filled = [
        column
        for column in held.columns
        if column.key in held.cells and held.cells[column.key].what[row] != What.NOTHING.value
    ]
    filled = [column for column in filled if not held.cells[column.key].is_flag[row]]
    if not filled or any(column.kind not in SUMMED_KINDS for column in filled):
        return False
    for column in filled:
        cells = held.cells[column.key]
        above = cells.is_number[:row]
        total = float(cells.floats[:row][above].sum())
        if not cells.is_number[row] or above.sum() < 2 or abs(total - cells.floats[row]) >= 0.005:
            return False
    return True


def _is_hint(held: Held, row: int, directory: Directory) -> bool:
    """Tell whether nothing of a row can be read where its columns ask for more than words."""
    unread = 0
    at = np.array([row], dtype=np.intp)
    for column in held.columns:
        cells = held.cells.get(column.key)
        if cells is None or cells.what[row] == What.NOTHING.value:
            continue
        if column.kind is Kind.TEXT:
            if cells.what[row] != What.TEXT.value or _is_a_value(cells.words[cells.word_of[row]]):
                return False  # a № of its own, as an entry has
            continue
        one = cells.take(at)
        if cells.what[row] == What.FLAG.value and not cells.ticked[row]:
            continue
        if cells.what[row] != What.TEXT.value or not read_column(column, one, directory).bad[0]:
            return False
        if _is_a_value(cells.words[cells.word_of[row]]):
            return False
        unread += 1
    return unread >= _HINTS_LEAST


def _is_a_value(text: str) -> bool:
    """Tell a value that stands in a wrong column («187 301», «M01») from words that say what belongs there."""
    return sum(sign.isdigit() for sign in text) > sum(sign.isalpha() for sign in text)
