"""A picture as SVG: no script, no style attribute, every text escaped."""

import math
from collections.abc import Sequence
from html import escape

from sheets_emulator.charts.marks import Circle, Line, Mark, Picture, Point, Polygon, Rectangle, Wedge, Words


def svg(picture: Picture) -> str:
    """The whole `<svg>`."""
    label = escape(picture.label, quote=True)
    frame = f' stroke="{picture.frame}"' if picture.frame else ""
    under = (
        f'<rect width="100%" height="100%" fill="{picture.background}"{frame}/>' if picture.background else ""
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{label}" '
        f'width="{_short(picture.width)}" height="{_short(picture.height)}" '
        f'viewBox="0 0 {_short(picture.width)} {_short(picture.height)}">'
        f"{under}{''.join(_element(mark) for mark in picture.marks)}</svg>"
    )


def _element(mark: Mark) -> str:
    match mark:
        case Rectangle(x, y, width, height, fill, radius):
            rounded = {"rx": radius} if radius else {}
            made = _tag("rect", x=x, y=y, width=width, height=height, **rounded, fill=fill)
        case Line():
            made = _line(mark)
        case Polygon(points, fill, opacity):
            clear = {"fill_opacity": f"{opacity:g}"} if opacity < 1 else {}
            made = _tag("polygon", points=_points(points), fill=fill, **clear)
        case Circle(x, y, radius, fill):
            made = _tag("circle", cx=x, cy=y, r=radius, fill=fill)
        case Wedge():
            made = _tag("path", d=_slice(mark), fill=mark.fill, stroke="#fff")
        case Words():
            made = _words(mark)
    return made


def _line(mark: Line) -> str:
    look: dict[str, float | str] = {"stroke": mark.stroke, "stroke_width": mark.width}
    if mark.dash:
        look["stroke_dasharray"] = " ".join(map(_short, mark.dash))
    if len(mark.points) == 2:
        (x1, y1), (x2, y2) = mark.points
        return _tag("line", x1=x1, y1=y1, x2=x2, y2=y2, **look)
    return _tag("polyline", points=_points(mark.points), fill="none", **look)


def _words(mark: Words) -> str:
    if mark.upright:
        place = f'transform="translate({mark.x:.1f} {mark.y:.1f}) rotate(-90)"'
    else:
        place = f'x="{mark.x:.1f}" y="{mark.y:.1f}"'
    weight = ' font-weight="700"' if mark.bold else ""
    return (
        f'<text {place} font-size="{_short(mark.size)}" fill="{mark.colour}"{weight} '
        f'text-anchor="{mark.anchor}">{escape(mark.text)}</text>'
    )


def _slice(mark: Wedge) -> str:
    corners = [
        f"{mark.x + mark.radius * math.sin(math.tau * at):.2f} {mark.y - mark.radius * math.cos(math.tau * at):.2f}"
        for at in (mark.start_fraction, mark.end_fraction)
    ]
    large = int(mark.end_fraction - mark.start_fraction > 0.5)
    return (
        f"M{mark.x:.2f} {mark.y:.2f} L{corners[0]} "
        f"A{mark.radius:.2f} {mark.radius:.2f} 0 {large} 1 {corners[1]} Z"
    )


def _points(points: Sequence[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _tag(element: str, **attributes: float | str) -> str:
    """An element; underscores in names stand for dashes."""
    told = "".join(f' {name.replace("_", "-")}="{_attribute(value)}"' for name, value in attributes.items())
    return f"<{element}{told}/>"


def _attribute(value: float | str) -> str:
    return escape(value, quote=True) if isinstance(value, str) else _short(value)


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
