"""An offline recount of exported files: the same path without Google."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from kpi_rules.cards.payouts import pay
from kpi_rules.cards.results import MonthResults, Payroll
from kpi_rules.errors import RefusedError
from kpi_rules.problems import Place, Problem
from kpi_rules.rulebook import versions as rulebooks
from kpi_rules.rulebook.errors import RulebookError
from kpi_rules.rulebook.file_form import FIELD_MISSING, FIELD_UNKNOWN, WANTED_FORMS
from kpi_rules.rulebook.model import Rulebook
from kpi_rules.time.lifecycle import MonthState
from kpi_rules.time.overrides import overridden
from kpi_rules.time.periods import Month
from kpi_rules.words.texts import Texts
from operations.facts.calendars import read_decree
from operations.facts.chain import check_books, decide_month, parse_books
from operations.facts.held_months import HeldMonth, calendar_around
from operations.world.telling import refuse_language, refuse_template
from operations.world.toml_files import read_toml
from sheets_sync.reading.cells import RawBook
from sheets_sync.reading.fitting import fitting_layout, fitting_options
from sheets_sync.reading.tables import Located
from sheets_sync.schema.layout import Book, Layout
from sheets_sync.xlsx import reading as xlsx
from templates.loading import Template, languages, load, names, options_of


@dataclass(frozen=True)
class Places:
    """Where things stand in several files: each place is looked up in the file that has its tab."""

    files: tuple[Located, ...]

    def address(self, place: Place) -> tuple[str, str]:
        """Give the title of the tab and the cell («B12»), "" where there is none."""
        known = next((located for located in self.files if place.tab in located.titles), self.files[0])
        return known.address(place)


@dataclass(frozen=True)
class ScoredFile:
    """A month of a workbook file as the rules see it; `payroll` where a payroll book was given."""

    client: str
    results: MonthResults
    payroll: Payroll | None
    problems: tuple[Problem, ...]
    located: Places
    texts: Texts


def score_file(
    path: Path,
    month: Month,
    now: datetime,
    *,
    rules_path: Path | None = None,
    payroll_path: Path | None = None,
    template: str | None = None,
    calendar_path: Path | None = None,
    said_in: str | None = None,
) -> ScoredFile:
    """Score a month of an XLSX workbook: as a whole once it is over, to date while it runs.

    A file knows no ledger: the month is scored as one that has not opened. Where «Правила» has nothing in force
    for it, that is told as a sync tells it, and the scorecard is the one by the built-in rules.

    Args:
        path: the workbook, as `export_template` gives it or as Google exports it.
        month: which month.
        now: the moment to count with (aware).
        rules_path: a rulebook file that holds instead of «Правила».
        payroll_path: the payroll book, for decisions and pay.
        template: the kind of client; None: the one whose tabs and headers the file has.
        calendar_path: a decree's file with days of the calendar that were moved.
        said_in: the language of the sentences; None: the one that «Настройки» asks for.

    Raises:
        RefusedError: a file is not there, is no XLSX, or holds no usable rules; it says what to do.
    """
    if said_in:
        refuse_language(said_in)
    if template:
        refuse_template(template)
    kind, raw = _read_workbook(path, [template] if template else list(names()))
    book = kind.layout.workbook
    draft = read_rulebook(rules_path) if rules_path else None
    books = parse_books(raw, kind.layout, kind.rulebook, draft=draft)
    if payroll_path is not None:
        pay_raw, pay_layout = _read_payroll(payroll_path, kind)
        books = replace(books, layout=replace(kind.layout, payroll=pay_layout.payroll))
        books = books.with_payroll(books.payroll_of(pay_raw))
    calendar = overridden(calendar_around(month.year), read_decree(calendar_path) if calendar_path else ())
    decided = decide_month(
        check_books(books, now),
        HeldMonth(month, MonthState.PLANNING, calendar),
        now,
        final=book.local_time(now).date() > month.last_on,
    )
    results, pay_problems, lines = decided.results, list[Problem](), None
    if books.payroll:
        paid = books.paid
        lines, pay_problems = pay(results, decided.prepared.inputs, paid.salaries, paid.corrections)
    located = (books.workbook.located, *([books.payroll.located] if books.payroll else []))
    said = load(kind.layout.template, book.language, said_in).texts if said_in else books.texts
    return ScoredFile(
        client=client_of(path, book),
        results=results,
        payroll=lines,
        problems=tuple(dict.fromkeys([*results.problems, *pay_problems])),
        located=Places(located),
        texts=said,
    )


def _read_workbook(path: Path, templates: Sequence[str]) -> tuple[Template, RawBook]:
    """Read a workbook as the template and in the language whose tabs and headers are there, in its layout.

    A tab or column of an option that is in the file is what switches the option on: a file knows no ledger.
    """
    kinds = [load(name, language, options=options_of(name)) for language in languages() for name in templates]
    chosen, raw = xlsx.read_fitting(path, [kind.layout.workbook for kind in kinds])
    newest = kinds[chosen].layout
    number = fitting_layout(_not_empty(path, newest.workbook, raw), newest.workbook, newest.number)
    options = fitting_options(raw, newest.workbook)
    return load(newest.template, newest.language, layout=number, options=options), raw


def _read_payroll(path: Path, kind: Template) -> tuple[RawBook, Layout]:
    """Read a payroll book; it may have been downloaded before or after an upgrade of the workbook."""
    template = kind.layout.template
    newest = load(template, kind.layout.language, options=options_of(template)).layout
    raw = _not_empty(path, newest.payroll, xlsx.read(path, newest.payroll))
    number = fitting_layout(raw, newest.payroll, newest.number)
    options = kind.layout.options | fitting_options(raw, newest.payroll)
    return raw, load(newest.template, newest.language, layout=number, options=options).layout


def _not_empty(path: Path, book: Book, raw: RawBook) -> RawBook:
    if not raw:
        tabs = ", ".join(f"«{tab.title}»" for tab in book.inputs())
        raise RefusedError("file_without_tabs", file=path.name, tabs=tabs)
    return raw


def client_of(path: Path, book: Book) -> str:
    """Take the client's name from the file's: Google names a download after its spreadsheet."""
    before, _, after = book.title.partition("{client}")
    stem = path.stem
    if stem.startswith(before) and stem.endswith(after) and len(stem) > len(before) + len(after):
        return stem[len(before) : len(stem) - len(after)]
    return stem


def read_rulebook(path: Path) -> Rulebook:
    """Read a rulebook file (TOML, the form of `kpi_rules.rulebook.versions`). Raises RefusedError."""
    data = read_toml(path, "rulebook_no_toml")
    try:
        return rulebooks.load(data)
    except RulebookError as error:
        raise _rulebook_refusal(path, error) from error


_OF_FORM = {
    FIELD_MISSING: "rulebook_lacks_field",
    FIELD_UNKNOWN: "rulebook_unknown_field",
    **dict.fromkeys(WANTED_FORMS, "rulebook_form"),
}
"""What the reading of the file's form expected; our other rules say what belongs there by words of the file."""


def _rulebook_refusal(path: Path, error: RulebookError) -> RefusedError:
    where: dict[str, Any] = {"file": path.name, "place": error.place}
    if error.code != "value":
        return RefusedError("rulebook_refused", **where, problem=error.problem())
    value, expected = str(error.params.get("value")), str(error.params.get("expected", ""))
    if expected in _OF_FORM:
        return RefusedError(_OF_FORM[expected], **where, value=value)
    return RefusedError("rulebook_value", **where, value=value, expected=expected)
