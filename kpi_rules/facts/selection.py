"""The facts of one month, out of everything that a workbook and a payroll book hold.

A row of «Сделки» belongs to the month if it arrived or was paid in it, or if that can not be told: a cell of
«Поступил» or «Оплачено» that can not be read, or no arrival at all, could belong to it. Rows that share their
№ with one of these come along, so that the doubled № is seen; so do rows still without an answer.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from kpi_rules.facts.deal_columns import DealColumns, Flags
from kpi_rules.facts.inputs import MonthInputs, PayrollInputs, WorkbookInputs
from kpi_rules.facts.past_months import past_months
from kpi_rules.rulebook.model import Rulebook
from kpi_rules.time.periods import Month, WorkingCalendar


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
        history=past_months(workbook, month, rulebook),
        open_deals=_open_deals(workbook.deal_columns, month),
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
    rulebook = rulebook.at(month)
    return MonthInputs(
        month=month,
        staff=tuple(stint for stint in workbook.staff if stint.hired_on <= last_on),
        plan=tuple(row for row in workbook.plan if row.month == month),
        deals=_rows(workbook.deals, deals_of_month(workbook.deal_columns, month)),
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
        looked_at=workbook.deal_columns,
    )


def _rows(frame: pd.DataFrame, chosen: Flags) -> pd.DataFrame:
    return frame if chosen.all() else frame.loc[chosen].reset_index(drop=True)


def month_bounds(month: Month) -> tuple[np.datetime64, np.datetime64]:
    """Give the first moment of the month and of the next one, as the frames count them."""
    return (
        np.datetime64(month.first_on, "s"),
        np.datetime64(month.plus(1).first_on, "s"),
    )


def deals_of_month(columns: DealColumns, month: Month) -> Flags:
    """Tell for each row of «Сделки» whether it belongs to the month (the module's docstring)."""
    start, end = month_bounds(month)
    arrived, paid = columns.arrived, columns.paid
    no_arrival = np.isnat(arrived)
    came_before_end = arrived < end
    in_month = (came_before_end & (arrived >= start)) | ((paid >= start) & (paid < end))
    payment_unknown = columns.bad("paid_on") & (no_arrival | came_before_end)
    arrival_unknown = no_arrival & columns.entered & (np.isnat(paid) | (paid >= start))
    chosen: Flags = in_month | payment_unknown | arrival_unknown
    doubled = columns.doubled
    if (chosen & doubled).any():
        numbers = columns.deals["number"]
        chosen |= doubled & numbers.isin(numbers[chosen & doubled]).to_numpy()
    unanswered = np.isnat(columns.answered) & ~columns.bad("answered_at")
    chosen |= unanswered & came_before_end & columns.status("new", "in_progress")
    return chosen


def _open_deals(columns: DealColumns, month: Month) -> pd.DataFrame:
    start, _ = month_bounds(month)
    return _rows(columns.deals, (columns.arrived < start) & columns.status("in_progress"))


def rows_of_days(frame: pd.DataFrame, month: Month) -> pd.DataFrame:
    """Give the month's rows of a frame with a row per day; a row without a readable day could be of any."""
    start, end = month_bounds(month)
    on = frame["on"].to_numpy()
    chosen: pd.DataFrame = frame.loc[((on >= start) & (on < end)) | np.isnat(on)]
    return chosen.reset_index(drop=True)
