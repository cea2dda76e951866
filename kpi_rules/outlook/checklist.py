"""What the head of sales does today: the daily checklist (behaviour §6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from types import MappingProxyType

import numpy as np

from kpi_rules.cards.results import ChecklistItem, EmployeeResult
from kpi_rules.cards.targets import usable
from kpi_rules.counting.deal_counts import COMPANY_WEEK, DealFacts, deal_facts
from kpi_rules.exact import exact_text, rounded_half_up
from kpi_rules.facts.deal_columns import DealColumns, Moments
from kpi_rules.facts.employment import Workdays
from kpi_rules.facts.employment import workdays as workdays_of
from kpi_rules.facts.inputs import MonthInputs
from kpi_rules.facts.row_history import RowHistory, last_entries, moved_days
from kpi_rules.facts.selection import month_bounds
from kpi_rules.measures.facts import State
from kpi_rules.measures.targets import RESPONSE, TARGETS
from kpi_rules.rulebook.model import Role

STALE_DAYS = 7
"""A deal in work without movement for so many days is worth a question."""

_OF_ROWS = frozenset({"bad_rows", "in_doubt"})
"""Why a KPI has no data where rows have to be mended; what was not entered yet has items of its own."""
NO_ROWS: RowHistory = MappingProxyType({})
SHOWN_NUMBERS = 5
LOOK_BACK_DAYS = 31
"""So far back the wait of an older lead is counted (no norm is longer): before the month by the company's
week, in it by the employee's own days."""


def checklist(
    inputs: MonthInputs,
    workdays: Mapping[str, Workdays],
    employees: Sequence[EmployeeResult],
    cut_at: datetime,
    rows: RowHistory = NO_ROWS,
    deals: DealFacts | None = None,
) -> tuple[ChecklistItem, ...]:
    """List what to do, by employee; `cut_at` is the naive local moment.

    `rows` is what the ledger remembers of the input rows: a deal moves when anything in its row changes. Of rows
    that have not changed since the ledger first looked, the last movement is arrival or first answer. `deals` says
    of each row of «Сделки» what it is, where that has been worked out already.
    """
    items: list[ChecklistItem] = []
    managers = [worked for code, worked in sorted(workdays.items()) if worked.role is Role.MANAGER]
    if inputs.facts.of_leads:
        items += _unanswered(inputs, workdays, cut_at, deals or deal_facts(inputs, workdays, cut_at))
        items += _stale(inputs, cut_at, moved_days(rows))
    items += _vanished(inputs, rows, cut_at.date())
    items += _not_entered(inputs, managers, cut_at.date(), last_entries(rows))
    items += [item for employee in employees if (item := _unread(employee)) is not None]
    items += [item for employee in employees if (item := _behind(employee, workdays, cut_at)) is not None]
    return tuple(items)


def _unread(employee: EmployeeResult) -> ChecklistItem | None:
    """Say how many points of a manager are unknown because of rows that can not be read."""
    if employee.role is not Role.MANAGER or employee.known is None:
        return None
    reasons = {result.reason for result in employee.kpis if result.state is State.NO_DATA}
    if not reasons & _OF_ROWS:
        return None
    unknown = 100 - employee.known.weight_percent
    return ChecklistItem("unread_rows", employee.code, {"points": exact_text(unknown)})


def _not_entered(
    inputs: MonthInputs, managers: Sequence[Workdays], today: date, entered_on: Mapping[str, date]
) -> list[ChecklistItem]:
    """Ask for what lacks of each manager's last worked day.

    On the first working day of a month that is the last one of the month before.
    """
    days = {worked.code: worked.days for worked in managers}
    if inputs.before is not None and not _company_days(inputs, inputs.month.first_on, today):
        earlier = workdays_of(inputs.before, inputs.month.first_on)
        days = {code: earlier[code].days for code in days if code in earlier}
        inputs = inputs.before
    entered, marked = _last_entries(inputs, entered_on), _marked_days(inputs)
    items = []
    for code, own in days.items():
        yesterday = max((day for day in own if day < today), default=None)
        if yesterday is None:
            continue
        params = {"date": yesterday.isoformat()}
        if entered.get(code, date.min) < yesterday:
            items.append(ChecklistItem("nothing_entered", code, params))
        if (code, yesterday) not in marked:
            items.append(ChecklistItem("marks_missing", code, params))
    return items


def _company_days(inputs: MonthInputs, first_on: date, before_on: date) -> list[date]:
    """List the company's working days before a day, as far back as the calendar goes."""
    days = (first_on + timedelta(days=offset) for offset in range((before_on - first_on).days))
    calendar = inputs.calendar
    return [day for day in days if day.year in calendar.years and calendar.is_worked(day, COMPANY_WEEK)]


def _unanswered(
    inputs: MonthInputs, workdays: Mapping[str, Workdays], cut_at: datetime, deals: DealFacts
) -> list[ChecklistItem]:
    leads = inputs.facts.rows
    norms = {row.code: usable(row, TARGETS[RESPONSE]) or Fraction() for row in inputs.plan}
    waiting = deals.known & deals.flags.lead & ~deals.flags.processed
    late: dict[str, list[str]] = {}
    rows = np.flatnonzero(waiting)
    for code, number, wait in zip(
        leads["code"][rows], leads["number"][rows], deals.seconds[rows].tolist(), strict=True
    ):
        if wait > norms.get(code, Fraction()) * 60:
            late.setdefault(code, []).append(_number(number))
    first_on, end_on = inputs.month.first_on, cut_at.date() + timedelta(days=1)
    before = _company_days(inputs, first_on - timedelta(days=LOOK_BACK_DAYS), first_on)
    company = _company_days(inputs, first_on, end_on)
    for code, number, arrived in _waiting_from_before(inputs):
        own = workdays[code].days if code in workdays else company
        if _waited(inputs, (*before, *own), arrived, cut_at) > norms.get(code, Fraction()) * 60:
            late.setdefault(code, []).append(_number(number))
    return [_listed("unanswered_leads", code, numbers) for code, numbers in sorted(late.items())]


def _waiting_from_before(inputs: MonthInputs) -> Iterator[tuple[str, object, datetime]]:
    """Give code, № and arrival of the leads of earlier months that nobody has answered or settled yet."""
    deals = inputs.facts.rows
    start, _ = month_bounds(inputs.month)
    waiting = deals.chosen(
        (deals["arrived_at"] < start)
        & ~deals.given("answered_at")
        & ~deals["bad_answered_at"]
        & inputs.facts.leads.status("new", "in_progress")
        & deals.given("code")
    )
    yield from zip(*map(waiting.plain, ("code", "number", "arrived_at")), strict=True)


def _waited(inputs: MonthInputs, days: Iterable[date], arrived: datetime, cut_at: datetime) -> int:
    """Count the seconds of these working days from an arrival to now."""
    opens, closes = inputs.settings.day_starts_at, inputs.settings.day_ends_at
    return sum(
        max(
            0,
            int(
                (
                    min(cut_at, datetime.combine(day, closes)) - max(arrived, datetime.combine(day, opens))
                ).total_seconds()
            ),
        )
        for day in days
    )


def _stale(inputs: MonthInputs, cut_at: datetime, moved_on: Mapping[str, date]) -> list[ChecklistItem]:
    """Name the deals in work, of whatever month, in which nothing has moved for some days."""
    stale: dict[str, list[str]] = {}
    open_columns = [] if inputs.open_deals is None else [DealColumns(inputs.open_deals)]
    for columns in (inputs.facts.leads, *open_columns):
        rows = np.flatnonzero(columns.status("in_progress") & columns.has_code)
        codes, numbers = (columns.deals[name][rows] for name in ("code", "number"))
        # Of two moments the later one counts, and one alone as well.
        moved = np.fmax(columns.arrived[rows], columns.answered[rows]).astype("datetime64[D]")
        if moved_on:
            seen = np.array([moved_on.get(number) for number in numbers], dtype="datetime64[D]")
            moved = np.fmax(moved, seen)
        still = np.datetime64(cut_at.date(), "D") - moved >= np.timedelta64(STALE_DAYS, "D")
        for code, number in zip(codes[still], numbers[still], strict=True):
            stale.setdefault(code, []).append(_number(number))
    return [
        _listed("stale_deals", code, list(dict.fromkeys(numbers)), days=str(STALE_DAYS))
        for code, numbers in sorted(stale.items())
    ]


def _vanished(inputs: MonthInputs, rows: RowHistory, today: date) -> list[ChecklistItem]:
    """Name the rows that somebody removed since the last working day began; «Ошибки» keeps them all month."""
    since_on = max(_company_days(inputs, today - timedelta(days=LOOK_BACK_DAYS), today), default=today)
    gone: dict[str, list[str]] = {}
    for key, row in rows.items():
        if row.vanished_on and row.vanished_on >= since_on:
            gone.setdefault(row.code or "", []).append(key.removesuffix(f" {row.code}"))
    return [_listed("rows_vanished", code or None, keys) for code, keys in sorted(gone.items())]


def _number(number: object) -> str:
    return number if isinstance(number, str) else "—"


def _listed(kind: str, code: str | None, numbers: list[str], **more: str) -> ChecklistItem:
    shown = ", ".join(sorted(numbers)[:SHOWN_NUMBERS]) + ("…" if len(numbers) > SHOWN_NUMBERS else "")
    return ChecklistItem(kind, code, {"count": str(len(numbers)), "numbers": shown, **more})


def _last_entries(inputs: MonthInputs, entered_on: Mapping[str, date]) -> dict[str, date]:
    """Give by code the last day on which something happened or was entered: a report, or any row of a deal."""
    if not inputs.facts.of_leads:
        days = inputs.facts.days.on.astype("datetime64[D]").tolist()
        last: dict[str, date] = {}
        for code, day in zip(inputs.facts.rows["code"], days, strict=True):
            if code is not None and day is not None:
                last[code] = max(last.get(code, day), day)
        return last
    moments = _last_moments(inputs)
    for code, day in entered_on.items():
        moments[code] = max(moments.get(code, date.min), day)
    return moments


def _last_moments(inputs: MonthInputs) -> dict[str, date]:
    columns = inputs.facts.leads
    moments: Moments = np.fmax(np.fmax(columns.arrived, columns.answered), columns.paid)
    # NaT is the smallest whole number; whole numbers are compared much faster.
    last = np.full(len(columns.codes) + 1, np.datetime64("NaT", "s"))
    np.maximum.at(last.view(np.int64), columns.of_code, moments.view(np.int64))
    days = last.astype("datetime64[D]").tolist()
    return {code: day for code, day in zip(columns.codes, days, strict=False) if day is not None}


def _marked_days(inputs: MonthInputs) -> set[tuple[str, date]]:
    frame = inputs.marks.rows
    marked = np.logical_or.reduce([frame.given(column.key) for column in inputs.marks.tab.values])
    rows = np.flatnonzero(marked & frame.given("on"))
    days = inputs.marks.days.on[rows].astype("datetime64[D]").tolist()
    return set(zip(frame["code"][rows].tolist(), days, strict=True))


def _behind(
    employee: EmployeeResult, workdays: Mapping[str, Workdays], cut_at: datetime
) -> ChecklistItem | None:
    """Say by how much somebody is behind the plan to date, and what each remaining working day must bring."""
    revenue, plan, to_date = employee.facts["revenue"].value, employee.plan_tiyn, employee.plan_to_date_tiyn
    if employee.role is not Role.MANAGER or revenue is None or plan is None or to_date is None:
        return None
    if revenue >= to_date:
        return None
    remaining = sum(day >= cut_at.date() for day in workdays[employee.code].days)
    per_day = rounded_half_up((plan - revenue) / remaining) if remaining else None
    params = {
        "gap_tiyn": exact_text(to_date - revenue),
        "to_plan_tiyn": exact_text(plan - revenue),
        "days": str(remaining),
        "per_day_tiyn": "" if per_day is None else str(per_day),
    }
    return ChecklistItem("behind_plan", employee.code, params)
