"""What the months before leave for the forecast and the funnel's norms: revenue by day, counts by source."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction

import numpy as np

from kpi_rules.facts.columns import Whole
from kpi_rules.facts.day_columns import DayColumns
from kpi_rules.facts.deal_columns import DealColumns, Moments
from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.inputs import PastMonth, SourceCounts
from kpi_rules.facts.payments import CountedParts, DealParts, Line, Payment, deal_parts, revenue_beside
from kpi_rules.facts.sums import counts_by, sums_by
from kpi_rules.time.periods import Month

HISTORY_MONTHS = 9
NO_SHARE = Fraction()


def past_months(
    facts: FactFrame,
    month: Month,
    payments: Sequence[Payment] = (),
    first_payment_fraction: Fraction = NO_SHARE,
    before: CountedParts | None = None,
) -> tuple[PastMonth, ...]:
    """Give the months just before, oldest first, as the workbook shows them; empty ones are left out.

    `first_payment_fraction` is the share of the contract with which a deal of which there are payments counts,
    `before` what sealed months made of such deals.
    """
    earlier = [month.plus(-back) for back in range(HISTORY_MONTHS, 0, -1)]
    past = _past(facts, earlier, payments, first_payment_fraction, before)
    return tuple(each for each in past if each.revenue or each.sources)


def past_month(
    month: Month,
    facts: FactFrame,
    payments: Sequence[Payment] = (),
    first_payment_fraction: Fraction = NO_SHARE,
    before: CountedParts | None = None,
) -> PastMonth:
    """Sum up what a month leaves for forecast and norms."""
    (summed_up,) = _past(facts, [month], payments, first_payment_fraction, before)
    return summed_up


def _past(
    facts: FactFrame,
    months: list[Month],
    payments: Sequence[Payment],
    first_payment_fraction: Fraction,
    before: CountedParts | None,
) -> list[PastMonth]:
    if not facts.of_leads:
        return _of_days(facts.days, months)
    return _of_leads(facts, months, deal_parts(facts.leads, payments, first_payment_fraction, before))


def _of_leads(facts: FactFrame, months: list[Month], parts: DealParts | None) -> list[PastMonth]:
    columns = facts.leads
    paid = columns.paid if parts is None else np.where(parts.rows, parts.reached_on, columns.paid)
    arrived_in, paid_in = _places(columns.arrived, months), _places(paid, months)
    arrived_then, paid_then = arrived_in < len(months), paid_in < len(months)
    sold = columns.is_deal & paid_then
    lead = arrived_then & ~columns.is_refund
    whole = sold if parts is None else sold & ~parts.rows
    daily = _daily_revenue(
        columns, months, np.flatnonzero(whole), revenue_beside(columns, facts.sharing, whole, parts)
    )
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
    by_source: list[list[SourceCounts]] = [[] for _ in (*months, None)]
    for place, figures in enumerate(counts):
        by_source[place // width].append(SourceCounts(names[place % width], *figures))
    return [
        PastMonth(month, days, _with_entries(of_month))
        for month, days, of_month in zip(months, daily, by_source, strict=False)
    ]


def _places(moments: Moments, months: list[Month]) -> Whole:
    """Give the place of each moment's month among the months; their number where it is in none."""
    first = np.datetime64(str(months[0]), "M")
    places = (moments.astype("datetime64[M]") - first).astype(np.int64)
    return np.where((places >= 0) & (places < len(months)), places, len(months))


def _daily_revenue(
    columns: DealColumns, months: list[Month], rows: Whole, beside: Sequence[Line] = ()
) -> list[tuple[tuple[str, date, int], ...]]:
    """Add up these rows by employee (the code "" where there is none) and day, in that order, for each month.

    `beside` is what is not the first manager's on the day of «Оплачено».
    """
    names = [*columns.codes, ""]
    order = sorted(range(len(names)), key=names.__getitem__)
    rank = np.empty(len(names), dtype=np.int64)
    rank[order] = np.arange(len(names))
    first_on, last_on = months[0].first_on, months[-1].last_on
    days = (columns.paid[rows].astype("datetime64[D]") - np.datetime64(first_on, "D")).astype(np.int64)
    span = (last_on - first_on).days + 1
    sums = sums_by(rank[columns.of_code[rows]] * span + days, columns.amounts_tiyn[rows], len(names) * span)
    of_month: dict[Month, list[tuple[str, date, int]]] = {month: [] for month in months}
    for place, tiyn in enumerate(sums):
        if tiyn:
            day = date.fromordinal(first_on.toordinal() + place % span)
            of_month[Month.of(day)].append((names[order[place // span]], day, tiyn))
    if beside:
        _add_beside(of_month, beside)
    return [tuple(of_month[month]) for month in months]


def _add_beside(of_month: dict[Month, list[Line]], beside: Iterable[Line]) -> None:
    """Add lines to those of their months, in the same order as before."""
    totals = {(code, on): tiyn for lines in of_month.values() for code, on, tiyn in lines}
    for code, on, tiyn in beside:
        if Month.of(on) in of_month:
            totals[code, on] = totals.get((code, on), 0) + tiyn
    for lines in of_month.values():
        lines.clear()
    for (code, on), tiyn in sorted(totals.items()):
        if tiyn:
            of_month[Month.of(on)].append((code, on, tiyn))


def _of_days(days: DayColumns, months: list[Month]) -> list[PastMonth]:
    places = _places(days.on, months)
    return [
        _month_of_days(month, DayColumns(days.tab, days.rows.chosen(places == place)))
        for place, month in enumerate(months)
    ]


def _month_of_days(month: Month, days: DayColumns) -> PastMonth:
    figures = {count: days.counted(count).tolist() for count in ("leads", "processed", "deals", "revenue")}
    daily: dict[tuple[str, date], int] = {}
    for code, on, tiyn in zip(
        days.rows.plain("code"), days.on.astype("datetime64[D]").tolist(), figures["revenue"], strict=True
    ):
        daily[code or "", on] = daily.get((code or "", on), 0) + tiyn
    revenue = tuple((code, on, tiyn) for (code, on), tiyn in sorted(daily.items()) if tiyn)
    return PastMonth(month, revenue, _with_entries([SourceCounts(None, *map(sum, figures.values()))]))


def _with_entries(counts: Iterable[SourceCounts]) -> tuple[SourceCounts, ...]:
    return tuple(
        sorted(
            (count for count in counts if count.leads or count.deals), key=lambda count: count.source or ""
        )
    )
