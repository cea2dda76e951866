"""The rules, the calendar and the plan that hold for a month: frozen ones where it has opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from kpi_rules.freezing import HeldPlan, hold_plan, ignored_rule_edits
from kpi_rules.inputs import MonthInputs, PayrollInputs, WorkbookInputs
from kpi_rules.kazakhstan import calendar_from_record, calendar_record, working_calendar
from kpi_rules.periods import Month, WorkingCalendar
from kpi_rules.problems import Problem
from kpi_rules.rulebook import Rulebook
from kpi_rules.rulebook_records import differences, rulebook_from_record, rulebook_record
from kpi_rules.rulebooks import in_force
from kpi_rules.selection import select_month
from kpi_rules.texts import Texts
from kpi_rules.wording import money_text, number_text, percent_text
from ledger import FrozenKind, Ledger, MonthRecord, MonthState

WHOLE = "all"
"""The key under which rules and calendar of a month are frozen; the plan's keys are employees' codes."""


@dataclass(frozen=True)
class HeldMonth:
    """A month as the ledger holds it; without frozen rules it has not opened yet."""

    month: Month
    state: MonthState
    shadow: bool = False
    rulebook: Rulebook | None = None
    calendar: WorkingCalendar | None = None
    plan: Mapping[str, Mapping[str, Any]] | None = None


@dataclass(frozen=True)
class PreparedMonth:
    """The facts of a month under the rules that hold, with what has to be told and what freezes now."""

    held: HeldMonth
    inputs: MonthInputs
    problems: tuple[Problem, ...]
    newcomers: Mapping[str, Mapping[str, Any]]


@cache
def calendar_around(year: int) -> WorkingCalendar:
    """Give the calendar of a year and its neighbours: deadlines and first answers cross New Year."""
    return working_calendar((year - 1, year, year + 1))


def held_month(ledger: Ledger, slug: str, record: MonthRecord) -> HeldMonth:
    """Fetch what froze for a month."""
    if record.state is MonthState.PLANNING:
        return HeldMonth(record.month, record.state, record.shadow)
    rules = ledger.frozen(slug, record.month, FrozenKind.RULES)[WHOLE]
    calendar = ledger.frozen(slug, record.month, FrozenKind.CALENDAR)[WHOLE]
    return HeldMonth(
        record.month,
        record.state,
        record.shadow,
        rulebook_from_record(rules),
        calendar_from_record(calendar),
        ledger.frozen(slug, record.month, FrozenKind.PLAN),
    )


def prepare_month(
    held: HeldMonth,
    workbook: WorkbookInputs,
    payroll: PayrollInputs,
    template_rules: Rulebook,
    texts: Texts,
) -> PreparedMonth:
    """Select a month's facts and put frozen rules, calendar and plan in the place of what stands there now."""
    entered_rules = in_force(workbook.rulebooks, held.month)
    rulebook = held.rulebook or entered_rules or template_rules
    calendar = held.calendar or calendar_around(held.month.year)
    inputs = select_month(workbook, payroll, held.month, rulebook, calendar)
    if held.rulebook is None:
        return PreparedMonth(held, inputs, (), {})
    plan = _held_plan(inputs, held, texts)
    told = "; ".join(differences(held.rulebook, entered_rules, texts)) if entered_rules else ""
    problems = (*plan.problems, *ignored_rule_edits(entered_rules, held.rulebook, held.month, told))
    return PreparedMonth(held, replace(inputs, plan=plan.rows), problems, plan.newcomers)


def freeze_newcomers(ledger: Ledger, slug: str, prepared: PreparedMonth, at: datetime) -> None:
    """Freeze plan rows that were absent until now: a new hire, a late plan."""
    if prepared.held.state is MonthState.OPEN:
        for code, record in prepared.newcomers.items():
            ledger.freeze(slug, prepared.held.month, FrozenKind.PLAN, code, record, at)


def freeze_month(ledger: Ledger, slug: str, prepared: PreparedMonth, at: datetime) -> None:
    """Freeze rules, calendar and the plan rows that are there, as the month opens.

    What an earlier, cut-off opening has frozen stays.
    """
    month, inputs = prepared.held.month, prepared.inputs
    plan = hold_plan(inputs.plan, {}, month, lambda _name, value: str(value))
    wanted = {
        FrozenKind.RULES: {WHOLE: rulebook_record(inputs.rulebook)},
        FrozenKind.CALENDAR: {WHOLE: calendar_record(inputs.calendar)},
        FrozenKind.PLAN: plan.newcomers,
    }
    for kind, records in wanted.items():
        present = ledger.frozen(slug, month, kind)
        for key, record in records.items():
            if key not in present:
                ledger.freeze(slug, month, kind, key, record, at)


def _held_plan(inputs: MonthInputs, held: HeldMonth, texts: Texts) -> HeldPlan:
    def shown(name: str, value: Any) -> str:
        if value is None:
            return texts("amount.blank")
        if name.endswith("_tiyn"):
            return money_text(value, texts.language)
        if name.endswith("_fraction"):
            return percent_text(value, texts.language)
        return number_text(value, texts.language)

    return hold_plan(inputs.plan, held.plan or {}, held.month, shown)
