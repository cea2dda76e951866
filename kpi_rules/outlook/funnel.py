"""The funnel by stage and source, against the team's own earlier months (behaviour §6).

Stages: leads received → answered → deals, each as a share of the stage before. The norm of a stage is the
share over the three months before together; the gain is what the stage's return to its norm would bring, with the
later stages and the average deal as they are. The bottleneck is the stage with the largest gain.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

import numpy as np

from kpi_rules.cards.results import FunnelRow
from kpi_rules.counting.deal_counts import DealFacts
from kpi_rules.exact import rounded_half_up
from kpi_rules.facts.inputs import MonthInputs, SourceCounts
from kpi_rules.facts.measurable import counted_concerns
from kpi_rules.facts.selection import month_bounds
from kpi_rules.facts.sums import counts_by, sums_by

NORM_MONTHS = 3
STAGES = ("leads_received", "leads_processed", "deals")
_CONCERNS = ("leads", "processed", "wins")
"""What has to be counted for each stage to be one."""


@dataclass(frozen=True)
class _Stages:
    """Counts of the stages, and the money of the last."""

    counts: tuple[int, ...]
    deals_tiyn: int

    def share(self, stage: int) -> Fraction | None:
        before = self.counts[stage - 1] if stage else 0
        return Fraction(self.counts[stage], before) if before else None


def funnel(inputs: MonthInputs, cut_at: datetime, deals: DealFacts | None) -> tuple[FunnelRow, ...]:
    """Give the funnel of all sources (`source` None) and then of each, most leads first.

    `deals` says of each row of «Сделки» what it is; None where there are daily reports. Rows without a source
    stand under the empty text. Only the team's own rows mark a bottleneck.
    """
    now = _day_counts(inputs, cut_at) if deals is None else _deal_counts(inputs, deals)
    past = [count for month in inputs.history[-NORM_MONTHS:] for count in month.sources]
    counted = counted_concerns(inputs.facts.tab)
    stages = [stage for stage, concern in zip(STAGES, _CONCERNS, strict=True) if concern in counted]
    rows = _rows(None, stages, now, past)
    best = max(rows, key=lambda row: row.gain_tiyn or 0, default=None)
    if best is not None and (best.gain_tiyn or 0) > 0:
        rows = [replace(row, bottleneck=row is best) for row in rows]
    leads = {name: sum(count.leads for count in _of(now, name)) for name in {count.source for count in now}}
    names = sorted(leads, key=lambda name: (-leads[name], name or ""))
    if names not in ([], [None]):
        for name in names:
            rows += _rows(name or "", stages, _of(now, name), _of(past, name))
    return tuple(rows)


def _rows(
    source: str | None, stages: Sequence[str], entered: Sequence[SourceCounts], before: Sequence[SourceCounts]
) -> list[FunnelRow]:
    now, past, last = _added(stages, entered), _added(stages, before), len(stages) - 1
    average = Fraction(now.deals_tiyn, now.counts[last]) if now.counts[last] else None
    if average is None and past.counts[last]:
        average = Fraction(past.deals_tiyn, past.counts[last])
    rows = []
    for stage, name in enumerate(stages):
        share, norm = now.share(stage), past.share(stage)
        gain = None
        if average is not None and share is not None and norm is not None:
            later = Fraction(1)
            for after in range(stage + 1, last + 1):
                passed = now.share(after)
                later *= (past.share(after) if passed is None else passed) or Fraction()
            missing = (norm - share) * now.counts[stage - 1]
            gain = rounded_half_up(max(missing, Fraction()) * later * average)
        rows.append(FunnelRow(source, name, now.counts[stage], share, norm, gain))
    return rows


def _added(stages: Sequence[str], given: Sequence[SourceCounts]) -> _Stages:
    counts = {
        "leads_received": sum(count.leads for count in given),
        "leads_processed": sum(count.processed for count in given),
        "deals": sum(count.deals for count in given),
    }
    return _Stages(tuple(counts[stage] for stage in stages), sum(count.deals_tiyn for count in given))


def _of(counts: Iterable[SourceCounts], source: str | None) -> list[SourceCounts]:
    return [count for count in counts if count.source == source]


def _day_counts(inputs: MonthInputs, cut_at: datetime) -> list[SourceCounts]:
    start, end = month_bounds(inputs.month)
    days = inputs.facts.days
    chosen = (days.on >= start) & (days.on < end) & (days.on <= np.datetime64(cut_at, "s"))
    leads, processed, deals, tiyn = (
        int(days.counted(count)[chosen].sum()) for count in ("leads", "processed", "deals", "revenue")
    )
    return [SourceCounts(None, leads, processed, deals, tiyn)]


def _deal_counts(inputs: MonthInputs, deals: DealFacts) -> list[SourceCounts]:
    columns, flags = inputs.facts.leads, deals.flags
    of_source, sources = columns.sources
    names = [*sources, None]
    counts = zip(
        names,
        *(counts_by(of_source, chosen, len(names)) for chosen in (flags.lead, flags.processed, flags.deal)),
        sums_by(of_source[flags.deal], columns.amounts_tiyn[flags.deal], len(names)),
        strict=True,
    )
    by_source = [SourceCounts(*figures) for figures in counts]
    return [count for count in by_source if count.leads or count.deals]
