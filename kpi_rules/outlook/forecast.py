"""Month-end revenue with an 80 % interval, from the daily history (behaviour §6). For information, never scored.

Revenue so far stays; what the days left will bring is estimated.

- Days have weights: working days, days off, each weekday, the first and the last days of a month, as far as the months
  before tell them apart (`day_weights`).
- The team: many pictures of how months differ (about a mean, by steps, growing, in waves, by quarters) foresee the
  month; its first days correct each by credibility; they are averaged by how well they foresaw the same part of
  the months before (`month_levels`).
- A manager: the rate so far is mixed with the own level × how the team's month stands to the team's level, by
  credibility (H. Bühlmann, «Experience rating and credibility», ASTIN Bulletin 4, 1967): weight n / (n + k),
  k = variance between days / variance between months. Both variances come from the months at hand, by moments
  (H. Bühlmann and E. Straub, «Glaubwürdigkeit für Schadensätze», 1970).
- A run rate, by calendar or working days, that was better on the same day of the months before by more than chance
  is taken in the forecast's place, as far as it stands out (`run_rates`).
- Interval: 10 % and 90 % points of a gamma distribution of that mean and variance, by the cube root rule
  (E. B. Wilson and M. M. Hilferty, PNAS 17, 1931); the variance is stretched by what the earlier forecasts'
  errors were against it. Where nothing more comes with a chance of a tenth or more, what is made is the lower end.
- A first month has nothing but its own run rate: by calendar days where days off sell, else by working days.

The grid of pictures and the strength of what stands beside few months were chosen on made-up teams; `bench/bench_forecast.py`
measures errors and coverage, on families that stood out of sight as well.
The figures are estimates: worked out with floats and given with three digits.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from kpi_rules.cards.results import Forecast, ForecastRecord
from kpi_rules.facts.employment import Workdays
from kpi_rules.facts.inputs import MonthInputs
from kpi_rules.outlook.forecast_estimates import Estimate, Estimates
from kpi_rules.outlook.revenue_grid import revenue_grid
from kpi_rules.rulebook.model import Role

SHOWN_DIGITS = 3


def forecast(inputs: MonthInputs, workdays: Mapping[str, Workdays], before_on: date) -> tuple[Forecast, ...]:
    """Forecast the team (code None) and each manager; nothing on the first day of a month.

    `before_on` is the first day that is not over: revenue of that day counts as made, not as a day's rate.
    Who has neither earlier months nor revenue so far has no forecast.
    """
    month = inputs.month
    if before_on <= month.first_on or before_on > month.last_on:
        return ()
    codes = [
        code
        for code, worked in sorted(workdays.items())
        if worked.role is Role.MANAGER and worked.worked_days
    ]
    grid = revenue_grid(inputs, workdays, codes, before_on)
    estimates = Estimates(grid)
    now = estimates.months[-1]
    forecasts = []
    for person, code in enumerate([None, *codes]):
        silent = not estimates.totals[person].any()
        if now.known[person] and not (silent and code is not None):
            points = _points(now, person, int(grid.today[person]))
            forecasts.append(Forecast(code, *points, _record(estimates, person)))
    return tuple(forecasts)


def _points(now: Estimate, person: int, today_tiyn: int) -> tuple[int, int, int]:
    """Give expected, low and high revenue of the month; what is made already is a floor, not an addition."""
    made = int(now.made[person])
    floor = made + today_tiyn
    expected, low, high = (
        max(_rounded(made + float(part[person])), floor) for part in (now.rest, now.low, now.high)
    )
    return expected, low, high


def _record(estimates: Estimates, person: int) -> ForecastRecord | None:
    """Sum up the forecasts of earlier months as of the same day, each made from the months before it alone."""
    errors = actual = 0.0
    months = inside = 0
    for at, estimate in enumerate(estimates.months[1:-1], start=1):
        came = float(estimates.totals[person, at])
        if not estimate.known[person] or came <= 0:
            continue
        made = float(estimate.made[person])
        months += 1
        errors += abs(made + float(estimate.rest[person]) - came)
        actual += came
        inside += made + float(estimate.low[person]) <= came <= made + float(estimate.high[person])
    return ForecastRecord(months, inside, round(100 * errors / actual)) if months else None


def _rounded(tiyn: float) -> int:
    """Round to three digits: more would only look exact."""
    whole = round(tiyn)
    return round(whole, SHOWN_DIGITS - len(str(abs(whole)))) if abs(whole) >= 10**SHOWN_DIGITS else whole
