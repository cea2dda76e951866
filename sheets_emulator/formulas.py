"""Formulas: every formula cell of a document gets the value it comes to now.

The evaluation itself is IronCalc's (PyPI `ironcalc`, MIT or Apache 2.0), loaded only when a document has
formulas. What the engine cannot do comes to `#NAME?`; nothing is kept from an earlier state. Results that
would fill neighbouring cells (`=UNIQUE(A1:A9)`) are not emulated and come to `#NAME?` too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sheets_emulator import serials
from sheets_emulator.formula_syntax import (
    FormulaError,
    Surroundings,
    TabShape,
    Translated,
    column_letters,
    engine_tab,
    translate,
)
from sheets_emulator.grid import CellError, Scalar
from sheets_emulator.locales import region
from sheets_emulator.number_formats import ERROR_TEXTS

if TYPE_CHECKING:
    from sheets_emulator.document import Document, Sheet

CellKey = tuple[int, int, int]  # (tab, row, column), all 0-based
_KINDS = {text: kind for kind, text in ERROR_TEXTS.items()}
_OTHER_KINDS = {
    "#SPILL!": ("NAME", "Array results over several cells are not emulated."),
    "#CALC!": ("N_A", "No matches are found."),
    "#CIRC!": (
        "REF",
        "Circular dependency detected. To resolve with iterative calculation, see File > Settings.",
    ),
    "#N/IMPL!": ("NAME", "This function is not emulated."),
    "#N/IMPL": ("NAME", "This function is not emulated."),
}
_MESSAGES = {
    "ERROR": "Formula parse error.",
    "DIVIDE_BY_ZERO": "Function DIVIDE parameter 2 cannot be zero.",
    "VALUE": "A parameter has a value of the wrong type.",
    "REF": "Reference does not exist.",
    "NUM": "The result is not a number that can be shown.",
    "N_A": "Did not find a value.",
    "NULL_VALUE": "The ranges do not meet.",
}
# An undefined name: the formula and all that depend on it come to #NAME?.
_NOT_EMULATED = "=NOT_EMULATED_"


@dataclass(frozen=True)
class Tab:
    """The cells of one tab for evaluation: its shape, plain values, and formulas by (row, column)."""

    shape: TabShape
    rows: Sequence[Sequence[Scalar]]
    formulas: Mapping[tuple[int, int], str] = field(default_factory=dict)


def recalculate(document: Document, now: datetime | None = None) -> None:
    """Put what each formula comes to now into the document's cells.

    `now` (aware UTC) is what NOW() and TODAY() say in the file's time zone; without it the clock is read.
    """
    found = [
        {(row, column): text for row, column, text in sheet.grid.formulas()} for sheet in document.sheets
    ]
    if not any(found):
        return
    tabs = [
        Tab(_shape(index, sheet), [row.values for row in sheet.grid.rows], formulas)
        for index, (sheet, formulas) in enumerate(zip(document.sheets, found, strict=True))
    ]
    results = evaluate(tabs, document.locale, document.time_zone, names=_names(document), now=now)
    for (tab, row, column), value in results.items():
        document.sheets[tab].grid.set_effective(row, column, value)


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
    engine = _Engine([*tabs, Tab(TabShape(beside, "", len(wanted), 1), [])])
    found: dict[int, Translated | CellError] = {}
    for number, (text, down, right) in enumerate(wanted):
        try:
            known = translate(text, tabs[tab].shape, around, (down, right))
        except FormulaError as error:
            found[number] = CellError(ERROR_TEXTS[error.kind], error.kind, error.message)
            continue
        found[number] = known
        engine.enter((beside, number, 0), known.text)
    needed = {index for known in found.values() if isinstance(known, Translated) for index in known.tabs}
    engine.load(needed)
    engine.settle()
    return [
        known if isinstance(known, CellError) else engine.value((beside, number, 0), known)
        for number, known in found.items()
    ]


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
    engine = _Engine(tabs)
    refused: dict[CellKey, CellError] = {}
    blanks: dict[CellKey, CellKey] = {}
    known: dict[CellKey, Translated] = {}
    for tab in tabs:
        for (row, column), text in tab.formulas.items():
            key = (tab.shape.index, row, column)
            try:
                known[key] = translated = translate(text, tab.shape, around)
            except FormulaError as error:
                refused[key] = CellError(ERROR_TEXTS[error.kind], error.kind, error.message)
                engine.refuse(key, error.kind)
                continue
            engine.enter(key, translated.text)
            if translated.lone_cell:
                blanks[key] = translated.lone_cell
    engine.load(_tabs_needed(tabs, known))
    engine.settle()
    results: dict[CellKey, Scalar] = {key: engine.value(key, known[key]) for key in known}
    results.update(refused)
    for key in blanks:
        if _ends_in_blank(key, blanks, results, tabs):
            results[key] = None
    return results


class _Engine:
    """One IronCalc model holding the document's cells, made for one evaluation."""

    def __init__(self, tabs: Sequence[Tab]) -> None:
        import ironcalc  # noqa: PLC0415  # a document without formulas must not pay for it

        self._errors = ironcalc.CellType.ErrorValue
        self._model: Any = ironcalc.create("document", "en", "UTC", "en")
        self._tabs = tabs
        self._loaded: set[CellKey] = set()
        self._formulas: set[CellKey] = set()
        self._not_emulated: set[CellKey] = set()
        for tab in tabs:
            name = engine_tab(tab.shape.index)
            if tab.shape.index == 0:
                self._model.rename_sheet(0, name)
            else:
                self._model.add_sheet(name)

    def enter(self, key: CellKey, text: str) -> None:
        """Set a translated formula."""
        tab, row, column = key
        self._formulas.add(key)
        self._model.update_cell_with_formula(tab, row + 1, column + 1, text)

    def refuse(self, key: CellKey, kind: str) -> None:
        """Set a formula that is known to be an error, so that those that depend on it see the error."""
        self.enter(key, "=#REF!" if kind == "REF" else "=#ERROR!" if kind == "ERROR" else _NOT_EMULATED)

    def load(self, tabs: Iterable[int]) -> None:
        """Set the plain values of these tabs."""
        for index in tabs:
            formulas = self._tabs[index].formulas
            for row, values in enumerate(self._tabs[index].rows):
                for column, value in enumerate(values):
                    if value is not None and (row, column) not in formulas:
                        self._load(index, row + 1, column + 1, value)
                        self._loaded.add((index, row, column))

    def _load(self, tab: int, row: int, column: int, value: Scalar) -> None:
        if isinstance(value, bool):
            self._model.update_cell_with_bool(tab, row, column, value)
        elif isinstance(value, str):
            self._model.update_cell_with_text(tab, row, column, value)
        elif value is not None:
            self._model.update_cell_with_number(tab, row, column, float(value))

    def settle(self) -> None:
        """Evaluate; formulas whose result spreads over neighbours are then refused, with their dependents."""
        self._model.evaluate()
        spread = self._spreading()
        while spread:
            for tab, row, column in spread:
                self._not_emulated.add((tab, row, column))
                self._model.clear_cell_contents(tab, row + 1, column + 1)
                self.enter((tab, row, column), _NOT_EMULATED)
            self._model.evaluate()
            spread = self._spreading() - self._not_emulated

    def _spreading(self) -> set[CellKey]:
        """The formulas behind cells that nobody filled in."""
        cells = {(tab, row - 1, column - 1) for tab, row, column in self._model.get_all_cells()}
        own = self._formulas | self._loaded
        extra = {c for c in cells - own if self._model.get_cell_value(c[0], c[1] + 1, c[2] + 1) is not None}
        found = set()
        for tab, row, column in extra:
            while (tab, row - 1, column) in extra:
                row -= 1  # noqa: PLW2901  # climbing to the first row of the spread
            while (tab, row, column) in extra and (tab, row - 1, column) not in self._formulas:
                column -= 1  # noqa: PLW2901  # then to its first column
            anchor = (tab, row, column) if (tab, row, column) in self._formulas else (tab, row - 1, column)
            if anchor in self._formulas:
                found.add(anchor)
        return found

    def value(self, key: CellKey, formula: Translated) -> Scalar:
        """What a formula came to."""
        tab, row, column = key[0], key[1] + 1, key[2] + 1
        value = self._model.get_cell_value(tab, row, column)
        if key in self._not_emulated:
            return CellError("#NAME?", "NAME", _OTHER_KINDS["#SPILL!"][1])
        if isinstance(value, str) and self._model.get_cell_type(tab, row, column) == self._errors:
            return _error(value, formula)
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
            return int(value)
        return value if isinstance(value, bool | float | str) else None


def _error(text: str, formula: Translated) -> CellError:
    if text in _OTHER_KINDS:
        kind, message = _OTHER_KINDS[text]
    else:
        kind = _KINDS.get(text, "ERROR")
        message = _MESSAGES.get(kind, "")
        if kind == "NAME":
            message = f"Unknown function or range name in a formula with: {', '.join(sorted(formula.functions)) or 'a name'}."
    return CellError(ERROR_TEXTS[kind], kind, message)


def _surroundings(
    tabs: Sequence[Tab],
    locale: str,
    time_zone: str,
    names: Mapping[str, tuple[int, str]],
    now: datetime | None,
) -> Surroundings:
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = ZoneInfo("UTC")
    here = (now or datetime.now(UTC)).astimezone(zone)
    return Surroundings(
        tabs=[tab.shape for tab in tabs],
        names=names,
        decimal_comma=region(locale).decimal == ",",
        today=int(serials.serial(here.date())),
        now=float(serials.serial(here)),
    )


def _tabs_needed(tabs: Sequence[Tab], known: Mapping[CellKey, Translated]) -> set[int]:
    """Tabs whose values can matter: those referred to, or all when a formula makes its references itself."""
    if any({"INDIRECT", "OFFSET"} & formula.functions for formula in known.values()):
        return {tab.shape.index for tab in tabs}
    return {index for formula in known.values() for index in formula.tabs} | {key[0] for key in known}


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
    top, left = cells.get("startRowIndex", 0) + 1, cells.get("startColumnIndex", 0) + 1
    bottom, right = cells.get("endRowIndex", sheet.row_count), cells.get("endColumnIndex", sheet.column_count)
    start, end = f"{column_letters(left)}{top}", f"{column_letters(right)}{bottom}"
    return start if start == end else f"{start}:{end}"
