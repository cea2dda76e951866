"""From a layout to a finished empty file: what each tab looks like, and the requests that make it so.

The look of a tab is a `Blueprint`, the same for Google (`build`) and for XLSX (`xlsx_writing.write`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kpi_rules.rulebook.model import Rulebook
from kpi_rules.time.settings import Settings
from kpi_rules.words.texts import Texts
from sheets_sync.building.changes import Request, SheetSize, update_rows
from sheets_sync.building.entry_tabs import color_rules, column_design, guide_rows, rule_rows, setting_rows
from sheets_sync.building.output_designs import DESIGNS
from sheets_sync.building.wanted import (
    MINUTES_MAX,
    Cell,
    CellValue,
    ColorRule,
    ColumnDesign,
    Guard,
    GuardKind,
    Wanted,
    cell_format,
    color_rule_format,
    grid,
    rgb,
)
from sheets_sync.schema.access import Accounts, editors_of
from sheets_sync.schema.layout import Book, Column, Editors, Tab, TabKind, sheet_id, tab_ids

GUIDE_COLUMNS = (ColumnDesign(220, "text"), ColumnDesign(560, "text"))
__all__ = [
    "Blueprint",
    "add_tab",
    "blueprints",
    "build",
    "entry_formats",
    "protect",
    "protections",
    "restore",
    "sheet_id",
    "sheet_sizes",
]

DEFAULT_SHEET_ID = 0
"""The one tab with which a spreadsheet made by Drive begins."""


@dataclass(frozen=True)
class Blueprint:
    """One tab as it is made: its place in the file, its size, and its first content."""

    key: str
    title: str
    wanted: Wanted
    row_count: int
    color: str = ""
    hidden: bool = False
    entry: bool = False
    """True where people write below the header row: formats and guards cover all rows."""
    entries: Sequence[Sequence[CellValue]] = ()
    """Bare values below the wanted rows, which look as their columns do (archives)."""
    landscape: bool = False
    """Printed across an A4 sheet, as wide as the page."""

    @property
    def column_count(self) -> int:
        """How many columns the tab has."""
        return len(self.wanted.columns)


def sheet_sizes(book: Book, texts: Texts) -> dict[str, SheetSize]:
    """Give id and size of each tab as they are right after `build`."""
    return {
        plan.key: SheetSize(sheet_id(book.key, plan.key), plan.row_count, plan.column_count)
        for plan in blueprints(book, texts)
    }


def blueprints(
    book: Book, texts: Texts, rulebook: Rulebook | None = None, settings: Settings | None = None
) -> tuple[Blueprint, ...]:
    """Work out how each tab of a new file looks, with the first rows of «Правила» and «Настройки».

    Without a rulebook or settings these tabs have their headers alone.
    """
    return tuple(_blueprint(book, tab, texts, rulebook, settings) for tab in book.tabs)


def build(
    book: Book,
    texts: Texts,
    accounts: Accounts,
    rulebook: Rulebook | None = None,
    settings: Settings | None = None,
    first_sheet_id: int = DEFAULT_SHEET_ID,
) -> list[Request]:
    """Work out all requests that turn a new empty spreadsheet into a template's book, as one batchUpdate.

    `first_sheet_id` is the tab with which the new spreadsheet began; it is removed.
    """
    properties = {"locale": book.locale, "timeZone": book.time_zone}
    requests: list[Request] = [
        {"updateSpreadsheetProperties": {"properties": properties, "fields": "locale,timeZone"}}
    ]
    for index, plan in enumerate(blueprints(book, texts, rulebook, settings)):
        requests += add_tab(plan, sheet_id(book.key, plan.key), index)
    requests.append({"deleteSheet": {"sheetId": first_sheet_id}})
    return requests + protections(book, accounts, tab_ids(book))


def restore(book: Book, texts: Texts, accounts: Accounts, keys: Iterable[str]) -> list[Request]:
    """Work out the requests that put lost tabs back, empty and protected, in their places."""
    lost = set(keys)
    requests: list[Request] = []
    for index, plan in enumerate(blueprints(book, texts)):
        if plan.key in lost:
            requests += add_tab(plan, sheet_id(book.key, plan.key), index)
    return requests + protections(book, accounts, {key: sheet_id(book.key, key) for key in lost})


def add_tab(plan: Blueprint, new_id: int, index: int | None = None) -> list[Request]:
    """Work out the requests that add one tab with its content, formats, guards and colour rules."""
    look = plan.wanted
    properties: dict[str, Any] = {
        "sheetId": new_id,
        "title": plan.title,
        "hidden": plan.hidden,
        "gridProperties": {
            "rowCount": plan.row_count,
            "columnCount": plan.column_count,
            "frozenRowCount": look.frozen_rows,
            "frozenColumnCount": look.frozen_columns,
            "hideGridlines": not plan.entry,
        },
    }
    if index is not None:
        properties["index"] = index
    if plan.color:
        properties["tabColorStyle"] = rgb(plan.color)
    requests: list[Request] = [{"addSheet": {"properties": properties}}]
    requests += [column_width(new_id, position, column) for position, column in enumerate(look.columns)]
    if plan.entry:
        requests += entry_formats(new_id, look.columns)
    if look.rows:
        requests.append(update_rows(new_id, 0, look.rows, len(look.columns)))
    requests += [color_rule(new_id, rule, position) for position, rule in enumerate(look.rules)]
    return requests


def entry_formats(tab_id: int, columns: Iterable[ColumnDesign], *, guarded: bool = True) -> list[Request]:
    """Work out the requests that format and guard the cells below the header row, a request per column."""
    return [
        entry_format(tab_id, position, column, guarded=guarded) for position, column in enumerate(columns)
    ]


def entry_format(
    tab_id: int,
    position: int,
    column: ColumnDesign,
    *,
    guarded: bool = True,
    fields: str = "userEnteredFormat,dataValidation",
) -> Request:
    """Build the request that formats and guards the cells of one column below its header, or `fields` of that."""
    cell: dict[str, Any] = {}
    if "userEnteredFormat" in fields:
        cell["userEnteredFormat"] = cell_format(column.style)
    if "dataValidation" in fields and guarded and column.guard:
        cell["dataValidation"] = _validation(column.guard)
    return {"repeatCell": {"range": column_range(tab_id, position), "cell": cell, "fields": fields}}


def guard_rows(tab_id: int, position: int, rows: range, guard: Guard) -> Request:
    """Build the request that guards some cells of one column; `rows` are sheet rows."""
    area = {**column_range(tab_id, position), "startRowIndex": rows.start - 1, "endRowIndex": rows.stop - 1}
    cell = {"dataValidation": _validation(guard)}
    return {"repeatCell": {"range": area, "cell": cell, "fields": "dataValidation"}}


def is_guarded_by(guard: Guard, validation: Mapping[str, Any]) -> bool:
    """Tell whether a cell's data validation is exactly what this guard is written as."""
    wanted = _validation(guard)
    return all(validation.get(name, left_out) == wanted.get(name, left_out) for name, left_out in _TOLD_APART)


_TOLD_APART = (("condition", None), ("strict", False), ("inputMessage", ""))
"""What tells data validations apart, and as what counts what an answer leaves out."""


def protections(
    book: Book, accounts: Accounts, sheet_ids: Mapping[str, int], present_ids: Iterable[int] = ()
) -> list[Request]:
    """Work out the requests that protect the tabs for their editors.

    `sheet_ids` by tab key names the tabs to protect; `present_ids` are protected ranges to take away first (a
    copied spreadsheet keeps protections, but not their editors). A column with editors of its own is left
    out of its tab's protection and has its own: overlapping ones must all allow an edit.
    """
    requests: list[Request] = [{"deleteProtectedRange": {"protectedRangeId": gone}} for gone in present_ids]
    for tab in book.tabs:
        if tab.key in sheet_ids:
            requests += tab_protections(tab, sheet_ids[tab.key], accounts)
    return requests


def protect(tab_range: Mapping[str, Any], editors: Iterable[str], description: str) -> Request:
    """Build the request that lets only these accounts (and the file's owner) edit a range."""
    protected: dict[str, Any] = {
        "range": dict(tab_range),
        "description": description,
        "warningOnly": False,
        "editors": {"users": list(editors), "domainUsersCanEdit": False},
    }
    return {"addProtectedRange": {"protectedRange": protected}}


def column_range(tab_id: int, position: int) -> dict[str, int]:
    """Give the cells of a column below the header row, to the end however far it grows, as a GridRange."""
    return {
        "sheetId": tab_id,
        "startRowIndex": 1,
        "startColumnIndex": position,
        "endColumnIndex": position + 1,
    }


def _blueprint(
    book: Book, tab: Tab, texts: Texts, rulebook: Rulebook | None, settings: Settings | None
) -> Blueprint:
    if tab.kind is TabKind.INPUT:
        header = [Cell(column.header, "center.header", column.note) for column in tab.columns]
        first_rows: list[list[Cell]] = []
        if tab.key == "rules" and rulebook:
            first_rows = rule_rows(tab, rulebook)
        if tab.key == "settings" and settings:
            first_rows = setting_rows(tab, settings, texts)
        columns = tuple(column_design(column, book, texts) for column in tab.columns)
        wanted = Wanted(
            grid([header, *first_rows], len(columns)),
            columns,
            color_rules(tab),
            tab.frozen_rows,
            tab.frozen_columns,
        )
    elif tab.kind is TabKind.GUIDE:
        wanted = Wanted(grid(guide_rows(texts, book.options), len(GUIDE_COLUMNS)), GUIDE_COLUMNS)
    else:
        wanted = DESIGNS[tab.key]
    return Blueprint(
        tab.key, tab.title, wanted, tab.row_count, tab.color, tab.hidden, entry=tab.kind is TabKind.INPUT
    )


def column_width(tab_id: int, position: int, column: ColumnDesign) -> Request:
    """Build the request that makes a column as wide as it is designed."""
    span = {"sheetId": tab_id, "dimension": "COLUMNS", "startIndex": position, "endIndex": position + 1}
    properties = {"pixelSize": column.width_px}
    return {"updateDimensionProperties": {"range": span, "properties": properties, "fields": "pixelSize"}}


def _validation(guard: Guard) -> dict[str, Any]:
    conditions: dict[GuardKind, dict[str, Any]] = {
        GuardKind.CHOICE: {"type": "ONE_OF_LIST", "values": _values(guard.choices)},
        GuardKind.STAFF: {"type": "ONE_OF_RANGE", "values": _values([f"={guard.source}"])},
        GuardKind.CHECKBOX: {"type": "BOOLEAN"},
        GuardKind.DATE: {"type": "DATE_IS_VALID"},
        GuardKind.NUMBER: {"type": "NUMBER_GREATER_THAN_EQ", "values": _values(["0"])},
        GuardKind.ANY_NUMBER: {
            "type": "NUMBER_BETWEEN",
            "values": _values(["-1000000000000", "1000000000000"]),
        },
        GuardKind.SHARE: {"type": "NUMBER_BETWEEN", "values": _values(["0", "1"])},
        GuardKind.MINUTES: {"type": "NUMBER_BETWEEN", "values": _values(["0", str(MINUTES_MAX)])},
    }
    validation: dict[str, Any] = {"condition": conditions[guard.kind], "strict": guard.strict}
    if guard.kind in {GuardKind.CHOICE, GuardKind.STAFF}:
        validation["showCustomUi"] = True
    if guard.hint:
        validation["inputMessage"] = guard.hint
    return validation


def _values(values: Iterable[str]) -> list[dict[str, str]]:
    return [{"userEnteredValue": value} for value in values]


def color_rule(tab_id: int, rule: ColorRule, index: int) -> Request:
    """Build the request that adds a conditional format; `index` is its rank."""
    covered = {
        "sheetId": tab_id,
        "startRowIndex": rule.first_row,
        "startColumnIndex": rule.first_column,
        "endColumnIndex": rule.end_column,
    }
    boolean = {
        "condition": {"type": rule.condition, "values": _values(rule.values)},
        "format": color_rule_format(rule.style),
    }
    return {
        "addConditionalFormatRule": {"rule": {"ranges": [covered], "booleanRule": boolean}, "index": index}
    }


def tab_protections(
    tab: Tab, tab_id: int, accounts: Accounts, standing: Mapping[str, int] | None = None
) -> list[Request]:
    """Work out the requests that protect one tab; its columns stand in the layout's order, or as `standing` tells."""
    places = {column.key: index for index, column in enumerate(tab.columns)} if standing is None else standing
    own = [
        (places[column.key], column)
        for column in tab.columns
        if column.key in places and has_own_editors(column, tab)
    ]
    requests = []
    editors = editors_of(tab.editors, accounts)
    if editors is not None:
        request = protect({"sheetId": tab_id}, editors, tab.title)
        open_ranges = [whole_column(tab_id, position) for position, _ in own]
        if open_ranges:
            request["addProtectedRange"]["protectedRange"]["unprotectedRanges"] = open_ranges
        requests.append(request)
    for position, column in own:
        editors = editors_of(column.editors or Editors.SYSTEM, accounts)
        if editors is not None:
            covered = whole_column(tab_id, position)
            requests.append(protect(covered, editors, f"{tab.title}: {column.header}"))
    return requests


def whole_column(tab_id: int, position: int) -> dict[str, int]:
    """Give a column with its header: columns are known by it, so whoever renames it moves the column."""
    return {"sheetId": tab_id, "startColumnIndex": position, "endColumnIndex": position + 1}


def has_own_editors(column: Column, tab: Tab) -> bool:
    """Tell whether a column is edited by others than its tab."""
    return column.editors is not None and column.editors is not tab.editors
