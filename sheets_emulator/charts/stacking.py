"""From where to where each value of each series reaches; stacked ones begin where the former ended."""

from collections.abc import Sequence

from sheets_emulator.charts.described import Chart, Series

Reach = tuple[float | None, float | None]
_STACKABLE = frozenset({"COLUMN", "BAR", "AREA", "STEPPED_AREA"})


def reaches(chart: Chart) -> list[list[Reach]]:
    """For each series, start and end of each value; None where there is none.

    Only series of one kind on one axis stand on each other, and lines and points never do.
    """
    by_series: dict[int, list[Reach]] = {}
    for group in _groups(chart):
        layers = _piled([chart.series[number] for number in group], chart)
        by_series |= dict(zip(group, layers, strict=True))
    return [by_series[number] for number in range(len(chart.series))]


def stack_tops(chart: Chart, layers: Sequence[Sequence[Reach]]) -> list[tuple[int, float, float]]:
    """(label, top, sum) of each stack of the first group that is stacked."""
    group = next((group for group in _groups(chart) if is_stacked(chart, chart.series[group[0]])), [])
    tops = []
    for label in range(len(chart.labels)):
        values = [chart.series[number].values[label] for number in group if label < len(layers[number])]
        ends = [layers[number][label][1] or 0.0 for number in group if label < len(layers[number])]
        if any(value is not None for value in values):
            tops.append((label, max(0.0, *ends), sum(value or 0.0 for value in values)))
    return tops


def is_stacked(chart: Chart, one: Series) -> bool:
    """Whether a series stands on others."""
    return bool(chart.stacked) and one.kind in _STACKABLE


def _groups(chart: Chart) -> list[list[int]]:
    groups: dict[object, list[int]] = {}
    for number, one in enumerate(chart.series):
        key: object = (one.kind, one.is_right) if is_stacked(chart, one) else number
        groups.setdefault(key, []).append(number)
    return list(groups.values())


def _piled(members: Sequence[Series], chart: Chart) -> list[list[Reach]]:
    if not is_stacked(chart, members[0]):
        return [[(None if v is None else 0.0, v) for v in one.values] for one in members]
    count = len(chart.labels)
    sums = [sum(abs(one.values[i] or 0) for one in members if i < len(one.values)) for i in range(count)]
    above, below = [0.0] * count, [0.0] * count
    layers: list[list[Reach]] = []
    for one in members:
        layer: list[Reach] = []
        for i, value in enumerate(one.values):
            part = value or 0.0
            if chart.stacked == "PERCENT_STACKED":
                part = part / sums[i] if sums[i] else 0.0
            side = above if part >= 0 else below
            layer.append((side[i], side[i] + part))
            side[i] += part
        layers.append(layer)
    return layers
