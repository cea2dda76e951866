"""Revenue by person, month and day as one array, with the kind of each day: what a forecast is made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from kpi_rules.counting.deal_counts import parts_of_month
from kpi_rules.facts.columns import Flags
from kpi_rules.facts.employment import Workdays
from kpi_rules.facts.inputs import MonthInputs, PastMonth
from kpi_rules.facts.payments import revenue_beside
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
    included) and the others those of `codes`. `exists`, `works` and `weekdays` (0 = Monday, −1 = no such day) are
    [month, day]. `present` is [person, day]: the running month as far as each is employed and not away, all of it
    for the team. `today` is what each made on the day that is not over.
    """

    codes: tuple[str, ...]
    revenue: Numbers
    exists: Flags
    works: Flags
    weekdays: npt.NDArray[np.int64]
    present: Flags
    elapsed_days: int
    today: Numbers


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
    sold = _present_revenue(inputs, place)
    revenue[:, -1, :elapsed] = sold[:, :elapsed]
    days = np.array([[_weekday(each, day) for day in range(1, DAYS + 1)] for each in months])
    exists = days >= 0
    works = np.zeros(exists.shape, dtype=bool)
    for at, each in enumerate(months):
        works[at, : each.last_on.day] = [_is_worked(inputs, day) for day in each.days()]
    own = _present_days(inputs, [workdays[code] for code in codes], works[-1])
    present = np.vstack([exists[-1:], own])
    return RevenueGrid(tuple(codes), revenue, exists, works, days, present, elapsed, sold[:, elapsed])


def _present_revenue(inputs: MonthInputs, place: Mapping[str, int]) -> Numbers:
    """Add up the month's payments by person and day."""
    start, end = month_bounds(inputs.month)
    if not inputs.facts.of_leads:
        moments, amounts = inputs.facts.days.on, inputs.facts.days.counted("revenue")
        chosen = (moments >= start) & (moments < end)
        codes = inputs.facts.rows["code"]
        person = np.array([place.get(code, 0) for code in codes], dtype=np.int64)
    else:
        columns = inputs.facts.leads
        moments, amounts = columns.paid, columns.amounts_tiyn
        chosen = columns.is_deal & (moments >= start) & (moments < end)
        parts = parts_of_month(inputs)
        if parts is not None:
            chosen = chosen & ~parts.rows
        person = np.array([*(place.get(code, 0) for code in columns.codes), 0])[columns.of_code]
    days = (moments[chosen] - start).astype("timedelta64[D]").astype(np.int64)
    revenue = np.zeros((len(place) + 1, DAYS))
    _add(revenue, person[chosen], days, amounts[chosen].astype(np.float64))
    if inputs.facts.of_leads:
        for code, on, tiyn in revenue_beside(inputs.facts.leads, inputs.facts.sharing, chosen, parts):
            if Month.of(on) == inputs.month:
                revenue[0, on.day - 1] += tiyn
                if code in place:
                    revenue[place[code], on.day - 1] += tiyn
    return revenue


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
    unbroken: list[PastMonth] = []
    while (before := month.plus(-1 - len(unbroken))) in by_month:
        unbroken.append(by_month[before])
    while unbroken and not unbroken[-1].revenue:
        unbroken.pop()
    if unbroken and min(day.day for _, day, _ in unbroken[-1].revenue) > BEGINNING_DAYS:
        unbroken.pop()
    return unbroken[::-1]


def _present_days(inputs: MonthInputs, people: Sequence[Workdays], works: Flags) -> Flags:
    """Leave out the working days on which somebody is away or not employed, and days off outside employment."""
    month = inputs.month
    place = {worked.code: at for at, worked in enumerate(people)}
    present = np.zeros((len(people), DAYS), dtype=bool)
    for at, worked in enumerate(people):
        present[at, [day.day - 1 for day in worked.days]] = True
    off = ~works
    off[month.last_on.day :] = False
    for stint in inputs.staff:
        at = place.get(stint.code, -1)
        first_on = max(stint.hired_on, month.first_on)
        last_on = min(stint.left_on or month.last_on, month.last_on)
        if at >= 0 and first_on <= last_on:
            chosen = slice(first_on.day - 1, last_on.day)
            present[at, chosen] |= off[chosen]
    return present


def _weekday(month: Month, day: int) -> int:
    return date(month.year, month.number, day).weekday() if day <= month.last_on.day else -1


def _is_worked(inputs: MonthInputs, day: date) -> bool:
    calendar = inputs.calendar
    if day.year in calendar.years:
        return calendar.is_worked(day, COMPANY_WEEK_DAYS)
    return day.weekday() < COMPANY_WEEK_DAYS
