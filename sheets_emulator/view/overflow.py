"""Text that is wider than its cell runs over empty neighbours, as far as Google lets it."""

from collections.abc import Callable

_BORDERS_AND_PADDING = 7
# No letter is wider than its size; 96/72 turns points into pixels.
_WIDEST_LETTER = 96 / 72


def may_overflow(text: str, size_points: float, width: int) -> bool:
    """Whether a text could need more than its cell's width (pixels)."""
    return len(text) * size_points * _WIDEST_LETTER > width - _BORDERS_AND_PADDING


def room(widths: list[int], at: int, step: int, is_free: Callable[[int], bool]) -> int:
    """Pixels that a text may take beside its cell: the free cells one after another (`step` 1 or -1)."""
    found, at = 0, at + step
    while 0 <= at < len(widths) and is_free(at):
        found += widths[at]
        at += step
    return found


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
