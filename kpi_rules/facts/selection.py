"""The facts of one month, out of everything that a workbook and a payroll book hold.

A row of «Сделки» belongs to the month if it arrived or was paid in it, or if that can not be told: a cell of
«Поступил» or «Оплачено» that can not be read, or no arrival at all, could belong to it. Rows that share their
№ with one of these come along, so that the doubled № is seen; so do rows still without an answer. A deal that is
paid in parts belongs to the months of its payments; with it come all its payments up to the month's end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from kpi_rules.facts.columns import Columns, Flags
from kpi_rules.facts.deal_columns import DealColumns
from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.inputs import MonthInputs, OwnValue, PayrollInputs, WorkbookInputs
from kpi_rules.facts.past_months import past_months
from kpi_rules.facts.payments import CountedParts, Payment, deals_in_parts, numbers_of
from kpi_rules.facts.percents import percents_in_force
from kpi_rules.policies import FIRST_PAYMENT
from kpi_rules.rulebook.model import Rulebook
from kpi_rules.time.periods import Month, WorkingCalendar


def select_month(
    workbook: WorkbookInputs,
    payroll: PayrollInputs,
    month: Month,
    rulebook: Rulebook,
    calendar: WorkingCalendar,
    parts_before: CountedParts | None = None,
) -> MonthInputs:
    """Take the facts of a month. Rules and plan that were frozen at its opening are put in by the caller.

    `parts_before` is what the sealed months, all of them before this one, made of deals in parts.
    """
    selected = _facts(workbook, payroll, month, rulebook, calendar)
    before = month.plus(-1)
    first_payment = selected.policies[FIRST_PAYMENT]
    return replace(
        selected,
        parts_before=parts_before,
        history=past_months(workbook.facts, month, workbook.payments, first_payment, parts_before),
        open_deals=_open_deals(workbook.facts.leads, month) if workbook.facts.of_leads else None,
        in_parts=deals_in_parts(workbook.facts.leads, workbook.payments, month.last_on)
        if workbook.payments
        else (),
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
    facts = facts_of_month(workbook.facts, month, workbook.payments)
    return MonthInputs(
        month=month,
        staff=tuple(stint for stint in workbook.staff if stint.hired_on <= last_on),
        plan=tuple(row for row in workbook.plan if row.month == month),
        facts=facts,
        marks=facts_of_month(workbook.marks, month),
        payments=payments_of_month(workbook, facts, month),
        values=values_of_month(workbook.values, month),
        percents=percents_in_force(payroll.percents, month),
        questions=tuple(question for question in workbook.questions if month in question.months),
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


def facts_of_month(frame: FactFrame, month: Month, payments: Sequence[Payment] = ()) -> FactFrame:
    """Give the rows of a frame of leads, days or marks that belong to a month (the module's docstring)."""
    if not frame.of_leads:
        return frame.chosen(_days_of_month(frame, month))
    chosen = deals_of_month(frame.leads, month)
    if payments:
        chosen = chosen | _paid_in_parts(frame.leads, payments, month)
    return frame.chosen(chosen)


def payments_of_month(workbook: WorkbookInputs, chosen: FactFrame, month: Month) -> tuple[Payment, ...]:
    """Give the payments that a month is counted with; `chosen` are its rows.

    Those of its rows up to its end, of rows that say «Оплачено» in it all of them: both at once can not be. Those of
    no row come along where they may be of this month, to be named.
    """
    if not workbook.payments:
        return ()
    columns = chosen.leads
    start, end = month_bounds(month)
    numbers = {number for number in columns.numbers.tolist() if isinstance(number, str)}
    paid_now = columns.bad("paid_on") | ((columns.paid >= start) & (columns.paid < end))
    contradicted = set(columns.numbers[paid_now].tolist())
    elsewhere = {payment.number for payment in workbook.payments} - numbers - {None}
    rows = workbook.facts.leads.places_of({number for number in elsewhere if number})
    known = set(workbook.facts.leads.numbers[rows].tolist())

    def belongs(payment: Payment) -> bool:
        if payment.number in numbers:
            return payment.on is None or payment.on <= month.last_on or payment.number in contradicted
        return payment.is_in(month) or (payment.on is None and payment.number not in known)

    return tuple(sorted(filter(belongs, workbook.payments), key=lambda payment: payment.order))


def values_of_month(values: Iterable[OwnValue], month: Month) -> tuple[OwnValue, ...]:
    """Give the rows of a month; one without a readable day could be of any."""
    return tuple(
        sorted(
            (value for value in values if value.on is None or value.is_in(month)),
            key=lambda value: value.order,
        )
    )


def _paid_in_parts(columns: DealColumns, payments: Sequence[Payment], month: Month) -> Flags:
    """Tell which rows have a payment in the month, or one without a day, which may be of any since they came."""
    dated, undated = numbers_of(payments, month)
    chosen = np.zeros(len(columns.numbers), dtype=bool)
    chosen[columns.places_of(undated)] = True
    chosen &= ~(columns.arrived >= month_bounds(month)[1])
    chosen[columns.places_of(dated)] = True
    return chosen


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
        numbers = set(columns.deals["number"][chosen & doubled].tolist())
        chosen |= doubled & columns.deals.is_one_of("number", numbers)
    unanswered = np.isnat(columns.answered) & ~columns.bad("answered_at")
    chosen |= unanswered & came_before_end & columns.status("new", "in_progress")
    return chosen


def _open_deals(columns: DealColumns, month: Month) -> Columns:
    start, _ = month_bounds(month)
    chosen = (columns.arrived < start) & columns.status("in_progress")
    return columns.deals if chosen.all() else columns.deals.chosen(chosen)


def _days_of_month(frame: FactFrame, month: Month) -> Flags:
    """Tell which rows are of a day of the month; a row without a readable day could be of any."""
    start, end = month_bounds(month)
    on = frame.days.on
    chosen: Flags = ((on >= start) & (on < end)) | np.isnat(on)
    return chosen
