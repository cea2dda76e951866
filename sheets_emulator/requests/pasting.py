"""Requests that copy, cut and paste cells, and what a paste takes along: merges and conditional formats."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from sheets_emulator.book.a1 import Area, corner, resolve
from sheets_emulator.book.references import translated
from sheets_emulator.book.relocation import Relocation, relocate_formulas, relocate_ranges
from sheets_emulator.requests.fields import needed
from sheets_emulator.requests.lifting import Cell, checked_area, lift, lift_area, put
from sheets_emulator.wire.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sheets_emulator.book.document import Json
    from sheets_emulator.cells.editing import Editing

PARTLY_MERGED = "You must select all cells in a merged range to merge or unmerge them."

_WITH_MERGES = frozenset({"PASTE_NORMAL", "PASTE_NO_BORDERS"})

_WITH_RULES = _WITH_MERGES | {"PASTE_FORMAT", "PASTE_CONDITIONAL_FORMATTING"}

_WITH_FORMULAS = frozenset({"PASTE_NORMAL", "PASTE_NO_BORDERS", "PASTE_FORMULA"})


def _pasted(editing: Editing, under: Cell, cell: Cell, kind: str, rows: int, columns: int) -> Cell:
    """What a cell becomes when another is pasted on it with this paste type."""
    styles = editing.document.styles
    formula = translated(cell.formula, rows, columns) if cell.formula is not None else None
    if kind == "PASTE_VALUES":
        return Cell(None if cell.value == "" else cell.value, None, under.style)
    if kind == "PASTE_FORMULA":
        return Cell(cell.value, formula, under.style)
    if kind == "PASTE_CONDITIONAL_FORMATTING":
        return under
    if kind in ("PASTE_FORMAT", "PASTE_DATA_VALIDATION"):
        name = "dataValidation" if kind == "PASTE_DATA_VALIDATION" else "userEnteredFormat"
        style = {n: v for n, v in styles[under.style].items() if n != name}
        if name in styles[cell.style]:
            style[name] = styles[cell.style][name]
        return Cell(under.value, under.formula, styles.number(style))
    if kind == "PASTE_NO_BORDERS":
        style = dict(styles[cell.style])
        look = {n: v for n, v in style.get("userEnteredFormat", {}).items() if n != "borders"}
        old = styles[under.style].get("userEnteredFormat", {}).get("borders")
        style["userEnteredFormat"] = look | ({"borders": old} if old else {})
        if not style["userEnteredFormat"]:
            del style["userEnteredFormat"]
        return Cell(cell.value, formula, styles.number(style))
    return Cell(cell.value, formula, cell.style)


def copy_paste(editing: Editing, body: Json) -> Json:
    """Copy a range over another; a larger destination is filled by repeating."""
    source = checked_area(editing, needed(body, "source"))
    target = checked_area(editing, needed(body, "destination"))
    kind, turned = body.get("pasteType", "PASTE_NORMAL"), body.get("pasteOrientation") == "TRANSPOSE"
    height, width = source.bottom - source.top, source.right - source.left
    if turned:
        height, width = width, height
    if not height or not width:
        raise invalid("The source of a copy must not be empty.")
    rows, columns = target.bottom - target.top, target.right - target.left
    # A destination that is no multiple of the source takes one copy of the whole source.
    rows = rows if rows % height == 0 and rows else height
    columns = columns if columns % width == 0 and columns else width
    area = Area(target.sheet, target.top, target.top + rows, target.left, target.left + columns)
    if area.exceeds():
        raise invalid(area.limits_error())
    editing.guard.check(area)
    lifted = lift_area(source)
    for i in range(rows):
        for j in range(columns):
            a, b = (j % width, i % height) if turned else (i % height, j % width)
            row, column = area.top + i, area.left + j
            under = lift(area.sheet, row, column)
            moved = (row - source.top - a, column - source.left - b)
            put(editing, area.sheet, row, column, _pasted(editing, under, lifted[a][b], kind, *moved))
    if not turned:
        tiles = [
            Area(area.sheet, top, top + height, left, left + width)
            for top in range(area.top, area.bottom, height)
            for left in range(area.left, area.right, width)
        ]
        carry(editing, source, tiles, kind)
    return {}


def cut_paste(editing: Editing, body: Json) -> Json:
    """Move a range; formulas keep what they refer to."""
    source = checked_area(editing, needed(body, "source"))
    place, kind = needed(body, "destination"), body.get("pasteType", "PASTE_NORMAL")
    first = corner(editing.document, place)
    sheet, top, left = first.sheet, first.top, first.left
    target = Area(sheet, top, top + source.bottom - source.top, left, left + source.right - source.left)
    if target.exceeds():
        raise invalid(target.limits_error())
    editing.guard.check(source)
    editing.guard.check(target)
    _take_along(editing, Relocation(source, sheet, top - source.top, left - source.left), kind)
    cells = lift_area(source)
    for i, row in enumerate(cells):  # "All the source data will be cut, regardless of what is pasted."
        for j in range(len(row)):
            put(editing, source.sheet, source.top + i, source.left + j, Cell(None, None, 0))
    for i, row in enumerate(cells):
        for j, cell in enumerate(row):
            under = lift(sheet, top + i, left + j)
            pasted = _pasted(editing, under, Cell(cell.value, None, cell.style), kind, 0, 0)
            formula = cell.formula if kind in _WITH_FORMULAS else pasted.formula
            put(editing, sheet, top + i, left + j, Cell(pasted.value, formula, pasted.style))
    return {}


def _take_along(editing: Editing, move: Relocation, kind: str) -> None:
    """Let formulas, named ranges and merges follow cells that are cut and pasted."""
    if kind in ("PASTE_FORMAT", "PASTE_DATA_VALIDATION", "PASTE_CONDITIONAL_FORMATTING"):
        return
    document, source = editing.document, move.source
    relocate_formulas(document, [move])
    relocate_ranges(document, [move], document.named_ranges)
    held = source.sheet.objects["merges"]
    leaving = [one for one in held if move.takes(source.sheet, *_sides(one))]
    source.sheet.objects["merges"] = [one for one in held if one not in leaving]
    relocate_ranges(document, [move], leaving)
    move.target.objects["merges"] += leaving


def _sides(merge: Json) -> tuple[tuple[int, int], tuple[int, int]]:
    rows = (merge["startRowIndex"], merge["endRowIndex"])
    return rows, (merge["startColumnIndex"], merge["endColumnIndex"])


def paste_data(editing: Editing, body: Json) -> Json:
    """Text with a delimiter, as if pasted by a person."""
    if body.get("html"):
        raise invalid("Pasting HTML is not emulated.")
    place = needed(body, "coordinate")
    delimiter = body.get("delimiter", "\t")
    if len(delimiter) != 1:
        raise invalid("The delimiter must be one character.")
    first = corner(editing.document, place)
    sheet, top, left = first.sheet, first.top, first.left
    rows = list(csv.reader(io.StringIO(body.get("data", "")), delimiter=delimiter))
    width = max((len(row) for row in rows), default=0)
    if not width:
        return {}
    editing.guard.check(Area(sheet, top, top + len(rows), left, left + width))
    editing.grow(sheet, top + len(rows), left + width)
    for i, row in enumerate(rows):
        for j, text in enumerate(row):
            if text:
                editing.enter_typed(sheet, top + i, left + j, text)
            else:
                editing.enter_raw(sheet, top + i, left + j, None)
    return {}


def forget_merges(editing: Editing, area: Area) -> None:
    """Take apart every merge in an area.

    Raises:
        ApiError: 400, a merge lies only in part within it.
    """
    kept = []
    for merge in area.sheet.objects["merges"]:
        old = resolve(editing.document, merge)
        if not old.meets(area):
            kept.append(merge)
        elif old.top < area.top or old.bottom > area.bottom or old.left < area.left or old.right > area.right:
            raise invalid(PARTLY_MERGED)
    area.sheet.objects["merges"] = kept


def carry(editing: Editing, source: Area, tiles: Sequence[Area], kind: str) -> None:
    """Paste merges and conditional formats of a source over tiles of its size, as the paste type says."""
    if kind in _WITH_MERGES:
        _carry_merges(editing, source, tiles)
    if kind in _WITH_RULES:
        _carry_rules(editing, source, tiles)


def _carry_merges(editing: Editing, source: Area, tiles: Sequence[Area]) -> None:
    merges = [resolve(editing.document, one) for one in source.sheet.objects["merges"]]
    inner = [one for one in merges if _cut(one, source) == one]
    for tile in tiles:
        if tile != source:
            forget_merges(editing, tile)
            tile.sheet.objects["merges"] += [_moved(one, source, tile).as_grid_range() for one in inner]


def _carry_rules(editing: Editing, source: Area, tiles: Sequence[Area]) -> None:
    for rule in list(source.sheet.objects["conditionalFormats"]):
        parts = [_cut(resolve(editing.document, place), source) for place in rule["ranges"]]
        places = [
            _moved(part, source, tile).as_grid_range()
            for tile in tiles
            for part in parts
            if part is not None and tile != source
        ]
        new = [place for place in places if place not in rule["ranges"]]
        if not new:
            continue
        if tiles[0].sheet is source.sheet:
            rule["ranges"] += new
        else:
            tiles[0].sheet.objects["conditionalFormats"].append({**rule, "ranges": new})


def _cut(a: Area, b: Area) -> Area | None:
    """What two areas of a tab share."""
    if not a.meets(b):
        return None
    shared = (max(a.top, b.top), min(a.bottom, b.bottom), max(a.left, b.left), min(a.right, b.right))
    return a if shared == (a.top, a.bottom, a.left, a.right) else Area(a.sheet, *shared)


def _moved(part: Area, source: Area, tile: Area) -> Area:
    down, right = tile.top - source.top, tile.left - source.left
    return Area(tile.sheet, part.top + down, part.bottom + down, part.left + right, part.right + right)


HANDLERS = {
    "copyPaste": copy_paste,
    "cutPaste": cut_paste,
    "pasteData": paste_data,
}
