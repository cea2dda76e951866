"""A column's cells turned into typed values, by the kind that the layout gives it; vectorised.

A cell that can not be read is never 0: its value is missing, `bad` is True, and a notice says why
(behaviour §2, 6, §3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from itertools import chain

import numpy as np

from kpi_rules.facts.kinds import Kind
from kpi_rules.problems import Severity
from sheets_sync.reading.cells import LARGEST_EXACT, Cells, shown, written
from sheets_sync.reading.column_parsing import (
    Notice,
    ReadColumn,
    no_blanks,
    parsed_cells,
    value_blank,
)
from sheets_sync.reading.day_columns import read_moments, read_months, read_times
from sheets_sync.reading.names import Directory, folded, nearest
from sheets_sync.reading.number_columns import read_durations, read_integers, read_money, read_numbers
from sheets_sync.reading.scanning import cells_of
from sheets_sync.reading.typed_text import UnreadableError
from sheets_sync.schema.layout import Column

_YES = frozenset(map(folded, ("да", "истина", "true", "yes", "иә", "шын", "+", "✓", "✔", "☑", "1")))
_NO = frozenset(map(folded, ("нет", "ложь", "false", "no", "жоқ", "жалған", "-", "☐", "0")))


def read_column(column: Column, cells: Cells, directory: Directory) -> ReadColumn:
    """Read the cells below one header."""
    read = _READERS[column.kind](column, cells, directory)
    notices = list(read.notices)
    severity = Severity.WARNING if column.kind is Kind.TEXT and not column.required else Severity.BLOCKING
    value_of = partial(value_blank, cells)
    if cells.is_error.any():
        notices.append(Notice("cell_error", severity, np.flatnonzero(cells.is_error), value_of))
    if column.required and cells.blank.any():
        notices.append(Notice("cell_blank", Severity.BLOCKING, np.flatnonzero(cells.blank), no_blanks))
    return ReadColumn(read.values, read.bad | cells.is_error, tuple(notices), read.without_time)


def missing_column(column: Column, count: int) -> ReadColumn:
    """Give what a column holds whose header is not there: nothing is known, so every cell is bad."""
    blank = blank_column(column, count)
    return ReadColumn(blank.values, np.ones(count, dtype=bool), (), np.zeros(count, dtype=bool))


def blank_column(column: Column, count: int) -> ReadColumn:
    """Give what a column holds that the file's layout does not have: nothing, and that is known."""
    none = cells_of([None] * count)
    blank = _READERS[column.kind](column, none, Directory.of(()))
    return ReadColumn(blank.values, np.zeros(count, dtype=bool), (), np.zeros(count, dtype=bool))


def _text(column: Column, cells: Cells, _directory: Directory) -> ReadColumn:
    words = np.fromiter(chain(cells.words, [None]), dtype=object, count=len(cells.words) + 1)
    every_word_once = len(cells.words) == len(cells) and bool((np.diff(cells.word_of) == 1).all())
    values = words[:-1] if every_word_once else words[cells.word_of]
    if not cells.is_text.all():
        values[~cells.is_text] = None
        values[cells.is_number] = _written(cells)
        values[cells.is_flag] = list(map(shown, cells.ticked[cells.is_flag].tolist()))
    if column.choices:
        keys = {folded(word): key for key, word in column.choices.items()}
        values = np.array([None if text is None else keys.get(folded(text), text) for text in values], object)
    return ReadColumn(values, np.zeros(len(values), dtype=bool))


def _written(cells: Cells) -> list[str]:
    """Write the numbers of a column as texts, whole ones by arrays."""
    rows = np.flatnonzero(cells.is_number)
    floats = cells.floats[rows]
    if np.all((np.abs(floats) < LARGEST_EXACT) & (np.rint(floats) == floats)):
        return list(map(str, floats.astype(np.int64).tolist()))
    return list(map(written, cells.numbers(rows)))


def _choice(column: Column, cells: Cells, _directory: Directory) -> ReadColumn:
    words = column.choices or {}
    keys = {folded(word): key for key, word in words.items()}
    unknown = UnreadableError("choice_unknown", {"allowed": ", ".join(words.values())})

    def parse(value: object) -> str:
        key = keys.get(folded(written(value)))
        if key is None:
            raise unknown
        return key

    parsed = parsed_cells(
        cells,
        cells.is_text | cells.is_number,
        parse,
        refused=cells.is_flag,
        refusal=unknown,
        similar=lambda word: nearest(word, words.values()),
    )
    return ReadColumn(parsed.values, parsed.bad, tuple(parsed.notices))


def _checkbox(_column: Column, cells: Cells, _directory: Directory) -> ReadColumn:
    def parse(value: object) -> bool:
        word = folded(written(value))
        if word not in _YES | _NO:
            raise UnreadableError("checkbox_unreadable")
        return word in _YES

    parsed = parsed_cells(cells, cells.is_text | cells.is_number, parse)
    ticked = cells.ticked.copy()
    ticked[parsed.known] = parsed.values[parsed.known]
    return ReadColumn(ticked, parsed.bad, tuple(parsed.notices))


def _employee(_column: Column, cells: Cells, directory: Directory) -> ReadColumn:
    def parse(value: object) -> str:
        codes = directory.codes(written(value))
        if len(codes) > 1:
            raise UnreadableError("employee_ambiguous", {"codes": ", ".join(sorted(codes))})
        if not codes:
            raise UnreadableError("employee_unknown")
        return next(iter(codes))

    parsed = parsed_cells(
        cells,
        cells.is_text | cells.is_number,
        parse,
        refused=cells.is_flag,
        refusal=UnreadableError("employee_unknown"),
        similar=directory.similar,
    )
    inexact = np.array([not directory.spelled_exactly(word) for word in cells.words], dtype=bool)
    if inexact.any():
        rows = np.flatnonzero(cells.is_text & parsed.known)
        rows = rows[inexact[cells.word_of[rows]]]

        def details(row: int) -> Mapping[str, str]:
            code = parsed.values[row]
            return {**value_blank(cells, row), "code": code, "name": directory.labels[code]}

        if len(rows):
            parsed.notices.append(Notice("name_not_exact", Severity.WARNING, rows, details))
    return ReadColumn(parsed.values, parsed.bad, tuple(parsed.notices))


def _as_it_is(_column: Column, cells: Cells, _directory: Directory) -> ReadColumn:
    values = np.fromiter(map(cells.value_at, range(len(cells))), dtype=object, count=len(cells))
    values[cells.blank | cells.is_error] = None
    return ReadColumn(values, np.zeros(len(values), dtype=bool))


_READERS: Mapping[Kind, Callable[[Column, Cells, Directory], ReadColumn]] = {
    Kind.TEXT: _text,
    Kind.INTEGER: read_integers,
    Kind.MONEY: read_money,
    Kind.SHARE: read_numbers,
    Kind.NUMBER: read_numbers,
    Kind.MINUTES: read_numbers,
    Kind.DURATION: read_durations,
    Kind.DATE: read_moments,
    Kind.MOMENT: read_moments,
    Kind.TIME: read_times,
    Kind.MONTH: read_months,
    Kind.EMPLOYEE: _employee,
    Kind.CHOICE: _choice,
    Kind.CHECKBOX: _checkbox,
    Kind.SETTING: _as_it_is,
}
