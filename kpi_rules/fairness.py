"""Signals of fairness and gaming, for the head's eyes: never scored (SPEC §6, «History»).

They say what was seen, not what it means: a day of catching up looks like invention, and is none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from kpi_rules.deal_counts import Counts
from kpi_rules.employment import Workdays
from kpi_rules.exact import rounded_half_up
from kpi_rules.inputs import MonthInputs
from kpi_rules.periods import Month
from kpi_rules.selection import month_bounds
from kpi_rules.signals import median_leads

MANY_ROWS = 5
LATE_DAYS = 5
UNEVEN_FRACTION = Fraction(7, 10)


@dataclass(frozen=True)
class SeenRow:
    """What the ledger remembers of a row: its №, the day first seen, and the days «Оплачено» ever held."""

    number: str
    first_seen_on: date
    paid_days: tuple[date, ...] = ()


@dataclass(frozen=True)
class Signal:
    """One thing seen; `kind` is a key of the texts («signal.…»), `params` fill its blanks."""

    kind: str
    code: str
    params: Mapping[str, str]


def fairness_signals(
    inputs: MonthInputs,
    workdays: Mapping[str, Workdays],
    counts: Mapping[str, Counts],
    seen: Iterable[SeenRow] = (),
) -> list[Signal]:
    """List the signals of a month, by kind and employee; without the ledger's rows those of time are missing."""
    found = _uneven_leads(workdays, counts)
    if inputs.rulebook.inputs == "deals":
        found += _instant_answers(inputs)
        found += _same_comments(inputs)
        found += _rows_over_time(inputs, {row.number: row for row in seen})
    return sorted(found, key=lambda signal: (signal.kind, signal.code))


def _uneven_leads(workdays: Mapping[str, Workdays], counts: Mapping[str, Counts]) -> list[Signal]:
    found = []
    for code, usual in median_leads(workdays, counts).items():
        leads = counts[code].leads if code in counts else 0
        if leads < usual * UNEVEN_FRACTION:
            found.append(
                Signal("uneven_leads", code, {"count": str(leads), "usual": str(rounded_half_up(usual))})
            )
    return found


def _instant_answers(inputs: MonthInputs) -> list[Signal]:
    deals = inputs.deals
    start, end = month_bounds(inputs.month)
    arrived, answered = deals["arrived_at"].to_numpy(), deals["answered_at"].to_numpy()
    by_day = (deals["arrived_without_time"] | deals["answered_without_time"]).to_numpy()
    chosen = (arrived >= start) & (arrived < end) & (arrived == answered) & ~by_day
    return _many("instant_answers", deals["code"].to_numpy(dtype=object)[chosen])


def _same_comments(inputs: MonthInputs) -> list[Signal]:
    rows = inputs.deals.loc[inputs.deals["comment"].notna() & inputs.deals["code"].notna()]
    counts = Counter(
        (str(code), str(comment).strip())
        for code, comment in zip(rows["code"], rows["comment"], strict=True)
        if str(comment).strip()
    )
    return [
        Signal("same_comments", code, {"count": str(count), "comment": comment})
        for (code, comment), count in counts.items()
        if count >= MANY_ROWS
    ]


def _rows_over_time(inputs: MonthInputs, seen: Mapping[str, SeenRow]) -> list[Signal]:
    """Tell rows entered on the month's last day, entered long after the fact, or moved over its edge."""
    last_day, late, moved = [], [], []
    month = inputs.month
    for number, code, arrived, paid in zip(
        *(inputs.deals[name] for name in ("number", "code", "arrived_at", "paid_on")), strict=True
    ):
        row = seen.get(number)
        if row is None or not isinstance(code, str):
            continue
        happened = [moment.date() for moment in (arrived, paid) if moment == moment]  # noqa: PLR0124 - NaT
        if row.first_seen_on == month.last_on:
            last_day.append(code)
        if happened and (row.first_seen_on - max(happened)).days >= LATE_DAYS:
            late.append(code)
        months = {Month.of(day) for day in row.paid_days}
        if len(months) > 1 and month in months:
            moved.append(code)
    found = _many("entered_on_last_day", last_day) + _many("entered_late", late)
    return found + _many("payment_moved", moved, least=1)


def _many(kind: str, codes: Iterable[object], least: int = MANY_ROWS) -> list[Signal]:
    counts = Counter(code for code in codes if isinstance(code, str))
    return [Signal(kind, code, {"count": str(count)}) for code, count in counts.items() if count >= least]
