"""Signals of how leads and deals come and go, for the eyes of head and owner: never scored (behaviour §4a).

They say what was seen of rows that nobody has to have touched: the same deal twice, a sale whose refund follows, work on
days of absence, deals that were entered only when they were won, payments that came late or never. Each is told of whom
it was seen clearly more often than of the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from kpi_rules.cards.results import Signal
from kpi_rules.facts.columns import Columns
from kpi_rules.facts.inputs import MonthInputs
from kpi_rules.facts.payments import DealInParts
from kpi_rules.facts.row_history import RowHistory, SeenRow
from kpi_rules.register.free_days import grace_ends_on
from kpi_rules.register.usual import Tally
from kpi_rules.time.periods import Month

REFUND_DAYS = 45
STALLED_DAYS = 60
MANY_DEALS = 3
"""So many deals first seen won are worth a word, where they are more than the others' usual."""
LONGEST_SILENCE_DAYS = 3
"""Of a row that came in won after a longer time without a look nobody knows whether it was a lead in between."""


@dataclass(frozen=True)
class _Paid:
    """A row with status «Сделка» and a payment date."""

    number: str
    code: str
    customer: str
    amount_tiyn: int
    paid_on: date
    arrived_on: date | None
    answered: bool


def deal_signals(inputs: MonthInputs, rows: RowHistory, payments: RowHistory, cut_on: date) -> list[Signal]:
    """List these signals of a month up to a day; without what the ledger remembers of `rows` and `payments` some are missing."""
    absent = _worked_while_absent(inputs)
    if not inputs.facts.of_leads:
        return absent
    paid = list(_paid_rows(inputs).values())
    deals = Counter(
        deal.code for deal in paid if deal.amount_tiyn > 0 and Month.of(deal.paid_on) == inputs.month
    )
    # Of these a question or the register says enough.
    told = {question.key for question in inputs.questions}
    told |= {row.key for row in rows.values() if row.noticed is not None}
    seen = {
        "same_deal_twice": _same_deal_twice(paid, inputs.month),
        "refund_soon": _refunds_soon(paid, inputs.month),
        "refund_of_lead": _refunds_of_leads([deal for deal in paid if deal.number not in told], inputs.month),
    }
    signals = [
        _signal(kind, code, named[code])
        for kind, named in seen.items()
        for code in Tally(_lengths(named), deals).unusual()
    ]
    return [
        *signals,
        *absent,
        *_paid_late(inputs, paid, deals, rows, payments),
        *_won_at_first_sight(paid, rows, inputs.month, deals),
        *_stalled_parts(inputs.in_parts, cut_on),
        *_noticed(inputs, rows),
    ]


_Named = dict[str, list[str]]
"""The №s of the rows in which something was seen, by employee."""


def _lengths(named: Mapping[str, list[str]]) -> dict[str, int]:
    return {code: len(rows) for code, rows in named.items()}


def _signal(kind: str, code: str, rows: Iterable[str]) -> Signal:
    told = list(rows)
    return Signal(kind, code, {"count": str(len(told)), "rows": ", ".join(dict.fromkeys(told))})


def _paid_rows(inputs: MonthInputs) -> dict[str, _Paid]:
    """Give by № what was paid in the month and in the one before."""
    paid: dict[str, _Paid] = {}
    names = ("number", "code", "customer", "amount_tiyn", "paid_on", "arrived_at", "answered_at")
    for month in (inputs.before, inputs):
        if month is None or not month.facts.of_leads or "customer" not in month.facts.rows:
            continue
        columns, cells = month.facts.leads, month.facts.rows
        chosen = columns.is_deal & columns.has_number & columns.has_code & ~np.isnat(columns.paid)
        for number, code, customer, amount, paid_on, arrived, answered in zip(
            *(cells.chosen(chosen).plain(name) for name in names), strict=True
        ):
            paid[number] = _Paid(
                number,
                code,
                (customer or "").strip().casefold(),
                amount or 0,
                paid_on.date(),
                arrived.date() if arrived else None,
                answered is not None,
            )
    return paid


def _same_deal_twice(paid: Iterable[_Paid], month: Month) -> _Named:
    """Give deals of one customer, amount and day under several №s."""
    alike: dict[tuple[object, ...], list[_Paid]] = {}
    for deal in paid:
        if deal.customer and deal.amount_tiyn > 0 and Month.of(deal.paid_on) == month:
            alike.setdefault((deal.customer, deal.amount_tiyn, deal.paid_on), []).append(deal)
    named: _Named = {}
    for deals in alike.values():
        if len(deals) > 1:
            for deal in deals:
                named.setdefault(deal.code, []).append(deal.number)
    return named


def _refunds_soon(paid: Iterable[_Paid], month: Month) -> _Named:
    """Give sales whose refund came in the month, within so many days and to the same customer."""
    deals = list(paid)
    sales: dict[str, list[_Paid]] = {}
    for deal in deals:
        if deal.amount_tiyn > 0 and deal.customer:
            sales.setdefault(deal.customer, []).append(deal)
    named: _Named = {}
    for refund in _refunds_in(deals, month):
        for sale in sales.get(refund.customer, ()):
            if timedelta() <= refund.paid_on - sale.paid_on <= timedelta(days=REFUND_DAYS):
                named.setdefault(sale.code, []).append(sale.number)
    return {code: list(dict.fromkeys(rows)) for code, rows in named.items()}


def _refunds_of_leads(paid: Iterable[_Paid], month: Month) -> _Named:
    """Give refunds that look like a lead of the month: it arrived, was answered, and no sale went before."""
    deals = list(paid)
    bought = {deal.customer for deal in deals if deal.amount_tiyn > 0}
    named: _Named = {}
    for refund in _refunds_in(deals, month):
        arrived_now = refund.arrived_on is not None and Month.of(refund.arrived_on) == month
        if arrived_now and refund.answered and refund.customer not in bought:
            named.setdefault(refund.code, []).append(refund.number)
    return named


def _refunds_in(paid: Iterable[_Paid], month: Month) -> list[_Paid]:
    return [deal for deal in paid if deal.amount_tiyn < 0 and Month.of(deal.paid_on) == month]


def _paid_late(
    inputs: MonthInputs,
    paid: Iterable[_Paid],
    deals: Mapping[str, int],
    rows: RowHistory,
    payments: RowHistory,
) -> list[Signal]:
    """Tell payments that were entered after the month's end and dated into it.

    What came in on one of the last days and was entered within the days of free correction is everybody's: one such
    payment alone is not told.
    """
    entered = [(deal.code, deal.number, deal.paid_on, rows.get(deal.number)) for deal in paid]
    if payments:
        columns = inputs.facts.rows
        codes = dict(zip(columns.plain("number"), columns.plain("code"), strict=True))
        entered += [
            (code, payment.number, payment.on, payments.get(f"{payment.number} {payment.on}"))
            for payment in inputs.payments
            if payment.number and payment.on and (code := payment.code or codes.get(payment.number))
        ]
    late: _Named = {}
    beyond = set()
    for code, number, paid_on, row in entered:
        if row is not None and row.paid_seen_on is not None and _is_late(row, paid_on, inputs.month):
            late.setdefault(code, []).append(number)
            if grace_ends_on(paid_on, inputs.calendar) < row.paid_seen_on:
                beyond.add(code)
    return [
        _signal("paid_late", code, late[code])
        for code in Tally(_lengths(late), deals).unusual()
        if len(late[code]) > 1 or code in beyond
    ]


def _is_late(row: SeenRow, paid_on: date, month: Month) -> bool:
    """Tell whether a payment of the month came after its end; a look after its day did not show it yet."""
    if row.paid_seen_on is None or row.paid_after_on is None or Month.of(paid_on) != month:
        return False
    return row.paid_seen_on > month.last_on and row.paid_after_on > paid_on


def _worked_while_absent(inputs: MonthInputs) -> list[Signal]:
    """Tell first answers, reports and marks of somebody on days of the month on which they were away, and payments.

    Money comes by itself on some of them: payments alone are told where they came as often as on the other days.
    """
    away: dict[str, set[date]] = {}
    for absence in inputs.absences:
        days = (absence.to_on - absence.from_on).days
        span = (absence.from_on + timedelta(days=each) for each in range(max(days, 0) + 1))
        away.setdefault(absence.code, set()).update(day for day in span if Month.of(day) == inputs.month)
    if not away:
        return []
    worked = _on_days(_work(inputs), away)
    paid = [
        event for event in _payments(inputs) if event[1] is not None and Month.of(event[1]) == inputs.month
    ]
    while_away = _on_days(paid, away)
    of_code = Counter(code for code, _, _ in paid)
    signals = []
    for code in dict.fromkeys((*worked, *while_away)):
        payments, days_away = while_away.get(code, []), len(away[code])
        elsewhere, other_days = of_code[code] - len(payments), inputs.month.last_on.day - days_away
        if code in worked or len(payments) * other_days >= elsewhere * days_away:
            signals.append(_signal("worked_while_absent", code, [*worked.get(code, []), *payments]))
    return signals


_Event = tuple[str, date | None, str | None]
"""Whose, on which day, and the № of the row where it has one."""


def _on_days(events: Iterable[_Event], days: Mapping[str, set[date]]) -> _Named:
    named: _Named = {}
    for code, day, number in events:
        if day is not None and day in days.get(code, ()):
            named.setdefault(code, []).append(number or f"{day:%d.%m}")
    return named


def _work(inputs: MonthInputs) -> list[_Event]:
    """Give marks that say yes or no, first answers, and reports that count something."""
    marks = inputs.marks.rows
    marked = np.zeros(len(marks), dtype=bool)
    for column in inputs.marks.tab.values:
        marked |= marks.is_one_of(column.key, frozenset({"yes", "no"}))
    events = _dated(marks.chosen(marked), "on", numbered=False)
    facts = inputs.facts.rows
    if inputs.facts.of_leads:
        return events + _dated(facts, "answered_at")
    counted = np.zeros(len(facts), dtype=bool)
    for column in inputs.facts.tab.values:
        counted |= facts.given(column.key) & (facts[column.key] != 0)
    return events + _dated(facts.chosen(counted), "on", numbered=False)


def _payments(inputs: MonthInputs) -> list[_Event]:
    return _dated(inputs.facts.rows, "paid_on") if inputs.facts.of_leads else []


def _dated(rows: Columns, name: str, *, numbered: bool = True) -> list[_Event]:
    numbers = rows.plain("number") if numbered else [None] * len(rows)
    return [
        (code, moment.date() if moment else None, number)
        for code, moment, number in zip(rows.plain("code"), rows.plain(name), numbers, strict=True)
    ]


def _won_at_first_sight(
    paid: Iterable[_Paid], rows: RowHistory, month: Month, deals: Mapping[str, int]
) -> list[Signal]:
    """Tell who entered deals only when they were won, more than the others do."""
    won: _Named = {}
    for deal in paid:
        row = rows.get(deal.number)
        in_month = deal.amount_tiyn > 0 and Month.of(deal.paid_on) == month
        if in_month and row is not None and row.first_seen_won and _was_looked_for(deal, row):
            won.setdefault(deal.code, []).append(deal.number)
    return [
        _signal("first_seen_won", code, won[code]) for code in Tally(_lengths(won), deals).unusual(MANY_DEALS)
    ]


def _was_looked_for(deal: _Paid, row: SeenRow) -> bool:
    """Tell whether a look could have seen the lead before it was won: it says that it was there, or looks went on."""
    if row.first_seen_on is None or row.entered_after_on is None:
        return False
    if deal.arrived_on is not None and deal.arrived_on < row.entered_after_on:
        return True
    return (row.first_seen_on - row.entered_after_on).days <= LONGEST_SILENCE_DAYS


def _stalled_parts(in_parts: Iterable[DealInParts], cut_on: date) -> list[Signal]:
    """Tell the deals in parts for which nothing came for a long time, though the contract is not paid."""
    stalled: _Named = {}
    deals: Counter[str] = Counter()
    for deal in in_parts:
        deals[deal.code] += 1
        is_open = 0 < deal.paid_tiyn < deal.contract_tiyn
        if is_open and (cut_on - deal.last_paid_on).days >= STALLED_DAYS:
            stalled.setdefault(deal.code, []).append(deal.number)
    unusual = Tally(_lengths(stalled), deals).unusual()
    return [_signal("parts_stalled", code, stalled[code]) for code in unusual]


def _noticed(inputs: MonthInputs, rows: RowHistory) -> list[Signal]:
    """Tell what the register noticed of leads of the month."""
    named: dict[str, _Named] = {}
    for row in rows.values():
        if row.noticed is not None and row.noticed.month == inputs.month:
            named.setdefault(row.noticed.kind, {}).setdefault(row.noticed.code, []).append(row.key)
    leads = Counter(code for code in inputs.facts.rows.plain("code") if code is not None)
    return [
        _signal(kind, code, by_code[code])
        for kind, by_code in named.items()
        for code in Tally(_lengths(by_code), leads).unusual()
    ]
