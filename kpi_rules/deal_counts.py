"""Counts per employee from «Сделки» (B2B), vectorised: whole numbers in, whole numbers out (SPEC §4).

A row that can not be told is never counted as something: it marks its employee's count as unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpi_rules.employment import Workdays
from kpi_rules.inputs import MonthInputs
from kpi_rules.selection import entered_deals, month_bounds

COMPANY_WEEK = 5
"""The week by which a lead waits whose employee has left."""

Flags = npt.NDArray[np.bool_]
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Counts:
    """What one employee (or the team) did in the month. Money in tiyn, waits in working seconds.

    `unknown` names what can not be told («sales», «leads», «processed», «cost», «repeat», «response»), each
    with its reason, a key of the texts. `answered_seconds` and `waiting_seconds` are sorted. For reports the
    response is kept as a weighted sum: `response_weighted` / `response_weight`.
    """

    leads: int = 0
    processed: int = 0
    deals: int = 0
    deals_tiyn: int = 0
    refunds_tiyn: int = 0
    cost_tiyn: int = 0
    repeat_deals: int = 0
    cohort_deals: int = 0
    answered_seconds: Whole = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    waiting_seconds: Whole = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    response_weighted: int = 0
    response_weight: int = 0
    unknown: Mapping[str, str] = field(default_factory=dict)

    @property
    def revenue_tiyn(self) -> int:
        """Deals and refunds together."""
        return self.deals_tiyn + self.refunds_tiyn


@dataclass(frozen=True)
class DealFlags:
    """Row by row: what each row of «Сделки» is in this month, as of the cut."""

    deal: Flags
    refund: Flags
    lead: Flags
    processed: Flags
    cohort: Flags
    unknown: Mapping[str, Flags]


def flag_deals(inputs: MonthInputs, cut_at: datetime) -> DealFlags:
    """Tell what each row is; `cut_at` is the naive local moment up to which facts count (at most month end)."""
    deals = inputs.deals
    start, end = month_bounds(inputs.month)
    cut = np.datetime64(cut_at, "s")
    arrived, paid = deals["arrived_at"].to_numpy(), deals["paid_on"].to_numpy()
    answered = deals["answered_at"].to_numpy()
    amounts = deals["amount_tiyn"].to_numpy(dtype="int64", na_value=0)
    is_deal = (deals["status"] == "deal").to_numpy()
    numbers = deals["number"]
    doubled = (numbers.notna() & numbers.duplicated(keep=False)).to_numpy()
    paid_by_cut = (paid < end) & (paid <= cut)
    paid_now = (paid >= start) & paid_by_cut
    is_refund = is_deal & (amounts < 0)
    sale = is_deal & (amounts != 0) & ~doubled
    arrived_now = (arrived >= start) & (arrived < end) & (arrived <= cut)
    lead = arrived_now & ~is_refund
    bad = {name: deals[f"bad_{name}"].to_numpy() for name in _BAD}
    unknown_lead = (
        bad["arrived_at"]
        | (np.isnat(arrived) & ~is_refund & entered_deals(deals))
        | (arrived_now & (doubled | (bad["amount_tiyn"] & (is_deal | bad["status"]))))
    )
    # A date without a time stands at midnight: it is compared by its day.
    by_day = (deals["arrived_without_time"] | deals["answered_without_time"]).to_numpy()
    too_early = np.where(
        by_day, answered.astype("datetime64[D]") < arrived.astype("datetime64[D]"), answered < arrived
    )
    unknown_answer = lead & (bad["answered_at"] | too_early)
    unknown_sale = bad["paid_on"] | (paid_now & ~sale)
    return DealFlags(
        deal=sale & paid_now & (amounts > 0),
        refund=sale & paid_now & (amounts < 0),
        lead=lead,
        processed=lead & (answered < cut),
        cohort=lead & sale & (amounts > 0) & paid_by_cut,
        unknown={
            "sales": unknown_sale,
            "leads": unknown_lead,
            "processed": unknown_lead | unknown_answer,
            "response": unknown_lead | unknown_answer,
            "cost": unknown_sale | (sale & paid_now & deals["cost_tiyn"].isna().to_numpy()),
            "repeat": unknown_sale | (sale & paid_now & (amounts > 0) & bad["repeat"]),
        },
    )


_BAD = ("arrived_at", "answered_at", "amount_tiyn", "status", "paid_on", "repeat")


def count_deals(
    inputs: MonthInputs, workdays: Mapping[str, Workdays], cut_at: datetime
) -> tuple[dict[str, Counts], Counts]:
    """Count per code that occurs, and over all rows together (the team)."""
    deals = inputs.deals
    flags = flag_deals(inputs, cut_at)
    index, codes = _code_index(deals)
    seconds, known = response_seconds(inputs, workdays, flags, cut_at)
    amounts = deals["amount_tiyn"].to_numpy(dtype="int64", na_value=0)
    cost = deals["cost_tiyn"].to_numpy(dtype="int64", na_value=0)
    paid = flags.deal | flags.refund

    def per_code(values: npt.NDArray[np.generic]) -> Whole:
        sums = np.zeros(len(codes) + 1, dtype=np.int64)
        np.add.at(sums, index, values.astype(np.int64))
        return sums

    sums = {
        "leads": per_code(flags.lead),
        "processed": per_code(flags.processed),
        "deals": per_code(flags.deal),
        "deals_tiyn": per_code(np.where(flags.deal, amounts, 0)),
        "refunds_tiyn": per_code(np.where(flags.refund, amounts, 0)),
        "cost_tiyn": per_code(np.where(paid, cost, 0)),
        "repeat_deals": per_code(flags.deal & deals["repeat"].to_numpy()),
        "cohort_deals": per_code(flags.cohort),
    }
    unknown = {name: per_code(found) for name, found in flags.unknown.items()}
    answered = _by_code(index, seconds, known & flags.processed, len(codes))
    waiting = _by_code(index, seconds, known & flags.lead & ~flags.processed, len(codes))
    by_code = {
        code: Counts(
            **{name: int(found[at]) for name, found in sums.items()},
            answered_seconds=answered[at],
            waiting_seconds=waiting[at],
            unknown={name: "bad_rows" for name, found in unknown.items() if found[at]},
        )
        for at, code in enumerate(codes)
    }
    team_unknown = {name: "bad_rows" for name, found in unknown.items() if found.any()}
    if (flags.lead & ~known).any():
        team_unknown["response"] = "bad_rows"
    team = Counts(
        **{name: int(found.sum()) for name, found in sums.items()},
        answered_seconds=np.sort(np.concatenate(answered)),
        waiting_seconds=np.sort(np.concatenate(waiting)),
        unknown=team_unknown,
    )
    return by_code, team


def _by_code(index: Whole, seconds: Whole, chosen: Flags, codes: int) -> list[Whole]:
    """Split the chosen rows' seconds by code, each part sorted."""
    index, seconds = index[chosen], seconds[chosen]
    order = np.lexsort((seconds, index))
    edges = np.searchsorted(index[order], np.arange(1, codes + 1))
    return np.split(seconds[order], edges)


def _code_index(deals: pd.DataFrame) -> tuple[Whole, list[str]]:
    """Number the rows by their code; a row without one gets the number after the last."""
    index, codes = pd.factorize(deals["code"])
    return np.where(index < 0, len(codes), index).astype(np.int64), [str(code) for code in codes]


def response_seconds(
    inputs: MonthInputs, workdays: Mapping[str, Workdays], flags: DealFlags, cut_at: datetime
) -> tuple[Whole, Flags]:
    """Working seconds from arrival to first answer, or to the cut where there is none yet.

    They run in the client's hours on the days that the row's employee works, or that the company does where
    he is not employed in the month: a leaver's lead waits for somebody else. A lead at night waits from the
    next working second on. The second array tells where the employee is known.
    """
    index, codes = _code_index(inputs.deals)
    settings, month = inputs.settings, inputs.month
    opens = _seconds(settings.day_starts_at)
    length = max(_seconds(settings.day_ends_at) - opens, 0)
    day_count = month.last_on.day
    company = inputs.calendar.working_days(month.first_on, month.last_on, COMPANY_WEEK)
    worked = np.zeros((len(codes) + 1, day_count + 1), dtype=np.int64)
    for at, code in enumerate(codes):
        days = workdays[code].days if code in workdays else company
        worked[at, [day.day - 1 for day in days]] = 1
    before = np.zeros_like(worked)
    before[:, 1:] = np.cumsum(worked, axis=1)[:, :-1]
    start, _ = month_bounds(month)

    def position(moments: npt.NDArray[np.datetime64]) -> Whole:
        offset = (moments - start).astype("timedelta64[s]").astype(np.int64)
        day, second = np.divmod(np.where(flags.lead, offset, 0), 86_400)
        day = np.clip(day, 0, day_count)
        within: Whole = np.clip(second - opens, 0, length)
        return before[index, day] * length + worked[index, day] * within

    arrived = inputs.deals["arrived_at"].to_numpy()
    until = np.where(flags.processed, inputs.deals["answered_at"].to_numpy(), np.datetime64(cut_at, "s"))
    seconds = np.maximum(position(until) - position(arrived), 0)
    return np.where(flags.lead, seconds, 0), flags.lead & (index < len(codes))


def _seconds(moment: object) -> int:
    hour, minute, second = (int(getattr(moment, part)) for part in ("hour", "minute", "second"))
    return hour * 3600 + minute * 60 + second
