"""A look at a client without a sync: what is fair to know of a month and never scored, and what its plan might be.

Signals are told by name, for the head, through the consultant (behaviour §6); a plan is proposed and never entered.
Nothing here writes anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from kpi_rules.cards.results import MonthResults
from kpi_rules.outlook.plan_hints import PlanProposal
from kpi_rules.time.periods import Month
from kpi_rules.words.texts import Texts
from operations.facts.chain import decide_month
from operations.facts.client_books import add_payroll
from operations.facts.held_months import client_calendar, held_month, unopened_month
from operations.seals.snapshots import sealed_month, sealed_results
from operations.syncing.plan_hints import HISTORY_MONTHS, propose_plan
from operations.syncing.sync import client_facts, gather, memory_of
from operations.world.services import Services


@dataclass(frozen=True)
class ClientSignals:
    """The results of a month with their signals, and the words to say them in."""

    client: str
    results: MonthResults
    texts: Texts


def client_signals(slug: str, month: Month, now: datetime, services: Services) -> ClientSignals:
    """Read a client's workbook once and look at a month of it; nothing is written anywhere.

    Where registered leads are asked about, the payroll book says in one call more what has been answered. A closed month is looked at as its rows stand now, with all that the ledger has seen of them.
    """
    ledger = services.ledger
    gathered = gather(slug, now, services, looks=False)
    facts = client_facts(gathered, now)
    if facts.seen.questions:
        books = add_payroll(gathered.client, facts.book.books, services).parsed
        facts = replace(facts, book=replace(facts.book, books=books))
    memory = memory_of(replace(gathered, row_changes=tuple(ledger.row_changes(slug))), facts, now)
    record = ledger.month(slug, month)
    held = held_month(ledger, slug, record) if record else unopened_month(ledger, slug, month)
    decided = decide_month(facts.book, held, now, final=False, past=gathered.past, memory=memory)
    return ClientSignals(gathered.client.name, decided.results, services.texts_of(slug))


@dataclass(frozen=True)
class ClientProposal:
    """A proposal with the names of the people, and the words to say it in."""

    client: str
    proposal: PlanProposal
    names: dict[str, str]
    texts: Texts


def client_proposal(slug: str, month: Month, now: datetime, services: Services) -> ClientProposal:
    """Read a client's workbook once and propose a plan for a month; nothing is written anywhere."""
    gathered = gather(slug, now, services, looks=False)
    facts = client_facts(gathered, now).book
    records = [seal.record for seal in services.ledger.seals(slug)[-HISTORY_MONTHS:]]
    proposal = propose_plan(
        facts,
        month,
        now,
        client_calendar(services.ledger, slug, month.year),
        held={held.month: held for held in gathered.months},
        sealed={sealed_month(record): sealed_results(record) for record in records},
    )
    names = {stint.code: stint.name for stint in facts.books.workbook.inputs.staff}
    return ClientProposal(gathered.client.name, proposal, names, services.texts_of(slug))
