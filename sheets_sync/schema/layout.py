"""What the product's spreadsheets look like, as values: books, tabs, columns; filled from `templates`."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from kpi_rules.facts.kinds import Kind
from kpi_rules.facts.tabs import Event, FactColumn, FactTab
from kpi_rules.measures.conditions import OWN
from kpi_rules.measures.grains import Grain


class TabKind(StrEnum):
    """Who fills a tab: people, the system, or nobody (a page to read)."""

    INPUT = "input"
    OUTPUT = "output"
    GUIDE = "guide"


class Editors(StrEnum):
    """Who may edit a range. The system (technical account) always may."""

    STAFF = "staff"  # managers and head: everybody whom the file is shared with for editing
    HEAD = "head"
    OWNER = "owner"
    SYSTEM = "system"


@dataclass(frozen=True)
class Column:
    """One column. `choices` maps the value inside («deal») to the word in the cell («Сделка»).

    `editors` narrows the tab's editors for this column («Утверждено» only the owner). Columns of a second
    table on the same tab («Правила»: the bands) carry its name in `table`; a header may stand once a table.
    A blank cell of a `required` column is a problem as soon as its row holds anything; `signed` money may be
    negative; `above_one` shares may exceed 100 %; without `percents` a number may not be written as a percent.
    `guarded` False: entries are not guided; `open`: words beside the choices may stand there too, they are read as they
    are. `since` is the layout from which on the column is
    there, `option` what a client asks for to have it. What a column of facts counts, needs and feeds is said in
    `kpi_rules.facts.tabs.FactColumn`.
    """

    key: str
    header: str
    kind: Kind
    width_px: int = 110
    choices: Mapping[str, str] | None = None
    note: str = ""
    required: bool = False
    editors: Editors | None = None
    table: str = ""
    signed: bool = False
    above_one: bool = False
    percents: bool = True
    guarded: bool = True
    open: bool = False
    since: int = 1
    option: str = ""
    counts: str = ""
    needed: bool = False
    needed_beside: str = ""
    weighted_by: str = ""
    feeds: tuple[Event, ...] = ()

    @property
    def is_own(self) -> bool:
        """Whether it is the client's own column, which the rules name."""
        return self.key.startswith(OWN)


@dataclass(frozen=True)
class Tab:
    """One tab. Input tabs have their headers in row 1; output tabs are laid out by the rendering.

    `since` is the layout from which on the tab is there, `option` what a client asks for to have it.
    `absent_columns` are those of later layouts and of what was not asked for: here they are read as blank. `grain`
    says of a tab of facts what a row of it stands for.
    """

    key: str
    title: str
    kind: TabKind
    editors: Editors
    columns: tuple[Column, ...] = ()
    row_count: int = 1000
    column_count: int = 26
    frozen_rows: int = 1
    frozen_columns: int = 0
    color: str = ""  # #rrggbb
    hidden: bool = False
    since: int = 1
    option: str = ""
    absent_columns: tuple[Column, ...] = ()
    grain: Grain | None = None

    def facts(self) -> FactTab:
        """Give what the rules know of this tab of facts, as of its layout. ValueError where it holds none."""
        if self.grain is None:
            raise ValueError(f"the tab {self.key} holds no facts")
        return FactTab(
            self.key,
            self.grain,
            tuple(
                FactColumn(
                    column.key,
                    column.kind,
                    column.counts,
                    column.needed,
                    column.needed_beside,
                    column.weighted_by,
                    column.feeds,
                    column.signed,
                    column.since,
                    column.option,
                )
                for column in self.columns
            ),
        )

    def beside(self, own: Iterable[Column]) -> Tab:
        """Give the tab with columns of the client's own behind the others; those that it has stay."""
        more = (column for column in own if not self.has(column.key))
        return replace(self, columns=(*self.columns, *more))

    def has(self, key: str) -> bool:
        """Tell whether there is a column of this key: not every layout has it, nor everybody who did not ask for it."""
        return any(column.key == key for column in self.columns)

    def column(self, key: str) -> Column:
        """Find a column by its key. KeyError when there is none."""
        for column in self.columns:
            if column.key == key:
                return column
        raise KeyError(f"the tab {self.key} has no column {key}")


@dataclass(frozen=True)
class Book:
    """One spreadsheet file: `workbook` or `payroll`. `title` has a `{client}` blank.

    `absent_tabs` are those of later layouts and of what was not asked for: here they are read as blank. `options`
    are all that the client asked for, whichever book they show in.
    """

    key: str
    title: str
    tabs: tuple[Tab, ...]
    language: str = "ru"
    """The language of its words: titles, headers, choices."""
    locale: str = "ru_RU"
    time_zone: str = "Asia/Almaty"
    absent_tabs: tuple[Tab, ...] = ()
    options: frozenset[str] = frozenset()

    def has(self, key: str) -> bool:
        """Tell whether there is a tab of this key: not every layout has it, nor everybody who did not ask for it."""
        return any(tab.key == key for tab in self.tabs)

    def tab(self, key: str) -> Tab:
        """Find a tab by its key. KeyError when there is none."""
        for tab in self.tabs:
            if tab.key == key:
                return tab
        raise KeyError(f"the book {self.key} has no tab {key}")

    def beside(self, own: Mapping[str, Iterable[Column]]) -> Book:
        """Give the book with columns of the client's own, by tab."""
        tabs = (tab.beside(own[tab.key]) if tab.key in own else tab for tab in self.tabs)
        return replace(self, tabs=tuple(tabs))

    def own_columns(self) -> dict[str, tuple[Column, ...]]:
        """Give by tab the columns of the client's own."""
        found = {tab.key: tuple(column for column in tab.columns if column.is_own) for tab in self.tabs}
        return {tab: columns for tab, columns in found.items() if columns}

    def facts_tab(self) -> Tab:
        """Give the tab on which the measures stand: a row per lead, or per employee and day."""
        return next(tab for tab in self.tabs if tab.grain in {Grain.LEAD, Grain.DAY})

    def marks_tab(self) -> Tab:
        """Give the tab of marks."""
        return next(tab for tab in self.tabs if tab.grain is Grain.MARKS)

    def tab_of(self, grain: Grain) -> Tab | None:
        """Give the tab whose rows stand for this; None where there is none (payments, own measures: not asked for)."""
        return next((tab for tab in self.tabs if tab.grain is grain), None)

    def facts_tabs(self) -> tuple[Tab, Tab]:
        """Give both tabs of facts: that of leads or days, and that of marks."""
        return self.facts_tab(), self.marks_tab()

    def inputs(self) -> tuple[Tab, ...]:
        """Give the tabs that people fill."""
        return tuple(tab for tab in self.tabs if tab.kind is TabKind.INPUT)

    def outputs(self) -> tuple[Tab, ...]:
        """Give the tabs that the system writes."""
        return tuple(tab for tab in self.tabs if tab.kind is TabKind.OUTPUT)

    def local_time(self, now: datetime) -> datetime:
        """Give the naive local time of the book's zone, to the second, at an aware moment."""
        return now.astimezone(ZoneInfo(self.time_zone)).replace(tzinfo=None, microsecond=0)


@dataclass(frozen=True)
class Layout:
    """All files of one kind of client in one language; `number` grows with each release that changes them."""

    template: str
    language: str
    workbook: Book
    payroll: Book
    number: int = 1

    @property
    def options(self) -> frozenset[str]:
        """What the client asked for beyond what everybody has."""
        return self.workbook.options


def sheet_id(book_key: str, tab_key: str) -> int:
    """Give the id of a tab: always the same, never 0, which is the tab that a new file begins with."""
    return zlib.crc32(f"{book_key}/{tab_key}".encode()) % (2**31 - 1) + 1


def tab_ids(book: Book) -> dict[str, int]:
    """Give the ids of all tabs of a book by their keys."""
    return {tab.key: sheet_id(book.key, tab.key) for tab in book.tabs}
