"""BooleanCondition: which kinds may stand where, with how many values, and whether a cell fulfils one.

The table is what Google's reference says of each ConditionType; a test compares it with the descriptions in
the discovery document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sheets_emulator.numbers import serials
from sheets_emulator.numbers.typing_in import parse
from sheets_emulator.wire.errors import invalid

Json = Mapping[str, Any]
Scalar = bool | int | float | str | None
# (rule's formula, rows down, columns right of the rule's first cell) → what the formula comes to there
Custom = Callable[[str, int, int], Scalar]

VALIDATION, FORMATTING, FILTER = "data validation", "conditional formatting", "filters"
_EVERYWHERE = frozenset({VALIDATION, FORMATTING, FILTER})
_LOOKS = frozenset({FORMATTING, FILTER})
_ENTRY = frozenset({VALIDATION})
_MANY = 10**6
# Kind → where it may stand, fewest and most values.
KINDS: Mapping[str, tuple[frozenset[str], int, int]] = {
    **dict.fromkeys(
        ("NUMBER_GREATER", "NUMBER_GREATER_THAN_EQ", "NUMBER_LESS", "NUMBER_LESS_THAN_EQ"),
        (_EVERYWHERE, 1, 1),
    ),
    **dict.fromkeys(
        ("NUMBER_EQ", "NUMBER_NOT_EQ", "TEXT_CONTAINS", "TEXT_NOT_CONTAINS"), (_EVERYWHERE, 1, 1)
    ),
    **dict.fromkeys(("TEXT_EQ", "DATE_EQ", "DATE_BEFORE", "DATE_AFTER"), (_EVERYWHERE, 1, 1)),
    "CUSTOM_FORMULA": (_EVERYWHERE, 1, 1),
    **dict.fromkeys(("NUMBER_BETWEEN", "NUMBER_NOT_BETWEEN"), (_EVERYWHERE, 2, 2)),
    **dict.fromkeys(("TEXT_STARTS_WITH", "TEXT_ENDS_WITH"), (_LOOKS, 1, 1)),
    **dict.fromkeys(("BLANK", "NOT_BLANK"), (_LOOKS, 0, 0)),
    **dict.fromkeys(("TEXT_IS_EMAIL", "TEXT_IS_URL", "DATE_IS_VALID"), (_ENTRY, 0, 0)),
    **dict.fromkeys(("DATE_ON_OR_BEFORE", "DATE_ON_OR_AFTER", "ONE_OF_RANGE"), (_ENTRY, 1, 1)),
    **dict.fromkeys(("DATE_BETWEEN", "DATE_NOT_BETWEEN"), (_ENTRY, 2, 2)),
    "ONE_OF_LIST": (_ENTRY, 1, _MANY),
    "BOOLEAN": (_ENTRY, 0, 2),
}
_RELATIVE_KINDS = frozenset({"DATE_BEFORE", "DATE_AFTER"})
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
    "DATE_NOT_BETWEEN": lambda v, b: not b[0] <= int(v) <= b[1],
}
_TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "TEXT_CONTAINS": lambda v, b: b in v,
    "TEXT_NOT_CONTAINS": lambda v, b: b not in v,
    "TEXT_STARTS_WITH": lambda v, b: v.startswith(b),
    "TEXT_ENDS_WITH": lambda v, b: v.endswith(b),
    "TEXT_EQ": lambda v, b: v == b,
}


def check_condition(condition: Json, use: str, locale: str) -> None:
    """Refuse a condition that has no place here or has not the values that its kind needs.

    `use` is VALIDATION, FORMATTING or FILTER.

    Raises:
        ApiError: 400.
    """
    kind = condition.get("type", "CONDITION_TYPE_UNSPECIFIED")
    allowed, fewest, most = KINDS.get(kind, (frozenset(), 0, 0))
    if use not in allowed:
        raise invalid(f"BooleanCondition.type {kind} is not supported for {use}.")
    values = condition.get("values", [])
    if not fewest <= len(values) <= most:
        wanted = {(0, 0): "no", (1, 1): "exactly one", (2, 2): "exactly two", (0, 2): "at most two"}
        told = wanted.get((fewest, most), "at least one")
        raise invalid(
            f"BooleanCondition.type {kind} requires {told} ConditionValues, but {len(values)} values were supplied."
        )
    for value in values:
        _check_value(kind, value, use, locale)


def _check_value(kind: str, value: Json, use: str, locale: str) -> None:
    if "relativeDate" in value:
        if kind not in _RELATIVE_KINDS or use == VALIDATION:
            raise invalid(f"Relative dates are not supported for BooleanCondition.type {kind} in {use}.")
        return
    text = value.get("userEnteredValue", "")
    is_formula = text.startswith(("=", "+"))
    wrong = kind == "CUSTOM_FORMULA" and not is_formula
    if kind in _NUMBER_TESTS and not is_formula:
        wrong = "numberValue" not in parse(text, locale).value
    if wrong:
        raise invalid(f"Invalid ConditionValue.userEnteredValue: {text}")


@dataclass(frozen=True)
class Conditions:
    """Judges cells of one tab: `today` is the file's own date, `custom` works formulas out."""

    locale: str
    today: date
    custom: Custom

    def hold(self, condition: Json, shift: tuple[int, int], value: Scalar, shown: str) -> bool:
        """Whether a cell with this value, shown so, fulfils a condition; `shift` is from the rule's first cell."""
        kind = condition.get("type", "")
        if kind == "BLANK":
            return value is None or value == ""
        if kind == "NOT_BLANK":
            return value is not None and value != ""
        if kind == "CUSTOM_FORMULA":
            written = condition.get("values", [{}])[0].get("userEnteredValue", "")
            return self.custom(written, *shift) is True
        bounds = [self._bound(bound, shift) for bound in condition.get("values", [])]
        if kind in _TEXT_TESTS:
            return bool(bounds) and _TEXT_TESTS[kind](shown.casefold(), str(bounds[0]).casefold())
        test = _NUMBER_TESTS.get(kind)
        numbers = [b for b in bounds if isinstance(b, int | float) and not isinstance(b, bool)]
        needed = 2 if kind.endswith("BETWEEN") else 1
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if test is None or len(numbers) < needed or not is_number:
            return False
        return test(float(value or 0), sorted(numbers) if needed == 2 else numbers)

    def _bound(self, bound: Json, shift: tuple[int, int]) -> Scalar:
        if "relativeDate" in bound:
            return serials.serial(self.today + timedelta(days=_RELATIVE_DAYS.get(bound["relativeDate"], 0)))
        text = bound.get("userEnteredValue", "")
        if text.startswith("="):
            return self.custom(text, *shift)
        return _typed(text, self.locale)


@lru_cache(maxsize=256)
def _typed(text: str, locale: str) -> Scalar:
    """What a condition's value comes to when typed: a number, or the text itself."""
    entered = parse(text, locale).value
    typed: Scalar = entered.get("numberValue", entered.get("stringValue", text))
    return typed
