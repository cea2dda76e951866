"""Months, days and moments as a sentence of each language has them (Babel)."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache

from babel import Locale
from babel.dates import format_date

from kpi_rules.time.periods import Month

_MONTH_PATTERNS = {"ru": "LLLL y"}
"""Russian without «г.»; the others as CLDR writes month and year: «2026 ж. қазан», «October 2026»."""
_GENITIVE_PATTERNS = {"ru": "MMMM y"}
_DAY_PATTERNS = {"en": "d MMMM y"}
"""English spells the month, so that nobody takes day for month; elsewhere days are written as cells show them."""
_DAY_PATTERN = "dd.MM.y"
_ISO_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")


class MonthName(str):
    """A month's name that a sentence bends by a format: {month}, {month:title}, {month:genitive}, {month:iso}."""

    __slots__ = ("forms",)
    forms: dict[str, str]

    def __new__(cls, month: Month, language: str) -> MonthName:
        """Name a month in a language."""
        name = month_name(month, language)
        made = super().__new__(cls, name)
        made.forms = {
            "": name,
            "title": month_title(month, language),
            "genitive": _named(month, _GENITIVE_PATTERNS.get(language) or _month_pattern(language), language),
            "iso": str(month),
        }
        return made

    def __format__(self, form: str) -> str:
        """Give one of the forms; raises KeyError on another."""
        return self.forms[form]


def month_name(month: Month, language: str) -> str:
    """Name a month within a sentence: «октябрь 2026», «2026 ж. қазан», «October 2026»."""
    return _named(month, _month_pattern(language), language)


def month_title(month: Month, language: str) -> str:
    """Name a month as a title: «Октябрь 2026», «2026 ж. қазан», «October 2026»."""
    name = month_name(month, language)
    return name[:1].upper() + name[1:]


def date_text(day: date, language: str) -> str:
    """Write a day: «05.10.2026» in Russian and Kazakh, «5 October 2026» in English."""
    return format_date(day, _DAY_PATTERNS.get(language, _DAY_PATTERN), locale=language)


def moment_text(moment: datetime, language: str) -> str:
    """Write a day with its time: «05.10.2026 14:30», «5 October 2026, 14:30»."""
    gap = ", " if language in _DAY_PATTERNS else " "
    return f"{date_text(moment.date(), language)}{gap}{moment:%H:%M}"


def with_dates(text: str, language: str) -> str:
    """Write the days within the key of a row («2026-10-05 M01») as the language does."""
    return _ISO_DAY.sub(lambda match: date_text(date.fromisoformat(match[0]), language), text)


def _named(month: Month, pattern: str, language: str) -> str:
    return format_date(month.first_on, pattern, locale=language)


@lru_cache(maxsize=8)
def _month_pattern(language: str) -> str:
    # CLDR puts a narrow gap behind abbreviations; cells and sentences have the common one.
    pattern = str(Locale.parse(language).datetime_skeletons["yMMMM"])
    return _MONTH_PATTERNS.get(language) or pattern.replace("\N{NARROW NO-BREAK SPACE}", " ")
