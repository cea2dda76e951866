"""Numbers in a language's form, for sentences (Babel): money, shares, minutes, plurals."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from babel import Locale
from babel.numbers import NumberPattern, parse_pattern

from kpi_rules.exact import TIYN_PER_TENGE, rounded_half_up
from kpi_rules.measures.catalogue import compared
from kpi_rules.measures.units import Unit

if TYPE_CHECKING:
    pass

NARROW = "\N{NO-BREAK SPACE}"
_PATTERNS: tuple[NumberPattern, ...] = tuple(
    parse_pattern("#,##0" + ("." if places else "") + "#" * places) for places in range(8)
)
_EXACT = parse_pattern("#,##0." + "#" * 12)


@lru_cache(maxsize=8)
def _locale(language: str) -> Locale:
    return Locale.parse(language)


@lru_cache(maxsize=16_384)
def number_text(value: Fraction, language: str, places: int = 0) -> str:
    """Write a number with at most so many decimals, rounded half up."""
    # As spreadsheets show it: halves away from zero, so that a sentence and its cell never differ.
    rounded = rounded_half_up(abs(value) * 10**places)
    scaled = Decimal(-rounded if value < 0 else rounded).scaleb(-places)
    said = str(_PATTERNS[places].apply(scaled, _locale(language)))
    return said.replace("-", "\N{MINUS SIGN}")


def money_text(amount_tiyn: Fraction | int, language: str) -> str:
    """Write money in whole tenge: «4 200 000 ₸»; the sign stands behind in all languages, as in Kazakhstan."""
    return f"{number_text(Fraction(amount_tiyn) / TIYN_PER_TENGE, language)}{NARROW}₸"


def percent_text(fraction: Fraction, language: str, places: int = 1) -> str:
    """Write a fraction as percent, as the language does: «12,5 %» in Russian, «12,5%» in Kazakh, «12.5%»."""
    return number_text(fraction * 100, language, places) + _percent_sign(language)


@lru_cache(maxsize=8)
def _percent_sign(language: str) -> str:
    """Give the sign with the space before it, if the language has one there (CLDR)."""
    return str(_locale(language).percent_formats[None].pattern).rpartition("0")[2]


def measured_text(value: Fraction, measure: str, language: str) -> str:
    """Write a target of a measure as its cards compare it; plan completion compares money."""
    return unit_text(value, compared(measure).unit, language)


def fact_text(value: Fraction, measure: str, language: str) -> str:
    """Write a fact of a measure as its cards compare it; counts that two managers share have two decimals."""
    return fact_unit_text(value, compared(measure).unit, language)


def fact_unit_text(value: Fraction, unit: Unit, language: str) -> str:
    """Write a fact that is counted in a unit; counts have two decimals."""
    return number_text(value, language, 2) if unit is Unit.COUNT else unit_text(value, unit, language)


def unit_text(value: Fraction, unit: Unit, language: str) -> str:
    """Write what is counted in a unit: money, percent, a number."""
    if unit is Unit.TIYN:
        return money_text(value, language)
    if unit is Unit.FRACTION:
        return percent_text(value, language)
    return number_text(value, language, 2 if unit is Unit.NUMBER else 1)


def decimal_sign(language: str) -> str:
    """Give what stands before the decimals: a comma in Russian and Kazakh, a point in English."""
    return str(_locale(language).number_symbols["latn"]["decimal"])


def exact_number_text(exact: str, language: str) -> str:
    """Write an exact number («1250000.5», «12.5%») in the language's form; a fraction («2/3») as it is."""
    body = exact.removesuffix("%")
    try:
        number = Decimal(body)
    except InvalidOperation:
        return exact
    said = str(_EXACT.apply(number, _locale(language))).replace("-", "\N{MINUS SIGN}")
    return said + (_percent_sign(language) if exact != body else "")


def plural_form(count: int | Decimal, language: str) -> str:
    """Name the form that the language wants for a number (CLDR): one, few, many, other."""
    return str(_locale(language).plural_form(count))


def plural_form_of(value: Fraction, language: str, places: int) -> str:
    """Name the form for a number as `number_text` writes it with at most so many decimals."""
    shown = Decimal(rounded_half_up(value * 10**places)).scaleb(-places)
    return plural_form(int(shown) if shown == int(shown) else shown.normalize(), language)
