"""Charts ready for drawing: what their descriptions and the cells come to now."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

PALETTE = ("#4285f4", "#ea4335", "#fbbc04", "#34a853", "#ff6d01", "#46bdc6", "#7baaf7", "#f07b72")
Shown = Callable[[float], str]  # a number as people read it


@dataclass(frozen=True)
class Series:
    """One row of values beside the labels; None where a cell holds no number."""

    name: str
    kind: str  # COLUMN, BAR, LINE, AREA, STEPPED_AREA, SCATTER
    colour: str
    values: Sequence[float | None]
    shown: Shown = str
    is_right: bool = False  # measured on the axis at the right
    is_labelled: bool = False  # each value is written beside its mark
    is_joined: bool = False  # lines pass over missing values
    line_pixels: float = 2.0
    dash: Sequence[float] = ()
    point_pixels: float = 0.0  # across; 0 for none
    tints: Mapping[int, str] = field(default_factory=dict)  # colours of single values


@dataclass(frozen=True)
class Axis:
    """What an axis says; its ends where they are given."""

    title: str = ""
    low: float | None = None
    high: float | None = None
    shown: Shown = str


@dataclass(frozen=True)
class Frame:
    """What all kinds of chart have: the words above and the place they take, in pixels."""

    title: str
    subtitle: str
    width: int
    height: int
    background: str = "#ffffff"


@dataclass(frozen=True)
class Chart:
    """Columns, bars, lines, areas, points, or a combination of them."""

    frame: Frame
    kind: str  # Google's chartType; COMBO for a combination
    legend: str  # Google's legendPosition without '_LEGEND'
    labels: Sequence[str]
    series: Sequence[Series]
    axes: Mapping[str, Axis]  # BOTTOM, LEFT, RIGHT
    stacked: str = ""  # STACKED, PERCENT_STACKED
    has_totals: bool = False  # the sum is written over each stack
    places: Sequence[float | None] = ()  # the labels' numbers, for points

    @property
    def lies(self) -> bool:
        """Whether the values run along the bottom."""
        return self.kind == "BAR"


@dataclass(frozen=True)
class Pie:
    """A pie or, with a hole, a ring."""

    frame: Frame
    legend: str
    labels: Sequence[str]
    values: Sequence[float | None]
    hole_fraction: float = 0.0


@dataclass(frozen=True)
class Scorecard:
    """One number, large, and what it is compared with."""

    frame: Frame
    key: str
    baseline: str = ""
    baseline_colour: str = ""
    direction: int = 0  # 1: the key is above the baseline, -1: below
    key_colour: str = ""


@dataclass(frozen=True)
class Undrawn:
    """A chart of a kind that is kept, not drawn."""

    frame: Frame
    kind: str


AnyChart = Chart | Pie | Scorecard | Undrawn


@dataclass(frozen=True)
class Place:
    """Where a chart lies: the cell of its upper left corner (0-based) and its distance from it in pixels."""

    row: int
    column: int
    right: int
    down: int
