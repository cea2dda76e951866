"""Whether a template says what can be carried out: before anything is made of it, in one sentence (docs/behaviour.md §7b)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kpi_rules.facts.kinds import FRAME_TYPES, WHOLE_KINDS, Kind
from kpi_rules.facts.measurable import known_concerns, measurable
from kpi_rules.facts.tabs import CONCERNS, DAY_COUNTS
from kpi_rules.measures.catalogue import MEASURES
from kpi_rules.measures.grains import Grain
from kpi_rules.measures.targets import PRODUCTS
from kpi_rules.rulebook.model import Rulebook, Scoring
from kpi_rules.words.texts import Texts
from sheets_sync.schema.layout import Book, Column, Layout, Tab

LEAD_KINDS: Mapping[str, Kind] = {
    "number": Kind.TEXT,
    "arrived_at": Kind.MOMENT,
    "code": Kind.EMPLOYEE,
    "customer": Kind.TEXT,
    "source": Kind.TEXT,
    "answered_at": Kind.MOMENT,
    "status": Kind.CHOICE,
    "amount_tiyn": Kind.MONEY,
    "cost_tiyn": Kind.MONEY,
    "paid_on": Kind.DATE,
    "repeat": Kind.CHECKBOX,
    "comment": Kind.TEXT,
}
"""What is asked of every tab with a row per lead; it may have more."""
DAY_KINDS: Mapping[str, Kind] = {"on": Kind.DATE, "code": Kind.EMPLOYEE}
KINDS: Mapping[Grain, Mapping[str, Kind]] = {
    Grain.LEAD: LEAD_KINDS,
    Grain.DAY: DAY_KINDS,
    Grain.MARKS: DAY_KINDS,
    Grain.PAYMENT: {
        "number": Kind.TEXT,
        "on": Kind.DATE,
        "amount_tiyn": Kind.MONEY,
        "code": Kind.EMPLOYEE,
    },
    Grain.VALUE: {**DAY_KINDS, "measure": Kind.TEXT, "value": Kind.NUMBER},
}
"""What is asked of every tab of facts, by what a row of it stands for."""
COUNTED_EVERYWHERE = ("leads", "deals", "revenue")
"""What a tab with a row per day has to count: plan, causes, funnel and forecast stand on it."""

SENTENCES = {
    "tab_twice": "the book {book} has the tab {tab} twice",
    "column_twice": "the tab {tab} has the column {column} twice",
    "facts_missing": "no tab, or more than one, says that it has a row per lead or per day",
    "marks_missing": "no tab, or more than one, says that it holds marks",
    "column_missing": "the tab {tab} has no column {column} of the kind {kind}",
    "kind_of_facts": "the column {column} of {tab} is of the kind {kind}, which holds no facts",
    "count_unknown": "the column {column} of {tab} counts «{count}»; known are {known}",
    "count_twice": "the tab {tab} counts «{count}» in two columns",
    "count_missing": "the tab {tab} counts no «{count}»",
    "count_of_text": "the column {column} of {tab} counts «{count}», but holds no whole numbers",
    "weight_missing": "the column {column} of {tab} is a mean and does not say by what column it is weighted",
    "beside_unknown": "the column {column} of {tab} leans on {other}, which is no column of whole numbers there",
    "mark_unknown": "the column {column} of {tab} counts for «{count}», which is no measure of marks",
    "grain_differs": "the rules stand on {rules}, and the tab {tab} has a row per {grain}",
    "measure_unknown": "the rules use the measure «{measure}», and there is none of that name",
    "measure_not_computed": "the rules use the measure «{measure}», and no tab of this template tells it",
    "target_missing": "the rules compare «{measure}» with {target}, and the plan has no such column",
    "word_missing": "there is no word «{word}» in the language «{language}»",
    "rules_refused": "the rules cannot be used: {why}",
}
"""What is wrong, by code; `templates/texts/names.checks.toml` says the same to people (`template_refused.<code>`)."""


class TemplateError(ValueError):
    """A template that contradicts itself: nothing can be made from it. `code` is a key of `SENTENCES`."""

    def __init__(self, template: str, code: str, **params: str) -> None:
        """Take which template, what is wrong with it, and the blanks of its sentence."""
        super().__init__(f"{template}: {SENTENCES[code].format(**params)}")
        self.template, self.code, self.params = template, code, params


def check_tabs(template: str, data: Mapping[str, Any], columns_of: Mapping[str, Iterable[str]]) -> None:
    """Refuse a book with a tab twice, or a tab with a column twice; `columns_of` names the columns by tab."""
    if twice := _twice(tab["key"] for tab in data["tab"]):
        raise TemplateError(template, "tab_twice", book=data["key"], tab=twice)
    for tab, columns in columns_of.items():
        if twice := _twice(columns):
            raise TemplateError(template, "column_twice", tab=tab, column=twice)


def check_words(
    template: str,
    data: Mapping[str, Any],
    columns_of: Mapping[str, Iterable[Mapping[str, Any]]],
    words: Texts,
) -> None:
    """Refuse a book that lacks a word: its name, a tab's title, a column's header, or all words of a dropdown."""
    wanted = [f"book.{data['key']}", *(f"tab.{tab}" for tab in columns_of)]
    wanted += [f"header.{tab}.{column['key']}" for tab, columns in columns_of.items() for column in columns]
    offered = {
        column["choices"] for columns in columns_of.values() for column in columns if "choices" in column
    }
    spoken = {key.rpartition(".")[0] for key in words.phrases}
    lacking = [key for key in wanted if key not in words]
    lacking += [f"choice.{name}" for name in sorted(offered) if f"choice.{name}" not in spoken]
    if lacking:
        raise missing_word(template, lacking[0], words.language)


def missing_word(template: str, word: str, language: str) -> TemplateError:
    """Give the refusal of a template that lacks a word in a language; `word` is its key."""
    return TemplateError(template, "word_missing", word=word, language=language)


def _twice(names: Iterable[str]) -> str | None:
    given = list(names)
    return next((name for name in given if given.count(name) > 1), None)


def check_layout(layout: Layout) -> None:
    """Refuse tabs of facts that nobody could count. Raises TemplateError."""
    name, book = layout.template, layout.workbook
    facts = _only(name, book, "facts_missing", {Grain.LEAD, Grain.DAY})
    marks = _only(name, book, "marks_missing", {Grain.MARKS})
    for tab in book.tabs:
        if tab.grain:
            _check_kinds(name, tab, KINDS[tab.grain])
    if facts.grain is Grain.DAY:
        _check_days(name, facts)
    else:
        _check_leads(name, facts)
    for column in marks.columns:
        if column.counts and not (column.counts in MEASURES and MEASURES[column.counts].of_marks):
            raise _of(name, "mark_unknown", marks, column, count=column.counts)


def _only(name: str, book: Book, code: str, grains: set[Grain]) -> Tab:
    tabs = [tab for tab in book.tabs if tab.grain in grains]
    if len(tabs) != 1:
        raise TemplateError(name, code)
    return tabs[0]


def _check_kinds(name: str, tab: Tab, wanted: Mapping[str, Kind]) -> None:
    held = {column.key: column.kind for column in tab.columns}
    for key, kind in wanted.items():
        if held.get(key) is not kind:
            raise TemplateError(name, "column_missing", tab=tab.key, column=key, kind=kind)
    for column in tab.columns:
        if column.kind not in FRAME_TYPES:
            raise _of(name, "kind_of_facts", tab, column, kind=column.kind)


def _of(name: str, code: str, tab: Tab, column: Column, **params: str) -> TemplateError:
    return TemplateError(name, code, tab=tab.key, column=column.key, **params)


def _check_leads(name: str, tab: Tab) -> None:
    """Refuse a column that counts what every lead tells anyway, or what no measure is concerned with."""
    known = sorted(known_concerns().difference(CONCERNS, DAY_COUNTS))
    for column in (column for column in tab.columns if column.counts):
        if column.counts not in known:
            raise _of(name, "count_unknown", tab, column, count=column.counts, known=", ".join(known) or "—")
        if column.kind not in WHOLE_KINDS | {Kind.CHECKBOX}:
            raise _of(name, "count_of_text", tab, column, count=column.counts)
    if twice := _twice(column.counts for column in tab.columns if column.counts):
        raise TemplateError(name, "count_twice", tab=tab.key, count=twice)


def _check_days(name: str, tab: Tab) -> None:
    whole = {column.key for column in tab.columns if column.kind in WHOLE_KINDS}
    counting = [column for column in tab.columns if column.counts]
    for column in counting:
        known = [*DAY_COUNTS, *sorted(known_concerns() - {count.concern for count in DAY_COUNTS.values()})]
        if column.counts not in known:
            raise _of(name, "count_unknown", tab, column, count=column.counts, known=", ".join(known))
        if column.key not in whole:
            raise _of(name, "count_of_text", tab, column, count=column.counts)
        if column.counts == "response" and not column.weighted_by:
            raise _of(name, "weight_missing", tab, column)
    if twice := _twice(column.counts for column in counting):
        raise TemplateError(name, "count_twice", tab=tab.key, count=twice)
    for count in COUNTED_EVERYWHERE:
        if count not in {column.counts for column in counting}:
            raise TemplateError(name, "count_missing", tab=tab.key, count=count)
    for column in tab.columns:
        for other in (column.needed_beside, column.weighted_by):
            if other and other not in whole:
                raise _of(name, "beside_unknown", tab, column, other=other)


def check_measures(template: str, data: Mapping[str, Any]) -> None:
    """Refuse a rulebook file that names a measure which nobody knows. Raises TemplateError."""
    for kpi in data.get("kpis", ()):
        if kpi.get("measure") not in MEASURES:
            raise TemplateError(template, "measure_unknown", measure=str(kpi.get("measure")))


def check_rules(layout: Layout, rulebook: Rulebook) -> None:
    """Refuse rules that ask for what no tab of the template holds. Raises TemplateError."""
    name, book = layout.template, layout.workbook
    facts, marks = book.facts_tab().facts(), book.marks_tab().facts()
    if rulebook.grain is not facts.grain:
        raise TemplateError(name, "grain_differs", rules=rulebook.grain, tab=facts.key, grain=facts.grain)
    known = measurable(facts, marks)
    planned = {column.key for column in book.tab("plan").columns}
    for kpi in (*rulebook.kpis, *rulebook.head_kpis):
        if kpi.measure not in known:
            raise TemplateError(name, "measure_not_computed", measure=kpi.measure)
        target = MEASURES[kpi.measure].target
        if target is None or kpi.scoring not in {Scoring.RATIO, Scoring.INVERSE}:
            continue
        for field in PRODUCTS.get(target, (target,)):
            if field not in planned:
                raise TemplateError(name, "target_missing", measure=kpi.measure, target=field)
