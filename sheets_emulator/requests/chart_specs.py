"""A ChartSpec as it is kept: what it must not say is refused, what it leaves open is filled in.

The discovery document says which axes measure values ("It is an error to specify an axis that isn't a valid
minor axis for the chart's type"), where `threeDimensional` is an error, and what a tree map's colours and levels
are if not specified. That an answer names font, hidden dimensions and axes is seen in Google's answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sheets_emulator.book import defaults
from sheets_emulator.wire.errors import invalid

if TYPE_CHECKING:
    from sheets_emulator.book.document import Json

_FONT = "Roboto"
_VALUE_AXES = {"BAR": ("BOTTOM_AXIS",)}
_MOST_VALUE_AXES = ("LEFT_AXIS", "RIGHT_AXIS")
_WITH_DEPTH = frozenset({"BAR", "COLUMN", "COMBO"})
_TREE_COLOURS = {
    "minValueColor": (0xDC, 0x39, 0x12),
    "midValueColor": (0xEF, 0xE6, 0xDC),
    "maxValueColor": (0x10, 0x96, 0x18),
    "noDataColor": (0, 0, 0),
}
_TREE_LEVELS = 2


def completed(spec: Json) -> Json:
    """The spec with its defaults, in the order of Google's answers.

    Raises:
        ApiError: 400, an axis that measures no values, or depth in a kind of chart that has none.
    """
    made = {"hiddenDimensionStrategy": "SKIP_HIDDEN_ROWS_AND_COLUMNS", "fontName": _FONT, **spec}
    if "basicChart" in made:
        made["basicChart"] = _with_axes(made["basicChart"])
    if "treemapChart" in made:
        made["treemapChart"] = _with_colours(made["treemapChart"])
    return made


def _with_axes(basic: Json) -> Json:
    kind = basic.get("chartType", "")
    if basic.get("threeDimensional") and kind not in _WITH_DEPTH:
        raise invalid(f"basicChart.threeDimensional is not supported for chart type {kind}.")
    if not basic.get("series"):
        return basic
    axes = _VALUE_AXES.get(kind, _MOST_VALUE_AXES)
    for number, one in enumerate(basic["series"]):
        target = one.get("targetAxis", axes[0])
        if target not in axes:
            place = f"basicChart.series[{number}].targetAxis"
            raise invalid(f"{place} {target} is not a valid minor axis for chart type {kind}.")
    return {**basic, "series": [{"targetAxis": axes[0], **one} for one in basic["series"]]}


def _with_colours(tree: Json) -> Json:
    scale = dict(tree.get("colorScale", {}))
    for name, levels in _TREE_COLOURS.items():
        if name not in scale and f"{name}Style" not in scale:
            scale[name] = dict(zip(("red", "green", "blue"), (level / 255 for level in levels), strict=True))
    return {"levels": _TREE_LEVELS, **tree, "colorScale": defaults.normalise("TreemapChartColorScale", scale)}
