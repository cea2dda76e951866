"""Checks of meaning for deals that are paid in parts: «Оплаты» beside «Сделки» (behaviour §4, «Paid in parts»)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

import numpy as np

from kpi_rules.checks.costs import cost_asked
from kpi_rules.counting.deal_counts import parts_of_month, touched_now
from kpi_rules.facts.employment import employed_on
from kpi_rules.facts.inputs import MonthInputs
from kpi_rules.facts.payments import PAYMENTS, DealParts, Payment
from kpi_rules.problems import Place, Problem, blocking, warning


def check_payments(inputs: MonthInputs, cut_at: datetime) -> list[Problem]:
    """Check what this month says of deals in parts; what is of other months is told there."""
    parts = parts_of_month(inputs)
    if parts is None:
        return []
    cut = np.datetime64(cut_at, "s")
    return [
        *_of_no_deal(parts),
        *_contradicting(parts, inputs, cut),
        *_doubtful(parts, inputs),
    ]


def payment_codes(inputs: MonthInputs) -> Mapping[int, object]:
    """Give by sheet row whose each payment is: who is named in it, else the deal's manager."""
    if not inputs.payments:
        return {}
    columns = inputs.facts.leads
    codes = [*columns.codes, None]
    of_number = {
        str(columns.numbers[place]): codes[columns.of_code[place]]
        for place in columns.places_of({payment.number for payment in inputs.payments if payment.number})
    }
    return {payment.row: payment.code or of_number.get(payment.number or "") for payment in inputs.payments}


def _told(
    code: str, payment: Payment, column: str, employee: str | None, *, blocks: bool = True, value: str = ""
) -> Problem:
    build = blocking if blocks else warning
    place = Place(PAYMENTS, payment.row, column)
    return build(code, place, employee, number=payment.number or "—", value=value)


def _of_no_deal(parts: DealParts) -> Iterator[Problem]:
    for payment in parts.nobodys:
        # A blank or unreadable № is told by reading.
        if payment.number is not None:
            yield _told("payment_of_unknown_deal", payment, "number", payment.code, value=payment.number)


def _contradicting(parts: DealParts, inputs: MonthInputs, cut: np.datetime64) -> Iterator[Problem]:
    """Name what can not be of rows of this month: another status, «Оплачено» too, no contract, too much paid."""
    columns, facts = inputs.facts.leads, inputs.facts
    codes = [*columns.codes, None]
    touched = touched_now(parts, inputs, cut)
    asked = cost_asked(inputs)
    seconds = {row.place: row.second for row in facts.sharing.rows}
    rows = facts.rows["row"].tolist()
    outside = dict.fromkeys(parts.above, "payments_above_contract")
    outside |= dict.fromkeys(parts.below, "payments_below_zero")
    for place, payments in parts.of_row.items():
        if not touched[place]:
            continue
        code, number = codes[columns.of_code[place]], str(columns.numbers[place])
        present = [payment for payment in payments if payment.on is None or payment.is_in(inputs.month)]
        if not columns.is_deal[place] and not columns.bad("status")[place]:
            for payment in present:
                yield _told("payment_under_other_status", payment, "number", code, value=str(rows[place]))
        for name, column, wrong in (
            ("paid_on_beside_payments", "paid_on", not np.isnat(columns.paid[place])),
            (
                "payments_without_contract",
                "amount_tiyn",
                columns.is_deal[place] and parts.no_contract[place] and not columns.bad("amount_tiyn")[place],
            ),
            (
                "cost_missing",
                "cost_tiyn",
                (asked(code) or asked(seconds.get(place)) or any(asked(each.code) for each in present))
                and not columns.has_cost[place]
                and not columns.bad("cost_tiyn")[place],
            ),
        ):
            if wrong:
                yield blocking(
                    name, Place(facts.tab.key, int(rows[place]), column), code, number=number, value=""
                )
        for payment in payments:
            # Of an earlier month too: it leaves the deal unknown in each month in which it goes on being paid.
            if payment in outside and payment.on is not None and payment.on <= inputs.month.last_on:
                yield _told(outside[payment], payment, "amount_tiyn", code)


def _doubtful(parts: DealParts, inputs: MonthInputs) -> Iterator[Problem]:
    """Warn of payments before the deal arrived, and of people who were not there that day."""
    columns = inputs.facts.leads
    codes = [*columns.codes, None]
    second = {row.place: row.second for row in inputs.facts.sharing.rows}
    for place, payments in parts.of_row.items():
        arrived = columns.arrived[place].astype("datetime64[D]")
        first = codes[columns.of_code[place]]
        for payment in payments:
            if payment.on is None or not payment.is_in(inputs.month):
                continue
            said, whose = f"{payment.on:%d.%m.%Y}", payment.code or first
            if np.datetime64(payment.on, "D") < arrived:
                yield _told("payment_before_arrival", payment, "on", whose, blocks=False, value=said)
            for code in [payment.code] if payment.code else [first, second.get(place)]:
                if code is not None and not employed_on(inputs.staff, code, payment.on):
                    yield _told("payment_of_not_employed", payment, "code", code, blocks=False, value=code)
