"""Which rows a «Решения» row names: a №, a day, or a set of them, as people write it (behaviour §3).

`12, 15–30` is № 12 and № 15 to 30, `05.10.2026–09.10.2026` five days. A № may be text, also one with a dash: what is
written is always looked for as it stands, too.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

_DIGITS_MAX = 9
_BETWEEN_PARTS = re.compile(r"[,;\n]")
_NUMBERS = re.compile(rf"(\d{{1,{_DIGITS_MAX}}})\s*[-‐-―−]\s*(\d{{1,{_DIGITS_MAX}}})", re.ASCII)
_DAYS = re.compile(
    r"(\d{2}\.\d{2}\.\d{4}|\d{4}-\d{2}-\d{2})\s*[-‐-―−]\s*(\d{2}\.\d{2}\.\d{4}|\d{4}-\d{2}-\d{2})", re.ASCII
)
_LIKE_A_DAY = re.compile(r"\s*\d+\s*[-.]\s*\d+\s*[-.]\s*\d+\s*")
_SIGN = re.compile(r"^(?:№|#)\s*")


@dataclass(frozen=True)
class RowSet:
    """A set of rows: №s as text, whole numbers and days from the first to the last, both included."""

    numbers: frozenset[str] = frozenset()
    spans: tuple[tuple[int, int], ...] = ()
    days: tuple[tuple[date, date], ...] = ()

    @classmethod
    def of(cls, parts: Iterable[str]) -> RowSet:
        """Take together what parts of subjects name."""
        numbers, spans, days = set(), [], []
        for part in parts:
            numbers.add(part)
            if (day := day_of(part)) is not None:
                days.append((day, day))
            elif span := _DAYS.fullmatch(part):
                first, last = (day_of(each) for each in span.groups())
                if first is not None and last is not None:
                    days.append((min(first, last), max(first, last)))
            elif span := _NUMBERS.fullmatch(part):
                first_number, last_number = map(int, span.groups())
                if first_number <= last_number:  # else it is a № with a dash: `2026-15` is no 2,000 rows
                    spans.append((first_number, last_number))
        return cls(frozenset(numbers), tuple(spans), tuple(days))

    def has_number(self, number: str) -> bool:
        """Tell whether the row of a № is among them."""
        if number in self.numbers:
            return True
        whole = _whole(number) if self.spans else None
        return whole is not None and any(first <= whole <= last for first, last in self.spans)

    def has_day(self, day: date) -> bool:
        """Tell whether the row of a day is among them."""
        return any(first <= day <= last for first, last in self.days)

    def names(self, row: str) -> bool:
        """Tell whether a row is among them that is known by a № or by a day as people write it."""
        if self.has_number(row):
            return True
        day = day_of(row) if self.days else None
        return day is not None and self.has_day(day)


@dataclass(frozen=True)
class KnownRows:
    """Rows by what each is known by, a № or a day: looked at once, however many sets are held against them."""

    names: frozenset[str]
    numbers: tuple[int, ...]
    """The №s that are whole numbers, in order."""
    days: tuple[date, ...]

    @classmethod
    def of(cls, rows: Iterable[str]) -> KnownRows:
        """Take what rows are known by."""
        names = frozenset(rows)
        numbers = sorted(number for number in map(_whole, names) if number is not None)
        return cls(names, tuple(numbers), tuple(sorted(day for day in map(day_of, names) if day is not None)))

    def any_of(self, rows: RowSet) -> bool:
        """Tell whether the set names any of them."""
        return (
            not self.names.isdisjoint(rows.numbers)
            or any(_has_between(self.numbers, *span) for span in rows.spans)
            or any(_has_between(self.days, *span) for span in rows.days)
        )


def _has_between(ordered: Sequence[Any], first: Any, last: Any) -> bool:
    at = bisect_left(ordered, first)
    return at < len(ordered) and bool(ordered[at] <= last)


def _whole(number: str) -> int | None:
    """Give a № as a whole number as long as a set can name it; None for all others."""
    if not (number.isascii() and number.isdecimal()) or len(number.lstrip("0")) > _DIGITS_MAX:
        return None
    return int(number.lstrip("0") or "0")


def parts_of(subject: str) -> tuple[str, ...]:
    """Split what is written into its parts, without signs of number and spaces around them."""
    parts = (_SIGN.sub("", part.strip()).strip() for part in _BETWEEN_PARTS.split(subject))
    return tuple(part for part in parts if part)


def day_of(subject: str) -> date | None:
    """Read a day as people write it; None where the subject is none."""
    if not _LIKE_A_DAY.fullmatch(subject):
        return None
    for pattern in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(subject.strip(), pattern).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None
