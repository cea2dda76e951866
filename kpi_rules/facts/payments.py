"""«Оплаты»: payments of deals that are paid in parts, what each brings, and when the deal counts (behaviour §3, §4).

A deal whose № stands on «Оплаты» is paid in parts: «Сумма» is its contract, its revenue are its payments. It counts
as one deal, once and for good, on the day by whose end its net payments reach the share of the contract that the policy
`first_payment_fraction` names; what sealed months counted stays so, whatever its contract is now. Its cost goes with the payments in proportion; the payment that completes the contract
takes the rest of it, and a refund of all that was paid gives all of it back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import groupby

import numpy as np

from kpi_rules.exact import rounded_half_up
from kpi_rules.facts.columns import Flags
from kpi_rules.facts.deal_columns import DealColumns, Moments
from kpi_rules.facts.sharing import Sharing, first_part_tiyn
from kpi_rules.time.periods import Month

PAYMENTS = "payments"
"""The key of the tab."""


@dataclass(frozen=True)
class Payment:
    """One row of «Оплаты»; what is blank or could not be read is None.

    Args:
        number: the № of its deal.
        on: the day on which the money came (below 0: went back).
        amount_tiyn: how much; below 0 it is a refund.
        code: whose it is; None and not `bad`: the deal's managers'.
        comment: what stands beside it.
        bad: the columns whose cells could not be read.
        row: the sheet row.
    """

    number: str | None
    on: date | None
    amount_tiyn: int | None
    code: str | None = None
    comment: str = ""
    bad: frozenset[str] = frozenset()
    row: int = 0

    @property
    def is_clear(self) -> bool:
        """Whether №, day, amount and whose it is are told."""
        return None not in (self.number, self.on, self.amount_tiyn) and "code" not in self.bad

    def is_in(self, month: Month) -> bool:
        """Tell whether its day is one of the month's."""
        return self.on is not None and month.first_on <= self.on <= month.last_on

    @property
    def order(self) -> tuple[str, date, int, str, str]:
        """Give its place among others, whatever the sheet's order: by №, then by day, larger amounts first."""
        return (
            self.number or "",
            self.on or date.min,
            -(self.amount_tiyn or 0),
            self.code or "",
            self.comment,
        )


def numbers_of(payments: Iterable[Payment], month: Month) -> tuple[Set[str], Set[str]]:
    """Name the №s that have a payment in a month, and those of which one may be of any: its day is not told."""
    dated: set[str] = set()
    undated: set[str] = set()
    for payment in payments:
        if payment.number is None:
            continue
        if payment.is_in(month):
            dated.add(payment.number)
        elif payment.on is None:
            undated.add(payment.number)
    return dated, undated


@dataclass(frozen=True)
class CountedParts:
    """What the sealed months made of the deals in parts that they had, by №.

    Args:
        until: the last of these months.
        counted: those that counted as a deal in one of them: they do so nowhere else.
        waiting: those of which not enough was paid then: they count after it at the earliest.
    """

    until: Month
    counted: frozenset[str] = frozenset()
    waiting: frozenset[str] = frozenset()


@dataclass(frozen=True)
class DealInParts:
    """How a deal in parts stands at the end of a day: whose it is, what was paid of its contract, and when last."""

    number: str
    code: str
    contract_tiyn: int
    paid_tiyn: int
    last_paid_on: date


@dataclass(frozen=True)
class PartPayment:
    """One payment that counts: of which row of the frame, on which day, whose (None: the deal's), how much.

    `cost_tiyn` is None where the deal's cost or contract is not told.
    """

    place: int
    on: date
    code: str | None
    amount_tiyn: int
    cost_tiyn: int | None


@dataclass(frozen=True)
class DealParts:
    """The rows of «Сделки» that are paid in parts.

    Args:
        rows: which they are.
        reached_on: the day on which each counts as a deal; NaT where it does not yet, or that can not be told.
        payments: what was paid, of those rows whose money can be told.
        unclear: the rows whose money can not be told: another status, «Оплачено» beside the payments, a № that
            stands twice, a payment without day or amount, more than the contract or less than nothing.
        no_contract: those whose contract is not told.
        of_row: all payments of each row, clear or not, by its place.
        nobodys: payments of a № that no row has.
        above: payments after which more was paid than the contract.
        below: refunds after which more was given back than was paid.
    """

    rows: Flags
    reached_on: Moments
    payments: tuple[PartPayment, ...]
    unclear: Flags
    no_contract: Flags
    of_row: dict[int, tuple[Payment, ...]]
    nobodys: tuple[Payment, ...]
    above: tuple[Payment, ...]
    below: tuple[Payment, ...]


def deal_parts(
    columns: DealColumns,
    payments: Sequence[Payment],
    first_payment_fraction: Fraction,
    before: CountedParts | None = None,
) -> DealParts | None:
    """Put the payments to their deals; None where there are none, so that every deal is paid whole.

    `before` is what the months that are sealed made of them.
    """
    if not payments:
        return None
    by_number: dict[str, list[Payment]] = {}
    for payment in payments:
        by_number.setdefault(payment.number or "", []).append(payment)
    places = columns.places_of(by_number.keys() - {""})
    count = len(columns.numbers)
    rows, unclear, no_contract = (np.zeros(count, dtype=bool) for _ in range(3))
    rows[places] = True
    reached_on = np.full(count, "NaT", dtype="datetime64[s]")
    unclear |= rows & (~columns.is_deal | ~np.isnat(columns.paid) | columns.bad("paid_on") | columns.doubled)
    no_contract |= rows & (columns.amounts_tiyn <= 0)
    of_row: dict[int, tuple[Payment, ...]] = {}
    parts: list[PartPayment] = []
    above: list[Payment] = []
    below: list[Payment] = []
    for place in places.tolist():
        own = sorted(by_number[str(columns.numbers[place])], key=lambda payment: payment.order)
        of_row[place] = tuple(own)
        contract = None if no_contract[place] else int(columns.amounts_tiyn[place])
        too_much, too_little = _outside(own, contract)
        above += too_much
        below += too_little
        if too_much or too_little or not all(payment.is_clear for payment in own):
            unclear[place] = True
        if unclear[place]:
            continue
        cost = int(columns.costs_tiyn[place]) if columns.has_cost[place] else None
        parts += _with_costs(place, own, contract, cost)
        reached = None
        if contract is not None:
            number = str(columns.numbers[place])
            reached = _reached(own, first_payment_fraction * contract, number, before)
        if reached is not None:
            reached_on[place] = np.datetime64(reached, "s")
    known = {str(columns.numbers[place]) for place in places.tolist()}
    nobodys = tuple(payment for payment in payments if payment.number not in known)
    return DealParts(
        rows, reached_on, tuple(parts), unclear, no_contract, of_row, nobodys, tuple(above), tuple(below)
    )


def deals_in_parts(columns: DealColumns, payments: Iterable[Payment], until: date) -> tuple[DealInParts, ...]:
    """Give how the deals in parts stand at the end of a day, whatever month they are of; what is not clear is left out."""
    own: dict[str, list[Payment]] = {}
    for payment in payments:
        if payment.is_clear and payment.number and payment.on and payment.on <= until:
            own.setdefault(payment.number, []).append(payment)
    codes = columns.deals["code"]
    clear = columns.is_deal & columns.has_code & columns.has_amount & ~columns.doubled
    return tuple(
        DealInParts(
            number=number,
            code=str(codes[place]),
            contract_tiyn=int(columns.amounts_tiyn[place]),
            paid_tiyn=sum(payment.amount_tiyn or 0 for payment in own[number]),
            last_paid_on=max(payment.on for payment in own[number] if payment.on),
        )
        for place in columns.places_of(own.keys()).tolist()
        if clear[place]
        for number in [str(columns.numbers[place])]
    )


def _net_by_day(own: Iterable[Payment]) -> list[tuple[date, int, list[Payment]]]:
    """Give day by day what has been paid in all by its end, and the day's payments: a day has no order."""
    net, by_day = 0, []
    clear = [payment for payment in own if payment.is_clear]
    for on, group in groupby(clear, key=lambda payment: payment.on):
        of_day = list(group)
        net += sum(payment.amount_tiyn or 0 for payment in of_day)
        if on is not None:
            by_day.append((on, net, of_day))
    return by_day


def _outside(own: Iterable[Payment], contract_tiyn: int | None) -> tuple[list[Payment], list[Payment]]:
    """Name the payments of days by whose end more was paid than the contract, and refunds of more than was paid."""
    above: list[Payment] = []
    below: list[Payment] = []
    for _, net, of_day in _net_by_day(own):
        if contract_tiyn is not None and net > contract_tiyn:
            above += [payment for payment in of_day if (payment.amount_tiyn or 0) > 0]
        elif net < 0:
            below += [payment for payment in of_day if (payment.amount_tiyn or 0) < 0]
    return above, below


def _reached(
    own: Iterable[Payment], threshold_tiyn: Fraction, number: str, before: CountedParts | None
) -> date | None:
    """Give the first day by whose end as much was paid; something has to be.

    A sealed month is not told anew when contract or policy change: what counted there did so by its end, and what
    did not does so on a later day.
    """
    sealed_on = date.min
    if before is not None and number in before.counted:
        return before.until.last_on
    if before is not None and number in before.waiting:
        sealed_on = before.until.last_on
    enough = (on for on, net, _ in _net_by_day(own) if net >= threshold_tiyn and net > 0)
    return next((on for on in enough if on > sealed_on), None)


def counted_parts(
    columns: DealColumns, parts: DealParts | None, month: Month, before: CountedParts | None
) -> CountedParts:
    """Give what the sealed months have made of deals in parts once `month`, whose `parts` these are, is one of them."""
    before = before or CountedParts(month)
    places = [] if parts is None else np.flatnonzero(parts.rows & ~parts.unclear).tolist()
    reached = (
        np.zeros(0, dtype=bool) if parts is None else parts.reached_on < np.datetime64(month.plus(1).first_on)
    )
    own = {str(columns.numbers[place]): bool(reached[place]) for place in places}
    counted = before.counted | {number for number, has in own.items() if has}
    return CountedParts(month, counted, (before.waiting | own.keys()) - counted)


def _with_costs(
    place: int, own: Iterable[Payment], contract_tiyn: int | None, cost_tiyn: int | None
) -> list[PartPayment]:
    net, given, parts = 0, 0, []
    for payment in own:
        amount = payment.amount_tiyn or 0
        net += amount
        part = None
        if contract_tiyn is not None and cost_tiyn is not None:
            part = rounded_half_up(Fraction(cost_tiyn * amount, contract_tiyn))
            if net in {0, contract_tiyn}:
                part = (cost_tiyn if net else 0) - given
            given += part
        if payment.on is not None:
            parts.append(PartPayment(place, payment.on, payment.code, amount, part))
    return parts


Line = tuple[str, date, int]
"""Whose («» where nobody is named), on which day, how many tiyn."""


def revenue_beside(
    columns: DealColumns, sharing: Sharing, sold: Flags, parts: DealParts | None
) -> list[Line]:
    """List by person and day what is to be added to the rows that are `sold` whole, each to its first manager.

    What is not the first manager's on the day of «Оплачено»: of a row that two share the second's part is taken from the one and given to the other; of what is paid in parts
    each payment stands alone.
    """
    codes = [*columns.codes, ""]
    shared = {row.place: row for row in sharing.rows}

    def first(place: int) -> str:
        return codes[int(columns.of_code[place])]

    beside: list[Line] = []
    for place, row in shared.items():
        if sold[place]:
            on = columns.paid[place].astype("datetime64[D]").item()
            amount = int(columns.amounts_tiyn[place])
            rest = amount - first_part_tiyn(amount, row.share)
            beside += [(first(place), on, -rest), (row.second, on, rest)]
    for payment in parts.payments if parts is not None else ():
        amount, whose = payment.amount_tiyn, shared.get(payment.place)
        if payment.code is not None:
            beside.append((payment.code, payment.on, amount))
        elif whose is None:
            beside.append((first(payment.place), payment.on, amount))
        else:
            own = first_part_tiyn(amount, whose.share)
            beside += [(first(payment.place), payment.on, own), (whose.second, payment.on, amount - own)]
    return beside
