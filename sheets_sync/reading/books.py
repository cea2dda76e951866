"""Raw cells of a client's files turned into typed inputs, problems, and addresses for them (behaviour §3, §8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time
from typing import Any

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
    OwnValue,
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
from kpi_rules.rulebook.model import Role, Rulebook
from kpi_rules.rulebook.versions import in_force
from kpi_rules.spelling import folded
from kpi_rules.time.periods import Month
from kpi_rules.time.settings import SETTINGS, SettingKind, Settings
from sheets_sync.reading.cells import RawBook, trimmed, value_params, written
from sheets_sync.reading.columns import read_time
from sheets_sync.reading.own_columns import PLAN, columns_named, unseen_values
from sheets_sync.reading.percents import read_percents
from sheets_sync.reading.rules import ReadRules, read_rules
from sheets_sync.reading.tables import BookReading, Located, Record
from sheets_sync.reading.typed_text import Directory, Person, UnreadableError, as_seen
from sheets_sync.schema.layout import Book, Tab


@dataclass(frozen=True)
class ReadWorkbook:
    """What a workbook says, what is wrong in it, and where everything stands; `numbered` = tabs whose № are formulas."""

    inputs: WorkbookInputs
    problems: tuple[Problem, ...]
    located: Located
    spoiled_rules: frozenset[Month] = frozenset()
    """From these months rules were entered that cannot be used; they are not among the inputs."""
    numbered: frozenset[str] = frozenset()

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
    raw: RawBook,
    book: Book,
    rulebook: Rulebook,
    known: Iterable[Employment] = (),
    beside: Iterable[Rulebook] = (),
) -> ReadWorkbook:
    """Read the input tabs of a workbook.

    Args:
        raw: the cells.
        book: the layout of the workbook.
        rulebook: the client's built-in rules: name, policies and inputs have no place on «Правила».
        known: the staff of a closed month: who is named in a row is looked for among them first.
        beside: rules from elsewhere that may name columns of the client's own.
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
    named = columns_named([*rules.versions, *beside], book)
    # The tabs that have more columns now are read below.
    reading.book = book = book.beside(named)
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
        values=_values(reading),
    )
    reading.problems += _unseen_values(rules, inputs.facts)
    reading.look_through()
    reading.problems += _changed_settings(raw, book)
    numbered = frozenset(raw.forms.numbered)
    return ReadWorkbook(inputs, tuple(reading.problems), reading.located(), rules.spoiled, numbered)


def parse_payroll(
    raw: RawBook, book: Book, staff: Sequence[Employment], former: Iterable[Employment] = ()
) -> ReadPayroll:
    """Read the input tabs of a payroll book; `staff` is that of the workbook.

    `former` are those of closed months: who stands on «Сотрудники» no more is still known in rows.
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
    own = (column.key for column in reading.book.tab(PLAN).columns if column.is_own)
    targets = (*TARGETS, *own)
    return tuple(
        PlanRow(
            record.values["month"],
            record.values["code"],
            {field: value for field in targets if (value := record.values.get(field)) is not None},
            record.bad.intersection(targets),
            record.row,
        )
        for record in reading.records(PLAN)
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
    texts = {column.key for column in facts.columns} - set(facts.watched)
    headers = reading.headers[tab.key]
    missing = texts - headers.places.keys() if headers.readable else ()
    return FactFrame(facts, Columns(data), missing=frozenset(missing))


def _unseen_values(rules: ReadRules, facts: FactFrame) -> Iterator[Problem]:
    """Tell of conditions that name a value which no row holds: a misspelt one counts nothing."""
    if not rules.conditions:
        return
    kinds = {column.key: column.kind for column in facts.tab.columns}
    named = {name for _, condition in rules.conditions for name in condition.columns if kinds.get(name)}
    seen = {
        name: [value for value in dict.fromkeys(facts.rows.plain(name)) if value is not None]
        for name in named
        if kinds[name] is Kind.TEXT
    }
    for row, condition in rules.conditions:
        for header, value, similar in unseen_values(condition, seen):
            code = "condition_value_unseen_similar" if similar else "condition_value_unseen"
            yield warning(
                code, Place("rules", row, "only_where"), header=header, value=value, similar=similar
            )


def _values(reading: BookReading) -> tuple[OwnValue, ...]:
    """Read «Показатели»; none where the client has no such tab."""
    tab = reading.book.tab_of(Grain.VALUE)
    if tab is None:
        return ()
    return tuple(
        OwnValue(
            on=record.values["on"].date() if record.values["on"] else None,
            code=record.values["code"],
            measure=" ".join(as_seen(record.values["measure"] or "").split()) or None,
            value=record.values["value"],
            bad=record.bad,
            row=record.row,
        )
        for record in reading.records(tab.key)
    )


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
        if key not in seen and not SETTINGS[key].optional:
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
