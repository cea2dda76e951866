"""The register of leads in the ledger's row history: what is kept of rows, and what is asked about them (behaviour §4a).

Of each row of leads or reports whose month has not closed the ledger keeps, beside the digest, all cells as last seen; once
the days of free correction are over, what was last seen in them is registered. The rules compare (`kpi_rules.register`);
here history, books and calendar are put together for them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from kpi_rules.checks.doubts import DOUBTS
from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.row_history import Noticed
from kpi_rules.problems import Problem
from kpi_rules.questions import ARRIVAL, Question, month_of
from kpi_rules.register.comparing import Registered, differences
from kpi_rules.register.free_days import (
    TAKEN_OUT,
    deleted_leads,
    grace_ends_on,
    still_out,
    taken_out_now,
    without_number,
)
from kpi_rules.register.kept import (
    Kept,
    cells_of,
    kept_from_text,
    kept_text,
    keys_of,
    of_months_from,
    taken_out,
    was_first_seen_won,
)
from kpi_rules.rulebook.model import Rulebook
from kpi_rules.time.lifecycle import MonthState
from kpi_rules.time.periods import Month, WorkingCalendar
from ledger import Client, HistoryRow, KeptRows, Ledger, MonthRecord, RowDigest
from operations.facts.chain import ParsedBooks
from operations.facts.followed_rows import followed_rows, note_numbered, numbered_of
from sheets_sync.reading.books import ReadWorkbook


@dataclass(frozen=True)
class RegisterLook:
    """When the register is looked at: the moment, the client's zone and calendar, the first month that has not closed."""

    now: datetime
    time_zone: str
    calendar: WorkingCalendar
    first_open: Month

    def day(self, moment: datetime) -> date:
        """Give the client's day of a moment."""
        return moment.astimezone(ZoneInfo(self.time_zone)).date()

    @property
    def today(self) -> date:
        """The day of the look."""
        return self.day(self.now)


@dataclass(frozen=True)
class RegisterView:
    """What the register says of a tab: questions, what is told on «Ошибки», and what it registers now.

    `told` are the rows, by tab and key, of which something is asked or told here, so that nothing else need be said of their going.
    """

    tab: str
    questions: tuple[Question, ...] = ()
    problems: tuple[Problem, ...] = ()
    told: frozenset[tuple[str, str]] = frozenset()
    registered: Mapping[tuple[str, str], str] | None = None
    noticed: Mapping[str, Noticed] = field(default_factory=dict)
    """What the signals tell of rows, by key."""


@dataclass(frozen=True)
class SeenRows:
    """The rows of a workbook as they were read, beside what the ledger knew of them.

    `rows` are those of the tabs of `followed`: tabs with a history that could be read whole, so that rows of others did not
    change or vanish. `anew` are those of them whose №s were formulas until now: what the ledger knows says nothing of their
    rows. `view` is None where leads or reports are no such tab, or one of `anew`.
    """

    rows: tuple[RowDigest, ...]
    followed: frozenset[str]
    anew: frozenset[str]
    workbook: ReadWorkbook
    history: Sequence[HistoryRow]
    look: RegisterLook
    view: RegisterView | None

    @property
    def questions(self) -> tuple[Question, ...]:
        """What is asked about registered rows."""
        return self.view.questions if self.view else ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What the register tells on «Ошибки»."""
        return self.view.problems if self.view else ()

    @property
    def told_elsewhere(self) -> frozenset[tuple[str, str]]:
        """The rows, by tab and key, of which the register says enough."""
        return self.view.told if self.view else frozenset()

    @property
    def noticed(self) -> Mapping[str, Noticed]:
        """What the register notices of rows of leads that is no question."""
        return self.view.noticed if self.view else {}

    @property
    def facts(self) -> FactFrame:
        """The rows of leads or reports."""
        return self.workbook.inputs.facts

    @property
    def compared_tabs(self) -> frozenset[str]:
        """The tabs of which the ledger knows what stood there."""
        return self.followed - self.anew

    @property
    def compared(self) -> tuple[RowDigest, ...]:
        """The rows of these."""
        return tuple(row for row in self.rows if row.tab not in self.anew) if self.anew else self.rows

    def kept(self, problems: Iterable[Problem]) -> KeptRows | None:
        """Give what the ledger keeps from now on; `problems` are all that «Ошибки» shows."""
        if self.view is None:
            return None
        return kept_rows(self.facts, self.history, self.rows, problems, self.view, self.look)


def seen_rows(
    books: ParsedBooks,
    history: Sequence[HistoryRow],
    look: RegisterLook,
    client: Client | None = None,
) -> SeenRows:
    """Digest the rows of a workbook and compare them with the register; without a client nothing was noted before."""
    workbook = books.workbook
    followed = followed_rows(workbook, history, numbered_of(client) if client else ())
    facts = workbook.inputs.facts
    is_known = facts.tab.key in followed.tabs - followed.anew
    view = register_view(facts, history, followed.rows, look, workbook.inputs.rulebooks) if is_known else None
    return SeenRows(followed.rows, followed.tabs, followed.anew, workbook, history, look, view)


def note_seen(
    client: Client, seen: SeenRows, problems: Iterable[Problem], now: datetime, ledger: Ledger
) -> None:
    """Keep in the ledger what was seen; `problems` are all that «Ошибки» shows."""
    kept = seen.kept(problems)
    ledger.note_rows(client.slug, seen.rows, now, tabs=seen.followed, kept=kept, anew=seen.anew)
    note_numbered(client, seen.workbook, seen.followed, ledger)


def first_open_month(months: Iterable[MonthRecord], present: Month) -> Month:
    """Give the first month whose leads can still change its count; nothing before it is kept."""
    waiting = [each.month for each in months if each.state in {MonthState.OPEN, MonthState.REVIEW}]
    return min([*waiting, present])


def register_view(
    facts: FactFrame,
    history: Sequence[HistoryRow],
    rows: Iterable[RowDigest],
    look: RegisterLook,
    rulebooks: Iterable[Rulebook] = (),
) -> RegisterView:
    """Compare a tab of leads or reports, which could be read whole, with what the ledger has registered of it.

    `rulebooks` name columns in their conditions.
    """
    tab = facts.tab.key
    known = {row.seen.key: row for row in history if row.seen.tab == tab}
    registering = _registering(known, look)
    digests = {row.key: row.digest for row in rows if row.tab == tab}
    suspects = []
    has_own_columns = _has_own_columns(facts)
    for key, row in known.items():
        text = row.registered or registering.get(key)
        unchanged = text == row.cells and digests.get(key) == row.seen.digest
        if text is None or (unchanged and not has_own_columns):
            continue
        at_grace, last = kept_from_text(text), kept_from_text(row.cells or text)
        if not _is_before(at_grace, look.first_open):
            suspects.append(Registered(key, row.first_seen_at, at_grace, last))
    first_seen_at = {key: row.first_seen_at for key, row in known.items()}
    conditioned = {
        name for rules in rulebooks for condition in rules.conditions for name in condition.columns
    }
    # A status changes with the deal's own life.
    compared = differences(suspects, facts, first_seen_at, look.today, conditioned - {"status"})
    return RegisterView(
        tab,
        compared.questions,
        (*compared.renumbered, *without_number(facts, look.first_open, look.today, look.calendar)),
        frozenset((tab, key) for key in compared.keys),
        {(tab, key): text for key, text in registering.items()},
        {**compared.overwritten, **_noticed(facts, known, digests, registering, look)},
    )


def _noticed(
    facts: FactFrame,
    known: Mapping[str, HistoryRow],
    digests: Mapping[str, str],
    registering: Collection[str],
    look: RegisterLook,
) -> dict[str, Noticed]:
    """Name the answered leads that were taken out of the count in their days of free correction."""
    if not facts.of_leads:
        return {}
    kept = {key: row for key, row in known.items() if row.cells is not None}
    free = {key for key, row in kept.items() if row.registered is None and key not in registering}
    gone = {key: kept_from_text(kept[key].cells or "").cells for key in free if key not in digests}
    changed = {key for key, row in kept.items() if digests.get(key, row.seen.digest) != row.seen.digest}
    out = {key: taken_out(row.cells or "") for key, row in kept.items()}
    now = cells_of(facts, {key for key in changed if key in free or out[key]})
    out |= {key: _out(kept[key], cells, look, is_registered=key not in free) for key, cells in now.items()}
    moved = {key: Noticed(TAKEN_OUT, told[0], Month.parse(told[1])) for key, told in out.items() if told}
    return {**moved, **deleted_leads(gone, facts)}


def _registering(known: Mapping[str, HistoryRow], look: RegisterLook) -> dict[str, str]:
    """Give what is registered now: the days of free correction are over, and the row was there at the last look."""
    ends: dict[date, date] = {}
    registering = {}
    for key, row in known.items():
        if row.registered is not None or row.cells is None or row.vanished_at is not None:
            continue
        day = look.day(row.first_seen_at)
        if day not in ends:
            ends[day] = grace_ends_on(day, look.calendar)
        if ends[day] < look.today:
            registering[key] = row.cells
    return registering


def _has_own_columns(facts: FactFrame) -> bool:
    """Tell whether there are columns of the client's own, of which a row's digest says nothing."""
    return any(column.is_own for column in facts.tab.columns)


def _is_before(row: Kept, month: Month) -> bool:
    """Tell whether a row is of an earlier month; one that was taken out of a month is of that one."""
    if row.out is not None:
        return Month.parse(row.out[1]) < month
    day = row.cells.get("on") or row.cells.get(ARRIVAL)
    return day is not None and month_of(day) < month


def kept_rows(
    facts: FactFrame,
    history: Sequence[HistoryRow],
    rows: Iterable[RowDigest],
    problems: Iterable[Problem],
    view: RegisterView,
    look: RegisterLook,
) -> KeptRows:
    """Say what the ledger keeps from now on: the cells of new and changed rows, and what was to be mended in them."""
    tab = facts.tab.key
    known = {row.seen.key: row for row in history if row.seen.tab == tab}
    digests = {row.key: row.digest for row in rows if row.tab == tab}
    open_rows = of_months_from(facts, look.first_open)
    keys = keys_of(facts)
    live = {key for key, is_open in zip(keys, open_rows.tolist(), strict=True) if is_open and key is not None}
    asked = _asked(facts, problems, keys)
    has_own_columns = _has_own_columns(facts)

    def is_kept(key: str) -> bool:
        row = known.get(key)
        if row is None or row.cells is None or digests.get(key) != row.seen.digest:
            return False
        if has_own_columns:
            return False
        return key not in asked or asked[key] <= kept_from_text(row.cells).asked

    over = {
        key
        for key, row in known.items()
        if row.cells is not None
        and key not in live
        and _is_before(kept_from_text(row.registered or row.cells), look.first_open)
    }
    followed = live | {key for key, row in known.items() if row.cells is not None and key not in over}
    texts: dict[tuple[str, str], str | None] = {(tab, key): None for key in over}
    for key, cells in cells_of(facts, {key for key in followed if not is_kept(key)}).items():
        old = known.get(key)
        before = kept_from_text(old.cells).asked if old and old.cells else frozenset()
        at_grace = (old.registered if old else None) or (view.registered or {}).get((tab, key))
        registered = kept_from_text(at_grace).cells if at_grace else cells
        # What is wrong with a cell that was changed since is not what was registered.
        more = (name for name in asked.get(key, ()) if registered.get(name) == cells.get(name))
        won = old is None and bool(known) and cells.get("status") == "deal"
        won = won or bool(old and old.cells and was_first_seen_won(old.cells))
        out = None if old is None else _out(old, cells, look, is_registered=bool(at_grace))
        text = kept_text(Kept(cells, before.union(more), won, out))
        if old is None or text != old.cells:
            texts[tab, key] = text
    return KeptRows(view.registered or {}, texts)


def _out(
    old: HistoryRow, cells: Mapping[str, Any], look: RegisterLook, *, is_registered: bool
) -> tuple[str, str] | None:
    """Give manager and month of a lead that was taken out of the count before it was registered, and has not come back."""
    if old.cells is None:
        return None
    out = taken_out(old.cells)
    if out is not None:
        return out if still_out(out, cells) else None
    if is_registered:
        return None
    return taken_out_now(kept_from_text(old.cells).cells, cells, look.day(old.first_seen_at))


_ASKS_FOR_ARRIVAL = frozenset({"paid_before_arrival", "answer_before_arrival", "answer_after_a_month"})


def _asked(
    facts: FactFrame, problems: Iterable[Problem], keys: Sequence[str | None]
) -> dict[str, frozenset[str]]:
    """Give by key the columns that «Ошибки» asks to mend: what blocks, and what is doubted."""
    by_row: dict[int, set[str]] = {}
    for problem in problems:
        place = problem.place
        if place.tab != facts.tab.key or place.row is None or place.column is None:
            continue
        # A day to come is doubted only until it has come.
        if problem.blocks or problem.code in DOUBTS - {"date_in_future"}:
            columns = {place.column, *([ARRIVAL] if problem.code in _ASKS_FOR_ARRIVAL else [])}
            by_row.setdefault(place.row, set()).update(columns)
    if not by_row:
        return {}
    asked: dict[str, frozenset[str]] = {}
    for row, key in zip(facts.rows["row"].tolist(), keys, strict=True):
        if key is not None and row in by_row:
            asked[key] = asked.get(key, frozenset()) | by_row[row]
    return asked
