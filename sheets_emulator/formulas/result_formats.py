"""The number format that a formula gives its result, as Google does for a cell without one of its own.

A date function gives a date; a reference gives the format of its cell; sums, products and most functions
give the format of their first operand that has one. The format goes with the value (`FormulaInt`,
`FormulaFloat`), never into the cell's own format.

What Google documents of it: CellData.effectiveFormat holds 'the computed number format'. How operands
combine is what its editor is seen to do: currency outranks other formats in a product, a quotient of two
like formats is a plain number, and so is the difference of two dates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sheets_emulator.formulas.syntax import (
    Surroundings,
    TabShape,
    area_of,
)
from sheets_emulator.formulas.tokens import FormulaError, Token, checked_tokens
from sheets_emulator.numbers.formats import is_date_format

if TYPE_CHECKING:
    from sheets_emulator.book.document import Document
    from sheets_emulator.book.grid import Scalar
    from sheets_emulator.formulas.evaluator import CellKey

NumberFormat = Mapping[str, Any]
_OF_ITS_OWN: Mapping[str, str] = {
    **dict.fromkeys(("DATE", "TODAY", "EDATE", "EOMONTH", "WORKDAY", "WORKDAY.INTL", "TO_DATE"), "DATE"),
    "NOW": "DATE_TIME",
    "TIME": "TIME",
    "TO_PERCENT": "PERCENT",
}
# Function → which of its arguments (0-based) give the format; the rest of the functions listed give none.
_ARGUMENTS: Mapping[str, slice] = {
    **dict.fromkeys(("SUM", "AVERAGE", "MIN", "MAX", "MEDIAN", "MODE", "SUMPRODUCT"), slice(None)),
    **dict.fromkeys(("ABS", "ROUND", "ROUNDUP", "ROUNDDOWN", "MROUND", "CEILING", "FLOOR"), slice(1)),
    **dict.fromkeys(("INT", "TRUNC", "LARGE", "SMALL", "PERCENTILE", "QUARTILE"), slice(1)),
    **dict.fromkeys(("SUMIFS", "AVERAGEIFS", "MAXIFS", "MINIFS", "ARRAYFORMULA"), slice(1)),
    **dict.fromkeys(("SUBTOTAL", "CHOOSE"), slice(1, None)),
    **dict.fromkeys(("IFERROR", "IFNA"), slice(2)),
    "IF": slice(1, 3),
}
# They take the format of their last range, or of the first one where there is no other.
_LAST_RANGE = frozenset({"SUMIF", "AVERAGEIF"})
# Deeper formulas keep the automatic format: reading them takes eight frames of the stack a bracket.
_MOST_BRACKETS = 30
_LEVELS = (frozenset({"=", "<>", "<", ">", "<=", ">="}), frozenset("&"), frozenset("+-"), frozenset("*/"))


class FormulaInt(int):
    """A whole number that a formula came to, with the format that goes with it (None: automatic)."""

    number_format: NumberFormat | None = None


class FormulaFloat(float):
    """A number that a formula came to, with the format that goes with it (None: automatic)."""

    number_format: NumberFormat | None = None


def with_format(value: Scalar, number_format: NumberFormat | None) -> Scalar:
    """A formula's number carrying its format; every other value as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    made = FormulaInt(value) if isinstance(value, int) else FormulaFloat(value)
    made.number_format = number_format
    return made


def without_format(value: Scalar) -> Scalar:
    """A formula's number as a plain one; every other value as it is."""
    if isinstance(value, FormulaInt):
        return int(value)
    return float(value) if isinstance(value, FormulaFloat) else value


def is_carrying(value: Scalar) -> bool:
    """Whether a value is a number from a formula."""
    return type(value) in {FormulaInt, FormulaFloat}


def is_bare(value: Scalar) -> bool:
    """Whether a formula's value is a number as it comes from storage, its format not known."""
    return type(value) in {int, float}


class _NeedsError(Exception):
    """Another formula's format must be known first."""

    def __init__(self, key: CellKey) -> None:
        super().__init__(key)
        self.key = key


class Formats:
    """Tells the formats of a document's formulas, each worked out once."""

    def __init__(self, document: Document, around: Surroundings) -> None:
        self._document, self._around = document, around
        self._known: dict[CellKey, NumberFormat | None] = {}
        self._waiting: dict[CellKey, None] = {}

    def of(self, key: CellKey) -> NumberFormat | None:
        """The format that the formula in this cell gives its result; None if it gives none."""
        self._waiting = {key: None}
        while self._waiting:
            top = next(reversed(self._waiting))
            try:
                self._known[top] = self._inferred(top)
            except _NeedsError as needs:
                self._waiting[needs.key] = None
            else:
                del self._waiting[top]
        return self._known[key]

    def _inferred(self, key: CellKey) -> NumberFormat | None:
        formula = self._document.sheets[key[0]].grid.formula(key[1], key[2])
        home = self._around.tabs[key[0]]
        try:
            tokens = checked_tokens(
                formula or "=", decimal_comma=self._around.decimal_comma, max_depth=_MOST_BRACKETS
            )
            reader = _Reader(tokens, lambda sheet, cells: self._of_range(sheet, cells, home), self._of_name)
            return reader.whole()
        except FormulaError:
            return None

    def _of_name(self, name: str) -> NumberFormat | None:
        tab, cells = self._around.names.get(name.upper(), (0, ""))
        return self._of_range(None, cells, self._around.tabs[tab]) if cells else None

    def _of_range(self, sheet: str | None, cells: str, home: TabShape) -> NumberFormat | None:
        """The format of the first number in a range."""
        area = area_of(sheet, cells, home, self._around)
        grid = self._document.sheets[area.tab].grid
        for row in range(area.top, min(area.bottom, len(grid.rows))):
            values = grid.rows[row].values
            for column in range(area.left, min(area.right, len(values))):
                if isinstance(values[column], int | float) and not isinstance(values[column], bool):
                    return self._of_cell((area.tab, row, column))
        return None

    def _of_cell(self, key: CellKey) -> NumberFormat | None:
        tab, row, column = key
        grid = self._document.sheets[tab].grid
        style = self._document.styles[grid.style(row, column)]
        own: NumberFormat | None = style.get("userEnteredFormat", {}).get("numberFormat")
        if own:
            return None if own.get("type") == "TEXT" else own
        if grid.formula(row, column) is not None and key not in self._known:
            if key in self._waiting:  # a circle
                return None
            raise _NeedsError(key)
        return self._known.get(key)


class _Reader:
    """Reads a formula's tokens once and works out its format on the way."""

    def __init__(
        self,
        tokens: Sequence[Token],
        of_range: Callable[[str | None, str], NumberFormat | None],
        of_name: Callable[[str], NumberFormat | None],
    ) -> None:
        self._tokens, self._of_range, self._of_name = tokens, of_range, of_name
        self._at = 0

    def whole(self) -> NumberFormat | None:
        return self._expression(0)

    def _next(self) -> Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "", None)

    def _expression(self, level: int) -> NumberFormat | None:
        """Operands joined by operators of this level or a tighter one."""
        form = self._operand()
        while True:
            kind, sign, _ = self._next()
            own = next((n for n, signs in enumerate(_LEVELS) if sign in signs), 4)
            if kind != "operator" or own < level:
                return form
            self._at += 1
            if sign == "%":
                continue
            form = _combined(form, sign, self._expression(own + 1))

    def _operand(self) -> NumberFormat | None:
        while self._next()[0] == "operator":
            self._at += 1
        kind, text, sheet = self._next()
        self._at += 1
        if kind == "range":
            return self._of_range(sheet, text)
        if kind == "open":
            return next(iter(self._arguments()), None)
        if kind != "name":
            return None
        if self._next()[1] != "(":
            return self._of_name(text)
        self._at += 1
        return _given(text.upper(), self._arguments())

    def _arguments(self) -> list[NumberFormat | None]:
        """The formats of what stands in a bracket, up to and with its end."""
        forms: list[NumberFormat | None] = []
        while True:
            blank = self._next()[0] in {"close", "mark"}
            forms.append(None if blank else self._expression(0))
            kind = self._next()[0]
            self._at += 1
            if kind == "close":
                return forms
            if kind != "mark":
                raise FormulaError("ERROR", "Formula parse error.")


def _given(function: str, arguments: Sequence[NumberFormat | None]) -> NumberFormat | None:
    if function in _OF_ITS_OWN:
        return {"type": _OF_ITS_OWN[function]}
    if function in _LAST_RANGE:
        return (arguments[2] if len(arguments) > 2 else next(iter(arguments), None)) or None
    return next(filter(None, arguments[_ARGUMENTS.get(function, slice(0))]), None)


def _combined(left: NumberFormat | None, sign: str, right: NumberFormat | None) -> NumberFormat | None:
    """The format of two operands' result."""
    if sign in _LEVELS[0] or sign == "&":
        return None
    dates = (is_date_format(left), is_date_format(right))
    if sign == "-" and all(dates):
        return None
    if sign in "+-":
        return right if dates[1] and not dates[0] else left or right
    if any(dates) or sign == "^":
        return None if any(dates) else left
    if sign == "/":
        return None if left and right and left.get("type") == right.get("type") else left
    currency = next((one for one in (left, right) if one and one.get("type") == "CURRENCY"), None)
    return currency or left or right
