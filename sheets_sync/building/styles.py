"""How cells look: a few calm styles by name, and their form in Google's requests.

A style's name is a base («money»), or a base and a tone («money.total», «text.full»): the base says how a
value is shown and aligned, the tone how the row or the band is coloured. No pattern has optional decimals
(`0.#`): a whole number would be shown with a naked decimal sign.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

DEFAULT_SIZE = 10
MUTED = "#6b7280"
NAVY = "#17375e"

MONEY = '#,##0 "₸"'
PERCENT = "0.0%"
DATE = "dd.mm.yyyy"
MOMENT = "dd.mm.yyyy hh:mm"
TIME = "hh:mm"
MONTH = "yyyy-mm"


@dataclass(frozen=True)
class Style:
    """One look. `pattern` is a number format («» = automatic), `number_type` its type in Google's words.

    An empty `ink` or `fill` is the spreadsheet's own.
    """

    pattern: str = ""
    number_type: str = "NUMBER"
    align: str = "LEFT"
    bold: bool = False
    italic: bool = False
    size: int = DEFAULT_SIZE
    ink: str = ""
    fill: str = ""
    wrap: bool = False
    indent: bool = False
    line_above: bool = False


_BASES = {
    "plain": Style(),
    "text": Style(wrap=True),
    "sentence": Style(wrap=True, indent=True),
    "entry": Style(pattern="@", number_type="TEXT"),
    "long_entry": Style(pattern="@", number_type="TEXT", wrap=True),
    "center": Style(align="CENTER"),
    "word": Style(align="CENTER", wrap=True),
    "checkbox": Style(align="CENTER"),
    "integer": Style(pattern="#,##0", align="RIGHT"),
    "number": Style(align="RIGHT"),
    "decimal": Style(pattern="#,##0.0", align="RIGHT"),
    "points": Style(pattern="0.0#", align="RIGHT"),
    "money": Style(pattern=MONEY, number_type="CURRENCY", align="RIGHT"),
    "percent": Style(pattern=PERCENT, number_type="PERCENT", align="RIGHT"),
    "whole_percent": Style(pattern="0%", number_type="PERCENT", align="RIGHT"),
    "date": Style(pattern=DATE, number_type="DATE", align="CENTER"),
    "moment": Style(pattern=MOMENT, number_type="DATE_TIME", align="CENTER"),
    "time": Style(pattern=TIME, number_type="TIME", align="CENTER"),
    "month": Style(pattern=MONTH, number_type="DATE", align="CENTER"),
}
_TONES: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "size": 14, "ink": NAVY},
    "section": {"bold": True, "size": 11, "ink": NAVY, "fill": "#e3ebf4"},
    "header": {"bold": True, "fill": "#eef1f5", "ink": "#3b4754", "wrap": True},
    "muted": {"ink": MUTED},
    "note": {"ink": MUTED, "italic": True},
    "total": {"bold": True, "line_above": True, "fill": "#f4f6f8"},
    "strong": {"bold": True},
    "ruled": {"line_above": True},
    "ruled_strong": {"line_above": True, "bold": True},
    "full": {"bold": True, "fill": "#dff1e4", "ink": "#1c6434"},
    "reduced": {"bold": True, "fill": "#fcf0cf", "ink": "#755500"},
    "base": {"bold": True, "fill": "#fae1dd", "ink": "#92281c"},
    "none": {"bold": True, "fill": "#e9ecef", "ink": "#4b5563"},
    "good": {"ink": "#1c6434"},
    "fair": {"ink": "#755500"},
    "poor": {"ink": "#92281c", "bold": True},
}


@cache
def style(name: str) -> Style:
    """Look a style up by its name; KeyError on an unknown base or tone."""
    base, _, tone = name.partition(".")
    found = _BASES[base]
    return replace(found, **_TONES[tone]) if tone else found


@cache
def _cell_format(name: str) -> dict[str, Any]:
    """Build a CellFormat, without what is the default anyway: a tab has hundreds of cells."""
    look = style(name)
    text: dict[str, Any] = {}
    if look.size != DEFAULT_SIZE:
        text["fontSize"] = look.size
    if look.ink:
        text["foregroundColorStyle"] = rgb(look.ink)
    if look.bold:
        text["bold"] = True
    if look.italic:
        text["italic"] = True
    result: dict[str, Any] = {"verticalAlignment": "MIDDLE"}
    if text:
        result["textFormat"] = text
    if look.align != "LEFT":
        result["horizontalAlignment"] = look.align
    if look.wrap:
        result["wrapStrategy"] = "WRAP"
    if look.pattern:
        result["numberFormat"] = {"type": look.number_type, "pattern": look.pattern}
    if look.fill:
        result["backgroundColorStyle"] = rgb(look.fill)
    if look.indent:
        result["padding"] = {"top": 2, "right": 3, "bottom": 2, "left": 10}
    if look.line_above:
        result["borders"] = {"top": {"style": "SOLID", "colorStyle": rgb("#9aa5b1")}}
    return result


def cell_format(name: str) -> dict[str, Any]:
    """Give a style as a CellFormat of the Sheets API (shared between callers: do not change it).

    Plain is no format at all, so that a cleared cell and a plain one are the same.
    """
    return {} if name == "plain" else _cell_format(name)


def rgb(color: str) -> dict[str, Any]:
    """Give `#rrggbb` as a ColorStyle of the Sheets API."""
    parts = (int(color[index : index + 2], 16) / 255 for index in (1, 3, 5))
    names = zip(("red", "green", "blue"), parts, strict=True)
    return {"rgbColor": {name: round(part, 4) for name, part in names}}


def color_rule_format(name: str) -> dict[str, Any]:
    """Give the part of a style that a conditional format may set: colours and weight."""
    look = style(name)
    result: dict[str, Any] = {"textFormat": {"foregroundColorStyle": rgb(look.ink), "bold": look.bold}}
    if look.fill:
        result["backgroundColorStyle"] = rgb(look.fill)
    return result
