"""One tab as a page shows it: columns, windows of rows, cells, made from the JSON of `spreadsheets.get`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sheets_emulator.cells.conditional_formats import within
from sheets_emulator.cells.conditions import Scalar
from sheets_emulator.charts.sparklines import sparkline
from sheets_emulator.charts.svg import svg
from sheets_emulator.formulas.sparklines import SparklineCall
from sheets_emulator.numbers.formats import colour_of, is_date_format, pattern_of
from sheets_emulator.view.entries import entry_text
from sheets_emulator.view.filter_views import RowsViewed
from sheets_emulator.view.layout import DEFAULT_HEIGHT, Column, Layout, Locks, Merges
from sheets_emulator.view.links import href
from sheets_emulator.view.looks import (
    Rules,
    background,
    declarations,
    may_overflow,
    pattern_colour,
    room,
    spread,
)
from sheets_emulator.view.validation import Given, Judge, sentence

Json = Mapping[str, Any]
_BESIDE_PICTURE = 5  # pixels of a cell that its SPARKLINE leaves free
CellAt = Callable[[int, int], Json]  # (row, column), 0-based → CellData; {} where nothing is


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
    ticks: Sequence[str] = ()  # what a set and an empty box stand for, where that is not true and false
    percent: bool = False  # plain numbers typed here mean percent, as in Google's editor
    options: int | None = None  # number of its dropdown among the window's dropdowns
    wrong: str = ""  # what its column's validation asks for instead
    rowspan: int = 1
    colspan: int = 1
    link: str = ""  # where the text leads
    picture: str = ""  # SVG of a SPARKLINE
    spill: str = ""  # class of a text that runs over empty neighbours
    filter: str = ""  # of a filter's header: "plain", or "active" where the column is filtered


@dataclass(frozen=True)
class RowView:
    """A row of the grid; `number` is what a person reads, `place` (from 1) where a filter view's order puts it."""

    number: int
    place: int
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
    places: dict[int, int] = field(default_factory=dict)  # of the rows shown, where each stands (0-based)
    heights: dict[int, int] = field(default_factory=dict)  # of the rows shown, in pixels

    def dropdown(self, values: Sequence[str]) -> int:
        """The number of a list of choices."""
        if values not in self.dropdowns:
            self.dropdowns.append(values)
        return self.dropdowns.index(values)


@dataclass
class Painter:
    """Turns rows of JSON into rows of a page."""

    layout: Layout
    locks: Locks
    locale: str
    judge: Judge
    pictures: Mapping[tuple[int, int], SparklineCall] = field(default_factory=dict)  # by (row, column)
    viewed: RowsViewed = field(default_factory=RowsViewed)
    words: Mapping[str, str] = field(default_factory=dict)

    def window(self, blocks: Sequence[Json], start: int, end: int) -> Window:
        """The rows at the places `start` to `end` (0-based, half open), out of data blocks that hold them."""
        made = Window(start, end)
        held: dict[int, Sequence[Json]] = {}
        sizes: dict[int, Json] = {}
        for block in blocks:
            first = block.get("startRow", 0)
            held |= {first + i: row.get("values", []) for i, row in enumerate(block.get("rowData", []))}
            sizes |= {first + i: size for i, size in enumerate(block.get("rowMetadata", []))}
        made.places = {
            row: place
            for place, row in enumerate(self.viewed.rows(start, end), start)
            if not self.viewed.hides(row, sizes.get(row, {}))
        }
        merges = Merges(self.layout.merges, list(made.places), [c.index for c in self.layout.columns])

        def at(row: int, column: int) -> Json:
            cells = held.get(row, ())
            return cells[column] if column < len(cells) else {}

        for row in made.places:
            made.heights[row] = max(2, sizes.get(row, {}).get("pixelSize", DEFAULT_HEIGHT))
        for row, place in made.places.items():
            height = made.heights[row]
            look = made.rules.style(f"height:{height}px") if height != DEFAULT_HEIGHT else ""
            views = list(self._cells(row, at, merges, made))
            made.rows.append(RowView(row + 1, place + 1, look, place < self.layout.frozen_rows, views))
        return made

    def _cells(self, row: int, at: CellAt, merges: Merges, made: Window) -> Iterator[CellView]:
        columns = self.layout.columns
        cells = [at(*merges.sources.get((row, c.index), (row, c.index))) for c in columns]
        widths = [c.width for c in columns]
        merged = [(row, c.index) in merges.covered or (row, c.index) in merges.spans for c in columns]
        for place, column in enumerate(columns):
            if (row, column.index) in merges.covered:
                continue
            is_frozen = column.left is not None

            def is_free(other: int, *, is_frozen: bool = is_frozen) -> bool:
                same_pane = (columns[other].left is not None) == is_frozen
                return same_pane and not merged[other] and not cells[other].get("formattedValue")

            sides = (0, 0)
            if cells[place].get("formattedValue") and not merged[place]:
                sides = (room(widths, place, -1, is_free), room(widths, place, 1, is_free))
            span = merges.spans.get((row, column.index), (1, 1))
            yield self._cell(row, column, cells[place], made, span=span, sides=sides)

    def _cell(
        self,
        row: int,
        column: Column,
        cell: Json,
        made: Window,
        *,
        span: tuple[int, int],
        sides: tuple[int, int],
    ) -> CellView:
        value, kind = _value(cell)
        text = cell.get("formattedValue", "")
        look = self._look(made.places[row], column.index, cell)
        number_format = look.get("numberFormat") or {}
        tint = pattern_colour(colour_of(value, number_format, self.locale)) if kind == "number" else None
        validation = cell.get("dataValidation", {}).get("condition", {})
        checkbox = validation.get("type") == "BOOLEAN" and kind != "error"
        ticks = [one.get("userEnteredValue", "") for one in validation.get("values", [])]
        options = self._options(validation)
        link = href(cell.get("hyperlink", "")) if text else ""
        spill = "" if options or link or kind != "text" else _spill(text, look, column, sides)
        return CellView(
            letters=column.letters,
            text="" if checkbox else text,
            entry=entry_text(cell, self.locale),
            kind=kind,
            classes=" ".join(
                filter(
                    None,
                    (
                        made.rules.style(declarations(look, kind, tint)),
                        column.classes,
                        "spill" if spill else "",
                    ),
                )
            ),
            note=cell.get("note", ""),
            locked=self.locks.locked(row, column.index),
            checkbox=checkbox,
            checked=text in ticks[:1] if ticks else value is True,
            ticks=ticks if checkbox else (),
            percent=bool(number_format) and "%" in pattern_of(number_format, self.locale),
            options=made.dropdown(options) if options else None,
            rowspan=span[0],
            colspan=span[1],
            wrong=self._wrong((row, column.index), cell, value, number_format),
            link=link,
            picture=self._picture((row, column), span, made),
            spill=made.rules.style(spill),
            filter=_filter_mark(self.layout.filter, row, column.index),
        )

    def _wrong(self, at: tuple[int, int], cell: Json, value: Scalar, number_format: Json) -> str:
        """What the column's validation asks for, where the cell holds something else."""
        rule = cell.get("dataValidation")
        if not rule or value is None:
            return ""
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        is_date = is_number and is_date_format(number_format)
        given = Given(value, cell.get("formattedValue", ""), is_date, *at)
        return "" if self.judge.fulfils(rule, given) else sentence(rule, self.words)

    def _picture(self, at: tuple[int, Column], span: tuple[int, int], made: Window) -> str:
        """The SVG of the SPARKLINE in a cell, as large as the cell with all that is merged into it."""
        call = self.pictures.get((at[0], at[1].index))
        if call is None:
            return ""
        rows, columns = list(made.heights), self.layout.columns
        top, left = rows.index(at[0]), columns.index(at[1])
        height = sum(made.heights[row] for row in rows[top : top + span[0]])
        width = sum(column.width for column in columns[left : left + span[1]])
        drawn = sparkline(call, max(1, width - _BESIDE_PICTURE), max(1, height - _BESIDE_PICTURE))
        return svg(drawn) if drawn is not None else ""

    def _look(self, place: int, column: int, cell: Json) -> Json:
        """The cell's format, conditional formats included, over the band that lies at its place."""
        look = cell.get("effectiveFormat") or cell.get("userEnteredFormat") or {}
        own = cell.get("userEnteredFormat", {})
        band = self.layout.banding.under(place, column)
        painted = {"backgroundColor", "backgroundColorStyle"} & set(own) or background(look)
        return _laid_over(look, band) if band and not painted else look

    def _options(self, validation: Json) -> list[str]:
        values = [v.get("userEnteredValue", "") for v in validation.get("values", [])]
        if validation.get("type") == "ONE_OF_LIST":
            return values
        if validation.get("type") == "ONE_OF_RANGE" and values:
            return list(self.judge.choices.get(values[0], []))
        return []


def _spill(text: str, look: Json, column: Column, sides: tuple[int, int]) -> str:
    """The CSS of a text that may run over its neighbours; '' where it stays in its cell."""
    size = look.get("textFormat", {}).get("fontSize", 10)
    if look.get("wrapStrategy", "OVERFLOW_CELL") != "OVERFLOW_CELL" or "\n" in text:
        return ""
    if not may_overflow(text, size, column.width):
        return ""
    return spread(column.width, *sides, look.get("horizontalAlignment", "LEFT"))


def _filter_mark(basic_filter: Json, row: int, column: int) -> str:
    """Whether a cell is a header of the tab's filter, and whether its column is filtered."""
    cells = basic_filter.get("range", {})
    if not basic_filter or row != cells.get("startRowIndex", 0) or not within(cells, row, column):
        return ""
    active = {str(key) for key in basic_filter.get("criteria", {})}
    active |= {
        str(spec.get("columnIndex", 0))
        for spec in basic_filter.get("filterSpecs", [])
        if spec.get("filterCriteria")
    }
    return "active" if str(column) in active else "plain"


def _value(cell: Json) -> tuple[Scalar, str]:
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
