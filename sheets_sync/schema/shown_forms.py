"""As what a spreadsheet shows the number in a cell: a number, or a date, a time, a percent, another currency (behaviour §3).

A number format says so, in the words that Google's patterns and Excel's codes share. A cell of a number column that is
shown as something else is not that number. What a format cannot tell (that of a cell nobody has looked at) is unknown.

Sources: ECMA-376 part 1, 18.8.31 (numFmts); https://developers.google.com/workspace/sheets/api/guides/formats.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

from kpi_rules.facts.kinds import Kind

NUMBER_KINDS = frozenset(
    {Kind.MONEY, Kind.INTEGER, Kind.SHARE, Kind.NUMBER, Kind.MINUTES, Kind.DURATION},
)
"""The kinds whose cells hold a number that must be shown as one."""
_PERCENT_KINDS = frozenset({Kind.SHARE, Kind.NUMBER})
MINUTE_KINDS = frozenset({Kind.MINUTES, Kind.DURATION})


class Form(StrEnum):
    """As what a number is shown."""

    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    DURATION = "duration"
    PERCENT = "percent"
    TENGE = "tenge"
    CURRENCY = "currency"
    HIDDEN = "hidden"
    """A format without a place for digits: the cell shows words of the format, or nothing."""


@dataclass(frozen=True)
class Shown:
    """What a cell shows in the place of its number: the form, and the currency's sign where it has one."""

    form: Form
    sign: str = ""


PLAIN = Shown(Form.NUMBER)
_TENGE = frozenset(("₸", "тг", "тг.", "тнг", "тнг.", "тенге", "теңге", "kzt", "tenge"))
_SIGNS = frozenset("$€£¥₽₴₺₹₩₪₫฿₼₾₿")
_CURRENCY_WORDS = frozenset(
    ("usd", "eur", "gbp", "cny", "rub", "rur", "uah", "try", "kgs", "uzs", "aed", "руб", "руб.", "р", "р.", "долл", "долл.",
     "евро", "сом", "сум", "юань", "юаней", "доллар", "us$", "rmb")
)  # fmt: skip
_BLOCK = re.compile(r"\[\$([^\]-]*)(?:-[^\]]*)?\]")
_ELAPSED = re.compile(r"\[(?:h+|m+|s+|ч+|м+|с+)\]", re.IGNORECASE)
_BRACKETS = re.compile(r"\[[^\]]*\]")
_LITERAL = re.compile(r"\"((?:[^\"])*)\"|\\(.)")
_FILL = re.compile(r"[_*].")
_CLOCK = re.compile(r"am/pm|a/p", re.IGNORECASE)


@lru_cache(maxsize=1024)
def shown_by(pattern: str, *, negative: bool = False) -> Shown:
    """Tell what a format makes of a number: the section for positive ones, or that for negative ones."""
    if not pattern.strip():
        return PLAIN
    sections = _sections(pattern)
    section = sections[1] if negative and len(sections) > 1 else sections[0]
    if section.strip().casefold() in {"general", "основной", "жалпы", "standard"}:
        return PLAIN
    words = [found[1] for found in _BLOCK.finditer(section)]
    words += [found[1] or found[2] or "" for found in _LITERAL.finditer(section)]
    if _ELAPSED.search(section):
        return Shown(Form.DURATION)
    bare = _BRACKETS.sub("", _LITERAL.sub("", section))
    bare = _FILL.sub("", bare)
    bare = _CLOCK.sub("h", bare)
    if "%" in bare:
        return Shown(Form.PERCENT)
    return _of_letters(bare, words)


def _of_letters(bare: str, words: list[str]) -> Shown:
    """Tell a format without percent and elapsed time by its letters; `words` are those that it adds."""
    letters = set(bare.casefold())
    digits = letters & set("0#?")
    if letters & set("hsчс"):
        return Shown(Form.DATE if letters & set("ydгд") else Form.TIME)
    if not digits and letters & set("ydгдmм"):
        return Shown(Form.DATE)
    sign = next((sign for sign in bare if sign in _SIGNS), "")
    sign = sign or next((word.strip() for word in words if _is_foreign(word)), "")
    if sign:
        return Shown(Form.CURRENCY, sign)
    if "₸" in bare or any(word.strip().casefold() in _TENGE for word in words):
        return Shown(Form.TENGE)
    return PLAIN if digits or letters & {"@", "e"} else Shown(Form.HIDDEN)


def _is_foreign(word: str) -> bool:
    text = word.strip().casefold()
    return text in _CURRENCY_WORDS or any(sign in _SIGNS for sign in text)


def _sections(pattern: str) -> list[str]:
    """Split a format at the semicolons that stand neither in a literal nor in brackets."""
    parts, quoted, brackets, escaped = [""], False, False, False
    for sign in pattern:
        if escaped:
            escaped = False
        elif sign == '"':
            quoted = not quoted
        elif not quoted and sign == "\\":
            escaped = True
        elif not quoted and sign in "[]":
            brackets = sign == "["
        elif sign == ";" and not quoted and not brackets:
            parts.append("")
            continue
        parts[-1] += sign
    return parts


def is_wrong(shown: Shown, kind: Kind, *, percents: bool = True) -> bool:
    """Tell whether a cell of a column of this kind may not be shown so; without `percents` not as a percent either."""
    if shown.form is Form.NUMBER:
        return False
    if shown.form is Form.PERCENT:
        return not percents or kind not in _PERCENT_KINDS
    return not (shown.form is Form.TENGE and kind is Kind.MONEY)


# ---- how such a cell looks, and which number was meant
_FIRST = datetime(1899, 12, 30)  # noqa: DTZ001 - a cell has no zone
_DAY_MINUTES = 1440


def as_shown(number: float, shown: Shown) -> str:
    """Write the number as its cell shows it, so that its author recognises it."""
    if shown.form in {Form.TIME, Form.DURATION} and abs(number) < 10_000:
        return _clock(number if shown.form is Form.DURATION else number % 1)
    if shown.form in {Form.DATE, Form.TIME} and 0 <= number < 2_958_466:
        moment = _FIRST + timedelta(seconds=round(number * 86_400))
        return moment.strftime("%d.%m.%Y" if number % 1 == 0 else "%d.%m.%Y %H:%M")
    if shown.form is Form.PERCENT:
        return f"{_short(number * 100)}%"
    if shown.form is Form.CURRENCY:
        sign = shown.sign
        return f"{sign}{_short(number)}" if len(sign) == 1 else f"{_short(number)} {sign}"
    return _short(number)


def _clock(number: float) -> str:
    seconds = round(abs(number) * 86_400)
    text = f"{seconds // 3600}:{seconds // 60 % 60:02d}" + (f":{seconds % 60:02d}" if seconds % 60 else "")
    return f"-{text}" if number < 0 else text


def _short(number: float) -> str:
    rounded = round(number, 6)
    return str(int(rounded)) if math.isfinite(rounded) and rounded == int(rounded) else repr(rounded)


def meant_minutes(number: float) -> str:
    """Give the minutes that a time below an hour stands for («0:40» = 40); nothing where that can not be told."""
    minutes = number * _DAY_MINUTES
    whole = round(minutes)
    return str(whole) if 0 < whole < 60 and abs(minutes - whole) < 1e-6 else ""


# ---- what is known of the forms of a file's cells
Cell = tuple[int, float]
"""A cell of a column: its 1-based sheet row and its number."""


@dataclass(frozen=True)
class ColumnForms:
    """What is known of the number cells of one column.

    `wrong` = by sheet row what is shown in the place of the number. `fine` = the numbers that were seen shown as numbers
    although they are unlikely; None: every other cell was seen and is fine.
    """

    wrong: Mapping[int, Shown] = field(default_factory=lambda: MappingProxyType({}))
    fine: frozenset[float] | None = frozenset()


NOTHING_KNOWN = ColumnForms()


@dataclass(frozen=True)
class BookForms:
    """What is known of a file's cells beyond their values.

    `columns` by (tab key, column key); `others` = what is known of columns that are not named there. `numbered` = by tab
    key the first sheet row where «№» is a formula, and how many there are. `locale`, `time_zone`: of the file, "" = unknown.
    """

    columns: Mapping[tuple[str, str], ColumnForms] = field(default_factory=lambda: MappingProxyType({}))
    others: ColumnForms = NOTHING_KNOWN
    numbered: Mapping[str, tuple[int, int]] = field(default_factory=lambda: MappingProxyType({}))
    locale: str = ""
    time_zone: str = ""

    def of(self, tab: str, column: str) -> ColumnForms:
        """Give what is known of a column."""
        return self.columns.get((tab, column), self.others)


NO_FORMS = BookForms()
