"""A look at a file of Google's for what values do not tell: as what numbers are shown, formulas in «№», locale, time zone.

Reading gives bare values, so that a date typed into «Сумма» is a number there. One further call tells the formats of the
number columns, with the numbers that they belong to; what it brought is remembered (`Look`), so that it is asked anew only
when number cells or №s are new, changed or moved. What was seen wrong is known again by its row, wherever that stands
(behaviour §3).

Where Google keeps the format of a date that was typed into a cell with a format of its own is unknown (docs/google.md):
the effective format counts, and the entered one where there is no other.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sheets_sync.a1 import column_letters, quoted
from sheets_sync.reading.cells import RawBook, Row
from sheets_sync.reading.tables import locate
from sheets_sync.schema.layout import Book, Column
from sheets_sync.schema.looks import ColumnKey, Look, SeenWrong
from sheets_sync.schema.shown_forms import (
    MINUTE_KINDS,
    NUMBER_KINDS,
    PLAIN,
    BookForms,
    ColumnForms,
    Form,
    Shown,
    is_wrong,
    shown_by,
)

LOOK_FIELDS = (
    "properties(locale,timeZone),sheets(properties(sheetId,title),data(startRow,startColumn,rowData(values("
    "userEnteredValue(formulaValue),effectiveValue(numberValue),"
    "userEnteredFormat(numberFormat),effectiveFormat(numberFormat)))))"
)
"""What to ask of the ranges of `look_ranges`, in one call."""
LOOK_AGAIN_AFTER = timedelta(hours=1)
_SAME_WITHIN = 1e-12
"""So far apart, relatively, two answers may write one number."""
_FINE_MAX = 1000
_WRONG_MAX = 500
"""So many different wrong numbers are remembered; whoever has more has pasted a column and is told of that."""
_MARKED_MAX = 50
"""Of so many rows with one wrong number what they are known by is remembered; the others by their place alone."""
NUMBERING = "number"
"""The key of a column «№»."""
Floats = NDArray[np.float64]
_NUMBERS = frozenset({int, float})
_MARK_BYTES = 6


# ---- the cells that are looked at
@dataclass(frozen=True)
class NumberColumn:
    """A column whose numbers are looked at, or a «№» whose formulas are: where it stands, and the rows below the headers.

    `numbering` is the position of the tab's «№» (None: it has none), `others` those of its other known columns.
    """

    tab: str
    title: str
    column: Column
    position: int
    rows: Sequence[Row]
    numbering: int | None = None
    others: tuple[int, ...] = ()

    @property
    def key(self) -> ColumnKey:
        """Give the keys of tab and column."""
        return self.tab, self.column.key

    @property
    def is_numbering(self) -> bool:
        """Tell whether it is looked at for formulas."""
        return self.column.kind not in NUMBER_KINDS

    @cached_property
    def floats(self) -> Floats:
        """Give the numbers of the cells, NaN where there is none; cells behind the last number are left out."""
        cells = self.cells
        floats = np.array([_float(cell) if type(cell) in _NUMBERS else math.nan for cell in cells])
        held = np.flatnonzero(~np.isnan(floats))
        return floats[: held[-1] + 1] if len(held) else floats[:0]

    @cached_property
    def numbers(self) -> Mapping[int, float]:
        """Give the numbers by sheet row; of «№» all cells that hold anything."""
        if self.is_numbering:
            filled = (row for row, cell in enumerate(self.cells, start=2) if cell not in (None, ""))
            return dict.fromkeys(filled, 0.0)
        held = np.flatnonzero(~np.isnan(self.floats))
        return dict(zip((held + 2).tolist(), self.floats[held].tolist(), strict=True))

    @property
    def cells(self) -> list[Any]:
        """Give the cells as they were read, None where a row is shorter."""
        at = self.position
        return [row[at] if at < len(row) else None for row in self.rows]

    def address(self, row: int) -> str:
        """Give the cell of a sheet row («H12»)."""
        return f"{column_letters(self.position)}{row}"

    def rows_with(self, numbers: Iterable[float]) -> dict[float, list[int]]:
        """Give by number the sheet rows that hold it."""
        rows: dict[float, list[int]] = {}
        for at in np.flatnonzero(np.isin(self.floats, list(numbers))).tolist():
            rows.setdefault(float(self.floats[at]), []).append(at + 2)
        return rows

    def has_number(self, row: int) -> bool:
        """Tell whether the row has a «№» of its own."""
        return self.numbering is not None and bool(_cell(self.rows[row - 2], self.numbering))

    def mark(self, row: int, *, by_number: bool) -> str:
        """Give what a row is known by wherever it stands: its «№», or all its known cells where that says nothing.

        A «№» by formula belongs to the place: without `by_number` it does not count.
        """
        cells = self.rows[row - 2]
        if by_number and self.numbering is not None and self.has_number(row):
            told = [_cell(cells, self.numbering)]
        else:
            told = ["", *(_cell(cells, at) for at in self.others)]
        return hashlib.blake2b("\x1f".join(told).encode(), digest_size=_MARK_BYTES).hexdigest()


def _cell(cells: Row, at: int) -> str:
    held = cells[at] if at < len(cells) else None
    return "" if held in (None, "") else repr(held)


def _float(number: Any) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf


def number_columns(raw: RawBook, book: Book) -> list[NumberColumn]:
    """Give the columns of the input tabs that hold numbers, and those of «№», as they stand in the file."""
    columns = []
    for tab in book.inputs():
        rows = raw.get(tab.key, [])
        if len(rows) < 2:
            continue
        places = locate(tab, rows).places
        numbering = places.get(NUMBERING)
        others = tuple(at for key, at in places.items() if key != NUMBERING)
        title = raw.titles.get(tab.key, tab.title)
        columns += [
            NumberColumn(tab.key, title, column, places[column.key], rows[1:], numbering, others)
            for column in tab.columns
            if column.key in places and (column.kind in NUMBER_KINDS or column.key == NUMBERING)
        ]
    return columns


def digests_of(
    columns: Iterable[NumberColumn], instead: Mapping[ColumnKey, Floats] = MappingProxyType({})
) -> dict[str, str]:
    """Digest by tab the numbers and «№» with their rows: the same as long as none is new, changed or moved.

    `instead` holds the numbers of columns that are to be taken for others than were read.
    """
    digests: dict[str, Any] = {}
    for each in columns:
        digest = digests.setdefault(each.tab, hashlib.blake2b(digest_size=16))
        if each.is_numbering:
            told = "\0".join(map(repr, each.cells)).encode()
        else:
            told = instead.get(each.key, each.floats).tobytes()
        digest.update(f"{each.column.key}\0{len(told)}\0".encode())
        digest.update(told)
    return {tab: digest.hexdigest() for tab, digest in digests.items()}


# ---- when to look, and at what
@dataclass(frozen=True)
class Looked:
    """A look, and the cells (tab title, «H12») that held another number than had just been read."""

    look: Look
    changed: tuple[tuple[str, str], ...] = ()


def is_due(look: Look | None, columns: Sequence[NumberColumn], book: Book, now: datetime) -> bool:
    """Tell whether a file is to be looked at: cells are new, changed or moved, or something was wrong an hour ago."""
    if look is None:
        return any(each.numbers for each in columns)
    if now - look.at < LOOK_AGAIN_AFTER:
        return False
    return look.has_findings(book) or look.digests != digests_of(columns)


def covers(look: Look, tab: str, columns: Iterable[NumberColumn]) -> bool:
    """Tell whether the number cells of a tab are, as they stand, the very ones that a look saw."""
    present = digests_of(each for each in columns if each.tab == tab)
    return present.get(tab) == look.digests.get(tab)


def look_ranges(columns: Iterable[NumberColumn]) -> list[str]:
    """Give the ranges to ask for: each column from below its header to its last number."""
    return [
        f"{quoted(each.title)}!{column_letters(each.position)}2:{each.address(max(each.numbers))}"
        for each in columns
        if each.numbers
    ]


# ---- what an answer says
_Described = Mapping[int, Mapping[str, Any]]
"""By sheet row what was told of a cell."""


def look_of(description: Mapping[str, Any], columns: Sequence[NumberColumn], now: datetime) -> Looked:
    """Understand the answer to `LOOK_FIELDS` and `look_ranges`: it is about the numbers that it tells itself."""
    described = _described(description)
    cells = {each.key: described.get((each.title, each.position), {}) for each in columns}
    numbered = dict(_numbered(columns, cells))
    wrong: list[SeenWrong] = []
    fine: dict[ColumnKey, frozenset[float]] = {}
    seen: dict[ColumnKey, Floats] = {}
    changed: list[tuple[str, str]] = []
    for each in columns:
        if each.is_numbering:
            continue
        numbers, differing = _seen_numbers(each, cells[each.key])
        if differing:
            changed += [(each.title, each.address(row)) for row in differing]
            seen[each.key] = np.array(
                [numbers.get(row, math.nan) for row in range(2, len(each.floats) + 2)], dtype=np.float64
            )
        shown = {row: form for row in numbers if (form := _shown(cells[each.key][row], numbers[row]))}
        wrong += _wrong(each, numbers, shown, by_number=each.tab not in numbered)
        if each.column.kind in MINUTE_KINDS:
            plain = {
                numbers[row]
                for row, form in shown.items()
                if not is_wrong(form, each.column.kind, percents=each.column.percents)
            }
            odd = sorted(number for number in plain if not (number * 60).is_integer())
            fine[each.key] = frozenset(odd[:_FINE_MAX])
    properties = description.get("properties", {})
    look = Look(
        now,
        digests_of(columns, seen),
        tuple(wrong[:_WRONG_MAX]),
        fine,
        numbered,
        str(properties.get("locale", "")),
        str(properties.get("timeZone", "")),
    )
    return Looked(look, tuple(changed))


def _described(description: Mapping[str, Any]) -> dict[tuple[str, int], dict[int, Mapping[str, Any]]]:
    """Give the described cells by tab title and position, then by sheet row."""
    cells: dict[tuple[str, int], dict[int, Mapping[str, Any]]] = {}
    for sheet in description.get("sheets", ()):
        title = str(sheet["properties"].get("title", ""))
        for block in sheet.get("data", ()):
            top, left = block.get("startRow", 0), block.get("startColumn", 0)
            for row, described in enumerate(block.get("rowData", ()), start=top + 1):
                for position, cell in enumerate(described.get("values", ()), start=left):
                    if cell:
                        cells.setdefault((title, position), {})[row] = cell
    return cells


def _numbered(
    columns: Iterable[NumberColumn], cells: Mapping[ColumnKey, _Described]
) -> Iterator[tuple[str, tuple[int, int]]]:
    """Give by tab the first row where «№» is a formula, and how many are."""
    for each in columns:
        if each.is_numbering:
            told = cells[each.key]
            by_formula = [
                row for row in each.numbers if "formulaValue" in told.get(row, {}).get("userEnteredValue", {})
            ]
            if by_formula:
                yield each.tab, (by_formula[0], len(by_formula))


def _seen_numbers(each: NumberColumn, told: _Described) -> tuple[dict[int, float], list[int]]:
    """Give by row the numbers that the answer is about, and the rows where they are not those that were read."""
    numbers, differing = {}, []
    for row, read in each.numbers.items():
        held = told.get(row, {}).get("effectiveValue", {}).get("numberValue")
        if held is not None and math.isclose(held, read, rel_tol=_SAME_WITHIN):
            numbers[row] = read
            continue
        differing.append(row)
        if held is not None:
            numbers[row] = float(held)
    return numbers, differing


_BY_TYPE = {
    "DATE": Shown(Form.DATE),
    "DATE_TIME": Shown(Form.DATE),
    "TIME": Shown(Form.TIME),
    "PERCENT": Shown(Form.PERCENT),
}


def _shown(cell: Mapping[str, Any], number: float) -> Shown | None:
    """Tell as what a cell is shown; None where its format is not told."""
    for place in ("effectiveFormat", "userEnteredFormat"):
        told = cell.get(place, {}).get("numberFormat")
        if told:
            pattern = told.get("pattern", "")
            return (
                shown_by(pattern, negative=number < 0)
                if pattern
                else _BY_TYPE.get(told.get("type", ""), PLAIN)
            )
    return PLAIN if cell else None


def _wrong(
    each: NumberColumn, numbers: Mapping[int, float], shown: Mapping[int, Shown], *, by_number: bool
) -> Iterator[SeenWrong]:
    rows_of: dict[tuple[float, Shown], list[int]] = {}
    for row, form in shown.items():
        if is_wrong(form, each.column.kind, percents=each.column.percents):
            rows_of.setdefault((numbers[row], form), []).append(row)
    for (number, form), rows in rows_of.items():
        marks = tuple(each.mark(row, by_number=by_number) for row in rows[:_MARKED_MAX])
        yield SeenWrong(*each.key, number, form, tuple(rows), marks)


# ---- what it means for the cells as they stand later
def forms_by(look: Look | None, columns: Sequence[NumberColumn]) -> BookForms:
    """Tell what a look means for the cells as they stand now.

    A cell that was seen wrong is wrong as long as it holds the same number, also where its row has moved: a row is known
    by its №, else by all that it holds. Another cell of the same number is not.
    """
    if look is None:
        return BookForms()
    numbered, fine = look.numbered or {}, look.fine or {}
    seen_by: dict[ColumnKey, list[SeenWrong]] = {}
    for seen in look.wrong:
        seen_by.setdefault((seen.tab, seen.column), []).append(seen)
    standing = {each.key: each for each in columns}
    unmoved = {tab for tab, _ in seen_by if covers(look, tab, columns)}
    wrong: dict[ColumnKey, dict[int, Shown]] = {}
    for key, seen_wrong in seen_by.items():
        present = standing.get(key)
        if present is None:
            continue
        holders = present.rows_with(seen.number for seen in seen_wrong)
        for seen in seen_wrong:
            rows: Iterable[int] = seen.rows
            if seen.tab not in unmoved:
                held = holders.get(seen.number, [])
                rows = _moved(seen, present, held, by_number=seen.tab not in numbered)
            wrong.setdefault(key, {}).update(dict.fromkeys(rows, seen.shown))
    return BookForms(
        columns={key: ColumnForms(wrong.get(key, {}), fine.get(key, frozenset())) for key in {*wrong, *fine}},
        numbered=numbered,
        locale=look.locale,
        time_zone=look.time_zone,
    )


def _moved(
    seen: SeenWrong, present: NumberColumn, holders: Iterable[int], *, by_number: bool
) -> Iterator[int]:
    """Give the rows that hold what was seen wrong: those known again, and at the old places what may have been edited.

    A row of another № is another row.
    """
    marks = {row: present.mark(row, by_number=by_number) for row in holders}
    known = set(marks.values()).intersection(seen.marks)
    before = dict(zip(seen.rows, seen.marks, strict=False))
    by_place = set(seen.rows[len(seen.marks) :])
    for row, mark in marks.items():
        edited = row in before and before[row] not in known and not (by_number and present.has_number(row))
        if mark in known or edited or row in by_place:
            yield row
