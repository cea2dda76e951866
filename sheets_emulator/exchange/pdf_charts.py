"""Charts on paper: a picture's marks as a reportlab drawing, which a PDF holds as lines, shapes and text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reportlab.graphics import shapes
from reportlab.lib.colors import HexColor

from sheets_emulator.charts.marks import Circle, Line, Mark, Picture, Polygon, Rectangle, Wedge, Words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sheets_emulator.charts.marks import Point

_POINTS_PER_PIXEL = 0.75


def drawing(picture: Picture, font: str, room: tuple[float, float]) -> shapes.Drawing:
    """The picture in points, no larger than the room; `font` is the registered name of its letters."""
    scale = min(_POINTS_PER_PIXEL, room[0] / picture.width, room[1] / picture.height)
    made = shapes.Drawing(picture.width * scale, picture.height * scale)
    paper = shapes.Group(transform=(scale, 0, 0, scale, 0, 0))
    look = _look(picture.background, picture.frame, strokeWidth=1)
    paper.add(shapes.Rect(0, 0, picture.width, picture.height, **look))
    for mark in picture.marks:
        paper.add(_shape(mark, picture.height, font))
    made.add(paper)
    return made


def _shape(mark: Mark, height: float, font: str) -> shapes.Shape:
    """A mark in reportlab's coordinates, which begin below."""
    match mark:
        case Rectangle(x, y, width, tall, fill, radius):
            look = _look(fill, rx=radius, ry=radius)
            made: shapes.Shape = shapes.Rect(x, height - y - tall, width, tall, **look)
        case Line(points, stroke, width, dash):
            dashes: dict[str, Any] = {"strokeDashArray": list(dash)} if dash else {}
            line: dict[str, Any] = {"strokeColor": HexColor(stroke), "strokeWidth": width} | dashes
            made = shapes.PolyLine(_flat(points, height), **line)
        case Polygon(points, fill, opacity):
            made = shapes.Polygon(_flat(points, height), **_look(fill, fillOpacity=opacity))
        case Circle(x, y, radius, fill):
            made = shapes.Circle(x, height - y, radius, **_look(fill))
        case Wedge(x, y, radius, start, end, fill):
            angles = (90 - 360 * end, 90 - 360 * start)  # reportlab counts against the clock, from the right
            made = shapes.Wedge(x, height - y, radius, *angles, **_look(fill, "#ffffff", strokeWidth=1))
        case Words():
            made = _words(mark, height, font)
    return made


def _look(fill: str, stroke: str = "", **more: Any) -> dict[str, Any]:
    """Colours of a shape, '' for none."""
    inks = (("fillColor", fill), ("strokeColor", stroke))
    return {name: HexColor(tint) if tint else None for name, tint in inks} | more


def _words(mark: Words, height: float, font: str) -> shapes.Shape:
    look: dict[str, Any] = {"fontName": font, "fontSize": mark.size, "textAnchor": mark.anchor}
    look["fillColor"] = HexColor(mark.colour)
    if not mark.upright:
        return shapes.String(mark.x, height - mark.y, mark.text, **look)
    turned = shapes.Group(shapes.String(0, 0, mark.text, **look))
    turned.translate(mark.x, height - mark.y)
    turned.rotate(90)
    return turned


def _flat(points: Sequence[Point], height: float) -> list[float]:
    return [number for x, y in points for number in (x, height - y)]
