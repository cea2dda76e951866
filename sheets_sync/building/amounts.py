"""Exact values as cells show them: tenge, shares, minutes, days."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from kpi_rules.exact import TIYN_PER_TENGE
from kpi_rules.measures.catalogue import compared
from kpi_rules.measures.units import Unit
from sheets_sync.building.wanted import Cell

_EPOCH = date(1899, 12, 30)
_SECONDS_A_DAY = 24 * 60 * 60
_SHOWN_DIGITS = 8
"""Shares whose KPI is explained by two amounts of money, not by the share itself."""

_WHOLE_STYLES = {
    Unit.TIYN: "money",
    Unit.FRACTION: "whole_percent",
    Unit.MINUTES: "integer",
    Unit.COUNT: "integer",
}
_BROKEN_STYLES = {
    **_WHOLE_STYLES,
    Unit.FRACTION: "percent",
    Unit.MINUTES: "decimal",
    Unit.COUNT: "decimal",
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


def amount(value: Fraction | int, unit: Unit, tone: str = "") -> Cell:
    """Give a value of a measure as a cell with its number format: decimals only where there are any."""
    shown = Fraction(value) * (100 if unit is Unit.FRACTION else 1)
    styles = _WHOLE_STYLES if shown.denominator == 1 else _BROKEN_STYLES
    style = styles[unit] + (f".{tone}" if tone else "")
    return Cell(tenge(value) if unit is Unit.TIYN else plain_number(value), style)


def day_serial(day: date) -> int:
    """Give a day as a serial number."""
    return (day - _EPOCH).days


def moment_serial(moment: datetime, time_zone: str) -> float:
    """Give a moment as the serial number of its local time, to the minute."""
    local = moment.astimezone(ZoneInfo(time_zone))
    seconds = (local.hour * 60 + local.minute) * 60
    return round(day_serial(local.date()) + seconds / _SECONDS_A_DAY, _SHOWN_DIGITS)
