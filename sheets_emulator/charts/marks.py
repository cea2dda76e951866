"""A drawn picture: marks in the order in which they are put down, in pixels from the upper left corner.

Whoever shows it turns the marks into its own: `svg.py` for pages, `exchange/pdf_charts.py` for paper.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Anchor = Literal["start", "middle", "end"]
Point = tuple[float, float]


@dataclass(frozen=True)
class Rectangle:
    """A filled rectangle."""

    x: float
    y: float
    width: float
    height: float
    fill: str
    radius: float = 0.0  # of its corners


@dataclass(frozen=True)
class Line:
    """A line through points; `dash` are the lengths of strokes and gaps."""

    points: Sequence[Point]
    stroke: str
    width: float = 1.0
    dash: Sequence[float] = ()


@dataclass(frozen=True)
class Polygon:
    """A filled figure."""

    points: Sequence[Point]
    fill: str
    opacity_fraction: float = 1.0


@dataclass(frozen=True)
class Circle:
    """A filled circle."""

    x: float
    y: float
    radius: float
    fill: str


@dataclass(frozen=True)
class Wedge:
    """A piece of a circle between two fractions of it, clockwise from the top."""

    x: float
    y: float
    radius: float
    start_fraction: float
    end_fraction: float
    fill: str


@dataclass(frozen=True)
class Words:
    """A text on its line, of which `x` is the left end, middle or right end; upright ones run from below to above."""

    x: float
    y: float
    text: str
    anchor: Anchor
    size: float
    colour: str
    bold: bool = False
    upright: bool = False


Mark = Rectangle | Line | Polygon | Circle | Wedge | Words


@dataclass(frozen=True)
class Picture:
    """A finished drawing; `label` says in words what it shows."""

    width: float
    height: float
    background: str
    label: str
    marks: Sequence[Mark]
    frame: str = ""  # colour of the line around it
