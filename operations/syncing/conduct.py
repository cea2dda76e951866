"""What is fair to know about a month and never scored, by name: for the head, through the consultant (behaviour §6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kpi_rules.cards.results import MonthResults
from kpi_rules.deciding.month import decide
from kpi_rules.facts.inputs import PayrollInputs
from kpi_rules.time.periods import Month
from kpi_rules.words.texts import Texts
from operations.facts.held_months import built_in_rules, held_month, prepare_month, unopened_month
from operations.facts.row_digests import row_digests
from operations.facts.row_memory import remembered_rows
from operations.syncing.sync import read_client
from operations.world.services import Services
from sheets_sync.reading.books import parse_workbook


@dataclass(frozen=True)
class ClientSignals:
    """The results of a month with their signals, and the words to say them in."""

    client: str
    results: MonthResults
    texts: Texts


def client_signals(slug: str, month: Month, now: datetime, services: Services) -> ClientSignals:
    """Read a client's workbook once and look at a month of it; nothing is written anywhere.

    A closed month is looked at as its rows stand now, with all that the ledger has seen of them.
    """
    reading = read_client(slug, now, services)
    client, template = reading.client, reading.template
    book, built_in = template.layout.workbook, built_in_rules(client, template)
    workbook = parse_workbook(reading.book.raw, book, built_in)
    record = services.ledger.month(slug, month)
    ledger = services.ledger
    held = held_month(ledger, slug, record) if record else unopened_month(ledger, slug, month)
    inputs = prepare_month(held, workbook, PayrollInputs(), built_in, template.texts, reading.past).inputs
    changes = services.ledger.row_changes(slug)
    rows = remembered_rows(
        inputs.rulebook.inputs, reading.history, changes, row_digests(workbook.inputs), now, book.time_zone
    )
    return ClientSignals(client.name, decide(inputs, now, final=False, rows=rows), services.texts_of(slug))
