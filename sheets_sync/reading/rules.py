"""«Правила» version by version: a draft of a later month spoils itself, not the rules that hold (behaviour §3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TypeVar

from kpi_rules.measures.catalogue import MEASURES, compared
from kpi_rules.measures.conditions import OWN, Condition, ConditionError, parse_condition
from kpi_rules.measures.units import Unit
from kpi_rules.problems import Place, Problem, blocking
from kpi_rules.rulebook.errors import BandRow, KpiRow, RulebookError
from kpi_rules.rulebook.model import HowCounted, Role, Rulebook
from kpi_rules.rulebook.versions import from_rows
from kpi_rules.time.periods import Month
from sheets_sync.reading.own_columns import PLAN, OwnHeaders, condition_column, kpi_header
from sheets_sync.reading.tables import BookReading, Record
from sheets_sync.schema.layout import Book

Row = TypeVar("Row", KpiRow, BandRow)


@dataclass(frozen=True)
class ReadRules:
    """The versions that can be used, in order of their months, and the months of those that cannot."""

    versions: tuple[Rulebook, ...] = ()
    spoiled: frozenset[Month] = frozenset()
    conditions: Sequence[tuple[int, Condition]] = ()
    """What stands in «Только где», with its sheet row."""


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
    own = _OwnWords(reading)
    kpis = _entered(reading, "", "from_month", own)
    bands = _entered(reading, "bands", "band_from_month")
    if kpis is None or bands is None:
        return ReadRules()
    if not kpis.records and not bands.records:
        if reading.headers["rules"].readable:
            reading.problems.append(blocking("rules_empty", Place("rules")))
        return ReadRules()
    kpi_rows = [_kpi_row(record, own) for record in kpis.good()]
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
    return ReadRules(tuple(versions), frozenset(spoiled), tuple(own.conditions.items()))


def _entered(
    reading: BookReading, table: str, month_column: str, own: _OwnWords | None = None
) -> _Entered | None:
    """Read one table of the tab; None where what is wrong can not be told from one version to another."""
    before = len(reading.problems)
    records = list(reading.records("rules", table))
    if own is not None:
        reading.problems += own.read(records)
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


def _kpi_row(record: Record, own: _OwnWords) -> KpiRow:
    values = {each.name: record.values[each.name] for each in fields(KpiRow) if each.name in record.values}
    condition = own.conditions.get(record.row)
    is_own = condition is not None or values.get("how_counted") is not None
    target = own.target_of(record.values["id"]) if is_own else None
    return KpiRow(**{**values, "only_where": condition, "own_target": target, "row": record.row})


@dataclass
class _OwnWords:
    """What rules say in words of the client's own: conditions by row, and targets by the names of KPIs."""

    reading: BookReading
    conditions: dict[int, Condition] = field(default_factory=dict)

    def __post_init__(self) -> None:
        book, raw = self.reading.book, self.reading.raw
        self.marks = book.marks_tab()
        self.deals = OwnHeaders.of(book.facts_tab(), raw)
        self.plan = OwnHeaders.of(book.tab(PLAN), raw)

    def read(self, records: Iterable[Record]) -> Iterator[Problem]:
        """Read the conditions; what is none, or names what is not there, is told and blocks its version."""
        units: dict[str, Unit] = {}
        for record in records:
            if record.values.get("how_counted"):
                yield from self._kind_of_target(record, units)
            elif self._lacks_how(record):
                place, measure = Place("rules", record.row, "how_counted"), record.values["measure"]
                yield blocking("rules_how_counted_missing", place, value=measure)
            text = record.values.get("only_where")
            if not text or "only_where" in record.bad:
                continue
            try:
                condition = parse_condition(text, lambda name: condition_column(name, self.deals, self.marks))
            except ConditionError as error:
                place = Place("rules", record.row, "only_where")
                similar = "_similar" if error.params.get("similar") else ""
                yield blocking(f"rules_{error.code}{similar}", place, **self._told(error))
                continue
            if condition is not None:
                self.conditions[record.row] = condition
                yield from self._kind_of_target(record, units)

    def _lacks_how(self, record: Record) -> bool:
        """Tell whether a rule names a measure of the client's own, and not how it is counted."""
        tab, measure = self.reading.book.tab("rules"), record.values.get("measure")
        return (
            tab.has("how_counted")
            and bool(measure)
            and measure not in MEASURES
            and "how_counted" not in record.bad
        )

    def target_of(self, id_: str) -> str | None:
        """Give the key of the column of a KPI's name on «План»; None where there is none."""
        header = kpi_header(id_, self.reading.book)
        return None if self.plan.standing(header) is None else OWN + id_

    def _told(self, error: ConditionError) -> dict[str, str]:
        return {**error.params, "tab": self.deals.tab.title}

    def _kind_of_target(self, record: Record, units: dict[str, Unit]) -> Iterator[Problem]:
        """Refuse that one column of «План» is money for one KPI and a share for another of the same name."""
        id_, measure = record.values["id"], record.values["measure"]
        how = record.values.get("how_counted")
        if (how or measure in MEASURES) and self.target_of(id_) is not None:
            of_values = Unit.FRACTION if how == HowCounted.SHARE else Unit.NUMBER
            unit = of_values if how else compared(measure).unit
            if units.setdefault(id_, unit) is not unit:
                yield blocking("rules_own_target_kind", Place("rules", record.row, "id"), id=id_)


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
    band = problem.code in {"rules_band_twice", "rules_band_name"}
    return replace(
        problem, params=params, place=replace(problem.place, column="band") if band else problem.place
    )
