"""What the rest of a month brings, said of every month at hand as it could have been said then.

The estimates of `forecast` walk through the months: those of a month use nothing but its own first days and
the months before it. So the errors of the earlier ones are honest ones, and are put to use: they weigh the
words that the team's forecast combines, widen or narrow the intervals, and are shown beside the forecast.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kpi_rules.outlook.revenue_grid import Numbers, RevenueGrid

LEVEL_MONTHS = 3
_UNKNOWN_BETWEEN = 0.25
"""Squared variation between months (50 %) as long as no month at hand has shown any; only a second month
needs it, and any value from a quarter to sixteen times of it gives the same figures within 2 %."""
_Z80 = 1.2816
"""The 90 % point of the normal distribution: an interval of 80 % lies between it and its mirror."""


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
    """A month after its first days, by person: revenue so far, weights of the days gone and left.

    `variance` is that of a day's revenue over all that is known by then.
    """

    made: Numbers
    gone: Numbers
    left: Numbers
    variance: Numbers

    @property
    def own_rate(self) -> Numbers:
        return np.divide(self.made, self.gone, out=np.full_like(self.made, np.nan), where=self.gone > 0)


class Estimates:
    """The estimates of all months of a grid, oldest first; the last one is that of the running month."""

    def __init__(self, grid: RevenueGrid) -> None:
        self._grid = grid
        self.totals: Numbers = grid.revenue.sum(axis=2)
        self._weight: Numbers = grid.weights.sum(axis=1)
        self._rates: Numbers = self.totals / np.maximum(self._weight, 1e-9)
        self._spreads, self._counts = _spread(grid.revenue, grid.weights)
        self._origins = [self._origin(at) for at in range(grid.present + 1)]
        self.months: Sequence[Estimate] = self._all()

    def _origin(self, at: int) -> _Origin:
        grid = self._grid
        days = min(grid.elapsed_days, grid.lengths[at] - 1)
        weights = grid.own_weights if at == grid.present else grid.weights[at][np.newaxis]
        begun = grid.revenue[:, at, :days]
        spread, count = _spread(begun[:, np.newaxis], weights[:, :days][:, np.newaxis])
        spreads = self._spreads[:, :at].sum(axis=1) + spread[:, 0]
        counts = self._counts[:, :at].sum(axis=1) + count[:, 0]
        people = len(grid.revenue)
        return _Origin(
            begun.sum(axis=1),
            np.broadcast_to(weights[:, :days].sum(axis=1), people),
            np.broadcast_to(weights[:, days:].sum(axis=1), people),
            spreads / np.maximum(counts, 1),
        )

    def _all(self) -> list[Estimate]:
        team = _TeamWords(self._origins, self._rates[0], self.totals[0])
        found: list[Estimate] = []
        for at, origin in enumerate(self._origins):
            rate, doubt = team.rate(at)
            factor = team.factor(at, rate)
            rates, doubts = self._members(at, origin, factor)
            rates[0], doubts[0] = rate, doubt
            known = np.isfinite(rates)
            rest = np.where(known, rates, 0.0) * origin.left
            variance = origin.variance * origin.left + np.where(known, doubts, 0.0) * origin.left**2
            low, high = _interval(rest, variance * self._stretch(found))
            found.append(Estimate(origin.made, rest, variance, low, high, known))
        return found

    def _members(self, at: int, origin: _Origin, factor: float) -> tuple[Numbers, Numbers]:
        """Give each person's rate and its doubt (a variance): own days and own level, by credibility."""
        own, level, level_weight = origin.own_rate, self._level(at), self._level_weight(at)
        prior = np.where(level > 0, level * factor, np.nan)
        between = self._between(at, origin) * level**2 + origin.variance / level_weight
        strength = np.divide(
            origin.variance, between, out=np.zeros_like(between), where=(between > 0) & (level > 0)
        )
        total = origin.gone + strength
        mixed = np.divide(
            origin.made + strength * np.nan_to_num(prior),
            total,
            out=np.full_like(total, np.nan),
            where=total > 0,
        )
        rates = np.where(np.isnan(prior), own, np.where(total > 0, mixed, prior))
        doubts = np.divide(origin.variance, total, out=between.copy(), where=total > 0)
        return rates, doubts

    def _level(self, at: int) -> Numbers:
        """Give the mean rate of the last months in which somebody sold anything; 0 where there is none."""
        rates = self._rates[:, max(0, at - LEVEL_MONTHS) : at]
        sold = rates > 0
        level: Numbers = np.where(sold, rates, 0.0).sum(axis=1) / np.maximum(sold.sum(axis=1), 1)
        return level

    def _level_weight(self, at: int) -> float:
        return max(float(self._weight[max(0, at - LEVEL_MONTHS) : at].sum()), 1e-9)

    def _between(self, at: int, origin: _Origin) -> float:
        """Tell how far members' months stray from level × team factor: squared variation, by moments.

        What chance within the months explains is taken off; exact comparisons weigh more. The months before
        tell it; in a second month its own first days do.
        """
        if at == 0:
            return _UNKNOWN_BETWEEN
        compared = [
            (self._rates[:, s], self._level(s), self._weight[s], self._level_weight(s)) for s in range(1, at)
        ]
        if not compared:
            compared = [(origin.own_rate, self._level(at), origin.gone, self._level_weight(at))]
        above = below = 0.0
        for rates, level, weight, level_weight in compared:
            use = (level > 0) & np.isfinite(rates)
            use[0] = False
            if not use.any() or rates[use].sum() <= 0:
                continue
            scale = float(rates[use].sum() / level[use].sum())
            weights = np.broadcast_to(weight, rates.shape)[use]
            chance = origin.variance[use] * (1 / weights / scale**2 + 1 / level_weight) / level[use] ** 2
            strayed = (rates[use] / scale / level[use] - 1) ** 2
            trust = 1 / np.maximum(chance, 1e-9) ** 2
            above, below = above + float(((strayed - chance) * trust).sum()), below + float(trust.sum())
        return max(above / below, 0.0) if below else _UNKNOWN_BETWEEN

    def _stretch(self, earlier: Sequence[Estimate]) -> Numbers:
        """Give the factor by which earlier errors were larger than the variance said; theory counts as a month."""
        people = len(self.totals)
        squares, counts = np.ones(people), np.ones(people)
        squares[1:] = counts[1:] = people - 1
        for at, estimate in enumerate(earlier):
            if at == 0:
                continue  # said without any month before it
            use = estimate.known & (estimate.variance > 0) & (estimate.rest > 0)
            error = self.totals[:, at] - estimate.made - estimate.rest
            ratio = np.divide(error**2, estimate.variance, out=np.zeros(people), where=use)
            squares[0] += ratio[0]
            counts[0] += use[0]
            squares[1:] += ratio[1:].sum()
            counts[1:] += use[1:].sum()
        return squares / np.maximum(counts, 1)


class _TeamWords:
    """What can be said of the team's month: its own rate so far, its level, the month a quarter ago.

    They are combined by their record: weights inverse to their squared errors on the same day of the months
    before. A word without a record stands with the error that chance alone gives it.
    """

    def __init__(self, origins: Sequence[_Origin], rates: Numbers, totals: Numbers) -> None:
        self._words: list[dict[str, tuple[float, float]]] = []
        self._came: list[float] = []
        self._levels: list[float] = []
        for at, origin in enumerate(origins):
            gone, left, variance = (float(part[0]) for part in (origin.gone, origin.left, origin.variance))
            own = float(origin.own_rate[0])
            level = float(rates[max(0, at - LEVEL_MONTHS) : at].mean()) if at else own
            chance = variance / left if left > 0 else 0.0
            unknown = _UNKNOWN_BETWEEN * level**2 + chance
            said = {"own": (own, variance / gone + chance)} if gone > 0 else {}
            if at:
                said["level"] = (level, unknown)
            if at >= LEVEL_MONTHS:
                said["quarter"] = (float(rates[at - LEVEL_MONTHS]), unknown)
            self._words.append(said)
            self._levels.append(level)
            self._came.append(
                (float(totals[at]) - float(origin.made[0])) / left if left > 0 else float("nan")
            )
        self._doubts = [
            (float(o.variance[0] / o.gone[0]) if o.gone[0] > 0 else _UNKNOWN_BETWEEN * level**2)
            for o, level in zip(origins, self._levels, strict=True)
        ]

    def rate(self, at: int) -> tuple[float, float]:
        """Give the rate of a month's rest and its doubt (a variance); not a number where nothing can be said."""
        said = self._words[at]
        if not said:
            return float("nan"), 0.0
        weights = {}
        for name, (_, chance) in said.items():
            errors = [
                (self._words[s][name][0] - self._came[s]) ** 2
                for s in range(at)
                if name in self._words[s] and np.isfinite(self._came[s])
            ]
            expected = sum(errors) / len(errors) if errors else chance
            weights[name] = 1 / max(expected, 1e-12 * self._levels[at] ** 2, 1e-9)
        total = sum(weights.values())
        return sum(weights[name] * said[name][0] for name in said) / total, self._doubts[at]

    def factor(self, at: int, rate: float) -> float:
        """Tell how this month stands to the team's level: a strong month is strong for all."""
        level = self._levels[at]
        return rate / level if level > 0 and np.isfinite(rate) else 1.0


def _spread(revenue: Numbers, weights: Numbers) -> tuple[Numbers, Numbers]:
    """Give by person and month the squares of the days' revenue about its mean, and their degrees of freedom."""
    used = np.broadcast_to(weights > 0, revenue.shape)
    share = np.broadcast_to(np.where(weights > 0, weights, 1.0), revenue.shape)
    inside = np.where(used, revenue, 0.0)
    weight = np.where(used, share, 0.0).sum(axis=-1)
    squares = (inside**2 / share).sum(axis=-1) - inside.sum(axis=-1) ** 2 / np.maximum(weight, 1e-9)
    return np.maximum(squares, 0.0), np.maximum(used.sum(axis=-1) - 1, 0).astype(np.float64)


def _interval(mean: Numbers, variance: Numbers) -> tuple[Numbers, Numbers]:
    """Give the 10 % and 90 % points of a gamma distribution; a mean of 0 or below has none to spread.

    The cube root rule fails for a variance of several squared means (few sales of very unlike size): from its
    highest upper point on, 2.8 × the mean (the true one is 2.7 to 3.0 there), that point is held.
    """
    ninth = np.divide(variance, 9 * mean**2, out=np.zeros_like(mean), where=(mean > 0) & (variance > 0))
    held = np.minimum(ninth, (_Z80 / 2) ** 2)
    low = mean * np.maximum(1 - ninth - _Z80 * np.sqrt(ninth), 0.0) ** 3
    return low, mean * (1 - held + _Z80 * np.sqrt(held)) ** 3
