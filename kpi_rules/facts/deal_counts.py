"""Counts per employee from «Сделки» (B2B), vectorised: whole numbers in, whole numbers out (behaviour §4).

A row that can not be told is never counted as something: it marks its employee's count as unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from kpi_rules.facts.deal_columns import Flags, Whole
from kpi_rules.facts.employment import Workdays
from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.inputs import MonthInputs
from kpi_rules.facts.measurable import counted_concerns, known_concerns
from kpi_rules.facts.selection import month_bounds
from kpi_rules.facts.sums import counts_by, sums_by
from kpi_rules.measures.counts import NOT_COUNTED, Counts
from kpi_rules.policies import MISSING_DATA

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


@dataclass(frozen=True)
class DealFacts:
    """Row by row: what each row is, its working seconds, and where they are known (`response_seconds`)."""

    flags: DealFlags
    seconds: Whole
    known: Flags


def flag_deals(inputs: MonthInputs, cut_at: datetime) -> DealFlags:
    """Tell what each row is; `cut_at` is the naive local moment up to which facts count (at most month end)."""
    columns = inputs.facts.leads
    start, end = month_bounds(inputs.month)
    cut = np.datetime64(cut_at, "s")
    arrived, paid, answered = columns.arrived, columns.paid, columns.answered
    bad, amounts, is_deal, is_refund = columns.bad, columns.amounts_tiyn, columns.is_deal, columns.is_refund
    paid_by_cut = (paid < end) & (paid <= cut)
    paid_now = (paid >= start) & paid_by_cut
    sale = is_deal & (amounts != 0) & ~columns.doubled
    arrived_now = (arrived >= start) & (arrived < end) & (arrived <= cut)
    lead = arrived_now & ~is_refund
    unknown_lead = (
        bad("arrived_at") | (np.isnat(arrived) & ~is_refund & columns.entered) | (lead & columns.doubled)
    )
    if inputs.policies[MISSING_DATA] == "row":
        # It might be a refund, which is no lead.
        unknown_lead |= arrived_now & bad("amount_tiyn") & (is_deal | bad("status"))
    unknown_answer = lead & (bad("answered_at") | columns.answered_too_early)
    unknown_sale = bad("paid_on") | (paid_now & ~sale)
    return DealFlags(
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


def deal_facts(inputs: MonthInputs, workdays: Mapping[str, Workdays], cut_at: datetime) -> DealFacts:
    """Tell of each row what it is in this month and how long it waited, as of the cut."""
    flags = flag_deals(inputs, cut_at)
    return DealFacts(flags, *response_seconds(inputs, workdays, flags, cut_at))


def count_deals(inputs: MonthInputs, facts: DealFacts) -> tuple[dict[str, Counts], Counts]:
    """Count per code that occurs, and over all rows together (the team)."""
    columns, flags = inputs.facts.leads, facts.flags
    of_code, codes = columns.of_code, columns.codes
    groups = len(codes) + 1

    def counted(chosen: Flags) -> list[int]:
        return counts_by(of_code, chosen, groups)

    def added(amounts: Whole, chosen: Flags) -> list[int]:
        return sums_by(of_code[chosen], amounts[chosen], groups)

    sums = {
        "leads": counted(flags.lead),
        "processed": counted(flags.processed),
        "deals": counted(flags.deal),
        "deals_tiyn": added(columns.amounts_tiyn, flags.deal),
        "refunds_tiyn": added(columns.amounts_tiyn, flags.refund),
        "cost_tiyn": added(columns.costs_tiyn, flags.deal | flags.refund),
        "repeat_deals": counted(flags.deal & columns.deals["repeat"].to_numpy()),
        "cohort_deals": counted(flags.cohort),
    }
    own = _own_counts(inputs.facts)
    more = {name: added(numbers, flags.lead) for name, numbers in own.items()}
    unread = {name: counted(found) for name, found in flags.unknown.items()}
    unread |= {name: counted(_unknown_own(inputs.facts, name, flags)) for name in own}
    uncounted = dict.fromkeys(known_concerns() - counted_concerns(inputs.facts.tab), NOT_COUNTED)
    answered, waiting = _waits(facts, facts.known, of_code, len(codes))
    clear = _of_clear_rows(facts, of_code, len(codes))
    by_code = {
        code: Counts(
            **{name: found[at] for name, found in sums.items()},
            answered_seconds=answered[at],
            waiting_seconds=waiting[at],
            unknown=uncounted | {name: "bad_rows" for name, found in unread.items() if found[at]},
            more={name: found[at] for name, found in more.items()},
            unread={name: found[at] for name, found in unread.items() if found[at]},
            clear=clear[at],
        )
        for at, code in enumerate(codes)
    }
    team_unread = {name: sum(found) for name, found in unread.items() if any(found)}
    nobodys = int(np.count_nonzero(flags.lead & ~facts.known & ~flags.unknown["response"]))
    if nobodys:
        team_unread["response"] = team_unread.get("response", 0) + nobodys
    team = Counts(
        **{name: sum(found) for name, found in sums.items()},
        answered_seconds=np.concatenate(answered),
        waiting_seconds=np.concatenate(waiting),
        unknown=uncounted | dict.fromkeys(team_unread, "bad_rows"),
        more={name: sum(found) for name, found in more.items()},
        unread=team_unread,
        clear=clear[-1],
    )
    return by_code, team


def _waits(facts: DealFacts, chosen: Flags, of_code: Whole, codes: int) -> tuple[list[Whole], list[Whole]]:
    """Give by code the working seconds of the chosen leads: of those answered, and of those that wait."""
    processed, lead = facts.flags.processed, facts.flags.lead
    answered = _by_code(of_code, facts.seconds, chosen & processed, codes)
    return answered, _by_code(of_code, facts.seconds, chosen & lead & ~processed, codes)


def _of_clear_rows(facts: DealFacts, of_code: Whole, codes: int) -> list[dict[str, int | Whole]]:
    """Give by code, and of all rows together at the end, what the clear leads come to; nothing where all are clear."""
    flags = facts.flags
    if not (flags.lead & flags.unknown["response"]).any():
        return [{} for _ in range(codes + 1)]
    leads = counts_by(of_code, flags.lead & ~flags.unknown["leads"], codes + 1)
    processed = counts_by(of_code, flags.processed & ~flags.unknown["processed"], codes + 1)
    answered, waiting = _waits(facts, facts.known & ~flags.unknown["response"], of_code, codes)
    found: list[dict[str, int | Whole]] = [
        {
            "leads": leads[at],
            "processed": processed[at],
            "answered_seconds": answered[at],
            "waiting_seconds": waiting[at],
        }
        for at in range(codes)
    ]
    of_all: dict[str, int | Whole] = {
        "leads": sum(leads),
        "processed": sum(processed),
        "answered_seconds": np.concatenate(answered),
        "waiting_seconds": np.concatenate(waiting),
    }
    return [*found, of_all]


def _own_counts(facts: FactFrame) -> dict[str, Whole]:
    """Give the numbers of the columns that count something of their own: a tick is one, a blank nothing."""
    return {
        column.counts: facts.rows[column.key].to_numpy(dtype="int64", na_value=0)
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
    he is not employed in the month: a leaver's lead waits for somebody else. A lead at night waits from the
    next working second on. The second array tells where the employee is known.
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
