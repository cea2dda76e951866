"""The run rates beside the forecast: where one has been better by more than chance, it is taken (behaviour §6)."""

from __future__ import annotations

import numpy as np

from kpi_rules.outlook.revenue_grid import Numbers, RevenueGrid

_FEWEST_MONTHS = 3
_CHANCE = 2.5
"""What the squared ratio of a mean difference to its standard error reaches by chance: 1 on the average, more than
this once in nine times."""


def run_rates(grid: RevenueGrid) -> Numbers:
    """Give what the run rates say of each month's rest, [rate, month, person] in tiyn: by calendar and working days."""
    days = grid.elapsed_days
    made = grid.revenue[:, :, :days].sum(axis=2).T
    rests = []
    for counted in (grid.exists, grid.works):
        gone, left = counted[:, :days].sum(axis=1), counted[:, days:].sum(axis=1)
        rests.append(made * (left / np.maximum(gone, 1))[:, np.newaxis])
    return np.array(rests)


def better_so_far(said: Numbers, rates: Numbers, came: Numbers) -> Numbers:
    """Give by person how far each run rate [rate, person] stands out from chance as the better one, 0 to 1.

    `said` and `came` are [month, person], `rates` [rate, month, person]: what was said of the rests of the months
    before, and what came. The part is 1 − what chance reaches / what was seen (squared), 0 where that is below.
    """
    count = len(said)
    if count < _FEWEST_MONTHS:
        return np.zeros((len(rates), said.shape[1]))
    gains = np.nan_to_num(np.abs(said - came) - np.abs(rates - came))
    mean, doubt = gains.mean(axis=1), gains.var(axis=1, ddof=1) / count
    ratio = np.divide(mean**2, doubt, out=np.zeros_like(mean), where=(mean > 0) & (doubt > 0))
    better: Numbers = np.maximum(0.0, 1 - _CHANCE / np.maximum(ratio, 1e-9))
    return better
