"""Google's CellFormat as CSS, and how far text runs over empty neighbours, as Google lets it.

Only numbers, fixed words and checked font names get into the rules.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any

from sheets_emulator.book.colours import colour

Json = Mapping[str, Any]
_PATTERN_COLOURS = {
    "black": "#000000",
    "blue": "#0000ff",
    "cyan": "#00b7b7",
    "green": "#008000",
    "magenta": "#c000c0",
    "red": "#d00000",
    "white": "#ffffff",
    "yellow": "#b39b00",
}
_BORDERS = {
    "SOLID": "1px solid",
    "SOLID_MEDIUM": "2px solid",
    "SOLID_THICK": "3px solid",
    "DOTTED": "1px dotted",
    "DASHED": "1px dashed",
    "DOUBLE": "3px double",
}
_ALIGN = {"LEFT": "left", "CENTER": "center", "RIGHT": "right"}
_VERTICAL = {"TOP": "top", "MIDDLE": "middle", "BOTTOM": "bottom"}
_FONT = re.compile(r"[A-Za-z0-9 -]{1,60}$")


class Rules:
    """CSS rules used by a piece of page, each under a class named after its content."""

    def __init__(self) -> None:
        self.by_class: dict[str, str] = {}

    def style(self, declarations: str) -> str:
        """The class for these declarations; '' for none."""
        if not declarations:
            return ""
        name = "x" + hashlib.sha256(declarations.encode()).hexdigest()[:10]
        self.by_class[name] = declarations
        return name

    def css(self) -> list[str]:
        """Every rule as text."""
        return [f".{name}{{{declarations}}}" for name, declarations in self.by_class.items()]


def pattern_colour(name: str | None) -> str | None:
    """`#rrggbb` of a colour that a number pattern asks for."""
    return _PATTERN_COLOURS.get(name or "")


def background(look: Json) -> str | None:
    """The background that differs from white."""
    tint = colour(look.get("backgroundColorStyle"), look.get("backgroundColor"))
    return None if tint == "#ffffff" else tint


def declarations(look: Json, kind: str, number_colour: str | None = None) -> str:
    """The CSS of one cell; `kind` (number, bool, error, text) decides where it aligns by itself."""
    text = look.get("textFormat", {})
    parts: list[str] = []
    if back := background(look):
        parts.append(f"background-color:{back}")
    front = number_colour or colour(text.get("foregroundColorStyle"), text.get("foregroundColor"))
    if front and front != "#000000":
        parts.append(f"color:{front}")
    parts.extend(_font(text))
    align = _ALIGN.get(look.get("horizontalAlignment", "")) or {
        "number": "right",
        "bool": "center",
        "error": "center",
    }.get(kind, "left")
    if align != "left":
        parts.append(f"text-align:{align}")
    vertical = _VERTICAL.get(look.get("verticalAlignment", ""), "bottom")
    if vertical != "bottom":
        parts.append(f"vertical-align:{vertical}")
    wrap = look.get("wrapStrategy")
    if wrap == "WRAP":
        parts.append("white-space:pre-wrap;overflow-wrap:anywhere")
    elif wrap == "CLIP":
        parts.append("overflow:hidden")
    parts.extend(_borders(look.get("borders", {})))
    return ";".join(parts)


def _font(text: Json) -> list[str]:
    parts = []
    if text.get("bold"):
        parts.append("font-weight:700")
    if text.get("italic"):
        parts.append("font-style:italic")
    lines = [
        word
        for name, word in (("underline", "underline"), ("strikethrough", "line-through"))
        if text.get(name)
    ]
    if lines:
        parts.append(f"text-decoration:{' '.join(lines)}")
    size = text.get("fontSize", 10)
    if size != 10 and isinstance(size, int | float):
        parts.append(f"font-size:{min(400, max(1, size)):g}pt")
    family = text.get("fontFamily", "Arial")
    if family not in {"Arial", "arial", "arial,sans,sans-serif"} and _FONT.match(str(family)):
        parts.append(f'font-family:"{family}",sans-serif')
    return parts


def _borders(borders: Json) -> list[str]:
    parts = []
    for side in ("top", "bottom", "left", "right"):
        border = borders.get(side) or {}
        line = _BORDERS.get(border.get("style", ""))
        if line:
            parts.append(
                f"border-{side}:{line} {colour(border.get('colorStyle'), border.get('color')) or '#000000'}"
            )
    return parts


_BORDERS_AND_PADDING = 7
# No letter is wider than its size; 96/72 turns points into pixels.
_WIDEST_LETTER = 96 / 72


def may_overflow(text: str, size_points: float, width: int) -> bool:
    """Whether a text could need more than its cell's width (pixels)."""
    return len(text) * size_points * _WIDEST_LETTER > width - _BORDERS_AND_PADDING


def room(widths: list[int], at: int, step: int, is_free: Callable[[int], bool]) -> int:
    """Pixels that a text may take beside its cell: the free cells one after another (`step` 1 or -1)."""
    width, at = 0, at + step
    while 0 <= at < len(widths) and is_free(at):
        width += widths[at]
        at += step
    return width


def spread(width: int, left: int, right: int, align: str) -> str:
    """CSS of the text's box; `left` and `right` are the pixels free on either side, '' if there are none."""
    own = width - _BORDERS_AND_PADDING
    if align == "CENTER":
        wide = max(left, right)
        cut = f";clip-path:inset(0 {wide - right}px 0 {wide - left}px)" if left != right else ""
        return f"width:{own + 2 * wide}px;margin-left:-{wide}px{cut}" if wide else ""
    if align == "RIGHT":
        return f"width:{own + left}px;margin-left:-{left}px" if left else ""
    return f"width:{own + right}px" if right else ""
