"""A column's cells turned into typed values, by the kind that the layout gives it; vectorised.

Each distinct value is understood once, and what is to be said is kept by rows. A cell that can not be read is never 0:
its value is missing, `bad` is True, and a notice says why (behaviour §2, 6, §3). First numbers (exact), then days,
moments, months and times (to whole seconds of local time), then words; which kind is read how stands at the end.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from functools import partial
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kpi_rules.exact import exact_text, rounded_half_up
from kpi_rules.facts.columns import WholeNumbers
from kpi_rules.facts.kinds import Kind
from kpi_rules.measures.conditions import BOX_WORDS
from kpi_rules.problems import Severity
from kpi_rules.spelling import folded
from kpi_rules.time.periods import Month
from sheets_sync.reading import typed_text
from sheets_sync.reading.cells import (
    LARGEST_EXACT,
    Cells,
    Mask,
    Objects,
    cells_of,
    shown,
    value_params,
    written,
)
from sheets_sync.reading.typed_text import Directory, UnreadableError, nearest
from sheets_sync.schema.layout import Column

SUGGESTIONS = 100


@dataclass(frozen=True)
class Notice:
    """The same thing said about some rows of a column; `details` gives a row's blanks of the sentence."""

    code: str
    severity: Severity
    rows: NDArray[np.intp]
    details: Callable[[int], Mapping[str, str]]


@dataclass(frozen=True)
class ReadColumn:
    """Typed values (missing where blank or bad), which cells were bad, and what is to be said about them."""

    values: Any
    bad: Mask
    notices: tuple[Notice, ...] = ()
    without_time: Mask | None = None


def no_blanks(_row: int) -> Mapping[str, str]:
    """Fill nothing: the sentence has no blanks of its own."""
    return {}


def value_blank(cells: Cells, row: int) -> Mapping[str, str]:
    """Fill the sentence's `value` with what stands in the cell."""
    return value_params(cells.value_at(row))


@dataclass(frozen=True)
class Parsed:
    """What came out of `parsed_cells`; `known` = a value is there."""

    values: Objects
    known: Mask
    bad: Mask
    notices: list[Notice]


def parsed_cells(
    cells: Cells,
    rows: Mask,
    parse: Callable[[Any], object],
    *,
    refused: Mask | None = None,
    refusal: UnreadableError | None = None,
    similar: Callable[[str], str | None] | None = None,
) -> Parsed:
    """Parse the distinct values of `rows`; those that raise UnreadableError become bad, with a notice a code.

    `refused` rows hold a value of the wrong type and get the notice `refusal`. `similar` offers what was
    probably meant by a value with that same code; dear to find, so only for the first `SUGGESTIONS` values.
    """
    distinct, place_of = cells.distinct(rows)
    outcomes = np.full(len(distinct) + 1, None, dtype=object)  # the last one is for all other rows
    failures: dict[str, list[int]] = {}
    params: dict[int, Mapping[str, str]] = {}
    for place, value in enumerate(distinct):
        try:
            outcomes[place] = parse(value)
        except UnreadableError as error:
            failures.setdefault(error.code, []).append(place)
            params[place] = error.params
    values = outcomes[place_of]
    bad = np.zeros(len(values), dtype=bool)

    suggested: dict[str, str] = {}

    def details(code: str, row: int) -> Mapping[str, str]:
        blanks = {**value_blank(cells, row), **params.get(int(place_of[row]), {})}
        if similar and refusal and code == refusal.code:
            if len(suggested) < SUGGESTIONS and blanks["value"] not in suggested:
                suggested[blanks["value"]] = similar(blanks["value"]) or ""
            blanks["similar"] = suggested.get(blanks["value"], "")
        return blanks

    notices = []
    for code, places in failures.items():
        failing = np.zeros(len(distinct) + 1, dtype=bool)
        failing[places] = True
        failing_rows = np.flatnonzero(failing[place_of])
        bad[failing_rows] = True
        notices.append(Notice(code, Severity.BLOCKING, failing_rows, partial(details, code)))
    notices.sort(key=lambda notice: int(notice.rows[0]))
    if refused is not None and refusal is not None and refused.any():
        bad |= refused
        params[-1] = refusal.params
        notices.append(
            Notice(refusal.code, Severity.BLOCKING, np.flatnonzero(refused), partial(details, refusal.code))
        )
    return Parsed(values, rows & ~bad, bad, notices)


# ---- numbers
LARGEST_AMOUNT = 10**12


def _shortest(number: float) -> Fraction:
    """Take a cell's number by its shortest decimal (behaviour §3), exactly."""
    try:
        return Fraction(repr(number))
    except ValueError:  # NaN and infinity
        raise UnreadableError("number_unreadable") from None


def _text_reader(column: Column) -> Callable[[str], Fraction]:
    return _TEXT_READERS[column.kind] if column.percents else typed_text.number


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
    parse = partial(_quantity, column, read_text=_text_reader(column))
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
    return ReadColumn(WholeNumbers.of(counts), read.bad, read.notices)


def read_durations(column: Column, cells: Cells, directory: Directory) -> ReadColumn:
    """Read minutes into whole seconds, half up (behaviour §3)."""
    read = read_numbers(column, cells, directory)
    seconds = [None if minutes is None else rounded_half_up(minutes * 60) for minutes in read.values]
    return ReadColumn(WholeNumbers.of(seconds), read.bad, read.notices)


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
    return ReadColumn(WholeNumbers(tiyn, ~(plain | parsed.known)), parsed.bad, tuple(parsed.notices))


# ---- days and times
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
    def value_of(row: int) -> Mapping[str, str]:
        number = cells.floats[row]
        is_time = bool(cells.is_number[row]) and 0 < number < 1
        return {"value": f"{read_time(float(number)):%H:%M}"} if is_time else value_blank(cells, row)

    def read_as(row: int) -> Mapping[str, str]:
        moment = datetime(1970, 1, 1) + timedelta(seconds=int(seconds[row]))  # noqa: DTZ001 - local time of the client
        form = "%d.%m.%Y" if column.kind is Kind.DATE or moment.time() == time() else "%d.%m.%Y %H:%M"
        return {**value_blank(cells, row), "read": moment.strftime(form)}

    kinds = (
        ("date_unreadable", Severity.BLOCKING, outside, value_of),
        ("date_as_text", Severity.WARNING, known & cells.is_text, read_as),
    )
    return [Notice(code, how, np.flatnonzero(rows), say) for code, how, rows, say in kinds if rows.any()]


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


# ---- words, and which kind is read how
_YES = frozenset(map(folded, ("да", "истина", "true", "yes", "иә", "шын", "+", "✓", "✔", "☑", "1")))
_NO = frozenset(map(folded, ("нет", "ложь", "false", "no", "жоқ", "жалған", "-", "☐", "0")))


def read_column(column: Column, cells: Cells, directory: Directory) -> ReadColumn:
    """Read the cells below one header."""
    read = _READERS[column.kind](column, cells, directory)
    notices = list(read.notices)
    is_free = column.kind is Kind.TEXT and not column.required and not column.is_own
    severity = Severity.WARNING if is_free else Severity.BLOCKING
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
        ticks = cells.ticked[cells.is_flag].tolist()
        values[cells.is_flag] = [BOX_WORDS[tick] if column.is_own else shown(tick) for tick in ticks]
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
        if key is None and column.open:
            return written(value).strip()
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

        by_mail = np.array(["@" in word for word in cells.words], dtype=bool)[cells.word_of[rows]]
        for code, told in (("name_not_exact", rows[~by_mail]), ("employee_by_email", rows[by_mail])):
            if len(told):
                parsed.notices.append(Notice(code, Severity.WARNING, told, details))
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
