"""Revenue by person, month and day as one array, with the weight of each day: what a forecast is made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from kpi_rules.facts.employment import Workdays
from kpi_rules.facts.inputs import MonthInputs, PastMonth
from kpi_rules.facts.selection import month_bounds
from kpi_rules.time.lifecycle import COMPANY_WEEK_DAYS
from kpi_rules.time.periods import Month

Numbers = npt.NDArray[np.float64]
DAYS = 31
BEGINNING_DAYS = 7


@dataclass(frozen=True)
class RevenueGrid:
    """The months at hand, oldest first, the running one last; it is known up to `elapsed_days`.

    `revenue` is [person, month, day] in tiyn, person 0 being the whole team (leavers and rows without a name
    included) and the others those of `codes`. `weights` is [month, day]: a working day counts 1, a day off what
    days off bring beside it, a day that the month has not 0. `own_weights` is [person, day], the running month
    as far as each is employed and not away. `today` is what each made on the day that is not over.
    """

    codes: tuple[str, ...]
    revenue: Numbers
    weights: Numbers
    own_weights: Numbers
    lengths: tuple[int, ...]
    elapsed_days: int
    today: Numbers

    @property
    def present(self) -> int:
        """The place of the running month."""
        return len(self.weights) - 1


def revenue_grid(
    inputs: MonthInputs, workdays: Mapping[str, Workdays], codes: Sequence[str], before_on: date
) -> RevenueGrid:
    """Build the grid; `before_on` is the first day that is not over."""
    month, elapsed = inputs.month, (before_on - inputs.month.first_on).days
    past = _unbroken(inputs.history, month)
    months = [*(earlier.month for earlier in past), month]
    revenue = np.zeros((len(codes) + 1, len(months), DAYS))
    place = {code: at for at, code in enumerate(codes, start=1)}
    for at, earlier in enumerate(past):
        _add(
            revenue[:, at],
            np.array([place.get(code, 0) for code, _, _ in earlier.revenue], dtype=np.int64),
            np.array([day.day - 1 for _, day, _ in earlier.revenue], dtype=np.int64),
            np.array([float(tiyn) for _, _, tiyn in earlier.revenue]),
        )
    present = _present_revenue(inputs, place)
    revenue[:, -1, :elapsed] = present[:, :elapsed]
    weights = _weights(inputs, months, revenue[0], elapsed)
    own = np.vstack([weights[-1:], _own_weights(inputs, [workdays[code] for code in codes], weights[-1])])
    lengths = tuple(each.last_on.day for each in months)
    return RevenueGrid(tuple(codes), revenue, weights, own, lengths, elapsed, present[:, elapsed])


def _present_revenue(inputs: MonthInputs, place: Mapping[str, int]) -> Numbers:
    """Add up the month's payments by person and day."""
    start, end = month_bounds(inputs.month)
    if not inputs.facts.of_leads:
        moments, amounts = inputs.facts.days.on, inputs.facts.days.counted("revenue")
        chosen = (moments >= start) & (moments < end)
        codes = inputs.facts.rows["code"]
        person = codes.map(place).to_numpy(dtype="float64", na_value=0.0).astype(np.int64)
    else:
        columns = inputs.facts.leads
        moments, amounts = columns.paid, columns.amounts_tiyn
        chosen = columns.is_deal & (moments >= start) & (moments < end)
        person = np.array([*(place.get(code, 0) for code in columns.codes), 0])[columns.of_code]
    days = (moments[chosen] - start).astype("timedelta64[D]").astype(np.int64)
    found = np.zeros((len(place) + 1, DAYS))
    _add(found, person[chosen], days, amounts[chosen].astype(np.float64))
    return found


def _add(to: Numbers, person: npt.NDArray[np.int64], days: npt.NDArray[np.int64], amounts: Numbers) -> None:
    """Add amounts to the team's days and to those of each person; person 0 is nobody of the grid."""
    np.add.at(to[0], days, amounts)
    own = person > 0
    np.add.at(to, (person[own], days[own]), amounts[own])


def _unbroken(history: Iterable[PastMonth], month: Month) -> list[PastMonth]:
    """Take the months that lead up to this one without a gap, from the first one with any payment on.

    Leads of months before that are no sign that nothing was sold: payments were not entered yet. Where they begin
    later than in the first days, that first month is a part of one and is left out.
    """
    by_month = {earlier.month: earlier for earlier in history}
    found: list[PastMonth] = []
    while (before := month.plus(-1 - len(found))) in by_month:
        found.append(by_month[before])
    while found and not found[-1].revenue:
        found.pop()
    if found and min(day.day for _, day, _ in found[-1].revenue) > BEGINNING_DAYS:
        found.pop()
    return found[::-1]


def _weights(inputs: MonthInputs, months: Sequence[Month], team: Numbers, elapsed: int) -> Numbers:
    works = np.zeros((len(months), DAYS), dtype=bool)
    exists = np.zeros((len(months), DAYS), dtype=bool)
    for at, month in enumerate(months):
        for day in month.days():
            exists[at, day.day - 1] = True
            works[at, day.day - 1] = _is_worked(inputs, day)
    over = exists.copy()
    over[-1, elapsed:] = False
    weights: Numbers = np.where(works, 1.0, _off_weight(team, over & works, over & ~works)) * exists
    return weights


def _off_weight(team: Numbers, worked: npt.NDArray[np.bool_], off: npt.NDArray[np.bool_]) -> float:
    """Tell what a day off brings, as a share of a working day (0 to 1).

    A few days of a first month cannot tell such a share: there days off count fully once one of them has brought
    anything, else not at all. That makes a first forecast the run rate by calendar days, or by working days.
    """
    on_days, off_days = float(team[worked].sum()), float(team[off].sum())
    if len(team) == 1:
        return 1.0 if off_days > 0 else 0.0
    if not off.any() or not worked.any() or on_days <= 0:
        return 0.0
    share = (off_days / int(off.sum())) / (on_days / int(worked.sum()))
    return min(max(share, 0.0), 1.0)


def _own_weights(inputs: MonthInputs, people: Sequence[Workdays], weights: Numbers) -> Numbers:
    """Leave out the working days on which somebody is away or not employed, and days off outside employment."""
    month = inputs.month
    place = {worked.code: at for at, worked in enumerate(people)}
    present = np.zeros((len(people), DAYS), dtype=bool)
    for at, worked in enumerate(people):
        present[at, [day.day - 1 for day in worked.days]] = True
    off = np.zeros(DAYS, dtype=bool)
    off[[day.day - 1 for day in month.days() if not _is_worked(inputs, day)]] = True
    for stint in inputs.staff:
        at = place.get(stint.code, -1)
        first_on = max(stint.hired_on, month.first_on)
        last_on = min(stint.left_on or month.last_on, month.last_on)
        if at >= 0 and first_on <= last_on:
            present[at, first_on.day - 1 : last_on.day] |= off[first_on.day - 1 : last_on.day]
    own: Numbers = np.where(present, weights, 0.0)
    return own


def _is_worked(inputs: MonthInputs, day: date) -> bool:
    calendar = inputs.calendar
    if day.year in calendar.years:
        return calendar.is_worked(day, COMPANY_WEEK_DAYS)
    return day.weekday() < COMPANY_WEEK_DAYS
