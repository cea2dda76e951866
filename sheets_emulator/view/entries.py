"""What a person would type to get a cell's present value: the text that the editor starts with."""

from collections.abc import Mapping
from typing import Any

from sheets_emulator.numbers.formats import automatic, is_date_format, pattern_of, render
from sheets_emulator.numbers.locales import region
from sheets_emulator.numbers.typing_in import parse

Json = Mapping[str, Any]


def entry_text(cell: Json, locale: str) -> str:
    """The editor's text for a CellData of the API; '' for a blank cell."""
    entered = cell.get("userEnteredValue") or {}
    if "formulaValue" in entered:
        return str(entered["formulaValue"])
    if "stringValue" in entered:
        text = str(entered["stringValue"])
        return text if parse(text, locale).value == {"stringValue": text} else "'" + text
    if "boolValue" in entered:
        return region(locale).booleans[0 if entered["boolValue"] else 1]
    look = cell.get("effectiveFormat") or cell.get("userEnteredFormat") or {}
    number = entered.get("numberValue")
    return "" if number is None else _number_entry(number, look.get("numberFormat") or {}, locale)


def _number_entry(number: float, number_format: Json, locale: str) -> str:
    place = region(locale)
    if is_date_format(number_format):
        return _date_entry(number, number_format, locale)
    if "%" in pattern_of(number_format, locale):
        return automatic(round(number * 100, 10), place) + "%"
    return str(number).replace(".", place.decimal)


def _date_entry(number: float, number_format: Json, locale: str) -> str:
    """The shown date if typing it gives the same number, else the locale's full date or date with time."""
    for shape in (number_format, {"type": "DATE"}, {"type": "DATE_TIME"}):
        text = render(number, shape, locale)
        if abs(parse(text, locale).value.get("numberValue", float("inf")) - number) < 1e-9:
            return text
    return render(number, {"type": "DATE_TIME"}, locale)
