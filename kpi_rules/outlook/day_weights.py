"""What a day of the month brings beside the others, as far as the months before tell it (behaviour §6).

A working day counts 1, a day off what days off have brought beside it. From the third month on each weekday, and
Saturdays, Sundays and holidays apart, have weights of their own; so have the days gone and the days left of a month,
where months begin or end stronger (rent and salaries come, bills are sent at the end). Each such difference is
taken as far as it stands out from chance: by the factor 1 − chance / what was seen, 0 where chance alone explains
it (W. James and C. Stein, «Estimation with quadratic loss», Proc. Fourth Berkeley Symposium 1, 1961).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kpi_rules.outlook.revenue_grid import DAYS, Numbers, RevenueGrid

_WEEKDAY_MONTHS = 2
"""Months from which on weekdays are told apart: one has four of each."""
_PRIOR_SHIFTS = 2.0
"""So many months' worth of mere chance stand beside the seen months' differences between a month's two parts."""
_USUAL_STRAY = 0.15
"""How far a month usually stands off its trend (a share), as long as few months at hand have shown it."""
_PRIOR_UNREST = 10.0
"""So many months' worth of mere chance stand beside what months have strayed, in `DayWeights.unrest`."""
_PRIOR_DISPERSION = 0.5
"""What all members' days count beside a member's own, in shares of a mean member's."""
_KINDS = 8
_WORKING_KINDS = slice(0, 5)
_OFF_KINDS = slice(5, 8)
_HOLIDAY = 7


@dataclass(frozen=True)
class DayWeights:
    """Weights of the days [month, day] up to a month under way, told by the months before it.

    `dispersion` is by person the variance of a day's revenue beside its mean (tiyn). `unrest` is how much farther
    the parts of the team's months have strayed from each other than days independent of each other would (squared).
    """

    weights: Numbers
    dispersion: Numbers
    unrest: float

    def parts(self, days: int) -> tuple[Numbers, Numbers]:
        """Give the weight of each month's first days, and of those after them."""
        return self.weights[:, :days].sum(axis=1), self.weights[:, days:].sum(axis=1)


def day_weights(grid: RevenueGrid, at: int) -> DayWeights:
    """Weigh the days of the months up to the one at `at`, of which the first `elapsed_days` are known."""
    days = grid.elapsed_days
    known = grid.revenue[:, : at + 1].copy()
    known[:, at, days:] = 0.0
    weights = _kinds_weights(grid, known[0], at)
    dispersion = _dispersion(known, weights, days)
    shift, unrest = _shift(known[0, :at], weights[:at], days, float(dispersion[0]))
    gone, left = weights[:, :days].sum(axis=1), weights[:, days:].sum(axis=1)
    shifted = weights.copy()
    shifted[:, :days] *= shift
    rest = np.divide(gone * (1 - shift) + left, left, out=np.ones_like(left), where=left > 0)
    shifted[:, days:] *= np.maximum(rest, 0.0)[:, np.newaxis]
    return DayWeights(shifted, dispersion, unrest)


def _kinds_weights(grid: RevenueGrid, team: Numbers, at: int) -> Numbers:
    works, exists = grid.works[: at + 1], grid.exists[: at + 1]
    known = exists.copy()
    known[at, grid.elapsed_days if at == 0 else 0 :] = False
    share = _off_share(team, known & works, known & ~works, first=at == 0)
    flat = np.where(works, 1.0, share) * exists
    if at < _WEEKDAY_MONTHS:
        return flat
    weekdays = grid.weekdays[: at + 1]
    kinds = np.where(works, np.minimum(weekdays, 4), np.where(weekdays >= 5, weekdays, _HOLIDAY))
    rates = np.divide(team.sum(axis=1), flat.sum(axis=1), out=np.zeros(at + 1), where=flat.sum(axis=1) > 0)
    used = known & (rates > 0)[:, np.newaxis]
    relative = (team / np.where(rates > 0, rates, 1.0)[:, np.newaxis])[used]
    base = np.where(np.arange(_KINDS) < _OFF_KINDS.start, 1.0, share)
    own = _kinds_means(relative, kinds[used], base)
    weights: Numbers = np.where(exists, np.maximum(own, 0.0)[kinds], 0.0)
    return weights


def _off_share(
    team: Numbers, worked: npt.NDArray[np.bool_], off: npt.NDArray[np.bool_], *, first: bool
) -> float:
    """Tell what a day off brings, as a share of a working day (0 to 1).

    A few days of a first month cannot tell such a share: there days off count fully once one of them has brought
    anything, else not at all. That makes a first forecast the run rate by calendar days, or by working days.
    """
    on_days, off_days = float(team[worked].sum()), float(team[off].sum())
    if first:
        return 1.0 if off_days > 0 else 0.0
    if not off.any() or not worked.any() or on_days <= 0:
        return 0.0
    share = (off_days / int(off.sum())) / (on_days / int(worked.sum()))
    return min(max(share, 0.0), 1.0)


def _kinds_means(relative: Numbers, kinds: npt.NDArray[np.int64], base: Numbers) -> Numbers:
    """Give each kind of day its own mean, as far as the kinds of its group differ by more than chance."""
    counts = np.bincount(kinds, minlength=_KINDS).astype(np.float64)
    means = np.bincount(kinds, relative, _KINDS) / np.maximum(counts, 1)
    squares = np.bincount(kinds, (relative - means[kinds]) ** 2, _KINDS) / np.maximum(counts - 1, 1)
    strayed = np.where(counts > 0, means - base, 0.0)
    trusted = base.copy()
    for group in (_WORKING_KINDS, _OFF_KINDS):
        seen = float((strayed[group] ** 2 * counts[group]).sum())
        chance = float(squares[group][counts[group] > 2].sum())
        if seen > chance:
            trusted[group] += np.where(counts[group] > 2, (1 - chance / seen) * strayed[group], 0.0)
    return trusted


def _dispersion(known: Numbers, weights: Numbers, days: int) -> Numbers:
    """Give by person the variance of a day's revenue about its month's mean, over all days known, beside that mean.

    Few deals tell little of how unlike deals are: all members' days stand beside a member's own.
    """
    used = np.broadcast_to(weights > 0, known.shape).copy()
    used[:, -1, days:] = False
    share = np.where(used, weights, 1.0)
    inside = np.where(used, known, 0.0)
    weight, revenue = np.where(used, share, 0.0).sum(axis=2), inside.sum(axis=2)
    rates = revenue / np.maximum(weight, 1e-9)
    squares = np.maximum((inside**2 / share).sum(axis=2) - revenue * rates, 0.0).sum(axis=1)
    expected = (np.maximum(used.sum(axis=2) - 1, 0) * rates).sum(axis=1)
    if expected[1:].sum() > 0:
        pooled = squares[1:].sum() / expected[1:].sum()
        prior = _PRIOR_DISPERSION * expected[1:].mean()
        squares[1:], expected[1:] = squares[1:] + pooled * prior, expected[1:] + prior
    dispersion: Numbers = np.divide(squares, expected, out=np.zeros_like(squares), where=expected > 0)
    return dispersion


def _shift(team: Numbers, weights: Numbers, days: int, dispersion: float) -> tuple[float, float]:
    """Tell by how much the first days bring more or less than their weight, and how much months stray from that."""
    total, whole, gone = team.sum(axis=1), weights.sum(axis=1), weights[:, :days].sum(axis=1)
    used = (total > 0) & (gone > 0) & (whole > gone)
    if not used.any():
        return 1.0, 1.0
    total, whole, gone, made = total[used], whole[used], gone[used], team[used, :days].sum(axis=1)
    rates = total / whole
    shares = made / (rates * gone)
    chance = dispersion / rates * (whole - gone) / (gone * whole)
    count = len(shares)
    trend, trend_doubt = _trend(np.flatnonzero(used), rates)
    lag = (1 - days / DAYS) / 2
    strayed = float(shares.mean()) - 1 + trend * lag
    between = ((shares - shares.mean()) ** 2).sum() + _PRIOR_SHIFTS * chance.mean()
    doubt = float(between) / (count - 1 + _PRIOR_SHIFTS) / count + trend_doubt * lag**2
    shift = 1 + strayed * max(0.0, 1 - doubt / strayed**2) if strayed else 1.0
    shift = max(shift, 0.05)
    ratios = (shares - shift) ** 2 / np.maximum(chance, 1e-12)
    return shift, float((ratios.sum() + _PRIOR_UNREST) / (count + _PRIOR_UNREST))


def _trend(months: npt.NDArray[np.int64], rates: Numbers) -> tuple[float, float]:
    """Give growth a month, by least squares on logarithms, and its variance; 0 and 0 where there is one month.

    Where months grow, their first days are weaker than the rest without any shift; that is the growth's, not theirs.
    """
    apart = months - months.mean()
    spread = float((apart**2).sum())
    if spread <= 0:
        return 0.0, 0.0
    logs = np.log(rates)
    growth = float((apart * logs).sum()) / spread
    left = logs - logs.mean() - growth * apart
    strays = float((left**2).sum()) + _PRIOR_SHIFTS * _USUAL_STRAY**2
    return growth, strays / (len(rates) - 2 + _PRIOR_SHIFTS) / spread
