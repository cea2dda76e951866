"""A filter view of a tab: what one person looks at through it, while the tab stays as it is for all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sheets_emulator.book.a1 import Area, resolve
from sheets_emulator.requests.filters import left_out
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
    """Which rows (0-based) a page shows: within a view's own rows it decides, elsewhere the tab does."""

    own: range = range(0)
    left_out: frozenset[int] = frozenset()

    def hides(self, row: int, about: Json) -> bool:
        """Whether a row with this DimensionProperties is not shown."""
        by_filter = row in self.left_out if row in self.own else bool(about.get("hiddenByFilter"))
        return by_filter or bool(about.get("hiddenByUser"))


def through(view: FilterView, document: Document, now: datetime) -> RowsViewed:
    """What a view shows now."""
    try:
        area = resolve(document, dict(view.described.get("range", {})))
    except ApiError:  # its tab is gone since
        return RowsViewed()
    filled = max(area.top + 1, min(area.bottom, len(area.sheet.grid.rows)))
    rows = Area(area.sheet, area.top + 1, filled, area.left, area.right)
    return RowsViewed(
        range(area.top, area.bottom), frozenset(left_out(document, rows, dict(view.described), now))
    )
