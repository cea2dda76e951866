"""Signals of how entries come about, for the eyes of head and owner: never scored (behaviour §4a, §6 «History»).

They say what was seen, not what it means, and only of whom it was seen clearly more often than of the others: a day of
catching up looks like invention, and is none.
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
from kpi_rules.register.usual import Tally
from kpi_rules.time.periods import Month

MANY_ROWS = 5
"""So many rows of one kind are worth a word."""
BULK_TIMES = 3
"""The last days of a month hold so many times the entries of the other days: that is bulk, not diligence."""
LATE_DAYS = 5
FEW_FRACTION = Fraction(7, 10)
SAME_ANSWERS_FRACTION = Fraction(2, 3)
"""Where so many of somebody's answers come after the very same minutes, they were hardly given then."""
LONGEST_SAME_MINUTES = 30
SAME_COMMENTS_FRACTION = Fraction(1, 2)
HIDING = frozenset({"first_seen_won", "taken_out", "overwritten", "refund_of_lead", "entered_late"})
"""The signals beside which few leads say that leads are hidden; so does a question about a lead."""


def fairness_signals(inputs: MonthInputs, rows: RowHistory) -> tuple[Signal, ...]:
    """List the signals of a month, by kind and employee; without the ledger's rows those of time are missing."""
    signals: list[Signal] = []
    if inputs.facts.of_leads:
        signals += _answers(inputs)
        signals += _same_comments(inputs)
    signals += _entered_in_bulk(inputs, rows)
    signals += _rows_over_time(inputs, rows)
    return tuple(sorted(signals, key=lambda signal: (signal.kind, signal.code)))


def few_leads(
    workdays: Mapping[str, Workdays],
    counts: Mapping[str, Counts],
    seen: Iterable[Signal],
    asked: Iterable[str],
) -> list[Signal]:
    """Tell who has far fewer leads than the team's median where other signs say that leads are hidden.

    `seen` are the other signals; of the leads of whom is `asked` there is a question.
    """
    hiding = {signal.code for signal in seen if signal.kind in HIDING} | set(asked)
    signals = []
    for code, usual in median_leads(workdays, counts).items():
        leads = counts[code].leads if code in counts else 0
        if code in hiding and leads < usual * FEW_FRACTION:
            told = {"count": "1", "leads": hundredths_text(leads), "usual": str(rounded_half_up(usual))}
            signals.append(Signal("few_leads", code, told))
    return signals


def _answers(inputs: MonthInputs) -> list[Signal]:
    """Tell of whom first answers came in the very minute of the lead, or always after the same minutes.

    Days without a time tell nothing.
    """
    columns = inputs.facts.leads
    start, end = month_bounds(inputs.month)
    arrived = columns.arrived
    chosen = (arrived >= start) & (arrived < end) & ~np.isnat(columns.answered) & ~columns.by_day
    chosen &= columns.has_code & (columns.answered >= arrived)
    waits = (columns.answered - arrived)[chosen].astype("timedelta64[m]").astype(np.int64).tolist()
    minutes: dict[str, Counter[int]] = {}
    for code, wait in zip(inputs.facts.rows["code"][chosen].tolist(), waits, strict=True):
        minutes.setdefault(code, Counter())[wait] += 1
    answers = {code: each.total() for code, each in minutes.items()}
    at_once = Tally({code: each[0] for code, each in minutes.items()}, answers)
    often = {code: max((count, wait) for wait, count in each.items()) for code, each in minutes.items()}
    alike = Tally({code: count for code, (count, _) in often.items()}, answers)
    return [
        *(
            Signal("instant_answers", code, {"count": str(at_once.seen[code])})
            for code in at_once.unusual(MANY_ROWS)
        ),
        *(
            Signal("same_minutes", code, {"count": str(often[code][0]), "minutes": str(often[code][1])})
            for code in alike.unusual(MANY_ROWS)
            if 0 < often[code][1] <= LONGEST_SAME_MINUTES
            and often[code][0] >= SAME_ANSWERS_FRACTION * answers[code]
        ),
    ]


def _same_comments(inputs: MonthInputs) -> list[Signal]:
    leads = inputs.facts.rows
    rows = leads.chosen(leads.given("comment") & leads.given("code"))
    comments: dict[str, Counter[str]] = {}
    for code, comment in zip(rows["code"].tolist(), rows["comment"].tolist(), strict=True):
        if comment.strip():
            comments.setdefault(code, Counter())[comment.strip()] += 1
    written = {code: each.total() for code, each in comments.items()}
    often = {code: each.most_common(1)[0] for code, each in comments.items()}
    alike = Tally({code: count for code, (_, count) in often.items()}, written)
    return [
        Signal("same_comments", code, {"count": str(often[code][1]), "comment": often[code][0]})
        for code in alike.unusual(MANY_ROWS)
        if often[code][1] >= SAME_COMMENTS_FRACTION * written[code]
    ]


def _entered_in_bulk(inputs: MonthInputs, rows: RowHistory) -> list[Signal]:
    """Tell who entered several times more of what was past on the month's last working day, and after it, than else."""
    month = inputs.month
    worked = inputs.calendar.working_days(month.first_on, month.last_on, COMPANY_WEEK)
    last_on = max(worked, default=month.last_on)
    entered: dict[str, Counter[date]] = {}
    at_the_end: Counter[str] = Counter()
    for code, happened_on, row in _dated_rows(inputs, rows):
        if row.first_seen_on and month.first_on <= row.first_seen_on <= month.last_on:
            entered.setdefault(code, Counter())[row.first_seen_on] += 1
            at_the_end[code] += row.first_seen_on >= last_on and _days_late(row, happened_on) > 0
    signals = []
    for code, days in entered.items():
        before = [number for day, number in days.items() if day < last_on]
        usual = Fraction(sum(before), len(before)) if before else Fraction()
        if at_the_end[code] >= MANY_ROWS and at_the_end[code] >= BULK_TIMES * usual:
            signals.append(Signal("entered_on_last_day", code, {"count": str(at_the_end[code])}))
    return signals


def _rows_over_time(inputs: MonthInputs, rows: RowHistory) -> list[Signal]:
    """Tell rows entered long after the fact, and payments that moved over the month's edge."""
    dated, late, moved = Counter[str](), Counter[str](), Counter[str]()
    for code, happened_on, row in _dated_rows(inputs, rows):
        dated[code] += 1
        late[code] += _days_late(row, happened_on) >= LATE_DAYS
        months = {Month.of(day) for day in row.paid_days}
        moved[code] += len(months) > 1 and inputs.month in months
    return [
        Signal(kind, code, {"count": str(counts[code])})
        for kind, counts, least in (("entered_late", late, MANY_ROWS), ("payment_moved", moved, 1))
        for code in Tally(counts, dated).unusual(least)
    ]


def _days_late(row: SeenRow, happened_on: date) -> int:
    """Count the days by which a row certainly came late: a look so long after the fact did not show it yet."""
    return 0 if row.entered_after_on is None else (row.entered_after_on - happened_on).days


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
