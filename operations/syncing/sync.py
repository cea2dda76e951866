"""One sync of one client: gather once, decide, apply at most once (docs/architecture.md, «One sync»).

What a look at a client begins with is read in one call, with what the ledger knows of its months. A sync shows it,
`kpi signals` and `kpi month hints` ask it something (`looking.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from kpi_rules.cards.results import MonthResults
from kpi_rules.errors import ClientUnavailableError, TabloError
from kpi_rules.facts.row_history import RowHistory
from kpi_rules.outlook.plan_hints import PlanProposal
from kpi_rules.problems import Problem
from kpi_rules.time.lifecycle import MonthState, month_dates
from kpi_rules.time.periods import Month
from ledger import Client, HistoryRow, Ledger, RowChange
from operations.clients.sharing import accounts_of
from operations.facts.chain import BookFacts, DecidedMonth, check_books, decide_month, parse_books
from operations.facts.client_books import (
    ReadBook,
    look_if_due,
    note_look,
    outside_problems,
    read_book,
    rows_of_changed_settings,
    settings_after,
    was_looked_at,
    with_last_look,
)
from operations.facts.followed_rows import (
    AT_CLOSE,
    Looks,
    late_rows,
    remembered_rows,
    vanished_rows,
)
from operations.facts.held_months import (
    NO_PAST,
    HeldMonth,
    SealedPast,
    built_in_rules,
    freeze_newcomers,
    held_month,
    sealed_past,
    unopened_month,
    with_kept_columns,
)
from operations.facts.register import RegisterLook, SeenRows, first_open_month, note_seen, seen_rows
from operations.seals.snapshots import sealed_results
from operations.syncing.plan_hints import planned_next, propose_plan, without_plan
from operations.syncing.silences import note_silence, recent_silence
from operations.world.services import Services
from operations.world.silence import Silence
from sheets_sync.building import blueprints as building
from sheets_sync.building import changes
from sheets_sync.reading.tables import Located
from sheets_sync.rendering import render
from sheets_sync.schema.looks import Look
from templates.loading import Template

PLAN = "plan"
"""The tab of which rows freeze."""


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
    """Sync one client: one read call, at most one more an hour for how numbers are shown, and at most one write call.

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
        silence=(gathered.silence.since_at, gathered.silence.until_at) if gathered.silence else None,
    )
    lost = tuple(tab.key for tab in book.outputs() if tab.key in gathered.book.raw.missing)
    sheets = {**building.sheet_sizes(book, template.texts), **gathered.book.sheets}
    requests = changes.plan(gathered.book.raw, wanted, sheets)
    return Decision(gathered, facts, months, lost, tuple(requests))


def apply_decision(decision: Decision, now: datetime, services: Services) -> SyncOutcome:
    """Write what differs in one atomic call, freeze late plan rows, and note the rows of the tabs that are followed."""
    client, facts, ledger = decision.gathered.client, decision.facts, services.ledger
    services.progress(services.words("sync.writing"))
    # Noted before the write: a client whose file takes none is looked at once an hour all the same.
    note_look(client.slug, decision.gathered.look, services)
    requests = [*_restored_tabs(decision, services), *_restored_titles(decision), *decision.requests]
    if requests and client.workbook_id:
        services.worker.gateway.apply(client.workbook_id, requests, repeatable=not decision.lost)
    _freeze_newcomers(decision, now, services)
    of_months = [each for month in decision.months for each in month.results.problems]
    note_seen(client, facts.seen, [*facts.book.problems, *of_months], now, ledger)
    note_silence(client.slug, decision.gathered.silence, ledger)
    ledger.note_sync(client.slug, now)
    results = tuple(month.results for month in decision.months)
    problems = tuple(dict.fromkeys(problem for month in results for problem in month.problems))
    located = facts.book.books.workbook.located
    return SyncOutcome(client.slug, len(requests), results, problems, located)


def _freeze_newcomers(decision: Decision, now: datetime, services: Services) -> None:
    """Freeze late plan rows, once a look has seen these very numbers: what freezes can be mended no more."""
    gathered = decision.gathered
    client, read = gathered.client, gathered.book
    book = with_kept_columns(client, gathered.template.layout).workbook
    if any(month.prepared.newcomers for month in decision.months) and was_looked_at(
        client, gathered.look, PLAN, read.raw, book
    ):
        for month in decision.months:
            freeze_newcomers(services.ledger, client.slug, month.prepared, now)


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


# ---- what a look at a client begins with; nothing below writes
@dataclass(frozen=True)
class Gathered:
    """What was read of a client: the cells, the months to show (newest first), and the ledger's memory."""

    client: Client
    template: Template
    book: ReadBook
    months: tuple[HeldMonth, ...]
    closed: MonthResults | None
    """The final result of the last closed month, where no month is in review."""
    shadow: frozenset[Month]
    """Those of the client's months that pay nothing."""
    history: tuple[HistoryRow, ...] = ()
    """The rows that the ledger knew before."""
    row_changes: tuple[RowChange, ...] = ()
    """What it kept of their changes since the month before the oldest one shown."""
    past: SealedPast = NO_PAST
    """The months before, as they were sealed."""
    closed_at: Mapping[Month, datetime] = field(default_factory=dict)
    """When the rows of each closed month were read for its close."""
    look: Look | None = None
    """What a look at how the numbers are shown has just brought; None where none was due."""
    first_open: Month | None = None
    """The first month that has not closed: from it on the register keeps rows."""
    silence: Silence | None = None
    """A time without syncs that ended less than a day ago, or ends with this one."""


@dataclass(frozen=True)
class ClientFacts:
    """The books' facts with what the ledger adds to them, and the rows that a sync sees."""

    book: BookFacts
    seen: SeenRows


def gather(slug: str, now: datetime, services: Services, *, looks: bool = True) -> Gathered:
    """Read a client's workbook in one call, inputs and outputs together, and what the ledger knows of it.

    One call more tells how its numbers are shown, where that is due; without `looks` what the last one brought holds.
    """
    ledger = services.ledger
    client = ledger.client(slug)
    if client.workbook_id is None:
        raise ClientUnavailableError("client_without_files", client=slug)
    template = services.template_of(client)
    book = template.layout.workbook
    months, closed = _shown_months(ledger, slug, Month.of(book.local_time(now).date()))
    services.progress(services.words("sync.reading"))
    read = read_book(services.worker.gateway, client.workbook_id, book, template.texts)
    kept = with_kept_columns(client, template.layout).workbook
    look, raw = None, with_last_look(client, read.raw, kept)
    if looks:
        look, raw = look_if_due(client, read.raw, kept, now, services)
    since_at = datetime.combine(months[-1].month.plus(-1).first_on, time(), ZoneInfo(book.time_zone))
    notes = ledger.acknowledged(slug, AT_CLOSE)
    return Gathered(
        client,
        template,
        replace(read, raw=raw),
        months,
        closed,
        shadow=frozenset(record.month for record in ledger.months(slug) if record.shadow),
        history=tuple(ledger.row_history(slug)),
        row_changes=tuple(ledger.row_changes(slug, since_at)),
        past=sealed_past(ledger, slug),
        closed_at={Month.parse(month): note.at for month, note in notes.items()},
        look=look,
        first_open=first_open_month(ledger.months(slug), Month.of(book.local_time(now).date())),
        silence=None if services.plays(now) else recent_silence(client, now, ledger),
    )


def client_facts(gathered: Gathered, now: datetime) -> ClientFacts:
    """Parse and check what was gathered; the ledger tells of formulas, and of rows that are gone or late. Pure."""
    client, template = gathered.client, gathered.template
    layout = with_kept_columns(client, template.layout)
    books = parse_books(gathered.book.raw, layout, built_in_rules(client, template))
    inputs, book = books.workbook.inputs, template.layout.workbook
    first_open = gathered.first_open or Month.of(book.local_time(now).date())
    look = RegisterLook(now, book.time_zone, gathered.months[0].calendar, first_open)
    seen = seen_rows(books, gathered.history, look, client)
    books = books.with_questions(seen.questions)
    titles = {key: book.tab(key).title for key in seen.compared_tabs}
    since_on = gathered.months[-1].month.first_on
    unasked = [row for row in gathered.history if (row.seen.tab, row.seen.key) not in seen.told_elsewhere]
    known = (
        *outside_problems(client),
        *seen.problems,
        *vanished_rows(unasked, seen.compared, titles, since_on, now, book.time_zone),
        *late_rows(inputs, gathered.closed_at, gathered.history, gathered.row_changes, seen.compared),
        *rows_of_changed_settings(
            settings_after(client, gathered.look, book), gathered.history, seen.compared, now, book.time_zone
        ),
    )
    return ClientFacts(check_books(books, now, known), seen)


def memory_of(gathered: Gathered, facts: ClientFacts, now: datetime) -> dict[str, RowHistory]:
    """Give by tab what the ledger remembers of the rows, together with how they stand now."""
    zone, seen = gathered.template.layout.workbook.time_zone, facts.seen
    looks = Looks(gathered.history, gathered.row_changes, zone, gathered.months[0].calendar)
    return {
        tab: remembered_rows(
            tab, looks, seen.compared, now, seen.noticed if tab == seen.facts.tab.key else {}
        )
        for tab in seen.compared_tabs
    }


def _shown_months(
    ledger: Ledger, slug: str, present: Month
) -> tuple[tuple[HeldMonth, ...], MonthResults | None]:
    """Choose the months of «Табло»: the running one, and beneath it the one in review or its final result."""
    known = {record.month: record for record in ledger.months(slug)}
    running = known.get(present)
    shown = [held_month(ledger, slug, running) if running else unopened_month(ledger, slug, present)]
    earlier = [record for month, record in sorted(known.items()) if month < present]
    waiting = [record for record in earlier if record.state in {MonthState.OPEN, MonthState.REVIEW}]
    shown += [held_month(ledger, slug, record) for record in waiting[:1]]
    sealed = ledger.last_seal(slug) if not waiting and earlier else None
    return tuple(shown), sealed_results(sealed.record) if sealed else None
