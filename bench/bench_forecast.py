"""Back-test of the forecast on a CRM export: error against the run rate, coverage of the 80 % interval.

Run: `python bench/bench_forecast.py OPPORTUNITIES.csv` (columns sales_agent, deal_stage, close_date, close_value:
the public CRM data set of Maven Analytics). Forecasts are made in the morning after day 5, 10, 15 and 20 of
each month, for every agent with revenue in that month and for the team, from the month so far and up to three
months before. The run rate is revenue so far / days so far × days of the month, by whichever days (all, or
working days) fit it better.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pandas as pd

from kpi_rules.employment import workdays
from kpi_rules.forecast import forecast
from kpi_rules.frames import deals_frame, discipline_frame, reports_frame
from kpi_rules.inputs import Employment, PayrollInputs, Role, Settings, WorkbookInputs
from kpi_rules.kazakhstan import working_calendar
from kpi_rules.periods import Month
from kpi_rules.selection import select_month
from templates.loading import load

CALENDAR = working_calendar([2016, 2017, 2018])
DAYS = (5, 10, 15, 20)


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


def read_workbook(path):
    sold = pd.read_csv(path, parse_dates=["close_date"])
    sold = sold.loc[sold["deal_stage"] == "Won"]
    rows = [
        {"row": index, "number": str(index), "code": agent, "status": "deal", "amount_tiyn": int(value) * 100}
        | {"paid_on": closed, "arrived_at": closed}
        for index, (agent, closed, value) in enumerate(
            zip(sold["sales_agent"], sold["close_date"], sold["close_value"], strict=True), 2
        )
    ]
    staff = tuple(
        Employment(agent, agent, "", Role.MANAGER, date(2016, 1, 1), None, 5)
        for agent in sorted(sold["sales_agent"].unique())
    )
    empty = (reports_frame(), discipline_frame(), (), Settings(), (), ())
    return WorkbookInputs(staff, (), deals_frame(rows), *empty)


def trials(book, months):
    rulebook = load("b2b", "ru").rulebook
    for month in months:
        inputs = select_month(book, PayrollInputs(), month, rulebook, CALENDAR)
        paid = inputs.deals.loc[
            (inputs.deals["paid_on"] >= pd.Timestamp(month.first_on))
            & (inputs.deals["paid_on"] <= pd.Timestamp(month.last_on))
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
    count = len(found)
    error = sum(abs(trial.expected - trial.actual) for trial in found) / count / 100
    naive = min(
        sum(abs(getattr(trial, name) - trial.actual) for trial in found) / count / 100
        for name in ("by_days", "by_working_days")
    )
    inside = sum(trial.low <= trial.actual <= trial.high for trial in found) / count
    print(
        f"{title:28} {count:5}  error {error:10,.0f}  run rate {naive:10,.0f}  ratio {error / naive:.3f}  covered {inside:.1%}"
    )


def main():
    book = read_workbook(sys.argv[1])
    found = list(trials(book, [Month(2017, number) for number in range(3, 13)]))
    agents = [trial for trial in found if trial.who != "team"]
    team = [trial for trial in found if trial.who == "team"]
    for day in DAYS:
        summary(f"agents from day {day}", [trial for trial in agents if trial.day == day])
    for day in DAYS:
        summary(f"team from day {day}", [trial for trial in team if trial.day == day])
    summary("agents", agents)
    summary("team", team)


if __name__ == "__main__":
    main()
