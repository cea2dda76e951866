"""SPARKLINE in formulas: for the calculation a blank text, for a page a picture that is asked for here.

A call may stand anywhere in a formula (`=IF(A2>0;SPARKLINE(B2:M2);"")`); whether its picture is shown is what the
formula comes to with a sign in its place. Its data are a range, an array of values or one expression.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sheets_emulator.book.grid import CellError, Scalar
from sheets_emulator.formulas.tokens import FormulaError, Token, checked_tokens

if TYPE_CHECKING:
    from sheets_emulator.book.document import Document

HAS_SPARKLINE = re.compile(r"\bSPARKLINE\s*\(", re.IGNORECASE)
_SIGN = chr(0xE100)  # of Unicode's private area: stands for a picture in a formula's result
Place = tuple[int, int]
Evaluate = Callable[[Sequence[str]], Sequence[Scalar]]  # formulas → what they come to
Rectangle = tuple[int, int, int, int, int]  # number of the tab; top, left, bottom, right, half open
Locate = Callable[[str | None, str], Rectangle]  # (tab, range) as written → its cells


@dataclass(frozen=True)
class SparklineCall:
    """What a call was given: rows of values, and options by lower-case name."""

    rows: Sequence[Sequence[Scalar]]
    options: Mapping[str, Scalar] = field(default_factory=dict)


def without_sparklines(tokens: list[Token]) -> list[Token]:
    """The tokens with each call of SPARKLINE as the blank text that it is for all other cells."""
    return _replaced(tokens, lambda _: ("literal", '""', None)) if _calls(tokens) else tokens


_LITERAL = re.compile(
    r'=(?:"(?P<text>(?:[^"]|"")*)"|(?P<number>-?\d+(?:[.,]\d+)?)|(?P<truth>TRUE|FALSE))', re.IGNORECASE
)


def plain_literal(formula: str, *, decimal_comma: bool) -> Scalar:
    """The value of a formula that is one text, number or truth value and no more; None for any other."""
    match = _LITERAL.fullmatch(formula)
    if match is None:
        return None
    if match["text"] is not None:
        return match["text"].replace('""', '"')
    if match["truth"] is not None:
        return match["truth"].upper() == "TRUE"
    return float(match["number"].replace(",", ".")) if decimal_comma or "," not in match["number"] else None


def _calls(tokens: Sequence[Token]) -> list[tuple[int, int]]:
    """First and last token of each outermost call."""
    calls: list[tuple[int, int]] = []
    for start, (kind, text, _) in enumerate(tokens):
        inside = calls and start <= calls[-1][1]
        follows = tokens[start + 1][1] if start + 1 < len(tokens) else ""
        if kind == "name" and text.upper() == "SPARKLINE" and follows == "(" and not inside:
            calls.append((start, _closing(tokens, start + 1)))
    return calls


def _closing(tokens: Sequence[Token], opening: int) -> int:
    depth = 0
    for place in range(opening, len(tokens)):
        depth += {"open": 1, "close": -1}.get(tokens[place][0], 0)
        if not depth:
            return place
    raise FormulaError("ERROR", "Formula parse error.")


def _replaced(tokens: Sequence[Token], by: Callable[[int], Token]) -> list[Token]:
    made: list[Token] = []
    at = 0
    for number, (start, end) in enumerate(_calls(tokens)):
        made += [*tokens[at:start], by(number)]
        at = end + 1
    return [*made, *tokens[at:]]


def calls_of(
    formulas: Mapping[Place, str],
    document: Document,
    locate: Locate,
    evaluate: Evaluate,
    *,
    decimal_comma: bool,
) -> dict[Place, SparklineCall]:
    """The pictures that the formulas of a tab show now; those that show none are left out.

    `evaluate` works out formulas of that tab, all together, for each call of the engine is dear.
    """
    asked: dict[Place, list[_Asked]] = {}
    wholes: dict[Place, str] = {}
    for place, formula in formulas.items():
        try:
            tokens = checked_tokens(formula, decimal_comma=decimal_comma)
            asked[place] = [
                _asked(tokens[start + 2 : end], decimal_comma=decimal_comma) for start, end in _calls(tokens)
            ]
        except FormulaError:
            continue
        if len(_calls(tokens)) != 1 or _calls(tokens)[0] != (0, len(tokens) - 1):
            signs = _replaced(tokens, lambda number: ("string", f'"{_SIGN}{number}"', None))
            wholes[place] = _written(signs)
    shown = dict(zip(wholes, evaluate(list(wholes.values())), strict=True)) if wholes else {}
    chosen = {place: _chosen(calls, shown.get(place, f"{_SIGN}0")) for place, calls in asked.items()}
    wanted = {place: call for place, call in chosen.items() if call is not None}
    texts = list(dict.fromkeys(text for call in wanted.values() for text in call.expressions()))
    known = dict(zip(texts, evaluate(texts), strict=True)) if texts else {}
    return {place: call.with_values(known, document, locate) for place, call in wanted.items()}


def _chosen(calls: list[_Asked], value: Scalar) -> _Asked | None:
    """The call whose sign a formula came to."""
    if not isinstance(value, str) or isinstance(value, CellError) or not value.startswith(_SIGN):
        return None
    number = value[1:]
    return calls[int(number)] if number.isdecimal() and int(number) < len(calls) else None


@dataclass(frozen=True)
class _Given:
    """An argument: a range, or rows of expressions."""

    cells: tuple[str | None, str] | None = None
    rows: Sequence[Sequence[str]] = ()

    def values(self, known: Mapping[str, Scalar], document: Document, locate: Locate) -> list[list[Scalar]]:
        if self.cells is None:
            return [[known.get(text) for text in row] for row in self.rows]
        try:
            tab, top, left, bottom, right = locate(*self.cells)
        except FormulaError:
            return []
        grid = document.sheets[tab].grid
        bottom = min(bottom, max(len(grid.rows), top + 1))
        return [[grid.value(row, column) for column in range(left, right)] for row in range(top, bottom)]


@dataclass(frozen=True)
class _Asked:
    """A call as it is written."""

    data: _Given
    options: _Given

    def expressions(self) -> list[str]:
        return [text for given in (self.data, self.options) for row in given.rows for text in row]

    def with_values(self, known: Mapping[str, Scalar], document: Document, locate: Locate) -> SparklineCall:
        pairs = [row for row in self.options.values(known, document, locate) if len(row) >= 2]
        named = {str(row[0]).strip().lower(): row[1] for row in pairs}
        return SparklineCall(self.data.values(known, document, locate), named)


def _asked(inside: Sequence[Token], *, decimal_comma: bool) -> _Asked:
    """What stands between a call's brackets, its arguments parted."""
    parts = _parted(inside, {";"} if decimal_comma else {";", ","})
    if not parts[0]:
        raise FormulaError("N_A", "Wrong number of arguments to SPARKLINE.")
    given = [_given(part, decimal_comma=decimal_comma) for part in parts[:2]]
    return _Asked(given[0], given[1] if len(given) > 1 else _Given())


def _given(tokens: Sequence[Token], *, decimal_comma: bool) -> _Given:
    if len(tokens) == 1 and tokens[0][0] == "range":
        return _Given(cells=(tokens[0][2], tokens[0][1]))
    if len(tokens) == 1 and tokens[0][0] == "name" and tokens[0][1].upper() not in {"TRUE", "FALSE"}:
        return _Given(cells=("", tokens[0][1]))
    if tokens and tokens[0][1] == "{" and _closing(tokens, 0) == len(tokens) - 1:
        rows, columns = _parted(tokens[1:-1], {";"}), "\\" if decimal_comma else ","
        return _Given(rows=[[_written(one) for one in _parted(row, {columns})] for row in rows])
    return _Given(rows=[[_written(tokens)]] if tokens else [])


def _parted(tokens: Sequence[Token], marks: set[str]) -> list[list[Token]]:
    """The tokens between marks that stand in no bracket."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += {"open": 1, "close": -1}.get(token[0], 0)
        if token[0] == "mark" and token[1] in marks and not depth:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _written(tokens: Sequence[Token]) -> str:
    """The tokens as a formula again."""
    return "=" + "".join(f"{tab}!{text}" if tab else text for _, text, tab in tokens)
