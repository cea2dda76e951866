"""Months as the ledger holds them: the rules, calendar and plan that froze, and what the sealed ones left behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any

from kpi_rules.cards.targets import needed_targets
from kpi_rules.counting.deal_counts import parts_after
from kpi_rules.deciding.freezing import hold_plan
from kpi_rules.facts.decisions import apply_decisions
from kpi_rules.facts.inputs import MonthInputs, PastMonth
from kpi_rules.facts.kinds import Kind
from kpi_rules.facts.past_months import HISTORY_MONTHS, past_month
from kpi_rules.facts.payments import CountedParts
from kpi_rules.facts.percents import PERCENTS, PercentRow
from kpi_rules.policies import FIRST_PAYMENT
from kpi_rules.problems import Problem
from kpi_rules.records.calendars import calendar_from_record, calendar_record
from kpi_rules.records.forms import RecordKind
from kpi_rules.records.months import inputs_from_record, read_month
from kpi_rules.records.percents import percents_from_record, percents_record
from kpi_rules.records.rulebooks import (
    client_policies_from_record,
    rulebook_from_record,
    rulebook_record,
)
from kpi_rules.rulebook.model import Rulebook
from kpi_rules.time.overrides import overridden
from kpi_rules.time.periods import Month, WorkingCalendar
from ledger import Client, FrozenKind, Ledger, MonthRecord, MonthState
from sheets_sync.reading.own_columns import PLAN, columns_named, deal_column
from sheets_sync.schema.layout import Book, Column, Layout
from templates.loading import Template

WHOLE = "all"
"""The key under which rules and calendar of a month are frozen; the plan's keys are employees' codes."""
FROZEN_PERCENTS = RecordKind("frozen percents")
"""The steps of «Проценты» that froze, beside the rules under their tab's key; there only where there were any."""


@dataclass(frozen=True)
class HeldMonth:
    """A month as the ledger holds it; without frozen rules it has not opened yet.

    `calendar` is the frozen one, or the client's present one while nothing has opened.
    """

    month: Month
    state: MonthState
    calendar: WorkingCalendar
    shadow: bool = False
    rulebook: Rulebook | None = None
    plan: Mapping[str, Mapping[str, Any]] | None = None
    percents: tuple[PercentRow, ...] = ()
    """The steps of «Проценты» as they froze; none where nothing of it was in force at the opening."""


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
    from kpi_rules.time.kazakhstan import working_calendar  # noqa: PLC0415  # an open month has its own, frozen

    return working_calendar((year - 1, year, year + 1))


def client_calendar(ledger: Ledger, slug: str, year: int) -> WorkingCalendar:
    """Give a client's calendar around a year, with the days that orders moved taken in."""
    return overridden(calendar_around(year), [entry.override for entry in ledger.calendar_entries(slug)])


def unopened_month(ledger: Ledger, slug: str, month: Month, *, shadow: bool = False) -> HeldMonth:
    """Give a month of which nothing has frozen."""
    return HeldMonth(month, MonthState.PLANNING, client_calendar(ledger, slug, month.year), shadow)


def held_month(ledger: Ledger, slug: str, record: MonthRecord) -> HeldMonth:
    """Fetch what froze for a month."""
    if record.state is MonthState.PLANNING:
        return unopened_month(ledger, slug, record.month, shadow=record.shadow)
    rules = ledger.frozen(slug, record.month, FrozenKind.RULES)
    calendar = ledger.frozen(slug, record.month, FrozenKind.CALENDAR)[WHOLE]
    return HeldMonth(
        record.month,
        record.state,
        calendar_from_record(calendar),
        record.shadow,
        rulebook_from_record(rules[WHOLE]),
        ledger.frozen(slug, record.month, FrozenKind.PLAN),
        percents_from_record(FROZEN_PERCENTS.read(rules.get(PERCENTS, {})).get("rows", ())),
    )


def built_in_rules(client: Client, template: Template) -> Rulebook:
    """Give what has no place on «Правила»: the template's rules with the policies the client was deployed with."""
    policies = client.extra.get("policies")
    if not policies:
        return template.rulebook
    return replace(template.rulebook, policies=client_policies_from_record(policies))


def freeze_newcomers(ledger: Ledger, slug: str, prepared: PreparedMonth, at: datetime) -> None:
    """Freeze plan rows that were absent until now: a new hire, a late plan.

    Where a close has taken its snapshot and was cut off, they come too late.
    """
    if not prepared.newcomers or ledger.snapshot(slug, prepared.held.month) is not None:
        return
    if prepared.held.state in {MonthState.OPEN, MonthState.REVIEW}:
        for code, record in prepared.newcomers.items():
            ledger.freeze(slug, prepared.held.month, FrozenKind.PLAN, code, record, at)


def freeze_plan(ledger: Ledger, slug: str, inputs: MonthInputs, at: datetime) -> None:
    """Freeze every plan row that counts at a close and has not frozen yet, as it is."""
    frozen = ledger.frozen(slug, inputs.month, FrozenKind.PLAN)
    for code, record in hold_plan(inputs.plan, frozen, inputs.month, _unworded).newcomers.items():
        ledger.freeze(slug, inputs.month, FrozenKind.PLAN, code, record, at)


def freeze_month(ledger: Ledger, slug: str, prepared: PreparedMonth, at: datetime) -> None:
    """Freeze rules, percents, calendar and the plan rows that are there, as the month opens.

    What an earlier, cut-off opening has frozen stays. A row still being typed freezes later, as a late one does.
    """
    month, inputs = prepared.held.month, prepared.inputs
    plan = hold_plan(inputs.plan, {}, month, _unworded, needed_targets(inputs.rulebook, with_head=True))
    rules: dict[str, Mapping[str, Any]] = {WHOLE: rulebook_record(inputs.rulebook)}
    if inputs.percents:
        rules[PERCENTS] = FROZEN_PERCENTS.stamped({"rows": percents_record(inputs.percents)})
    wanted: dict[FrozenKind, Mapping[str, Mapping[str, Any]]] = {
        FrozenKind.RULES: rules,
        FrozenKind.CALENDAR: {WHOLE: calendar_record(inputs.calendar)},
        FrozenKind.PLAN: plan.newcomers,
    }
    for kind, records in wanted.items():
        present = ledger.frozen(slug, month, kind)
        for key, record in records.items():
            if key not in present:
                ledger.freeze(slug, month, kind, key, record, at)


def _unworded(_name: str, value: Any) -> str:
    return str(value)


@dataclass(frozen=True)
class SealedPast:
    """What the sealed months leave behind: by month for forecast and norms, and of deals in parts."""

    months: Mapping[Month, PastMonth] = field(default_factory=dict)
    parts: CountedParts | None = None

    def parts_before(self, month: Month) -> CountedParts | None:
        """Give what was made of deals in parts, for a month after all of these."""
        return self.parts if self.parts is not None and self.parts.until < month else None


NO_PAST = SealedPast()


def sealed_past(ledger: Ledger, slug: str) -> SealedPast:
    """Give what the sealed months leave behind, out of the last seal alone.

    A sealed record holds its own month and the history that it was closed with, in which the closed months before
    stand as they were sealed; so the months of the chain are read with one record.
    """
    last = ledger.last_seal(slug)
    return past_of_record(last.record) if last else NO_PAST


def past_of_record(record: Mapping[str, Any]) -> SealedPast:
    """Give what a sealed record knows of its month and of those before."""
    inputs, _ = apply_decisions(inputs_from_record(read_month(record)["inputs"]))
    own = past_month(
        inputs.month, inputs.facts, inputs.payments, inputs.policies[FIRST_PAYMENT], inputs.parts_before
    )
    return SealedPast({past.month: past for past in (*inputs.history, own)}, parts_after(inputs))


def with_sealed(
    history: tuple[PastMonth, ...], month: Month, sealed: Mapping[Month, PastMonth]
) -> tuple[PastMonth, ...]:
    """Put sealed months in the place of what the workbook shows of them now, those before `month`, in order."""
    earliest = month.plus(-HISTORY_MONTHS)
    known = {past.month: past for past in history} | {
        at: past for at, past in sealed.items() if earliest <= at < month and (past.revenue or past.sources)
    }
    return tuple(known[at] for at in sorted(known))


# ---- columns of the client's own that rules of an opened month name belong to the layout from then on (behaviour §4):
# «Правила» may stop naming them, and months that are open or closed still stand on them.
_KEPT = "own_columns"
KEPT = RecordKind("column of a client's own")


def with_kept_columns(client: Client, layout: Layout) -> Layout:
    """Give the layout with the columns that the ledger keeps for a client."""
    kept = [KEPT.read(each) for each in client.extra.get(_KEPT, ())]
    if not kept:
        return layout
    book = layout.workbook
    own: dict[str, list[Column]] = {}
    for record in kept:
        own.setdefault(record["tab"], []).append(_column(record, book))
    return replace(layout, workbook=book.beside(own))


def keep_columns(ledger: Ledger, slug: str, rulebook: Rulebook, layout: Layout) -> None:
    """Note the columns that the rules of a month name; those that are known stay."""
    client = ledger.client(slug)
    kept = list(client.extra.get(_KEPT, ()))
    known = {(each["tab"], each["key"]) for each in kept}
    named = columns_named([rulebook], layout.workbook)
    new = [
        KEPT.stamped({"tab": tab, "key": column.key, "header": column.header, "kind": column.kind.value})
        for tab, columns in named.items()
        for column in columns
        if (tab, column.key) not in known
    ]
    if new:
        ledger.update_client(slug, extra={**client.extra, _KEPT: [*kept, *new]})


def _column(record: Mapping[str, Any], book: Book) -> Column:
    if record["tab"] != PLAN:
        return deal_column(record["key"], record["header"], book.marks_tab())
    return Column(record["key"], record["header"], Kind(record["kind"]), guarded=False, option="conditions")
