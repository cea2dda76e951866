"""The snapshot of a close: everything that scores, pay, archive and seal stand on, read once.

And what the files of a closed month must hold by it; how they differ from that, and how they show it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from typing import Any

from kpi_rules.cards.payouts import pay
from kpi_rules.cards.results import MonthResults, Payroll
from kpi_rules.deciding.recounting import recounted
from kpi_rules.errors import MissingRangeError, NewerFormError
from kpi_rules.facts.inputs import MonthInputs, PayrollInputs
from kpi_rules.problems import Problem
from kpi_rules.records.calendars import calendar_record
from kpi_rules.records.forms import Record, RecordKind
from kpi_rules.records.months import month_record, plan_from_record, read_month
from kpi_rules.records.results import payroll_from_record, problem_from_record, problem_records
from kpi_rules.records.rulebooks import rulebook_from_record, rulebook_record
from kpi_rules.rulebook.model import Rulebook
from kpi_rules.time.periods import Month
from ledger import Client, canonical
from ledger.records import digest
from operations.facts.chain import DecidedMonth
from sheets_sync.a1 import quoted
from sheets_sync.building import archive
from sheets_sync.building.archive import TabDifference
from sheets_sync.building.blueprints import Blueprint
from sheets_sync.building.changes import Rows
from sheets_sync.building.payroll_tab import SealMark, payroll_tab
from sheets_sync.building.wanted import Wanted
from sheets_sync.ports import BookPort
from sheets_sync.presentation.fields import LOOK_FIELDS, PRESENT, VERSIONS
from sheets_sync.presentation.looks import LookDifference, differences, looks, never_set
from sheets_sync.reading.own_columns import columns_at
from sheets_sync.reading.tables import Located
from sheets_sync.rendering import render
from templates.loading import Template


def _with_layout(record: Record) -> Record:
    """Form 2 says in which layout the rows and cells stand; there was one before."""
    return {**record, "layout": 1}


SNAPSHOT = RecordKind("snapshot of a close", (_with_layout,))


@dataclass(frozen=True)
class ClosingFacts:
    """A month as it closes: its inputs, what the rules say, and what is paid (None for a shadow month)."""

    inputs: MonthInputs
    results: MonthResults
    payroll: Payroll | None
    pay_problems: tuple[Problem, ...]
    pay_inputs: PayrollInputs
    paid_numbers: frozenset[str] = frozenset()
    carried_in_tiyn: Mapping[str, int] = field(default_factory=dict)


def closing_facts(
    decided: DecidedMonth,
    payroll: PayrollInputs,
    paid_numbers: Iterable[str],
    carried_in_tiyn: Mapping[str, int],
) -> ClosingFacts:
    """Work out the pay of a whole month; a shadow month pays nothing."""
    inputs, results = decided.prepared.inputs, decided.results
    if decided.prepared.held.shadow:
        return ClosingFacts(inputs, results, None, (), payroll)
    numbers = frozenset(paid_numbers)
    paid, problems = pay(results, inputs, payroll.salaries, payroll.corrections, numbers, carried_in_tiyn)
    return ClosingFacts(inputs, results, paid, tuple(problems), payroll, numbers, dict(carried_in_tiyn))


def snapshot_record(
    client: Client,
    ledger_id: str,
    facts: ClosingFacts,
    raw: archive.ArchivedRows,
    positions: Mapping[str, Mapping[str, int]],
    by: str,
    built_in: Rulebook,
) -> dict[str, Any]:
    """Write all that the close stands on as plain JSON values.

    `sealed` becomes the sealed record, which says whose it is (the ids are no part of those of 0.1.0); `cells`, `rows`,
    `positions` and `problems` are for the files. Without `rows` (0.1.0) the cells are all rows of the workbook.
    `built_in` is the template's rulebook file as it is at the close: with the files' ids it lets `verify` name a
    replaced one.
    """
    inputs, payroll = facts.inputs, facts.payroll
    lines = payroll.lines if payroll else ()
    month = month_record(
        inputs,
        facts.results,
        payroll,
        facts.pay_inputs.salaries if payroll else (),
        facts.pay_inputs.corrections if payroll else (),
        facts.paid_numbers,
        facts.carried_in_tiyn,
    )
    sealed = {
        **month,
        "client": client.slug,
        "client_name": client.name,
        "client_id": client.id,
        "ledger_id": ledger_id,
        "template": client.template,
        "language": client.language,
        "month": str(inputs.month),
        "closed_by": by,
        "program": version("tablo-kpi"),
        "files": client_files(client),
        "built_in_rules": rulebook_record(built_in),
        "rules": rulebook_record(inputs.rulebook),
        "plan": month["inputs"]["plan"],
        "calendar": calendar_record(inputs.calendar),
        "adjustments": {
            "paid": [
                {"number": correction.number, "code": line.code, "amount_tiyn": correction.amount_tiyn}
                for line in lines
                for correction in line.corrections
            ],
            "carried_tiyn": {line.code: line.carried_out_tiyn for line in lines if line.carried_out_tiyn},
        },
        **_register(facts),
    }
    return SNAPSHOT.stamped(
        {
            "sealed": sealed,
            "cells": cells_record(raw.cells),
            "rows": {tab: list(numbers) for tab, numbers in raw.numbers.items()},
            "layout": client.layout,
            **({"options": list(client.options)} if client.options else {}),
            "positions": {key: dict(columns) for key, columns in positions.items()},
            "problems": _placed_problems(facts.results),
        }
    )


def _register(facts: ClosingFacts) -> dict[str, Any]:
    """Say how many questions about registered leads there were and how many nobody answered; nothing without any."""
    asked = len(facts.inputs.questions)
    if not asked:
        return {}
    return {"register": {"asked": asked, "unanswered": len(facts.results.questions)}}


def _placed_problems(results: MonthResults) -> list[dict[str, Any]]:
    """Write the problems with the rows that they stand at now: the sealed record keeps none, its files do."""
    records = {}
    for problem in results.problems:
        [record] = problem_records([problem])
        records[canonical(record), problem.place.row] = {**record, "row": problem.place.row}
    return list(records.values())


def placed_problems(content: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Read the problems of a snapshot, each at its row."""
    problems = []
    for record in content.get("problems", ()):
        problem = problem_from_record(record)
        problems.append(replace(problem, place=replace(problem.place, row=record["row"])))
    return tuple(problems)


def client_files(client: Client) -> dict[str, str]:
    """Give the ids of a client's files and folders, by what they are."""
    return {
        "workbook": str(client.workbook_id),
        "payroll": str(client.payroll_id),
        "archive": str(client.folder_id),
        "records": str(client.records_folder_id),
    }


def sealed_results(record: Mapping[str, Any]) -> MonthResults:
    """Work out again what a sealed record says, as of its close.

    Its problems are the sealed ones: worked out again they would stand at the rows of the record, not of the sheet.
    Raises NewerFormError where a newer program sealed it.
    """
    problems = tuple(problem_from_record(problem) for problem in record["problems"])
    return replace(recounted(record), problems=problems)


def sealed_payroll(record: Mapping[str, Any]) -> Payroll | None:
    """Give what a sealed record pays, as it was sealed; None for a shadow month."""
    record = read_month(record)
    return None if record["payroll"] is None else payroll_from_record(record["payroll"])


def sealed_month(record: Mapping[str, Any]) -> Month:
    """Give the month of a sealed record."""
    return Month.parse(record["month"])


def cells_record(tabs: Mapping[str, Sequence[Sequence[Any]]]) -> dict[str, list[list[Any]]]:
    """Write the cells of tabs, by key or title."""
    return {name: [[_written(cell) for cell in row] for row in rows] for name, rows in tabs.items()}


def cells_from_record(record: Mapping[str, Sequence[Sequence[Any]]]) -> dict[str, list[list[Any]]]:
    """Read what `cells_record` wrote."""
    return {name: [[_read(cell) for cell in row] for row in rows] for name, rows in record.items()}


def _written(cell: Any) -> Any:
    return {"number": repr(cell)} if isinstance(cell, float) else cell


def _read(cell: Any) -> Any:
    return float(cell["number"]) if isinstance(cell, Mapping) else cell


# ---- what the files of a closed month must hold
def final_pages(content: Mapping[str, Any], template: Template) -> dict[str, Wanted]:
    """Lay out the output tabs with the final result of a snapshot, for the live workbook."""
    return _pages(content, template, _positions(content), placed_problems(content))


def archived_pages(content: Mapping[str, Any], template: Template) -> dict[str, Wanted]:
    """Lay out the same for the archive, whose columns and rows stand otherwise: so its addresses hold there."""
    template = _with_own_columns(content, template)
    positions = {
        (tab.key, column.key): position
        for tab in template.layout.workbook.inputs()
        for position, column in enumerate(tab.columns)
    }
    problems = tuple(
        archive.at_archived_rows(problem, content.get("rows", {})) for problem in placed_problems(content)
    )
    return _pages(content, template, positions, problems)


def _pages(
    content: Mapping[str, Any],
    template: Template,
    positions: Mapping[tuple[str, str], int],
    problems: tuple[Problem, ...],
) -> dict[str, Wanted]:
    titles = {tab.key: tab.title for tab in template.layout.workbook.tabs}
    results = sealed_results(content["sealed"])
    if "problems" in content:
        results = replace(results, problems=problems)
    shadow = {results.month} if content["sealed"]["payroll"] is None else set()
    return render(results, template.layout, template.texts, Located(titles, positions), shadow=shadow)


def archive_of(
    content: Mapping[str, Any], template: Template, mark: SealMark, pages: Mapping[str, Wanted]
) -> tuple[Blueprint, ...]:
    """Lay out the archive of a snapshot."""
    sealed, template = content["sealed"], _with_own_columns(content, template)
    month = sealed_month(sealed)
    rules = f"{sealed['rules']['name']} {sealed['rules']['from_month']}"
    page = archive.seal_page(month, sealed["client_name"], rules, mark, template.texts)
    book, cells = template.layout.workbook, cells_from_record(content["cells"])
    frozen = None
    if "rows" in content:
        frozen = archive.Frozen(rulebook_from_record(sealed["rules"]), plan_from_record(sealed["plan"]))
    return archive.archive_tabs(book, template.texts, cells, _positions(content), pages, page, frozen)


def _with_own_columns(content: Mapping[str, Any], template: Template) -> Template:
    """Give the template with the columns of the client's own that were read for the close."""
    rules, book = rulebook_from_record(content["sealed"]["rules"]), template.layout.workbook
    own = columns_at(_positions(content), content["cells"], rules, book)
    return replace(template, layout=replace(template.layout, workbook=book.beside(own))) if own else template


def _positions(content: Mapping[str, Any]) -> dict[tuple[str, str], int]:
    """Tell where each known column of the snapshot's rows stands."""
    return {
        (tab, column): position
        for tab, columns in content["positions"].items()
        for column, position in columns.items()
    }


def payroll_tab_of(
    sealed: Mapping[str, Any], template: Template, mark: SealMark, *, iso_months: bool = False
) -> Blueprint | None:
    """Lay out the payroll tab of a sealed record, as 0.1.0 said months with `iso_months`; None for a shadow month."""
    payroll = sealed_payroll(sealed)
    if payroll is None:
        return None
    client, layout = sealed["client_name"], template.layout.number
    return payroll_tab(payroll, template.texts, client, mark, layout, iso_months=iso_months)


# ---- those files read back: how their cells differ, and how they look (two calls a file)
LOOKS = RecordKind("looks of a month's files")
ARCHIVE, PAYROLL = "archive", "payroll"
"""The files whose tabs a record of looks has, by title."""


@dataclass(frozen=True)
class ReadBack:
    """A file as it was read: its cells that differ, and Google's resource of its tabs (without those that are gone)."""

    cells: tuple[TabDifference, ...]
    described: Mapping[str, Any] = field(repr=False)


def read_archive(gateway: BookPort, file_id: str, sealed: Mapping[str, Rows]) -> ReadBack:
    """Read a whole archive and compare its cells and tabs with those sealed (rows by tab title)."""
    described = gateway.describe(file_id, LOOK_FIELDS)
    tabs = [sheet["properties"] for sheet in described["sheets"]]
    # A sheet that is one chart has no cells to be read.
    titles = [tab["title"] for tab in tabs if tab.get("sheetType", "GRID") == "GRID"]
    ranges = gateway.read(file_id, [quoted(title) for title in titles])
    present: dict[str, Rows] = {tab["title"]: [] for tab in tabs}
    present |= {title: read.rows for title, read in zip(titles, ranges, strict=True)}
    return ReadBack(tuple(archive.compare(sealed, present)), described)


def read_payroll(gateway: BookPort, file_id: str, sealed: Mapping[str, Rows]) -> ReadBack:
    """Read a month's payroll tab and compare its cells with those sealed (rows by tab title)."""
    [title] = sealed
    try:
        described = gateway.describe(file_id, LOOK_FIELDS, [quoted(title)])
    except MissingRangeError:
        described = {}
    return ReadBack(tuple(payroll_differences(gateway, file_id, sealed)), described)


def payroll_differences(gateway: BookPort, file_id: str, sealed: Mapping[str, Rows]) -> list[TabDifference]:
    """Read the values of a month's payroll tab alone, and list the cells that are not as sealed."""
    [title] = sealed
    try:
        [written] = gateway.read(file_id, [quoted(title)])
    except MissingRangeError:
        return [TabDifference(title, "", title, None)]
    return archive.compare(sealed, {title: written.rows})


def looks_record(files: Mapping[str, ReadBack]) -> dict[str, Any]:
    """Write how the tabs of a month's files look: by which fields, and of each tab the look and its SHA-256."""
    return LOOKS.stamped(
        {
            "fields": PRESENT,
            **{
                file: {
                    title: {"sha256": digest(canonical(look)), "look": look}
                    for title, look in looks(read.described, PRESENT).items()
                }
                for file, read in files.items()
            },
        }
    )


def look_differences(
    kept: Mapping[str, Any] | None, file: str, read: ReadBack
) -> Iterator[tuple[str, LookDifference]]:
    """Tell by tab title what of a file is shown otherwise than was kept; tabs that are gone or new are told as such.

    Where nothing was kept (months that closed before looks were), what no close ever sets. Raises NewerFormError where a
    newer program kept it.
    """
    if kept is None:
        for title, look in looks(read.described, PRESENT).items():
            yield from ((title, each) for each in never_set(look))
        return
    record = LOOKS.read(kept)
    version = record["fields"]
    if version not in VERSIONS:
        raise NewerFormError(LOOKS.name, f"fields {version}")
    present = looks(read.described, version)
    for title, held in record.get(file, {}).items():
        now = present.get(title)
        if now is not None and digest(canonical(now)) != held["sha256"]:
            yield from ((title, each) for each in differences(held["look"], now))


def unwanted_looks(read: ReadBack) -> Iterator[TabDifference]:
    """Give the tabs that show what no close sets, before their look is attested."""
    for title, look in looks(read.described, PRESENT).items():
        for each in never_set(look):
            yield TabDifference(title, each.cells, each.sealed, each.present)
