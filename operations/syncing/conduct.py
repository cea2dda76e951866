"""What is fair to know about a month and never scored, by name: for the head, through the consultant (behaviour §6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from kpi_rules.cards.results import MonthResults
from kpi_rules.time.periods import Month
from kpi_rules.words.texts import Texts
from operations.facts.chain import decide_month
from operations.facts.held_months import held_month, unopened_month
from operations.syncing.gathering import client_facts, gather, memory_of
from operations.world.services import Services


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
    ledger = services.ledger
    gathered = gather(slug, now, services)
    facts = client_facts(gathered, now)
    memory = memory_of(replace(gathered, row_changes=tuple(ledger.row_changes(slug))), facts, now)
    record = ledger.month(slug, month)
    held = held_month(ledger, slug, record) if record else unopened_month(ledger, slug, month)
    decided = decide_month(facts.book, held, now, final=False, past=gathered.past, memory=memory)
    return ClientSignals(gathered.client.name, decided.results, services.texts_of(slug))
