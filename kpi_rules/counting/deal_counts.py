"""Counts per employee from «Сделки» (B2B), vectorised: whole numbers in, whole numbers out (behaviour §4).

A row that can not be told is never counted as something: it marks its employee's count as unknown. Rows that two
managers share, and deals that are paid in parts, are gone through one by one; without them nothing is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from kpi_rules.facts.columns import Flags, Whole
from kpi_rules.facts.employment import Workdays
from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.inputs import MonthInputs
from kpi_rules.facts.measurable import counted_concerns, known_concerns
from kpi_rules.facts.payments import CountedParts, DealParts, PartPayment, counted_parts, deal_parts
from kpi_rules.facts.selection import month_bounds
from kpi_rules.facts.sharing import Holders
from kpi_rules.facts.sums import counts_by
from kpi_rules.measures.catalogue import FILLED
from kpi_rules.measures.counts import NOT_COUNTED, Count, Counts
from kpi_rules.policies import FIRST_PAYMENT, MISSING_DATA

COMPANY_WEEK = 5
"""The week by which a lead waits whose employee has left."""


@dataclass(frozen=True)
class DealFlags:
    """Row by row: what each row of «Сделки» is in this month, as of the cut."""

    deal: Flags
    refund: Flags
    lead: Flags
    processed: Flags
    cohort: Flags
    unknown: Mapping[str, Flags]
    parts: DealParts | None = None
    """What is paid in parts; `deal` tells of such a row whether it counts in this month, at its contract."""
    touched: Flags | None = None
    """With `parts`: of which of its rows this month says something."""
    until: np.datetime64 | None = None
    """With `parts`: up to which moment payments count."""

    @property
    def sold(self) -> Flags:
        """The rows that bring money in this month."""
        whole = self.deal | self.refund
        return whole if self.touched is None else whole | self.touched


@dataclass(frozen=True)
class DealFacts:
    """Row by row: what each row is, its working seconds, and where they are known (`response_seconds`)."""

    flags: DealFlags
    seconds: Whole
    known: Flags
    cells: Mapping[str, Whole] | None = None
    """By count how many cells of each row are demanded and filled, where a measure asks for it."""
    unseen: Flags | None = None
    """Which rows have a demanded cell of which nobody knows whether it is filled."""


def flag_deals(inputs: MonthInputs, cut_at: datetime) -> DealFlags:
    """Tell what each row is; `cut_at` is the naive local moment up to which facts count (at most month end)."""
    columns = inputs.facts.leads
    start, end = month_bounds(inputs.month)
    cut = np.datetime64(cut_at, "s")
    arrived, paid, answered = columns.arrived, columns.paid, columns.answered
    bad, amounts, is_deal, is_refund = columns.bad, columns.amounts_tiyn, columns.is_deal, columns.is_refund
    paid_by_cut = (paid < end) & (paid <= cut)
    brings = ~columns.held.no_money if columns.held else True
    paid_now = (paid >= start) & paid_by_cut & brings
    sale = is_deal & (amounts != 0) & ~columns.doubled
    parts = parts_of_month(inputs)
    if parts is not None:
        sale = sale & ~parts.rows
    stands = ~columns.held.no_lead if columns.held else True
    arrived_now = (arrived >= start) & (arrived < end) & (arrived <= cut) & stands
    lead = arrived_now & ~is_refund
    no_arrival = bad("arrived_at") | (np.isnat(arrived) & ~is_refund & columns.entered)
    unknown_lead = (no_arrival & stands) | (lead & columns.doubled)
    if inputs.policies[MISSING_DATA] == "row":
        # It might be a refund, which is no lead.
        unknown_lead |= arrived_now & bad("amount_tiyn") & (is_deal | bad("status"))
    unknown_answer = lead & (bad("answered_at") | columns.answered_too_early)
    unknown_sale = (bad("paid_on") & brings) | (paid_now & ~sale)
    flags = DealFlags(
        deal=sale & paid_now & (amounts > 0),
        refund=sale & paid_now & (amounts < 0),
        lead=lead,
        processed=lead & (answered < cut),
        cohort=lead & sale & (amounts > 0) & paid_by_cut,
        unknown={
            "sales": unknown_sale,
            "wins": unknown_sale,
            "leads": unknown_lead,
            "processed": unknown_lead | unknown_answer,
            "response": unknown_lead | unknown_answer,
            "cost": unknown_sale | (sale & paid_now & ~columns.has_cost),
            "repeat": unknown_sale | (sale & paid_now & (amounts > 0) & bad("repeat")),
        },
    )
    return flags if parts is None else with_parts(flags, parts, inputs, cut)


def parts_of_month(inputs: MonthInputs) -> DealParts | None:
    """Put the month's payments to their deals; None where there are none."""
    return deal_parts(
        inputs.facts.leads, inputs.payments, inputs.policies[FIRST_PAYMENT], inputs.parts_before
    )


def parts_after(inputs: MonthInputs) -> CountedParts | None:
    """Give what the sealed months have made of deals in parts once this one is sealed too; None without any."""
    if not inputs.facts.of_leads:
        return None
    made = counted_parts(inputs.facts.leads, parts_of_month(inputs), inputs.month, inputs.parts_before)
    return made if made.counted or made.waiting else None


def with_parts(flags: DealFlags, parts: DealParts, inputs: MonthInputs, cut: np.datetime64) -> DealFlags:
    """Tell what rows that are paid in parts are: a deal in the month in which enough was paid."""
    columns, (start, end) = inputs.facts.leads, month_bounds(inputs.month)
    touched = touched_now(parts, inputs, cut)
    reached_by_cut = (parts.reached_on < end) & (parts.reached_on <= cut)
    deal = (parts.reached_on >= start) & reached_by_cut
    unclear = touched & parts.unclear
    uncosted = touched & parts.rows & (~columns.has_cost | parts.no_contract)
    unclear_win = unclear | (touched & parts.no_contract)
    more = {
        "sales": unclear,
        "wins": unclear_win,
        "cost": unclear | uncosted,
        "repeat": unclear_win | (deal & columns.bad("repeat")),
    }
    return replace(
        flags,
        deal=flags.deal | deal,
        cohort=flags.cohort | (flags.lead & reached_by_cut),
        unknown={
            # «Оплачено» of such a row says nothing of itself.
            name: (rows & ~parts.rows) | more[name] if name in more else rows
            for name, rows in flags.unknown.items()
        },
        parts=parts,
        touched=touched,
        until=cut,
    )


def touched_now(parts: DealParts, inputs: MonthInputs, cut: np.datetime64) -> Flags:
    """Tell which rows in parts this month says something of: by a payment, one without a day, or «Оплачено»."""
    columns, (start, end) = inputs.facts.leads, month_bounds(inputs.month)
    paid = columns.paid
    touched = parts.rows & (((paid >= start) & (paid < end) & (paid <= cut)) | columns.bad("paid_on"))
    for place, payments in parts.of_row.items():
        touched[place] |= any(
            payment.on is None or (payment.is_in(inputs.month) and np.datetime64(payment.on, "s") <= cut)
            for payment in payments
        )
    return touched


def deal_facts(inputs: MonthInputs, workdays: Mapping[str, Workdays], cut_at: datetime) -> DealFacts:
    """Tell of each row what it is in this month and how long it waited, as of the cut."""
    flags = flag_deals(inputs, cut_at)
    return DealFacts(flags, *response_seconds(inputs, workdays, flags, cut_at))


def count_deals(inputs: MonthInputs, facts: DealFacts) -> tuple[dict[str, Counts], Counts]:
    """Count per code that occurs, and over all rows together (the team)."""
    flags, paid = facts.flags, _paid_in_parts(inputs, facts.flags)
    holders = Holders.of(inputs.facts.leads, inputs.facts.sharing, paid.codes)
    sums = _sums(inputs.facts, flags, holders, paid)
    own = _own_counts(inputs.facts)
    counted = {**own, **(facts.cells or {})}
    more = {name: holders.counted_more(numbers, flags.lead) for name, numbers in counted.items()}
    unknown = {
        **flags.unknown,
        **({FILLED: flags.unknown["leads"] | _unseen(facts)} if facts.cells else {}),
        **{name: _unknown_own(inputs.facts, name, flags) for name in own},
    }
    unread = {name: holders.touched(chosen) for name, chosen in unknown.items()}
    # The answer is the first manager's, whoever has how much of the row.
    unread["response"] = counts_by(holders.first_of, unknown["response"], len(holders.codes) + 1)
    shared = _shared(flags) | ({FILLED: flags.lead} if facts.cells else {})
    for concern, chosen in shared.items():
        for at in holders.in_doubt(chosen | unknown[concern]):
            unread[concern][at] += 1
    for code, concern in paid.unread:
        unread[concern][_place(holders, code)] += 1
    uncounted = dict.fromkeys(known_concerns() - counted_concerns(inputs.facts.tab), NOT_COUNTED)
    answered, waiting = _waits(facts, facts.known, holders)
    clear = _of_clear_rows(facts, holders)
    by_code = {
        code: Counts(
            **{name: of_codes[at] for name, of_codes in sums.items()},
            answered_seconds=answered[at],
            waiting_seconds=waiting[at],
            unknown=uncounted | {name: "bad_rows" for name, of_codes in unread.items() if of_codes[at]},
            more={name: of_codes[at] for name, of_codes in more.items()},
            unread={name: of_codes[at] for name, of_codes in unread.items() if of_codes[at]},
            clear=clear[at],
        )
        for at, code in enumerate(holders.codes)
    }
    team_unread = _team_unread(facts, unknown, paid)
    team = Counts(
        **{name: _total(of_codes) for name, of_codes in sums.items()},
        answered_seconds=np.concatenate(answered),
        waiting_seconds=np.concatenate(waiting),
        unknown=uncounted | dict.fromkeys(team_unread, "bad_rows"),
        more={name: _total(of_codes) for name, of_codes in more.items()},
        unread=team_unread,
        clear=clear[-1],
    )
    return by_code, team


def _unseen(facts: DealFacts) -> Flags:
    lead = facts.flags.lead
    return np.zeros(len(lead), dtype=bool) if facts.unseen is None else facts.unseen & lead


def _shared(flags: DealFlags) -> dict[str, Flags]:
    """Say by concern which rows are shared out; what the team has of them is known whoever gets how much."""
    lead, sold, won = flags.lead, flags.sold, flags.deal
    return {"leads": lead, "processed": lead, "sales": sold, "wins": won, "cost": sold, "repeat": won}


def _sums(facts: FactFrame, flags: DealFlags, holders: Holders, paid: _PaidInParts) -> dict[str, list[Any]]:
    """Add up by code, and of nobody at the end, what the rows come to."""
    columns = facts.leads
    whole = flags.deal | flags.refund
    sums: dict[str, list[Any]] = {
        "leads": holders.counted(flags.lead),
        "processed": holders.counted(flags.processed),
        "deals": holders.counted(flags.deal),
        "deals_tiyn": holders.added(columns.amounts_tiyn, flags.deal),
        "refunds_tiyn": holders.added(columns.amounts_tiyn, flags.refund),
        "cost_tiyn": holders.added(
            columns.costs_tiyn, whole if flags.parts is None else whole & ~flags.parts.rows
        ),
        "repeat_deals": holders.counted(flags.deal & columns.deals["repeat"]),
        "cohort_deals": holders.counted(flags.cohort),
    }
    if flags.parts is not None:
        contracts = holders.added(columns.amounts_tiyn, flags.deal & flags.parts.rows)
        sums["in_parts_tiyn"] = [-contract for contract in contracts]
        for payment in paid.payments:
            kind = "refunds_tiyn" if payment.amount_tiyn < 0 else "in_parts_tiyn"
            for name, tiyn in ((kind, payment.amount_tiyn), ("cost_tiyn", payment.cost_tiyn or 0)):
                for at, part in _parts(holders, payment, tiyn):
                    sums[name][at] += part
    return sums


def _parts(holders: Holders, payment: PartPayment, tiyn: int) -> list[tuple[int, int]]:
    if payment.code is not None:
        return [(_place(holders, payment.code), tiyn)]
    return holders.parts_of(payment.place, tiyn)


def _place(holders: Holders, code: str | None) -> int:
    return len(holders.codes) if code is None else holders.codes.index(code)


def _total(parts: list[Any]) -> Any:
    total = sum(parts)
    return int(total) if total.denominator == 1 else total


@dataclass(frozen=True)
class _PaidInParts:
    """The month's payments of deals in parts up to the cut.

    `unread` names by code (None: nobody's) what payments in doubt leave unknown of those whom they name; `nobodys`
    is how many belong to no deal.
    """

    payments: tuple[PartPayment, ...] = ()
    unread: tuple[tuple[str | None, str], ...] = ()
    nobodys: int = 0

    @property
    def codes(self) -> list[str]:
        """Everybody who is named in a payment."""
        own = (payment.code for payment in self.payments)
        return [code for code in (*own, *(code for code, _ in self.unread)) if code is not None]


_OF_PAYMENTS = ("sales", "wins", "cost")
"""What a payment leaves unknown that can not be put to a deal."""


def _paid_in_parts(inputs: MonthInputs, flags: DealFlags) -> _PaidInParts:
    """Give the payments that `flags` were told of: those of the month up to the cut."""
    parts = flags.parts
    if parts is None:
        return _PaidInParts()
    month, until = inputs.month, flags.until or month_bounds(inputs.month)[1]
    payments = tuple(
        payment
        for payment in parts.payments
        if month.first_on <= payment.on <= month.last_on and np.datetime64(payment.on, "s") <= until
    )
    nobodys = [
        payment
        for payment in parts.nobodys
        if payment.on is None or (payment.is_in(month) and np.datetime64(payment.on, "s") <= until)
    ]
    unread = [(payment.code, concern) for payment in nobodys for concern in _OF_PAYMENTS]
    for place, own in parts.of_row.items():
        present = [payment for payment in own if payment.on is None or payment.is_in(month)]
        named = {payment.code for payment in present if payment.code is not None}
        for concern in _OF_PAYMENTS:
            if flags.unknown[concern][place]:
                unread += [(code, concern) for code in sorted(named)]
    return _PaidInParts(payments, tuple(unread), len(nobodys))


def _team_unread(facts: DealFacts, unknown: Mapping[str, Flags], paid: _PaidInParts) -> dict[str, int]:
    """Count the rows that leave something of the team unknown."""
    unread = {name: int(np.count_nonzero(rows)) for name, rows in unknown.items()}
    for concern in _OF_PAYMENTS:
        unread[concern] += paid.nobodys
    flags = facts.flags
    unread["response"] += int(np.count_nonzero(flags.lead & ~facts.known & ~flags.unknown["response"]))
    return {name: count for name, count in unread.items() if count}


def _waits(facts: DealFacts, chosen: Flags, holders: Holders) -> tuple[list[Whole], list[Whole]]:
    """Give by code the working seconds of the chosen leads: of those answered, and of those that wait."""
    processed, lead, codes = facts.flags.processed, facts.flags.lead, len(holders.codes)
    answered = _by_code(holders.first_of, facts.seconds, chosen & processed, codes)
    return answered, _by_code(holders.first_of, facts.seconds, chosen & lead & ~processed, codes)


def _of_clear_rows(facts: DealFacts, holders: Holders) -> list[dict[str, Count | Whole]]:
    """Give by code, and of all rows together at the end, what the clear leads come to; nothing where all are clear."""
    flags, codes = facts.flags, len(holders.codes)
    if not (flags.lead & flags.unknown["response"]).any():
        return [{} for _ in range(codes + 1)]
    leads = holders.counted(flags.lead & ~flags.unknown["leads"])
    processed = holders.counted(flags.processed & ~flags.unknown["processed"])
    answered, waiting = _waits(facts, facts.known & ~flags.unknown["response"], holders)
    by_code: list[dict[str, Count | Whole]] = [
        {
            "leads": leads[at],
            "processed": processed[at],
            "answered_seconds": answered[at],
            "waiting_seconds": waiting[at],
        }
        for at in range(codes)
    ]
    of_all: dict[str, Count | Whole] = {
        "leads": _total(leads),
        "processed": _total(processed),
        "answered_seconds": np.concatenate(answered),
        "waiting_seconds": np.concatenate(waiting),
    }
    return [*by_code, of_all]


def _own_counts(facts: FactFrame) -> dict[str, Whole]:
    """Give the numbers of the columns that count something of their own: a tick is one, a blank nothing."""
    return {
        column.counts: facts.rows[column.key].astype(np.int64, copy=False)
        for column in facts.tab.values
        if column.counts
    }


def _unknown_own(facts: FactFrame, count: str, flags: DealFlags) -> Flags:
    """Tell which rows leave such a count unknown: unclear leads, and leads whose cell there can not be read."""
    key = facts.tab.counting(count) or ""
    return flags.unknown["leads"] | (flags.lead & facts.leads.bad(key))


def _by_code(of_code: Whole, seconds: Whole, chosen: Flags, codes: int) -> list[Whole]:
    """Split the chosen rows' seconds by code."""
    of_code, seconds = of_code[chosen], seconds[chosen]
    # Sorting small numbers stably is done by counting, in one pass.
    order = np.argsort(of_code.astype(np.min_scalar_type(codes)), kind="stable")
    edges = np.cumsum(np.bincount(of_code, minlength=codes + 1))
    return np.split(seconds[order], edges[:codes])


def response_seconds(
    inputs: MonthInputs, workdays: Mapping[str, Workdays], flags: DealFlags, cut_at: datetime
) -> tuple[Whole, Flags]:
    """Working seconds from arrival to first answer, or to the cut where there is none yet.

    They run in the client's hours on the days that the row's employee works, or that the company does where
    they are not employed in the month: a leaver's lead waits for somebody else. A lead at night waits from
    the next working second on. The second array tells where the employee is known.
    """
    columns = inputs.facts.leads
    rows = np.flatnonzero(flags.lead)
    hours = _WorkingHours.of(inputs, workdays)
    arrived, answered = columns.arrived[rows], columns.answered[rows]
    until = np.where(flags.processed[rows], answered, np.datetime64(cut_at, "s"))
    of_code = columns.of_code[rows]
    seconds = np.zeros(len(flags.lead), dtype=np.int64)
    seconds[rows] = np.maximum(hours.position(of_code, until) - hours.position(of_code, arrived), 0)
    return seconds, flags.lead & columns.has_code


@dataclass(frozen=True)
class _WorkingHours:
    """How many working seconds of the month have passed at a moment, by the place of a code.

    `before` and `worked` have a row a code and a column a day: seconds on the days before, 1 where it is worked.
    """

    start_at: np.datetime64
    opens_second: int
    day_seconds: int
    before: Whole
    worked: Whole

    @classmethod
    def of(cls, inputs: MonthInputs, workdays: Mapping[str, Workdays]) -> _WorkingHours:
        month, settings, codes = inputs.month, inputs.settings, inputs.facts.leads.codes
        opens = _seconds(settings.day_starts_at)
        length = max(_seconds(settings.day_ends_at) - opens, 0)
        company = inputs.calendar.working_days(month.first_on, month.last_on, COMPANY_WEEK)
        worked = np.zeros((len(codes) + 1, month.last_on.day + 1), dtype=np.int64)
        for at, code in enumerate(codes):
            days = workdays[code].days if code in workdays else company
            worked[at, [day.day - 1 for day in days]] = 1
        before = np.zeros_like(worked)
        before[:, 1:] = np.cumsum(worked, axis=1)[:, :-1] * length
        return cls(month_bounds(month)[0], opens, length, before, worked)

    def position(self, of_code: Whole, moments: npt.NDArray[np.datetime64]) -> Whole:
        day, second = np.divmod((moments - self.start_at).astype("timedelta64[s]").astype(np.int64), 86_400)
        cell = of_code * self.before.shape[1] + np.clip(day, 0, self.before.shape[1] - 1)
        within: Whole = np.clip(second - self.opens_second, 0, self.day_seconds)
        position: Whole = self.before.ravel()[cell] + self.worked.ravel()[cell] * within
        return position


def _seconds(moment: object) -> int:
    hour, minute, second = (int(getattr(moment, part)) for part in ("hour", "minute", "second"))
    return hour * 3600 + minute * 60 + second
