"""`kpi month hints`: the proposal of a plan for one client, out of his sealed months where there are any."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kpi_rules.outlook.plan_hints import PlanProposal
from kpi_rules.time.periods import Month
from kpi_rules.words.texts import Texts
from operations.facts.held_months import built_in_rules, client_calendar
from operations.facts.plan_proposals import HISTORY_MONTHS, propose_plan
from operations.months.readiness import today_of
from operations.seals.snapshots import sealed_month, sealed_results
from operations.syncing.sync import read_client
from operations.world.services import Services
from sheets_sync.reading.books import parse_workbook


@dataclass(frozen=True)
class ClientProposal:
    """A proposal with the names of the people, and the words to say it in."""

    client: str
    proposal: PlanProposal
    names: dict[str, str]
    texts: Texts


def client_proposal(slug: str, month: Month, now: datetime, services: Services) -> ClientProposal:
    """Read a client's workbook once and propose a plan for a month; nothing is written anywhere."""
    reading = read_client(slug, now, services)
    client, template = reading.client, reading.template
    built_in = built_in_rules(client, template)
    workbook = parse_workbook(reading.book.raw, template.layout.workbook, built_in)
    records = [seal.record for seal in services.ledger.seals(slug)[-HISTORY_MONTHS:]]
    proposal = propose_plan(
        workbook,
        month,
        now,
        today_of(client, now, services),
        built_in,
        client_calendar(services.ledger, slug, month.year),
        sealed={sealed_month(record): sealed_results(record) for record in records},
    )
    names = {stint.code: stint.name for stint in workbook.inputs.staff}
    return ClientProposal(client.name, proposal, names, services.texts_of(slug))
