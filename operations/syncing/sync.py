"""One sync of one client: gather once, decide, apply at most once (docs/architecture.md, «One sync»)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from kpi_rules.cards.results import MonthResults
from kpi_rules.errors import TabloError
from kpi_rules.outlook.plan_hints import PlanProposal
from kpi_rules.problems import Problem
from kpi_rules.time.lifecycle import MonthState, month_dates
from operations.clients.sharing import accounts_of
from operations.facts.chain import BookFacts, DecidedMonth, decide_month
from operations.facts.held_months import freeze_newcomers
from operations.syncing.gathering import ClientFacts, Gathered, client_facts, gather, memory_of
from operations.syncing.plan_hints import planned_next, propose_plan, without_plan
from operations.world.services import Services
from sheets_sync.building import blueprints as building
from sheets_sync.building import changes
from sheets_sync.reading.tables import Located
from sheets_sync.rendering import render


@dataclass(frozen=True)
class Decision:
    """What a sync has decided: the months (newest first) and the requests that would show them."""

    gathered: Gathered
    facts: ClientFacts
    months: tuple[DecidedMonth, ...]
    lost: tuple[str, ...]
    """Keys of output tabs that somebody deleted: they are put back."""
    requests: tuple[changes.Request, ...]


@dataclass(frozen=True)
class SyncOutcome:
    """What a sync has seen and done. `requests` counts those of the one write call; 0 = nothing to write."""

    client: str
    requests: int
    results: tuple[MonthResults, ...]
    problems: tuple[Problem, ...]
    located: Located


def sync_client(slug: str, now: datetime, services: Services) -> SyncOutcome:
    """Sync one client: one read call and at most one write call.

    Raises:
        TabloError: of the class that says what happens next; it is noted in the ledger as well.
    """
    try:
        gathered = gather(slug, now, services)
        decision = decide_client(gathered, now)
        return apply_decision(decision, now, services)
    except TabloError as error:
        note_failure(slug, error, now, services)
        raise


def note_failure(slug: str, error: TabloError, now: datetime, services: Services) -> None:
    """Keep in the ledger that a sync failed and how; where the ledger itself failed there is nothing to keep it in."""
    with suppress(TabloError):
        services.ledger.note_sync(slug, now, type(error).__name__)


def decide_client(gathered: Gathered, now: datetime) -> Decision:
    """Work out results and wanted cells, and the fewest requests from the present ones to these. Pure."""
    template, book = gathered.template, gathered.template.layout.workbook
    facts = client_facts(gathered, now)
    memory = memory_of(gathered, facts, now)
    months = tuple(
        decide_month(facts.book, held, now, final=False, past=gathered.past, memory=memory)
        for held in gathered.months
    )
    running, *waiting = months
    books = facts.book.books
    wanted = render(
        running.results,
        template.layout,
        books.texts,
        books.workbook.located,
        review=waiting[0].results if waiting else gathered.closed,
        proposal=_proposal(facts.book, months, now),
        overdue=any(_is_past_deadline(month, book.local_time(now).date()) for month in waiting),
        shadow=gathered.shadow,
    )
    lost = tuple(tab.key for tab in book.outputs() if tab.key in gathered.book.raw.missing)
    sheets = {**building.sheet_sizes(book, template.texts), **gathered.book.sheets}
    requests = changes.plan(gathered.book.raw, wanted, sheets)
    return Decision(gathered, facts, months, lost, tuple(requests))


def apply_decision(decision: Decision, now: datetime, services: Services) -> SyncOutcome:
    """Write what differs in one atomic call, freeze late plan rows, and note the rows that were seen."""
    client, facts, ledger = decision.gathered.client, decision.facts, services.ledger
    services.progress(services.words("sync.writing"))
    requests = [*_restored_tabs(decision, services), *_restored_titles(decision), *decision.requests]
    if requests and client.workbook_id:
        services.worker.gateway.apply(client.workbook_id, requests, repeatable=not decision.lost)
    for month in decision.months:
        freeze_newcomers(ledger, client.slug, month.prepared, now)
    ledger.note_rows(client.slug, facts.rows, now, tabs=facts.followed)
    ledger.note_sync(client.slug, now)
    results = tuple(month.results for month in decision.months)
    problems = tuple(dict.fromkeys(problem for month in results for problem in month.problems))
    located = facts.book.books.workbook.located
    return SyncOutcome(client.slug, len(requests), results, problems, located)


def _proposal(facts: BookFacts, months: tuple[DecidedMonth, ...], now: datetime) -> PlanProposal | None:
    """Propose a plan for those who have none, in the month whose plan is on the table."""
    month = planned_next(facts.books.layout.workbook.local_time(now).date())
    missing = without_plan(facts.books.workbook, month)
    if not missing:
        return None
    held = {decided.prepared.held.month: decided.prepared.held for decided in months}
    calendar = months[0].prepared.inputs.calendar
    return propose_plan(facts, month, now, calendar, codes=missing, held=held)


def _is_past_deadline(month: DecidedMonth, today: date) -> bool:
    """Tell whether a month that is over should have closed by now; the nightly check did not do it."""
    held, inputs = month.prepared.held, month.prepared.inputs
    dates = month_dates(held.month, inputs.settings, inputs.calendar)
    return held.state is MonthState.REVIEW and today >= dates.deadline_on


def _restored_tabs(decision: Decision, services: Services) -> list[changes.Request]:
    """Give the requests that put deleted output tabs back, protected as before."""
    if not decision.lost:
        return []
    template = decision.gathered.template
    accounts = accounts_of(decision.gathered.client, services.system_emails)
    return building.restore(template.layout.workbook, template.texts, accounts, decision.lost)


def _restored_titles(decision: Decision) -> list[changes.Request]:
    """Give renamed output tabs their titles back, where no other tab has taken them."""
    book = decision.gathered.book
    renamed = [
        tab
        for tab in decision.gathered.template.layout.workbook.outputs()
        if book.raw.titles.get(tab.key, tab.title) != tab.title
    ]
    return [
        {
            "updateSheetProperties": {
                "properties": {"sheetId": book.sheets[tab.key].sheet_id, "title": tab.title},
                "fields": "title",
            }
        }
        for tab in renamed
    ]
