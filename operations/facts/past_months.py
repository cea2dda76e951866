"""The months before, as they were sealed: what norms and forecasts stand on (behaviour §6, «Funnel»)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kpi_rules.facts.decisions import apply_decisions
from kpi_rules.facts.inputs import PastMonth
from kpi_rules.facts.past_months import HISTORY_MONTHS, past_month
from kpi_rules.records.months import inputs_from_record, read_month
from kpi_rules.time.periods import Month
from ledger import Ledger

SealedPast = Mapping[Month, PastMonth]


def sealed_past(ledger: Ledger, slug: str) -> SealedPast:
    """Give by month what the sealed months leave behind, out of the last seal alone.

    A sealed record holds its own month and the history that it was closed with, in which the closed months before
    stand as they were sealed; so the months of the chain are read with one record.
    """
    last = ledger.last_seal(slug)
    return past_of_record(last.record) if last else {}


def past_of_record(record: Mapping[str, Any]) -> SealedPast:
    """Give by month what a sealed record knows of its month and of those before."""
    inputs, _ = apply_decisions(inputs_from_record(read_month(record)["inputs"]))
    own = past_month(inputs.month, inputs.facts)
    return {past.month: past for past in (*inputs.history, own)}


def with_sealed(history: tuple[PastMonth, ...], month: Month, sealed: SealedPast) -> tuple[PastMonth, ...]:
    """Put sealed months in the place of what the workbook shows of them now, those before `month`, in order."""
    earliest = month.plus(-HISTORY_MONTHS)
    known = {past.month: past for past in history} | {
        at: past for at, past in sealed.items() if earliest <= at < month and (past.revenue or past.sources)
    }
    return tuple(known[at] for at in sorted(known))
