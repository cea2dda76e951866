"""What a tab should look like, as values: cells with style names, columns, colour rules.

One description serves both ways out: requests to Google (`changes`, `building`) and XLSX (`xlsx_writing`).
Row and column numbers in here are 0-based positions, as in Google's GridRange.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

CellValue = str | int | float | bool | None
"""A value as it stands in a cell; dates and moments are serial days, money is in tenge, text is data."""


@dataclass(frozen=True)
class Cell:
    """One cell. `style` is a name of `styles`; `link` («#gid=7&range=B12») is where a click leads.

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
