"""One tab as a page shows it: columns, windows of rows, cells, made from the JSON of `spreadsheets.get`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sheets_emulator.formula_syntax import column_letters
from sheets_emulator.number_formats import colour_of, pattern_of
from sheets_emulator.view.conditions import ConditionalFormats, within
from sheets_emulator.view.entries import entry_text
from sheets_emulator.view.looks import Rules, declarations, pattern_colour

Json = Mapping[str, Any]
WINDOW_ROWS = 200
DEFAULT_WIDTH, DEFAULT_HEIGHT, HEAD_WIDTH = 100, 21, 46


@dataclass(frozen=True)
class Column:
    """A visible column; `left` is its distance from the grid's left edge while it is frozen."""

    index: int
    letters: str
    width: int
    left: int | None
    classes: str = ""  # what the column's cells and head share


@dataclass(frozen=True)
class Layout:
    """What all windows of a tab share."""

    gid: int
    title: str
    row_count: int
    column_count: int
    frozen_rows: int
    columns: Sequence[Column]
    spans: Mapping[tuple[int, int], tuple[int, int]]
    covered: frozenset[tuple[int, int]]
    gridlines: bool

    @property
    def width(self) -> int:
        """Pixels of all columns and the row numbers."""
        return HEAD_WIDTH + sum(column.width for column in self.columns)


@dataclass(frozen=True)
class CellView:
    """A cell ready for the template."""

    letters: str
    text: str
    entry: str  # what the editor starts with
    kind: str = ""
    classes: str = ""
    note: str = ""
    locked: bool = False
    checkbox: bool = False
    checked: bool = False
    percent: bool = False  # plain numbers typed here mean percent, as in Google's editor
    options: int | None = None  # number of its dropdown among the window's dropdowns
    rowspan: int = 1
    colspan: int = 1


@dataclass(frozen=True)
class RowView:
    """A row of the grid; `number` is what a person reads."""

    number: int
    classes: str
    frozen: bool
    cells: Sequence[CellView]


@dataclass
class Window:
    """Some hundred rows with the style rules and dropdowns that they need."""

    start: int
    end: int
    rules: Rules = field(default_factory=Rules)
    rows: list[RowView] = field(default_factory=list)
    dropdowns: list[Sequence[str]] = field(default_factory=list)

    def dropdown(self, values: Sequence[str]) -> int:
        """The number of a list of choices."""
        if values not in self.dropdowns:
            self.dropdowns.append(values)
        return self.dropdowns.index(values)


def layout_of(sheet: Json) -> Layout:
    """The layout of a tab from its properties, merges and the column metadata of its first data block."""
    properties = sheet["properties"]
    grid = properties.get("gridProperties", {})
    blocks = sheet.get("data") or [{}]
    metadata = blocks[0].get("columnMetadata", [])
    frozen = grid.get("frozenColumnCount", 0)
    columns: list[Column] = []
    left = HEAD_WIDTH
    for index in range(grid.get("columnCount", 0)):
        about = metadata[index] if index < len(metadata) else {}
        if about.get("hiddenByUser") or about.get("hiddenByFilter"):
            continue
        width = max(2, about.get("pixelSize", DEFAULT_WIDTH))
        letters = column_letters(index + 1)
        side = f"side k{letters}" + (" lastside" if index == frozen - 1 else "")
        columns.append(
            Column(index, letters, width, left, side)
            if index < frozen
            else Column(index, letters, width, None)
        )
        left += width
    spans, covered = _merges(sheet.get("merges", []), {c.index for c in columns})
    return Layout(
        gid=properties.get("sheetId", 0),
        title=properties.get("title", ""),
        row_count=grid.get("rowCount", 0),
        column_count=grid.get("columnCount", 0),
        frozen_rows=grid.get("frozenRowCount", 0),
        columns=columns,
        spans=spans,
        covered=frozenset(covered),
        gridlines=not grid.get("hideGridlines"),
    )


def _merges(
    merges: Sequence[Json], visible: set[int]
) -> tuple[dict[tuple[int, int], tuple[int, int]], set[tuple[int, int]]]:
    spans, covered = {}, set()
    for merge in merges:
        top, left = merge.get("startRowIndex", 0), merge.get("startColumnIndex", 0)
        bottom, right = merge["endRowIndex"], merge["endColumnIndex"]
        spans[top, left] = (bottom - top, sum(c in visible for c in range(left, right)) or 1)
        covered |= {(r, c) for r in range(top, bottom) for c in range(left, right)} - {(top, left)}
    return spans, covered


class Locks:
    """Which cells the chosen account cannot change."""

    def __init__(self, protected: Sequence[Json], *, may_edit: bool) -> None:
        self._may_edit = may_edit
        self._closed = [
            p for p in protected if not p.get("requestingUserCanEdit") and not p.get("warningOnly")
        ]

    def locked(self, row: int, column: int) -> bool:
        """Whether an edit of this cell (0-based) would be refused."""
        return not self._may_edit or any(
            within(p.get("range", {}), row, column)
            and not any(within(free, row, column) for free in p.get("unprotectedRanges", []))
            for p in self._closed
        )

    @property
    def whole_tab(self) -> bool:
        """Whether a protection covers the tab as a whole."""
        return any(not set(p.get("range", {})) - {"sheetId"} for p in self._closed)


@dataclass
class Painter:
    """Turns rows of JSON into rows of a page."""

    layout: Layout
    locks: Locks
    conditions: ConditionalFormats
    locale: str
    choices: Mapping[str, Sequence[str]]  # formula of a ONE_OF_RANGE → its values

    def window(self, data: Json, start: int, end: int) -> Window:
        """Rows `start` to `end` (0-based, half open) of a data block."""
        made = Window(start, end)
        offset = data.get("startRow", 0)
        rows, about = data.get("rowData", []), data.get("rowMetadata", [])
        for index in range(start, end):
            size = about[index - offset] if index - offset < len(about) else {}
            if size.get("hiddenByUser") or size.get("hiddenByFilter"):
                continue
            cells = rows[index - offset].get("values", []) if index - offset < len(rows) else []
            height = max(2, size.get("pixelSize", DEFAULT_HEIGHT))
            look = made.rules.style(f"height:{height}px") if height != DEFAULT_HEIGHT else ""
            views = list(self._cells(index, cells, made))
            made.rows.append(RowView(index + 1, look, index < self.layout.frozen_rows, views))
        return made

    def _cells(self, row: int, cells: Sequence[Json], made: Window) -> Iterator[CellView]:
        for column in self.layout.columns:
            if (row, column.index) in self.layout.covered:
                continue
            cell = cells[column.index] if column.index < len(cells) else {}
            span = self.layout.spans.get((row, column.index), (1, 1))
            after = cells[column.index + 1] if column.index + 1 < len(cells) else {}
            yield self._cell(
                row,
                column,
                cell,
                made,
                span=(min(span[0], made.end - row), span[1]),
                spills=span == (1, 1) and not after.get("formattedValue") and column.left is None,
            )

    def _cell(
        self, row: int, column: Column, cell: Json, made: Window, *, span: tuple[int, int], spills: bool
    ) -> CellView:
        value, kind = _value(cell)
        text = cell.get("formattedValue", "")
        look = cell.get("effectiveFormat") or cell.get("userEnteredFormat") or {}
        if over := self.conditions.over(row, column.index, value, text):
            look = _laid_over(look, over)
        number_format = look.get("numberFormat") or {}
        tint = pattern_colour(colour_of(value, number_format, self.locale)) if kind == "number" else None
        classes = [made.rules.style(declarations(look, kind, tint)), column.classes]
        if spills and kind == "text" and look.get("wrapStrategy", "OVERFLOW_CELL") == "OVERFLOW_CELL":
            classes.append("spill")
        validation = cell.get("dataValidation", {}).get("condition", {})
        checkbox = validation.get("type") == "BOOLEAN" and kind != "error"
        options = self._options(validation)
        return CellView(
            letters=column.letters,
            text="" if checkbox else text,
            entry=entry_text(cell, self.locale),
            kind=kind,
            classes=" ".join(filter(None, classes)),
            note=cell.get("note", ""),
            locked=self.locks.locked(row, column.index),
            checkbox=checkbox,
            checked=value is True,
            percent=bool(number_format) and "%" in pattern_of(number_format, self.locale),
            options=made.dropdown(options) if options else None,
            rowspan=span[0],
            colspan=span[1],
        )

    def _options(self, validation: Json) -> list[str]:
        values = [v.get("userEnteredValue", "") for v in validation.get("values", [])]
        if validation.get("type") == "ONE_OF_LIST":
            return values
        if validation.get("type") == "ONE_OF_RANGE" and values:
            return list(self.choices.get(values[0], []))
        return []


def _value(cell: Json) -> tuple[bool | int | float | str | None, str]:
    effective = cell.get("effectiveValue") or {}
    for name, kind in (("numberValue", "number"), ("boolValue", "bool"), ("stringValue", "text")):
        if name in effective:
            return effective[name], kind
    return None, "error" if "errorValue" in effective else ""


def _laid_over(look: Json, over: Json) -> dict[str, Any]:
    laid = {**look, **over}
    if "backgroundColor" in over and "backgroundColorStyle" not in over:
        laid.pop("backgroundColorStyle", None)
    own = dict(look.get("textFormat", {}))
    text = over.get("textFormat", {})
    if "foregroundColor" in text and "foregroundColorStyle" not in text:
        own.pop("foregroundColorStyle", None)
    laid["textFormat"] = {**own, **text}
    return laid
