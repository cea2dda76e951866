"""Requests about rows and columns: insert, delete, append, move, properties, and groups of them."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from sheets_emulator.book import defaults
from sheets_emulator.book.a1 import Area, grid_sheet
from sheets_emulator.book.references import Shift, shift_everything
from sheets_emulator.book.relocation import Relocation, relocate_formulas, relocate_ranges
from sheets_emulator.cells.resources import without_zero_sheet
from sheets_emulator.requests.fields import mask_of, needed
from sheets_emulator.wire.errors import invalid
from sheets_emulator.wire.masks import update

if TYPE_CHECKING:
    from sheets_emulator.book.document import Document, Json, Sheet
    from sheets_emulator.cells.editing import Editing

_NARROWEST, _CHARACTER = 20, 7

_FROZEN = {"ROWS": "frozenRowCount", "COLUMNS": "frozenColumnCount"}


def count_of(sheet: Sheet, dimension: str) -> int:
    """Rows or columns of a tab."""
    return sheet.row_count if dimension == "ROWS" else sheet.column_count


def span_of(document: Document, place: Json) -> tuple[Sheet, str, int, int]:
    """(tab, dimension, start, end) of a DimensionRange; missing ends are the tab's edges.

    Raises:
        ApiError: 400.
    """
    sheet = grid_sheet(document, place.get("sheetId", 0))
    dimension = place.get("dimension", "")
    if dimension not in ("ROWS", "COLUMNS"):
        raise invalid("No dimension was specified.")
    start = place.get("startIndex", 0)
    end = place.get("endIndex", count_of(sheet, dimension))
    if start < 0:
        raise invalid(f"range.startIndex[{start}] must be greater than or equal to 0.")
    if end <= start:
        raise invalid(f"range.endIndex[{end}] must be after range.startIndex[{start}].")
    return sheet, dimension, start, end


def _band(sheet: Sheet, dimension: str, start: int, end: int) -> Area:
    if dimension == "ROWS":
        return Area(sheet, start, end, 0, sheet.column_count)
    return Area(sheet, 0, sheet.row_count, start, end)


def insert_dimension(editing: Editing, body: Json) -> Json:
    """Empty rows or columns between others; formats come from the neighbour before or after."""
    sheet, dimension, start, end = span_of(editing.document, needed(body, "range"))
    before = body.get("inheritFromBefore", False)
    if start > count_of(sheet, dimension):
        raise invalid(
            f"range.startIndex[{start}] is beyond the sheet: there are only {count_of(sheet, dimension)}."
        )
    if before and start == 0:
        raise invalid("inheritFromBefore cannot be true if range.startIndex is 0.")
    if 0 < start < count_of(sheet, dimension):
        editing.guard.check(_band(sheet, dimension, start - 1, start + 1))
    insert(editing, sheet, dimension, start, end, inherit_from=start - 1 if before else start)
    return {}


def insert(
    editing: Editing, sheet: Sheet, dimension: str, start: int, end: int, *, inherit_from: int | None = None
) -> None:
    """Insert empty rows or columns and move everything behind them."""
    count, size = end - start, sheet.properties["gridProperties"]
    by_row = dimension == "ROWS"
    editing.check_size(
        count * (sheet.column_count if by_row else sheet.row_count),
        0 if by_row else size["columnCount"] + count,
    )
    shift_everything(editing.document, Shift(sheet, dimension, start, count))
    if by_row:
        model = sheet.grid.row(inherit_from) if inherit_from is not None else None
        styles = [_bare_style(editing.document, number) for number in model.styles] if model else []
        sheet.grid.insert_rows(start, count)
        for index in range(start, end) if styles else ():
            sheet.grid.writable(index).styles = list(styles)
        size["rowCount"] += count
        sheet.row_properties = {i + count if i >= start else i: p for i, p in sheet.row_properties.items()}
    else:
        sheet.grid.insert_columns(start, count)
        size["columnCount"] += count
        source = (
            None if inherit_from is None else inherit_from if inherit_from < start else inherit_from + count
        )
        _inherit_columns(editing.document, sheet, start, end, source)
        sheet.column_properties = {
            i + count if i >= start else i: p for i, p in sheet.column_properties.items()
        }
    editing.cells_changed = True


def _inherit_columns(document: Document, sheet: Sheet, start: int, end: int, source: int | None) -> None:
    if source is None:
        return
    for index, row in enumerate(sheet.grid.rows):
        number = _bare_style(document, row.style(source))
        if number:
            for column in range(start, end):
                sheet.grid.writable(index).set_style(column, number)


def _bare_style(document: Document, number: int) -> int:
    """A style without what belongs to one cell alone."""
    style = document.styles[number]
    own = {name: value for name, value in style.items() if name in ("userEnteredFormat", "dataValidation")}
    return number if own == style else document.styles.number(own)


def delete_dimension(editing: Editing, body: Json) -> Json:
    """Take rows or columns out."""
    sheet, dimension, start, end = span_of(editing.document, needed(body, "range"))
    word, count = ("row", sheet.row_count) if dimension == "ROWS" else ("column", sheet.column_count)
    if end > count:
        raise invalid(
            f"Cannot delete a {word} that doesn't exist. "
            f"Tried to delete {word} index {end - 1} but there are only {count} {word}s."
        )
    if end - start >= count:
        raise invalid(f"You can't delete all the {word}s on the sheet.")
    if _frozen_after(sheet, dimension, start, end) >= count - (end - start):
        raise invalid(f"Sorry, it is not possible to delete all non-frozen {word}s.")
    editing.guard.check(_band(sheet, dimension, start, end))
    remove(editing, sheet, dimension, start, end)
    return {}


def remove(editing: Editing, sheet: Sheet, dimension: str, start: int, end: int) -> None:
    """Take rows or columns out and move everything behind them."""
    count, size = end - start, sheet.properties["gridProperties"]
    frozen = _frozen_after(sheet, dimension, start, end)
    shift_everything(editing.document, Shift(sheet, dimension, start, -count))
    sheet.objects["merges"] = [m for m in sheet.objects["merges"] if _cell_count(m) > 1]
    if dimension == "ROWS":
        sheet.grid.delete_rows(start, end)
        size["rowCount"] -= count
        sheet.row_properties = _without(sheet.row_properties, start, end)
    else:
        sheet.grid.delete_columns(start, end)
        size["columnCount"] -= count
        sheet.column_properties = _without(sheet.column_properties, start, end)
    size.pop(_FROZEN[dimension], None)
    if frozen:
        size[_FROZEN[dimension]] = frozen
    editing.cells_changed = True


def _frozen_after(sheet: Sheet, dimension: str, start: int, end: int) -> int:
    """How many rows or columns stay frozen when some are taken out."""
    frozen: int = sheet.properties["gridProperties"].get(_FROZEN[dimension], 0)
    return frozen - max(0, min(end, frozen) - start)


def _cell_count(place: Json) -> int:
    rows: int = place["endRowIndex"] - place["startRowIndex"]
    columns: int = place["endColumnIndex"] - place["startColumnIndex"]
    return rows * columns


def _without(held: dict[int, Json], start: int, end: int) -> dict[int, Json]:
    return {i - (end - start) if i >= end else i: p for i, p in held.items() if not start <= i < end}


def append_dimension(editing: Editing, body: Json) -> Json:
    """Rows or columns at the end."""
    sheet = grid_sheet(editing.document, body.get("sheetId", 0))
    length, dimension = body.get("length", 0), body.get("dimension", "")
    if length < 1:
        raise invalid("length must be greater than 0.")
    if dimension not in ("ROWS", "COLUMNS"):
        raise invalid("No dimension was specified.")
    more_rows, more_columns = (length, 0) if dimension == "ROWS" else (0, length)
    editing.grow(sheet, sheet.row_count + more_rows, sheet.column_count + more_columns)
    return {}


def move_dimension(editing: Editing, body: Json) -> Json:
    """Move rows or columns; `destinationIndex` counts before the move."""
    sheet, dimension, start, end = span_of(editing.document, needed(body, "source"))
    target, count = body.get("destinationIndex", 0), count_of(sheet, dimension)
    if end > count or not 0 <= target <= count:
        raise invalid("Cannot move rows or columns that don't exist.")
    if start <= target <= end:
        return {}
    editing.guard.check(_band(sheet, dimension, min(start, target), max(end, target)))
    by_row = dimension == "ROWS"
    _take_along(editing, sheet, dimension, start, end, target)
    order = list(range(count))
    moved = order[start:end]
    rest = order[:start] + order[end:]
    place = target if target < start else target - len(moved)
    order = rest[:place] + moved + rest[place:]
    if by_row:
        rows = sheet.grid.rows
        sheet.grid.writable(max(max(end, target) - 1, len(rows) - 1))
        sheet.grid.rows = [rows[i] for i in order if i < len(rows)]
        sheet.grid.changed_from(min(start, target))
        sheet.row_properties = {order.index(i): p for i, p in sheet.row_properties.items()}
    else:
        for index in range(len(sheet.grid.rows)):
            _reorder_cells(sheet, index, order)
        sheet.column_properties = {order.index(i): p for i, p in sheet.column_properties.items()}
    editing.cells_changed = True
    return {}


def _take_along(editing: Editing, sheet: Sheet, dimension: str, start: int, end: int, target: int) -> None:
    """Let everything follow that lies on moved rows or columns, or on those that make room for them."""
    count = end - start
    if target > start:
        spans = ((start, end, target - end), (end, target, -count))
    else:
        spans = ((start, end, target - start), (target, start, count))
    moves = [
        Relocation(
            _band(sheet, dimension, first, last), sheet, *((by, 0) if dimension == "ROWS" else (0, by))
        )
        for first, last, by in spans
    ]
    document = editing.document
    for merge in sheet.objects["merges"]:
        side = "Row" if dimension == "ROWS" else "Column"
        rim = (merge[f"start{side}Index"], merge[f"end{side}Index"])
        if any(rim[0] < edge < rim[1] for edge in (start, end, target)):
            raise invalid("You can't move part of a merged range.")
    relocate_formulas(document, moves)
    for held in (sheet.objects, sheet.basic_filter, document.named_ranges, document.developer_metadata):
        relocate_ranges(document, moves, list(held.values()) if held is sheet.objects else held)


def _reorder_cells(sheet: Sheet, index: int, order: list[int]) -> None:
    row = sheet.grid.writable(index)
    row.values = [row.value(i) for i in order]
    row.styles = [row.style(i) for i in order]
    row.formulas = {order.index(c): f for c, f in row.formulas.items()}
    row.trim()


def update_dimension_properties(editing: Editing, body: Json) -> Json:
    """Width, height, visibility."""
    sheet, dimension, start, end = span_of(editing.document, needed(body, "range"))
    if end > count_of(sheet, dimension):
        raise invalid(
            f"range.endIndex[{end}] is beyond the sheet: there are only {count_of(sheet, dimension)}."
        )
    mask = mask_of(body, "DimensionProperties")
    mask = {"hiddenByUser": {}, "pixelSize": {}} if "*" in mask else mask
    if read_only := mask.keys() - {"hiddenByUser", "pixelSize"}:
        raise invalid(f"{min(read_only)} cannot be updated.")
    given = defaults.normalise("DimensionProperties", body.get("properties", {}))
    if not 0 <= given.get("pixelSize", 1) <= 2000:
        raise invalid("pixelSize must be between 0 and 2000.")
    editing.guard.check(_band(sheet, dimension, start, end))
    held = sheet.row_properties if dimension == "ROWS" else sheet.column_properties
    for index in range(start, end):
        properties = dict(held.get(index, {}))
        update(properties, given, mask)
        if properties:
            held[index] = properties
        else:
            held.pop(index, None)
    return {}


def auto_resize(editing: Editing, body: Json) -> Json:
    """Fit widths to the longest text (heights stay: rows are one line high)."""
    sheet, dimension, start, end = span_of(editing.document, needed(body, "dimensions"))
    if dimension == "ROWS":
        for index in range(start, min(end, sheet.row_count)):
            sheet.row_properties.get(index, {}).pop("pixelSize", None)
        return {}
    for column in range(start, min(end, sheet.column_count)):
        longest = max((len(str(row.value(column) or "")) for row in sheet.grid.rows), default=0)
        if longest:
            width = max(_NARROWEST, longest * _CHARACTER + 6)
            sheet.column_properties[column] = {**sheet.column_properties.get(column, {}), "pixelSize": width}
    return {}


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
    "insertDimension": insert_dimension,
    "deleteDimension": delete_dimension,
    "appendDimension": append_dimension,
    "moveDimension": move_dimension,
    "updateDimensionProperties": update_dimension_properties,
    "autoResizeDimensions": auto_resize,
    "addDimensionGroup": add_group,
    "deleteDimensionGroup": delete_group,
    "updateDimensionGroup": update_group,
}
