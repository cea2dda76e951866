"""Opening a month: rules, calendar and plan freeze (SPEC §7, «Open»)."""

from __future__ import annotations

from datetime import datetime

from kpi_rules.inputs import PayrollInputs, WorkbookInputs
from kpi_rules.lifecycle import MonthState, month_dates, opens
from kpi_rules.periods import Month
from ledger import Client, MonthRecord
from operations.books import read_book
from operations.holding import HeldMonth, calendar_around, freeze_month, prepare_month
from operations.readiness import files_of, today_of
from operations.services import Services
from sheets_sync.errors import RefusedError
from sheets_sync.layout import Book
from sheets_sync.reading import parse_payroll, parse_workbook
from templates.loading import Template


def open_month(slug: str, month: Month, now: datetime, services: Services) -> MonthRecord:
    """Open a month now: freeze its rules, calendar and plan; open already is as good.

    Raises RefusedError when it is closed or in review, when an earlier month was skipped, or when its rules
    cannot be read.
    """
    client = services.ledger.client(slug)
    known = services.ledger.month(slug, month)
    if known and known.state is MonthState.OPEN:
        return known
    if known and known.state is not MonthState.PLANNING:
        raise RefusedError(f"Месяц {month} уже {_STATES[known.state]}.", "Открыть его заново нельзя никому.")
    _refuse_out_of_order(services, slug, month)
    return _open(client, month, now, services, _read_workbook(client, services))


def open_due(slug: str, now: datetime, services: Services) -> tuple[Month, ...]:
    """Open what is due for a client: the running month on its first working day, or a month whose plan is approved."""
    client = services.ledger.client(slug)
    today = today_of(client, now, services)
    candidates = [
        month for month in (Month.of(today), Month.of(today).plus(1)) if _is_planned(services, slug, month)
    ]
    if not candidates:
        return ()
    workbook = _read_workbook(client, services)
    approved = _approved_months(client, workbook, services)
    opened = []
    for month in candidates:
        dates = month_dates(month, workbook.settings, calendar_around(month.year))
        if opens(MonthState.PLANNING, today, dates, plan_approved=month in approved):
            _refuse_out_of_order(services, slug, month)
            _open(client, month, now, services, workbook)
            opened.append(month)
    return tuple(opened)


_STATES = {MonthState.REVIEW: "на проверке", MonthState.CLOSED: "закрыт"}


def _open(
    client: Client, month: Month, now: datetime, services: Services, workbook: WorkbookInputs
) -> MonthRecord:
    template = services.template(client.template, client.language)
    if not workbook.rulebooks:
        raise RefusedError(
            f"Месяц {month} не открыт: лист «{template.layout.workbook.tab('rules').title}» не читается.",
            "Исправьте правила (лист «Ошибки» говорит, что не так) и откройте месяц снова.",
        )
    first = not services.ledger.months(client.slug)
    shadow = bool(client.extra.get("shadow")) and first
    services.ledger.set_month_state(client.slug, month, MonthState.PLANNING, at=now, shadow=shadow)
    held = HeldMonth(month, MonthState.PLANNING, shadow)
    prepared = prepare_month(held, workbook, PayrollInputs(), template.rulebook, template.texts)
    freeze_month(services.ledger, client.slug, prepared, now)
    return services.ledger.set_month_state(client.slug, month, MonthState.OPEN, at=now)


def _is_planned(services: Services, slug: str, month: Month) -> bool:
    known = services.ledger.month(slug, month)
    return known is None or known.state is MonthState.PLANNING


def _refuse_out_of_order(services: Services, slug: str, month: Month) -> None:
    known = services.ledger.months(slug)
    later = [
        record.month for record in known if record.month > month and record.state is not MonthState.PLANNING
    ]
    if later:
        raise RefusedError(
            f"Месяц {month} не открыть: {later[0]} уже открыт или закрыт.", "Месяцы открываются по порядку."
        )


def _read_workbook(client: Client, services: Services) -> WorkbookInputs:
    template = services.template(client.template, client.language)
    book = template.layout.workbook
    read = read_book(services.worker.gateway, files_of(client)[0], book, template.texts, book.inputs())
    return parse_workbook(read.raw, book, template.rulebook).inputs


def _approved_months(client: Client, workbook: WorkbookInputs, services: Services) -> set[Month]:
    template: Template = services.template(client.template, client.language)
    book: Book = template.layout.payroll
    read = read_book(services.worker.gateway, files_of(client)[1], book, template.texts)
    ticks = parse_payroll(read.raw, book, workbook.staff).inputs.months
    return {tick.month for tick in ticks if tick.plan_approved}
