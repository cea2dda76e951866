"""What the months before leave for the forecast and the funnel's norms: revenue by day, counts by source."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import numpy as np

from kpi_rules.facts.day_columns import DayColumns
from kpi_rules.facts.deal_columns import DealColumns, Moments, Whole
from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.inputs import PastMonth, SourceCounts
from kpi_rules.facts.sums import counts_by, sums_by
from kpi_rules.time.periods import Month

HISTORY_MONTHS = 9


def past_months(facts: FactFrame, month: Month) -> tuple[PastMonth, ...]:
    """Give the months just before, oldest first, as the workbook shows them; empty ones are left out."""
    earlier = [month.plus(-back) for back in range(HISTORY_MONTHS, 0, -1)]
    past = _of_leads(facts.leads, earlier) if facts.of_leads else _of_days(facts.days, earlier)
    return tuple(found for found in past if found.revenue or found.sources)


def past_month(month: Month, facts: FactFrame) -> PastMonth:
    """Sum up what a month leaves for forecast and norms."""
    (found,) = _of_leads(facts.leads, [month]) if facts.of_leads else _of_days(facts.days, [month])
    return found


def _of_leads(columns: DealColumns, months: list[Month]) -> list[PastMonth]:
    arrived_in, paid_in = _places(columns.arrived, months), _places(columns.paid, months)
    arrived_then, paid_then = arrived_in < len(months), paid_in < len(months)
    sold = columns.is_deal & paid_then
    lead = arrived_then & ~columns.is_refund
    daily = _daily_revenue(columns, months, np.flatnonzero(sold))
    of_source, sources = columns.sources
    ends = np.array([month.plus(1).first_on for month in months] + [months[-1].last_on], "datetime64[s]")
    deal = sold & (columns.amounts_tiyn > 0)
    width = len(sources) + 1
    by_arrival, by_payment = arrived_in * width + of_source, paid_in * width + of_source
    size = (len(months) + 1) * width
    counts = zip(
        counts_by(by_arrival, lead, size),
        counts_by(by_arrival, lead & (columns.answered < ends[arrived_in]), size),
        counts_by(by_payment, deal, size),
        sums_by(by_payment, np.where(deal, columns.amounts_tiyn, 0), size),
        strict=True,
    )
    names = [*sources, None]
    found: list[list[SourceCounts]] = [[] for _ in (*months, None)]
    for place, figures in enumerate(counts):
        found[place // width].append(SourceCounts(names[place % width], *figures))
    return [
        PastMonth(month, days, _with_entries(of_month))
        for month, days, of_month in zip(months, daily, found, strict=False)
    ]


def _places(moments: Moments, months: list[Month]) -> Whole:
    """Give the place of each moment's month among the months; their number where it is in none."""
    first = np.datetime64(str(months[0]), "M")
    places = (moments.astype("datetime64[M]") - first).astype(np.int64)
    return np.where((places >= 0) & (places < len(months)), places, len(months))


def _daily_revenue(
    columns: DealColumns, months: list[Month], rows: Whole
) -> list[tuple[tuple[str, date, int], ...]]:
    """Add up these rows by employee (the code "" where there is none) and day, in that order, for each month."""
    names = [*columns.codes, ""]
    order = sorted(range(len(names)), key=names.__getitem__)
    rank = np.empty(len(names), dtype=np.int64)
    rank[order] = np.arange(len(names))
    first_on, last_on = months[0].first_on, months[-1].last_on
    days = (columns.paid[rows].astype("datetime64[D]") - np.datetime64(first_on, "D")).astype(np.int64)
    span = (last_on - first_on).days + 1
    sums = sums_by(rank[columns.of_code[rows]] * span + days, columns.amounts_tiyn[rows], len(names) * span)
    found: dict[Month, list[tuple[str, date, int]]] = {month: [] for month in months}
    for place, tiyn in enumerate(sums):
        if tiyn:
            day = date.fromordinal(first_on.toordinal() + place % span)
            found[Month.of(day)].append((names[order[place // span]], day, tiyn))
    return [tuple(found[month]) for month in months]


def _of_days(days: DayColumns, months: list[Month]) -> list[PastMonth]:
    places = _places(days.on, months)
    return [
        _month_of_days(month, DayColumns(days.tab, days.rows.loc[places == place]))
        for place, month in enumerate(months)
    ]


def _month_of_days(month: Month, days: DayColumns) -> PastMonth:
    figures = {count: days.counted(count).tolist() for count in ("leads", "processed", "deals", "revenue")}
    daily: dict[tuple[str, date], int] = {}
    for code, on, tiyn in zip(
        days.rows["code"].fillna("").tolist(), days.rows["on"].dt.date, figures["revenue"], strict=True
    ):
        daily[code, on] = daily.get((code, on), 0) + tiyn
    revenue = tuple((code, on, tiyn) for (code, on), tiyn in sorted(daily.items()) if tiyn)
    return PastMonth(month, revenue, _with_entries([SourceCounts(None, *map(sum, figures.values()))]))


def _with_entries(counts: Iterable[SourceCounts]) -> tuple[SourceCounts, ...]:
    return tuple(
        sorted(
            (count for count in counts if count.leads or count.deals), key=lambda count: count.source or ""
        )
    )
