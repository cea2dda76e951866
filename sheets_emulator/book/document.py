"""A spreadsheet: properties, tabs, named ranges, developer metadata, and the pool of cell styles.

Everything but the cells is kept in the shapes of the API (dictionaries), ranges always with their
`sheetId`; `resources.py` leaves out what Google leaves out.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from sheets_emulator.book.grid import BLOCK_ROWS, Grid, Row

Json = dict[str, Any]
LIST_OBJECTS = (
    "merges",
    "conditionalFormats",
    "filterViews",
    "protectedRanges",
    "charts",
    "bandedRanges",
    "rowGroups",
    "columnGroups",
    "slicers",
    "tables",
)


class StylePool:
    """Interned cell styles: everything about a cell except its value.

    A style is a dictionary with any of `userEnteredFormat`, `dataValidation`, `note`, `textFormatRuns`,
    `chipRuns`. Style 0 is the empty one. Styles are never changed in place.
    """

    def __init__(self, styles: list[Json] | None = None) -> None:
        self.styles: list[Json] = styles if styles is not None else [{}]
        self._numbers = {_canonical(style): number for number, style in enumerate(self.styles)}

    def __getitem__(self, number: int) -> Json:
        return self.styles[number]

    def fork(self) -> StylePool:
        """A pool that may grow while others read this one; both hold the same styles."""
        twin = StylePool()
        twin.styles, twin._numbers = list(self.styles), dict(self._numbers)
        return twin

    def number(self, style: Json) -> int:
        """The number of this style; a new one if it was not seen before."""
        if not style:
            return 0
        key = _canonical(style)
        known = self._numbers.get(key)
        if known is None:
            known = self._numbers[key] = len(self.styles)
            self.styles.append(copy.deepcopy(style))
        return known


class Sheet:
    """One tab: its properties in the API's shape (without `index`), its cells, its objects."""

    def __init__(self, properties: Json) -> None:
        self.properties = properties
        self.grid = Grid()
        self.row_properties: dict[int, Json] = {}
        self.column_properties: dict[int, Json] = {}
        self.basic_filter: Json | None = None
        self.objects: dict[str, list[Json]] = {name: [] for name in LIST_OBJECTS}
        self.stored_blocks: int | None = None  # None: a tab that the store has not seen yet

    @property
    def sheet_id(self) -> int:
        """The tab's id; 0 for the first tab of a new spreadsheet."""
        return int(self.properties["sheetId"])

    @property
    def title(self) -> str:
        """The tab's name."""
        return str(self.properties["title"])

    @property
    def row_count(self) -> int:
        """Rows of the grid, used or not."""
        return int(self.properties["gridProperties"]["rowCount"])

    @property
    def column_count(self) -> int:
        """Columns of the grid, used or not."""
        return int(self.properties["gridProperties"]["columnCount"])

    def resize(self, rows: int, columns: int) -> None:
        """Set the size of the grid; cells beyond it are lost."""
        size = self.properties["gridProperties"]
        if columns < self.column_count:
            self.grid.delete_columns(columns, self.column_count)
            self.column_properties = {i: p for i, p in self.column_properties.items() if i < columns}
        if rows < self.row_count:
            self.grid.delete_rows(rows, len(self.grid.rows))
            self.row_properties = {i: p for i, p in self.row_properties.items() if i < rows}
        size["rowCount"], size["columnCount"] = rows, columns

    def show_filtered_rows(self) -> None:
        """Let the rows show again that the basic filter has hidden."""
        for index, properties in list(self.row_properties.items()):
            shown = {name: value for name, value in properties.items() if name != "hiddenByFilter"}
            if shown:
                self.row_properties[index] = shown
            else:
                del self.row_properties[index]

    def meta(self) -> Json:
        """All of the tab except its cells, as JSON."""
        return {
            "properties": self.properties,
            "rowProperties": self.row_properties,
            "columnProperties": self.column_properties,
            "basicFilter": self.basic_filter,
            "objects": {name: objects for name, objects in self.objects.items() if objects},
        }

    @classmethod
    def from_meta(cls, meta: Json) -> Sheet:
        """The tab that `meta` described, without its cells."""
        sheet = cls(meta["properties"])
        sheet.row_properties = {int(i): p for i, p in meta["rowProperties"].items()}
        sheet.column_properties = {int(i): p for i, p in meta["columnProperties"].items()}
        sheet.basic_filter = meta["basicFilter"]
        sheet.objects.update(meta["objects"])
        return sheet

    def blocks(self, *, only_changed: bool) -> Iterator[tuple[int, list[Any]]]:
        """(number, rows as JSON) of each block of rows; an empty list for a block that is gone."""
        count = -(-len(self.grid.rows) // BLOCK_ROWS)
        numbers = self.grid.changed_blocks if only_changed else set(range(count))
        for number in sorted(numbers | set(range(count, self.stored_blocks or 0))):
            rows = self.grid.rows[number * BLOCK_ROWS : (number + 1) * BLOCK_ROWS]
            yield number, [row.as_json() for row in rows]

    def stored(self) -> None:
        """All blocks are in the store now."""
        self.grid.changed_blocks.clear()
        self.stored_blocks = -(-len(self.grid.rows) // BLOCK_ROWS)

    def load_block(self, number: int, rows: list[Any]) -> None:
        """Put in the rows of a block, the blocks in their order; blank rows before it need not be stored."""
        held = self.grid.rows
        held.extend(Row() for _ in range(number * BLOCK_ROWS - len(held)))
        held.extend(Row.from_json(row) for row in rows)


class Document:
    """A spreadsheet's whole content. The title lies in its file record, not here."""

    def __init__(self, properties: Json) -> None:
        self.properties = properties
        self.sheets: list[Sheet] = []
        self.named_ranges: list[Json] = []
        self.developer_metadata: list[Json] = []
        self.styles = StylePool()
        self.is_volatile: bool | None = (
            None  # whether reading it needs a calculation; None: not looked at yet
        )
        self.beside: list[Sheet] = []  # tabs that charts may read and nobody sees: see `exports.of_tab`

    def sheet(self, sheet_id: int) -> Sheet | None:
        """The tab with this id."""
        return next((sheet for sheet in self.sheets if sheet.sheet_id == sheet_id), None)

    def sheet_titled(self, title: str) -> Sheet | None:
        """The tab with this name; names differ by more than case."""
        folded = title.casefold()
        return next((sheet for sheet in self.sheets if sheet.title.casefold() == folded), None)

    @property
    def locale(self) -> str:
        """Such as `ru_RU`."""
        return str(self.properties["locale"])

    @property
    def time_zone(self) -> str:
        """A name of the time zone database."""
        return str(self.properties["timeZone"])

    def cell_count(self) -> int:
        """Cells of all grids, used or not: what Google's limit of ten million counts."""
        return sum(sheet.row_count * sheet.column_count for sheet in self.sheets)

    def meta(self) -> Json:
        """All but the cells, as JSON."""
        return {
            "properties": self.properties,
            "sheets": [sheet.meta() for sheet in self.sheets],
            "namedRanges": self.named_ranges,
            "developerMetadata": self.developer_metadata,
            "styles": self.styles.styles,
        }

    @classmethod
    def from_meta(cls, meta: Json) -> Document:
        """The document that `meta` described, its tabs without cells."""
        document = cls(meta["properties"])
        document.sheets = [Sheet.from_meta(sheet) for sheet in meta["sheets"]]
        document.named_ranges = meta["namedRanges"]
        document.developer_metadata = meta["developerMetadata"]
        document.styles = StylePool(meta["styles"])
        return document

    def fork(self) -> Document:
        """A document with the same content that may be changed while others read this one.

        Cells are shared until they are written to (`Grid.fork`); the rest goes through JSON, as when it is stored.
        """
        from pydantic_core import from_json, to_json  # noqa: PLC0415  # its load is for those alone who handle cells

        twin = Document.from_meta(from_json(to_json({**self.meta(), "styles": [{}]})))
        twin.styles = self.styles.fork()
        for sheet, source in zip(twin.sheets, self.sheets, strict=True):
            sheet.grid, sheet.stored_blocks = source.grid.fork(), source.stored_blocks
        return twin


def _canonical(style: Json) -> str:
    return json.dumps(style, sort_keys=True, ensure_ascii=False)
