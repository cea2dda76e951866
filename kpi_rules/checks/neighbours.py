"""Days that fit among their neighbours only with another year, or with day and month swapped (behaviour §4, «Plausible?»).

Rows are written one after the other, so the rows around one tell of which days it is. A day is told only where its
neighbours agree with each other, it stands far away from them, and the other reading would stand right among them: a
late entry between newer ones, or a sheet that was sorted otherwise, is nothing to tell.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt

from kpi_rules.facts.deal_columns import Moments

Days = npt.NDArray[np.int64]
"""Days since 1970."""

_ASIDE = 3
"""So many rows on either side are looked at; at an end of the sheet as many more on the other."""
_AGREEING = 5
"""So many of these six must be of the same time."""
_SAME_TIME_DAYS = 31
_YEAR_WITHIN_DAYS, _SWAP_WITHIN_DAYS = 7, 3
"""So near to its neighbours the other reading must lie."""
_LAST_SWAPPED = 12


def out_of_place(moments: Moments, *, swapped: bool) -> list[tuple[int, date]]:
    """Give the rows (from 0) whose day is a year away from its neighbours or swapped, each with the likely day.

    `moments` are the days of the rows in the sheet's order, NaT where there is none. `swapped` says whether swapped
    days are looked for as well: not where a day may well lie months after its neighbours', as a payment's.
    """
    rows = np.flatnonzero(~np.isnat(moments))
    days = moments[rows].astype("datetime64[D]").astype(np.int64)
    width = 2 * _ASIDE + 1
    if len(days) < width:
        return []
    jumps = np.abs(np.diff(days)) > _SAME_TIME_DAYS
    near = np.zeros(len(days), dtype=bool)
    near[1:] |= jumps
    near[:-1] |= jumps
    at = np.flatnonzero(near)
    first = np.clip(at - _ASIDE, 0, len(days) - width)
    places = first[:, None] + np.arange(width)
    others = np.sort(days[places][places != at[:, None]].reshape(len(at), width - 1), axis=1)
    middle = others[:, _ASIDE - 1 : _ASIDE + 1]
    agreeing = np.abs(others[:, :, None] - middle[:, None, :]) <= _SAME_TIME_DAYS
    agreeing = agreeing.any(axis=2)
    far = (np.abs(days[at][:, None] - middle) > _SAME_TIME_DAYS).all(axis=1)
    misplaced = []
    for index in np.flatnonzero(far & (agreeing.sum(axis=1) >= _AGREEING)).tolist():
        same = others[index][agreeing[index]]
        likely = _likely(int(days[at[index]]), int(same[0]), int(same[-1]), swapped=swapped)
        if likely is not None:
            misplaced.append((int(rows[at[index]]), likely))
    return misplaced


def _likely(day: int, earliest: int, latest: int, *, swapped: bool) -> date | None:
    """Give the other reading that lies among the neighbours, if there is one."""
    written = date.fromordinal(_EPOCH + day)
    readings = [
        (_dated(written.year + years, written.month, written.day), _YEAR_WITHIN_DAYS) for years in (1, -1)
    ]
    if swapped and written.day <= _LAST_SWAPPED:
        readings.append((_dated(written.year, written.day, written.month), _SWAP_WITHIN_DAYS))
    for reading, within in readings:
        if reading is None or reading == written:
            continue
        if earliest - within <= reading.toordinal() - _EPOCH <= latest + within:
            return reading
    return None


_EPOCH = date(1970, 1, 1).toordinal()


def _dated(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
