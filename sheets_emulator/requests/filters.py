"""Requests about filters: the tab's basic filter hides rows for everybody, a filter view is kept as described."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from sheets_emulator.book import defaults
from sheets_emulator.book.a1 import Area, grid_sheet, resolve
from sheets_emulator.cells.cell_data import shown_text
from sheets_emulator.cells.conditions import FILTER, Conditions, check_condition
from sheets_emulator.cells.resources import without_zero_sheet
from sheets_emulator.formulas.calculation import at_cells
from sheets_emulator.numbers.locales import zone_of
from sheets_emulator.requests.fields import find_object, mask_of, needed
from sheets_emulator.requests.objects import bounded, change_object, new_number, object_by_number
from sheets_emulator.requests.sorting import sort_area
from sheets_emulator.wire.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sheets_emulator.book.document import Document, Json
    from sheets_emulator.book.grid import Scalar
    from sheets_emulator.cells.editing import Editing

_COLOURS = (("visibleBackgroundColor", "backgroundColor"), ("visibleForegroundColor", "foregroundColor"))


# ---- the basic filter
def set_basic_filter(editing: Editing, body: Json) -> Json:
    """The tab's filter; a former one is replaced. Its rows below the header are sorted and hidden by it."""
    made = _described(editing, "BasicFilter", needed(body, "filter"))
    made.setdefault("range", {})
    sheet = bounded(editing, made)
    sheet.basic_filter = made
    sheet.show_filtered_rows()
    area = resolve(editing.document, made["range"])
    rows = Area(sheet, area.top + 1, max(area.bottom, area.top + 1), area.left, area.right)
    if made.get("sortSpecs") and rows.bottom > rows.top:
        sort_area(editing, rows, made["sortSpecs"])
    _hide(editing, rows, made)
    return {}


def clear_basic_filter(editing: Editing, body: Json) -> Json:
    """Take the tab's filter away; its rows show again."""
    sheet = grid_sheet(editing.document, body.get("sheetId", 0))
    sheet.basic_filter = None
    sheet.show_filtered_rows()
    return {}


def _hide(editing: Editing, rows: Area, described: Json) -> None:
    for row in left_out(editing.document, rows, described, editing.now):
        held = rows.sheet.row_properties
        held[row] = {**held.get(row, {}), "hiddenByFilter": True}


def left_out(document: Document, rows: Area, described: Json, now: datetime) -> list[int]:
    """The rows (0-based) that a filter's criteria leave out of the area below its header."""
    criteria = [
        (spec.get("columnIndex", 0), spec["filterCriteria"]) for spec in described.get("filterSpecs", [])
    ]
    if not criteria:
        return []
    judged = _judged_formulas(document, rows, criteria, now)
    today = now.astimezone(zone_of(document.time_zone)).date()
    conditions = Conditions(document.locale, today, lambda *cell: judged.get(cell))
    return [
        row
        for row in range(rows.top, rows.bottom)
        if not all(_passes(document, rows, row, column, one, conditions) for column, one in criteria)
    ]


def _judged_formulas(
    document: Document, rows: Area, criteria: list[tuple[int, Json]], now: datetime
) -> Mapping[tuple[str, int, int], Scalar]:
    """What the formulas within conditions come to for each row."""
    texts = {
        value["userEnteredValue"]
        for _, one in criteria
        for value in one.get("condition", {}).get("values", [])
        if value.get("userEnteredValue", "").startswith("=")
    }
    asked = [(text, row - rows.top, 0) for text in sorted(texts) for row in range(rows.top, rows.bottom)]
    place = document.sheets.index(rows.sheet)
    return dict(zip(asked, at_cells(document, place, asked, now), strict=True)) if asked else {}


def _passes(
    document: Document, rows: Area, row: int, column: int, criteria: Json, conditions: Conditions
) -> bool:
    grid = rows.sheet.grid
    value, style = grid.value(row, column), document.styles[grid.style(row, column)]
    shown = shown_text(value, style, document.locale)
    if shown in criteria.get("hiddenValues", []):
        return False
    condition = criteria.get("condition")
    if condition and not conditions.hold(condition, (row - rows.top, 0), value, shown):
        return False
    look = defaults.DEFAULT_FORMAT | style.get("userEnteredFormat", {})
    look = {**look.get("textFormat", {}), **look}
    return all(look.get(own, {}) == criteria[asked] for asked, own in _COLOURS if asked in criteria)


def _described(editing: Editing, message: str, given: Json) -> Json:
    """A filter as it is kept: its criteria in both of the forms that Google answers with, checked."""
    if "tableId" in given:
        table = find_object(editing.document, "tables", "tableId", given["tableId"])
        if table is None:
            raise invalid(f"No table with id: {given['tableId']}")
        given = {**given, "range": dict(table[1]["range"])}
    made = defaults.normalise(message, given)
    specs = made.get("filterSpecs")
    if specs is None:
        specs = [
            {"columnIndex": int(column), "filterCriteria": one}
            for column, one in sorted(made.get("criteria", {}).items(), key=lambda item: int(item[0]))
        ]
    specs = [{"columnIndex": one.get("columnIndex", 0), **one} for one in specs if one.get("filterCriteria")]
    made.pop("criteria", None)
    made.pop("filterSpecs", None)
    for spec in specs:
        if "condition" in spec["filterCriteria"]:
            check_condition(spec["filterCriteria"]["condition"], FILTER, editing.document.locale)
    if specs:
        made["criteria"] = {str(one["columnIndex"]): copy.deepcopy(one["filterCriteria"]) for one in specs}
        made["filterSpecs"] = [_without_zero_column(one) for one in specs]
    return made


def _without_zero_column(spec: Json) -> Json:
    return {name: value for name, value in spec.items() if not (name == "columnIndex" and value == 0)}


# ---- filter views
def add_filter_view(editing: Editing, body: Json) -> Json:
    """A filter view."""
    made = _described(editing, "FilterView", needed(body, "filter"))
    made["filterViewId"] = new_number(editing, "filterViews", "filterViewId", made.get("filterViewId"))
    made.setdefault("title", _free_title(editing))
    if "namedRangeId" in made:
        held = editing.document.named_ranges
        named = next((n for n in held if n["namedRangeId"] == made["namedRangeId"]), None)
        if named is None:
            raise invalid(f"No named range with id: {made['namedRangeId']}")
        made["range"] = dict(named["range"])
    sheet = bounded(editing, made)
    head = {"filterViewId": made.pop("filterViewId"), "title": made.pop("title")}
    sheet.objects["filterViews"].append(head | made)
    return {"filter": without_zero_sheet(head | made)}


def _free_title(editing: Editing) -> str:
    return f"Filter {sum(len(sheet.objects['filterViews']) for sheet in editing.document.sheets) + 1}"


def update_filter_view(editing: Editing, body: Json) -> Json:
    """Change a filter view."""
    given = needed(body, "filter")
    number = given.get("filterViewId", 0)
    _, held = object_by_number(editing, "filterViews", "filterViewId", number, "filter view")
    described = _described(editing, "FilterView", given)
    mask = mask_of(body, "FilterView")
    if mask.keys() & {"criteria", "filterSpecs"}:
        mask = {**mask, "criteria": {}, "filterSpecs": {}}
    change_object(editing, mask, "FilterView", held, described)
    held["filterViewId"] = number
    return {}


def delete_filter_view(editing: Editing, body: Json) -> Json:
    """Remove a filter view."""
    number = body.get("filterId", 0)
    sheet, held = object_by_number(editing, "filterViews", "filterViewId", number, "filter view")
    sheet.objects["filterViews"].remove(held)
    return {}


def duplicate_filter_view(editing: Editing, body: Json) -> Json:
    """A copy of a filter view."""
    number = body.get("filterId", 0)
    sheet, held = object_by_number(editing, "filterViews", "filterViewId", number, "filter view")
    twin = copy.deepcopy(held)
    twin["filterViewId"] = new_number(editing, "filterViews", "filterViewId", None)
    twin["title"] = f"Copy of {held['title']}"
    sheet.objects["filterViews"].append(twin)
    return {"filter": without_zero_sheet(twin)}


HANDLERS = {
    "setBasicFilter": set_basic_filter,
    "clearBasicFilter": clear_basic_filter,
    "addFilterView": add_filter_view,
    "updateFilterView": update_filter_view,
    "deleteFilterView": delete_filter_view,
    "duplicateFilterView": duplicate_filter_view,
}
