"""Days that fit among their neighbours only with another year, or with day and month swapped (behaviour §4, «Plausible?»).

Rows are written one after the other, so the rows around one tell of which days it is. A day is told only where its
neighbours agree with each other, it stands far away from them, and the other reading would stand right among them: a
late entry between newer ones, or a sheet that was sorted otherwise, is nothing to tell.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt

from kpi_rules.facts.columns import Flags
from kpi_rules.facts.deal_columns import Moments

Days = npt.NDArray[np.int32]
"""Days since 1970."""

_ASIDE = 3
"""So many rows on either side are looked at; at an end of the sheet as many more on the other. Of these six at least
five must be of the same time as one of the two in the middle of them."""
_SAME_TIME_DAYS = 31
_YEAR_WITHIN_DAYS, _SWAP_WITHIN_DAYS = 7, 3
"""So near to its neighbours the other reading must lie."""
_MONTHS = 12
_IN_ORDER = (
    ((0, 5), (1, 3), (2, 4)),
    ((1, 2), (3, 4)),
    ((0, 3), (2, 5)),
    ((0, 1), (2, 3), (4, 5)),
    ((1, 2), (3, 4)),
)
"""The comparisons that put six values in order."""


def out_of_place(moments: Moments, *, swapped: bool) -> list[tuple[int, date]]:
    """Give the rows (from 0) whose day is a year away from its neighbours or swapped, each with the likely day.

    `moments` are the days of the rows in the sheet's order, NaT where there is none. `swapped` says whether swapped
    days are looked for as well: not where a day may well lie months after its neighbours', as a payment's.
    """
    rows = np.flatnonzero(~np.isnat(moments))
    days = moments[rows].astype("datetime64[D]").astype(np.int32)
    if len(days) <= 2 * _ASIDE:
        return []
    at = _beside_a_jump(days)
    own, around = days[at], _neighbours(days, at)
    lowest, second, low, high, fifth, highest = around
    far = (np.abs(own - low) > _SAME_TIME_DAYS) & (np.abs(own - high) > _SAME_TIME_DAYS)
    first_agrees, last_agrees = low - lowest <= _SAME_TIME_DAYS, highest - high <= _SAME_TIME_DAYS
    agreeing = (low - second <= _SAME_TIME_DAYS) & (fifth - high <= _SAME_TIME_DAYS)
    chosen = np.flatnonzero(far & agreeing & (first_agrees | last_agrees))
    earliest, latest = (
        np.where(agrees, end, inner)[chosen]
        for agrees, end, inner in ((first_agrees, lowest, second), (last_agrees, highest, fifth))
    )
    likely = _likely(own[chosen], earliest, latest, swapped=swapped)
    told = np.flatnonzero(~np.isnat(likely))
    return list(zip(rows[at[chosen[told]]].tolist(), likely[told].tolist(), strict=True))


def _beside_a_jump(days: Days) -> npt.NDArray[np.intp]:
    """Give the places of the days that stand far from the one before or behind."""
    jumps = np.abs(np.diff(days)) > _SAME_TIME_DAYS
    near = np.zeros(len(days), dtype=bool)
    near[1:] |= jumps
    near[:-1] |= jumps
    return np.flatnonzero(near)


def _neighbours(days: Days, at: npt.NDArray[np.intp]) -> list[Days]:
    """Give the six days around each place, in order: six arrays, the lowest of each place first."""
    first = np.clip(at - _ASIDE, 0, len(days) - 2 * _ASIDE - 1)
    around = [days[first + step + (first + step >= at)] for step in range(2 * _ASIDE)]
    for step in _IN_ORDER:
        for one, other in step:
            around[one], around[other] = (
                np.minimum(around[one], around[other]),
                np.maximum(around[one], around[other]),
            )
    return around


def _likely(days: Days, earliest: Days, latest: Days, *, swapped: bool) -> Moments:
    """Give the other readings that lie among the neighbours; NaT where none does."""
    written = days.astype("datetime64[D]")
    month = written.astype("datetime64[M]")
    day = (written - month).astype(np.int64)
    readings = [(_dated(month + years * _MONTHS, day), _YEAR_WITHIN_DAYS) for years in (1, -1)]
    if swapped:
        year = written.astype("datetime64[Y]").astype("datetime64[M]")
        turned = _dated(year + np.minimum(day, _MONTHS - 1), (month - year).astype(np.int64))
        turned[(day >= _MONTHS) | (turned == written)] = np.datetime64("NaT")
        readings.append((turned, _SWAP_WITHIN_DAYS))
    likely = np.full(len(days), np.datetime64("NaT", "D"))
    for reading, within in readings:
        number = reading.astype(np.int64)
        fits: Flags = np.isnat(likely) & ~np.isnat(reading)
        fits &= (earliest - within <= number) & (number <= latest + within)
        likely[fits] = reading[fits]
    return likely


def _dated(month: Moments, day: npt.NDArray[np.int64]) -> Moments:
    """Give the days of these months, counted from 0; NaT where a month has no such day."""
    dated: Moments = np.add(month.astype("datetime64[D]"), day)
    dated[dated.astype("datetime64[M]") != month] = np.datetime64("NaT")
    return dated
