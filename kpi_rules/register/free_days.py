"""How long rows are corrected freely, and what people do with leads meanwhile that head and owner are told (behaviour §4a).

It is free to the end of the working day after the one on which a row was first seen. Nothing of it is a question: the lead was not registered yet. A lead that was answered or refused and is then deleted, made
a refund or moved out of the month in which it came is worth a look all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import numpy as np

from kpi_rules.checks.doubts import doubt
from kpi_rules.counting.deal_counts import COMPANY_WEEK
from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.row_history import Noticed
from kpi_rules.problems import Place, Problem
from kpi_rules.questions import ARRIVAL, MANAGER, month_of
from kpi_rules.register.kept import cells_of, of_months_from
from kpi_rules.time.periods import Month, WorkingCalendar

TAKEN_OUT, OVERWRITTEN = "taken_out", "overwritten"
CUSTOMER = "customer"


def grace_ends_on(first_seen_on: date, calendar: WorkingCalendar) -> date:
    """Give the last day of free correction, by the company's five-day week; of a day outside the calendar itself."""
    if first_seen_on.year not in calendar.years:
        return first_seen_on
    return calendar.step(first_seen_on, 1, COMPANY_WEEK)


def deleted_leads(cells: Mapping[str, Mapping[str, Any]], facts: FactFrame) -> dict[str, Noticed]:
    """Name of the rows that are gone, with their cells as last seen, those that were answered leads.

    A lead that stands there under another № was entered twice, or mended.
    """
    leads = {key: row for key, row in cells.items() if _is_answered_lead(row)}
    if not leads:
        return {}
    arrivals = np.array([row[ARRIVAL] for row in leads.values()], dtype="datetime64[s]")
    chosen = facts.chosen(np.isin(facts.leads.arrived, arrivals) & facts.leads.has_number)
    numbers = {number for number in chosen.leads.numbers.tolist() if number is not None}
    present = {_lead(row) for row in cells_of(chosen, numbers).values()}
    return {
        key: Noticed(TAKEN_OUT, row[MANAGER], month_of(row[ARRIVAL]))
        for key, row in leads.items()
        if _lead(row) not in present
    }


def taken_out_now(
    before: Mapping[str, Any], now: Mapping[str, Any], first_seen_on: date
) -> tuple[str, str] | None:
    """Give manager and month of an answered lead that a change takes out of the count of the month in which it came."""
    came = str(Month.of(first_seen_on))
    if not _is_answered_lead(before) or str(month_of(before[ARRIVAL])) != came:
        return None
    return None if _counts_in(now, came) else (before[MANAGER], came)


def still_out(out: tuple[str, str], now: Mapping[str, Any]) -> bool:
    """Tell whether a lead that was taken out of a month has not come back into it."""
    return not _counts_in(now, out[1])


def is_overwritten(before: Mapping[str, Any], now: Mapping[str, Any], mended: Iterable[str]) -> bool:
    """Tell whether another lead stands under the № of a registered one: another customer, who came at another moment."""
    names = (ARRIVAL, CUSTOMER)
    if not all(before.get(name) and now.get(name) for name in names) or set(mended) & set(names):
        return False
    customers = [str(cells[CUSTOMER]).strip().casefold() for cells in (before, now)]
    return before[ARRIVAL] != now[ARRIVAL] and customers[0] != customers[1]


def without_number(
    facts: FactFrame, first_open: Month, today: date, calendar: WorkingCalendar
) -> list[Problem]:
    """Doubt the leads that no № makes known after their days of free correction, counted from the arrival."""
    if not facts.of_leads:
        return []
    columns = facts.leads
    chosen = (
        columns.entered & ~columns.has_number & ~columns.bad("number") & of_months_from(facts, first_open)
    )
    chosen &= ~np.isnat(columns.arrived) & (columns.arrived < np.datetime64(today, "s"))
    doubts = []
    rows, codes = facts.rows["row"].tolist(), facts.rows.plain(MANAGER)
    for place in np.flatnonzero(chosen).tolist():
        arrived = columns.arrived[place].astype("datetime64[D]").item()
        if grace_ends_on(arrived, calendar) < today:
            at = Place(facts.tab.key, rows[place], "number")
            params = {"number": "—", "value": f"{arrived:%d.%m.%Y}", "subject": ""}
            doubts.append(doubt("lead_without_number", at, codes[place], {Month.of(arrived)}, **params))
    return doubts


def _is_answered_lead(cells: Mapping[str, Any]) -> bool:
    is_lead = ARRIVAL in cells and MANAGER in cells and not _is_refund(cells)
    return is_lead and ("answered_at" in cells or cells.get("status") == "lost")


def _is_refund(cells: Mapping[str, Any]) -> bool:
    return cells.get("status") == "deal" and cells.get("amount_tiyn", 0) < 0


def _counts_in(cells: Mapping[str, Any], month: str) -> bool:
    arrived = cells.get(ARRIVAL)
    return arrived is not None and str(month_of(arrived)) == month and not _is_refund(cells)


def _lead(cells: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(cells.get(name, "")).strip().casefold() for name in (ARRIVAL, MANAGER, CUSTOMER))
