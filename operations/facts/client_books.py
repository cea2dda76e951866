"""A client's two books read from Google, and parsed by the one chain.

A whole book is read in one call; its tabs are known again when people renamed or deleted some. Formulas that pull from
other files are looked for at night and told on «Ошибки» (behaviour §3): a sync reads values in one call and cannot see
them, so `verify` looks, and the ledger keeps what that brought for the next syncs. As what numbers are shown is looked at
in a call of its own, at most once an hour and client, and remembered in the ledger as well.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from kpi_rules.errors import ClientUnavailableError, MissingRangeError, RetryableError
from kpi_rules.facts.inputs import Employment
from kpi_rules.problems import Place, Problem, warning
from kpi_rules.records.forms import RecordKind
from kpi_rules.records.months import staff_from_record
from kpi_rules.words.texts import Texts
from ledger import Client, HistoryRow, RowDigest, Seal
from operations.facts.chain import ParsedBooks, parse_books
from operations.facts.held_months import built_in_rules, with_kept_columns
from operations.world.services import Services
from sheets_sync.a1 import quoted
from sheets_sync.building.blueprints import sheet_id, sheet_sizes
from sheets_sync.building.changes import SheetSize
from sheets_sync.ports import BookPort
from sheets_sync.reading.books import ReadPayroll
from sheets_sync.reading.cells import RawBook
from sheets_sync.reading.looks import (
    LOOK_FIELDS,
    covers,
    forms_by,
    is_due,
    look_of,
    look_ranges,
    number_columns,
)
from sheets_sync.reading.outside_formulas import FORMULA_FIELDS, OutsideFormula, outside_formulas
from sheets_sync.schema.layout import Book, Tab, TabKind
from sheets_sync.schema.looks import Look, look_from_record, look_record

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ClientBooks:
    """Both books of a client as they are now, and the payroll book's cells with where its tabs stand."""

    client: Client
    parsed: ParsedBooks
    payroll: ReadPayroll
    payroll_cells: ReadBook


def read_entries(client: Client, services: Services, *, looks_at: datetime | None = None) -> ParsedBooks:
    """Read the input tabs of a client's workbook.

    With `looks_at`, the present moment, it is looked at as what the numbers are shown, and read again where somebody
    changed them meanwhile; else what the last look brought holds. Raises RetryableError where they go on changing.
    """
    template = services.template_of(client)
    book, kept = template.layout.workbook, with_kept_columns(client, template.layout)
    services.progress(services.words("sync.reading"))

    def read() -> ReadBook:
        return read_book(services.worker.gateway, files_of(client)[0], book, template.texts, book.inputs())

    if looks_at is None:
        raw = with_last_look(client, read().raw, kept.workbook)
    else:
        file_id = files_of(client)[0]
        look, cells = read_and_look(services.worker.gateway, file_id, kept.workbook, read, looks_at)
        note_look(client.slug, look, services)
        raw = cells.raw
    return parse_books(raw, kept, built_in_rules(client, template))


def add_payroll(
    client: Client,
    parsed: ParsedBooks,
    services: Services,
    seals: Sequence[Seal] | None = None,
    *,
    looks_at: datetime | None = None,
) -> ClientBooks:
    """Read the payroll book to a workbook; rows of people who left are theirs as long as a seal knows them.

    `seals` None = all of the client. Only with `looks_at`, the present moment, it is looked at as what its numbers are
    shown (as `read_entries` does): that is remembered nowhere, because pay stands there.
    """
    template = services.template_of(client)
    book = template.layout.payroll
    file_id = files_of(client)[1]

    def read() -> ReadBook:
        return read_book(services.worker.gateway, file_id, book, template.texts)

    if looks_at is None:
        cells = read()
    else:
        _, cells = read_and_look(services.worker.gateway, file_id, book, read, looks_at)
    known = services.ledger.seals(client.slug) if seals is None else seals
    payroll = parsed.payroll_of(cells.raw, former_staff(known))
    return ClientBooks(client, parsed.with_payroll(payroll), payroll, cells)


def read_books(client: Client, services: Services, *, looks_at: datetime | None = None) -> ClientBooks:
    """Read both books of a client; `looks_at` as above."""
    return add_payroll(client, read_entries(client, services, looks_at=looks_at), services, looks_at=looks_at)


def files_of(client: Client) -> tuple[str, str]:
    """Give the ids of workbook and payroll book. Raises ClientUnavailableError before they are made."""
    if client.workbook_id is None or client.payroll_id is None:
        raise ClientUnavailableError("client_without_files", client=client.slug)
    return client.workbook_id, client.payroll_id


def today_of(client: Client, now: datetime, services: Services) -> date:
    """Give the client's calendar day at a moment."""
    return services.template_of(client).layout.workbook.local_time(now).date()


def former_staff(seals: Sequence[Seal]) -> tuple[Employment, ...]:
    """Give the staff of all closed months, everybody by the last name known under a code."""
    known: dict[str, Employment] = {}
    for seal in seals:
        known |= {stint.code: stint for stint in staff_from_record(seal.record["inputs"])}
    return tuple(known.values())


# ---- a whole book in one call, its tabs known again when people renamed or deleted some
_GRID = re.compile(r"!A1:([A-Z]+)(\d+)$")
_SHEETS = "sheets(properties(sheetId,title,gridProperties(rowCount,columnCount)))"


@dataclass(frozen=True)
class ReadBook:
    """A book as read: raw cells by tab key, and the id and size of each present tab."""

    raw: RawBook
    sheets: Mapping[str, SheetSize]


def read_book(
    gateway: BookPort, file_id: str, book: Book, texts: Texts, tabs: Sequence[Tab] | None = None
) -> ReadBook:
    """Read the tabs that hold data (or the given ones) with one `batchGet`.

    Only when a tab is gone or renamed: one call to see what there is, and one to read that. A renamed tab is
    known by its id.
    """
    wanted = list(tabs if tabs is not None else [tab for tab in book.tabs if tab.kind is not TabKind.GUIDE])
    titles = {tab.key: tab.title for tab in wanted}
    try:
        return _read(gateway, file_id, book, texts, titles)
    except MissingRangeError:
        present = _present_titles(gateway.describe(file_id, _SHEETS), book, titles)
    read = _read(gateway, file_id, book, texts, present) if present else ReadBook(RawBook({}), {})
    raw = RawBook(read.raw.tabs, missing=frozenset(titles) - frozenset(present), titles=present)
    return ReadBook(raw, read.sheets)


def _read(gateway: BookPort, file_id: str, book: Book, texts: Texts, titles: Mapping[str, str]) -> ReadBook:
    ranges = gateway.read(file_id, [quoted(title) for title in titles.values()])
    made = sheet_sizes(book, texts)
    tabs = {key: answered.rows for key, answered in zip(titles, ranges, strict=True)}
    sizes = {key: _size(answered.a1, made[key]) for key, answered in zip(titles, ranges, strict=True)}
    return ReadBook(RawBook(tabs, titles=dict(titles)), sizes)


def _size(a1: str, made: SheetSize) -> SheetSize:
    """Tell a tab's size from the range that was answered: for a whole tab it spans the grid."""
    grid = _GRID.search(a1)
    if not grid:
        return made
    column_count = 0
    for letter in grid[1]:
        column_count = column_count * 26 + ord(letter) - ord("A") + 1
    return SheetSize(made.sheet_id, int(grid[2]), column_count)


def _present_titles(description: Mapping[str, Any], book: Book, titles: Mapping[str, str]) -> dict[str, str]:
    by_id = {
        sheet["properties"].get("sheetId", 0): sheet["properties"]["title"] for sheet in description["sheets"]
    }
    present = {}
    for key in titles:
        title = by_id.get(sheet_id(book.key, key))
        if title is None and titles[key] in by_id.values():
            title = titles[key]
        if title is not None:
            present[key] = title
    return present


# ---- as what numbers are shown: a call of its own, remembered for the syncs that follow
_LAST_LOOK = "last_look"


_READINGS_MAX = 3
"""So often a file is read where somebody changes its numbers between the reading and the look."""


def read_and_look(
    gateway: BookPort, file_id: str, book: Book, read: Callable[[], ReadBook], now: datetime
) -> tuple[Look | None, ReadBook]:
    """Read a file and look at the very numbers that were read: where some are others by then, read and look again.

    Raises RetryableError where they are each time.
    """
    changed: tuple[tuple[str, str], ...] = ()
    for _ in range(_READINGS_MAX):
        cells = read()
        look, raw, changed = look_at(gateway, file_id, cells.raw, book, now)
        if not changed:
            return look, replace(cells, raw=raw)
    tab, cell = changed[0]
    raise RetryableError("cells_changing", tab=tab, cell=cell)


def look_at(
    gateway: BookPort, file_id: str, raw: RawBook, book: Book, now: datetime
) -> tuple[Look | None, RawBook, tuple[tuple[str, str], ...]]:
    """Look at a file that has just been read, in one call.

    Gives what it brought, the cells with that beside them, and which of them hold other numbers by then (tab title,
    «H12»). A file without a number has nothing to look at: no call, and None.
    """
    columns = number_columns(raw, book)
    ranges = look_ranges(columns)
    if not ranges:
        return None, raw, ()
    looked = look_of(gateway.describe(file_id, LOOK_FIELDS, ranges), columns, now)
    return looked.look, replace(raw, forms=forms_by(looked.look, columns)), looked.changed


def look_if_due(
    client: Client, raw: RawBook, book: Book, now: datetime, services: Services
) -> tuple[Look | None, RawBook]:
    """Look at the workbook where its number cells are new or changed and the last look is an hour old.

    Where Google does not answer just now what the last look brought still holds: the next sync asks again. A cell that
    changed since it was read is seen as it is by then: the next sync reads it so.
    """
    columns, last = number_columns(raw, book), _last_look(client)
    if client.workbook_id is not None and is_due(last, columns, book, now):
        try:
            look, seen, _ = look_at(services.worker.gateway, client.workbook_id, raw, book, now)
        except RetryableError as error:
            log.info("as what numbers are shown is asked later: %s", error)
        else:
            return look, seen
    return None, replace(raw, forms=forms_by(last, columns))


def with_last_look(client: Client, raw: RawBook, book: Book) -> RawBook:
    """Put beside the cells what the last look brought."""
    return replace(raw, forms=forms_by(_last_look(client), number_columns(raw, book)))


def was_looked_at(client: Client, look: Look | None, tab: str, raw: RawBook, book: Book) -> bool:
    """Tell whether a look, the given one or the last before, saw the very numbers that a tab holds."""
    seen = look or _last_look(client)
    return seen is not None and covers(seen, tab, number_columns(raw, book))


def _last_look(client: Client) -> Look | None:
    kept = client.extra.get(_LAST_LOOK)
    return None if kept is None else look_from_record(kept)


def note_look(slug: str, look: Look | None, services: Services) -> None:
    """Keep what a look brought; without one what was known before stays."""
    if look is not None:
        client = services.ledger.client(slug)
        settings = settings_after(client, look, services.template_of(client).layout.workbook)
        extra = {**without_settings(client.extra), **kept_settings(settings), _LAST_LOOK: look_record(look)}
        services.ledger.update_client(slug, extra=extra)


SETTINGS = RecordKind("time of changed settings")
_CHANGED = "changed_settings"
_TOLD_FOR = timedelta(days=1)
_NAMED = 20
"""So many rows of a tab are named; the others are counted."""


@dataclass(frozen=True)
class ChangedSettings:
    """From the last look that found the settings right (else the client's making) until the first that did again."""

    since_at: datetime
    until_at: datetime | None = None

    def is_told(self, now: datetime) -> bool:
        """Tell whether people still hear of it."""
        return self.until_at is None or now < self.until_at + _TOLD_FOR

    def holds(self, moment: datetime) -> bool:
        """Tell whether what was first seen at a moment may have come in that time."""
        return self.since_at < moment and (self.until_at is None or moment <= self.until_at)


def changed_settings(client: Client) -> ChangedSettings | None:
    """Give what the looks at a client's workbook have told so far."""
    kept = client.extra.get(_CHANGED)
    if kept is None:
        return None
    record = SETTINGS.read(kept)
    until = record["until"]
    return ChangedSettings(
        datetime.fromisoformat(record["since"]), datetime.fromisoformat(until) if until else None
    )


def after_look(client: Client, before: Look | None, look: Look, book: Book) -> ChangedSettings | None:
    """Give what one more look tells of it; `before` is the one before. None: nothing, or nothing any more."""
    known = changed_settings(client)
    if look.has_other_settings(book):
        if known is not None and known.until_at is None:
            return known
        was_right = before is not None and not before.has_other_settings(book)
        return ChangedSettings(before.at if before and was_right else client.created_at)
    if known is not None and known.until_at is None:
        return replace(known, until_at=look.at)
    return known if known is not None and known.is_told(look.at) else None


def kept_settings(settings: ChangedSettings | None) -> Mapping[str, Any]:
    """Write it for the client's `extra`."""
    if settings is None:
        return {}
    until = settings.until_at.isoformat() if settings.until_at else None
    return {_CHANGED: SETTINGS.stamped({"since": settings.since_at.isoformat(), "until": until})}


def without_settings(extra: Mapping[str, Any]) -> dict[str, Any]:
    """Give a client's `extra` without what was kept of it."""
    return {name: value for name, value in extra.items() if name != _CHANGED}


def rows_of_changed_settings(
    settings: ChangedSettings | None,
    history: Iterable[HistoryRow],
    seen: Collection[RowDigest],
    now: datetime,
    time_zone: str,
) -> Iterator[Problem]:
    """Warn, tab by tab, of the rows that are there and were first seen in that time; `seen` are all that are there."""
    if settings is None or not settings.is_told(now):
        return
    first_seen = {(row.seen.tab, row.seen.key): row.first_seen_at for row in history}
    by_tab: dict[str, list[str]] = {}
    for row in seen:
        if settings.holds(first_seen.get((row.tab, row.key), now)):
            by_tab.setdefault(row.tab, []).append(row.key)
    since = settings.since_at.astimezone(ZoneInfo(time_zone))
    for tab, keys in by_tab.items():
        named = ", ".join(keys[:_NAMED]) + (", …" if len(keys) > _NAMED else "")
        yield warning(
            "rows_of_changed_settings",
            Place(tab),
            keys=named,
            count=len(keys),
            since=f"{since:%d.%m.%Y %H:%M}",
        )


def settings_after(client: Client, look: Look | None, book: Book) -> ChangedSettings | None:
    """Tell of a time of other settings, with what a look has just brought; it is noted nowhere yet."""
    return changed_settings(client) if look is None else after_look(client, _last_look(client), look, book)


# ---- formulas from outside
_OUTSIDE = "outside_formulas"
OUTSIDE = RecordKind("formula from outside")
KEPT_FORMULAS_MAX = 50
"""So many are named to people; whoever has more knows by then."""


@dataclass(frozen=True)
class FormulaInFile:
    """One formula and the file it stands in: «workbook» or «payroll»."""

    file: str
    formula: OutsideFormula


def find_outside_formulas(client: Client, services: Services) -> tuple[FormulaInFile, ...]:
    """Look through both books, one call each; a file out of reach is told of elsewhere."""
    return tuple(_in_files(client, services))


def _in_files(client: Client, services: Services) -> Iterator[FormulaInFile]:
    for part, file_id in (("workbook", client.workbook_id), ("payroll", client.payroll_id)):
        if file_id is None:
            continue
        try:
            described = services.worker.gateway.describe(file_id, FORMULA_FIELDS)
        except ClientUnavailableError:
            continue
        yield from (FormulaInFile(part, formula) for formula in outside_formulas(described))


def note_outside_formulas(slug: str, formulas: tuple[FormulaInFile, ...], services: Services) -> None:
    """Keep the formulas of the workbook for «Ошибки»; what is gone is forgotten."""
    client = services.ledger.client(slug)
    kept: list[dict[str, Any]] = [
        OUTSIDE.stamped(
            {"tab": each.formula.tab, "cell": each.formula.cell, "function": each.formula.function}
        )
        for each in formulas
        if each.file == "workbook"
    ][:KEPT_FORMULAS_MAX]
    if client.extra.get(_OUTSIDE, []) != kept:
        services.ledger.update_client(slug, extra={**client.extra, _OUTSIDE: kept})


def outside_problems(client: Client) -> tuple[Problem, ...]:
    """Tell of the formulas that the last verification saw in the workbook."""
    return tuple(
        warning("formula_from_outside", Place(each["tab"]), cell=each["cell"], function=each["function"])
        for each in map(OUTSIDE.read, client.extra.get(_OUTSIDE, ()))
    )
