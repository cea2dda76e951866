"""Charts on paper: a picture's marks as a reportlab drawing, which a PDF holds as lines, shapes and text."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    paper.add(
        shapes.Rect(
            0,
            0,
            picture.width,
            picture.height,
            fillColor=HexColor(picture.background) if picture.background else None,
            strokeColor=HexColor(picture.frame) if picture.frame else None,
            strokeWidth=1,
        )
    )
    for mark in picture.marks:
        paper.add(_shape(mark, picture.height, font))
    made.add(paper)
    return made


def _shape(mark: Mark, height: float, font: str) -> shapes.Shape:
    """A mark in reportlab's coordinates, which begin below."""
    match mark:
        case Rectangle(x, y, width, tall, fill, radius):
            made: shapes.Shape = shapes.Rect(
                x,
                height - y - tall,
                width,
                tall,
                rx=radius,
                ry=radius,
                fillColor=HexColor(fill),
                strokeColor=None,
            )
        case Line(points, stroke, width, dash):
            made = shapes.PolyLine(
                _flat(points, height),
                strokeColor=HexColor(stroke),
                strokeWidth=width,
                strokeDashArray=list(dash) or None,
            )
        case Polygon(points, fill, opacity):
            made = shapes.Polygon(
                _flat(points, height), fillColor=HexColor(fill), fillOpacity=opacity, strokeColor=None
            )
        case Circle(x, y, radius, fill):
            made = shapes.Circle(x, height - y, radius, fillColor=HexColor(fill), strokeColor=None)
        case Wedge(x, y, radius, start, end, fill):
            made = shapes.Wedge(
                x,
                height - y,
                radius,
                90 - 360 * end,
                90 - 360 * start,
                fillColor=HexColor(fill),
                strokeColor=HexColor("#ffffff"),
                strokeWidth=1,
            )
        case Words():
            made = _words(mark, height, font)
    return made


def _words(mark: Words, height: float, font: str) -> shapes.Shape:
    look = {
        "fontName": font,
        "fontSize": mark.size,
        "fillColor": HexColor(mark.colour),
        "textAnchor": mark.anchor,
    }
    if not mark.upright:
        return shapes.String(mark.x, height - mark.y, mark.text, **look)
    turned = shapes.Group(shapes.String(0, 0, mark.text, **look))
    turned.translate(mark.x, height - mark.y)
    turned.rotate(90)
    return turned


def _flat(points: Sequence[Point], height: float) -> list[float]:
    return [number for x, y in points for number in (x, height - y)]
