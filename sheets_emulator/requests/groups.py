"""Requests about groups of rows and columns."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from sheets_emulator.cells.resources import without_zero_sheet
from sheets_emulator.requests.dimensions import count_of, span_of
from sheets_emulator.requests.fields import mask_of, needed
from sheets_emulator.wire.errors import invalid

if TYPE_CHECKING:
    from sheets_emulator.book.document import Json, Sheet
    from sheets_emulator.cells.editing import Editing


def add_group(editing: Editing, body: Json) -> Json:
    """A group over rows or columns, one deeper where one lies already."""
    sheet, dimension, start, end = span_of(editing.document, needed(body, "range"))
    family = "rowGroups" if dimension == "ROWS" else "columnGroups"
    depths = _depths(sheet, family, count_of(sheet, dimension))
    for index in range(start, min(end, len(depths))):
        depths[index] += 1
    _set_groups(sheet, family, dimension, depths)
    name = "rowGroupControlAfter" if dimension == "ROWS" else "columnGroupControlAfter"
    sheet.properties["gridProperties"].setdefault(name, True)  # a JSON value
    return {"dimensionGroups": [without_zero_sheet(group) for group in sheet.objects[family]]}


def delete_group(editing: Editing, body: Json) -> Json:
    """One level of grouping less over rows or columns."""
    sheet, dimension, start, end = span_of(editing.document, needed(body, "range"))
    family = "rowGroups" if dimension == "ROWS" else "columnGroups"
    depths = _depths(sheet, family, count_of(sheet, dimension))
    if not any(depths[start:end]):
        raise invalid("There is no group over this range.")
    for index in range(start, min(end, len(depths))):
        depths[index] = max(0, depths[index] - 1)
    _set_groups(sheet, family, dimension, depths)
    left = [without_zero_sheet(group) for group in sheet.objects[family]]
    return {"dimensionGroups": left} if left else {}


def update_group(editing: Editing, body: Json) -> Json:
    """Open or collapse a group."""
    given = needed(body, "dimensionGroup")
    sheet, dimension, start, end = span_of(editing.document, needed(given, "range"))
    family = "rowGroups" if dimension == "ROWS" else "columnGroups"
    for group in sheet.objects[family]:
        same = (group["range"]["startIndex"], group["range"]["endIndex"], group["depth"])
        if same == (start, end, given.get("depth", 1)):
            mask_of(body, "DimensionGroup")
            group.pop("collapsed", None)
            if given.get("collapsed"):
                group["collapsed"] = True
            return {}
    raise invalid("There is no such group.")


def _depths(sheet: Sheet, family: str, count: int) -> list[int]:
    depths = [0] * count
    for group in sheet.objects[family]:
        for index in range(group["range"]["startIndex"], min(group["range"]["endIndex"], count)):
            depths[index] = max(depths[index], group["depth"])
    return depths


def _set_groups(sheet: Sheet, family: str, dimension: str, depths: list[int]) -> None:
    old = {(g["range"]["startIndex"], g["range"]["endIndex"], g["depth"]): g for g in sheet.objects[family]}
    groups: list[Json] = []
    for depth in range(1, max(depths, default=0) + 1):
        start = None
        for index, at in enumerate([*depths, 0]):
            if at >= depth and start is None:
                start = index
            elif at < depth and start is not None:
                place = {
                    "sheetId": sheet.sheet_id,
                    "dimension": dimension,
                    "startIndex": start,
                    "endIndex": index,
                }
                groups.append(copy.copy(old.get((start, index, depth), {"range": place, "depth": depth})))
                start = None
    sheet.objects[family] = sorted(groups, key=lambda g: (g["range"]["startIndex"], g["depth"]))


HANDLERS = {
    "addDimensionGroup": add_group,
    "deleteDimensionGroup": delete_group,
    "updateDimensionGroup": update_group,
}
