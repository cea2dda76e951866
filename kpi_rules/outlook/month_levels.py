"""What the rest of a team's month brings a day: many simple pictures of how months differ, averaged by their record.

A picture says how far the months' levels (logarithms of revenue a day) belong together: as months of their own about
a mean, as a level that moves on by steps or by and by, as growth or decline, as a wave (a season), as a pattern that
comes again every quarter; how strongly, is a picture's own as well. Each is a Gaussian process, so that the months
before give its forecast of the parts of the next one, and that of every month before as it would have been then
(C. E. Rasmussen and C. K. I. Williams, «Gaussian Processes for Machine Learning», 2006, §2.2). The month's first
days then correct it by credibility: the run rate stands alone where a picture leaves the level open.

Pictures are averaged with weights by how likely they made the first days and the rest of each month before, as of
this day of the month (J. A. Hoeting et al., «Bayesian Model Averaging», Statistical Science 14, 1999). As none of
them is true, likelihoods count by a power below 1 (P. Grünwald, «The safe Bayesian», ALT 2012), those of the running
month's first days least: that a month begins oddly says little about how months differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np

from kpi_rules.outlook.revenue_grid import DAYS, Numbers

_LEVEL_VARIANCE = 4.0
"""Of the first month's level nothing is known: e⁴ times as much and as little are within two deviations."""
_MONTHS_OWN = (0.03, 0.1, 0.2, 0.4)
"""Standard deviations of what is a month's own and passes with it."""
_MOVES = ((True, 0.0), (True, 0.08), (True, 0.2), (False, 0.05), (False, 0.12), (False, 0.25))
"""How far the level moves on in a month, and whether by a step between months or by and by."""
_TRENDS = ((0.0, 0.0, 0.5), (0.05, 0.0, 0.15), (0.0, 0.05, 0.15), (0.0, 0.15, 0.2))
"""Growth a month (its deviation about 0), how far growth itself changes in a month, weight at the outset."""
_QUARTERS = ((0.0, 0.5), (0.3, 0.5))
"""How far a quarter's first, second and third months differ, weight at the outset."""
_SMALLEST_SHARE = 0.05
"""Months below this share of the mean month count as this much: the logarithm of nothing is no number."""
_PAST_POWER, _PRESENT_POWER = 0.5, 0.3
_SMALLEST_VARIANCE = 1e-12
_LARGEST_LOG_VARIANCE = 1.5
"""Beyond it the moments of the lognormal distribution run away from its middle."""


class TeamMonths(NamedTuple):
    """The team's months by part, the one under way last: revenue (tiyn; `came` of the last one is 0) and weights.

    `dispersion` and `unrest` are those of `DayWeights`.
    """

    made: Numbers
    came: Numbers
    gone: Numbers
    left: Numbers
    dispersion: float
    unrest: float


@dataclass(frozen=True)
class _Pictures:
    """Covariances of levels [picture, place, place] and logarithms of the weights at the outset.

    Places are the whole months before, then the first days of each month, then the days after them.
    """

    covariances: Numbers
    log_weights: Numbers


@dataclass(frozen=True)
class _Foreseen:
    """What each picture foresaw of each month [picture, month]: means and covariance of its two parts' rates."""

    first: Numbers
    rest: Numbers
    first_variance: Numbers
    rest_variance: Numbers
    together: Numbers


def rest_rate(months: TeamMonths, elapsed_days: int) -> tuple[float, float]:
    """Give the mean revenue of a weight of the days left and its variance; not a number where nothing was sold before.

    There is one month before, at least.
    """
    whole = months.gone + months.left
    rates = (months.made + months.came)[:-1] / np.maximum(whole[:-1], 1e-9)
    mean = float(rates.mean())
    if mean <= 0:
        return float("nan"), 0.0
    levels = np.log(np.maximum(rates / mean, _SMALLEST_SHARE))
    chance = np.minimum(months.dispersion / (np.maximum(whole[:-1], 1e-9) * mean), 1.0)
    pictures = _pictures(len(rates), elapsed_days)
    foreseen = _foreseen(pictures.covariances, levels, chance)
    means, variances, scores = _corrected(foreseen, months, mean)
    logs = pictures.log_weights + scores
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    rate = float(weights @ means)
    doubt = float(weights @ (variances + means**2)) - rate**2
    return max(rate, 0.0) * mean, max(doubt, 0.0) * mean**2


@lru_cache(maxsize=64)
def _pictures(count: int, elapsed_days: int) -> _Pictures:
    """Draw all pictures of `count` months and the next one."""
    numbers = np.arange(count + 1)
    at = np.concatenate(
        [numbers[:-1] + 0.5, numbers + elapsed_days / (2 * DAYS), numbers + (elapsed_days / DAYS + 1) / 2]
    )
    month = np.floor(at)
    earlier, later = np.minimum.outer(at, at), np.maximum.outer(at, at)
    apart = np.subtract.outer(month, month)
    own = (apart == 0).astype(np.float64)
    steps = np.minimum.outer(month, month)
    changing = earlier**2 * (3 * later - earlier) / 6
    quarters = (apart % 3 == 0).astype(np.float64)
    covariances, weights = [], []
    for month_own, (by_steps, move), (growth, change, weight), (quarter, share) in product(
        _MONTHS_OWN, _MOVES, _TRENDS, _QUARTERS
    ):
        covariances.append(
            _LEVEL_VARIANCE
            + month_own**2 * own
            + move**2 * (steps if by_steps else earlier)
            + growth**2 * earlier * later
            + change**2 * changing
            + quarter**2 * quarters
        )
        weights.append(weight * share)
    return _Pictures(np.array(covariances), np.log(np.array(weights)))


def _foreseen(covariances: Numbers, levels: Numbers, chance: Numbers) -> _Foreseen:
    """Foresee both parts of every month from the whole months before it, in shares of the mean month."""
    count = len(levels)
    noise = np.diag(chance + 1e-9)
    inverse = np.linalg.inv(np.linalg.cholesky(covariances[:, :count, :count] + noise))
    known = (inverse @ (levels - levels[0])[:, np.newaxis])[..., 0]
    before = np.arange(count)[np.newaxis, :] < np.arange(count + 1)[:, np.newaxis]
    first, rest = slice(count, 2 * count + 1), slice(2 * count + 1, 3 * count + 2)
    loads = [(covariances[:, part, :count] @ inverse.transpose(0, 2, 1)) * before for part in (first, rest)]
    logs = [levels[0] + (load @ known[..., np.newaxis])[..., 0] for load in loads]
    means = [np.exp(np.clip(log, -4.0, 2.5)) for log in logs]

    def covariance(one: int, other: int) -> Numbers:
        parts = covariances[:, (first, rest)[one], (first, rest)[other]].diagonal(axis1=1, axis2=2)
        log = np.clip(parts - (loads[one] * loads[other]).sum(axis=2), -1.5, _LARGEST_LOG_VARIANCE)
        spread: Numbers = means[one] * means[other] * np.expm1(log)
        return spread

    first_variance = np.maximum(covariance(0, 0), _SMALLEST_VARIANCE * means[0] ** 2)
    rest_variance = np.maximum(covariance(1, 1), _SMALLEST_VARIANCE * means[1] ** 2)
    bound = np.sqrt(first_variance * rest_variance)
    together = np.clip(covariance(0, 1), -bound, bound)
    return _Foreseen(means[0], means[1], first_variance, rest_variance, together)


def _corrected(foreseen: _Foreseen, months: TeamMonths, mean: float) -> tuple[Numbers, Numbers, Numbers]:
    """Correct what was foreseen by the first days; give the last month's means and variances, and the scores.

    A score is the logarithm of how likely a picture made what came, by powers. The first month of all was foreseen by
    none and scores nothing.
    """
    noise = months.unrest * months.dispersion / mean
    seen = months.gone > 0
    first = months.made / np.maximum(months.gone, 1e-9) / mean
    came = months.came / np.maximum(months.left, 1e-9) / mean
    first_spread = (
        foreseen.first_variance + noise * foreseen.first / np.maximum(months.gone, 1e-9) + _SMALLEST_VARIANCE
    )
    trust = np.where(seen, foreseen.together / first_spread, 0.0)
    means = foreseen.rest + trust * (first - foreseen.first)
    variances = np.maximum(foreseen.rest_variance - trust * foreseen.together, _SMALLEST_VARIANCE)
    rest_spread = variances + noise * foreseen.rest / np.maximum(months.left, 1e-9) + _SMALLEST_VARIANCE
    first_score = np.where(seen, _log_density(first - foreseen.first, first_spread), 0.0)
    rest_score = np.where(months.left > 0, _log_density(came - means, rest_spread), 0.0)
    scores = (
        _PAST_POWER * (first_score + rest_score)[:, 1:-1].sum(axis=1) + _PRESENT_POWER * first_score[:, -1]
    )
    return means[:, -1], variances[:, -1], scores


def _log_density(error: Numbers, variance: Numbers) -> Numbers:
    density: Numbers = -0.5 * (error**2 / variance + np.log(variance))
    return density
