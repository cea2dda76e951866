"""What the rest of a month brings, said of every month at hand as it could have been said then.

The estimates of `forecast` walk through the months: those of a month use nothing but its own first days and
the months before it. So the errors of the earlier ones are honest ones, and are put to use: they choose between
the forecast and the run rates, widen or narrow the intervals, and are shown beside the forecast.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kpi_rules.outlook.day_weights import day_weights
from kpi_rules.outlook.month_levels import TeamMonths, rest_rate
from kpi_rules.outlook.revenue_grid import DAYS, Numbers, RevenueGrid
from kpi_rules.outlook.run_rates import better_so_far, run_rates

LEVEL_MONTHS = 3
_UNKNOWN_BETWEEN = 0.25
"""Squared variation between months (50 %) as long as no month at hand has shown any; only a second month
needs it, and any value from a quarter to sixteen times of it gives the same figures within 2 %."""
_Z80 = 1.2816
"""The 90 % point of the normal distribution: an interval of 80 % lies between it and its mirror."""
_TENTH = 0.1
_THEORY_MONTHS = 2.0
"""So many months' worth of errors just as large as was said stand beside those that were seen."""


@dataclass(frozen=True)
class Estimate:
    """What one month's rest was to bring, by person (the team first), in tiyn; `known` where it could be said."""

    made: Numbers
    rest: Numbers
    variance: Numbers
    low: Numbers
    high: Numbers
    known: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class _Origin:
    """A month after its first days: revenue so far, weights of the days gone and left, all by person.

    `rates` are those of the months before by person and month, `weights` the months' weights; `dispersion` and
    `unrest` are those of `DayWeights`. `team` is what the team's rate is told from.
    """

    made: Numbers
    gone: Numbers
    left: Numbers
    rates: Numbers
    weights: Numbers
    dispersion: Numbers
    unrest: float
    team: TeamMonths
    elapsed_days: int

    @property
    def own_rate(self) -> Numbers:
        return np.divide(self.made, self.gone, out=np.full_like(self.made, np.nan), where=self.gone > 0)


class Estimates:
    """The estimates of all months of a grid, oldest first; the last one is that of the running month."""

    def __init__(self, grid: RevenueGrid) -> None:
        self._grid = grid
        self.totals: Numbers = grid.revenue.sum(axis=2)
        self._made: Numbers = grid.revenue[:, :, : grid.elapsed_days].sum(axis=2)
        self.months: Sequence[Estimate] = self._all()

    def _all(self) -> list[Estimate]:
        months = self._grid.revenue.shape[1]
        came, rates = (self.totals - self._made).T, run_rates(self._grid)
        said = np.full(came.shape, np.nan)
        estimates: list[Estimate] = []
        for at in range(months):
            origin = self._origin(at)
            rate, doubt = _team(origin)
            factor = _factor(origin, rate)
            each, doubts = _members(origin, factor)
            each[0], doubts[0] = rate, doubt
            known = np.isfinite(each)
            said[at] = each * origin.left
            share = better_so_far(said[1:at], rates[:, 1:at], came[1:at])
            rest = _with_run_rates(np.where(known, said[at], 0.0), rates[:, at] * self._stays(at), share)
            chance = (
                origin.unrest * origin.dispersion * np.maximum(np.where(known, each, 0.0), 0.0) * origin.left
            )
            variance = chance + np.where(known, doubts, 0.0) * origin.left**2
            low, high = _interval(rest, variance * _stretch(estimates, came))
            low = np.where(self._silent_chance(at, origin) >= _TENTH, 0.0, low)
            estimates.append(Estimate(origin.made, rest, variance, low, high, known))
        return estimates

    def _silent_chance(self, at: int, origin: _Origin) -> Numbers:
        """Tell how likely each sells nothing more in the month: the days on which anything was sold come at random."""
        known = self._grid.revenue[:, : at + 1] != 0
        known[:, at, self._grid.elapsed_days :] = False
        weight = origin.weights[:at].sum() + origin.gone
        often = known.sum(axis=(1, 2)) / np.maximum(weight, 1e-9)
        chance: Numbers = np.exp(-often * origin.left)
        return chance

    def _origin(self, at: int) -> _Origin:
        grid, days = self._grid, self._grid.elapsed_days
        told = day_weights(grid, at)
        gone, left = told.parts(days)
        whole = gone + left
        made, totals = self._made[:, : at + 1], self.totals[:, :at]
        if at == grid.revenue.shape[1] - 1:
            own = grid.present * told.weights[-1]
        else:
            own = np.broadcast_to(told.weights[-1], grid.present.shape)
        came = np.append(totals[0] - made[0, :at], 0.0)
        return _Origin(
            made=made[:, at],
            gone=own[:, :days].sum(axis=1),
            left=own[:, days:].sum(axis=1),
            rates=totals / np.maximum(whole[:at], 1e-9),
            weights=whole,
            dispersion=told.dispersion,
            unrest=told.unrest,
            team=TeamMonths(made[0], came, gone, left, float(told.dispersion[0]), told.unrest),
            elapsed_days=days,
        )

    def _stays(self, at: int) -> Numbers:
        """Tell by person how much of the running month's rest beside its beginning each is there, the team's being 1."""
        grid, days = self._grid, self._grid.elapsed_days
        if at < grid.revenue.shape[1] - 1:
            return np.ones(len(self.totals))
        worked = grid.present & (grid.works[-1] | ~grid.works[-1].any())
        gone, left = worked[:, :days].sum(axis=1), worked[:, days:].sum(axis=1)
        stays: Numbers = np.minimum(left * gone[0] / np.maximum(gone * left[0], 1), DAYS)
        return stays


def _team(origin: _Origin) -> tuple[float, float]:
    """Give the team's rate of the days left and its doubt (a variance); not a number where nothing can be said."""
    own = float(origin.own_rate[0])
    if origin.rates.shape[1]:
        rate, doubt = rest_rate(origin.team, origin.elapsed_days)
        if np.isfinite(rate):
            return rate, doubt
    return own, float(origin.dispersion[0]) * max(own, 0.0) / float(origin.gone[0]) if origin.gone[
        0
    ] > 0 else 0.0


def _factor(origin: _Origin, rate: float) -> float:
    """Tell how this month stands to the team's level: a strong month is strong for all."""
    before = origin.rates[0, -LEVEL_MONTHS:]
    level = float(before.mean()) if len(before) else 0.0
    return rate / level if level > 0 and np.isfinite(rate) else 1.0


def _members(origin: _Origin, factor: float) -> tuple[Numbers, Numbers]:
    """Give each person's rate and its doubt (a variance): own days and own level, by credibility."""
    at = origin.rates.shape[1]
    own, level, level_weight = origin.own_rate, _level(origin, at), _level_weight(origin, at)
    prior = np.where(level > 0, level * factor, np.nan)
    chance = origin.dispersion * (level if at else np.nan_to_num(own))
    between = _between(origin) * level**2 + chance / level_weight
    chance = origin.unrest * chance
    strength = np.divide(chance, between, out=np.zeros_like(between), where=(between > 0) & (level > 0))
    total = origin.gone + strength
    mixed = np.divide(
        origin.made + strength * np.nan_to_num(prior),
        total,
        out=np.full_like(total, np.nan),
        where=total > 0,
    )
    rates = np.where(np.isnan(prior), own, np.where(total > 0, mixed, prior))
    doubts = np.divide(chance, total, out=between.copy(), where=total > 0)
    return rates, doubts


def _level(origin: _Origin, at: int) -> Numbers:
    """Give the mean rate of the last months in which somebody sold anything; 0 where there is none."""
    rates = origin.rates[:, max(0, at - LEVEL_MONTHS) : at]
    sold = rates > 0
    level: Numbers = np.where(sold, rates, 0.0).sum(axis=1) / np.maximum(sold.sum(axis=1), 1)
    return level


def _level_weight(origin: _Origin, at: int) -> float:
    return max(float(origin.weights[max(0, at - LEVEL_MONTHS) : at].sum()), 1e-9)


def _between(origin: _Origin) -> float:
    """Tell how far members' months stray from level × team factor: squared variation, by moments.

    What chance within the months explains is taken off; exact comparisons weigh more. The months before
    tell it; in a second month its own first days do.
    """
    at = origin.rates.shape[1]
    if at == 0:
        return _UNKNOWN_BETWEEN
    compared = [
        (
            origin.rates[:, s],
            _level(origin, s),
            np.full(len(origin.made), origin.weights[s]),
            _level_weight(origin, s),
        )
        for s in range(1, at)
    ] or [(origin.own_rate, _level(origin, at), origin.gone, _level_weight(origin, at))]
    above = below = 0.0
    for rates, level, weight, level_weight in compared:
        use = (level > 0) & np.isfinite(rates) & (weight > 0)
        use[0] = False
        if not use.any() or rates[use].sum() <= 0:
            continue
        scale = float(rates[use].sum() / level[use].sum())
        chance = origin.dispersion[use] * (1 / weight[use] / scale**2 + 1 / level_weight) / level[use]
        strayed = (rates[use] / scale / level[use] - 1) ** 2
        trust = 1 / np.maximum(chance, 1e-9) ** 2
        above, below = above + float(((strayed - chance) * trust).sum()), below + float(trust.sum())
    return max(above / below, 0.0) if below else _UNKNOWN_BETWEEN


def _with_run_rates(rest: Numbers, rates: Numbers, share: Numbers) -> Numbers:
    """Move the forecast towards the run rate that has been better, as far as that stands out from chance."""
    best = share.argmax(axis=0)[np.newaxis]
    part = np.take_along_axis(share, best, 0)[0]
    moved: Numbers = rest + part * (np.take_along_axis(rates, best, 0)[0] - rest)
    return moved


def _stretch(earlier: Sequence[Estimate], came: Numbers) -> Numbers:
    """Give the factor by which earlier errors were larger than the variance said; theory stands beside them.

    Members' errors are taken together.
    """
    people = came.shape[1]
    counts = np.full(people, _THEORY_MONTHS)
    counts[1:] *= people - 1
    squares = counts.copy()
    for at, estimate in enumerate(earlier):
        if at == 0:
            continue  # said without any month before it
        use = estimate.known & (estimate.variance > 0) & (estimate.rest > 0)
        error = came[at] - estimate.rest
        ratio = np.divide(error**2, estimate.variance, out=np.zeros(people), where=use)
        squares[0] += ratio[0]
        counts[0] += use[0]
        squares[1:] += ratio[1:].sum()
        counts[1:] += use[1:].sum()
    stretch: Numbers = squares / np.maximum(counts, 1.0)
    return stretch


def _interval(mean: Numbers, variance: Numbers) -> tuple[Numbers, Numbers]:
    """Give the 10 % and 90 % points of a gamma distribution; a mean of 0 or below has none to spread.

    The cube root rule fails for a variance of several squared means (few sales of very unlike size): from its
    highest upper point on, 2.8 × the mean (the true one is 2.7 to 3.0 there), that point is held.
    """
    ninth = np.divide(variance, 9 * mean**2, out=np.zeros_like(mean), where=(mean > 0) & (variance > 0))
    held = np.minimum(ninth, (_Z80 / 2) ** 2)
    low = mean * np.maximum(1 - ninth - _Z80 * np.sqrt(ninth), 0.0) ** 3
    return low, mean * (1 - held + _Z80 * np.sqrt(held)) ** 3
