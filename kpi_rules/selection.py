"""The facts of one month, out of everything that a workbook and a payroll book hold.

A row of «Сделки» belongs to the month if it arrived or was paid in it, or if that can not be told: a cell of
«Поступил» or «Оплачено» that can not be read, or no arrival at all, could belong to it. Rows that share their
№ with one of these come along, so that the doubled № is seen; so do rows still without an answer.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from kpi_rules.inputs import MonthInputs, PastMonth, PayrollInputs, SourceCounts, WorkbookInputs
from kpi_rules.periods import Month, WorkingCalendar
from kpi_rules.rulebook import Rulebook

HISTORY_MONTHS = 9


def select_month(
    workbook: WorkbookInputs,
    payroll: PayrollInputs,
    month: Month,
    rulebook: Rulebook,
    calendar: WorkingCalendar,
) -> MonthInputs:
    """Take the facts of a month. Rules and plan that were frozen at its opening are put in by the caller."""
    selected = _facts(workbook, payroll, month, rulebook, calendar)
    before = month.plus(-1)
    return replace(
        selected,
        history=_history(workbook, month, rulebook),
        open_deals=_open_deals(workbook.deals, month),
        before=_facts(workbook, payroll, before, rulebook, calendar)
        if before.year in calendar.years
        else None,
    )


def _facts(
    workbook: WorkbookInputs,
    payroll: PayrollInputs,
    month: Month,
    rulebook: Rulebook,
    calendar: WorkingCalendar,
) -> MonthInputs:
    first_on, last_on = month.first_on, month.last_on
    return MonthInputs(
        month=month,
        staff=tuple(stint for stint in workbook.staff if stint.hired_on <= last_on),
        plan=tuple(row for row in workbook.plan if row.month == month),
        deals=workbook.deals.loc[deals_of_month(workbook.deals, month)].reset_index(drop=True),
        reports=rows_of_days(workbook.reports, month),
        discipline=rows_of_days(workbook.discipline, month),
        absences=tuple(
            absence
            for absence in workbook.absences
            # Reversed dates come along too, to be named: the days between them are in question.
            if min(absence.from_on, absence.to_on) <= last_on
            and max(absence.from_on, absence.to_on) >= first_on
        ),
        settings=workbook.settings,
        decisions=tuple(decision for decision in payroll.decisions if decision.month == month),
        rulebook=rulebook,
        calendar=calendar,
    )


def month_bounds(month: Month) -> tuple[np.datetime64, np.datetime64]:
    """Give the first moment of the month and of the next one, as the frames count them."""
    return (
        np.datetime64(month.first_on, "s"),
        np.datetime64(month.plus(1).first_on, "s"),
    )


def deals_of_month(deals: pd.DataFrame, month: Month) -> np.ndarray:
    """Tell for each row of «Сделки» whether it belongs to the month (the module's docstring)."""
    start, end = month_bounds(month)
    arrived, paid = deals["arrived_at"].to_numpy(), deals["paid_on"].to_numpy()
    no_arrival, no_payment = np.isnat(arrived), np.isnat(paid)
    bad_payment = deals["bad_paid_on"].to_numpy()
    in_month = ((arrived >= start) & (arrived < end)) | ((paid >= start) & (paid < end))
    payment_unknown = bad_payment & (no_arrival | (arrived < end))
    arrival_unknown = no_arrival & entered_deals(deals) & (no_payment | (paid >= start))
    unanswered = (
        deals["answered_at"].isna().to_numpy()
        & ~deals["bad_answered_at"].to_numpy()
        & (arrived < end)
        & deals["status"].isin(["new", "in_progress"]).to_numpy()
    )
    chosen: np.ndarray = in_month | payment_unknown | arrival_unknown
    numbers = deals["number"]
    if chosen.any() and numbers.duplicated().any():
        doubled = numbers.notna() & numbers.duplicated(keep=False)
        chosen |= (doubled & numbers.isin(numbers[chosen & doubled.to_numpy()])).to_numpy()
    chosen |= unanswered
    return chosen


def _open_deals(deals: pd.DataFrame, month: Month) -> pd.DataFrame:
    start, _ = month_bounds(month)
    chosen = (deals["arrived_at"].to_numpy() < start) & (deals["status"] == "in_progress").to_numpy()
    return deals.loc[chosen].reset_index(drop=True)


def entered_deals(deals: pd.DataFrame) -> np.ndarray:
    """Tell which rows hold anything that counts; a № written in advance is no entry yet."""
    entered = np.zeros(len(deals), dtype=bool)
    for name in ("code", "arrived_at", "status", "amount_tiyn", "paid_on"):
        entered |= deals[name].notna().to_numpy() | deals[f"bad_{name}"].to_numpy()
    return entered


def rows_of_days(frame: pd.DataFrame, month: Month) -> pd.DataFrame:
    """Give the month's rows of a frame with a row per day; a row without a readable day could be of any."""
    start, end = month_bounds(month)
    on = frame["on"].to_numpy()
    chosen: pd.DataFrame = frame.loc[((on >= start) & (on < end)) | np.isnat(on)]
    return chosen.reset_index(drop=True)


def _history(workbook: WorkbookInputs, month: Month, rulebook: Rulebook) -> tuple[PastMonth, ...]:
    earlier = [month.plus(-back) for back in range(HISTORY_MONTHS, 0, -1)]
    past = [past_month(before, rulebook.inputs, workbook.deals, workbook.reports) for before in earlier]
    return tuple(found for found in past if found.revenue or found.sources)


def past_month(month: Month, kind: str, deals: pd.DataFrame, reports: pd.DataFrame) -> PastMonth:
    """Sum up what a month leaves for forecast and norms; `kind` is the rulebook's `inputs`."""
    return _past_deals(deals, month) if kind == "deals" else _past_reports(reports, month)


def _past_deals(deals: pd.DataFrame, month: Month) -> PastMonth:
    start, end = month_bounds(month)
    arrived, paid = deals["arrived_at"].to_numpy(), deals["paid_on"].to_numpy()
    near = deals.loc[((arrived >= start) & (arrived < end)) | ((paid >= start) & (paid < end))]
    arrived, paid = near["arrived_at"].to_numpy(), near["paid_on"].to_numpy()
    amounts = near["amount_tiyn"].to_numpy(dtype="int64", na_value=0)
    is_deal = (near["status"] == "deal").to_numpy()
    sold = is_deal & (paid >= start) & (paid < end)
    lead = (arrived >= start) & (arrived < end) & ~(is_deal & (amounts < 0))
    revenue = (
        near.loc[sold]
        .assign(amount=amounts[sold], code=near["code"].fillna(""))
        .groupby(["code", "paid_on"], sort=True)["amount"]
        .sum()
    )
    answered = (near["answered_at"] < end).to_numpy()
    counts = pd.DataFrame(
        {
            "source": near["source"],
            "leads": lead,
            "processed": lead & answered,
            "deals": sold & (amounts > 0),
            "tiyn": np.where(sold & (amounts > 0), amounts, 0),
        }
    )
    return PastMonth(month, _daily(revenue), _source_counts(counts))


def _past_reports(reports: pd.DataFrame, month: Month) -> PastMonth:
    reports = rows_of_days(reports, month)
    reports = reports.loc[reports["on"].notna()]
    revenue = (
        reports.assign(amount=_whole(reports["revenue_tiyn"]), code=reports["code"].fillna(""))
        .groupby(["code", "on"], sort=True)["amount"]
        .sum()
    )
    counts = pd.DataFrame(
        {
            "source": pd.Series([None] * len(reports), dtype=object, index=reports.index),
            "leads": _whole(reports["leads_received"]),
            "processed": _whole(reports["leads_processed"]),
            "deals": _whole(reports["deals"]),
            "tiyn": _whole(reports["revenue_tiyn"]),
        }
    )
    return PastMonth(month, _daily(revenue), _source_counts(counts))


def _whole(column: pd.Series) -> np.ndarray:
    return column.to_numpy(dtype="int64", na_value=0)


def _daily(revenue: pd.Series) -> tuple[tuple[str, date, int], ...]:
    return tuple(
        (str(code), pd.Timestamp(on).date(), int(amount))
        for (code, on), amount in zip(revenue.index, revenue.to_numpy(), strict=True)
        if amount
    )


def _source_counts(counts: pd.DataFrame) -> tuple[SourceCounts, ...]:
    sums = counts.groupby("source", dropna=False, sort=False).sum()
    found = [
        SourceCounts(None if pd.isna(source) else str(source), *(int(value) for value in row))
        for source, row in zip(sums.index, sums.to_numpy(), strict=True)
    ]
    return tuple(sorted((c for c in found if c.leads or c.deals), key=lambda c: c.source or ""))
