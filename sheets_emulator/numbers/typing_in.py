"""What a text becomes when a person types it into a cell (`valueInputOption=USER_ENTERED`).

Numbers, percentages, sums of money, dates, times, booleans and formulas are recognised in the file's locale;
everything else stays text. Numbers are strict about groups of three digits: what a person would have to guess
about stays text.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from math import isfinite
from typing import Any

from sheets_emulator.numbers.formats import DATE_TYPES
from sheets_emulator.numbers.locales import CURRENCY_SIGNS, SPACES, Region, region
from sheets_emulator.numbers.typed_dates import parse_moment

_BOOLEAN_WORDS = {"true": True, "false": False, "истина": True, "ложь": False}
_FORMULA_SIGN = re.compile(r"\+\s*[A-Za-zА-Яа-я_$('\"]")
# Cheap refusal: a number, date or time has a digit and no more than a few words.
_MAYBE_TYPED = re.compile(r"(?=.*\d).{1,60}$", re.DOTALL)


@dataclass(frozen=True)
class Entered:
    """A typed text understood: Google's ExtendedValue, and the number format that typing it brings along."""

    value: dict[str, Any]
    number_format: dict[str, str] | None = None


def parse(
    text: str,
    locale: str,
    time_zone: str = "Etc/UTC",
    *,
    current_format: Mapping[str, Any] | None = None,
    now: datetime | None = None,
) -> Entered:
    """What typing `text` into a cell means.

    `current_format` is the cell's present NumberFormat: under TEXT everything stays text. `now` (aware UTC)
    and `time_zone` say which year a date without a year means; without `now` the clock is read.
    An empty text gives an empty `value`: the cell is cleared.
    """
    as_text = Entered({"stringValue": text})
    if not text or (current_format and current_format.get("type") == "TEXT"):
        return as_text if text else Entered({})
    if text[0] == "'":
        return Entered({"stringValue": text[1:]})
    bare = text.strip(SPACES + "\t\r\n")
    if (text[0] == "=" and len(text) > 1) or _FORMULA_SIGN.match(bare):
        return Entered({"formulaValue": text if text[0] == "=" else "=" + bare})
    if len(bare) < 7 and bare.lower() in _BOOLEAN_WORDS:
        return Entered({"boolValue": _BOOLEAN_WORDS[bare.lower()]})
    if not _MAYBE_TYPED.match(bare):
        return as_text
    place = region(locale)
    return _number(bare, place) or _moment(bare, place, time_zone, now) or as_text


def format_after(current: Mapping[str, Any] | None, entered: Entered) -> dict[str, Any] | None:
    """The number format of a cell after typing into it.

    A format that the cell already has stays when the typed value is of its kind (a date in a date cell keeps
    that cell's way of writing dates, a plain number keeps everything); otherwise what was typed decides.
    """
    if entered.number_format is None:
        return dict(current) if current else None
    if not current:
        return dict(entered.number_format)
    family = _family(entered.number_format["type"])
    return dict(current if _family(current.get("type", "")) == family else entered.number_format)


def _family(kind: str) -> str:
    return "DATE" if kind in DATE_TYPES else kind


@lru_cache(maxsize=64)
def _number_shape(decimal: str, group: str) -> re.Pattern[str]:
    signs = re.escape(CURRENCY_SIGNS)
    groups = f"[{SPACES}]" if group in SPACES else re.escape(group)
    return re.compile(
        rf"""(?P<paren>\()? (?P<sign>[+\-−])? \s*
             (?P<before>[{signs}])? \s* (?P<sign2>[+\-−])?
             (?P<whole>\d{{1,3}}(?:(?P<group>{groups})\d{{3}}(?:(?P=group)\d{{3}})*) | \d*)
             (?:{re.escape(decimal)}(?P<decimals>\d*))?
             (?P<exponent>[eE][+\-]?\d{{1,3}})?
             [{SPACES}]* (?P<after>[{signs}%])? (?P<close>\))? $""",
        re.VERBOSE,
    )


def _moment(text: str, place: Region, time_zone: str, now: datetime | None) -> Entered | None:
    typed = parse_moment(text, place, time_zone, now)
    if typed is None:
        return None
    return Entered({"numberValue": typed.days}, {"type": typed.kind, "pattern": typed.pattern})


def _number(text: str, place: Region) -> Entered | None:
    """A number, percentage or sum of money, or `None` if the text is none of them."""
    match = _number_shape(place.decimal, place.group).match(text)
    if match is None or bool(match["paren"]) != bool(match["close"]):
        return None
    whole, decimals = re.sub(r"\D", "", match["whole"]), match["decimals"] or ""
    twice = (match["sign"] and match["sign2"]) or (match["before"] and match["after"])
    if twice or not (whole or decimals):
        return None
    shift = int((match["exponent"] or "e0")[1:]) - (2 if match["after"] == "%" else 0)
    minus = "-" if match["paren"] or (match["sign"] or match["sign2"] or "+") in "-−" else ""
    value = float(f"{minus}{whole or 0}.{decimals or 0}e{shift}")
    if not isfinite(value):
        return None
    exact = int(value) if value.is_integer() and abs(value) < 2**53 else value
    return Entered({"numberValue": exact}, _number_format(match, place))


def _number_format(match: re.Match[str], place: Region) -> dict[str, str] | None:
    """The format that the way of writing a number brings along; `None` for plain digits."""
    places = ".00" if match["decimals"] else ""
    before, after = match["before"], match["after"]
    if after == "%":
        return {"type": "PERCENT", "pattern": f"0{places}%"}
    if before:
        sign = f'"{before}"' if f'"{before}"' in place.currency_pattern else f"[${before}]"
        return {"type": "CURRENCY", "pattern": f"{sign}#,##0{places}"}
    if after:
        return {"type": "CURRENCY", "pattern": f"#,##0{places}[$\u00a0{after}]"}
    if match["exponent"]:
        return {"type": "SCIENTIFIC", "pattern": "0.00E+00"}
    return {"type": "NUMBER", "pattern": f"#,##0{places}"} if match["group"] else None
