"""The cells of one tab: rows of plain values with interned styles and sparse formulas.

The layout serves three needs: a big read is slicing lists, a small write touches few rows, and a grid that others
read meanwhile is never changed: a fork shares its rows and copies each one before it writes to it. A value is
None (blank), a bool, a number (dates are serial days), a string, or a `CellError` that a formula gave.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Scalar = bool | int | float | str | None
BLOCK_ROWS = 256


class CellError(str):
    """An error value: the text shown in the cell, with Google's `ErrorType` and message."""

    __slots__ = ("message", "type")
    type: str
    message: str

    def __new__(cls, text: str, kind: str, message: str = "") -> CellError:
        """`text` is what the cell shows (`#DIV/0!`), `kind` the ErrorType (`DIVIDE_BY_ZERO`)."""
        error = super().__new__(cls, text)
        error.type, error.message = kind, message
        return error


class Row:
    """The cells of one row; `values` never ends in a blank, `styles` never in 0.

    `writer` is the mark of the one grid that may change the row; whoever else holds the row only reads it.
    """

    __slots__ = ("formulas", "styles", "values", "writer")

    def __init__(
        self,
        values: list[Scalar] | None = None,
        styles: list[int] | None = None,
        formulas: dict[int, str] | None = None,
    ) -> None:
        self.values: list[Scalar] = values if values is not None else []
        self.styles: list[int] = styles if styles is not None else []
        self.formulas: dict[int, str] = formulas if formulas is not None else {}
        self.writer: object = None

    def value(self, column: int) -> Scalar:
        """The effective value of a cell."""
        return self.values[column] if column < len(self.values) else None

    def style(self, column: int) -> int:
        """The number of a cell's style in the document's pool; 0 = nothing set."""
        return self.styles[column] if column < len(self.styles) else 0

    def set_value(self, column: int, value: Scalar) -> None:
        """Put an effective value into a cell; its formula, if any, stays."""
        _put(self.values, column, value, None)

    def set_style(self, column: int, style: int) -> None:
        """Give a cell a style of the pool."""
        _put(self.styles, column, style, 0)

    def copy(self) -> Row:
        """A row of its own with the same cells."""
        return Row(list(self.values), list(self.styles), dict(self.formulas))

    def is_empty(self) -> bool:
        """Whether nothing was ever put here, not even a format."""
        return not (self.values or self.styles or self.formulas)

    def trim(self, width: int | None = None) -> None:
        """Cut what lies beyond `width` columns, and blanks at the end."""
        if width is not None:
            del self.values[width:]
            del self.styles[width:]
            self.formulas = {c: f for c, f in self.formulas.items() if c < width}
        while self.values and self.values[-1] is None:
            self.values.pop()
        while self.styles and not self.styles[-1]:
            self.styles.pop()

    def as_json(self) -> list[Any]:
        """`[values, styles, {column: formula}, {column: [error type, message]}]`, empty tails left out."""
        errors = {c: [v.type, v.message] for c in self.formulas if isinstance(v := self.value(c), CellError)}
        parts: list[Any] = [self.values, self.styles, self.formulas, errors]
        while parts and not parts[-1]:
            parts.pop()
        return parts

    @classmethod
    def from_json(cls, parts: list[Any]) -> Row:
        """The row that `as_json` described."""
        values = parts[0] if parts else []
        formulas = {int(c): f for c, f in parts[2].items()} if len(parts) > 2 else {}
        if len(parts) > 3:
            for column, (kind, message) in parts[3].items():
                values[int(column)] = CellError(values[int(column)], kind, message)
        return cls(values, parts[1] if len(parts) > 1 else [], formulas)


class Grid:
    """The rows of a tab, and which blocks of rows changed since they were last stored.

    Rows and columns are 0-based. Rows behind the last one that holds anything do not exist here; the
    tab's size lies in its properties. Rows in `rows` are for reading; `writable` and `own` give rows to change.
    """

    __slots__ = ("changed_blocks", "mark", "rows")

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.changed_blocks: set[int] = set()
        self.mark = object()

    def fork(self) -> Grid:
        """A grid with the same cells that may be changed while others read this one."""
        twin = Grid()
        twin.rows, twin.changed_blocks = list(self.rows), set(self.changed_blocks)
        return twin

    def row(self, index: int) -> Row | None:
        """The row for reading, None when nothing is there."""
        return self.rows[index] if index < len(self.rows) else None

    def writable(self, index: int) -> Row:
        """The row for writing: made if need be, its block marked as changed."""
        while len(self.rows) <= index:
            self.rows.append(Row())
        self.changed_blocks.add(index // BLOCK_ROWS)
        return self.own(index)

    def own(self, index: int) -> Row:
        """An existing row for writing what is not stored: a copy takes its place if others may read it."""
        row = self.rows[index]
        if row.writer is not self.mark:
            row = self.rows[index] = row.copy()
            row.writer = self.mark
        return row

    def value(self, row: int, column: int) -> Scalar:
        """The effective value of a cell."""
        return self.rows[row].value(column) if row < len(self.rows) else None

    def formula(self, row: int, column: int) -> str | None:
        """The formula of a cell, with its `=`."""
        return self.rows[row].formulas.get(column) if row < len(self.rows) else None

    def style(self, row: int, column: int) -> int:
        """The number of a cell's style; 0 = none."""
        return self.rows[row].style(column) if row < len(self.rows) else 0

    def enter(self, row: int, column: int, value: Scalar, formula: str | None = None) -> None:
        """Put a value, or a formula with its first effective value, into a cell; its style stays."""
        if value is None and formula is None and row >= len(self.rows):
            return
        cells = self.writable(row)
        cells.set_value(column, value)
        if formula is not None:
            cells.formulas[column] = formula
        elif cells.formulas:
            cells.formulas.pop(column, None)

    def set_effective(self, row: int, column: int, value: Scalar) -> None:
        """Store what a formula came to."""
        if not _same(self.value(row, column), value):
            self.writable(row).set_value(column, value)

    def formulas(self) -> Iterator[tuple[int, int, str]]:
        """Every formula cell: (row, column, text)."""
        for index, row in enumerate(self.rows):
            if row.formulas:
                for column, text in row.formulas.items():
                    yield index, column, text

    def used_size(self) -> tuple[int, int]:
        """Rows and columns up to the last cell that holds a value or a formula."""
        last, width = 0, 0
        for index, row in enumerate(self.rows):
            size = max(len(row.values), max(row.formulas, default=-1) + 1)
            if size:
                last, width = index + 1, max(width, size)
        return last, width

    def changed_from(self, index: int) -> None:
        """Mark every block from this row on as changed (rows moved)."""
        self.changed_blocks.update(range(index // BLOCK_ROWS, len(self.rows) // BLOCK_ROWS + 1))

    def insert_rows(self, at: int, count: int) -> None:
        """Push rows down; the new ones are empty."""
        if at < len(self.rows):
            self.rows[at:at] = [Row() for _ in range(count)]
            self.changed_from(at)

    def delete_rows(self, start: int, end: int) -> None:
        """Take rows out; those below move up."""
        if start < len(self.rows):
            self.changed_from(start)
            del self.rows[start:end]

    def insert_columns(self, at: int, count: int) -> None:
        """Push columns to the right; the new ones are empty."""
        for index, held in enumerate(self.rows):
            if len(held.values) > at or len(held.styles) > at or held.formulas:
                row = self.writable(index)
                if len(row.values) > at:
                    row.values[at:at] = [None] * count
                if len(row.styles) > at:
                    row.styles[at:at] = [0] * count
                row.formulas = {c + count if c >= at else c: f for c, f in row.formulas.items()}

    def delete_columns(self, start: int, end: int) -> None:
        """Take columns out; those to the right move left."""
        for index, held in enumerate(self.rows):
            if len(held.values) > start or len(held.styles) > start or held.formulas:
                row = self.writable(index)
                del row.values[start:end]
                del row.styles[start:end]
                row.formulas = {
                    c - (end - start) if c >= end else c: f
                    for c, f in row.formulas.items()
                    if not start <= c < end
                }
                row.trim()


def _put(cells: list[Any], column: int, value: Any, blank: Any) -> None:
    """Set one item of a list that never ends in a blank."""
    size = len(cells)
    if column < size:
        cells[column] = value
        if value is blank and column == size - 1:
            while cells and cells[-1] is blank:
                cells.pop()
    elif value is not blank:
        if column > size:
            cells.extend([blank] * (column - size))
        cells.append(value)


def _same(a: Scalar, b: Scalar) -> bool:
    """Equal in value and kind: True is not 1, and an error is not its text."""
    return type(a) is type(b) and a == b
