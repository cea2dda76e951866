"""Back-test of the forecast: error against the run rates, and coverage of the 80 % interval.

Run: `python bench/bench_forecast.py [--seeds 4] [--data OPPORTUNITIES.csv]`. Made-up teams are those of
`sales_series.py`; a file has the columns sales_agent, deal_stage, close_date, close_value (the public CRM data set
of Maven Analytics). Forecasts are made in the morning after day 5, 10, 15 and 20 of each month but the first, for
the team and for every agent with revenue in that month, by rolling origin: from the month so far and the months
before, nothing else. The run rate is revenue so far / days so far × days of the month, by whichever days (all, or
working days) fit a family better in hindsight.

The ratio is the forecast's mean absolute error / the run rate's; below 1 the forecast is better. Families called
«held» stood out of sight while the forecast was written.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(1, str(Path(__file__).resolve().parent.parent))

import numpy as np
import pandas as pd
from sales_series import CALENDAR, FIRST, HELD_OUT, MONTHS, TIYN, TUNING, make

from kpi_rules.facts.employment import workdays
from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.inputs import Employment, PayrollInputs, WorkbookInputs
from kpi_rules.facts.selection import select_month
from kpi_rules.outlook.forecast import forecast
from kpi_rules.records.form_1_tabs import LEADS, MARKS
from kpi_rules.rulebook.model import Role
from kpi_rules.time.kazakhstan import working_calendar
from kpi_rules.time.periods import Month
from kpi_rules.time.settings import Settings
from templates.loading import load

DAYS = (5, 10, 15, 20)
LARGEST_FAMILY, LARGEST_POOLED, COVERED = 1.05, 0.9, (0.75, 0.85)


@dataclass(frozen=True)
class Trial:
    """One forecast, what came, and what the run rates said (tiyn, or hundredths of a dollar)."""

    team: bool
    day: int
    actual: float
    expected: float
    low: float
    high: float
    by_days: float
    by_working_days: float


def read_sales(path):
    """Give agent, day and amount in hundredths of each deal of the file."""
    sold = pd.read_csv(path, parse_dates=["close_date"])
    sold = sold.loc[sold["deal_stage"] == "Won"]
    return [
        (agent, closed, int(value) * TIYN)
        for agent, closed, value in zip(
            sold["sales_agent"], sold["close_date"], sold["close_value"], strict=True
        )
    ]


def sales_of(series):
    """Give a row per agent and day of a made-up team."""
    return [
        (f"A{person:02d}", pd.Timestamp(series.days.dates[day]), int(series.revenue[person, day]))
        for person, day in zip(*np.nonzero(series.revenue), strict=True)
    ]


def workbook_of(sales):
    rows = [
        {"row": index, "number": str(index), "code": agent, "status": "deal", "amount_tiyn": tiyn}
        | {"paid_on": closed, "arrived_at": closed}
        for index, (agent, closed, tiyn) in enumerate(sales, 2)
    ]
    staff = tuple(
        Employment(agent, agent, "", Role.MANAGER, date(2016, 1, 1), None, 5)
        for agent in sorted({agent for agent, _, _ in sales})
    )
    empty = (FactFrame.of(MARKS), (), Settings(), (), ())
    return WorkbookInputs(staff, (), FactFrame.of(LEADS, rows), *empty)


def trials(sales, months, calendar):
    """Forecast each of the months as it could have been forecast then."""
    book, rulebook = workbook_of(sales), load("b2b", "ru").rulebook
    for month in months:
        inputs = replace(select_month(book, PayrollInputs(), month, rulebook, calendar), before=None)
        last = month.last_on
        paid = [(code, at.date(), tiyn) for code, at, tiyn in sales if month.first_on <= at.date() <= last]
        norm = len(calendar.working_days(month.first_on, last, 5))
        for day in DAYS:
            today = date(month.year, month.number, day + 1)
            worked = len(calendar.working_days(month.first_on, date(month.year, month.number, day), 5))
            for said in forecast(inputs, workdays(inputs, today), today):
                own = [(on, tiyn) for code, on, tiyn in paid if said.code in (None, code)]
                if actual := sum(tiyn for _, tiyn in own):
                    made = sum(tiyn for on, tiyn in own if on < today)
                    points = (said.expected_tiyn, said.low_tiyn, said.high_tiyn)
                    rates = (made / day * last.day, made / max(worked, 1) * norm)
                    yield Trial(said.code is None, day, actual, *points, *rates)


def family_trials(family, seeds):
    """Give the trials of a family's made-up teams."""
    months = [FIRST.plus(number) for number in range(1, MONTHS)]
    return [trial for seed in seeds for trial in trials(sales_of(make(family, seed)), months, CALENDAR)]


def ratio(found):
    """Compare the mean absolute error with that of the better run rate."""
    actual = np.array([trial.actual for trial in found])

    def error(name):
        return abs(np.array([getattr(trial, name) for trial in found]) - actual).mean()

    return error("expected") / min(error("by_days"), error("by_working_days"))


def covered(found):
    """Tell the share of months that ended inside the interval."""
    return np.mean([trial.low <= trial.actual <= trial.high for trial in found])


def line(title, found):
    """Say both figures of some trials, and the ratios by day."""
    by_day = " ".join(f"{ratio([trial for trial in found if trial.day == day]):.2f}" for day in DAYS)
    return f"{title:28} {len(found):6} ratio {ratio(found):.3f} (days {by_day}) covered {covered(found):.1%}"


def report(name, found):
    """Print the lines of team and agents; give their figures."""
    figures = []
    for who, team in (("team", True), ("agents", False)):
        chosen = [trial for trial in found if trial.team is team]
        print(
            line(f"{name}: {who}", chosen) if team else line(f"{'':>{len(name)}}  {who}", chosen), flush=True
        )
        figures.append((ratio(chosen), covered(chosen)))
    return figures


def summarize(title, figures):
    """Print means over families and the extremes, and what of them is out of bounds."""
    for who, rows in zip(("team", "agents"), zip(*figures, strict=True), strict=True):
        ratios, inside = (np.array(part) for part in zip(*rows, strict=True))
        print(
            f"{title}, {who}: ratio mean {ratios.mean():.3f} (at most {LARGEST_POOLED}), largest {ratios.max():.3f} "
            f"(at most {LARGEST_FAMILY}); covered {inside.min():.1%} to {inside.max():.1%}, mean {inside.mean():.1%} "
            f"({COVERED[0]:.0%} to {COVERED[1]:.0%})"
        )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--data", help="a file of real sales instead of made-up ones")
    options = parser.parse_args()
    if options.data:
        calendar = working_calendar([2016, 2017, 2018])
        months = [Month(2017, number) for number in range(4, 13)]
        report("real sales", list(trials(read_sales(options.data), months, calendar)))
        return
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    for title, families in (("families in sight", TUNING), ("families held out", HELD_OUT)):
        summarize(title, [report(family.name, family_trials(family, seeds)) for family in families])


if __name__ == "__main__":
    main()
