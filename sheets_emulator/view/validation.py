"""Whether a value is what its column's validation asks for, and in which words that is said."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sheets_emulator.cells.conditions import Conditions, Scalar
from sheets_emulator.numbers.typing_in import parse

Json = Mapping[str, Any]
Custom = Callable[
    [str, int, int], Scalar
]  # (formula of a rule, row, column of the cell) → what it comes to there
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_URL = re.compile(r"(?:https?://|ftp://|mailto:)?[^\s/@]+\.[^\s]{2,}|mailto:\S+", re.IGNORECASE)
_LONGEST_LIST = 12  # choices that a sentence names


@dataclass(frozen=True)
class Given:
    """What stands in a cell, or is about to: its value, the text that it shows, its place (0-based)."""

    value: Scalar
    shown: str
    is_date: bool
    row: int
    column: int


@dataclass(frozen=True)
class Judge:
    """Judges the cells of one tab; `choices` are the values behind dropdowns that take them from a range."""

    locale: str
    choices: Mapping[str, Sequence[str]]
    custom: Custom = lambda *_: True

    def fulfils(self, rule: Json, given: Given) -> bool:
        """Whether a cell is as its DataValidationRule wants it. Blank cells always are."""
        condition = rule.get("condition", {})
        if given.value is None or given.value == "":
            return True
        kind = condition.get("type", "")
        texts = [value.get("userEnteredValue", "") for value in condition.get("values", [])]
        is_text = isinstance(given.value, str)
        if kind == "ONE_OF_LIST":
            held = self._is_one_of(given, texts)
        elif kind == "ONE_OF_RANGE":
            known = self.choices.get(texts[0] if texts else "")
            held = known is None or self._is_one_of(given, known)  # a range that is gone asks for nothing
        elif kind == "BOOLEAN":
            held = self._is_one_of(given, texts) if texts else isinstance(given.value, bool)
        elif kind == "TEXT_IS_EMAIL":
            held = is_text and _EMAIL.fullmatch(given.shown.strip()) is not None
        elif kind == "TEXT_IS_URL":
            held = is_text and _URL.fullmatch(given.shown.strip()) is not None
        elif kind == "DATE_IS_VALID":
            held = given.is_date
        else:
            # Validation knows no relative dates, so no condition asks for today.
            conditions = Conditions(self.locale, date.min, self.custom)
            held = conditions.hold(condition, (given.row, given.column), given.value, given.shown)
        return held

    def _is_one_of(self, given: Given, texts: Sequence[str]) -> bool:
        """Choices are understood as if typed: «5» is the number, too."""
        if given.shown in texts:
            return True
        values = (next(iter(parse(text, self.locale).value.values()), None) for text in texts)
        return any(isinstance(v, bool) == isinstance(given.value, bool) and v == given.value for v in values)


def sentence(rule: Json, words: Mapping[str, str]) -> str:
    """What a rule asks for: the words that its author gave it, else what its condition says."""
    if rule.get("inputMessage"):
        return str(rule["inputMessage"])
    condition = rule.get("condition", {})
    texts = [str(value.get("userEnteredValue", "")) for value in condition.get("values", [])]
    kind = condition.get("type", "")
    if kind == "ONE_OF_LIST" and len(texts) <= _LONGEST_LIST:
        return words["rule_ONE_OF_LIST"].format(", ".join(texts))
    told = words.get(f"rule_{kind}", words["rule_ONE_OF_RANGE"])
    return told.format(*texts, *[""] * 2)


def formulas_of(condition: Json) -> list[str]:
    """The formulas that a condition needs worked out for each of its cells."""
    if condition.get("type") == "ONE_OF_RANGE":
        return []
    texts = [value.get("userEnteredValue", "") for value in condition.get("values", [])]
    return [text for text in texts if text.startswith("=")]
