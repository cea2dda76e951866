"""Protected ranges: who may change which cells.

The spreadsheet's owner may change everything; anybody else who may edit the file must be among the editors
of every protection that the change touches. `warningOnly` stops nobody. Cells of `unprotectedRanges` are
free. Source: Sheets API reference, ProtectedRange.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sheets_emulator.book.a1 import Area, resolve
from sheets_emulator.wire.errors import PROTECTED, invalid

if TYPE_CHECKING:
    from sheets_emulator.book.document import Document, Json, Sheet


@dataclass(frozen=True)
class Guard:
    """What one caller may change in one spreadsheet."""

    document: Document
    email: str
    is_owner: bool
    may_edit_file: bool

    def may_edit(self, protection: Json) -> bool:
        """Whether the protection lets the caller through."""
        if not self.may_edit_file:
            return False
        if self.is_owner or protection.get("warningOnly"):
            return True
        editors = protection.get("editors", {})
        if editors.get("domainUsersCanEdit"):
            return True
        listed = [*editors.get("users", []), *editors.get("groups", [])]
        return self.email.lower() in (one.lower() for one in listed)

    def check(self, area: Area) -> None:
        """Refuse a change of these cells.

        Raises:
            ApiError: 400, a protection that does not let the caller through covers some of them.
        """
        if self.is_owner:
            return
        for protection in area.sheet.objects["protectedRanges"]:
            if not self.may_edit(protection) and self._covers(protection, area):
                raise invalid(PROTECTED)

    def check_sheet(self, sheet: Sheet) -> None:
        """Refuse a change of the tab itself (name, order, deletion) while any of it is protected."""
        self.check(Area(sheet, 0, sheet.row_count, 0, sheet.column_count))

    def check_protection(self, protection: Json) -> None:
        """Refuse to change or remove a protection that does not let the caller through."""
        if not self.may_edit(protection):
            raise invalid(PROTECTED)

    def _covers(self, protection: Json, area: Area) -> bool:
        whole = covered(self.document, protection)
        if whole is None or not whole.meets(area):
            return False
        # Free cells inside: the change is allowed when it touches nothing but them.
        left_over = [_cut(whole, area)]
        for free in protection.get("unprotectedRanges", []):
            hole = resolve(self.document, free)
            left_over = [rest for piece in left_over for rest in _minus(piece, hole)]
        return bool(left_over)


def covered(document: Document, protection: Json) -> Area | None:
    """The cells of a protection: its own range, or that of its named range."""
    place = protection.get("range")
    if place is None:
        name = protection.get("namedRangeId")
        place = next((n["range"] for n in document.named_ranges if n["namedRangeId"] == name), None)
    return None if place is None else resolve(document, place)


def _cut(a: Area, b: Area) -> Area:
    return Area(
        a.sheet, max(a.top, b.top), min(a.bottom, b.bottom), max(a.left, b.left), min(a.right, b.right)
    )


def _minus(piece: Area, hole: Area) -> list[Area]:
    """What is left of a rectangle when another is taken out: up to four rectangles."""
    if not piece.meets(hole):
        return [piece]
    inner = _cut(piece, hole)
    parts = [
        Area(piece.sheet, piece.top, inner.top, piece.left, piece.right),
        Area(piece.sheet, inner.bottom, piece.bottom, piece.left, piece.right),
        Area(piece.sheet, inner.top, inner.bottom, piece.left, inner.left),
        Area(piece.sheet, inner.top, inner.bottom, inner.right, piece.right),
    ]
    return [part for part in parts if part.bottom > part.top and part.right > part.left]
