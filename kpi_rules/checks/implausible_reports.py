"""Doubts about the numbers of a tab with a row per employee and day: more than there can have been (behaviour §4)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kpi_rules.checks.doubts import doubt
from kpi_rules.facts.columns import Flags, Whole
from kpi_rules.facts.frames import FactFrame
from kpi_rules.problems import Place, Problem
from kpi_rules.time.periods import Month


def report_doubts(facts: FactFrame, first_month: Month) -> list[Problem]:
    """Name the reports with more processed than received, more deals than leads processed so far, or answers at once.

    `first_month` is the client's first: what was received or processed before it nobody knows, so there the sums only
    warn.
    """
    days, tab = facts.days, facts.tab
    received, processed, deals, response = (
        tab.counting(count) for count in ("leads", "processed", "deals", "response")
    )
    doubts: list[Problem] = []
    if received and processed:
        more = days.whole(processed) > days.whole(received)
        more &= ~days.blank(received)
        sums = _beyond(facts, days.whole(processed), days.whole(received))
        doubts += _told(facts, "report_processed_above_received", processed, more, sums, first_month)
    if deals and processed:
        sums = _beyond(facts, days.whole(deals), days.whole(processed))
        # A blank or unreadable number of leads is told by itself.
        sums &= ~days.blank(processed)
        doubts += _told(facts, "report_deals_above_processed", deals, sums, sums, first_month)
    if response and processed:
        at_once = ~days.blank(response) & (days.whole(response) == 0) & (days.whole(processed) > 0)
        doubts += _told(facts, "report_answer_zero", response, at_once, at_once, None)
    return doubts


def _beyond(facts: FactFrame, more: Whole, less: Whole) -> Flags:
    """Tell which rows bring an employee's sum of one number above that of another, counted from the first report."""
    on = facts.days.on
    beyond = np.zeros(len(on), dtype=bool)
    for rows in facts.rows.rows_by("code").values():
        own = rows[~np.isnat(on[rows])]
        own = own[np.argsort(on[own], kind="stable")]
        excess = np.cumsum(more[own] - less[own])
        before = np.maximum.accumulate(np.concatenate([[0], excess[:-1]])) if len(own) else excess
        beyond[own] = excess > before
    return beyond


def _told(
    facts: FactFrame, code: str, column: str, chosen: Flags, certain: Flags, first_month: Month | None
) -> Iterator[Problem]:
    """Name the chosen rows; those that are certain may keep their month open."""
    codes, rows, numbers = facts.rows["code"].tolist(), facts.rows["row"].tolist(), facts.days.whole(column)
    for row in np.flatnonzero(chosen & ~np.isnat(facts.days.on)).tolist():
        day = facts.days.on[row].astype("datetime64[D]").item()
        month = Month.of(day)
        months = [month] if certain[row] and month != first_month else []
        shown, employee = f"{day:%d.%m.%Y}", codes[row] if isinstance(codes[row], str) else None
        place = Place(facts.tab.key, int(rows[row]), column)
        yield doubt(code, place, employee, months, subject=shown, date=shown, value=str(int(numbers[row])))
