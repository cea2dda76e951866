"""A spreadsheet opened at one of its tabs by one account."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from sheets_emulator.book.a1 import letters
from sheets_emulator.book.colours import colour
from sheets_emulator.cells.conditional_formats import within
from sheets_emulator.cells.editing import present
from sheets_emulator.charts.drawing import drawn
from sheets_emulator.charts.reading import charts_of
from sheets_emulator.charts.svg import svg
from sheets_emulator.formulas.calculation import sparklines
from sheets_emulator.formulas.sparklines import HAS_SPARKLINE, SparklineCall
from sheets_emulator.view.filter_views import RowsViewed, chosen, runs, through, views_of
from sheets_emulator.view.inside import call
from sheets_emulator.view.layout import Layout, Locks, layout_of
from sheets_emulator.view.leaps import WAYS, filled_edge, first_free, last_used
from sheets_emulator.view.reading import choices_of, quoted
from sheets_emulator.view.rule_formulas import Results, worked_out
from sheets_emulator.view.sheet_page import Painter, Window
from sheets_emulator.view.validation import Judge, formulas_of
from sheets_emulator.view.words import language_of, words

if TYPE_CHECKING:
    from datetime import datetime

    from sheets_emulator.book.document import Document
    from sheets_emulator.store.records import AccountRecord

Json = Mapping[str, Any]
_STRUCTURE = (
    "properties,namedRanges,sheets(properties,merges,protectedRanges,bandedRanges,"
    "basicFilter,filterViews,charts,"
    "data(columnMetadata(pixelSize,hiddenByUser)))"
)
_WINDOW = (
    "sheets(data(startRow,rowMetadata(pixelSize,hiddenByUser,hiddenByFilter),rowData(values("
    "formattedValue,effectiveValue,userEnteredValue,userEnteredFormat(backgroundColor,backgroundColorStyle),"
    "effectiveFormat,note,dataValidation,hyperlink))))"
)


class Opened:
    """A spreadsheet opened at one tab by one account."""

    def __init__(
        self, request: Request, account: "AccountRecord", data: Json, about: Json, gid: str | None
    ) -> None:
        self._request, self._account = request, account
        self.id = request.path_params["file_id"]
        self.words = words(language_of(request.headers.get("accept-language", "")))
        self.title = data["properties"]["title"]
        self.locale = data["properties"].get("locale", "en_US")
        self.version = about.get("version", "")
        self.may_edit = bool(about.get("capabilities", {}).get("canEdit"))
        self._data = data
        visible = [s for s in data["sheets"] if not s["properties"].get("hidden")]
        self.sheet = next((s for s in visible if str(s["properties"].get("sheetId", 0)) == gid), visible[0])
        self.filter_views = views_of(self.sheet)
        self.filter_view = chosen(self.filter_views, request.query_params.get("fv"))
        seen = {**self.sheet, "basicFilter": self.filter_view.described} if self.filter_view else self.sheet
        self.layout: Layout = layout_of(seen)
        self.locks = Locks(self.sheet.get("protectedRanges", []), may_edit=self.may_edit)

    def tabs(self) -> list[dict[str, Any]]:
        """The visible tabs for the bar below."""
        shown = []
        for sheet in self._data["sheets"]:
            about = sheet["properties"]
            if not about.get("hidden"):
                tint = colour(about.get("tabColorStyle"), about.get("tabColor"))
                shown.append(
                    {
                        "gid": about.get("sheetId", 0),
                        "title": about["title"],
                        "colour": f"t{about.get('sheetId', 0)}" if tint else "",
                        "tint": tint,
                        "open": sheet is self.sheet,
                        "locked": Locks(sheet.get("protectedRanges", []), may_edit=self.may_edit).whole_tab,
                    }
                )
        return shown

    def fixed_rules(self) -> list[str]:
        """Widths, frozen columns and tab colours."""
        rules = [f"#grid{{width:{self.layout.width}px}}"]
        for column in self.layout.columns:
            rules.append(f".w{column.letters}{{width:{column.width}px}}")
            if column.left is not None:
                rules.append(f".k{column.letters}{{position:sticky;left:{column.left}px}}")
        rules.extend(
            f".t{tab['gid']}{{border-bottom-color:{tab['tint']}}}" for tab in self.tabs() if tab["tint"]
        )
        return rules

    @property
    def sorts(self) -> bool:
        """Whether rows stand in an order of the filter view's own."""
        return bool(self.filter_view and self.filter_view.described.get("sortSpecs"))

    def blocks(self) -> list[tuple[int, int]]:
        """The windows after the first, as (start, end) of rows."""
        size = self.layout.window_rows
        return [
            (start, min(start + size, self.layout.row_count))
            for start in range(size, self.layout.row_count, size)
        ]

    def shape(self) -> str:
        """A fingerprint of everything outside the windows."""
        told = json.dumps(
            [
                self.title,
                self.tabs(),
                self.fixed_rules(),
                self.layout.row_count,
                self.layout.frozen_rows,
                self.locks.sealed,
                [(view.number, view.title) for view in self.filter_views],
            ]
        )
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    async def window(self, start: int) -> Window:
        """The window that begins with this row (0-based)."""
        end = min(start + self.layout.window_rows, self.layout.row_count)
        if start >= end:
            return Window(start, start)
        viewed = await run_in_threadpool(self._viewed)
        title = quoted(self.layout.title)
        query = {
            "ranges": [f"{title}!{first + 1}:{last}" for first, last in runs(viewed.rows(start, end))],
            "includeGridData": "true",
            "fields": _WINDOW,
        }
        data = await call(self._request, self._account, "GET", f"/v4/spreadsheets/{self.id}", query=query)
        blocks = data["sheets"][0].get("data", [])
        rules = dict(_rules(blocks))
        place = (self.id, self.layout.title)
        choices = await choices_of(self._request, self._account, place, rules.values())
        results = await run_in_threadpool(self._formulas, rules)
        judge = Judge(self.locale, choices, lambda *asked: results.get(asked))
        pictures = await run_in_threadpool(self._sparklines, blocks)
        painter = Painter(self.layout, self.locks, self.locale, judge, pictures, viewed, self.words)
        return await run_in_threadpool(painter.window, blocks, start, end)

    async def leap(self, row: int, column: int, way: str) -> tuple[int, int, int] | None:
        """Row, column and the row's place (0-based) to which a leap leads, of `leaps.LEAPS`.

        None where there is no free row.
        """
        viewed = await run_in_threadpool(self._viewed)
        row = min(row, self.layout.row_count - 1)
        cell = await self._leap(viewed, (row, column), way)
        if cell is None:
            return None
        to, across = self._uncovered(*cell)
        return to, across, viewed.rows(0, self.layout.row_count).index(to)

    async def _leap(self, viewed: RowsViewed, at: tuple[int, int], way: str) -> tuple[int, int] | None:
        (row, column), title = at, quoted(self.layout.title)
        columns = [one.index for one in self.layout.columns]
        if way in {"left", "right"}:
            rows = await self._typed(f"{title}!{row + 1}:{row + 1}")
            filled = [value != "" for value in (rows[0] if rows else [])]
            return row, filled_edge(filled, columns, column, WAYS[way][1])
        if way == "end":
            return last_used(await self._typed(title))
        hidden, order = await self._hidden_rows(viewed), viewed.rows(0, self.layout.row_count)
        if way in {"up", "down"}:
            name = letters(column)
            rows = await self._typed(f"{title}!{name}:{name}")
            filled = [one < len(rows) and bool(rows[one]) and rows[one][0] != "" for one in order]
            places = [place for place, one in enumerate(order) if one not in hidden]
            return order[filled_edge(filled, places, order.index(row), WAYS[way][0])], column
        rows, shown = await self._typed(title), set(order) - hidden
        free = first_free(rows, self.layout.frozen_rows, shown, self.layout.row_count - 1)
        if free is None:
            return None
        held = rows[free] if free < len(rows) else []
        waiting = {place for place, value in enumerate(held) if isinstance(value, str) and value != ""}
        open_ones = [c for c in columns if c not in waiting and not self.locks.locked(free, c)]
        return free, next(iter(open_ones), columns[0] if columns else 0)

    def _uncovered(self, row: int, column: int) -> tuple[int, int]:
        """The cell itself, or the first of the merged ones that it lies under."""
        for merge in self.layout.merges:
            if within(merge, row, column):
                return merge.get("startRowIndex", 0), merge.get("startColumnIndex", 0)
        return row, column

    async def _typed(self, cells: str) -> list[list[Any]]:
        """What was given to these cells, formulas as they are written."""
        path, query = f"/v4/spreadsheets/{self.id}/values/{cells}", {"valueRenderOption": "FORMULA"}
        answer = await call(self._request, self._account, "GET", path, query=query)
        return list(answer.get("values", []))

    async def _hidden_rows(self, viewed: RowsViewed) -> set[int]:
        """The rows (0-based) that are not shown."""
        query = {
            "ranges": quoted(self.layout.title),
            "includeGridData": "true",
            "fields": "sheets(data(rowMetadata(hiddenByUser,hiddenByFilter)))",
        }
        data = await call(self._request, self._account, "GET", f"/v4/spreadsheets/{self.id}", query=query)
        about = (data["sheets"][0].get("data") or [{}])[0].get("rowMetadata", [])
        return {row for row, size in enumerate(about) if viewed.hides(row, size)}

    def _sparklines(self, blocks: Sequence[Json]) -> dict[tuple[int, int], SparklineCall]:
        """The pictures of this window's formulas, by (row, column)."""
        formulas = {
            (block.get("startRow", 0) + row, column): formula
            for block in blocks
            for row, held in enumerate(block.get("rowData", []))
            for column, cell in enumerate(held.get("values", []))
            if HAS_SPARKLINE.search(formula := cell.get("userEnteredValue", {}).get("formulaValue", ""))
        }
        if not formulas:
            return {}
        document, now = self._document()
        tabs = [sheet.sheet_id for sheet in document.sheets]
        return sparklines(document, tabs.index(self.layout.gid), formulas, now)

    def _formulas(self, rules: Mapping[tuple[int, int], Json]) -> Results:
        """What the formulas of these cells' validation come to; the spreadsheet is read only if there are any."""
        asking = [(at, rule) for at, rule in rules.items() if formulas_of(rule.get("condition", {}))]
        if not asking:
            return {}
        document, now = self._document()
        return worked_out(document, self.layout.gid, asking, now)

    def _viewed(self) -> RowsViewed:
        """The rows that the chosen filter view shows; without one the tab's own filter decides."""
        return through(self.filter_view, *self._document()) if self.filter_view else RowsViewed()

    def _document(self) -> "tuple[Document, datetime]":
        """The whole spreadsheet as it is now, and when that is. The account may read it, as it has shown."""
        engine = self._request.app.state.engine
        now = engine.clock()
        with engine.store.reading() as txn:
            return present(txn, self.id, now), now

    async def charts(self, not_drawn: str) -> list[dict[str, Any]]:
        """The tab's charts over the grid: the cell they hang on, their distance from it, their SVG."""
        described = self.sheet.get("charts", [])
        return await run_in_threadpool(self._draw, described, not_drawn) if described else []

    def _draw(self, described: Sequence[Json], not_drawn: str) -> list[dict[str, Any]]:
        read = charts_of(described, self._document()[0])
        return [{"place": place, "svg": svg(drawn(chart, not_drawn))} for place, chart in read]


def _rules(blocks: Sequence[Json]) -> Iterator[tuple[tuple[int, int], Json]]:
    """(row, column) and validation of each cell of data blocks that has one."""
    for block in blocks:
        first = block.get("startRow", 0)
        for row, held in enumerate(block.get("rowData", [])):
            for column, cell in enumerate(held.get("values", [])):
                if "dataValidation" in cell:
                    yield (first + row, column), cell["dataValidation"]


async def opened(request: Request, account: "AccountRecord") -> Opened:
    """The spreadsheet of the request's path, at the tab of its `gid`.

    Raises:
        RefusedError: this account cannot read it, or it is no spreadsheet.
    """
    file_id = request.path_params["file_id"]
    gid = request.query_params.get("gid")
    about = await call(
        request,
        account,
        "GET",
        f"/drive/v3/files/{file_id}",
        query={"fields": "version,capabilities(canEdit)", "supportsAllDrives": "true"},
    )
    query = {"includeGridData": "false", "fields": _STRUCTURE}
    data = await call(request, account, "GET", f"/v4/spreadsheets/{file_id}", query=query)
    return Opened(request, account, data, about, gid)
