"""The frame of a tab: its columns, merged cells, and what the chosen account cannot change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sheets_emulator.book.a1 import letters
from sheets_emulator.cells.conditional_formats import within
from sheets_emulator.view.banding import Bands

Json = Mapping[str, Any]
DEFAULT_WIDTH, DEFAULT_HEIGHT, HEAD_WIDTH = 100, 21, 46
_MOST_ROWS, _FEWEST_ROWS, _WINDOW_CELLS = 200, 4, 12_000


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
    merges: Sequence[Json]
    gridlines: bool
    banding: Bands = field(default_factory=lambda: Bands([]))
    filter: Json = field(default_factory=dict)  # the tab's basic filter

    @property
    def window_rows(self) -> int:
        """Rows that are drawn at once: fewer where they are long, so that no page takes long."""
        return max(_FEWEST_ROWS, min(_MOST_ROWS, _WINDOW_CELLS // max(1, len(self.columns))))

    @property
    def width(self) -> int:
        """Pixels of all columns and the row numbers."""
        return HEAD_WIDTH + sum(column.width for column in self.columns)


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
        name = letters(index)
        side = f"side k{name}" + (" lastside" if index == frozen - 1 else "")
        columns.append(
            Column(index, name, width, left, side) if index < frozen else Column(index, name, width, None)
        )
        left += width
    return Layout(
        gid=properties.get("sheetId", 0),
        title=properties.get("title", ""),
        row_count=grid.get("rowCount", 0),
        column_count=grid.get("columnCount", 0),
        frozen_rows=grid.get("frozenRowCount", 0),
        columns=columns,
        merges=sheet.get("merges", []),
        gridlines=not grid.get("hideGridlines"),
        banding=Bands(sheet.get("bandedRanges", [])),
        filter=sheet.get("basicFilter", {}),
    )


class Merges:
    """The merged cells of one window, as far as its rows and columns are visible."""

    def __init__(self, merges: Sequence[Json], rows: Sequence[int], columns: Sequence[int]) -> None:
        self.spans: dict[tuple[int, int], tuple[int, int]] = {}  # first visible cell → rows, columns
        self.sources: dict[tuple[int, int], tuple[int, int]] = {}  # first visible cell → whose content
        self.covered: set[tuple[int, int]] = set()
        for merge in merges:
            top, left = merge.get("startRowIndex", 0), merge.get("startColumnIndex", 0)
            down = [row for row in rows if top <= row < merge["endRowIndex"]]
            right = [column for column in columns if left <= column < merge["endColumnIndex"]]
            if down and right:
                first = (down[0], right[0])
                self.spans[first] = (len(down), len(right))
                self.sources[first] = (top, left)
                self.covered |= {(row, column) for row in down for column in right} - {first}


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
    def sealed(self) -> bool:
        """Whether no cell of the tab is open to this account."""
        return not self._may_edit or any(
            not set(p.get("range", {})) - {"sheetId"} and not p.get("unprotectedRanges") for p in self._closed
        )

    @property
    def whole_tab(self) -> bool:
        """Whether a protection covers the tab as a whole."""
        return any(not set(p.get("range", {})) - {"sheetId"} for p in self._closed)
