"""What a tab should look like, as values: cells, columns, colour rules, and the few calm styles that they name.

One description serves both ways out: requests to Google (`changes`, `blueprints`) and XLSX (`xlsx/writing.py`).
Row and column numbers in here are 0-based positions, as in Google's GridRange.

A style's name is a base («money»), or a base and a tone («money.total», «text.full»): the base says how a
value is shown and aligned, the tone how the row or the band is coloured. No pattern has optional decimals
(`0.#`): a whole number would be shown with a naked decimal sign.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from kpi_rules.exact import TIYN_PER_TENGE
from kpi_rules.measures.catalogue import compared
from kpi_rules.measures.units import Unit

CellValue = str | int | float | bool | None
"""A value as it stands in a cell; dates and moments are serial days, money is in tenge, text is data."""


@dataclass(frozen=True)
class Cell:
    """One cell. `style` is a name of a `Style`; `link` («#gid=7&range=B12») is where a click leads.

    A `stamp` is a moment that by itself is no reason to write: it changes only along with other content.
    """

    value: CellValue = None
    style: str = "plain"
    note: str = ""
    link: str = ""
    stamp: bool = False


BLANK = Cell()


class GuardKind(StrEnum):
    """What the entry of a cell is guided to."""

    CHOICE = "choice"
    STAFF = "staff"  # a name out of another tab's column
    CHECKBOX = "checkbox"
    DATE = "date"
    NUMBER = "number"  # zero or more
    ANY_NUMBER = "any_number"
    SHARE = "share"  # 0…1
    MINUTES = "minutes"  # 0…`MINUTES_MAX`: a typed date is far beyond


MINUTES_MAX = 31 * 24 * 60
"""A month of minutes: what is more is a date that somebody typed."""


@dataclass(frozen=True)
class Guard:
    """A data validation; `choices` for CHOICE, `source` («'Сотрудники'!$B$2:$B») for STAFF.

    The choices of a CHECKBOX are the words for yes and no where a file has no checkboxes (XLSX).
    `strict` refuses other entries, otherwise the spreadsheet only warns and shows `hint`.
    """

    kind: GuardKind
    choices: tuple[str, ...] = ()
    source: str = ""
    strict: bool = False
    hint: str = ""


@dataclass(frozen=True)
class ColumnDesign:
    """Width of a column, and the style and guard of the cells below its header."""

    width_px: int
    style: str = "plain"
    guard: Guard | None = None


@dataclass(frozen=True)
class ColorRule:
    """A conditional format: `condition` and `values` in Google's words (NUMBER_LESS, CUSTOM_FORMULA…)."""

    first_column: int
    end_column: int
    first_row: int
    condition: str
    values: tuple[str, ...]
    style: str


@dataclass(frozen=True)
class Wanted:
    """The whole wanted content of a tab: rows of equal length, as wide as `columns`.

    Blank rows are plain and equal rows have equal styles, so that comparing values is enough to know which
    rows to write.
    """

    rows: tuple[tuple[Cell, ...], ...]
    columns: tuple[ColumnDesign, ...]
    rules: tuple[ColorRule, ...] = ()
    frozen_rows: int = 0
    frozen_columns: int = 0

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError("each row of a wanted tab is as long as its columns")

    def values(self) -> list[list[CellValue]]:
        """Give the bare values, blanks at the ends of rows and of the tab left out, as Google answers."""
        return trimmed([[cell.value for cell in row] for row in self.rows])


def grid(rows: Iterable[Sequence[Cell]], width: int) -> tuple[tuple[Cell, ...], ...]:
    """Make rows equally long by blank cells at their ends."""
    return tuple((*row, *([BLANK] * (width - len(row)))) for row in rows)


def is_blank(value: object) -> bool:
    """Tell whether a cell value is none: nothing, or a text without a character."""
    return value is None or value == ""


def trimmed(rows: Iterable[Sequence[CellValue]]) -> list[list[CellValue]]:
    """Drop blank cells at the ends of rows and blank rows at the end; a blank inside becomes ''."""
    result: list[list[CellValue]] = []
    for row in rows:
        last = max((index for index, value in enumerate(row) if not is_blank(value)), default=-1)
        result.append(["" if value is None else value for value in row[: last + 1]])
    while result and not result[-1]:
        result.pop()
    return result


# ---- exact values as cells show them: tenge, shares, minutes, days
_EPOCH = date(1899, 12, 30)
_SECONDS_A_DAY = 24 * 60 * 60
_SHOWN_DIGITS = 8
"""Shares whose KPI is explained by two amounts of money, not by the share itself."""

_WHOLE_STYLES = {
    Unit.TIYN: "money",
    Unit.FRACTION: "whole_percent",
    Unit.MINUTES: "integer",
    Unit.COUNT: "integer",
    Unit.NUMBER: "integer",
}
_BROKEN_STYLES = {
    **_WHOLE_STYLES,
    Unit.FRACTION: "percent",
    Unit.MINUTES: "decimal",
    Unit.COUNT: "decimal",
    Unit.NUMBER: "hundredths",
}


def plain_number(value: Fraction | int) -> int | float:
    """Give a number as a cell holds it: whole where it is, else a float that comes back the same."""
    number = Fraction(value)
    if number.denominator == 1:
        return number.numerator
    return float(round(number, _SHOWN_DIGITS))


def tenge(amount_tiyn: Fraction | int) -> int | float:
    """Give money in tiyn as ₸."""
    return plain_number(Fraction(amount_tiyn) / TIYN_PER_TENGE)


def kpi_unit(measure: str) -> Unit:
    """Tell in which unit fact and target of a KPI stand: plan completion compares amounts."""
    return compared(measure).unit


def fact_cell(value: Fraction | int, unit: Unit, tone: str = "") -> Cell:
    """Give a measured value as a cell; of counts that two managers share there are hundredths."""
    cell = amount(value, unit, tone)
    if unit is Unit.COUNT and Fraction(value).denominator != 1:
        return replace(cell, style=cell.style.replace(_BROKEN_STYLES[unit], "hundredths", 1))
    return cell


def amount(value: Fraction | int, unit: Unit, tone: str = "") -> Cell:
    """Give a value of a measure as a cell with its number format: decimals only where there are any."""
    shown = Fraction(value) * (100 if unit is Unit.FRACTION else 1)
    styles = _WHOLE_STYLES if shown.denominator == 1 else _BROKEN_STYLES
    look = styles[unit] + (f".{tone}" if tone else "")
    return Cell(tenge(value) if unit is Unit.TIYN else plain_number(value), look)


def day_serial(day: date) -> int:
    """Give a day as a serial number."""
    return (day - _EPOCH).days


def moment_serial(moment: datetime, time_zone: str) -> float:
    """Give a moment as the serial number of its local time, to the minute."""
    local = moment.astimezone(ZoneInfo(time_zone))
    seconds = (local.hour * 60 + local.minute) * 60
    return round(day_serial(local.date()) + seconds / _SECONDS_A_DAY, _SHOWN_DIGITS)


# ---- styles, and their form in Google's requests
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
    "hundredths": Style(pattern="#,##0.00", align="RIGHT"),
    "minutes": Style(pattern="0.0#", align="RIGHT"),
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
    style_of_base = _BASES[base]
    return replace(style_of_base, **_TONES[tone]) if tone else style_of_base


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
