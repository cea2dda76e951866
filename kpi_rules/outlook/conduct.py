"""Signals of fairness and gaming, for the head's eyes: never scored (behaviour §6, «History»).

They say what was seen, not what it means: a day of catching up looks like invention, and is none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction

import numpy as np

from kpi_rules.cards.results import Signal
from kpi_rules.counting.deal_counts import COMPANY_WEEK
from kpi_rules.exact import hundredths_text, rounded_half_up
from kpi_rules.facts.employment import Workdays
from kpi_rules.facts.inputs import MonthInputs
from kpi_rules.facts.row_history import RowHistory, SeenRow
from kpi_rules.facts.selection import month_bounds
from kpi_rules.measures.counts import Counts
from kpi_rules.outlook.signs import median_leads
from kpi_rules.time.periods import Month

MANY_ROWS = 5
"""So many rows of one kind are worth a word."""
BULK_TIMES = 3
"""The last days of a month hold so many times the entries of the other days: that is bulk, not diligence."""
LATE_DAYS = 5
UNEVEN_FRACTION = Fraction(7, 10)


def fairness_signals(
    inputs: MonthInputs,
    workdays: Mapping[str, Workdays],
    counts: Mapping[str, Counts],
    rows: RowHistory,
) -> tuple[Signal, ...]:
    """List the signals of a month, by kind and employee; without the ledger's rows those of time are missing."""
    signals = _uneven_leads(workdays, counts)
    if inputs.facts.of_leads:
        signals += _instant_answers(inputs)
        signals += _same_comments(inputs)
    signals += _entered_in_bulk(inputs, rows)
    signals += _rows_over_time(inputs, rows)
    return tuple(sorted(signals, key=lambda signal: (signal.kind, signal.code)))


def _uneven_leads(workdays: Mapping[str, Workdays], counts: Mapping[str, Counts]) -> list[Signal]:
    signals = []
    for code, usual in median_leads(workdays, counts).items():
        leads = counts[code].leads if code in counts else 0
        if leads < usual * UNEVEN_FRACTION:
            signals.append(
                Signal(
                    "uneven_leads",
                    code,
                    {"count": hundredths_text(leads), "usual": str(rounded_half_up(usual))},
                )
            )
    return signals


def _instant_answers(inputs: MonthInputs) -> list[Signal]:
    """Count first answers of exactly zero minutes; days without a time tell nothing."""
    columns = inputs.facts.leads
    start, end = month_bounds(inputs.month)
    arrived = columns.arrived
    chosen = (arrived >= start) & (arrived < end) & (arrived == columns.answered) & ~columns.by_day
    return _many("instant_answers", inputs.facts.rows["code"][chosen])


def _same_comments(inputs: MonthInputs) -> list[Signal]:
    leads = inputs.facts.rows
    rows = leads.chosen(leads.given("comment") & leads.given("code"))
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


def _entered_in_bulk(inputs: MonthInputs, rows: RowHistory) -> list[Signal]:
    """Tell who entered several times more on the month's last working day (and after it) than on other days."""
    month = inputs.month
    worked = inputs.calendar.working_days(month.first_on, month.last_on, COMPANY_WEEK)
    last_on = max(worked, default=month.last_on)
    entered: dict[str, Counter[date]] = {}
    for row in rows.values():
        if row.code and row.first_seen_on and month.first_on <= row.first_seen_on <= month.last_on:
            entered.setdefault(row.code, Counter())[row.first_seen_on] += 1
    signals = []
    for code, days in entered.items():
        count = sum(number for day, number in days.items() if day >= last_on)
        before = [number for day, number in days.items() if day < last_on]
        usual = Fraction(sum(before), len(before)) if before else Fraction()
        if count >= MANY_ROWS and count >= BULK_TIMES * usual:
            signals.append(Signal("entered_on_last_day", code, {"count": str(count)}))
    return signals


def _rows_over_time(inputs: MonthInputs, rows: RowHistory) -> list[Signal]:
    """Tell rows entered long after the fact, and payments that moved over the month's edge."""
    late, moved = [], []
    for code, happened_on, row in _dated_rows(inputs, rows):
        if row.first_seen_on and (row.first_seen_on - happened_on).days >= LATE_DAYS:
            late.append(code)
        months = {Month.of(day) for day in row.paid_days}
        if len(months) > 1 and inputs.month in months:
            moved.append(code)
    return _many("entered_late", late) + _many("payment_moved", moved, least=1)


def _dated_rows(inputs: MonthInputs, rows: RowHistory) -> Iterable[tuple[str, date, SeenRow]]:
    """Give code, day of the last event and history of each row of the month that the ledger knows.

    A deal whose payment moved out of the month is no row of it any more: it comes by its history.
    """
    if not rows:
        return
    month, seen = inputs.month, set()
    if inputs.facts.of_leads:
        deals = inputs.facts.rows
        last = np.fmax(deals["arrived_at"], deals["paid_on"])
        for key, code, day in zip(
            deals["number"], deals["code"], last.astype("datetime64[D]").tolist(), strict=True
        ):
            row = rows.get(key)
            if row is not None and isinstance(code, str) and day is not None:
                seen.add(key)
                yield code, day, row
    else:
        days = inputs.facts.days.on.astype("datetime64[D]").tolist()
        for code, day in zip(inputs.facts.rows["code"], days, strict=True):
            row = rows.get(f"{day.isoformat()} {code}") if day is not None else None
            if row is not None and isinstance(code, str):
                yield code, day, row
    for key, row in rows.items():
        days = [day for day in row.paid_days if Month.of(day) == month]
        if key not in seen and row.code and days and not row.vanished_on:
            yield row.code, max(row.paid_days), SeenRow(key, row.code, paid_days=row.paid_days)


def _many(kind: str, codes: Iterable[object], least: int = MANY_ROWS) -> list[Signal]:
    counts = Counter(code for code in codes if isinstance(code, str))
    return [Signal(kind, code, {"count": str(count)}) for code, count in counts.items() if count >= least]
