"""Conditional formats: which rules hold for a cell, and what they lay over its own format."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sheets_emulator.book.defaults import normalise
from sheets_emulator.book.references import translated
from sheets_emulator.cells.conditions import Conditions, Json, Scalar
from sheets_emulator.formulas.calculation import at_cells
from sheets_emulator.numbers.locales import zone_of

if TYPE_CHECKING:
    from datetime import date, datetime

    from sheets_emulator.book.document import Document, Sheet
    from sheets_emulator.cells.conditions import Custom

# The numbers that stand in some GridRanges, for the ends of a gradient
Numbers = Callable[[Sequence[Json]], Sequence[float]]
# The kinds that can hold for a blank cell
_FOR_BLANKS = frozenset({"BLANK", "CUSTOM_FORMULA", "TEXT_NOT_CONTAINS"})


class ConditionalFormats:
    """The rules of one tab."""

    def __init__(
        self, rules: Sequence[Json], locale: str, today: date, custom: Custom, numbers: Numbers
    ) -> None:
        """`today` is the file's own date; `custom` and `numbers` look into its cells."""
        self._rules = rules
        self._conditions = Conditions(locale, today, custom)
        self._gradients = [
            _stops(rule["gradientRule"], rule.get("ranges", []), numbers) if "gradientRule" in rule else []
            for rule in rules
        ]

    def over(self, row: int, column: int, value: Scalar, shown: str) -> dict[str, Any] | None:
        """What the rules lay over the format of a cell (0-based place); earlier rules win."""
        laid: dict[str, Any] = {}
        for rule, stops in zip(self._rules, self._gradients, strict=True):
            inside = next((r for r in rule.get("ranges", []) if within(r, row, column)), None)
            if inside is None:
                continue
            first = rule["ranges"][0]
            shift = (row - first.get("startRowIndex", 0), column - first.get("startColumnIndex", 0))
            if "booleanRule" in rule:
                if self._conditions.hold(rule["booleanRule"].get("condition", {}), shift, value, shown):
                    _lay(laid, rule["booleanRule"].get("format", {}))
            elif stops and isinstance(value, int | float) and not isinstance(value, bool):
                _lay(laid, {"backgroundColor": _tint(stops, float(value))})
        return laid or None


def formulas_in(rules: Sequence[Json], rows: range, columns: Sequence[int]) -> list[tuple[str, int, int]]:
    """Every (formula, rows down, columns right) that `over` can ask about within these rows and columns."""
    formulas: dict[tuple[str, int, int], None] = {}
    for rule in rules:
        condition = rule.get("booleanRule", {}).get("condition", {})
        texts = [v.get("userEnteredValue", "") for v in condition.get("values", [])]
        texts = [t for t in texts if t.startswith("=")]
        if not texts:
            continue
        first = rule["ranges"][0]
        top, left = first.get("startRowIndex", 0), first.get("startColumnIndex", 0)
        for cells in rule["ranges"]:
            for row in rows:
                for column in columns:
                    if within(cells, row, column):
                        formulas.update(dict.fromkeys((text, row - top, column - left) for text in texts))
    return list(formulas)


def within(cells: Json, row: int, column: int) -> bool:
    """Whether a GridRange covers a cell (0-based); an absent bound is open."""
    return bool(
        cells.get("startRowIndex", 0) <= row < cells.get("endRowIndex", 10**9)
        and cells.get("startColumnIndex", 0) <= column < cells.get("endColumnIndex", 10**9)
    )


def _lay(laid: dict[str, Any], look: Json) -> None:
    """Add what no earlier rule has said."""
    had_background = any(key.startswith("background") for key in laid)
    for name, part in look.items():
        if name == "textFormat":
            laid["textFormat"] = {**part, **laid.get("textFormat", {})}
        elif not (had_background and name.startswith("background")):
            laid.setdefault(name, part)


def _stops(rule: Json, ranges: Sequence[Json], numbers: Numbers) -> list[tuple[float, list[float]]]:
    """A gradient's points as (value, channels), rising; [] if one of them cannot be placed."""
    known = sorted(numbers(ranges))
    stops = []
    for name in ("minpoint", "midpoint", "maxpoint"):
        point = rule.get(name)
        if not point:
            continue
        at = _place(point, known)
        if at is None:
            return []
        channels = normalise("InterpolationPoint", dict(point)).get("color", {})
        stops.append((at, [float(channels.get(name, 0)) for name in ("red", "green", "blue")]))
    return sorted(stops, key=lambda stop: stop[0]) if len(stops) > 1 else []


def _place(point: Json, known: Sequence[float]) -> float | None:
    kind = point.get("type")
    try:
        given = float(str(point.get("value", "0")).replace(",", "."))
    except ValueError:
        return None
    if kind == "NUMBER":
        return given
    if not known:
        return None
    share_fraction = {"MIN": 0.0, "MAX": 1.0}.get(str(kind), given / 100)
    if kind == "PERCENTILE":
        at = share_fraction * (len(known) - 1)
        low = min(max(int(at), 0), len(known) - 1)
        high = min(low + 1, len(known) - 1)
        return known[low] + (known[high] - known[low]) * (at - low)
    return known[0] + (known[-1] - known[0]) * share_fraction


def _tint(stops: Sequence[tuple[float, list[float]]], value: float) -> dict[str, float]:
    """The colour of a gradient at a value; beyond its ends the colour of the end."""
    value = min(max(value, stops[0][0]), stops[-1][0])
    for (low, a), (high, b) in pairwise(stops):
        if low <= value <= high:
            share_fraction = (value - low) / (high - low) if high > low else 1.0
            mixed = [x + (y - x) * share_fraction for x, y in zip(a, b, strict=True)]
            return dict(zip(("red", "green", "blue"), mixed, strict=True))
    raise AssertionError("a value between the ends lies between two stops")


# ---- over a document
def formats_of(
    document: Document, sheet: Sheet, rows: range, columns: range, now: datetime
) -> ConditionalFormats | None:
    """The rules of a tab ready for the cells of these rows and columns; None where it has none."""
    rules = sheet.objects["conditionalFormats"]
    if not rules:
        return None
    asked = list(dict.fromkeys(_needed(*one) for one in formulas_in(rules, rows, columns)))
    come_to = dict(zip(asked, at_cells(document, document.sheets.index(sheet), asked, now), strict=True))
    today = now.astimezone(zone_of(document.time_zone)).date()
    return ConditionalFormats(
        rules,
        document.locale,
        today,
        lambda *cell: come_to.get(_needed(*cell)),
        lambda ranges: numbers_in(sheet, ranges),
    )


def _needed(text: str, down: int, right: int) -> tuple[str, int, int]:
    """A formula's shift as far as it matters: `=$A1>5` comes to the same in every column."""
    by_row, by_column = _relative(text)
    return text, down if by_row else 0, right if by_column else 0


@lru_cache(maxsize=256)
def _relative(text: str) -> tuple[bool, bool]:
    """Whether a formula changes when it is moved to another row, and to another column."""
    return translated(text, 1, 0) != text, translated(text, 0, 1) != text


def numbers_in(sheet: Sheet, ranges: Sequence[Json]) -> list[float]:
    """Every number that stands in these ranges of a tab."""
    return [
        float(value)
        for cells in ranges
        for row in sheet.grid.rows[cells.get("startRowIndex", 0) : cells.get("endRowIndex")]
        for value in row.values[cells.get("startColumnIndex", 0) : cells.get("endColumnIndex")]
        if isinstance(value, int | float) and not isinstance(value, bool)
    ]


def reach_over_blanks(rules: Sequence[Json]) -> Iterator[Json]:
    """The ranges in which a rule may change the look of cells that hold nothing."""
    for rule in rules:
        if rule.get("booleanRule", {}).get("condition", {}).get("type") in _FOR_BLANKS:
            yield from rule["ranges"]
