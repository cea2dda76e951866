"""Columns of days, moments, months and times of day; moments to whole seconds of local time."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import partial

import numpy as np
from numpy.typing import NDArray

from kpi_rules.facts.kinds import Kind
from kpi_rules.problems import Severity
from kpi_rules.time.periods import Month
from sheets_sync.reading import typed_text
from sheets_sync.reading.cells import Cells, Mask
from sheets_sync.reading.column_parsing import Notice, ReadColumn, parsed_cells, value_blank
from sheets_sync.reading.names import Directory
from sheets_sync.reading.typed_text import UnreadableError
from sheets_sync.schema.layout import Column

UNIX_EPOCH_SERIAL = 25569
DAY_SECONDS = 86_400
EARLIEST = calendar.timegm((1950, 1, 1, 0, 0, 0))
LATEST = calendar.timegm((2100, 1, 1, 0, 0, 0))
"""Days outside these are a number in the wrong place, not a day."""


def read_moments(column: Column, cells: Cells, _directory: Directory) -> ReadColumn:
    """Read days or moments into whole seconds of local time; a day of a DATE column loses its time."""
    serials = cells.floats
    serials = np.where(np.abs(serials) < LATEST, serials, 0)
    seconds = np.rint((serials - UNIX_EPOCH_SERIAL) * DAY_SECONDS).astype(np.int64)
    parsed = parsed_cells(
        cells,
        cells.is_text,
        typed_text.moment,
        refused=cells.is_flag,
        refusal=UnreadableError("date_unreadable"),
    )
    typed = parsed.known
    seconds[typed] = [calendar.timegm(read.timetuple()) for read, _has_time in parsed.values[typed]]
    with_time = seconds % DAY_SECONDS != 0
    with_time[typed] = [has_time for _read, has_time in parsed.values[typed]]
    if column.kind is Kind.DATE:
        seconds -= seconds % DAY_SECONDS
    known = cells.is_number | typed
    outside = known & ((seconds < EARLIEST) | (seconds >= LATEST))
    known &= ~outside
    values = np.where(known, seconds, np.iinfo(np.int64).min).astype("datetime64[s]")
    without_time = known & ~with_time & (column.kind is Kind.MOMENT)
    notices = [
        *parsed.notices,
        *_moment_notices(column, cells, seconds, known, outside),
    ]
    return ReadColumn(values, parsed.bad | outside, tuple(notices), without_time)


def _moment_notices(
    column: Column,
    cells: Cells,
    seconds: NDArray[np.int64],
    known: Mask,
    outside: Mask,
) -> list[Notice]:
    value_of = partial(value_blank, cells)

    def read_as(row: int) -> Mapping[str, str]:
        moment = datetime(1970, 1, 1) + timedelta(seconds=int(seconds[row]))  # noqa: DTZ001 - local time of the client
        form = "%d.%m.%Y" if column.kind is Kind.DATE or moment.time() == time() else "%d.%m.%Y %H:%M"
        return {**value_blank(cells, row), "read": moment.strftime(form)}

    found = (
        ("date_unreadable", Severity.BLOCKING, outside, value_of),
        ("date_as_text", Severity.WARNING, known & cells.is_text, read_as),
    )
    return [Notice(code, how, np.flatnonzero(rows), say) for code, how, rows, say in found if rows.any()]


def read_months(_column: Column, cells: Cells, _directory: Directory) -> ReadColumn:
    """Read months: a date in the month, or one of the texts of behaviour §3."""
    parsed = parsed_cells(
        cells,
        cells.is_text | cells.is_number,
        _month_of,
        refused=cells.is_flag,
        refusal=UnreadableError("month_unreadable"),
    )
    return ReadColumn(parsed.values, parsed.bad, tuple(parsed.notices))


def _month_of(value: object) -> Month:
    if isinstance(value, str):
        return typed_text.month(value)
    number = float(value)  # type: ignore[arg-type] # int or float
    if 1 <= number < 13:  # «10.2026» that the spreadsheet took for a number
        return typed_text.month(f"{number:.4f}")
    day = date(1899, 12, 30) + timedelta(days=int(number)) if 0 <= number < 100_000 else date.min
    if not 1950 <= day.year < 2100:
        raise UnreadableError("month_unreadable")
    return Month.of(day)


def read_time(value: object) -> time:
    """Read a time of day from a fraction of a day or a text. Raises UnreadableError."""
    if isinstance(value, str):
        return typed_text.clock_time(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1:
        raise UnreadableError("time_unreadable")
    seconds = min(round(value * DAY_SECONDS), DAY_SECONDS - 1)
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60)


def read_times(_column: Column, cells: Cells, _directory: Directory) -> ReadColumn:
    """Read times of day."""
    parsed = parsed_cells(
        cells,
        cells.is_text | cells.is_number,
        read_time,
        refused=cells.is_flag,
        refusal=UnreadableError("time_unreadable"),
    )
    return ReadColumn(parsed.values, parsed.bad, tuple(parsed.notices))
