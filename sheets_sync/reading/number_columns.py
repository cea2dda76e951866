"""Columns of money, shares, minutes and counts; exact (behaviour §3, §4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import partial

import numpy as np
import pandas as pd

from kpi_rules.exact import exact_text, rounded_half_up
from kpi_rules.facts.kinds import Kind
from kpi_rules.problems import Severity
from sheets_sync.reading import typed_text
from sheets_sync.reading.cells import Cells, Mask
from sheets_sync.reading.column_parsing import Notice, Parsed, ReadColumn, parsed_cells, value_blank
from sheets_sync.reading.names import Directory
from sheets_sync.reading.typed_text import UnreadableError
from sheets_sync.schema.layout import Column

LARGEST_AMOUNT = 10**12


def _shortest(number: float) -> Fraction:
    """Take a cell's number by its shortest decimal (behaviour §3), exactly."""
    try:
        return Fraction(repr(number))
    except ValueError:  # NaN and infinity
        raise UnreadableError("number_unreadable") from None


def _quantity(column: Column, value: object, read_text: Callable[[str], Fraction]) -> Fraction:
    """Read one number and hold it against what its column may hold."""
    number = read_text(value) if isinstance(value, str) else _shortest(value)  # type: ignore[arg-type] # int or float
    if number < 0 and not column.signed:
        raise UnreadableError("number_negative")
    if abs(number) > LARGEST_AMOUNT:
        raise UnreadableError("number_too_large")
    if column.kind is Kind.SHARE and number > 1 and not column.above_one:
        if isinstance(value, str) and "%" in value:
            raise UnreadableError("share_above_hundred")
        meant = {"percent": exact_text(number), "hundredfold": exact_text(number * 100)}
        raise UnreadableError("share_above_one", meant)
    if column.kind is Kind.INTEGER and number.denominator != 1:
        raise UnreadableError("number_not_whole")
    return number


_TEXT_READERS: Mapping[Kind, Callable[[str], Fraction]] = {
    Kind.MONEY: typed_text.amount,
    Kind.SHARE: typed_text.share,
    Kind.NUMBER: typed_text.share,
    Kind.MINUTES: typed_text.minutes,
    Kind.DURATION: typed_text.minutes,
    Kind.INTEGER: typed_text.number,
}


def _numbers(column: Column, cells: Cells, rows: Mask) -> Parsed:
    parse = partial(_quantity, column, read_text=_TEXT_READERS[column.kind])
    parsed = parsed_cells(
        cells, rows, parse, refused=cells.is_flag, refusal=UnreadableError("number_unreadable")
    )
    as_text = np.flatnonzero(cells.is_text & ~parsed.bad)
    if len(as_text):

        def details(row: int) -> Mapping[str, str]:
            number = parsed.values[row]
            read = f"{exact_text(number * 100)}%" if column.kind is Kind.SHARE else exact_text(number)
            return {**value_blank(cells, row), "read": read}

        parsed.notices.append(Notice("number_as_text", Severity.WARNING, as_text, details))
    return parsed


def read_numbers(column: Column, cells: Cells, _directory: Directory) -> ReadColumn:
    """Read shares, minutes and plain numbers into fractions."""
    parsed = _numbers(column, cells, cells.is_text | cells.is_number)
    return ReadColumn(parsed.values, parsed.bad, tuple(parsed.notices))


def read_integers(column: Column, cells: Cells, directory: Directory) -> ReadColumn:
    """Read whole numbers."""
    read = read_numbers(column, cells, directory)
    counts = [None if number is None else int(number) for number in read.values]
    return ReadColumn(pd.array(counts, dtype="Int64"), read.bad, read.notices)


def read_durations(column: Column, cells: Cells, directory: Directory) -> ReadColumn:
    """Read minutes into whole seconds, half up (behaviour §3)."""
    read = read_numbers(column, cells, directory)
    seconds = [None if minutes is None else rounded_half_up(minutes * 60) for minutes in read.values]
    return ReadColumn(pd.array(seconds, dtype="Int64"), read.bad, read.notices)


def read_money(column: Column, cells: Cells, _directory: Directory) -> ReadColumn:
    """Read tenge into tiyn. Numbers of at most two decimals by arrays, the others one by one."""
    amounts = cells.floats
    scaled = np.rint(amounts * 100)
    plain = cells.is_number & (scaled / 100 == amounts) & (np.abs(amounts) <= LARGEST_AMOUNT)
    if not column.signed:
        plain &= amounts >= 0
    tiyn = np.where(plain, scaled, 0).astype(np.int64)
    parsed = _numbers(column, cells, (cells.is_number & ~plain) | cells.is_text)
    tiyn[parsed.known] = [rounded_half_up(number * 100) for number in parsed.values[parsed.known]]
    return ReadColumn(
        pd.arrays.IntegerArray(tiyn, ~(plain | parsed.known)), parsed.bad, tuple(parsed.notices)
    )
