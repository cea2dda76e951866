"""The one chain from cells to results: parse → check → prepare → ease → decide. Values in, values out.

Every door goes through it (a sync, a close, `kpi score`, signals, plan hints, late edits), so that the same book
tells the same problems at each of them. Nothing here asks Google or the ledger: what these know comes in as values
(`HeldMonth`, the months before, the memory of rows). A sealed month is recounted from its record alone by
`kpi_rules.deciding`, which needs no book.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any

from kpi_rules.cards.results import MonthResults
from kpi_rules.cards.targets import needed_targets, own_targets
from kpi_rules.checks.workbook import check_workbook
from kpi_rules.counting.filled_cells import DEMANDED_TEXTS, filled_as_sealed
from kpi_rules.deciding.freezing import HeldPlan, hold_percents, hold_plan, ignored_rule_edits
from kpi_rules.deciding.month import decide
from kpi_rules.facts.inputs import Employment, MonthInputs, PayrollInputs, WorkbookInputs
from kpi_rules.facts.percents import PERCENTS
from kpi_rules.facts.row_history import RowHistory
from kpi_rules.facts.selection import select_month
from kpi_rules.measures.catalogue import CRM_FILLED
from kpi_rules.measures.targets import REVENUE, TARGETS
from kpi_rules.measures.units import Unit
from kpi_rules.problems import Place, Problem, Severity, blocking
from kpi_rules.questions import Question
from kpi_rules.rulebook.model import Role, Rulebook
from kpi_rules.time.lifecycle import MonthState
from kpi_rules.time.periods import Month
from kpi_rules.words.numbers import money_text, number_text, percent_text
from kpi_rules.words.rule_changes import differences
from kpi_rules.words.texts import Texts
from operations.facts.held_months import NO_PAST, HeldMonth, PreparedMonth, SealedPast, with_sealed
from sheets_sync.reading.books import ReadPayroll, ReadWorkbook, parse_payroll, parse_workbook
from sheets_sync.reading.cells import RawBook
from sheets_sync.reading.typed_text import Directory
from sheets_sync.schema.layout import Layout
from templates.loading import load

NO_MEMORY: Mapping[str, RowHistory] = MappingProxyType({})


@dataclass(frozen=True)
class ParsedBooks:
    """A client's books as people filled them in: typed, each unreadable cell named, nothing judged yet."""

    raw: RawBook
    """The cells of the workbook."""
    layout: Layout
    built_in: Rulebook
    """The rules where «Правила» has none in force."""
    workbook: ReadWorkbook
    payroll: ReadPayroll | None = None
    """None where the payroll book was not read."""
    draft: Rulebook | None = None
    """Rules from a file that hold instead of «Правила», in `kpi score --rulebook`."""

    @property
    def paid(self) -> PayrollInputs:
        """What the payroll book says; nothing where it was not read."""
        return self.payroll.inputs if self.payroll else PayrollInputs()

    @property
    def drafts(self) -> tuple[Rulebook, ...]:
        """The rules from a file, where there are any."""
        return () if self.draft is None else (self.draft,)

    @cached_property
    def texts(self) -> Texts:
        """The sentences, in the language that «Настройки» asks for, with the names of the files' own."""
        return load(self.layout.template, self.layout.language, self.workbook.inputs.settings.language).texts

    def with_payroll(self, payroll: ReadPayroll) -> ParsedBooks:
        """Put the payroll book beside the workbook."""
        return replace(self, payroll=payroll)

    def with_questions(self, questions: tuple[Question, ...]) -> ParsedBooks:
        """Put beside the rows what took leads out of somebody's count."""
        if not questions:
            return self
        inputs = replace(self.workbook.inputs, questions=questions)
        return replace(self, workbook=replace(self.workbook, inputs=inputs))

    def payroll_of(self, raw: RawBook, former: Sequence[Employment] = ()) -> ReadPayroll:
        """Read the cells of the payroll book; it may still name people of closed months, the `former`."""
        return parse_payroll(raw, self.layout.payroll, self.workbook.inputs.staff, former)

    def rules_entered(self, month: Month) -> Rulebook | None:
        """Give the rules that people entered for a month; None where none of them are in force."""
        return self.draft or self.workbook.rules_in_force(month)

    def inputs_known_to(self, staff: Iterable[Employment]) -> WorkbookInputs:
        """Read the rows by the names and codes that a closed month knew first; anew only where these differ.

        A row names its employee by code, full name or e-mail. Whether a row of a closed month was changed may not hang
        on what «Сотрудники» says today: a new surname, a leaver's row cleared away, or a newcomer of the same
        name is no late edit.
        """
        staff = tuple(staff)
        then, now = Directory.of(staff), Directory.of(self.workbook.inputs.staff)
        words = {word for stint in staff for word in (stint.code, stint.name, stint.email) if word}
        if all(then.codes(word) == now.codes(word) for word in words):
            return self.workbook.inputs
        return parse_workbook(self.raw, self.layout.workbook, self.built_in, staff, self.drafts).inputs


@dataclass(frozen=True)
class BookFacts:
    """The books of a client with every problem that concerns them as a whole, before any month is looked at."""

    books: ParsedBooks
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class DecidedMonth:
    """A month under the rules, calendar and plan that hold, and all that the rules say about it."""

    prepared: PreparedMonth
    results: MonthResults


@dataclass(frozen=True)
class DecidedLate:
    """A closed month as its live rows would have it."""

    inputs: MonthInputs
    results: MonthResults


def parse_books(
    raw: RawBook, layout: Layout, built_in: Rulebook, *, draft: Rulebook | None = None
) -> ParsedBooks:
    """Read the cells of a workbook; the payroll book is put beside it by `with_payroll`."""
    beside = () if draft is None else (draft,)
    read = parse_workbook(raw, layout.workbook, built_in, beside=beside)
    return ParsedBooks(raw, layout, built_in, read, draft=draft)


def check_books(books: ParsedBooks, now: datetime, known: Iterable[Problem] = ()) -> BookFacts:
    """Put together what could not be read, what contradicts itself, and what is `known` from elsewhere."""
    local = books.layout.workbook.local_time(now)
    problems = (
        *books.workbook.problems,
        *(books.payroll.problems if books.payroll else ()),
        *check_workbook(books.workbook.inputs, books.paid, local),
        *known,
    )
    return BookFacts(books, problems)


def decide_month(
    facts: BookFacts,
    held: HeldMonth,
    now: datetime,
    *,
    final: bool,
    past: SealedPast = NO_PAST,
    memory: Mapping[str, RowHistory] | None = None,
) -> DecidedMonth:
    """Prepare a month, let what is frozen only warn, and score it.

    Args:
        facts: the checked books.
        held: the month as the ledger holds it, or one that has not opened.
        now: as of when (aware).
        final: as a whole, not to date.
        past: the months before as they were sealed.
        memory: what the ledger remembers of the rows, by tab; None where there is none: no signals then.
    """
    prepared = prepare_month(facts.books, held, past)
    results = decide(
        prepared.inputs,
        now,
        final=final,
        problems=(*_eased(facts, prepared), *prepared.problems),
        rows=None if memory is None else memory.get(prepared.inputs.facts.tab.key, {}),
        others=memory or NO_MEMORY,
    )
    return DecidedMonth(prepared, results)


def prepare_month(books: ParsedBooks, held: HeldMonth, past: SealedPast = NO_PAST) -> PreparedMonth:
    """Select a month's facts and put frozen rules, calendar and plan in the place of what stands there now.

    So do the months before as they were sealed: a late edit moves neither norms nor forecasts.

    A month that has not opened and has no rules in force is shown by the built-in ones, with a blocking
    problem that says so: nothing opens by rules that nobody entered.
    """
    entered = books.rules_entered(held.month)
    rulebook = held.rulebook or entered or books.built_in
    inputs = select_month(
        books.workbook.inputs,
        books.paid,
        held.month,
        rulebook,
        held.calendar,
        past.parts_before(held.month),
    )
    inputs = replace(inputs, history=with_sealed(inputs.history, held.month, past.months))
    if held.rulebook is None:
        missing = blocking("rules_not_in_force", Place("rules"), month=held.month)
        return PreparedMonth(held, inputs, () if entered else (missing,), {})
    plan = _held_plan(inputs, held, books.texts)
    told = "; ".join(differences(held.rulebook, entered, books.texts)) if entered else ""
    problems = (*plan.problems, *ignored_rule_edits(entered, held.rulebook, held.month, told))
    percents = held.percents
    if books.payroll is not None:
        percents, ignored = hold_percents(inputs.percents, held.percents, held.month)
        problems += ignored
    inputs = replace(inputs, plan=plan.rows, percents=percents)
    return PreparedMonth(held, inputs, problems, plan.newcomers)


def decide_late(
    sealed: MonthInputs, live: WorkbookInputs, as_of_at: datetime, problems: Sequence[Problem]
) -> DecidedLate:
    """Score a closed month with the rows that stand there now; rules, plan, staff and decisions stay as sealed."""
    selected = select_month(live, PayrollInputs(), sealed.month, sealed.rulebook, sealed.calendar)
    present = replace(
        sealed,
        facts=filled_as_sealed(sealed, selected.facts),
        marks=selected.marks,
        payments=selected.payments,
        values=selected.values,
    )
    return DecidedLate(present, decide(present, as_of_at, final=True, problems=problems))


def _eased(facts: BookFacts, prepared: PreparedMonth) -> list[Problem]:
    """Let problems of what is frozen only warn: neither «Правила» nor a frozen plan row can change the month.

    Problems of «План» that name nobody count as long as somebody employed has no frozen row. Rules of a later
    month never count. A tab or a column that is gone still blocks: the archive would lack it.
    """
    held = prepared.held
    frozen = frozenset(held.plan or ())
    open_codes = _planned_codes(prepared.inputs) - frozen

    def ignored(problem: Problem) -> bool:
        if problem.code.startswith(("tab_", "header")):
            return False
        if problem.place.tab == "rules":
            settled = held.rulebook is not None or facts.books.draft is not None
            return settled or problem.params.get("month", "") > str(held.month)
        if problem.place.tab == PERCENTS and held.rulebook is not None:
            return problem.place.column != "approved"
        if problem.place.tab == "plan" and held.rulebook is not None:
            return problem.employee in frozen if problem.employee else not open_codes
        return False

    needed = _needed_headers(facts.books, prepared.inputs)

    def weighed(problem: Problem) -> Problem:
        if problem.blocks and ignored(problem):
            return replace(problem, severity=Severity.WARNING)
        is_needed = (problem.place.tab, problem.params.get("header")) in needed
        if is_needed and problem.code.startswith("header_missing"):
            return replace(problem, severity=Severity.BLOCKING)
        return problem

    return [weighed(problem) for problem in facts.problems]


def _needed_headers(books: ParsedBooks, inputs: MonthInputs) -> frozenset[tuple[str, str]]:
    """Name by tab the headers of free texts that are not there and that a measure of the month's rules asks for."""
    facts = books.workbook.inputs.facts
    if CRM_FILLED not in inputs.rulebook.measures or not facts.missing:
        return frozenset()
    tab = books.layout.workbook.tab(facts.tab.key)
    return frozenset((tab.key, tab.column(name).header) for name in facts.missing & DEMANDED_TEXTS)


def _planned_codes(inputs: MonthInputs) -> frozenset[str]:
    first_on = inputs.month.first_on
    return frozenset(
        stint.code
        for stint in inputs.staff
        if stint.role is Role.MANAGER and (stint.left_on is None or stint.left_on >= first_on)
    )


def _held_plan(inputs: MonthInputs, held: HeldMonth, texts: Texts) -> HeldPlan:
    own = {name: target.unit for name, (_, target) in own_targets(inputs.rulebook.all_kpis).items()}

    def shown(name: str, value: Any) -> str:
        if value is None:
            return texts("amount.blank")
        unit = TARGETS[name].unit if name in TARGETS else own.get(name, Unit.COUNT)
        if unit is Unit.TIYN:
            return money_text(value, texts.language)
        if unit is Unit.FRACTION:
            return percent_text(value, texts.language)
        return number_text(value, texts.language)

    needed = (
        (REVENUE,) if held.state is MonthState.REVIEW else needed_targets(inputs.rulebook, with_head=True)
    )
    return hold_plan(inputs.plan, held.plan or {}, held.month, shown, needed)
