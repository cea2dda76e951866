"""Raw cells of a client's files turned into typed inputs, problems, and addresses for them (behaviour §3, §8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import time
from typing import Any, TypeVar

from babel import Locale

from kpi_rules.facts.columns import Columns
from kpi_rules.facts.frames import FactFrame, bad_flag
from kpi_rules.facts.inputs import (
    ALWAYS_THERE,
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
from kpi_rules.facts.payments import Payment
from kpi_rules.facts.tabs import without_time
from kpi_rules.measures.grains import Grain
from kpi_rules.measures.targets import TARGETS
from kpi_rules.problems import Place, Problem, blocking, warning
from kpi_rules.rulebook.errors import BandRow, KpiRow, RulebookError
from kpi_rules.rulebook.model import Role, Rulebook
from kpi_rules.rulebook.versions import from_rows, in_force
from kpi_rules.time.periods import Month
from kpi_rules.time.settings import SETTINGS, SettingKind, Settings
from sheets_sync.reading.cells import RawBook, trimmed, value_params, written
from sheets_sync.reading.columns import read_time
from sheets_sync.reading.percents import read_percents
from sheets_sync.reading.tables import BookReading, Located, Record
from sheets_sync.reading.typed_text import Directory, Person, UnreadableError, as_seen, folded
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
    reading.directory = Directory.of(known).over(
        Directory.of(_person(record) for record in people if record.has("code"))
    )
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
        payments=_payments(reading),
    )
    reading.look_through()
    reading.problems += _changed_settings(raw, book)
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
        percents=read_percents(reading),
    )
    reading.look_through()
    return ReadPayroll(inputs, tuple(reading.problems), reading.located())


def _subject_as_text(record: Record) -> Record:
    return replace(record, values={**record.values, "subject": record.values["subject"] or ""})


def _staff(reading: BookReading, records: Sequence[Record]) -> tuple[Employment, ...]:
    if not records and reading.headers["staff"].readable:
        reading.problems.append(blocking("staff_empty", Place("staff")))
    whole = {record.values["code"] for record in records if _is_whole(record)}
    return tuple(
        _employment(record)
        for record in records
        if record.has("code") and (_is_whole(record) or record.values["code"] not in whole)
    )


def _changed_settings(raw: RawBook, book: Book) -> Iterator[Problem]:
    """Tell of a locale or time zone that is not the one that the file was made with, where they are known."""
    for code, value, expected in (
        ("file_locale_changed", raw.forms.locale, book.locale),
        ("file_zone_changed", raw.forms.time_zone, book.time_zone),
    ):
        if value and value != expected:
            yield warning(code, value=value, expected=expected)


def _is_whole(record: Record) -> bool:
    return record.has("code", "name", "role", "hired_on", "week_days") and "left_on" not in record.bad


def _employment(record: Record) -> Employment:
    """Employ whoever has a code: what else of the row cannot be read blocks, and leaves the card in doubt.

    Without a day in «Принят» the person was always there: so the card is shown, and no row is told to be of somebody
    not employed. A second stint that cannot be read is left out beside one that can.
    """
    values = record.values
    person = _person(record)
    return Employment(
        code=person.code,
        name=person.name,
        email=person.email,
        role=Role(values["role"]) if record.has("role") else Role.MANAGER,
        hired_on=values["hired_on"].date() if record.has("hired_on") else ALWAYS_THERE,
        left_on=values["left_on"].date() if record.has("left_on") else None,
        week_days=int(values["week_days"]) if record.has("week_days") else _USUAL_WEEK,
        row=record.row,
    )


_USUAL_WEEK = 5


def _person(record: Record) -> Person:
    """Name whoever has a code, as the name looks; without one by the code."""
    code, name, email = (as_seen(record.values[key] or "").strip() for key in ("code", "name", "email"))
    return Person(code, " ".join((name or code).split()), email)


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
        data[column.key] = read.values
        if column.kind is Kind.MOMENT:
            data[without_time(column.key)] = read.without_time
    for key in facts.watched:
        data[bad_flag(key)] = table.columns[key].bad
    return FactFrame(facts, Columns(data))


def _payments(reading: BookReading) -> tuple[Payment, ...]:
    """Read «Оплаты»; none where the client has no such tab."""
    tab = reading.book.tab_of(Grain.PAYMENT)
    if tab is None:
        return ()
    return tuple(
        Payment(
            number=record.values["number"] or None,
            on=record.values["on"].date() if record.values["on"] else None,
            amount_tiyn=record.values["amount_tiyn"],
            code=record.values["code"],
            comment=record.values["comment"] or "",
            bad=record.bad,
            row=record.row,
        )
        for record in reading.records(tab.key)
    )


Row = TypeVar("Row", KpiRow, BandRow)


# ---- «Правила» version by version: a draft of a later month spoils itself, not the rules that hold (behaviour §3)
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
    kpi_rows = [_kpi_row(record) for record in kpis.good()]
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
    reading.problems += _not_counted_yet(records)
    bad_rows = {problem.place.row for problem in reading.problems[before:] if problem.blocks}
    known = {record.row: record.values[month_column] for record in records}
    if any(row is None or known.get(row) is None for row in bad_rows):
        return None
    return _Entered(records, frozenset(row for row in bad_rows if row is not None), month_column)


_NOT_COUNTED = ("only_where", "how_counted")
"""Columns of «Правила» whose words the rules do not take yet."""


def _not_counted_yet(records: Iterable[Record]) -> list[Problem]:
    """Name what a rule says that would not be kept to: a KPI may not be scored as if it were not there."""
    return [
        blocking("rule_not_counted_yet", Place("rules", record.row, column), value=str(record.values[column]))
        for record in records
        for column in _NOT_COUNTED
        if record.values.get(column)
    ]


def _holding(rows: Iterable[Row], bad_months: Iterable[Month], month: Month) -> list[Row] | None:
    """Give the rows that hold in a month, as of this month; None where a bad row is one of them."""
    known = list(rows)
    bad = {start for start in bad_months if start <= month}
    latest = max({row.from_month for row in known if row.from_month <= month} | bad, default=None)
    if latest in bad:
        return None
    return [replace(row, from_month=month) for row in known if row.from_month == latest]


def _kpi_row(record: Record) -> KpiRow:
    values = {each.name: record.values[each.name] for each in fields(KpiRow) if each.name in record.values}
    return KpiRow(**values, row=record.row)


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


# ---- «Настройки»: a row per setting, each value of its own kind (behaviour §3)
LANGUAGES = ("ru", "kk", "en")
_OTHER_NAMES = {"ru": ("орысша",), "kk": ("қазақша", "kz"), "en": ("ағылшынша",)}
"""What people call the languages besides the names that CLDR has."""
_DEFAULTS = Settings()


def read_settings(
    tab: Tab, rows: Sequence[Record], language: str = _DEFAULTS.language
) -> tuple[Settings, list[Problem]]:
    """Read the settings; one that is missing or can not be read keeps its default, with a problem.

    The default language is the one that the file is in.
    """
    defaults = replace(_DEFAULTS, language=language)
    words = tab.column("setting").choices or {}
    problems: list[Problem] = []
    read: dict[str, Any] = {}
    seen: set[str] = set()
    for row in rows:
        key, value = row.values["setting"], row.values["value"]
        if key is None:
            continue
        if key in seen:
            problems.append(blocking("setting_twice", Place(tab.key, row.row, "setting"), name=words[key]))
        elif value is not None:
            try:
                read[key] = _value(tab, key, value)
            except UnreadableError as error:
                place = Place(tab.key, row.row, "value")
                problems.append(blocking(error.code, place, **value_params(value), **error.params))
        seen.add(key)
    for key in words:
        if key not in seen and SETTINGS[key].kind is not SettingKind.WORD:
            default = _shown_default(key, defaults)
            problems.append(warning("setting_missing", Place(tab.key), name=words[key], default=default))
    settings = replace(defaults, **read)
    if settings.day_starts_at >= settings.day_ends_at:
        problems.append(blocking("setting_hours_reversed", Place(tab.key)))
        settings = replace(settings, day_starts_at=_DEFAULTS.day_starts_at, day_ends_at=_DEFAULTS.day_ends_at)
    return settings, problems


def _value(tab: Tab, key: str, value: object) -> object:
    setting = SETTINGS[key]
    if setting.kind is SettingKind.WORD:
        return _word(tab.column("value").choices or {}, setting.words, value)
    if setting.kind is SettingKind.COUNT:
        return _count(value, setting.least, setting.most)
    return _language(value) if setting.kind is SettingKind.LANGUAGE else read_time(value)


def _count(value: object, least: int, most: int) -> int:
    for count in range(least, most + 1):
        if trimmed(written(value)) == str(count):
            return count
    raise UnreadableError("setting_out_of_range", {"least": str(least), "most": str(most)})


def _word(choices: Mapping[str, str], words: Sequence[str], value: object) -> str:
    for word in words:
        if folded(str(value)) in {word, folded(choices[word])}:
            return word
    raise UnreadableError("setting_word", {"expected": ", ".join(choices[word] for word in words)})


def _language(value: object) -> str:
    word = folded(str(value))
    for language in LANGUAGES:
        names = (Locale(language).get_language_name(shown_in) or "" for shown_in in LANGUAGES)
        if word in map(folded, (language, *names, *_OTHER_NAMES[language])):
            return language
    raise UnreadableError("language_unknown")


def _shown_default(key: str, defaults: Settings) -> str:
    value = getattr(defaults, key)
    if SETTINGS[key].kind is SettingKind.LANGUAGE:
        return Locale(value).get_language_name(value) or value
    return value.strftime("%H:%M") if isinstance(value, time) else str(value)
