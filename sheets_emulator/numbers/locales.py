"""What a spreadsheet's locale and time zone decide: separators, names of months, order of dates, currency, today.

The data come from CLDR through Babel; what Google does otherwise than CLDR is said beside it.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.numbers import get_currency_symbol, get_territory_currencies

# Every space that people and CLDR put between thousands: plain, no-break, narrow no-break, thin.
SPACES = " \u00a0\u202f\u2009"
CURRENCY_SIGNS = "₸$₽€£¥₴₺"
_BOOLEANS = {"ru": ("ИСТИНА", "ЛОЖЬ")}


@dataclass(frozen=True)
class Region:
    """Everything about one locale that reading and showing cells needs."""

    name: str
    decimal: str
    group: str
    date_order: str  # a permutation of "dmy"
    date_pattern: str
    time_pattern: str
    currency_pattern: str
    months: tuple[str, ...]  # beside a day: «5 октября»
    months_alone: tuple[str, ...]
    months_short: tuple[str, ...]
    weekdays: tuple[str, ...]  # Monday first
    weekdays_short: tuple[str, ...]
    day_halves: tuple[str, str]
    booleans: tuple[str, str]

    @property
    def groups_by_space(self) -> bool:
        """Whether thousands are set apart by some kind of space."""
        return self.group in SPACES

    @property
    def datetime_pattern(self) -> str:
        """Google's default for a date with a time: 24 hours everywhere, en_US included."""
        return f"{self.date_pattern} h:mm:ss"


@lru_cache(maxsize=256)
def region(name: str) -> Region:
    """The region of a locale such as `ru_RU`; an unknown one falls back to its language, then to en_US."""
    cldr = _cldr(name)
    symbols = cldr.number_symbols.get("latn") or cldr.number_symbols[cldr.default_numbering_system]
    date_pattern = _date_pattern(cldr)
    halves = cldr.day_periods["format"]["abbreviated"]
    month_names, day_names = cldr.months, cldr.days
    return Region(
        name=str(cldr),
        decimal=symbols["decimal"],
        group=symbols["group"],
        date_order="".join(dict.fromkeys(c for c in date_pattern if c in "dmy")),
        date_pattern=date_pattern,
        time_pattern="h:mm:ss am/pm" if "a" in cldr.time_formats["medium"].pattern else "h:mm:ss",
        currency_pattern=_currency_pattern(cldr),
        months=_twelve(month_names["format"]["wide"]),
        months_alone=_months_alone(cldr),
        months_short=_twelve(month_names["format"]["abbreviated"]),
        weekdays=tuple(day_names["format"]["wide"][i] for i in range(7)),
        weekdays_short=tuple(day_names["format"]["abbreviated"][i] for i in range(7)),
        day_halves=(str(halves["am"]), str(halves["pm"])),
        booleans=_BOOLEANS.get(cldr.language, ("TRUE", "FALSE")),
    )


def _cldr(name: str) -> Locale:
    for candidate in (name.replace("-", "_"), re.split("[-_]", name)[0], "en_US"):
        try:
            locale = Locale.parse(candidate)
        except (UnknownLocaleError, ValueError, TypeError):
            continue
        if locale.territory:
            return locale
        likely = get_global("likely_subtags").get(locale.language, str(locale))  # 'ru' is Russia's Russian
        return Locale.parse(likely)
    raise LookupError("Babel has no en_US")  # pragma: no cover - Babel ships it


def _date_pattern(cldr: Locale) -> str:
    """CLDR's short date with the year in four digits: `m/d/yyyy`, `dd.mm.yyyy`."""
    plain = re.sub(r"'[^']*'", "", cldr.date_formats["short"].pattern).lower().strip()
    pattern = re.sub("y+", "yyyy", re.sub("[^dmy./ -]", "", plain)).strip()
    return pattern if set("dmy") <= set(pattern) else "yyyy-mm-dd"


def _currency_pattern(cldr: Locale) -> str:
    currencies = get_territory_currencies(cldr.territory) if cldr.territory else []
    sign = get_currency_symbol(currencies[-1], cldr) if currencies else "$"
    if cldr.currency_formats["standard"].pattern.startswith("¤"):
        return f'"{sign}"#,##0.00'
    return f"#,##0.00[$\u00a0{sign}]"


def _months_alone(cldr: Locale) -> tuple[str, ...]:
    """Names for a month without a day. Where CLDR has none, Babel gives the root's '10月': take the others."""
    alone = _twelve(cldr.months["stand-alone"]["wide"])
    return _twelve(cldr.months["format"]["wide"]) if any(c.isdigit() for c in alone[0]) else alone


def _twelve(names: dict[int, str]) -> tuple[str, ...]:
    return tuple(names[i] for i in range(1, 13))


def zone_of(name: str) -> ZoneInfo:
    """A file's time zone; UTC for a name that nobody knows."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
