"""Formulas: every formula cell of a document gets the value it comes to now.

The engine is loaded only when a document has formulas. What it cannot do comes to `#NAME?`; nothing is kept
from an earlier state. Results that would fill neighbouring cells (`=UNIQUE(A1:A9)`) are not emulated and
come to `#NAME?` too. A document with volatile formulas (`has_volatile`) needs a recalculation before it is
read, too: TODAY() changes without an edit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sheets_emulator.book.a1 import letters
from sheets_emulator.book.grid import BLOCK_ROWS, CellError, Scalar
from sheets_emulator.formulas import doubts
from sheets_emulator.formulas.evaluator import CellKey, Engine, Tab, standing_for
from sheets_emulator.formulas.result_formats import Formats, is_bare, is_carrying, with_format, without_format
from sheets_emulator.formulas.sparklines import SparklineCall, calls_of, plain_literal
from sheets_emulator.formulas.syntax import (
    Area,
    Surroundings,
    TabShape,
    Translated,
    area_of,
    translate,
)
from sheets_emulator.formulas.tokens import FormulaError
from sheets_emulator.numbers import serials
from sheets_emulator.numbers.formats import ERROR_TEXTS
from sheets_emulator.numbers.locales import region, zone_of

if TYPE_CHECKING:
    from sheets_emulator.book.document import Document, Sheet

_CHANCE = frozenset({"RAND", "RANDBETWEEN"})
_VOLATILE = re.compile(r"\b(?:TODAY|NOW|RAND|RANDBETWEEN|RANDARRAY)\s*\(", re.IGNORECASE)


def recalculate(document: Document, now: datetime | None = None) -> None:
    """Put what each formula comes to now into the document's cells.

    `now` (aware UTC) is what NOW() and TODAY() say in the file's time zone; without it the clock is read.
    """
    formulas_by_sheet = [
        {(row, column): text for row, column, text in sheet.grid.formulas()} for sheet in document.sheets
    ]
    if not any(formulas_by_sheet):
        return
    tabs = [
        Tab(_shape(index, sheet), [row.values for row in sheet.grid.rows], formulas)
        for index, (sheet, formulas) in enumerate(zip(document.sheets, formulas_by_sheet, strict=True))
    ]
    results = evaluate(tabs, document.locale, document.time_zone, names=_names(document), now=now)
    for (tab, row, column), value in results.items():
        grid = document.sheets[tab].grid
        if not _is_same_number(grid.value(row, column), value):
            grid.set_effective(row, column, value)
    _give_formats(document, tabs, results)


def _is_same_number(a: Scalar, b: Scalar) -> bool:
    """Equal numbers of one kind, whatever format goes with them."""
    kind = int if isinstance(a, int) else float
    return not isinstance(a, bool | str | None) and type(b) is kind and a == b


def _give_formats(document: Document, tabs: Sequence[Tab], results: Mapping[CellKey, Scalar]) -> None:
    """Let each formula's number carry its format; what is stored of it stays the same."""
    _leave_formats_behind(document)
    around = _surroundings(tabs, document.locale, document.time_zone, _names(document), None)
    formats = Formats(document, around)
    for key, value in results.items():
        if is_bare(value):
            row = document.sheets[key[0]].grid.own(key[1])
            row.set_value(key[2], with_format(value, formats.of(key)))


def _leave_formats_behind(document: Document) -> None:
    """Make numbers plain again that were copied out of formula cells; only unsaved rows can hold any."""
    for sheet in document.sheets:
        rows = sheet.grid.rows
        for block in sheet.grid.changed_blocks:
            for index in range(block * BLOCK_ROWS, min((block + 1) * BLOCK_ROWS, len(rows))):
                if any(is_carrying(value) for value in rows[index].values):
                    row = sheet.grid.own(index)
                    row.values = [
                        value if column in row.formulas else without_format(value)
                        for column, value in enumerate(row.values)
                    ]


def has_volatile(document: Document) -> bool:
    """Whether a document must be recalculated before it is read, though nobody edited it.

    A formula asks the clock or for chance, or the document comes from the store, which keeps the numbers
    that formulas came to but not the formats that went with them.
    """
    return any(
        _VOLATILE.search(text) or is_bare(sheet.grid.value(row, column))
        for sheet in document.sheets
        for row, column, text in sheet.grid.formulas()
    )


def at_cells(
    document: Document, tab: int, wanted: Sequence[tuple[str, int, int]], now: datetime | None = None
) -> list[Scalar]:
    """What formulas beside the cells come to (those of conditional formats), over the present values.

    `wanted` are (formula, rows down, columns right): references without `$` move by so much. They refer to
    the tab with this index; nothing is stored.
    """
    tabs = [
        Tab(_shape(index, sheet), [row.values for row in sheet.grid.rows])
        for index, sheet in enumerate(document.sheets)
    ]
    around = _surroundings(tabs, document.locale, document.time_zone, _names(document), now)
    beside = len(tabs)
    known: dict[CellKey, Translated] = {}
    values: list[Scalar] = []
    for number, (text, down, right) in enumerate(wanted):
        try:
            known[beside, number, 0] = translate(text, tabs[tab].shape, around, (down, right))
            values.append(None)
        except FormulaError as error:
            values.append(CellError(ERROR_TEXTS[error.kind], error.kind, error.message))
    engine = Engine([*tabs, Tab(TabShape(beside, "", len(wanted), 1), [])], _areas(known.values()))
    engine.settle({key: formula.text for key, formula in known.items()})
    for key, formula in known.items():
        values[key[1]] = engine.value(key, formula)
    return values


def evaluate(
    tabs: Sequence[Tab],
    locale: str,
    time_zone: str = "Etc/UTC",
    *,
    names: Mapping[str, tuple[int, str]] | None = None,
    now: datetime | None = None,
) -> dict[CellKey, Scalar]:
    """What every formula of these tabs comes to; errors as `CellError`, a reference to a blank as `None`.

    `names` are the named ranges: upper-case name → (tab, range in A1 without the tab).
    """
    around = _surroundings(tabs, locale, time_zone, names or {}, now)
    refused: dict[CellKey, CellError] = {}
    known: dict[CellKey, Translated] = {}
    for tab in tabs:
        for (row, column), text in tab.formulas.items():
            key = (tab.shape.index, row, column)
            try:
                known[key] = translate(text, tab.shape, around)
            except FormulaError as error:
                refused[key] = CellError(ERROR_TEXTS[error.kind], error.kind, error.message)
    blanks = {key: formula.lone_cell for key, formula in known.items() if formula.lone_cell}
    engine = Engine(tabs, _areas(known.values()))
    texts = {key: formula.text for key, formula in known.items()}
    engine.settle(texts | {key: standing_for(error.type) for key, error in refused.items()})
    results: dict[CellKey, Scalar] = {key: engine.value(key, formula) for key, formula in known.items()}
    if around.decimal_comma:
        for key in _invented(tabs, known, refused, results):
            results[key] = CellError(ERROR_TEXTS["VALUE"], "VALUE", doubts.MESSAGE)
    results.update(refused)
    for key in blanks:
        if _ends_in_blank(key, blanks, results, tabs):
            results[key] = None
    return results


def _invented(
    tabs: Sequence[Tab],
    known: Mapping[CellKey, Translated],
    refused: Mapping[CellKey, CellError],
    results: Mapping[CellKey, Scalar],
) -> list[CellKey]:
    """The formulas whose results were read out of texts that the engine reads in the English way."""
    areas = _areas(known.values())
    if not any(f.text != f.marked for f in known.values()) and not _has_doubts(tabs, areas):
        return []
    again = [Tab(tab.shape, doubts.marked_rows(tab.rows), tab.formulas) for tab in tabs]
    engine = Engine(again, areas)
    texts = {key: formula.marked for key, formula in known.items()}
    engine.settle(texts | {key: standing_for(error.type) for key, error in refused.items()})
    second = {key: engine.value(key, formula) for key, formula in known.items()}
    return doubts.invented(results, second, _by_chance(known))


def _by_chance(known: Mapping[CellKey, Translated]) -> set[CellKey]:
    """The formulas that ask for chance, and those that refer to them, directly or not."""
    by_chance = {key for key, formula in known.items() if _CHANCE & formula.functions}
    if by_chance and _areas(known.values()) is None:
        return set(known)
    latest = by_chance
    while latest:
        latest = {
            key
            for key, formula in known.items()
            if key not in by_chance and any(area.covers(*one) for area in formula.areas for one in latest)
        }
        by_chance |= latest
    return by_chance


def _has_doubts(tabs: Sequence[Tab], areas: set[Area] | None) -> bool:
    """Whether a text in these areas (`None`: anywhere) could be read as two different numbers."""
    if areas is None:
        return any(doubts.is_doubtful(value) for tab in tabs for row in tab.rows for value in row)
    return any(
        doubts.is_doubtful(value)
        for area in areas
        for row in tabs[area.tab].rows[area.top : area.bottom]
        for value in row[area.left : area.right]
    )


def _surroundings(
    tabs: Sequence[Tab],
    locale: str,
    time_zone: str,
    names: Mapping[str, tuple[int, str]],
    now: datetime | None,
) -> Surroundings:
    here = (now or datetime.now(UTC)).astimezone(zone_of(time_zone))
    return Surroundings(
        tabs=[tab.shape for tab in tabs],
        names=names,
        decimal_comma=region(locale).decimal == ",",
        today=int(serials.serial(here.date())),
        now=float(serials.serial(here)),
    )


def _areas(known: Iterable[Translated]) -> set[Area] | None:
    """The cells referred to; `None` (all) when a formula makes its references itself."""
    areas: set[Area] = set()
    for formula in known:
        if {"INDIRECT", "OFFSET"} & formula.functions:
            return None
        areas |= formula.areas
    return areas


def _ends_in_blank(
    key: CellKey, links: Mapping[CellKey, CellKey], results: Mapping[CellKey, Scalar], tabs: Sequence[Tab]
) -> bool:
    """Whether a formula that is only a reference leads, perhaps through others, to a blank cell."""
    seen = set()
    while key in links and key not in seen and not isinstance(results[key], CellError):
        seen.add(key)
        key = links[key]
    if key in seen or key in results:
        return False
    tab, row, column = key
    rows = tabs[tab].rows
    return row >= len(rows) or column >= len(rows[row]) or rows[row][column] is None


def _shape(index: int, sheet: Sheet) -> TabShape:
    return TabShape(index, sheet.title, sheet.row_count, sheet.column_count)


def _names(document: Document) -> dict[str, tuple[int, str]]:
    """The document's named ranges by upper-case name."""
    places = {sheet.sheet_id: index for index, sheet in enumerate(document.sheets)}
    names = {}
    for named in document.named_ranges:
        cells = named.get("range", {})
        index = places.get(cells.get("sheetId", 0))
        if index is not None:
            names[str(named.get("name", "")).upper()] = (index, _a1(cells, document.sheets[index]))
    return names


def _a1(cells: Mapping[str, Any], sheet: Sheet) -> str:
    top, left = cells.get("startRowIndex", 0), cells.get("startColumnIndex", 0)
    bottom, right = cells.get("endRowIndex", sheet.row_count), cells.get("endColumnIndex", sheet.column_count)
    start, end = f"{letters(left)}{top + 1}", f"{letters(right - 1)}{bottom}"
    return start if start == end else f"{start}:{end}"


def sparklines(
    document: Document, tab: int, formulas: Mapping[tuple[int, int], str], now: datetime | None = None
) -> dict[tuple[int, int], SparklineCall]:
    """The pictures in cells of one tab, by (row, column), with the values that they show now."""
    tabs = [Tab(_shape(index, sheet), []) for index, sheet in enumerate(document.sheets)]
    around = _surroundings(tabs, document.locale, document.time_zone, _names(document), now)

    def locate(sheet: str | None, cells: str) -> tuple[int, int, int, int, int]:
        if sheet != "":
            return astuple(area_of(sheet, cells, tabs[tab].shape, around))
        if cells.upper() not in around.names:
            raise FormulaError("NAME", f"Unknown range name: '{cells}'.")
        index, named = around.names[cells.upper()]
        return astuple(area_of(None, named, tabs[index].shape, around))

    def evaluated(texts: Sequence[str]) -> list[Scalar]:
        plain = {
            text: value
            for text in texts
            if (value := plain_literal(text, decimal_comma=around.decimal_comma)) is not None
        }
        others = [text for text in texts if text not in plain]
        asked = [(text, 0, 0) for text in others]
        worked_out = dict(zip(others, at_cells(document, tab, asked, now), strict=True)) if asked else {}
        return [plain.get(text, worked_out.get(text)) for text in texts]

    return calls_of(formulas, document, locate, evaluated, decimal_comma=around.decimal_comma)
