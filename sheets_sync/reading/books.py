"""Raw cells of a client's files turned into typed inputs, problems, and addresses for them (behaviour §3, §8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from kpi_rules.facts.frames import FactFrame, bad_flag
from kpi_rules.facts.inputs import (
    Absence,
    Correction,
    Decision,
    DecisionKind,
    Employment,
    MonthTick,
    Objection,
    PayrollInputs,
    PlanRow,
    Salary,
    WorkbookInputs,
)
from kpi_rules.facts.kinds import Kind
from kpi_rules.facts.tabs import without_time
from kpi_rules.measures.targets import TARGETS
from kpi_rules.problems import Place, Problem, blocking
from kpi_rules.rulebook.model import Role, Rulebook
from kpi_rules.rulebook.versions import in_force
from kpi_rules.time.periods import Month
from sheets_sync.reading.book_reading import BookReading, Record
from sheets_sync.reading.cells import RawBook
from sheets_sync.reading.names import Directory, Person
from sheets_sync.reading.rules_tab import read_rules
from sheets_sync.reading.settings_tab import read_settings
from sheets_sync.reading.tables import Located
from sheets_sync.schema.layout import Book, Tab


@dataclass(frozen=True)
class ReadWorkbook:
    """What a workbook says, what is wrong in it, and where everything stands."""

    inputs: WorkbookInputs
    problems: tuple[Problem, ...]
    located: Located
    spoiled_rules: frozenset[Month] = frozenset()
    """From these months rules were entered that cannot be used; they are not among the inputs."""

    def rules_in_force(self, month: Month) -> Rulebook | None:
        """Give the version that holds in a month; None before the first, and where that one cannot be used."""
        latest = in_force(self.inputs.rulebooks, month)
        spoiled = [start for start in self.spoiled_rules if start <= month]
        return None if latest and spoiled and max(spoiled) > latest.from_month else latest


@dataclass(frozen=True)
class ReadPayroll:
    """What a payroll book says, what is wrong in it, and where everything stands."""

    inputs: PayrollInputs
    problems: tuple[Problem, ...]
    located: Located


def parse_workbook(
    raw: RawBook, book: Book, rulebook: Rulebook, known: Iterable[Employment] = ()
) -> ReadWorkbook:
    """Read the input tabs of a workbook.

    Args:
        raw: the cells.
        book: the layout of the workbook.
        rulebook: the client's built-in rules: name, policies and inputs have no place on «Правила».
        known: the staff of a closed month: who is named in a row is looked for among them first.
    """
    reading = BookReading(raw, book, Directory.of(()))
    people = list(reading.records("staff"))
    staff = _staff(reading, people)
    reading.directory = Directory.of(known).over(Directory.of(_named(people)))
    records = list(reading.records("settings"))
    settings, setting_problems = read_settings(book.tab("settings"), records, book.language)
    if reading.headers["settings"].readable:
        reading.problems += setting_problems
    rules = read_rules(reading, rulebook)
    inputs = WorkbookInputs(
        staff=staff,
        plan=_plan(reading),
        facts=_facts(reading, book.facts_tab()),
        marks=_facts(reading, book.marks_tab()),
        absences=_absences(reading),
        settings=settings,
        objections=_objections(reading),
        rulebooks=rules.versions,
    )
    reading.look_through()
    return ReadWorkbook(inputs, tuple(reading.problems), reading.located(), rules.spoiled)


def parse_payroll(
    raw: RawBook, book: Book, staff: Sequence[Employment], former: Iterable[Employment] = ()
) -> ReadPayroll:
    """Read the input tabs of a payroll book; `staff` is that of the workbook.

    `former` are those of closed months: who stands on «Сотрудники» no more is still known in rows about him.
    """
    reading = BookReading(raw, book, Directory.of(staff).over(Directory.of(former)))
    inputs = PayrollInputs(
        months=tuple(
            MonthTick(**record.values, row=record.row)
            for record in reading.records("months")
            if record.has("month")
        ),
        decisions=tuple(
            Decision(**{**record.values, "kind": DecisionKind(record.values["kind"])}, row=record.row)
            for record in map(_subject_as_text, reading.records("decisions"))
            if record.has("month", "code", "kind", "reason")
        ),
        salaries=tuple(
            Salary(**record.values, row=record.row)
            for record in reading.records("salaries")
            if record.has("code", "from_month", "base_tiyn", "variable_tiyn")
        ),
        corrections=tuple(
            Correction(**record.values, row=record.row)
            for record in reading.records("corrections")
            if record.has("number", "for_month", "code", "amount_tiyn", "reason")
        ),
    )
    reading.look_through()
    return ReadPayroll(inputs, tuple(reading.problems), reading.located())


def _subject_as_text(record: Record) -> Record:
    return replace(record, values={**record.values, "subject": record.values["subject"] or ""})


def _staff(reading: BookReading, records: Sequence[Record]) -> tuple[Employment, ...]:
    if not records and reading.headers["staff"].readable:
        reading.problems.append(blocking("staff_empty", Place("staff")))
    return tuple(
        Employment(
            code=record.values["code"],
            name=" ".join(record.values["name"].split()),
            email=record.values["email"] or "",
            role=Role(record.values["role"]),
            hired_on=record.values["hired_on"].date(),
            left_on=record.values["left_on"].date() if record.values["left_on"] else None,
            week_days=int(record.values["week_days"]),
            row=record.row,
        )
        for record in records
        if record.has("code", "name", "role", "hired_on", "week_days") and "left_on" not in record.bad
    )


def _named(records: Iterable[Record]) -> list[Person]:
    """Name everybody, also where his row lacks something: what is his by name elsewhere stays his."""
    return [
        Person(record.values["code"], " ".join((record.values["name"] or record.values["code"]).split()))
        for record in records
        if record.has("code")
    ]


def _plan(reading: BookReading) -> tuple[PlanRow, ...]:
    return tuple(
        PlanRow(
            record.values["month"],
            record.values["code"],
            {field: value for field in TARGETS if (value := record.values.get(field)) is not None},
            record.bad.intersection(TARGETS),
            record.row,
        )
        for record in reading.records("plan")
        if record.has("month", "code")
    )


def _absences(reading: BookReading) -> tuple[Absence, ...]:
    return tuple(
        Absence(
            record.values["code"], record.values["from_on"].date(), record.values["to_on"].date(), record.row
        )
        for record in reading.records("absences")
        if record.has("code", "from_on", "to_on")
    )


def _objections(reading: BookReading) -> tuple[Objection, ...]:
    return tuple(
        Objection(
            number=record.values["number"] or "",
            month=record.values["month"],
            code=record.values["code"],
            text=record.values["text"] or "",
            answer=record.values["answer"] or "",
            resolved=record.values["resolved"],
            row=record.row,
        )
        for record in reading.records("objections")
    )


def _facts(reading: BookReading, tab: Tab) -> FactFrame:
    """Lay a tab of facts out as `kpi_rules.facts.frames` describes its frame."""
    table, facts = reading.table(tab.key), tab.facts()
    data: dict[str, Any] = {"row": table.rows}
    for column in facts.columns:
        read = table.columns[column.key]
        data[column.key] = pd.Series(read.values, dtype=facts.frame_types[column.key], copy=False)
        if column.kind is Kind.MOMENT:
            data[without_time(column.key)] = read.without_time
    for key in facts.watched:
        data[bad_flag(key)] = table.columns[key].bad
    # Nobody else holds these arrays.
    return FactFrame(facts, pd.DataFrame(data, copy=False))
