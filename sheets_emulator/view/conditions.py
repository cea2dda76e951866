"""Conditional formats: which rules hold for a cell, and what they lay over its own format."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from sheets_emulator import serials
from sheets_emulator.typing_in import parse
from sheets_emulator.view.looks import colour

Json = Mapping[str, Any]
Scalar = bool | int | float | str | None
# (rule's formula, rows down, columns right of the rule's first cell) → what the formula comes to there
Custom = Callable[[str, int, int], Scalar]
# The numbers that stand in some GridRanges, for the ends of a gradient
Numbers = Callable[[Sequence[Json]], Sequence[float]]
_RELATIVE_DAYS = {
    "TODAY": 0,
    "YESTERDAY": -1,
    "TOMORROW": 1,
    "PAST_WEEK": -7,
    "PAST_MONTH": -30,
    "PAST_YEAR": -365,
}
_NUMBER_TESTS: dict[str, Callable[[float, Sequence[float]], bool]] = {
    "NUMBER_GREATER": lambda v, b: v > b[0],
    "NUMBER_GREATER_THAN_EQ": lambda v, b: v >= b[0],
    "NUMBER_LESS": lambda v, b: v < b[0],
    "NUMBER_LESS_THAN_EQ": lambda v, b: v <= b[0],
    "NUMBER_EQ": lambda v, b: v == b[0],
    "NUMBER_NOT_EQ": lambda v, b: v != b[0],
    "NUMBER_BETWEEN": lambda v, b: b[0] <= v <= b[1],
    "NUMBER_NOT_BETWEEN": lambda v, b: not b[0] <= v <= b[1],
    "DATE_BEFORE": lambda v, b: int(v) < b[0],
    "DATE_AFTER": lambda v, b: int(v) > b[0],
    "DATE_ON_OR_BEFORE": lambda v, b: int(v) <= b[0],
    "DATE_ON_OR_AFTER": lambda v, b: int(v) >= b[0],
    "DATE_EQ": lambda v, b: int(v) == b[0],
    "DATE_BETWEEN": lambda v, b: b[0] <= int(v) <= b[1],
}
_TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "TEXT_CONTAINS": lambda v, b: b in v,
    "TEXT_NOT_CONTAINS": lambda v, b: b not in v,
    "TEXT_STARTS_WITH": lambda v, b: v.startswith(b),
    "TEXT_ENDS_WITH": lambda v, b: v.endswith(b),
    "TEXT_EQ": lambda v, b: v == b,
}


class ConditionalFormats:
    """The rules of one tab."""

    def __init__(
        self, rules: Sequence[Json], locale: str, today: date, custom: Custom, numbers: Numbers
    ) -> None:
        """`today` is the file's own date; `custom` and `numbers` look into its cells."""
        self._rules = rules
        self._locale = locale
        self._today = today
        self._custom = custom
        self._gradients = [
            _stops(rule["gradientRule"], rule.get("ranges", []), numbers) if "gradientRule" in rule else []
            for rule in rules
        ]

    def over(self, row: int, column: int, value: Scalar, shown: str) -> dict[str, Any] | None:
        """What the rules lay over the format of a cell (0-based place); earlier rules win."""
        found: dict[str, Any] = {}
        for rule, stops in zip(self._rules, self._gradients, strict=True):
            inside = next((r for r in rule.get("ranges", []) if within(r, row, column)), None)
            if inside is None:
                continue
            first = rule["ranges"][0]
            shift = (row - first.get("startRowIndex", 0), column - first.get("startColumnIndex", 0))
            if "booleanRule" in rule:
                if self._holds(rule["booleanRule"].get("condition", {}), shift, value, shown):
                    _lay(found, rule["booleanRule"].get("format", {}))
            elif stops and isinstance(value, int | float) and not isinstance(value, bool):
                _lay(found, {"backgroundColor": _tint(stops, float(value))})
        return found or None

    def _holds(self, condition: Json, shift: tuple[int, int], value: Scalar, shown: str) -> bool:
        kind = condition.get("type", "")
        if kind == "BLANK":
            return value is None or value == ""
        if kind == "NOT_BLANK":
            return value is not None and value != ""
        if kind == "CUSTOM_FORMULA":
            written = condition.get("values", [{}])[0].get("userEnteredValue", "")
            return self._custom(written, *shift) is True
        bounds = [self._bound(bound, shift) for bound in condition.get("values", [])]
        if kind in _TEXT_TESTS:
            return bool(bounds) and _TEXT_TESTS[kind](shown.casefold(), str(bounds[0]).casefold())
        test = _NUMBER_TESTS.get(kind)
        numbers = [b for b in bounds if isinstance(b, int | float) and not isinstance(b, bool)]
        needed = 2 if kind.endswith("BETWEEN") else 1
        if (
            test is None
            or len(numbers) < needed
            or isinstance(value, bool)
            or not isinstance(value, int | float)
        ):
            return False
        return test(value, sorted(numbers) if needed == 2 else numbers)

    def _bound(self, bound: Json, shift: tuple[int, int]) -> Scalar:
        if "relativeDate" in bound:
            moved = self._today + timedelta(days=_RELATIVE_DAYS.get(bound["relativeDate"], 0))
            return serials.serial(moved)
        text = bound.get("userEnteredValue", "")
        if text.startswith("="):
            return self._custom(text, *shift)
        entered = parse(text, self._locale).value
        return entered.get("numberValue", entered.get("stringValue", text))


def formulas_in(rules: Sequence[Json], rows: range, columns: Sequence[int]) -> list[tuple[str, int, int]]:
    """Every (formula, rows down, columns right) that `over` can ask about within these rows and columns."""
    found: dict[tuple[str, int, int], None] = {}
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
                        found.update(dict.fromkeys((text, row - top, column - left) for text in texts))
    return list(found)


def within(cells: Json, row: int, column: int) -> bool:
    """Whether a GridRange covers a cell (0-based); an absent bound is open."""
    return bool(
        cells.get("startRowIndex", 0) <= row < cells.get("endRowIndex", 10**9)
        and cells.get("startColumnIndex", 0) <= column < cells.get("endColumnIndex", 10**9)
    )


def _lay(found: dict[str, Any], look: Json) -> None:
    """Add what no earlier rule has said."""
    had_background = any(key.startswith("background") for key in found)
    for name, part in look.items():
        if name == "textFormat":
            found["textFormat"] = {**part, **found.get("textFormat", {})}
        elif not (had_background and name.startswith("background")):
            found.setdefault(name, part)


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
        code = colour(point.get("colorStyle"), point.get("color", {})) or "#ffffff"
        stops.append((at, [int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)]))
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
