"""Month-end revenue with an 80 % interval, from the month so far and the months before (SPEC §6).

Method: credibility estimate of the daily revenue (H. Bühlmann, «Experience rating and credibility», ASTIN
Bulletin 4, 1967). The month's own daily mean over n days is mixed with what the months before say (`_prior`)
with weight Z = n / (n + k), k = variance between days / variance between months. How the team's month stands
to its level carries over to its members. Days off count with the share of a working day's revenue that the
history shows. The rest of the month has mean m = rate × days left and variance v = s² × days left × (1 + days
left / (n + k)); its 10 % and 90 % points are those of a gamma distribution of that mean and variance, by the
cube root rule (E. B. Wilson and M. M. Hilferty, PNAS 17, 1931).

The four constants were set by the back-test of `bench/bench_forecast.py`, and change its figures little.
Decimals of fixed precision throughout: the same figures on every machine. For information, never scored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext

import numpy as np

from kpi_rules.employment import Workdays
from kpi_rules.inputs import MonthInputs, Role
from kpi_rules.lifecycle import COMPANY_WEEK_DAYS
from kpi_rules.periods import Month
from kpi_rules.results import Forecast
from kpi_rules.selection import month_bounds

_EXACT_ENOUGH = Context(prec=28)
_Z80 = Decimal("1.2816")
"""The 90 % point of the normal distribution: an interval of 80 % lies between it and its mirror."""
_LEAST_BETWEEN = Decimal("0.25")
"""Variance between months over the squared level, where the months at hand are too few to tell."""
_SURE_BETWEEN = Decimal("0.01")
"""The same at least, however well the months before were told."""
_MEMBER_BETWEEN = Decimal("0.09")
"""How far a member's month strays from his own level and the team's factor."""
_FEW_SALES = 4
"""So many sales more, and the variance seen would be taken as it is."""
_NO_HISTORY_DAYS = Decimal(2)

_Daily = Mapping[date, int]


@dataclass(frozen=True)
class _Period:
    """A month (or its days so far): weighted days, and the revenue of each day with some."""

    days: Decimal
    revenue: Sequence[int]

    @property
    def total(self) -> Decimal:
        return Decimal(sum(self.revenue))

    @property
    def rate(self) -> Decimal:
        return self.total / self.days if self.days else Decimal()


def forecast(inputs: MonthInputs, workdays: Mapping[str, Workdays], before_on: date) -> tuple[Forecast, ...]:
    """Forecast the team (code None) and each manager; nothing on the first day of a month.

    `before_on` is the first day that is not over: revenue of that day counts as made, not as a day's rate.
    """
    month = inputs.month
    if before_on <= month.first_on or before_on > month.last_on:
        return ()
    present = _daily_revenue(inputs, before_on)
    past = [(earlier.month, _by_code(earlier.revenue)) for earlier in inputs.history]
    with localcontext(_EXACT_ENOUGH):
        off_weight = _off_day_weight(inputs, [_pooled(days) for _, days in past], before_on, _pooled(present))
        weights = _Weights(inputs, off_weight)
        team, factor = _forecast(
            None, _pooled(present), [(m, _pooled(days)) for m, days in past], weights, month, before_on
        )
        own = [
            _forecast(
                code,
                present.get(code, {}),
                [(m, days.get(code, {})) for m, days in past],
                weights,
                month,
                before_on,
                factor,
            )[0]
            for code, worked in sorted(workdays.items())
            if worked.role is Role.MANAGER and worked.worked_days
        ]
        return (team, *own)


@dataclass(frozen=True)
class _Weights:
    inputs: MonthInputs
    off_weight: Decimal

    def between(self, first_on: date, before_on: date) -> Decimal:
        """Add up the weights of the days: a working day of the company counts 1."""
        days = _days(first_on, before_on)
        worked = sum(_is_worked(self.inputs, day) for day in days)
        return worked + self.off_weight * (len(days) - worked)


def _forecast(
    code: str | None,
    now: _Daily,
    history: Sequence[tuple[Month, _Daily]],
    weights: _Weights,
    month: Month,
    before_on: date,
    factor: Decimal | None = None,
) -> tuple[Forecast, Decimal]:
    """Forecast one card; the second value tells how this month's rate stands to that of the months before.

    `factor` is that of the team, which carries over to its members: a strong month is strong for all.
    """
    made = sum(now.values())
    elapsed = _Period(
        weights.between(month.first_on, before_on), [tiyn for day, tiyn in now.items() if day < before_on]
    )
    past = [
        _Period(weights.between(m.first_on, m.plus(1).first_on), list(days.values()))
        for m, days in history
        # A month without any revenue of theirs is one before they came.
        if days
    ]
    left = weights.between(before_on, month.plus(1).first_on)
    variance = _variance([*past, elapsed])
    rates = [period.rate for period in past]
    level = sum(rates[-3:], Decimal()) / len(rates[-3:]) if rates else elapsed.rate
    prior, between = _prior(rates, level) if factor is None else (level * factor, _MEMBER_BETWEEN * level**2)
    strength = variance / between if between else _NO_HISTORY_DAYS
    if not past:
        prior, strength = elapsed.rate, _NO_HISTORY_DAYS
    rate = (elapsed.total + strength * prior) / (elapsed.days + strength)
    mean = rate * left
    low, high = _interval(mean, variance * left * (1 + left / (elapsed.days + strength)))
    # Revenue of the day that is not over belongs to the days left; it is a floor, not an addition.
    base = int(elapsed.total)
    points = [base + max(_whole(value), made - base) for value in (mean, low, high)]
    return Forecast(code, *points), rate / level if level > 0 else Decimal(1)


def _variance(periods: Sequence[_Period]) -> Decimal:
    """Give the variance of a day's revenue; few days with revenue make it larger, they may not show it all."""
    days = sum((period.days for period in periods), Decimal())
    sales = [tiyn for period in periods for tiyn in period.revenue]
    if not days or not sales:
        return Decimal()
    mean = Decimal(sum(sales)) / days
    squares = sum((Decimal(tiyn) ** 2 for tiyn in sales), Decimal())
    return max(squares / days - mean**2, Decimal()) * (len(sales) + _FEW_SALES) / len(sales)


def _prior(rates: Sequence[Decimal], level: Decimal) -> tuple[Decimal, Decimal]:
    """Choose what the months before say of this one, and how far off such a word was (a variance).

    Two words are tried on the months at hand: the mean of the three before, and the month a quarter ago
    (plans by quarter make some months strong). The one with the smaller squared error holds.
    """
    tried = range(3, len(rates))
    if not tried:
        return level, _LEAST_BETWEEN * level**2
    of_level = sum(((rates[t] - sum(rates[t - 3 : t], Decimal()) / 3) ** 2 for t in tried), Decimal())
    of_quarter = sum(((rates[t] - rates[t - 3]) ** 2 for t in tried), Decimal())
    prior, error = (rates[-3], of_quarter) if of_quarter < of_level else (level, of_level)
    return prior, max(error / len(tried), _SURE_BETWEEN * level**2)


def _interval(mean: Decimal, variance: Decimal) -> tuple[Decimal, Decimal]:
    """Give the 10 % and 90 % points of a gamma distribution; a mean of 0 or below has none to spread."""
    if mean <= 0 or variance <= 0:
        return mean, mean
    ninth = variance / (9 * mean**2)
    root = ninth.sqrt()
    low, high = (max(1 - ninth + sign * _Z80 * root, Decimal()) for sign in (-1, 1))
    return mean * low**3, mean * high**3


def _whole(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _is_worked(inputs: MonthInputs, day: date) -> bool:
    calendar = inputs.calendar
    if day.year in calendar.years:
        return calendar.is_worked(day, COMPANY_WEEK_DAYS)
    return day.weekday() < COMPANY_WEEK_DAYS


def _days(first_on: date, before_on: date) -> list[date]:
    return [date.fromordinal(number) for number in range(first_on.toordinal(), before_on.toordinal())]


def _off_day_weight(inputs: MonthInputs, past: Sequence[_Daily], before_on: date, present: _Daily) -> Decimal:
    """Tell what a day off brings, as a share of a working day (0 to 1), over all months at hand."""
    spans = [(m.month.first_on, m.month.plus(1).first_on) for m in inputs.history]
    spans.append((inputs.month.first_on, before_on))
    days = [day for span in spans for day in _days(*span)]
    worked = {day for day in days if _is_worked(inputs, day)}
    revenue: dict[bool, int] = {True: 0, False: 0}
    for daily in (*past, present):
        for day, tiyn in daily.items():
            if day < before_on:
                revenue[day in worked] += tiyn
    off_days = len(days) - len(worked)
    if not off_days or not worked or revenue[True] <= 0:
        return Decimal()
    share = (Decimal(revenue[False]) / off_days) / (Decimal(revenue[True]) / len(worked))
    return min(max(share, Decimal()), Decimal(1))


def _by_code(revenue: Iterable[tuple[str, date, int]]) -> dict[str, dict[date, int]]:
    found: dict[str, dict[date, int]] = {}
    for code, day, tiyn in revenue:
        days = found.setdefault(code, {})
        days[day] = days.get(day, 0) + tiyn
    return found


def _pooled(by_code: Mapping[str, _Daily]) -> dict[date, int]:
    pooled: dict[date, int] = {}
    for days in by_code.values():
        for day, tiyn in days.items():
            pooled[day] = pooled.get(day, 0) + tiyn
    return pooled


def _daily_revenue(inputs: MonthInputs, today_on: date) -> dict[str, dict[date, int]]:
    """Add up the month's payments by employee and day, the day that is not over included."""
    start, _ = month_bounds(inputs.month)
    end = np.datetime64(today_on + timedelta(days=1), "s")
    if inputs.rulebook.inputs == "reports":
        frame, on, amount = inputs.reports, "on", "revenue_tiyn"
        chosen = np.ones(len(frame), dtype=bool)
    else:
        frame, on, amount = inputs.deals, "paid_on", "amount_tiyn"
        chosen = (frame["status"] == "deal").to_numpy(dtype=bool)
    days = frame[on].to_numpy()
    chosen = chosen & (days >= start) & (days < end) & frame[amount].notna().to_numpy()
    rows = frame.loc[chosen]
    return _by_code(
        (code if isinstance(code, str) else "", day, int(tiyn))
        for code, day, tiyn in zip(rows["code"], rows[on].dt.date, rows[amount], strict=True)
    )
