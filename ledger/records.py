"""What the ledger takes and gives, as values, and the one form in which a record is kept: RFC 8785 canonical JSON.

In that form records are compared, digested and signed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import rfc8785

from kpi_rules.errors import RecordError
from kpi_rules.time.lifecycle import MonthState
from kpi_rules.time.periods import CalendarOverride, Month


class FrozenKind(StrEnum):
    """What freezes when a month opens."""

    RULES = "rules"
    CALENDAR = "calendar"
    PLAN = "plan"
    SETTINGS = "settings"


LEFT_AT = "left_at"
"""Under which name a client's further values say since when it has left (ISO, UTC)."""


@dataclass(frozen=True)
class Client:
    """A client and the files. `slug` is the short name and never changes; ids are Drive's, None before deploy.

    `managers` are e-mail addresses. `extra` is a JSON record for what a template adds.
    """

    name: str
    slug: str
    template: str
    language: str
    created_at: datetime
    workbook_id: str | None = None
    payroll_id: str | None = None
    folder_id: str | None = None
    records_folder_id: str | None = None
    head_email: str | None = None
    owner_email: str | None = None
    accountant_email: str | None = None
    managers: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    layout: int = 1
    """Which layout the files have (docs/behaviour.md §7b); release 0.1.0, which noted none, had the first."""
    options: tuple[str, ...] = ()
    """What the client asked for beyond what everybody has, in alphabetical order (docs/behaviour.md §3)."""
    id: str = ""
    """The client's own id, 32 hex digits, given with the first note of it and never changed (behaviour §7a)."""

    @property
    def left_at(self) -> datetime | None:
        """Since when the client has left with the files; None: it has not."""
        noted = self.extra.get(LEFT_AT)
        return datetime.fromisoformat(noted) if isinstance(noted, str) else None

    @property
    def is_served(self) -> bool:
        """Whether rounds of all clients are for it: it has files and has not left with them."""
        return bool(self.workbook_id) and LEFT_AT not in self.extra


class LayoutEvent(StrEnum):
    """What happened with the upgrade of a client's files."""

    BEGUN = "begun"
    DONE = "done"
    STOPPED = "stopped"


@dataclass(frozen=True)
class LayoutNote:
    """One note of an upgrade: from which layout to which, what it does (or why it stopped), who and when.

    `options` are those that the files have with it and did not have before.
    """

    number: int
    event: LayoutEvent
    from_layout: int
    to_layout: int
    what: tuple[str, ...]
    by: str
    at: datetime
    options: tuple[str, ...] = ()


class RepairEvent(StrEnum):
    """What happened with the repair of a client's file."""

    BEGUN = "begun"
    DONE = "done"
    STOPPED = "stopped"


@dataclass(frozen=True)
class RepairNote:
    """One note of a repair: what of a file is put right (or why it stopped), who and when."""

    number: int
    event: RepairEvent
    what: tuple[str, ...]
    by: str
    at: datetime


@dataclass(frozen=True)
class MonthRecord:
    """Where a client's month stands, and since when. A shadow month is sealed but not paid."""

    client: str
    month: Month
    state: MonthState
    shadow: bool
    since_at: datetime


@dataclass(frozen=True)
class CalendarEntry:
    """A moved day of a client's calendar, who entered it and when. Numbers grow; the newest word holds."""

    number: int
    override: CalendarOverride
    by: str
    at: datetime


@dataclass(frozen=True)
class Lease:
    """The right to close a month until `until_at`. `token` grows with each grant and fences off older ones."""

    client: str
    month: Month
    holder: str
    token: int
    until_at: datetime


@dataclass(frozen=True)
class Snapshot:
    """All that a close stands on, read once. It holds pay."""

    client: str
    month: Month
    close_id: str
    record: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class UnfinishedClose:
    """A month whose close was begun and not sealed; `free` when nobody holds its lease now."""

    client: str
    month: Month
    free: bool


@dataclass(frozen=True)
class RowDigest:
    """One input row as a sync saw it: known by its tab and key (№, or date and employee).

    `digest` is over the whole row; the three values are those whose changes are kept (behaviour §6, «History»).
    """

    tab: str
    key: str
    digest: str
    manager: str | None = None
    amount_tiyn: int | None = None
    paid_on: date | None = None


class RowEvent(StrEnum):
    """What happened to an input row."""

    CHANGED = "changed"
    VANISHED = "vanished"
    RETURNED = "returned"


@dataclass(frozen=True)
class RowChange:
    """A change of one input row. `before` and `after` hold those of manager, amount_tiyn and paid_on that differ.

    `paid_on` is written 2026-10-31. Both are empty where only other columns changed.
    """

    tab: str
    key: str
    changed_at: datetime
    event: RowEvent
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True)
class RowChanges:
    """What differs in a sync from the one before."""

    added: tuple[RowDigest, ...] = ()
    changed: tuple[RowChange, ...] = ()
    vanished: tuple[RowChange, ...] = ()


@dataclass(frozen=True)
class HistoryRow:
    """An input row as last seen, and when it was first seen, last changed and noticed as gone.

    Of rows that are kept whole `cells` is what they held when last seen, `registered` what they held when the days of
    free correction were over (behaviour §4a).
    """

    seen: RowDigest
    first_seen_at: datetime
    changed_at: datetime
    vanished_at: datetime | None
    cells: str | None = field(default=None, repr=False)
    registered: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class KeptRows:
    """What is kept of rows beside their digests, by tab and key.

    Args:
        registered: what rows held when their days of free correction were over; what is registered stays.
        cells: what rows hold now; None = neither is kept any more.
    """

    registered: Mapping[tuple[str, str], str] = field(default_factory=dict)
    cells: Mapping[tuple[str, str], str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class SyncNote:
    """How the last sync of a client went; `failures` counts those in a row since the last good one."""

    client: str
    tried_at: datetime
    synced_at: datetime | None
    error_code: str | None
    failures: int


@dataclass(frozen=True)
class NightNote:
    """How the last night of a client went, in one part of it; `failures` counts those in a row."""

    client: str
    part: str
    tried_at: datetime
    done_at: datetime | None
    error_code: str | None
    failures: int


@dataclass(frozen=True)
class Acknowledgement:
    """Somebody has taken note of something reported (a late edit), so that it is not told every day."""

    key: str
    by: str
    at: datetime


@dataclass(frozen=True)
class LedgerFault:
    """One thing in the ledger's database that was changed behind its back.

    `table` and `key` name the row, `column` what differs in it (empty: the row itself). `expected` and `found`
    show the sealed and the present value; of a record, which may hold pay, the first digits of its digest.
    """

    table: str
    key: str
    column: str
    expected: str
    found: str


LARGEST_INTEGER = 2**53 - 1
"""Beyond it JSON numbers stop being exact (RFC 8785 §3.2.2.3)."""


def canonical(record: object) -> bytes:
    """Write a record as canonical JSON (RFC 8785).

    Exact numbers are whole numbers or texts: a float anywhere is refused, so are other types, whole numbers
    beyond 2^53 and keys that are no texts. Raises RecordError with the place, never with the value.
    """
    try:
        _refuse_inexact(record, "record")
        return rfc8785.dumps(record)  # type: ignore[arg-type]  # checked just above, deeper than its type says
    except rfc8785.CanonicalizationError:
        reason = "the record holds text that is no valid Unicode"
    except RecursionError:
        reason = "the record is nested too deeply"
    raise RecordError(reason)  # outside of the handler: the library's own text may quote a value


def _refuse_inexact(value: object, place: str) -> None:
    if value is None or isinstance(value, str | bool):
        return
    if isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise RecordError(f"{place}: a whole number beyond 2^53; write it as text")
    elif isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise RecordError(f"{place}: a key that is no text ({type(key).__name__})")
            if inner.__class__ is not str:  # most values are texts; this halves the time of a large record
                _refuse_inexact(inner, f"{place}.{key}")
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            if inner.__class__ is not str:
                _refuse_inexact(inner, f"{place}[{index}]")
    else:
        raise RecordError(
            f"{place}: {type(value).__name__} has no exact form in JSON; use whole numbers or text"
        )


def strict_record(text: str | bytes) -> dict[str, Any]:
    """Read a JSON object; refuses what two readers could take differently (a key twice, floats, NaN).

    Raises RecordError without quoting the text.
    """
    try:
        record = json.loads(text, object_pairs_hook=_unique, parse_float=_no_float, parse_constant=_no_float)
    except RecordError:
        raise
    except (ValueError, RecursionError):
        record = None  # the error's own text quotes the document
    if not isinstance(record, dict):
        raise RecordError("this is not a JSON record")
    return record


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise RecordError("a key stands twice in one record")
    return record


def _no_float(_: str) -> Any:
    raise RecordError("the record holds a number with a fraction; exact numbers are whole, or texts")


def digest(content: bytes) -> str:
    """Give the SHA-256 of some bytes in lower-case hex."""
    return hashlib.sha256(content).hexdigest()


def row_digest(table: str, values: Mapping[str, Any]) -> str:
    """Give the digest of one append-only row over all of its columns, its record by its own digest."""
    columns = {
        name: digest(str(value).encode()) if name == "record" else value for name, value in values.items()
    }
    return digest(canonical({"table": table, **columns}))
