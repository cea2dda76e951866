"""What a look at a client begins with: the workbook read in one call, and what the ledger knows of its months.

A sync shows it, `kpi signals` and `kpi month hints` ask it something; nothing here writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from zoneinfo import ZoneInfo

from kpi_rules.cards.results import MonthResults
from kpi_rules.errors import ClientUnavailableError
from kpi_rules.facts.row_history import RowHistory
from kpi_rules.time.lifecycle import MonthState
from kpi_rules.time.periods import Month
from ledger import Client, HistoryRow, Ledger, RowChange, RowDigest
from operations.facts.chain import BookFacts, check_books, parse_books
from operations.facts.followed_rows import (
    AT_CLOSE,
    followed_tabs,
    late_rows,
    remembered_rows,
    row_digests,
    vanished_rows,
)
from operations.facts.held_months import (
    HeldMonth,
    SealedPast,
    built_in_rules,
    held_month,
    sealed_past,
    unopened_month,
)
from operations.seals.snapshots import sealed_results
from operations.verifying.outside import outside_problems
from operations.world.books import ReadBook, read_book
from operations.world.services import Services
from templates.loading import Template


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
    past: SealedPast = field(default_factory=dict)
    """The months before, as they were sealed."""
    closed_at: Mapping[Month, datetime] = field(default_factory=dict)
    """When the rows of each closed month were read for its close."""


@dataclass(frozen=True)
class ClientFacts:
    """The books' facts with what the ledger adds to them, and the rows that a sync sees."""

    book: BookFacts
    rows: tuple[RowDigest, ...]
    """The rows of the tabs of `followed`."""
    followed: frozenset[str]
    """Tabs with a history that could be read whole: rows of others did not change or vanish."""


def gather(slug: str, now: datetime, services: Services) -> Gathered:
    """Read a client's workbook in one call, inputs and outputs together, and what the ledger knows of it."""
    ledger = services.ledger
    client = ledger.client(slug)
    if client.workbook_id is None:
        raise ClientUnavailableError("client_without_files", client=slug)
    template = services.template_of(client)
    book = template.layout.workbook
    months, closed = _shown_months(ledger, slug, Month.of(book.local_time(now).date()))
    services.progress(services.words("sync.reading"))
    read = read_book(services.worker.gateway, client.workbook_id, book, template.texts)
    since_at = datetime.combine(months[-1].month.plus(-1).first_on, time(), ZoneInfo(book.time_zone))
    notes = ledger.acknowledged(slug, AT_CLOSE)
    return Gathered(
        client,
        template,
        read,
        months,
        closed,
        shadow=frozenset(record.month for record in ledger.months(slug) if record.shadow),
        history=tuple(ledger.row_history(slug)),
        row_changes=tuple(ledger.row_changes(slug, since_at)),
        past=sealed_past(ledger, slug),
        closed_at={Month.parse(month): note.at for month, note in notes.items()},
    )


def client_facts(gathered: Gathered, now: datetime) -> ClientFacts:
    """Parse and check what was gathered; the ledger tells of formulas, and of rows that are gone or late. Pure."""
    client, template = gathered.client, gathered.template
    books = parse_books(gathered.book.raw, template.layout, built_in_rules(client, template))
    inputs, book = books.workbook.inputs, template.layout.workbook
    followed = followed_tabs(books.workbook)
    rows = tuple(row for row in row_digests(inputs) if row.tab in followed)
    titles = {key: book.tab(key).title for key in followed}
    since_on = gathered.months[-1].month.first_on
    known = (
        *outside_problems(client),
        *vanished_rows(gathered.history, rows, titles, since_on, now, book.time_zone),
        *late_rows(inputs, gathered.closed_at, gathered.history, gathered.row_changes, rows),
    )
    return ClientFacts(check_books(books, now, known), rows, followed)


def memory_of(gathered: Gathered, facts: ClientFacts, now: datetime) -> dict[str, RowHistory]:
    """Give by tab what the ledger remembers of the rows, together with how they stand now."""
    zone = gathered.template.layout.workbook.time_zone
    return {
        tab: remembered_rows(tab, gathered.history, gathered.row_changes, facts.rows, now, zone)
        for tab in facts.followed
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
