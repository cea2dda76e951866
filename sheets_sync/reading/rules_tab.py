"""«Правила» read version by version: a draft of a later month spoils itself, not the rules that hold (behaviour §3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from kpi_rules.problems import Place, Problem, blocking
from kpi_rules.rulebook.errors import BandRow, KpiRow, RulebookError
from kpi_rules.rulebook.model import Role, Rulebook
from kpi_rules.rulebook.versions import from_rows
from kpi_rules.time.periods import Month
from sheets_sync.reading.book_reading import BookReading, Record
from sheets_sync.schema.layout import Book

Row = TypeVar("Row", KpiRow, BandRow)


@dataclass(frozen=True)
class ReadRules:
    """The versions that can be used, in order of their months, and the months of those that cannot."""

    versions: tuple[Rulebook, ...] = ()
    spoiled: frozenset[Month] = frozenset()


@dataclass(frozen=True)
class _Entered:
    """The rows of one table, and from which months rows of it cannot be read."""

    records: Sequence[Record]
    bad_rows: frozenset[int]
    month_column: str

    def good(self) -> list[Record]:
        return [record for record in self.records if record.row not in self.bad_rows]

    def bad(self) -> list[Record]:
        return [record for record in self.records if record.row in self.bad_rows]

    def bad_months(self, role: Role | None = None) -> set[Month]:
        """Give the months of bad rows; with a role, of its rows and of those whose role is unknown."""
        return {
            record.values[self.month_column]
            for record in self.bad()
            if role is None or record.values["role"] in {role.value, None}
        }


def read_rules(reading: BookReading, built_in: Rulebook) -> ReadRules:
    """Read the versions of «Правила».

    Each card and the bands hold until the rows of a later month replace them. A version that leans on a row
    with a blocking problem is spoiled, and so is everything where such a row does not tell its month.
    """
    kpis = _entered(reading, "", "from_month")
    bands = _entered(reading, "bands", "band_from_month")
    if kpis is None or bands is None:
        return ReadRules()
    if not kpis.records and not bands.records:
        if reading.headers["rules"].readable:
            reading.problems.append(blocking("rules_empty", Place("rules")))
        return ReadRules()
    kpi_rows = [KpiRow(**record.values, row=record.row) for record in kpis.good()]
    band_rows = [_band_row(record) for record in bands.good()]
    months = {row.from_month for row in kpi_rows} | {row.from_month for row in band_rows}
    versions: list[Rulebook] = []
    spoiled: set[Month] = set()
    refusals: dict[tuple[object, ...], Problem] = {}
    for month in sorted(months | kpis.bad_months() | bands.bad_months()):
        parts = [
            _holding([row for row in kpi_rows if row.role == role.value], kpis.bad_months(role), month)
            for role in Role
        ]
        held_bands = _holding(band_rows, bands.bad_months(), month)
        if held_bands is None or any(part is None for part in parts):
            spoiled.add(month)
            continue
        rows = [row for part in parts for row in part or ()]
        try:
            versions += from_rows(
                rows, held_bands, name=built_in.name, policies=built_in.policies, grain=built_in.grain
            )
        except RulebookError as error:
            spoiled.add(month)
            problem = _refused(reading.book, error)
            refusals.setdefault(
                (problem.code, problem.place, *sorted(problem.params.items())),
                replace(problem, params={**problem.params, "month": str(month)}),
            )
    reading.problems += refusals.values()
    return ReadRules(tuple(versions), frozenset(spoiled))


def _entered(reading: BookReading, table: str, month_column: str) -> _Entered | None:
    """Read one table of the tab; None where what is wrong can not be told from one version to another."""
    before = len(reading.problems)
    records = list(reading.records("rules", table))
    bad_rows = {problem.place.row for problem in reading.problems[before:] if problem.blocks}
    known = {record.row: record.values[month_column] for record in records}
    if any(row is None or known.get(row) is None for row in bad_rows):
        return None
    return _Entered(records, frozenset(row for row in bad_rows if row is not None), month_column)


def _holding(rows: Iterable[Row], bad_months: Iterable[Month], month: Month) -> list[Row] | None:
    """Give the rows that hold in a month, as of this month; None where a bad row is one of them."""
    known = list(rows)
    bad = {start for start in bad_months if start <= month}
    latest = max({row.from_month for row in known if row.from_month <= month} | bad, default=None)
    if latest in bad:
        return None
    return [replace(row, from_month=month) for row in known if row.from_month == latest]


def _band_row(record: Record) -> BandRow:
    return BandRow(
        from_month=record.values["band_from_month"],
        from_fraction=record.values["from_fraction"],
        id=record.values["band"],
        coefficient_fraction=record.values["coefficient_fraction"],
        row=record.row,
    )


def _refused(book: Book, error: RulebookError) -> Problem:
    """Say in the words of the tab why its rules can not be used."""
    problem = error.problem()
    columns = book.tab("rules").columns
    words = {key: word for column in columns for key, word in (column.choices or {}).items()}
    params = {name: words.get(value, value) for name, value in problem.params.items()}
    band = problem.code == "rules_band_twice"
    return replace(
        problem, params=params, place=replace(problem.place, column="band") if band else problem.place
    )
