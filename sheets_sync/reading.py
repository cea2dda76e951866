"""Raw cells of a client's files turned into typed inputs, problems, and addresses for them (SPEC §3, §8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from kpi_rules.frames import deals_frame, reports_frame
from kpi_rules.inputs import (
    DEAL_BAD_COLUMNS,
    DEAL_COLUMNS,
    DISCIPLINE_BAD_COLUMNS,
    DISCIPLINE_COLUMNS,
    REPORT_BAD_COLUMNS,
    REPORT_COLUMNS,
    Absence,
    Correction,
    Decision,
    DecisionKind,
    Employment,
    MonthTick,
    Objection,
    PayrollInputs,
    PlanRow,
    Role,
    Salary,
    WorkbookInputs,
)
from kpi_rules.problems import Place, Problem, blocking
from kpi_rules.rulebook import Rulebook
from kpi_rules.rulebook_errors import BandRow, KpiRow, RulebookError
from kpi_rules.rulebooks import from_rows
from sheets_sync.book_reading import BookReading, Record
from sheets_sync.cells import RawBook
from sheets_sync.layout import Book
from sheets_sync.names import Directory
from sheets_sync.settings_tab import read_settings
from sheets_sync.tables import Located, Table

_PLAN_FIGURES = (
    "revenue_tiyn",
    "conversion_fraction",
    "average_deal_tiyn",
    "leads",
    "response_minutes",
    "repeat_fraction",
    "margin_fraction",
)


@dataclass(frozen=True)
class ReadWorkbook:
    """What a workbook says, what is wrong in it, and where everything stands."""

    inputs: WorkbookInputs
    problems: tuple[Problem, ...]
    located: Located


@dataclass(frozen=True)
class ReadPayroll:
    """What a payroll book says, what is wrong in it, and where everything stands."""

    inputs: PayrollInputs
    problems: tuple[Problem, ...]
    located: Located


def parse_workbook(raw: RawBook, book: Book, rulebook: Rulebook) -> ReadWorkbook:
    """Read the input tabs of a workbook.

    Args:
        raw: the cells.
        book: the layout of the workbook.
        rulebook: the client's built-in rules: name, policies and inputs have no place on «Правила».
    """
    reading = BookReading(raw, book, Directory.of(()))
    staff = _staff(reading)
    reading.directory = Directory.of(staff)
    settings, setting_problems = read_settings(book.tab("settings"), list(reading.records("settings")))
    if reading.headers["settings"].readable:
        reading.problems += setting_problems
    tabs = {tab.key for tab in book.tabs}
    inputs = WorkbookInputs(
        staff=staff,
        plan=_plan(reading),
        deals=_frame(reading.table("deals"), DEAL_COLUMNS, DEAL_BAD_COLUMNS)
        if "deals" in tabs
        else deals_frame(),
        reports=_frame(reading.table("reports"), REPORT_COLUMNS, REPORT_BAD_COLUMNS)
        if "reports" in tabs
        else reports_frame(),
        discipline=_frame(reading.table("discipline"), DISCIPLINE_COLUMNS, DISCIPLINE_BAD_COLUMNS),
        absences=_absences(reading),
        settings=settings,
        objections=_objections(reading),
        rulebooks=_rulebooks(reading, rulebook),
    )
    return ReadWorkbook(inputs, tuple(reading.problems), reading.located())


def parse_payroll(raw: RawBook, book: Book, staff: Sequence[Employment]) -> ReadPayroll:
    """Read the input tabs of a payroll book; `staff` is that of the workbook."""
    reading = BookReading(raw, book, Directory.of(staff))
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
    return ReadPayroll(inputs, tuple(reading.problems), reading.located())


def _subject_as_text(record: Record) -> Record:
    return replace(record, values={**record.values, "subject": record.values["subject"] or ""})


def _staff(reading: BookReading) -> tuple[Employment, ...]:
    records = list(reading.records("staff"))
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


def _plan(reading: BookReading) -> tuple[PlanRow, ...]:
    return tuple(
        PlanRow(**record.values, bad=record.bad.intersection(_PLAN_FIGURES), row=record.row)
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


def _frame(table: Table, columns: Mapping[str, str], bad_columns: Sequence[str]) -> pd.DataFrame:
    """Lay a table out as `kpi_rules.inputs` describes its frame."""
    data: dict[str, Any] = {"row": table.rows}
    for name, kind in columns.items():
        if name in table.columns:
            data[name] = pd.Series(table.columns[name].values, dtype=kind)
        elif name.endswith("_without_time"):
            data[name] = table.columns[name.replace("_without_time", "_at")].without_time
    for name in bad_columns:
        data[name] = table.columns[name.removeprefix("bad_")].bad
    return pd.DataFrame(data)[[*columns, *bad_columns]]


def _rulebooks(reading: BookReading, built_in: Rulebook) -> tuple[Rulebook, ...]:
    """Read the versions of «Правила»; none where anything on the tab is wrong, for rules are not guessed."""
    before = len(reading.problems)
    kpi_rows, band_rows = list(reading.records("rules")), list(reading.records("rules", "bands"))
    if not kpi_rows and not band_rows and reading.headers["rules"].readable:
        reading.problems.append(blocking("rules_empty", Place("rules")))
    if any(problem.blocks for problem in reading.problems[before:]):
        return ()
    try:
        return from_rows(
            [KpiRow(**record.values, row=record.row) for record in kpi_rows],
            [
                BandRow(
                    from_month=record.values["band_from_month"],
                    from_fraction=record.values["from_fraction"],
                    id=record.values["band"],
                    coefficient_fraction=record.values["coefficient_fraction"],
                    row=record.row,
                )
                for record in band_rows
            ],
            name=built_in.name,
            policies=built_in.policies,
            inputs=built_in.inputs,
        )
    except RulebookError as error:
        reading.problems.append(_refused_rules(reading.book, error))
        return ()


def _refused_rules(book: Book, error: RulebookError) -> Problem:
    """Say in the words of the tab why its rules can not be used."""
    problem = error.problem()
    columns = book.tab("rules").columns
    words = {key: word for column in columns for key, word in (column.choices or {}).items()}
    params = {name: words.get(value, value) for name, value in problem.params.items()}
    band = problem.code == "rules_band_twice"
    return replace(
        problem, params=params, place=replace(problem.place, column="band") if band else problem.place
    )
