"""Back-test of the forecast: error against the run rate, and coverage of the 80 % interval.

Run: `python bench/bench_forecast.py [OPPORTUNITIES.csv]` (columns sales_agent, deal_stage, close_date, close_value:
the public CRM data set of Maven Analytics); without a file, on made-up sales. Forecasts are made in the morning
after day 5, 10, 15 and 20 of each month, for every agent with revenue in that month and for the team, by rolling
origin: from the month so far and the months before, nothing else. No constant of the method was set by these
results. The run rate is revenue so far / days so far × days of the month, by whichever days (all, or working
days) fit it better in hindsight.

The ratio is the forecast's mean absolute error / the run rate's; below 1 the forecast is better. `± ` is one
standard error of the mean difference, in per cent of the run rate's error: with ten months of one team a
difference within it is a tie. Months of the file's beginning have no history; the last lines leave the first out.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import pandas as pd

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

CALENDAR = working_calendar([2016, 2017, 2018])
DAYS = (5, 10, 15, 20)
SEED = 20_170_301


@dataclass(frozen=True)
class Trial:
    """One forecast, what came, and what the run rates said (₸ or $, in hundredths)."""

    who: str
    month: Month
    day: int
    actual: int
    expected: int
    low: int
    high: int
    by_days: float
    by_working_days: float


def read_sales(path):
    """Give agent, day and amount of each deal of the file."""
    sold = pd.read_csv(path, parse_dates=["close_date"])
    sold = sold.loc[sold["deal_stage"] == "Won"]
    return list(zip(sold["sales_agent"], sold["close_date"], sold["close_value"], strict=True))


def make_sales():
    """Make up ten months of twelve people who sell on working days, more so towards the month's end."""
    chance = np.random.default_rng(SEED)
    skills = chance.gamma(8, 1 / 8, 12)
    sales = []
    for number in range(3, 13):
        strength = chance.gamma(40, 1 / 40)
        days = CALENDAR.working_days(
            Month(2017, number).first_on, date(2017, number, Month(2017, number).last_on.day), 5
        )
        for place, day in enumerate(days):
            rush = 0.85 + 0.3 * place / len(days)
            for person, skill in enumerate(skills):
                deals = chance.poisson(0.8 * skill * strength * rush)
                amounts = chance.lognormal(11.5, 0.8, deals)
                sales += [(f"A{person:02d}", pd.Timestamp(day), int(amount)) for amount in amounts]
    return sales


def workbook_of(sales):
    rows = [
        {"row": index, "number": str(index), "code": agent, "status": "deal", "amount_tiyn": int(value) * 100}
        | {"paid_on": closed, "arrived_at": closed}
        for index, (agent, closed, value) in enumerate(sales, 2)
    ]
    staff = tuple(
        Employment(agent, agent, "", Role.MANAGER, date(2016, 1, 1), None, 5)
        for agent in sorted({agent for agent, _, _ in sales})
    )
    empty = (FactFrame.of(MARKS), (), Settings(), (), ())
    return WorkbookInputs(staff, (), FactFrame.of(LEADS, rows), *empty)


def trials(book, months):
    rulebook = load("b2b", "ru").rulebook
    for month in months:
        inputs = select_month(book, PayrollInputs(), month, rulebook, CALENDAR)
        paid = inputs.facts.rows.loc[
            (inputs.facts.rows["paid_on"] >= pd.Timestamp(month.first_on))
            & (inputs.facts.rows["paid_on"] <= pd.Timestamp(month.last_on))
        ]
        total = paid.groupby("code")["amount_tiyn"].sum().to_dict() | {None: paid["amount_tiyn"].sum()}
        for day in DAYS:
            today = date(month.year, month.number, day + 1)
            made = paid.loc[paid["paid_on"] < pd.Timestamp(today)]
            so_far = made.groupby("code")["amount_tiyn"].sum().to_dict() | {None: made["amount_tiyn"].sum()}
            worked = len(CALENDAR.working_days(month.first_on, date(month.year, month.number, day), 5))
            norm = len(CALENDAR.working_days(month.first_on, month.last_on, 5))
            for said in forecast(inputs, workdays(inputs, today), today):
                if said.code in total:
                    revenue = int(so_far.get(said.code, 0))
                    rates = (revenue / day * month.last_on.day, revenue / max(worked, 1) * norm)
                    who = "team" if said.code is None else said.code
                    points = (said.expected_tiyn, said.low_tiyn, said.high_tiyn)
                    yield Trial(who, month, day, int(total[said.code]), *points, *rates)


def summary(title, found):
    """Print one line: errors, their ratio with its uncertainty, and how many ended inside the interval."""
    actual = np.array([trial.actual for trial in found]) / 100
    error = abs(np.array([trial.expected for trial in found]) / 100 - actual)
    naive = min(
        (
            abs(np.array([getattr(trial, name) for trial in found]) / 100 - actual)
            for name in ("by_days", "by_working_days")
        ),
        key=np.mean,
    )
    difference = error - naive
    doubt = difference.std(ddof=1) / len(found) ** 0.5 / naive.mean()
    inside = np.mean([trial.low <= trial.actual <= trial.high for trial in found])
    print(
        f"{title:28} {len(found):5}  error {error.mean():10,.0f}  run rate {naive.mean():10,.0f}  "
        f"ratio {error.mean() / naive.mean():.3f} ± {doubt:.3f}  covered {inside:.1%}"
    )


def main():
    sales = read_sales(sys.argv[1]) if len(sys.argv) > 1 else make_sales()
    print(sys.argv[1] if len(sys.argv) > 1 else f"made-up sales, seed {SEED}")
    found = list(trials(workbook_of(sales), [Month(2017, number) for number in range(3, 13)]))
    agents = [trial for trial in found if trial.who != "team"]
    team = [trial for trial in found if trial.who == "team"]
    for name, of in (("agents", agents), ("team", team)):
        for day in DAYS:
            summary(f"{name} from day {day}", [trial for trial in of if trial.day == day])
        summary(name, of)
    for name, of in (("agents", agents), ("team", team)):
        summary(f"{name} with a month before", [trial for trial in of if trial.month.number > 3])


if __name__ == "__main__":
    main()
