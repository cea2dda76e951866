"""autoFill: continue what stands in a range, as a spreadsheet does when the corner of a selection is dragged.

Numbers go on by their step (by their trend where the steps differ), dates by days or whole months, names of
months and weekdays in the file's language, texts that end in a number by that number; a lone number is
repeated, and everything else recurs in its order. Formulas move along, formats recur. The alternate series
turns a lone value's way round: a number counts on, a date or numbered text is repeated.
"""

from __future__ import annotations

import calendar
import math
import re
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from sheets_emulator.book.a1 import Area
from sheets_emulator.book.grid import CellError, Scalar
from sheets_emulator.book.references import translated
from sheets_emulator.formulas.result_formats import without_format
from sheets_emulator.numbers import serials
from sheets_emulator.numbers.formats import is_date_format
from sheets_emulator.numbers.locales import region
from sheets_emulator.requests.fields import needed
from sheets_emulator.requests.lifting import Cell, checked_area, lift, put
from sheets_emulator.wire.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sheets_emulator.book.document import Json
    from sheets_emulator.cells.editing import Editing

_NUMBERED = re.compile(r"(.*?)(\d{1,15})", re.DOTALL)


@dataclass(frozen=True)
class Fill:
    """A source and the place to fill: along rows or columns, `length` below 0 fills before the source."""

    source: Area
    by_row: bool
    length: int

    @property
    def size(self) -> int:
        """Rows or columns of the source."""
        area = self.source
        return area.bottom - area.top if self.by_row else area.right - area.left

    @property
    def places(self) -> range:
        """What is filled, counted from the first source cell."""
        return range(self.size, self.size + self.length) if self.length > 0 else range(self.length, 0)

    @property
    def target(self) -> Area:
        """The cells that are filled."""
        area, places = self.source, self.places
        if self.by_row:
            return Area(area.sheet, area.top + places.start, area.top + places.stop, area.left, area.right)
        return Area(area.sheet, area.top, area.bottom, area.left + places.start, area.left + places.stop)

    def cell(self, line: int, place: int) -> tuple[int, int]:
        """(row, column) of a place on a line across the direction of filling."""
        area = self.source
        return (area.top + place, area.left + line) if self.by_row else (area.top + line, area.left + place)

    @property
    def lines(self) -> int:
        """Columns (or rows) side by side."""
        area = self.source
        return area.right - area.left if self.by_row else area.bottom - area.top


def auto_fill(editing: Editing, body: Json) -> Json:
    """Fill a range from the data in it, or from a source over so many rows or columns."""
    fill = _asked(editing, body)
    if fill is None or not fill.length or not fill.lines or not fill.size:
        return {}
    if min(fill.target.top, fill.target.left) < 0 or fill.target.exceeds():
        raise invalid("Cannot fill beyond the edges of the sheet.")
    editing.guard.check(fill.target)
    for line in range(fill.lines):
        _fill_line(editing, fill, line, alternate=body.get("useAlternateSeries", False))
    return {}


def _asked(editing: Editing, body: Json) -> Fill | None:
    if "range" in body:
        return _detected(checked_area(editing, body["range"]))
    given = needed(body, "sourceAndDestination")
    dimension = given.get("dimension", "")
    if dimension not in ("ROWS", "COLUMNS"):
        raise invalid("No dimension was specified.")
    source = checked_area(editing, needed(given, "source"))
    return Fill(source, dimension == "ROWS", given.get("fillLength", 0))


def _detected(area: Area) -> Fill | None:
    """Where in a range the data lies, and which part of it is to be filled; None if nothing is left open."""
    filled = [
        (row, column)
        for row in range(area.top, min(area.bottom, len(area.sheet.grid.rows)))
        for column in range(area.left, area.right)
        if lift(area.sheet, row, column).is_filled
    ]
    if not filled:
        return None
    rows, columns = [row for row, _ in filled], [column for _, column in filled]
    top, bottom, left, right = min(rows), max(rows) + 1, min(columns), max(columns) + 1
    if bottom < area.bottom:
        return Fill(Area(area.sheet, area.top, bottom, area.left, area.right), True, area.bottom - bottom)
    if right < area.right:
        return Fill(Area(area.sheet, area.top, area.bottom, area.left, right), False, area.right - right)
    if top > area.top:
        return Fill(Area(area.sheet, top, area.bottom, area.left, area.right), True, area.top - top)
    if left > area.left:
        return Fill(Area(area.sheet, area.top, area.bottom, left, area.right), False, area.left - left)
    return None


def _fill_line(editing: Editing, fill: Fill, line: int, *, alternate: bool) -> None:
    sheet = fill.source.sheet
    cells = [lift(sheet, *fill.cell(line, place)) for place in range(fill.size)]
    series = None
    if not any(cell.formula for cell in cells):
        series = _series(editing, cells, alternate=alternate)
    for place in fill.places:
        model = cells[place % fill.size]
        value, formula = without_format(model.value), model.formula
        if formula is not None:
            moved = place - place % fill.size
            formula = translated(formula, *((moved, 0) if fill.by_row else (0, moved)))
        elif series is not None:
            value = series(place)
        put(editing, sheet, *fill.cell(line, place), Cell(value, formula, model.style))


def _series(editing: Editing, cells: Sequence[Cell], *, alternate: bool) -> Callable[[int], Scalar] | None:
    """How the values of a line go on, by the place from its first cell (below 0: before it); None: they recur."""
    values = [cell.value for cell in cells]
    lone = len(values) == 1
    if all(isinstance(v, int | float) and not isinstance(v, bool) for v in values):
        numbers = [float(v) for v in values if isinstance(v, int | float)]
        formats = [
            editing.document.styles[cell.style].get("userEnteredFormat", {}).get("numberFormat")
            for cell in cells
        ]
        if all(is_date_format(one) for one in formats) and all(n.is_integer() for n in numbers):
            return None if lone and alternate else _dates([int(n) for n in numbers])
        return _numbers(numbers, step=1.0 if alternate else None) if not lone or alternate else None
    texts = [v for v in values if isinstance(v, str) and not isinstance(v, CellError)]
    if len(texts) < len(values) or (lone and alternate):
        return None
    return _names(texts, editing.document.locale) or _numbered(texts)


def _numbers(numbers: Sequence[float], step: float | None = None) -> Callable[[int], Scalar]:
    """The straight line through numbers that differ by one step, or the one nearest to them."""
    count = len(numbers)
    first = numbers[0]
    if count == 1:
        slope = step or 0.0
    else:
        middle, mean = (count - 1) / 2, sum(numbers) / count
        slope = sum((i - middle) * (n - mean) for i, n in enumerate(numbers)) / sum(
            (i - middle) ** 2 for i in range(count)
        )
        steps = {round(b - a, 9) for a, b in pairwise(numbers)}
        slope, first = (numbers[1] - first, first) if len(steps) == 1 else (slope, mean - slope * middle)
    return lambda place: _plain(first + slope * place)


def _plain(number: float) -> int | float:
    if not math.isfinite(number):
        raise invalid("Cannot fill beyond the largest number.")
    rounded = round(number, 9)
    return int(rounded) if rounded.is_integer() else rounded


def _dates(days: Sequence[int]) -> Callable[[int], Scalar] | None:
    """Day by day, or month by month where only months differ; None for numbers that are no dates."""
    try:
        moments = [serials.moment(day).date() for day in days]
    except ValueError:
        return None
    months = [at.year * 12 + at.month - 1 for at in moments]
    steps = {b - a for a, b in pairwise(months)}
    if len(moments) > 1 and len(steps) == 1 and steps != {0} and len({at.day for at in moments}) == 1:
        step = months[1] - months[0]
        return lambda place: _in_month(months[0] + step * place, moments[0].day)
    return _numbers([float(day) for day in days], step=1.0)


def _in_month(number: int, day: int) -> Scalar:
    """The day of a month counted from year 0, the last one where the month is shorter."""
    year, month = divmod(number, 12)
    if not 1 <= year <= 9999:
        raise invalid("Cannot fill beyond the last date.")
    last = calendar.monthrange(year, month + 1)[1]
    return serials.serial(date(year, month + 1, min(day, last)))


def _names(texts: Sequence[str], locale: str) -> Callable[[int], Scalar] | None:
    """Months and weekdays in the language of the file, in the case that the first text has."""
    place = region(locale)
    lists = (place.months_alone, place.months, place.months_short, place.weekdays, place.weekdays_short)
    for names in lists:
        folded = [name.casefold() for name in names]
        if all(text.casefold() in folded for text in texts):
            return _listed(names, [folded.index(text.casefold()) for text in texts], texts[0])
    return None


def _listed(names: Sequence[str], at: Sequence[int], model: str) -> Callable[[int], Scalar] | None:
    """A list of names gone through in even steps, again and again."""
    step = (at[1] - at[0]) % len(names) if len(at) > 1 else 1
    if any((b - a) % len(names) != step for a, b in pairwise(at)):
        return None
    case = str.upper if model.isupper() else str.capitalize if model[0].isupper() else str.lower
    return lambda place: case(names[(at[0] + step * place) % len(names)])


def _numbered(texts: Sequence[str]) -> Callable[[int], Scalar] | None:
    """Texts alike but for the number at their ends; its leading zeros stay."""
    matches = [_NUMBERED.fullmatch(text) for text in texts]
    if not all(matches) or len({one[1] for one in matches if one}) != 1:
        return None
    digits = [one[2] for one in matches if one]
    head, width = texts[0][: -len(digits[0])], len(digits[0])
    series = _numbers([float(number) for number in digits], step=1.0)
    return lambda place: f"{head}{_whole(series(place)):0{width}d}"


def _whole(value: Scalar) -> int:
    return abs(round(float(value or 0)))


HANDLERS = {"autoFill": auto_fill}
