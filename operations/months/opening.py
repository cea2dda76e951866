"""Opening a month: rules, calendar and plan freeze, on a look at these very numbers (behaviour §7, «Open»)."""

from __future__ import annotations

from datetime import datetime

from kpi_rules.errors import RefusedError
from kpi_rules.facts.percents import PERCENTS, percent_problems
from kpi_rules.time.lifecycle import MonthState, month_dates, opens
from kpi_rules.time.periods import Month
from ledger import Client, MonthRecord
from operations.facts.chain import ParsedBooks, prepare_month
from operations.facts.client_books import read_books, today_of
from operations.facts.held_months import client_calendar, freeze_month, keep_columns, unopened_month
from operations.months.approvals import hold_approvals
from operations.months.outside import begin_writing
from operations.months.pay_terms import note_pay_terms
from operations.world.leases import close_lease
from operations.world.services import Services, refuse_newer_files


def open_month(slug: str, month: Month, now: datetime, services: Services) -> MonthRecord:
    """Open a month now: freeze its rules, calendar and plan; open already is as good.

    Raises RefusedError when it is closed or in review, when it is not the month after the last one that opened
    (the first one: not later than the next), or when no rules that can be read are in force in it.
    """
    client = services.ledger.client(slug)
    known = services.ledger.month(slug, month)
    if known and known.state is MonthState.OPEN:
        return known
    if known and known.state is not MonthState.PLANNING:
        raise RefusedError(_REFUSALS[known.state], month=month)
    _refuse_out_of_order(services, slug, month, Month.of(today_of(client, now, services)))
    refuse_newer_files(client, services)
    return _open(client, month, now, services, _read(client, now, services))


def open_due(slug: str, now: datetime, services: Services) -> tuple[Month, ...]:
    """Open what is due for a client: a month on its first working day, or one whose plan is approved.

    In order, and never further than the next month. Reads both books in any case, and looks at them as what their
    numbers are shown: what the owner has approved, and a «№» that became a formula, is noted here every night.
    """
    client = services.ledger.client(slug)
    today = today_of(client, now, services)
    present = Month.of(today)
    refuse_newer_files(client, services)
    parsed = _read(client, now, services)
    approved = {tick.month for tick in parsed.paid.months if tick.plan_approved}
    month = _next_month(services, slug) or present
    opened = []
    while month <= present.plus(1):
        dates = month_dates(
            month, parsed.workbook.inputs.settings, client_calendar(services.ledger, slug, month.year)
        )
        if not opens(MonthState.PLANNING, today, dates, plan_approved=month in approved):
            break
        _open(client, month, now, services, parsed)
        opened.append(month)
        month = month.plus(1)
    return tuple(opened)


_REFUSALS = {MonthState.REVIEW: "month_in_review", MonthState.CLOSED: "month_closed_for_good"}


def _open(
    client: Client, month: Month, now: datetime, services: Services, parsed: ParsedBooks
) -> MonthRecord:
    """Freeze and open, one at a time: of two at once the second gets what the first has opened.

    Raises LeaseHeld while the first is still at it.
    """
    with close_lease(services, client.slug, month):
        known = services.ledger.month(client.slug, month)
        if known and known.state is not MonthState.PLANNING:
            return known
        return _freeze_and_open(client, month, now, services, parsed)


def _freeze_and_open(
    client: Client, month: Month, now: datetime, services: Services, parsed: ParsedBooks
) -> MonthRecord:
    held = unopened_month(services.ledger, client.slug, month, shadow=_is_shadow(client, month, services))
    prepared = prepare_month(parsed, held)
    files = (client.template, client.language)
    if not parsed.workbook.inputs.rulebooks or any(problem.blocks for problem in prepared.problems):
        raise RefusedError("month_without_rules", month=month, files=files)
    if cells := _spoiled_percents(parsed, month):
        raise RefusedError("month_without_percents", month=month, cells=", ".join(cells), files=files)
    begin_writing(client, month, services)
    services.ledger.set_month_state(client.slug, month, MonthState.PLANNING, at=now, shadow=held.shadow)
    keep_columns(services.ledger, client.slug, prepared.inputs.rulebook, parsed.layout)
    freeze_month(services.ledger, client.slug, prepared, now)
    return services.ledger.set_month_state(client.slug, month, MonthState.OPEN, at=now)


def _spoiled_percents(parsed: ParsedBooks, month: Month) -> list[str]:
    """Name the cells of «Проценты» because of which its steps cannot freeze: what nobody can read holds for nobody."""
    if parsed.payroll is None:
        return []
    problems = [
        problem
        for problem in (*parsed.payroll.problems, *percent_problems(parsed.paid.percents))
        if problem.blocks and problem.place.tab == PERCENTS and problem.place.column != "approved"
        if problem.params.get("month", "") <= str(month)
    ]
    return list(
        dict.fromkeys("!".join(filter(None, parsed.payroll.located.address(each.place))) for each in problems)
    )


def _is_shadow(client: Client, month: Month, services: Services) -> bool:
    """Tell whether a month pays nothing: what a cut-off opening has begun stays, else the client's first."""
    known = services.ledger.months(client.slug)
    own = next((record for record in known if record.month == month), None)
    return own.shadow if own else bool(client.extra.get("shadow")) and not known


def _next_month(services: Services, slug: str) -> Month | None:
    """Give the month after the last one that opened, or the one whose first opening was cut off."""
    known = services.ledger.months(slug)
    opened = [record.month for record in known if record.state is not MonthState.PLANNING]
    if opened:
        return max(opened).plus(1)
    return min((record.month for record in known), default=None)


def _refuse_out_of_order(services: Services, slug: str, month: Month, present: Month) -> None:
    due = _next_month(services, slug)
    if due is not None and month != due:
        raise RefusedError("month_not_next", month=month, due=due, client=slug)
    if month > present.plus(1):
        raise RefusedError("month_too_early", month=month, present=present, following=present.plus(1))


def _read(client: Client, now: datetime, services: Services) -> ParsedBooks:
    """Read both books as their numbers are shown, for these freeze.

    Note what the owner has approved, and since when which pay terms are known.
    """
    books = read_books(client, services, looks_at=now)
    staff = books.parsed.workbook.inputs.staff
    note_pay_terms(client, books.parsed, services.ledger, now)
    return books.parsed.with_payroll(hold_approvals(books.payroll, staff, services.ledger, client.slug, now))
