"""A filter view of a tab: what one person looks at through it, while the tab stays as it is for all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sheets_emulator.book.a1 import Area, resolve
from sheets_emulator.requests.filters import left_out
from sheets_emulator.requests.sorting import order_of
from sheets_emulator.wire.errors import ApiError

if TYPE_CHECKING:
    from datetime import datetime

    from sheets_emulator.book.document import Document

Json = Mapping[str, Any]


@dataclass(frozen=True)
class FilterView:
    """A filter view of the open tab, for the menu."""

    number: int
    title: str
    described: Json


def views_of(sheet: Json) -> list[FilterView]:
    """The tab's filter views in their order."""
    return [
        FilterView(one.get("filterViewId", 0), one.get("title", ""), one)
        for one in sheet.get("filterViews", [])
    ]


def chosen(views: Sequence[FilterView], number: str | None) -> FilterView | None:
    """The view with this number (`fv` of an address); None for none and for one that is gone."""
    return next((view for view in views if str(view.number) == number), None)


@dataclass(frozen=True)
class RowsViewed:
    """Which rows (0-based) a page shows, and in what order.

    Within a view's own rows it decides, elsewhere the tab does. `sorted_rows` are the rows that stand at the
    places from `first_sorted` on; all others stand where the tab has them.
    """

    own: range = range(0)
    left_out: frozenset[int] = frozenset()
    first_sorted: int = 0
    sorted_rows: Sequence[int] = ()

    def hides(self, row: int, about: Json) -> bool:
        """Whether a row with this DimensionProperties is not shown."""
        by_filter = row in self.left_out if row in self.own else bool(about.get("hiddenByFilter"))
        return by_filter or bool(about.get("hiddenByUser"))

    def rows(self, start: int, end: int) -> list[int]:
        """The rows at the places `start` to `end` (0-based, half open)."""
        held = range(self.first_sorted, self.first_sorted + len(self.sorted_rows))
        return [
            self.sorted_rows[place - self.first_sorted] if place in held else place
            for place in range(start, end)
        ]


def through(view: FilterView, document: Document, now: datetime) -> RowsViewed:
    """What a view shows now."""
    try:
        area = resolve(document, dict(view.described.get("range", {})))
    except ApiError:  # its tab is gone since
        return RowsViewed()
    filled = max(area.top + 1, min(area.bottom, len(area.sheet.grid.rows)))
    rows = Area(area.sheet, area.top + 1, filled, area.left, area.right)
    hidden = frozenset(left_out(document, rows, dict(view.described), now))
    return RowsViewed(range(area.top, area.bottom), hidden, rows.top, _sorted(view, document, rows))


def _sorted(view: FilterView, document: Document, area: Area) -> Sequence[int]:
    """The area's rows in the view's order; none where it has none, or where merged cells join rows."""
    specs = [
        spec
        for spec in view.described.get("sortSpecs", [])
        if area.left <= spec.get("dimensionIndex", 0) < area.right
    ]
    merges = (resolve(document, one) for one in area.sheet.objects["merges"])
    if not specs or any(merge.bottom - merge.top > 1 and merge.meets(area) for merge in merges):
        return ()
    return [area.top + place for place in order_of(document, area, specs)]


def runs(rows: Sequence[int]) -> list[tuple[int, int]]:
    """Rows as stretches (start, end) of which each holds neighbours, in the order of their first."""
    joined: list[tuple[int, int]] = []
    for row in sorted(rows):
        if joined and joined[-1][1] == row:
            joined[-1] = (joined[-1][0], row + 1)
        else:
            joined.append((row, row + 1))
    return joined
