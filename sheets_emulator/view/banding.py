"""Alternating colours: the background that a banded range lays under its cells."""

from collections.abc import Mapping, Sequence
from typing import Any

from sheets_emulator.cells.conditional_formats import within

Json = Mapping[str, Any]
# (start, end) of the range's indices and the properties that colour along them; rows outrank columns.
_WAYS = (
    ("rowProperties", "startRowIndex", "endRowIndex"),
    ("columnProperties", "startColumnIndex", "endColumnIndex"),
)


class Bands:
    """The banded ranges of one tab."""

    def __init__(self, banded: Sequence[Json]) -> None:
        self._banded = banded

    def under(self, row: int, column: int) -> dict[str, Any]:
        """The background under a cell (0-based) as a part of a CellFormat; empty outside every band.

        Header and footer colours outrank the bands, rows outrank columns (BandedRange of the API).
        """
        for banded in self._banded:
            cells = banded.get("range", {})
            if not within(cells, row, column):
                continue
            parts = [
                _part(banded[way], (row if way == "rowProperties" else column), cells, start, end)
                for way, start, end in _WAYS
                if way in banded
            ]
            for wanted in (("header", "footer"), ("firstBand", "secondBand")):
                for part in parts:
                    if part in wanted:
                        return _colours(banded, parts.index(part), part)
        return {}


def _part(colours: Json, index: int, cells: Json, start_name: str, end_name: str) -> str:
    """Which of the four colours a row or column takes."""
    start, end = cells.get(start_name, 0), cells.get(end_name, 10**9)
    if index == start and _has(colours, "header"):
        return "header"
    if index == end - 1 and _has(colours, "footer"):
        return "footer"
    first = start + _has(colours, "header")
    return "secondBand" if (index - first) % 2 else "firstBand"


def _has(colours: Json, part: str) -> bool:
    return f"{part}Color" in colours or f"{part}ColorStyle" in colours


def _colours(banded: Json, number: int, part: str) -> dict[str, Any]:
    colours = [banded[way] for way, _, _ in _WAYS if way in banded][number]
    names = {"backgroundColor": f"{part}Color", "backgroundColorStyle": f"{part}ColorStyle"}
    return {name: colours[own] for name, own in names.items() if own in colours}
