"""IronCalc (PyPI `ironcalc`, MIT or Apache 2.0) as the evaluator of one document's formulas."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sheets_emulator.book.grid import CellError, Scalar
from sheets_emulator.formulas.syntax import Area, TabShape, Translated, engine_tab
from sheets_emulator.numbers.formats import ERROR_TEXTS

CellKey = tuple[int, int, int]  # (tab, row, column), all 0-based
_KINDS = {text: kind for kind, text in ERROR_TEXTS.items()}
_SPREADING = "Array results over several cells are not emulated."
_BROKEN = "This formula is not emulated."
_OTHER_KINDS = {
    "#SPILL!": ("NAME", _SPREADING),
    "#CALC!": ("N_A", "No matches are found."),
    "#CIRC!": (
        "REF",
        "Circular dependency detected. To resolve with iterative calculation, see File > Settings.",
    ),
    "#N/IMPL!": ("NAME", "This function is not emulated."),
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


def standing_for(kind: str) -> str:
    """A formula that comes to an error, for one that does before it is evaluated: dependents see it."""
    return {"REF": "=#REF!", "ERROR": "=#ERROR!"}.get(kind, _NOT_EMULATED)


@dataclass(frozen=True)
class Tab:
    """The cells of one tab for evaluation: its shape, plain values, and formulas by (row, column)."""

    shape: TabShape
    rows: Sequence[Sequence[Scalar]]
    formulas: Mapping[tuple[int, int], str] = field(default_factory=dict)


class _PanicError(Exception):
    """The engine gave up inside; its model cannot be trusted any more."""


class Engine:
    """One model holding what the formulas need of the document, made for one evaluation."""

    def __init__(self, tabs: Sequence[Tab], areas: Iterable[Area] | None) -> None:
        """Takes the document and the areas that formulas refer to; `None` for all that there are."""
        import ironcalc  # noqa: PLC0415  # a document without formulas must not pay for it

        self._engine: Any = ironcalc
        self._tabs = tabs
        if areas is None:
            areas = [Area(t.shape.index, 0, 0, len(t.rows), t.shape.column_count) for t in tabs]
        widths = [max(map(len, tab.rows), default=0) for tab in tabs]
        self._loaded = _Spans.of(areas, widths, [len(tab.rows) for tab in tabs])
        self._formulas: dict[CellKey, str] = {}
        self._refused: dict[CellKey, str] = {}  # what was refused here, and why
        self._model: Any = None

    def settle(self, formulas: Mapping[CellKey, str]) -> None:
        """Evaluate these formulas; those that break the engine or spread over neighbours are refused.

        A refused formula and all that depend on it come to `#NAME?`.
        """
        self._formulas = dict(formulas)
        try:
            self._evaluate(self._formulas)
        except _PanicError:
            self._sort_out(list(formulas))
            self._evaluate(self._formulas)
        while spread := self._spreading() - set(self._refused):
            for key in spread:
                self._refuse(key, _SPREADING)
            self._evaluate(self._formulas)

    def _sort_out(self, keys: list[CellKey]) -> None:
        """Refuse the formulas that break the engine, known by halving."""
        good: dict[CellKey, str] = {}
        waiting = [keys]
        while waiting:
            part = waiting.pop()
            wanted = {key: self._formulas[key] for key in part}
            try:
                self._evaluate(good | wanted)
                good |= wanted
            except _PanicError:
                if len(part) == 1:
                    self._refuse(part[0], _BROKEN)
                    good[part[0]] = _NOT_EMULATED
                else:
                    waiting += [part[len(part) // 2 :], part[: len(part) // 2]]

    def _refuse(self, key: CellKey, message: str) -> None:
        self._formulas[key] = _NOT_EMULATED
        self._refused[key] = message

    def _evaluate(self, formulas: Mapping[CellKey, str]) -> None:
        """Make a fresh model of the loaded values and these formulas, and let it calculate."""
        self._model = self._engine.create("document", "en", "UTC", "en")
        for tab in self._tabs:
            name = engine_tab(tab.shape.index)
            if tab.shape.index == 0:
                self._model.rename_sheet(0, name)
            else:
                self._model.add_sheet(name)
        self._load()
        for key, text in formulas.items():
            try:
                self._model.update_cell_with_formula(key[0], key[1] + 1, key[2] + 1, text)
            except self._engine.WorkbookError:
                self._model.update_cell_with_formula(key[0], key[1] + 1, key[2] + 1, "=#ERROR!")
        try:
            self._model.evaluate()
        except BaseException as error:
            # A Rust panic is no Exception; its class cannot be imported.
            if type(error).__name__ != "PanicException":
                raise
            raise _PanicError from None

    def _load(self) -> None:
        for (index, column), spans in self._loaded.by_column.items():
            rows, formulas = self._tabs[index].rows, self._tabs[index].formulas
            for start, end in spans:
                for row in range(start, end):
                    values = rows[row]
                    if column < len(values) and values[column] is not None and (row, column) not in formulas:
                        self._put(index, row + 1, column + 1, values[column])

    def _put(self, tab: int, row: int, column: int, value: Scalar) -> None:
        if isinstance(value, bool):
            self._model.update_cell_with_bool(tab, row, column, value)
        elif isinstance(value, CellError):
            self._model.update_cell_with_formula(tab, row, column, f"={value}")
        elif isinstance(value, str):
            self._model.update_cell_with_text(tab, row, column, value)
        elif value is not None:
            self._model.update_cell_with_number(tab, row, column, float(value))

    def _spreading(self) -> set[CellKey]:
        """The formulas that filled cells beside them."""
        sources = set()
        for tab, top, left in self._formulas:
            for row, column in ((top + 1, left), (top, left + 1)):
                if self._is_filled(tab, row, column):
                    sources.add(self._source(tab, row, column))
        return sources & set(self._formulas)

    def _is_filled(self, tab: int, row: int, column: int) -> bool:
        """Whether a cell that is nobody's own has got a value."""
        key = (tab, row, column)
        if key in self._formulas or self._model.get_cell_value(tab, row + 1, column + 1) is None:
            return False
        rows = self._tabs[tab].rows
        own = row < len(rows) and column < len(rows[row]) and rows[row][column] is not None
        return not (own and self._loaded.covers(key))

    def _source(self, tab: int, row: int, column: int) -> CellKey:
        """The formula from which a filled cell got its value: up to the first row, then left."""
        while self._is_filled(tab, row - 1, column):
            row -= 1
        if (tab, row - 1, column) in self._formulas:
            return tab, row - 1, column
        while self._is_filled(tab, row, column):
            column -= 1
        return tab, row, column

    def value(self, key: CellKey, formula: Translated) -> Scalar:
        """What a formula came to."""
        tab, row, column = key[0], key[1] + 1, key[2] + 1
        if key in self._refused:
            return CellError("#NAME?", "NAME", self._refused[key])
        value = self._model.get_cell_value(tab, row, column)
        if (
            isinstance(value, str)
            and self._model.get_cell_type(tab, row, column) == self._engine.CellType.ErrorValue
        ):
            return _error(value, formula)
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
            return int(value)
        return value if isinstance(value, bool | float | str) else None


class _Spans:
    """Spans of rows by (tab, column), sorted and apart from each other."""

    def __init__(self) -> None:
        self.by_column: dict[tuple[int, int], list[tuple[int, int]]] = {}

    @classmethod
    def of(cls, areas: Iterable[Area], widths: Sequence[int], heights: Sequence[int]) -> _Spans:
        """The spans that cover these areas, as far as the tabs hold anything."""
        raw: dict[tuple[int, int], set[tuple[int, int]]] = {}
        for area in set(areas):
            span = (area.top, min(area.bottom, heights[area.tab]))
            if span[0] < span[1]:
                for column in range(area.left, min(area.right, widths[area.tab])):
                    raw.setdefault((area.tab, column), set()).add(span)
        made = cls()
        for place, spans in raw.items():
            merged: list[tuple[int, int]] = []
            for start, end in sorted(spans):
                if merged and start <= merged[-1][1]:
                    merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
                else:
                    merged.append((start, end))
            made.by_column[place] = merged
        return made

    def covers(self, key: CellKey) -> bool:
        """Whether a cell lies within."""
        spans = self.by_column.get((key[0], key[2]), [])
        at = bisect_right(spans, (key[1], 1 << 62)) - 1
        return at >= 0 and key[1] < spans[at][1]


def _error(text: str, formula: Translated) -> CellError:
    kind, message = _OTHER_KINDS.get(text, (_KINDS.get(text, "ERROR"), ""))
    if kind == "NAME" and not message:
        message = f"Unknown function or range name: {', '.join(sorted(formula.functions)) or 'the formula'}."
    return CellError(ERROR_TEXTS[kind], kind, message or _MESSAGES.get(kind, ""))
