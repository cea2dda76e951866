"""The rows of the tabs of facts as the ledger follows them: what it keeps of each, what changed, vanished, or came late.

A digest of each row is all that is kept (behaviour §6, «History»). From it and from the rows as they stand now come
what the signals look at, warnings of rows that are gone, and warnings of rows dated in a closed month that were
entered or changed after its close: they can count in it no more. `verify` compares all that was sealed; here stands
what shows without opening a seal.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from kpi_rules.facts.columns import Flags
from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.inputs import VALUES, OwnValue, WorkbookInputs
from kpi_rules.facts.payments import PAYMENTS, Payment
from kpi_rules.facts.row_history import Noticed, RowHistory, SeenRow
from kpi_rules.problems import Place, Problem, warning
from kpi_rules.register.free_days import grace_ends_on
from kpi_rules.register.kept import was_first_seen_won
from kpi_rules.time.periods import Month, WorkingCalendar
from ledger import Client, HistoryRow, Ledger, RowChange, RowDigest
from ledger.history import LONGEST_KEY
from operations.facts.row_digests import payments_by_key, row_digests, values_by_key
from sheets_sync.reading.books import ReadWorkbook

NOTHING_NOTICED: Mapping[str, Noticed] = MappingProxyType({})


class Sighting(NamedTuple):
    """On which day something was first seen, and the day of the last known look that did not show it; None: unknown."""

    on: date | None
    after_on: date | None


UNKNOWN = Sighting(None, None)


@dataclass(frozen=True)
class Looks:
    """The looks at a client that left a trace in the history of rows.

    `calendar` tells how long a row is corrected freely.
    """

    history: Sequence[HistoryRow]
    changes: Sequence[RowChange]
    time_zone: str
    calendar: WorkingCalendar
    _told: dict[datetime, Sighting] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def first_at(self) -> datetime | None:
        """The moment of the first look of all."""
        return self._moments[0] if self._moments else None

    def day(self, moment: datetime) -> date:
        """Give the client's day of a moment."""
        return moment.astimezone(ZoneInfo(self.time_zone)).date()

    def sighting(self, moment: datetime | None) -> Sighting:
        """Give the client's day of a moment at which something was first seen, and that of the last known look before it."""
        if moment is None:
            return UNKNOWN
        told = self._told.get(moment)
        if told is None:
            place = bisect_left(self._moments, moment)
            before = self.day(self._moments[place - 1]) if place else None
            told = self._told[moment] = Sighting(self.day(moment), before)
        return told

    def is_free(self, entered_at: datetime, mended_at: datetime) -> bool:
        """Tell whether what was entered at a moment was mended within the days of free correction."""
        return self.day(mended_at) <= grace_ends_on(self.day(entered_at), self.calendar)

    @cached_property
    def _moments(self) -> list[datetime]:
        moments = {row.first_seen_at for row in self.history}
        moments.update(row.changed_at for row in self.history if row.changed_at != row.first_seen_at)
        moments.update(change.changed_at for change in self.changes)
        return sorted(moments)


@dataclass(frozen=True)
class PaymentDays:
    """The days that «Оплачено» held and nobody mended at once, and when the present one was first seen (None: unknown)."""

    days: tuple[date, ...]
    seen_at: datetime | None


def payment_days(
    old: HistoryRow | None,
    new: RowDigest | None,
    changes: Sequence[RowChange],
    entered_at: datetime | None,
    now: datetime,
    looks: Looks,
) -> PaymentDays:
    """Tell what «Оплачено» of a row held: by the kept `changes` of it, oldest first, by the ledger and as it stands now.

    `entered_at` is when the row was first seen, None where that is unknown.
    """
    known = old.seen.paid_on if old else None
    present = new.paid_on if new else known
    if not changes and (old is None or known == present):
        return PaymentDays(() if present is None else (present,), entered_at)
    days: set[date] = set()
    seen_at = entered_at
    steps = [(_day(change.before), change.changed_at) for change in changes]
    if old is not None and known != present:
        steps.append((known, now))
    for before, changed_at in steps:
        if before is not None and not (seen_at is not None and looks.is_free(seen_at, changed_at)):
            days.add(before)
        seen_at = changed_at
    if present is not None:
        days.add(present)
    return PaymentDays(tuple(sorted(days)), seen_at)


def _day(values: Mapping[str, Any]) -> date | None:
    told = values.get("paid_on")
    return date.fromisoformat(told) if told else None


# ---- which of them are followed
_NUMBERED = "numbered_by_formula"
"""Under which a client's `extra` names the tabs that were not followed for it when rows were last noted."""


@dataclass(frozen=True)
class FollowedRows:
    """The rows of the tabs that can be followed, as they stand now.

    `anew`: those of the tabs of which № were formulas until now. Each № may name another row than before: what the
    ledger knows of them says nothing until they were noted.
    """

    rows: tuple[RowDigest, ...]
    tabs: frozenset[str]
    anew: frozenset[str] = frozenset()


def followed_rows(
    workbook: ReadWorkbook, history: Iterable[HistoryRow], numbered_before: Collection[str] = ()
) -> FollowedRows:
    """Give the rows of the tabs that are there, whose columns are known, and whose №s stay with their rows.

    `numbered_before`: the tabs of which №s were formulas when rows were last noted. A free text whose header is gone is no
    reason to follow nothing.
    """
    of_columns = [problem for problem in workbook.problems if problem.code.startswith(("tab_", "header"))]
    unreadable = {problem.place.tab for problem in of_columns if problem.blocks}
    present = _followable(workbook) & {tab for tab, _ in workbook.located.positions}
    followed = present - unreadable - workbook.numbered
    rows = [row for row in row_digests(workbook.inputs) if row.tab in followed]
    if PAYMENTS in followed and any(problem.place.tab == PAYMENTS for problem in of_columns):
        known = {row.seen.key: row.seen for row in history if row.seen.tab == PAYMENTS}
        rows = [_as_known(row, known.get(row.key)) if row.tab == PAYMENTS else row for row in rows]
    return FollowedRows(tuple(rows), followed, followed & set(numbered_before))


def _followable(workbook: ReadWorkbook) -> frozenset[str]:
    return frozenset({workbook.inputs.facts.tab.key, workbook.inputs.marks.tab.key, PAYMENTS, VALUES})


def _as_known(row: RowDigest, known: RowDigest | None) -> RowDigest:
    """Take a payment for unchanged where all but its comment is as it was, and the comment cannot be read."""
    unchanged = known is not None and replace(row, digest=known.digest) == known
    return known if known and unchanged else row


def numbered_of(client: Client) -> frozenset[str]:
    """Name the tabs of which №s were formulas when the client's rows were last noted."""
    return frozenset(client.extra.get(_NUMBERED, ()))


def note_numbered(client: Client, workbook: ReadWorkbook, followed: Collection[str], ledger: Ledger) -> None:
    """Keep which tabs are not followed because their №s are formulas, once the rows of the others were noted."""
    before = numbered_of(client)
    numbered = (before - set(followed)) | (workbook.numbered & _followable(workbook))
    if numbered != before:
        extra = {**ledger.client(client.slug).extra, _NUMBERED: sorted(numbered)}
        ledger.update_client(client.slug, extra=extra)


def remembered_rows(
    tab: str,
    looks: Looks,
    seen: Iterable[RowDigest],
    now: datetime,
    noticed: Mapping[str, Noticed] = NOTHING_NOTICED,
) -> RowHistory:
    """Put together what the ledger knew before a sync and what this sync sees, by key.

    Args:
        tab: the tab's key.
        looks: what the ledger knows: all rows, and the changes that it kept, for the days that «Оплачено» held before.
        seen: the rows as they stand now.
        now: the moment of this sync: what differs from before has moved today.
        noticed: what the register notices of rows.
    """
    known = {row.seen.key: row for row in looks.history if row.seen.tab == tab}
    present = {row.key: row for row in seen if row.tab == tab}
    # The ledger shortens a key that it cannot hold: such rows are followed by nobody.
    odd = any(len(key) > LONGEST_KEY or not key.isprintable() for key in present)
    first_look = _first_look(tab, known.values(), looks)
    changes = _paid_changes(tab, looks.changes)
    remembered = {}
    for key in (*known, *(key for key in present if key not in known)):
        old, new = known.get(key), present.get(key)
        entered_at = None if first_look is None else (old.first_seen_at if old else now)
        moved_at = entered_at
        if old is not None:
            if old.first_seen_at == first_look:
                entered_at = moved_at = None
            if old.changed_at > old.first_seen_at:
                moved_at = old.changed_at
            if new is not None and (new.digest != old.seen.digest or old.vanished_at is not None):
                moved_at = now
        row = new or (old.seen if old else None)
        paid = payment_days(old, new, changes.get(key, ()), entered_at, now, looks)
        gone = None
        if new is None and old is not None and (old.vanished_at is not None or not odd):
            gone = looks.day(old.vanished_at or now)
        entered, moved, seen_paid = map(looks.sighting, (entered_at, moved_at, paid.seen_at))
        remembered[key] = SeenRow(
            key,
            row.manager if row else None,
            entered.on,
            moved.on,
            paid.days,
            gone,
            first_seen_won=bool(old and old.cells and was_first_seen_won(old.cells)),
            entered_after_on=entered.after_on,
            moved_after_on=moved.after_on,
            paid_seen_on=seen_paid.on,
            paid_after_on=seen_paid.after_on,
            noticed=noticed.get(key),
        )
    return remembered


def _first_look(tab: str, known: Iterable[HistoryRow], looks: Looks) -> datetime | None:
    """Give the first look that could show a row of a tab; of payments there need not have been any."""
    if tab == PAYMENTS:
        return looks.first_at
    return min((row.first_seen_at for row in known), default=None)


def _paid_changes(tab: str, changes: Iterable[RowChange]) -> dict[str, list[RowChange]]:
    """Collect by key the changes of «Оплачено»."""
    by_key: dict[str, list[RowChange]] = {}
    for change in changes:
        if change.tab == tab and "paid_on" in {*change.before, *change.after}:
            by_key.setdefault(change.key, []).append(change)
    return by_key


NAMED = 50
"""So many rows of a tab are named one by one; the others are counted."""


def vanished_rows(
    history: Sequence[HistoryRow],
    seen: Sequence[RowDigest],
    tabs: Mapping[str, str],
    since_on: date,
    now: datetime,
    time_zone: str,
) -> list[Problem]:
    """Warn of rows that the ledger knows and the workbook has not.

    Args:
        history: what the ledger knew before this sync.
        seen: the rows of this sync.
        tabs: title by key of the tabs that could be read; rows of others have not vanished.
        since_on: rows that were gone before this day are told no more.
        now: the moment of the sync, which is when a row known until now vanishes.
        time_zone: the client's.
    """
    present = {(row.tab, row.key) for row in seen}
    # The ledger shortens a key that it cannot hold; its own note, one sync later, tells of such rows.
    odd = {row.tab for row in seen if len(row.key) > LONGEST_KEY or not row.key.isprintable()}
    gone: dict[str, list[Problem]] = {}
    for known in history:
        tab, key = known.seen.tab, known.seen.key
        if tab not in tabs or (tab, key) in present or (known.vanished_at is None and tab in odd):
            continue
        day = (known.vanished_at or now).astimezone(ZoneInfo(time_zone)).date()
        if day >= since_on:
            told = warning(
                "row_vanished", Place(tab), known.seen.manager, key=key, tab=tabs[tab], when=f"{day:%d.%m.%Y}"
            )
            gone.setdefault(tab, []).append(told)
    return [problem for tab, problems in gone.items() for problem in _named(tab, tabs[tab], problems)]


def _named(tab: str, title: str, problems: Collection[Problem]) -> list[Problem]:
    more = len(problems) - NAMED
    counted = [warning("rows_vanished", Place(tab), tab=title, count=more)] if more > 0 else []
    return [*list(problems)[:NAMED], *counted]


AT_CLOSE = "rows_at_close"
"""The kind of the ledger's note on when the rows of a month were read for its close."""


@dataclass(frozen=True)
class _Memory:
    """What was known before this sync, by tab and key, and what this sync sees."""

    known: Mapping[tuple[str, str], HistoryRow]
    seen: Mapping[tuple[str, str], RowDigest]
    changes: Mapping[tuple[str, str], list[RowChange]]
    closed_at: Mapping[Month, datetime]


def late_rows(
    inputs: WorkbookInputs,
    closed_at: Mapping[Month, datetime],
    history: Sequence[HistoryRow],
    changes: Iterable[RowChange],
    seen: Iterable[RowDigest],
) -> list[Problem]:
    """Warn of rows of closed months that came, or changed in what counts, after the close.

    Args:
        inputs: the workbook as it stands now.
        closed_at: when the rows of each closed month were read for the last time (`AT_CLOSE`).
        history: what the ledger knew before this sync; empty: nothing can be told.
        changes: the changes of payment date, amount and manager that it kept.
        seen: the rows of this sync.
    """
    if not closed_at or not history:
        return []
    by_place: dict[tuple[str, str], list[RowChange]] = {}
    for change in changes:
        by_place.setdefault((change.tab, change.key), []).append(change)
    memory = _Memory(
        {(row.seen.tab, row.seen.key): row for row in history},
        {(row.tab, row.key): row for row in seen},
        by_place,
        closed_at,
    )
    return [
        problem
        for facts in (inputs.facts, inputs.marks)
        for problem in (_late_leads if facts.of_leads else _late_days)(facts, memory)
    ] + [*_late_payments(inputs.payments, memory), *_late_values(inputs.values, memory)]


def _late_payments(payments: Iterable[Payment], memory: _Memory) -> Iterator[Problem]:
    suspects = _suspects(PAYMENTS, memory)
    if not suspects:
        return
    for key, payment in payments_by_key(payments).items():
        closed_at = None if payment.on is None else memory.closed_at.get(Month.of(payment.on))
        if payment.on and key in suspects and closed_at and _changed_at(PAYMENTS, key, memory, closed_at):
            yield _told(Place(PAYMENTS, payment.row, "on"), payment.code, key, payment.on)


def _late_values(values: Iterable[OwnValue], memory: _Memory) -> Iterator[Problem]:
    suspects = _suspects(VALUES, memory)
    if not suspects:
        return
    for key, value in values_by_key(values).items():
        closed_at = None if value.on is None else memory.closed_at.get(Month.of(value.on))
        if value.on and key in suspects and closed_at and _changed_at(VALUES, key, memory, closed_at):
            yield _told(Place(VALUES, value.row, "on"), value.code, key, value.on)


def _late_leads(facts: FactFrame, memory: _Memory) -> Iterator[Problem]:
    tab = facts.tab.key
    dated = facts.rows.chosen(_in_closed_months(facts, memory))
    if not len(dated):
        return
    suspects = dated.chosen(dated.is_one_of("number", _suspects(tab, memory)))
    columns = ("row", "number", "code", "paid_on", "arrived_at")
    for row, number, code, paid_on, arrived_at in zip(*map(suspects.plain, columns), strict=True):
        for column, moment in (("paid_on", paid_on), ("arrived_at", arrived_at)):
            if moment is None:
                continue
            on = moment.date()
            if _is_late_lead((column, on), (tab, str(number)), memory):
                place = Place(tab, row, column)
                yield _told(place, code, str(number), on)
                break


def _in_closed_months(facts: FactFrame, memory: _Memory) -> Flags:
    """Tell which leads were paid or arrived in a month that has closed."""
    closed = [np.datetime64(str(month), "M") for month in memory.closed_at]
    months = (facts.rows[name].astype("datetime64[M]") for name in ("paid_on", "arrived_at"))
    dated: Flags = np.logical_or.reduce([each == month for each in months for month in closed])
    return dated


def _late_days(facts: FactFrame, memory: _Memory) -> Iterator[Problem]:
    tab, frame = facts.tab.key, facts.rows
    suspects = _suspects(tab, memory)
    if not suspects:
        return
    for row, on, code in zip(*map(frame.plain, ("row", "on", "code")), strict=True):
        if on is None or not isinstance(code, str):
            continue
        day = on.date()
        key = f"{day.isoformat()} {code}"
        closed_at = memory.closed_at.get(Month.of(day))
        if key in suspects and closed_at and _changed_at(tab, key, memory, closed_at):
            yield _told(Place(tab, row, "on"), code, key, day)


def _suspects(tab: str, memory: _Memory) -> set[str]:
    """Name the rows that are new, differ from before, or changed since the first of the closes."""
    first = min(memory.closed_at.values())
    suspects = set()
    for place, row in memory.seen.items():
        if place[0] == tab:
            known = memory.known.get(place)
            if known is None or known.changed_at > first or known.seen.digest != row.digest:
                suspects.add(place[1])
    return suspects


def _is_late_lead(dated: tuple[str, date], place: tuple[str, str], memory: _Memory) -> bool:
    column, on = dated
    closed_at = memory.closed_at.get(Month.of(on))
    if closed_at is None:
        return False
    known, seen = memory.known.get(place), memory.seen[place]
    if known is None or known.first_seen_at > closed_at:
        return True
    if column == "arrived_at":
        return False
    before = known.seen
    if (before.paid_on, before.amount_tiyn, before.manager) != (on, seen.amount_tiyn, seen.manager):
        return True
    return any(change.changed_at > closed_at and change.after for change in memory.changes.get(place, ()))


def _changed_at(tab: str, key: str, memory: _Memory, closed_at: datetime) -> bool:
    """Tell whether a row of a day came or changed after the close."""
    known, seen = memory.known.get((tab, key)), memory.seen[tab, key]
    return known is None or known.changed_at > closed_at or known.seen.digest != seen.digest


def _told(place: Place, code: object, key: str, on: date) -> Problem:
    employee = code if isinstance(code, str) else None
    when = f"{on:%d.%m.%Y}"
    return warning("row_of_closed_month", place, employee, key=key, value=when, closed=str(Month.of(on)))
