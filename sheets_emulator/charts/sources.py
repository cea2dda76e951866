"""The cells that a chart's description points to, with what stands in them now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sheets_emulator.book.grid import CellError, Scalar
from sheets_emulator.charts.described import Shown
from sheets_emulator.numbers.formats import render

if TYPE_CHECKING:
    from sheets_emulator.book.document import Document, Sheet

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Held:
    """What a cell holds, and the number format that it is shown in."""

    value: Scalar
    number_format: Json | None

    @property
    def number(self) -> float | None:
        """Its number; None for anything else."""
        return number_of(self.value)


class Sources:
    """Reads the ranges of one chart's data; what is hidden is left out as the chart wants it."""

    def __init__(self, document: Document, hidden_strategy: str = "") -> None:
        """`hidden_strategy` is Google's hiddenDimensionStrategy."""
        self._document = document
        self._skips_rows = hidden_strategy not in {"SKIP_HIDDEN_COLUMNS", "SHOW_ALL"}
        self._skips_columns = hidden_strategy not in {"SKIP_HIDDEN_ROWS", "SHOW_ALL"}

    def cells(self, data: Json) -> list[Held]:
        """The cells of a ChartData's ranges one after another."""
        held: list[Held] = []
        for cells in data.get("sourceRange", {}).get("sources", []):
            number = cells.get("sheetId", 0)
            beside = (one for one in self._document.beside if one.sheet_id == number)
            sheet = self._document.sheet(number) or next(beside, None)
            if sheet is not None:
                held.extend(self._range(sheet, cells))
        return held

    def texts(self, cells: list[Held]) -> list[str]:
        """What the cells show."""
        return [self.text(cell) for cell in cells]

    def text(self, cell: Held) -> str:
        """What a cell shows."""
        if isinstance(cell.value, CellError):
            return str(cell.value)
        return render(cell.value, cell.number_format, self._document.locale)

    def shown(self, cells: list[Held]) -> Shown:
        """How numbers are written that belong to these cells: like the first number among them."""
        look = next((cell.number_format for cell in cells if cell.number is not None), None)
        return lambda value: render(value, look, self._document.locale)

    def percent(self) -> Shown:
        """How a fraction is written as a percentage, whole or with one decimal."""
        pattern = {"type": "PERCENT", "pattern": "0.#%"}
        whole = {"type": "PERCENT", "pattern": "0%"}
        return lambda value: render(
            value, whole if abs(value * 100 - round(value * 100)) < 0.05 else pattern, self._document.locale
        )

    def _range(self, sheet: Sheet, cells: Json) -> Iterator[Held]:
        grid = sheet.grid
        bottom = min(cells.get("endRowIndex", sheet.row_count), max(len(grid.rows), 1))
        right = min(cells.get("endColumnIndex", sheet.column_count), sheet.column_count)
        for row in range(cells.get("startRowIndex", 0), bottom):
            if self._skips_rows and _is_hidden(sheet.row_properties.get(row)):
                continue
            for column in range(cells.get("startColumnIndex", 0), right):
                if self._skips_columns and _is_hidden(sheet.column_properties.get(column)):
                    continue
                value = grid.value(row, column)
                style = self._document.styles[grid.style(row, column)]
                own = style.get("userEnteredFormat", {}).get("numberFormat")
                yield Held(value, own or getattr(value, "number_format", None))


def number_of(value: Scalar) -> float | None:
    """A number as a float; None for texts, truth values, errors and blanks."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _is_hidden(about: Json | None) -> bool:
    return bool(about and (about.get("hiddenByUser") or about.get("hiddenByFilter")))
