"""Signals of how deals come and go, for the eyes of head and owner: never scored (behaviour §4a).

They say what was seen of rows that nobody has to have touched: the same deal twice, a sale whose refund follows, work on
days of absence, deals that were entered only when they were won.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

import numpy as np

from kpi_rules.cards.results import Signal
from kpi_rules.facts.inputs import MonthInputs
from kpi_rules.facts.row_history import RowHistory
from kpi_rules.time.periods import Month

REFUND_DAYS = 45
MANY_DEALS = 5
"""So many deals first seen won are worth a word, where they are more than the others' usual."""
MORE_THAN_USUAL = Fraction(3, 2)


@dataclass(frozen=True)
class _Paid:
    """A row with status «Сделка» and a payment date."""

    number: str
    code: str
    customer: str
    amount_tiyn: int
    paid_on: date


def deal_signals(inputs: MonthInputs, rows: RowHistory) -> list[Signal]:
    """List these signals of a month; without what the ledger remembers of the rows (`rows`) one kind is missing."""
    if not inputs.facts.of_leads:
        return []
    paid = _paid_rows(inputs)
    found = [
        *_same_deal_twice(paid.values(), inputs.month),
        *_refunds_soon(paid.values(), inputs.month),
        *_worked_while_absent(inputs),
        *_won_at_first_sight(paid.values(), rows, inputs.month),
    ]
    return [Signal(kind, code, {"count": str(count), "rows": _listed(named)})
            for kind, code, count, named in found]  # fmt: skip


_Seen = tuple[str, str, int, list[str]]


def _listed(numbers: Iterable[str]) -> str:
    return ", ".join(numbers)


def _paid_rows(inputs: MonthInputs) -> dict[str, _Paid]:
    """Give by № what was paid in the month and in the one before."""
    found: dict[str, _Paid] = {}
    for month in (inputs.before, inputs):
        if month is None or not month.facts.of_leads:
            continue
        columns, cells = month.facts.leads, month.facts.rows
        if "customer" not in cells:
            continue
        chosen = columns.is_deal & columns.has_number & columns.has_code & ~np.isnat(columns.paid)
        names = ("number", "code", "customer", "amount_tiyn", "paid_on")
        for number, code, customer, amount, paid_on in zip(
            *(cells.chosen(chosen).plain(name) for name in names), strict=True
        ):
            known = (customer or "").strip().casefold()
            found[number] = _Paid(number, code, known, amount or 0, paid_on.date())
    return found


def _same_deal_twice(paid: Iterable[_Paid], month: Month) -> list[_Seen]:
    """Tell deals of one customer, amount and day under several №s."""
    alike: dict[tuple[object, ...], list[_Paid]] = {}
    for deal in paid:
        if deal.customer and deal.amount_tiyn > 0 and Month.of(deal.paid_on) == month:
            alike.setdefault((deal.customer, deal.amount_tiyn, deal.paid_on), []).append(deal)
    by_code: dict[str, list[str]] = {}
    for deals in alike.values():
        if len(deals) > 1:
            for deal in deals:
                by_code.setdefault(deal.code, []).append(deal.number)
    return [("same_deal_twice", code, len(named), named) for code, named in by_code.items()]


def _refunds_soon(paid: Iterable[_Paid], month: Month) -> list[_Seen]:
    """Tell sales whose refund came in the month, within so many days and to the same customer."""
    deals = list(paid)
    sales: dict[str, list[_Paid]] = {}
    for deal in deals:
        if deal.amount_tiyn > 0 and deal.customer:
            sales.setdefault(deal.customer, []).append(deal)
    by_code: dict[str, list[str]] = {}
    for refund in deals:
        if refund.amount_tiyn >= 0 or Month.of(refund.paid_on) != month:
            continue
        for sale in sales.get(refund.customer, ()):
            if timedelta() <= refund.paid_on - sale.paid_on <= timedelta(days=REFUND_DAYS):
                by_code.setdefault(sale.code, []).append(sale.number)
    return [
        ("refund_soon", code, len(set(named)), list(dict.fromkeys(named))) for code, named in by_code.items()
    ]


def _worked_while_absent(inputs: MonthInputs) -> list[_Seen]:
    """Count first answers, deals and marks of somebody on days of the month on which they were away."""
    away: dict[str, set[date]] = {}
    for absence in inputs.absences:
        days = (absence.to_on - absence.from_on).days
        span = (absence.from_on + timedelta(days=each) for each in range(max(days, 0) + 1))
        away.setdefault(absence.code, set()).update(day for day in span if Month.of(day) == inputs.month)
    if not away:
        return []
    by_code: dict[str, list[str]] = {}
    leads, marks = inputs.facts.rows, inputs.marks.rows
    events = [
        *zip(leads.plain("code"), leads.plain("answered_at"), leads.plain("number"), strict=True),
        *zip(leads.plain("code"), leads.plain("paid_on"), leads.plain("number"), strict=True),
        *zip(marks.plain("code"), marks.plain("on"), marks.plain("on"), strict=True),
    ]
    for code, moment, named in events:
        if moment is not None and code in away and moment.date() in away[code]:
            told = f"{moment:%d.%m}" if not isinstance(named, str) else named
            by_code.setdefault(code, []).append(told)
    return [
        ("worked_while_absent", code, len(named), list(dict.fromkeys(named)))
        for code, named in by_code.items()
    ]


def _won_at_first_sight(paid: Iterable[_Paid], rows: RowHistory, month: Month) -> list[_Seen]:
    """Tell who entered deals only when they were won, more than the others do."""
    deals: Counter[str] = Counter()
    won: dict[str, list[str]] = {}
    for deal in paid:
        if deal.amount_tiyn <= 0 or Month.of(deal.paid_on) != month:
            continue
        deals[deal.code] += 1
        row = rows.get(deal.number)
        if row is not None and row.first_seen_won:
            won.setdefault(deal.code, []).append(deal.number)
    return [
        ("first_seen_won", code, len(named), named)
        for code, named in won.items()
        if len(named) >= MANY_DEALS
        and Fraction(len(named), deals[code]) >= MORE_THAN_USUAL * _usual(code, deals, won)
    ]


def _usual(code: str, deals: Mapping[str, int], won: Mapping[str, list[str]]) -> Fraction:
    """Give the share of deals first seen won among those of all others."""
    others = sum(count for other, count in deals.items() if other != code)
    seen = sum(len(named) for other, named in won.items() if other != code)
    return Fraction(seen, others) if others else Fraction(0)
