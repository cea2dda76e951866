"""What a paste takes along beside the cells: merges and conditional formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sheets_emulator.book.a1 import Area, resolve
from sheets_emulator.wire.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sheets_emulator.cells.editing import Editing

PARTLY_MERGED = "You must select all cells in a merged range to merge or unmerge them."
_WITH_MERGES = frozenset({"PASTE_NORMAL", "PASTE_NO_BORDERS"})
_WITH_RULES = _WITH_MERGES | {"PASTE_FORMAT", "PASTE_CONDITIONAL_FORMATTING"}


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
