"""Columns of the client's own that rules name: of «Сделки» in «Только где», of «План» for a KPI's own target.

They are known by their headers like all others, and belong to the layout from the moment a rule names them
(behaviour §4): what stands in them is read, sealed, archived and watched for late edits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from kpi_rules.facts.kinds import KIND_OF_UNIT, Kind
from kpi_rules.facts.tabs import Event
from kpi_rules.measures.conditions import BOX_WORDS, OWN, ColumnWords, Condition, ConditionError
from kpi_rules.measures.units import Unit
from kpi_rules.rulebook.model import Rulebook
from kpi_rules.spelling import folded
from sheets_sync.reading.cells import RawBook, Rows, shown
from sheets_sync.reading.tables import header_form
from sheets_sync.reading.typed_text import nearest
from sheets_sync.schema.layout import Book, Column, Tab

OPTION = "conditions"
_NAMED_KINDS = (Kind.TEXT, Kind.CHOICE, Kind.CHECKBOX)
_WIDTH_PX = 120
PLAN = "plan"


@dataclass(frozen=True)
class OwnHeaders:
    """The headers of a tab that its layout does not know, by the form in which headers are compared."""

    tab: Tab
    free: Mapping[str, str]

    @classmethod
    def of(cls, tab: Tab, raw: RawBook) -> OwnHeaders:
        """Take them from the first row of the tab's cells."""
        known = {header_form(column.header) for column in tab.columns}
        rows = raw.get(tab.key) or [[]]
        forms = {header_form(cell): " ".join(shown(cell).split()) for cell in rows[0] if header_form(cell)}
        return cls(tab, {form: header for form, header in forms.items() if form not in known})

    def standing(self, header: str) -> str | None:
        """Give a header as it stands there; None where the tab has none of this name."""
        form = header_form(header)
        own = (column.header for column in self.tab.columns if column.is_own)
        return self.free.get(form) or next((each for each in own if header_form(each) == form), None)


def condition_column(name: str, deals: OwnHeaders, marks: Tab) -> ColumnWords:
    """Give the column of «Сделки» that a condition names.

    Raises ConditionError: `condition_column` where there is none, `condition_kind` where it holds no words.
    """
    form = header_form(name)
    for column in deals.tab.columns:
        if header_form(column.header) == form:
            if column.kind not in _NAMED_KINDS:
                raise ConditionError("condition_kind", column=column.header)
            return _words_of(column, marks)
    if form in deals.free:
        return _words_of(deal_column(own_key(deals.free[form]), deals.free[form], marks), marks)
    known = [column.header for column in deals.tab.columns if column.kind in _NAMED_KINDS]
    similar = nearest(name, [*known, *deals.free.values()]) or ""
    raise ConditionError("condition_column", column=name, similar=similar)


def own_key(header: str) -> str:
    """Make the key of a column of the client's own."""
    return OWN + " ".join(header.split()).casefold()


def deal_column(key: str, header: str, marks: Tab) -> Column:
    """Lay out a column of the client's own on «Сделки»: words or boxes, fed into a lead's both events."""
    return Column(
        key,
        header,
        Kind.TEXT,
        _WIDTH_PX,
        choices=_box_words(marks),
        guarded=False,
        option=OPTION,
        feeds=tuple(Event),
    )


def plan_column(key: str, header: str, unit: Unit) -> Column:
    """Lay out the column of a KPI's own target on «План»."""
    return Column(key, header, KIND_OF_UNIT[unit], _WIDTH_PX, guarded=False, option=OPTION)


def columns_named(rulebooks: Iterable[Rulebook], book: Book) -> dict[str, list[Column]]:
    """Lay out by tab the columns of the client's own that rules name."""
    deals, marks = book.facts_tab().key, book.marks_tab()
    by_tab: dict[str, dict[str, Column]] = {deals: {}, PLAN: {}}
    for rulebook in rulebooks:
        for condition in rulebook.conditions:
            for clause in condition.clauses:
                if clause.column.startswith(OWN):
                    by_tab[deals].setdefault(clause.column, deal_column(clause.column, clause.header, marks))
        for kpi in rulebook.all_kpis:
            if kpi.own_target is not None:
                column = plan_column(kpi.own_target, kpi_header(kpi.id, book), kpi.compared.unit)
                by_tab[PLAN].setdefault(kpi.own_target, column)
    return {tab: list(columns.values()) for tab, columns in by_tab.items() if columns}


def columns_at(
    positions: Mapping[tuple[str, str], int],
    cells: Mapping[str, Rows],
    rulebook: Rulebook,
    book: Book,
) -> dict[str, list[Column]]:
    """Lay out by tab the columns of the client's own that stood in a workbook when it was read.

    Those that the month's rules do not name, and earlier ones did, stand as text.
    """
    named = {(tab, each.key): each for tab, own in columns_named([rulebook], book).items() for each in own}
    own: dict[str, list[Column]] = {}
    for (tab, key), position in positions.items():
        if key.startswith(OWN):
            header = shown(cells[tab][0][position])
            column = named.get((tab, key)) or Column(key, header, Kind.TEXT, _WIDTH_PX, option=OPTION)
            own.setdefault(tab, []).append(replace(column, header=header))
    return own


def kpi_header(id_: str, book: Book) -> str:
    """Name the column of a KPI on «План»: as the KPI is called on «Правила»."""
    return (book.tab("rules").column("id").choices or {}).get(id_, id_)


def unseen_values(condition: Condition, seen: Mapping[str, Iterable[str]]) -> list[tuple[str, str, str]]:
    """Give the values, each with its column and what was probably meant, that no cell of a filled column holds."""
    unseen = []
    for clause in condition.clauses:
        forms = {folded(value): value for value in seen.get(clause.column, ())}
        for value, word in zip(clause.values, clause.words, strict=True):
            if forms and folded(value) not in forms:
                unseen.append((clause.header, word, nearest(word, forms.values()) or ""))
    return unseen


def _words_of(column: Column, marks: Tab) -> ColumnWords:
    if column.kind is Kind.CHECKBOX:
        return ColumnWords(column.key, _keys(_box_words(marks)), closed=True)
    closed = column.kind is Kind.CHOICE and not column.open
    return ColumnWords(column.key, _keys(column.choices or {}), closed=closed)


def _keys(choices: Mapping[str, str]) -> dict[str, str]:
    return {folded(word): key for key, word in choices.items()}


def _box_words(marks: Tab) -> dict[str, str]:
    """Give «да» and «нет» as the marks have them."""
    words = next(column.choices for column in marks.columns if column.choices)
    return {key: words[key] for key in BOX_WORDS}
