"""How a spreadsheet lies on paper: the parameters of `/spreadsheets/d/ID/export?format=pdf`.

Google documents them nowhere; the names are those that its own print dialogue sends and that people pass on
(`portrait`, `size`, `scale`, `fitw`, margins in inches, `gridlines`, `fzr`, `sheetnames`, `printtitle`, `gid`,
`range` or `r1`, `c1`, `r2`, `c2`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sheets_emulator.book.a1 import parse_range
from sheets_emulator.wire.errors import ApiError, drive_error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sheets_emulator.book.document import Document, Sheet

_POINTS_PER_INCH = 72.0
_INCH_MM = 25.4
_SIZES: Mapping[str, tuple[float, float]] = {  # width and height in inches, upright, in the dialogue's order
    "letter": (8.5, 11), "tabloid": (11, 17), "legal": (8.5, 14), "statement": (5.5, 8.5), "executive": (7.25, 10.5),
    "folio": (8.5, 13), "a3": (297 / _INCH_MM, 420 / _INCH_MM), "a4": (210 / _INCH_MM, 297 / _INCH_MM),
    "a5": (148 / _INCH_MM, 210 / _INCH_MM), "b4": (250 / _INCH_MM, 353 / _INCH_MM), "b5": (176 / _INCH_MM, 250 / _INCH_MM),
}  # fmt: skip
_NUMBERS = dict(enumerate(_SIZES))
_MOST_INCHES = 200.0
SCALES = {"1": "normal", "2": "width", "3": "height", "4": "page"}


@dataclass(frozen=True)
class Paper:
    """One way to print. Sizes in points; `portrait` None lays each tab the way in which it fits better."""

    short_points: float = 595.2756
    long_points: float = 841.8898
    portrait: bool | None = None
    fit: str = "width"
    top_points: float = 36.0
    right_points: float = 36.0
    bottom_points: float = 36.0
    left_points: float = 36.0
    gridlines: bool = True
    frozen_rows_repeat: bool = True
    tab_names: bool = False
    title: bool = False
    area: tuple[int, int, int, int] | None = None  # top, bottom, left, right: 0-based, ends excluded

    def size(self, *, portrait: bool) -> tuple[float, float]:
        """Width and height of the page."""
        return (self.short_points, self.long_points) if portrait else (self.long_points, self.short_points)

    def room(self, *, portrait: bool) -> tuple[float, float]:
        """Width and height between the margins."""
        width, height = self.size(portrait=portrait)
        return width - self.left_points - self.right_points, height - self.top_points - self.bottom_points


def paper_of(query: Mapping[str, str], document: Document, sheet: Sheet) -> Paper:
    """The paper that the parameters of an address ask for; `sheet` is the tab of its `gid`.

    Raises:
        ApiError: 400, a value that cannot be.
    """
    short, long = _size(query.get("size", "A4"))
    scale = query.get("scale", "2" if _flag(query, "fitw", default=True) else "1")
    if scale not in SCALES:
        raise _invalid("scale")
    margins = {
        f"{side}_points": _margin(query, f"{side}_margin") for side in ("top", "right", "bottom", "left")
    }
    paper = Paper(
        short_points=short,
        long_points=long,
        portrait=_flag(query, "portrait", default=True),
        fit=SCALES[scale],
        gridlines=_flag(query, "gridlines", default=True),
        frozen_rows_repeat=_flag(query, "fzr", default=True),
        tab_names=_flag(query, "sheetnames", default=False),
        title=_flag(query, "printtitle", default=False),
        area=_area(query, document, sheet),
        **margins,
    )
    if min(paper.room(portrait=bool(paper.portrait))) < _POINTS_PER_INCH:
        raise _invalid("top_margin")
    return paper


def _size(text: str) -> tuple[float, float]:
    """The shorter and the longer side in points of `A4`, of a number of the dialogue, or of `8.5x11` inches."""
    name = _NUMBERS.get(int(text), "") if re.fullmatch(r"\d{1,2}", text) else text.lower()
    sides = _SIZES.get(name)
    own = re.fullmatch(r"(\d{1,3}(?:\.\d{1,4})?)x(\d{1,3}(?:\.\d{1,4})?)", text.lower())
    if sides is None and own is not None:
        sides = (float(own[1]), float(own[2]))
    if sides is None or not all(1 <= side <= _MOST_INCHES for side in sides):
        raise _invalid("size")
    return min(sides) * _POINTS_PER_INCH, max(sides) * _POINTS_PER_INCH


def _flag(query: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = query.get(name, "").lower()
    if text not in ("", "true", "false", "1", "0"):
        raise _invalid(name)
    return default if not text else text in ("true", "1")


def _margin(query: Mapping[str, str], name: str) -> float:
    text = query.get(name, "0.5")
    if not re.fullmatch(r"\d{0,2}(\.\d{1,6})?", text) or not text:
        raise _invalid(name)
    return float(text) * _POINTS_PER_INCH


def _area(query: Mapping[str, str], document: Document, sheet: Sheet) -> tuple[int, int, int, int] | None:
    """The cells asked for: `range` in A1 or by name, or `r1`, `r2`, `c1`, `c2`, of which any may be missing."""
    if text := query.get("range"):
        area = parse_range(document, text if "!" in text else _on(document, sheet, text))
        if area.sheet is not sheet:
            raise _invalid("range")
        return area.top, area.bottom, area.left, area.right
    ends = {name: query[name] for name in ("r1", "r2", "c1", "c2") if query.get(name)}
    if not ends:
        return None
    for name, text in ends.items():
        if not re.fullmatch(r"\d{1,8}", text):
            raise _invalid(name)
    whole = {"r1": 0, "r2": sheet.row_count, "c1": 0, "c2": sheet.column_count}
    numbers = whole | {name: int(text) for name, text in ends.items()}
    return numbers["r1"], numbers["r2"], numbers["c1"], numbers["c2"]


def _on(document: Document, sheet: Sheet, text: str) -> str:
    """A range without a tab is one of the tab that is printed, unless it is a named range."""
    if any(named["name"].casefold() == text.casefold() for named in document.named_ranges):
        return text
    doubled = sheet.title.replace("'", "''")
    return f"'{doubled}'!{text}"


def _invalid(name: str) -> ApiError:
    return drive_error(400, "invalid", "Invalid Value", location=("parameter", name))
