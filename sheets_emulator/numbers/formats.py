"""What a cell shows: a value, its number format and the file's locale become the formatted text.

Source: the API's guide 'Date & number formats'. Patterns are always written the American way (`.` is the
decimal point, `,` groups thousands); the locale decides which characters are shown.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sheets_emulator.numbers import serials
from sheets_emulator.numbers.locales import Region, region
from sheets_emulator.numbers.patterns import compiled

ERROR_TEXTS = {
    "ERROR": "#ERROR!",
    "NULL_VALUE": "#NULL!",
    "DIVIDE_BY_ZERO": "#DIV/0!",
    "VALUE": "#VALUE!",
    "REF": "#REF!",
    "NAME": "#NAME?",
    "NUM": "#NUM!",
    "N_A": "#N/A",
    "LOADING": "Loading...",
}
DATE_TYPES = frozenset({"DATE", "TIME", "DATE_TIME"})
_SIGNIFICANT_DIGITS = 10
_WHOLE_LIMIT = 1e15
_SMALL_LIMIT = 1e-6


def render(value: Any, number_format: Mapping[str, Any] | None, locale: str) -> str:
    """The formatted text of a cell.

    `value` is a plain `str`, `bool`, `int`, `float`, `None` (blank: the empty text), or an ExtendedValue
    with its effective value. `number_format` is Google's NumberFormat (`type`, `pattern`) or `None`: then a
    number that a formula came to is shown in the format that it carries.
    """
    if type(value) is str and not number_format:
        return value
    if isinstance(value, Mapping):
        value = _plain(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return region(locale).booleans[0 if value else 1]
    pattern = pattern_of(number_format, locale) if number_format else ""
    if isinstance(value, str):
        return _render_text(value, pattern)
    if not pattern:
        # A formula's number may carry the format that its formula gives it.
        own = getattr(value, "number_format", None)
        pattern = pattern_of(own, locale) if own else ""
    if not pattern:
        return automatic(value, region(locale))
    return _render_number(value, pattern, region(locale))


def pattern_of(number_format: Mapping[str, Any], locale: str) -> str:
    """The pattern in force: the format's own, or Google's default for its type in this locale; '' if none."""
    own = number_format.get("pattern")
    return own or default_pattern(number_format.get("type", ""), locale)


def default_pattern(kind: str, locale: str) -> str:
    """The pattern of a NumberFormat that names only its type."""
    place = region(locale)
    return {
        "TEXT": "@",
        "NUMBER": "#,##0.00",
        "PERCENT": "0.00%",
        "CURRENCY": place.currency_pattern,
        "DATE": place.date_pattern,
        "TIME": place.time_pattern,
        "DATE_TIME": place.datetime_pattern,
        "SCIENTIFIC": "0.00E+00",
    }.get(kind, "")


def colour_of(value: Any, number_format: Mapping[str, Any] | None, locale: str) -> str | None:
    """The colour that the pattern itself asks for (`[Red]` gives 'red'), or `None`."""
    if isinstance(value, Mapping):
        value = _plain(value)
    if not number_format or not isinstance(value, int | float) or isinstance(value, bool):
        return None
    pattern = pattern_of(number_format, locale)
    return compiled(pattern).section_for(value).colour if pattern else None


def is_date_format(number_format: Mapping[str, Any] | None) -> bool:
    """Whether numbers under this format are dates or times for `dateTimeRenderOption`."""
    if not number_format:
        return False
    if number_format.get("type") in DATE_TYPES:
        return True
    pattern = number_format.get("pattern")
    return bool(pattern) and number_format.get("type") != "TEXT" and compiled(pattern).sections[0].is_date


def automatic(value: float, place: Region) -> str:
    """A number under no format: whole numbers in full up to 15 digits, else 10 significant digits."""
    if isinstance(value, int) or value.is_integer():
        if abs(value) < _WHOLE_LIMIT:
            return str(int(value))
    elif _SMALL_LIMIT <= abs(value) < _WHOLE_LIMIT:
        return _ten_digits(value).replace(".", place.decimal)
    mantissa, _, exponent = f"{value:.5E}".partition("E")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{mantissa.replace('.', place.decimal)}E{exponent}"


def _ten_digits(value: float) -> str:
    text = f"{value:.{_SIGNIFICANT_DIGITS}g}"
    if "e" in text:  # C switches to exponents earlier than Google does
        text = f"{Decimal(text):f}"
    return text


def _plain(value: Mapping[str, Any]) -> Any:
    for key in ("stringValue", "numberValue", "boolValue"):
        if key in value:
            return value[key]
    error = value.get("errorValue")
    if error is not None:
        return ERROR_TEXTS.get(error.get("type", "ERROR"), "#ERROR!")
    return value.get("formulaValue")


def _render_text(value: str, pattern: str) -> str:
    section = compiled(pattern).text_section if pattern else None
    return section.text(value) if section else value


def _render_number(value: float, pattern: str, place: Region) -> str:
    section = compiled(pattern).section_for(value)
    if section.is_general:
        return section.around(automatic(value, place))
    if section.is_date:
        try:
            return section.date(serials.moment(value), value, place)
        except ValueError:
            return automatic(value, place)
    return section.number(_decimal(value), place)


def _decimal(value: float) -> Decimal:
    """The number as a person sees it: 15 significant digits, so that 1.005 rounds up to 1.01."""
    return Decimal(value) if isinstance(value, int) else Decimal(f"{value:.15g}")
