"""A tab's tables, known by their headers, and a book in the course of being read: its rows, and what is wrong in them.

Headers are compared folded, so they may stand in any order; a header that is gone, renamed or there twice
is a problem, and its cells are bad rather than blank (behaviour §3, §8). Rows that are no entries are known as such.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kpi_rules.facts.kinds import Kind
from kpi_rules.facts.tab_months import TAB_MONTHS, RowsHold
from kpi_rules.measures.grains import Grain
from kpi_rules.problems import Place, Problem, Severity, blocking, warning
from kpi_rules.spelling import folded
from kpi_rules.time.periods import Month
from sheets_sync.a1 import column_letters
from sheets_sync.reading.cells import Cells, Objects, RawBook, Rows, What, cells_of, scan, shown
from sheets_sync.reading.columns import (
    Notice,
    ReadColumn,
    blank_column,
    missing_column,
    read_column,
)
from sheets_sync.reading.needless import needless_columns
from sheets_sync.reading.shown_numbers import numbers_as_shown
from sheets_sync.reading.typed_text import Directory, nearest
from sheets_sync.schema.layout import Book, Column, Tab
from sheets_sync.schema.shown_forms import NO_FORMS, BookForms

SHOWN_WARNINGS = 100
"""So many rows of a column are named one by one for the same warning; the others are counted."""
_HEADER_SEARCH_ROWS = 10
_OF_MONTHS = frozenset({RowsHold.ONE_MONTH, RowsHold.FROM_MONTH})


@dataclass(frozen=True)
class Located:
    """Where each column stands in the file: turns a problem's place into a tab title and a cell."""

    titles: Mapping[str, str]
    positions: Mapping[tuple[str, str], int]
    """(tab key, column key) → 0-based column."""

    def address(self, place: Place) -> tuple[str, str]:
        """Give the title of the tab and the cell («B12»), "" where there is none."""
        title = self.titles.get(place.tab, place.tab)
        position = self.positions.get((place.tab, place.column or ""))
        if place.row is None or (place.column is not None and position is None):
            return title, ""
        return title, f"{column_letters(position or 0)}{place.row}"


@dataclass
class Headers:
    """Where the columns of one tab stand; `places` lacks those that are missing or there twice."""

    places: dict[str, int] = field(default_factory=dict)
    addresses: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    readable: bool = True
    """False where there is no header at all: nothing below can be understood."""


@dataclass(frozen=True)
class Table:
    """The rows of a table that hold something, as typed columns with one entry a row.

    `rows` are the 1-based sheet rows. `columns` has every column of the table, absent ones blank.
    """

    rows: NDArray[np.int64]
    columns: Mapping[str, ReadColumn]


def locate(tab: Tab, rows: Rows) -> Headers:
    """Find the columns of a tab by the headers in row 1."""
    here = Place(tab.key)
    if not any(cell not in (None, "") for row in rows for cell in row):
        return Headers(problems=[blocking("tab_emptied", here, tab=tab.title)], readable=False)
    forms = _header_forms(rows[0])
    if not any(header_form(column.header) in forms for column in tab.columns):
        return Headers(problems=[_headers_elsewhere(tab, rows)], readable=False)
    headers = Headers()
    placed = _placed(tab.columns, forms)
    used = {position for positions in placed.values() for position in positions}
    free = {index: shown(rows[0][index]) for index, form in enumerate(forms) if form and index not in used}
    for column in tab.columns:
        positions = placed[column.key]
        if len(positions) == 1:
            headers.places[column.key] = headers.addresses[column.key] = positions[0]
        elif positions:
            headers.addresses[column.key] = positions[1]
            letters = ", ".join(map(column_letters, positions))
            problem = blocking(
                "header_twice", Place(tab.key, 1, column.key), header=column.header, columns=letters
            )
            headers.problems.append(problem)
        else:
            headers.problems.append(_missing(tab, column, free, headers))
    return headers


def header_form(header: object) -> str:
    """Give the form in which headers are compared; spaces do not count, so «Сумма,₸» is «Сумма, ₸»."""
    return folded(str(header)).replace(" ", "") if isinstance(header, str) else ""


def _header_forms(row: Sequence[object]) -> list[str]:
    return [header_form(cell) for cell in row]


def _placed(columns: Sequence[Column], forms: Sequence[str]) -> dict[str, list[int]]:
    """Give the positions of each column; of a header that two tables share each takes the one nearer to it."""
    wanted = [header_form(column.header) for column in columns]
    placed = {
        column.key: [index for index, present in enumerate(forms) if present == form]
        for column, form in zip(columns, wanted, strict=True)
    }
    for form in {form for form in wanted if wanted.count(form) > 1}:
        sharing = [column for column, each in zip(columns, wanted, strict=True) if each == form]
        positions = placed[sharing[0].key]
        placed |= {column.key: [] for column in sharing}
        if len(positions) == len(sharing):
            centres = [_centre(column.table, columns, wanted, forms) for column in sharing]
            # All at once: a table of which columns stand far away would else take another one's header.
            chosen = min(permutations(positions), key=lambda places: sum(map(_distance, places, centres)))
            placed |= {column.key: [place] for column, place in zip(sharing, chosen, strict=True)}
    return placed


def _centre(table: str, columns: Sequence[Column], wanted: Sequence[str], forms: Sequence[str]) -> float:
    """Tell where a table stands: the mean of the positions of its headers that no other table has."""
    anchors = [
        forms.index(form)
        for column, form in zip(columns, wanted, strict=True)
        if column.table == table and wanted.count(form) == 1 and form in forms
    ]
    return sum(anchors) / len(anchors) if anchors else 0.0


def _distance(position: int, centre: float) -> float:
    return abs(position - centre)


def _missing(tab: Tab, column: Column, free: Mapping[int, str], headers: Headers) -> Problem:
    guess = nearest(column.header, free.values())
    is_key = tab.grain is not None and column.key in tab.facts().keys
    is_free = column.kind is Kind.TEXT and not (column.required or column.is_own or is_key)
    severity = Severity.WARNING if is_free else Severity.BLOCKING
    params = {"header": column.header, "tab": tab.title}
    if guess is None:
        return Problem("header_missing", severity, Place(tab.key), params)
    headers.addresses[column.key] = next(index for index, header in free.items() if header == guess)
    place = Place(tab.key, 1, column.key)
    return Problem("header_missing_similar", severity, place, {**params, "similar": guess})


def _headers_elsewhere(tab: Tab, rows: Rows) -> Problem:
    """Say that row 1 has no header, and in which row the headers stand where they are further down."""
    wanted = {header_form(column.header) for column in tab.columns}
    counts = [len(wanted.intersection(_header_forms(row))) for row in rows[:_HEADER_SEARCH_ROWS]]
    if max(counts) * 2 > len(wanted):
        return blocking(
            "headers_moved_down", Place(tab.key, 1), tab=tab.title, row=counts.index(max(counts)) + 1
        )
    return blocking(
        "headers_gone", Place(tab.key, 1), tab=tab.title, headers=" · ".join(c.header for c in tab.columns)
    )


def read_table(
    tab: Tab, rows: Rows, headers: Headers, directory: Directory, table: str = "", forms: BookForms = NO_FORMS
) -> tuple[Table, list[Problem]]:
    """Read the columns of one table below its headers; rows that hold nothing are left out.

    A № or an unticked checkbox alone is nothing: both stand in rows that wait to be filled in. What is no entry
    (`odd_rows`) is told and left out as well.
    """
    wanted = [column for column in tab.columns if column.table == table]
    below = rows[1:] if headers.readable else []
    positions = {column.key: headers.places[column.key] for column in wanted if column.key in headers.places}
    cells = scan(below, positions, frozenset(column.key for column in wanted if column.kind is Kind.TEXT))
    held = np.zeros(len(below), dtype=bool)
    for column in wanted:
        if column.key in cells and column.key != "number" and not column.is_own:
            held |= _holds_something(cells[column.key])
    index = np.flatnonzero(held)
    odd = odd_rows(Held([column for column in wanted if not column.is_own], cells, index), directory)
    if odd:
        index = np.setdiff1d(index, list(odd))
    nothing = cells_of([None] * len(index))
    columns = {}
    for column in wanted:
        if column.key in headers.places:
            held_cells = cells[column.key].take(index) if column.key in cells else nothing
            read = read_column(column, held_cells, directory)
            columns[column.key] = numbers_as_shown(
                column, held_cells, read, forms.of(tab.key, column.key), index
            )
        else:
            columns[column.key] = missing_column(column, len(index))
    # A column that the file's layout does not have: nobody could fill it in. Facts are read by the layout alone.
    absent = [column for column in tab.absent_columns if column.table == table and tab.grain is None]
    columns |= {column.key: blank_column(column, len(index)) for column in absent}
    typed = Table(index.astype(np.int64) + 2, columns)
    return typed, [*problems_of_odd_rows(tab, odd), *_problems(tab, typed)]


def _holds_something(cells: Cells) -> NDArray[np.bool_]:
    # Of flags only the set ones.
    return ~(cells.blank | cells.is_flag) | cells.ticked


def _problems(tab: Tab, table: Table) -> list[Problem]:
    codes = table.columns["code"].values if "code" in table.columns else None
    months = None
    if TAB_MONTHS.get(tab.key) in _OF_MONTHS:
        months = next(
            table.columns[column.key].values
            for column in tab.columns
            if column.kind is Kind.MONTH and column.key in table.columns
        )
    problems = []
    for key, column in table.columns.items():
        for notice in column.notices:
            problems += problems_of(tab, key, notice, table.rows, codes, months)
    return problems


def problems_of(
    tab: Tab,
    column: str,
    notice: Notice,
    rows: NDArray[np.int64],
    codes: Objects | None,
    months: Objects | None = None,
) -> list[Problem]:
    """Turn a notice into problems, one a row; of warnings those beyond `SHOWN_WARNINGS` are only counted.

    What blocks is named row by row, because each row's month decides whether it blocks that month's close;
    `months` gives it where a row belongs to one, for the blank `month`.
    """
    problems = []
    header = {"header": tab.column(column).header}
    named = len(notice.rows) if notice.severity is Severity.BLOCKING else SHOWN_WARNINGS
    for index in notice.rows[:named].tolist():
        params = {**header, **notice.details(index)}
        if months is not None and isinstance(months[index], Month):
            params["month"] = str(months[index])
        code = f"{notice.code}_similar" if params.get("similar") else notice.code
        employee = None if codes is None else codes[index]
        problems.append(
            Problem(code, notice.severity, Place(tab.key, int(rows[index]), column), params, employee)
        )
    hidden = notice.rows[named:]
    if len(hidden):
        place = Place(tab.key, int(rows[hidden[0]]), column)
        params = {**header, "count": str(len(hidden)), "row": str(rows[hidden[-1]])}
        problems.append(Problem("more_of_the_same", notice.severity, place, params))
    return problems


# ---- rows that are no entries: a second row of headers, a row of hints, a row of totals (behaviour §8)
# People write them between what they enter, and a reader that takes them for entries asks for the arrival of «Итого».
# Nothing else is taken for one: an entry has its day (or month, or person) where its column asks for one.
_TOTALS = frozenset(
    map(
        folded,
        ("итого", "всего", "сумма", "барлығы", "жиыны", "жалпы", "қорытынды", "total", "totals", "sum"),
    )
)
_GRAND = frozenset(map(folded, ("общий", "общая", "общее", "grand", "sub", "под")))
"""Words that may stand before one of a total."""
_TOTAL_OF = frozenset(map(folded, ("за", "по", "for", "of", "бойынша", "үшін")))
"""Words that may stand behind it: «Всего за октябрь»."""
_DAYS = (Kind.DATE, Kind.MOMENT, Kind.MONTH)
SUMMED_KINDS = (Kind.MONEY, Kind.INTEGER, Kind.NUMBER, Kind.MINUTES, Kind.DURATION)
_NOTHING, _TEXT, _NUMBER, _FLAG = (what.value for what in (What.NOTHING, What.TEXT, What.NUMBER, What.FLAG))
"""Asked of single cells: the value of an enumeration's member takes longer to get than to compare."""
_HINTS_WITHIN = 2
"""Hints stand right below the headers, in at most so many rows."""
_HINTS_LEAST = 3
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
    odd: dict[int, str] = {}
    for row in _without_a_day(held):
        texts = list(_texts(held, row))
        if _are_headers(texts):
            odd[row] = HEADERS
        elif _is_named_total(held, row, texts) or _is_sum(held, row):
            odd[row] = TOTALS
    for row in held.rows[: len(odd) + _HINTS_WITHIN].tolist():
        if row <= _HINTS_WITHIN + len(odd) and row not in odd and _is_hint(held, row, directory):
            odd[row] = HINTS
    return odd


def problems_of_odd_rows(tab: Tab, odd: Mapping[int, str]) -> list[Problem]:
    """Tell of them: what could be an entry after all blocks."""
    return [
        (blocking if code == HINTS else warning)(code, Place(tab.key, row + 2), tab=tab.title, row=row + 2)
        for row, code in odd.items()
    ]


def _without_a_day(held: Held) -> list[int]:
    """Give the rows in whose first column of days, where the table has one, stands no day of the sheet."""
    rows = held.rows
    day = next((column.key for column in held.columns if column.kind in _DAYS), None)
    if day is not None and day in held.cells:
        rows = rows[held.cells[day].what[rows] != _NUMBER]
    return list(map(int, rows))


def _texts(held: Held, row: int) -> Iterator[tuple[Column, str]]:
    for column in held.columns:
        cells = held.cells.get(column.key)
        if cells is not None and cells.what[row] == _TEXT:
            yield column, cells.words[cells.word_of[row]]


def _are_headers(texts: Sequence[tuple[Column, str]]) -> bool:
    """Tell whether headers stand below themselves: in two columns, or in all that are filled."""
    below = sum(folded(text) == folded(column.header) for column, text in texts)
    return below >= 2 or (below == 1 and len(texts) == 1)


def _is_named_total(held: Held, row: int, texts: Sequence[tuple[Column, str]]) -> bool:
    """Tell whether a row begins with the word of a total, beside which only numbers stand; else it is of an entry."""
    if len(texts) != 1 or not _is_total(texts[0][1]):
        return False
    first, *others = (column for column in held.columns if _is_filled(held, column, row))
    return first is texts[0][0] and all(column.kind in SUMMED_KINDS for column in others)


def _is_filled(held: Held, column: Column, row: int) -> bool:
    """Tell whether a cell holds something; a box that is not ticked does not."""
    cells = held.cells.get(column.key)
    if cells is None or cells.what[row] == _NOTHING:
        return False
    return cells.what[row] != _FLAG or bool(cells.ticked[row])


def _is_total(text: str) -> bool:
    words = folded(text.strip(" :.=—-")).split()
    if words and words[0] in _GRAND:
        words = words[1:]
    if not words or words[0].rstrip(":") not in _TOTALS:
        return False
    return len(words) == 1 or words[1] in _TOTAL_OF


def _is_sum(held: Held, row: int) -> bool:
    """Tell whether a row holds numbers alone, each the sum of what stands above it, and two rows at least do."""
    if any(column.kind not in SUMMED_KINDS and _is_filled(held, column, row) for column in held.columns):
        return False
    filled = [column for column in held.columns if _is_filled(held, column, row)]
    for column in filled:
        cells = held.cells[column.key]
        above = cells.is_number[:row]
        total = float(cells.floats[:row][above].sum())
        if not cells.is_number[row] or above.sum() < 2 or abs(total - cells.floats[row]) >= 0.005:
            return False
    return bool(filled)


def _is_hint(held: Held, row: int, directory: Directory) -> bool:
    """Tell whether nothing of a row can be read where its columns ask for more than words."""
    unread = 0
    at = np.array([row], dtype=np.intp)
    for column in held.columns:
        cells = held.cells.get(column.key)
        if cells is None or cells.what[row] == _NOTHING:
            continue
        if column.kind is Kind.TEXT:
            if cells.what[row] != _TEXT or _is_a_value(cells.words[cells.word_of[row]]):
                return False  # a № of its own, as an entry has
            continue
        one = cells.take(at)
        if cells.what[row] == _FLAG and not cells.ticked[row]:
            continue
        if cells.what[row] != _TEXT or not read_column(column, one, directory).bad[0]:
            return False
        if _is_a_value(cells.words[cells.word_of[row]]):
            return False
        unread += 1
    return unread >= _HINTS_LEAST


def _is_a_value(text: str) -> bool:
    """Tell a value that stands in a wrong column («187 301», «M01») from words that say what belongs there."""
    return sum(sign.isdigit() for sign in text) > sum(sign.isalpha() for sign in text)


# ---- a book in the course of being read
@dataclass(frozen=True)
class Record:
    """One row of a small table; `values` are None where blank or bad."""

    row: int
    values: Mapping[str, Any]
    bad: frozenset[str]

    def has(self, *keys: str) -> bool:
        """Tell whether all of these cells hold something that could be read."""
        return all(self.values[key] not in (None, "") and key not in self.bad for key in keys)


@dataclass
class BookReading:
    """A book in the course of being read: gathers problems and places."""

    raw: RawBook
    book: Book
    directory: Directory
    problems: list[Problem] = field(default_factory=list)
    headers: dict[str, Headers] = field(default_factory=dict)

    def table(self, key: str, table: str = "") -> Table:
        """Read one table of a tab; a tab that is not there gives an empty one and a problem.

        A tab that only later layouts have, or that the client did not ask for, is empty, and no problem.
        """
        absent = next((tab for tab in self.book.absent_tabs if tab.key == key), None)
        if absent is not None:
            return read_table(absent, [], Headers(readable=False), self.directory, table)[0]
        tab, rows = self.book.tab(key), self.raw.get(key, [])
        if key not in self.headers:
            if key in self.raw.missing or key not in self.raw:
                gone = blocking("tab_missing", Place(key), tab=tab.title)
                self.headers[key] = Headers(problems=[gone], readable=False)
            else:
                self.headers[key] = locate(tab, rows)
            self.problems += [*self.headers[key].problems, *needless_columns(tab, rows)]
            self.problems += self._numbered_by_formula(tab)
        read, problems = read_table(tab, rows, self.headers[key], self.directory, table, self.raw.forms)
        self.problems += problems
        return read

    def _numbered_by_formula(self, tab: Tab) -> Iterator[Problem]:
        if tab.key in self.raw.forms.numbered:
            row, count = self.raw.forms.numbered[tab.key]
            header, place = tab.column("number").header, Place(tab.key, row, "number")
            told = blocking if tab.grain is Grain.LEAD and self._names_deals() else warning
            yield told("number_is_formula", place, header=header, tab=tab.title, row=row, count=count)

    def _names_deals(self) -> bool:
        """Tell whether payments name deals by their №: one that moves with a sort takes them to another deal."""
        payments = self.book.tab_of(Grain.PAYMENT)
        return payments is not None and any(map(any, self.raw.get(payments.key, [])[1:]))

    def records(self, key: str, table: str = "") -> Iterator[Record]:
        """Go through the rows of a small table."""
        read = self.table(key, table)
        columns = {name: column.values.tolist() for name, column in read.columns.items()}
        for index, row in enumerate(read.rows.tolist()):
            bad = frozenset(name for name, column in read.columns.items() if column.bad[index])
            yield Record(row, {name: values[index] for name, values in columns.items()}, bad)

    def look_through(self) -> None:
        """Read the input tabs that nothing was asked of: their problems and places count as well, an archive has them."""
        for tab in self.book.inputs():
            if tab.key not in self.headers:
                self.table(tab.key)

    def located(self) -> Located:
        """Tell where everything stands."""
        titles = {tab.key: self.raw.titles.get(tab.key, tab.title) for tab in self.book.tabs}
        positions = {
            (key, column): position
            for key, headers in self.headers.items()
            for column, position in headers.addresses.items()
        }
        return Located(titles, positions)
