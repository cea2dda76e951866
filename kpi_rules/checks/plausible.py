"""What people entered that can be read, contradicts nothing in its row and is still not to be believed (behaviour §4).

Everything is looked at over the whole workbook, because a wrong year takes a row out of every month that anybody looks
at. Each doubt is a warning here; `doubts` weighs them in a month.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from types import MappingProxyType

import numpy as np

from kpi_rules.checks.doubts import doubt, readings, readings_after
from kpi_rules.checks.implausible_reports import report_doubts
from kpi_rules.checks.neighbours import out_of_place
from kpi_rules.facts.columns import Flags
from kpi_rules.facts.deal_columns import Moments
from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.inputs import ALWAYS_THERE, VALUES, Absence, Employment, WorkbookInputs
from kpi_rules.facts.payments import PAYMENTS
from kpi_rules.problems import Place, Problem
from kpi_rules.time.periods import Month

ANSWER_WITHIN_DAYS = 31
_ABSENCE_AHEAD = timedelta(days=180)
"""Leave is planned ahead; so far ahead it is a wrong year."""
_LONGEST_ABSENCE_MONTHS = 24


def check_plausible(workbook: WorkbookInputs, as_of_at: datetime) -> list[Problem]:
    """Name the doubtful values of a workbook; `as_of_at` is the naive local moment."""
    known = _Known.of(workbook, as_of_at)
    facts = workbook.facts
    doubts = [*_staff(known)]
    doubts += _leads(facts, known) if facts.of_leads else _days(facts, known)
    doubts += _own_values(known)
    doubts += _payments(known) if facts.of_leads else report_doubts(facts, known.first_scored)
    return [*doubts, *_days(workbook.marks, known), *_absences(known), *_plan(known)]


@dataclass(frozen=True)
class _Known:
    """What doubts are held against."""

    workbook: WorkbookInputs
    today: date
    stints: Mapping[str, list[Employment]]

    @classmethod
    def of(cls, workbook: WorkbookInputs, as_of_at: datetime) -> _Known:
        stints: dict[str, list[Employment]] = {}
        for stint in workbook.staff:
            stints.setdefault(stint.code, []).append(stint)
        return cls(workbook, as_of_at.date(), stints)

    @cached_property
    def first_month(self) -> Month:
        """The month in which the first of the staff was hired: before it nobody can have done anything."""
        hired = (stint.hired_on for stint in self.workbook.staff if stint.hired_on != ALWAYS_THERE)
        return min(map(Month.of, hired), default=_NO_MONTH)

    @cached_property
    def first_scored(self) -> Month:
        """The first month that has both staff and rules."""
        rules = min((rulebook.from_month for rulebook in self.workbook.rulebooks), default=_NO_MONTH)
        return max(self.first_month, rules)

    @cached_property
    def not_yet_hired(self) -> frozenset[str]:
        """Who is to begin after today in every stint."""
        return frozenset(
            code for code, own in self.stints.items() if all(stint.hired_on > self.today for stint in own)
        )

    def employed(self, code: str, day: date) -> bool:
        return any(
            stint.hired_on <= day and (stint.left_on is None or day <= stint.left_on)
            for stint in self.stints.get(code, ())
        )

    def months(self, *days: date) -> set[Month]:
        return {month for day in days for month in readings(day, self.today)}


_NO_MONTH = Month(1900, 1)


# ---- «Сделки»
def _leads(facts: FactFrame, known: _Known) -> list[Problem]:
    columns = facts.leads
    arrived, answered, paid = columns.arrived, columns.answered, columns.paid
    of_lead = ~columns.is_refund
    paid_early = of_lead & columns.is_deal & (paid < arrived.astype("datetime64[D]"))
    late = of_lead & (answered - arrived > np.timedelta64(ANSWER_WITHIN_DAYS, "D"))
    doubts = _lead_doubts(
        facts,
        "paid_before_arrival",
        "paid_on",
        paid_early,
        lambda row: readings_after(_day(paid, row), _day(arrived, row)),
    )
    doubts += _lead_doubts(
        facts, "answer_after_a_month", "answered_at", late, lambda row: {Month.of(_day(arrived, row))}
    )
    start = np.datetime64(known.first_month.first_on, "s")
    for column, moments, chosen in (
        ("arrived_at", arrived, of_lead),
        ("paid_on", paid, ~paid_early),
    ):
        before = chosen & (moments < start)
        doubts += _lead_doubts(facts, "date_before_client", column, before, _months_of(known, moments))
        told = before | (moments > np.datetime64(known.today, "s")) | ~chosen
        doubts += _misplaced_leads(facts, column, np.where(told, np.datetime64("NaT"), moments))
    return doubts


def _payments(known: _Known) -> Iterator[Problem]:
    """Doubt the payments of deals in parts on days before the deal arrived, or before the client's first month."""
    payments = known.workbook.payments
    if not payments:
        return
    leads = known.workbook.facts.leads
    places = {number: at for at, number in enumerate(known.workbook.facts.rows["number"].tolist())}
    for payment in payments:
        at = None if payment.number is None else places.get(payment.number)
        if payment.on is None or at is None:
            continue
        own = int(leads.of_code[at])
        code = payment.code or (leads.codes[own] if own < len(leads.codes) else None)
        place = Place(PAYMENTS, payment.row, "on")
        shown = {"subject": payment.number or "—", "value": _shown(payment.on)}
        if np.datetime64(payment.on, "D") < leads.arrived[at].astype("datetime64[D]"):
            months = readings_after(payment.on, _day(leads.arrived, at))
            yield doubt("paid_before_arrival", place, code, months, **shown)
        elif payment.on < known.first_month.first_on:
            yield doubt("date_before_client", place, code, known.months(payment.on), **shown)


def _own_values(known: _Known) -> Iterator[Problem]:
    """Doubt the values of the client's own measures on days before the client's first month."""
    for value in known.workbook.values:
        if value.on is not None and value.on < known.first_month.first_on:
            place, shown = Place(VALUES, value.row, "on"), _shown(value.on)
            months = known.months(value.on)
            yield doubt("date_before_client", place, value.code, months, subject=shown, value=shown)


def _misplaced_leads(facts: FactFrame, column: str, moments: Moments) -> list[Problem]:
    likely = dict(out_of_place(moments, swapped=column == "arrived_at"))
    chosen = np.zeros(len(moments), dtype=bool)
    chosen[list(likely)] = True

    def months(row: int) -> set[Month]:
        return {Month.of(_day(moments, row)), Month.of(likely[row])}

    return _lead_doubts(facts, "date_out_of_place", column, chosen, months, likely)


def _lead_doubts(
    facts: FactFrame,
    code: str,
    column: str,
    chosen: Flags,
    months: Callable[[int], Iterable[Month]],
    likely: Mapping[int, date] = MappingProxyType({}),
) -> list[Problem]:
    rows = np.flatnonzero(chosen)
    if not len(rows):
        return []
    columns = facts.leads
    numbers, sheet_rows = columns.numbers, facts.rows["row"]
    moments = {"arrived_at": columns.arrived, "answered_at": columns.answered, "paid_on": columns.paid}[
        column
    ]
    doubts = []
    for row in rows.tolist():
        number = numbers[row] if isinstance(numbers[row], str) else "—"
        at = int(columns.of_code[row])
        employee = columns.codes[at] if at < len(columns.codes) else None
        params = {"subject": number, "value": _shown(_day(moments, row))}
        if row in likely:
            params["read"] = _shown(likely[row])
        place = Place(facts.tab.key, int(sheet_rows[row]), column)
        doubts.append(doubt(code, place, employee, months(row), **params))
    return doubts


def _months_of(known: _Known, moments: Moments) -> Callable[[int], set[Month]]:
    return lambda row: known.months(_day(moments, row))


# ---- «Отчёты», «Дисциплина»
def _days(facts: FactFrame, known: _Known) -> list[Problem]:
    """Doubt the days of rows that say something."""
    on = facts.days.on
    given = np.zeros(len(on), dtype=bool)
    for column in facts.tab.values:
        given |= ~facts.days.blank(column.key)
    before = given & (on < np.datetime64(known.first_month.first_on, "s"))
    ahead = on > np.datetime64(known.today, "s")
    codes, rows = facts.rows["code"].tolist(), facts.rows["row"]

    def told(code: str, row: int, months: Iterable[Month], **params: str) -> Problem:
        employee = codes[row] if isinstance(codes[row], str) else None
        shown = _shown(_day(on, row))
        place = Place(facts.tab.key, int(rows[row]), "on")
        return doubt(code, place, employee, months, subject=shown, value=shown, **params)

    doubts = [
        told("date_before_client", row, known.months(_day(on, row)))
        for row in np.flatnonzero(before).tolist()
    ]
    misplaced = out_of_place(np.where(before | ahead | ~given, np.datetime64("NaT"), on), swapped=True)
    for row, likely in misplaced:
        months = {Month.of(_day(on, row)), Month.of(likely)}
        doubts.append(told("date_out_of_place", row, months, read=_shown(likely)))
    elsewhere = given & ~np.isnat(on) & ~before & ~ahead
    elsewhere[[row for row, _ in misplaced]] = False
    doubts += [
        told("outside_employment", row, known.months(_day(on, row)))
        for row in _outside(facts, known, elsewhere)
    ]
    return doubts


def _outside(facts: FactFrame, known: _Known, chosen: Flags) -> list[int]:
    """Give the rows of days on which their employee is not employed; of who is yet to begin the staff tells."""
    on = facts.days.on
    places: list[int] = []
    for code, rows in facts.rows.rows_by("code").items():
        if code not in known.stints or code in known.not_yet_hired:
            continue
        own = rows[chosen[rows]]
        employed = np.zeros(len(own), dtype=bool)
        for stint in known.stints[code]:
            inside = on[own] >= np.datetime64(stint.hired_on, "s")
            if stint.left_on is not None:
                inside &= on[own] <= np.datetime64(stint.left_on, "s")
            employed |= inside
        places += own[~employed].tolist()
    return sorted(places)


# ---- «Отсутствия», «Сотрудники»
def _absences(known: _Known) -> list[Problem]:
    return [
        doubt(
            code,
            Place("absences", absence.row, "from_on"),
            absence.code,
            _months_between(absence) | known.months(absence.from_on, absence.to_on),
            subject=_shown(absence.from_on),
            value=_shown(absence.from_on),
        )
        for absence in known.workbook.absences
        if (code := _absence_doubt(absence, known))
    ]


def _absence_doubt(absence: Absence, known: _Known) -> str | None:
    if max(absence.from_on, absence.to_on) < known.first_scored.first_on:
        return "date_before_client"
    if absence.from_on > known.today + _ABSENCE_AHEAD:
        return "date_in_future"
    if absence.code not in known.stints or absence.code in known.not_yet_hired:
        return None
    ends = (absence.from_on, absence.to_on)
    return None if all(known.employed(absence.code, day) for day in ends) else "outside_employment"


def _months_between(absence: Absence) -> set[Month]:
    month, last = (Month.of(day) for day in sorted((absence.from_on, absence.to_on)))
    months = {last}
    while month < last and len(months) < _LONGEST_ABSENCE_MONTHS:
        months.add(month)
        month = month.plus(1)
    return months


def _plan(known: _Known) -> Iterator[Problem]:
    """Doubt the plan rows of months before the client's first: no month would ever tell of them."""
    for row in known.workbook.plan:
        if row.month < known.first_month:
            years = (known.today.year - 1, known.today.year)
            months = {row.month, *(Month(year, row.month.number) for year in years)}
            shown = _shown(row.month.first_on)
            place = Place("plan", row.row, "month")
            yield doubt("date_before_client", place, row.code, months, subject=shown, value=shown)


def _staff(known: _Known) -> Iterator[Problem]:
    """Doubt the «Принят» of whoever is to begin after today and has rows already."""
    if not known.not_yet_hired:
        return
    tabs = [
        (_moments(facts), facts.rows.rows_by("code"))
        for facts in (known.workbook.facts, known.workbook.marks)
    ]
    until = np.datetime64(known.today, "s")
    for code in sorted(known.not_yet_hired):
        own = [each[rows[code]] for moments, rows in tabs if code in rows for each in moments]
        begun = [each[each <= until].astype("datetime64[M]") for each in own]
        months = {Month.parse(str(month)) for month in np.unique(np.concatenate(begun))} if begun else set()
        stint = min(known.stints[code], key=lambda each: each.hired_on)
        if months:
            shown = _shown(stint.hired_on)
            place = Place("staff", stint.row, "hired_on")
            yield doubt("hired_in_future", place, code, months, subject=shown, value=shown, name=stint.name)


def _moments(facts: FactFrame) -> list[Moments]:
    """Give the days on which rows say that something was done."""
    return [facts.leads.arrived, facts.leads.paid] if facts.of_leads else [facts.days.on]


def _day(moments: Moments, row: int) -> date:
    day: date = moments[row].astype("datetime64[D]").item()
    return day


def _shown(day: date) -> str:
    return f"{day:%d.%m.%Y}"
