"""A look at a file of Google's for what values do not tell: as what numbers are shown, formulas in «№», locale, time zone.

Reading gives bare values, so that a date typed into «Сумма» is a number there. One further call tells the formats of the
number columns; what it brought is remembered (`Look`), so that it is asked anew only when number cells are new or changed.
What was seen wrong is known again by its number, also where rows were moved (behaviour §3).

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
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kpi_rules.records.forms import RecordKind
from sheets_sync.a1 import column_letters, quoted
from sheets_sync.reading.cells import RawBook, Row
from sheets_sync.reading.tables import locate
from sheets_sync.schema.layout import Book, Column
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
    "userEnteredValue(formulaValue),userEnteredFormat(numberFormat),effectiveFormat(numberFormat)))))"
)
"""What to ask of the ranges of `look_ranges`, in one call."""
LOOK_AGAIN_AFTER = timedelta(hours=1)
LOOK = RecordKind("look at a file's formats")
_NUMBER = "number"
"""The key of a column «№»."""
_FINE_MAX = 1000
_WRONG_MAX = 500
"""So many different wrong numbers are remembered; whoever has more has pasted a column and is told of that."""


@dataclass(frozen=True)
class NumberColumn:
    """A column whose numbers are looked at, or a «№» whose formulas are: where it stands, and the rows below the headers."""

    tab: str
    title: str
    column: Column
    position: int
    rows: Sequence[Row]

    @property
    def is_numbering(self) -> bool:
        """Tell whether it is looked at for formulas."""
        return self.column.kind not in NUMBER_KINDS

    @cached_property
    def floats(self) -> NDArray[np.float64]:
        """Give the numbers of the cells, NaN where there is none; cells behind the last number are left out."""
        at = self.position
        cells = [row[at] if at < len(row) else None for row in self.rows]
        found = np.array([_float(cell) if type(cell) in _NUMBERS else math.nan for cell in cells])
        held = np.flatnonzero(~np.isnan(found))
        return found[: held[-1] + 1] if len(held) else found[:0]

    @cached_property
    def numbers(self) -> Mapping[int, float]:
        """Give the numbers by sheet row; of «№» all cells that hold anything."""
        if self.is_numbering:
            filled = (row for row, cells in enumerate(self.rows, start=2) if self._is_filled(cells))
            return dict.fromkeys(filled, 0.0)
        held = np.flatnonzero(~np.isnan(self.floats))
        return dict(zip((held + 2).tolist(), self.floats[held].tolist(), strict=True))

    def _is_filled(self, cells: Row) -> bool:
        return self.position < len(cells) and cells[self.position] not in (None, "")


_NUMBERS = frozenset({int, float})


def _float(number: Any) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf


@dataclass(frozen=True)
class SeenWrong:
    """A number that some cells of a column do not show as a number: in which rows, and whether in all that hold it."""

    tab: str
    column: str
    number: float
    shown: Shown
    rows: tuple[int, ...]
    everywhere: bool


@dataclass(frozen=True)
class Look:
    """What a look brought. `digest` is over the number cells that it saw; `fine` as in `ColumnForms`."""

    at: datetime
    digest: str
    wrong: tuple[SeenWrong, ...] = ()
    fine: Mapping[tuple[str, str], frozenset[float]] | None = None
    numbered: Mapping[str, tuple[int, int]] | None = None
    locale: str = ""
    time_zone: str = ""

    def has_findings(self, book: Book) -> bool:
        """Tell whether anything of it wants mending, which only another look can see."""
        settings = (self.locale or book.locale, self.time_zone or book.time_zone)
        return bool(self.wrong or self.numbered) or settings != (book.locale, book.time_zone)


def number_columns(raw: RawBook, book: Book) -> list[NumberColumn]:
    """Give the columns of the input tabs that hold numbers, and those of «№», as they stand in the file."""
    found = []
    for tab in book.inputs():
        rows = raw.get(tab.key, [])
        if len(rows) < 2:
            continue
        places = locate(tab, rows).found
        for column in tab.columns:
            at = places.get(column.key)
            if at is None or (column.kind not in NUMBER_KINDS and column.key != _NUMBER):
                continue
            title = raw.titles.get(tab.key, tab.title)
            found.append(NumberColumn(tab.key, title, column, at, rows[1:]))
    return found


def digest_of(columns: Iterable[NumberColumn]) -> str:
    """Digest the numbers of the columns with their rows: the same as long as no number cell is new, changed or moved."""
    digest = hashlib.blake2b(digest_size=16)
    for each in columns:
        if not each.is_numbering:
            digest.update(f"{each.tab}\0{each.column.key}\0{len(each.floats)}\0".encode())
            digest.update(each.floats.tobytes())
    return digest.hexdigest()


def is_due(look: Look | None, columns: Sequence[NumberColumn], book: Book, now: datetime) -> bool:
    """Tell whether a file is to be looked at: number cells are new or changed, or something was wrong an hour ago."""
    if look is None:
        return any(each.numbers for each in columns)
    if now - look.at < LOOK_AGAIN_AFTER:
        return False
    return look.has_findings(book) or look.digest != digest_of(columns)


def look_ranges(columns: Iterable[NumberColumn]) -> list[str]:
    """Give the ranges to ask for: each column from below its header to its last number."""
    return [
        f"{quoted(each.title)}!{column_letters(each.position)}2:{column_letters(each.position)}{max(each.numbers)}"
        for each in columns
        if each.numbers
    ]


# ---- what an answer says
def look_of(description: Mapping[str, Any], columns: Sequence[NumberColumn], now: datetime) -> Look:
    """Understand the answer to `LOOK_FIELDS` and `look_ranges`."""
    cells = _described(description)
    wrong: list[SeenWrong] = []
    fine: dict[tuple[str, str], frozenset[float]] = {}
    numbered: dict[str, tuple[int, int]] = {}
    for each in columns:
        seen = cells.get((each.title, each.position), {})
        if each.is_numbering:
            by_formula = [
                row for row in each.numbers if "formulaValue" in seen.get(row, {}).get("userEnteredValue", {})
            ]
            if by_formula:
                numbered[each.tab] = (by_formula[0], len(by_formula))
            continue
        shown = {row: form for row in each.numbers if (form := _shown(seen.get(row, {}), each.numbers[row]))}
        wrong += _wrong(each, shown)
        if each.column.kind in MINUTE_KINDS:
            plain = {each.numbers[row] for row, form in shown.items() if not is_wrong(form, each.column.kind)}
            odd = sorted(number for number in plain if not (number * 60).is_integer())
            fine[each.tab, each.column.key] = frozenset(odd[:_FINE_MAX])
    properties = description.get("properties", {})
    return Look(
        now,
        digest_of(columns),
        tuple(wrong[:_WRONG_MAX]),
        fine,
        numbered,
        str(properties.get("locale", "")),
        str(properties.get("timeZone", "")),
    )


def _described(description: Mapping[str, Any]) -> dict[tuple[str, int], dict[int, Mapping[str, Any]]]:
    """Give the described cells by tab title and position, then by sheet row."""
    found: dict[tuple[str, int], dict[int, Mapping[str, Any]]] = {}
    for sheet in description.get("sheets", ()):
        title = str(sheet["properties"].get("title", ""))
        for block in sheet.get("data", ()):
            top, left = block.get("startRow", 0), block.get("startColumn", 0)
            for row, cells in enumerate(block.get("rowData", ()), start=top + 1):
                for position, cell in enumerate(cells.get("values", ()), start=left):
                    if cell:
                        found.setdefault((title, position), {})[row] = cell
    return found


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


def _wrong(each: NumberColumn, shown: Mapping[int, Shown]) -> Iterator[SeenWrong]:
    by_number: dict[tuple[float, Shown], list[int]] = {}
    for row, form in shown.items():
        if is_wrong(form, each.column.kind):
            by_number.setdefault((each.numbers[row], form), []).append(row)
    if not by_number:
        return
    holders: dict[float, int] = {}
    for number in each.numbers.values():
        holders[number] = holders.get(number, 0) + 1
    for (number, form), rows in by_number.items():
        everywhere = holders[number] == len(rows)
        yield SeenWrong(each.tab, each.column.key, number, form, tuple(rows), everywhere)


def forms_by(look: Look | None, columns: Iterable[NumberColumn]) -> BookForms:
    """Tell what a look means for the cells as they stand now.

    A cell that was seen wrong is wrong as long as it holds the same number. Where the rows have moved, all cells of that
    number are, if all were.
    """
    if look is None:
        return BookForms()
    standing = {(each.tab, each.column.key): each for each in columns}
    wrong: dict[tuple[str, str], dict[int, Shown]] = {}
    for seen in look.wrong:
        present = standing.get((seen.tab, seen.column))
        if present is None:
            continue
        still = [row for row in seen.rows if present.numbers.get(row) == seen.number]
        if len(still) < len(seen.rows) and seen.everywhere:
            still = [row for row, number in present.numbers.items() if number == seen.number]
        wrong.setdefault((seen.tab, seen.column), {}).update(dict.fromkeys(still, seen.shown))
    fine = look.fine or {}
    return BookForms(
        columns={key: ColumnForms(wrong.get(key, {}), fine.get(key, frozenset())) for key in {*wrong, *fine}},
        numbered=look.numbered or {},
        locale=look.locale,
        time_zone=look.time_zone,
    )


# ---- how it is remembered
def look_record(look: Look) -> dict[str, Any]:
    """Write a look as a JSON record; numbers are texts, because records hold no floats."""
    return LOOK.stamped(
        {
            "at": look.at.isoformat(),
            "digest": look.digest,
            "wrong": [
                {
                    "tab": each.tab,
                    "column": each.column,
                    "number": repr(each.number),
                    "form": str(each.shown.form),
                    "sign": each.shown.sign,
                    "rows": _spans(each.rows),
                    "everywhere": each.everywhere,
                }
                for each in look.wrong
            ],
            "fine": [
                {"tab": tab, "column": column, "numbers": [repr(number) for number in sorted(numbers)]}
                for (tab, column), numbers in sorted((look.fine or {}).items())
                if numbers
            ],
            "numbered": {tab: list(found) for tab, found in (look.numbered or {}).items()},
            "locale": look.locale,
            "time_zone": look.time_zone,
        }
    )


def look_from_record(record: Mapping[str, Any]) -> Look:
    """Read what `look_record` wrote."""
    read = LOOK.read(record)
    return Look(
        datetime.fromisoformat(read["at"]),
        read["digest"],
        tuple(
            SeenWrong(
                each["tab"],
                each["column"],
                float(each["number"]),
                Shown(Form(each["form"]), each["sign"]),
                tuple(_rows_of(each["rows"])),
                each["everywhere"],
            )
            for each in read["wrong"]
        ),
        {(each["tab"], each["column"]): frozenset(map(float, each["numbers"])) for each in read["fine"]},
        {tab: (first, count) for tab, (first, count) in read["numbered"].items()},
        read["locale"],
        read["time_zone"],
    )


def _spans(rows: Sequence[int]) -> str:
    """Write rows as «2-43,45»."""
    spans: list[list[int]] = []
    for row in sorted(rows):
        if spans and row == spans[-1][1] + 1:
            spans[-1][1] = row
        else:
            spans.append([row, row])
    return ",".join(f"{first}-{last}" if last > first else str(first) for first, last in spans)


def _rows_of(spans: str) -> Iterator[int]:
    for span in filter(None, spans.split(",")):
        first, _, last = span.partition("-")
        yield from range(int(first), int(last or first) + 1)
