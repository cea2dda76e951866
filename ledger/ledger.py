"""The ledger: one door to everything that Tablo remembers about its clients."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kpi_rules.time.lifecycle import MonthState
from kpi_rules.time.periods import CalendarOverride, Month
from ledger import (
    adoption_notes,
    adoptions,
    backups,
    clients,
    closes,
    evidence,
    history,
    identity,
    key_history,
    months,
    people,
    repairs,
)
from ledger.adoption_notes import Adoption
from ledger.adoptions import Adopted
from ledger.backups import Dumped
from ledger.database import Database, connect, open_database
from ledger.identity import Turn
from ledger.people import People, PeopleNote
from ledger.records import (
    Acknowledgement,
    CalendarEntry,
    Client,
    FrozenKind,
    HistoryRow,
    KeptRows,
    LayoutEvent,
    LayoutNote,
    Lease,
    LedgerFault,
    MonthRecord,
    NightNote,
    RepairEvent,
    RepairNote,
    RowChange,
    RowChanges,
    RowDigest,
    Snapshot,
    SyncNote,
    UnfinishedClose,
)
from ledger.seal_keys import ChainKeys, Change, HandOver, PinnedKey
from ledger.seals import Seal


def open_ledger(url: str | None = None, *, folder: Path | None = None) -> Ledger:
    """Open the ledger of a database URL, else the SQLite file in a folder, brought to the newest version.

    Raises LedgerError with a sentence when it cannot be opened.
    """
    return Ledger(connect(url, folder))


def restore_ledger(url: str | None, folder: Path | None, lines: Iterable[bytes]) -> Dumped:
    """Make a ledger out of the lines of `Ledger.dump` where none is in use yet; all of it, or nothing.

    Raises NewerFormError, SchemaError (the lines are not whole), LedgerError `restore_not_empty`.
    """
    database = open_database(url, folder)
    try:
        return database.write_unlocked(backups.fill, lines)
    finally:
        database.close()


class Ledger:
    """What was agreed, frozen, closed and sealed, per client.

    Each call is one transaction: when it has answered, it is kept; when it raises, nothing is. Calls that write
    for one client take turns. Records are JSON objects without floats. All raise LedgerUnavailableError when
    the database cannot be reached, and UnknownClientError for a client that there is not.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back the connections."""
        self._database.close()

    # Whose it is

    @cached_property
    def id(self) -> str:
        """The ledger's own id, 32 hex digits; a copy of the ledger has the same."""
        return self._database.read(identity.ledger_id)

    def begin_client(self, slug: str, *, at: datetime) -> str:
        """Note that a client is about to be made and give the id; begun again it is the same."""
        return self._database.write_unlocked(identity.begin_client, slug, at)

    def turns(self, slug: str) -> list[Turn]:
        """Give the turns taken at writing a client's months, oldest first."""
        return self._database.read(identity.all_turns, slug)

    def take_turn(self, slug: str, seen: str, *, at: datetime) -> Turn:
        """Note the next turn; the last one again, where the payroll book does not bear it yet (`seen`)."""
        return self._database.write(slug, identity.take_turn, seen, at)

    def dump(self, write: Callable[[bytes], None]) -> Dumped:
        """Write all of the ledger line by line, as it stands at one moment; `restore_ledger` reads it."""
        return self._database.read(backups.dump, write)

    @property
    def is_in_use(self) -> bool:
        """Whether it has clients, begun ones included, or a pinned key."""
        return self._database.read(backups.is_in_use)

    def adopt(
        self, adopted: Adopted, *, by: str, at: datetime, key: Ed25519PrivateKey | None = None
    ) -> Adoption:
        """Enter a client, or what the ledger lacks of one, from files and sealed records; all of it, or nothing.

        The note of it is signed by the key, where that is at hand and the one that signs now.
        """
        return self._database.write_unlocked(adoptions.adopt, adopted, by, at, key)

    def sign_adoptions(self, slug: str, key: Ed25519PrivateKey) -> None:
        """Sign the notes of adoptions that nobody has signed: the key was not at hand then."""
        self._database.write(slug, adoption_notes.sign_notes, key)

    def adoptions(self, slug: str) -> list[Adoption]:
        """Give how often a client was taken from the files, oldest first."""
        return self._database.read(adoption_notes.all_adoptions, slug)

    # Clients

    def add_client(self, client: Client) -> Client:
        """Keep a new client. Raises ClientExistsError."""
        return self._database.write_unlocked(clients.add_client, client)

    def client(self, slug: str) -> Client:
        """Give a client by the short name."""
        return self._database.read(clients.client, slug)

    def clients(self) -> list[Client]:
        """Give all clients."""
        return self._database.read(clients.all_clients)

    def set_people(self, slug: str, people: People, *, command: str, at: datetime) -> Client:
        """Enter who a client's people are from now on, all of them, and by which command."""
        return self._database.write(slug, clients.set_people, people, command, at)

    def people_notes(self, slug: str) -> list[PeopleNote]:
        """Give the notes of who a client's people were, oldest first."""
        return self._database.read(people.all_people_notes, slug)

    def update_client(self, slug: str, **changes: Any) -> Client:
        """Change fields of a client by name; `slug` and `created_at` stay, people are entered by `set_people`."""
        return self._database.write(slug, clients.update_client, changes)

    def note_sync(self, slug: str, at: datetime, error_code: str | None = None) -> SyncNote:
        """Note that a sync was tried at a moment, and with which error it ended (None: well)."""
        return self._database.write(slug, clients.note_sync, at, error_code)

    def sync_notes(self) -> dict[str, SyncNote]:
        """Give the last note of each client that was ever synced."""
        return self._database.read(clients.sync_notes_by_client)

    def note_night(self, slug: str, part: str, at: datetime, error_code: str | None = None) -> NightNote:
        """Note that a part of a client's night was tried, and with which error it ended (None: well)."""
        return self._database.write(slug, clients.note_night, part, at, error_code)

    def night_notes(self) -> list[NightNote]:
        """Give the last note of each client and part of the night."""
        return self._database.read(clients.all_night_notes)

    def alone(self, name: str) -> AbstractContextManager[bool]:
        """Hold what only one process of this ledger may do at a time; False: another one is at it.

        It ends with the process, however that ends.
        """
        return self._database.alone(name)

    def acknowledge(self, slug: str, kind: str, key: str, *, by: str, at: datetime) -> bool:
        """Note that somebody took note of something reported (kind `late_edit`); False when noted before."""
        return self._database.write(slug, clients.acknowledge, kind, key, by, at)

    def acknowledged(self, slug: str, kind: str) -> dict[str, Acknowledgement]:
        """Give what was taken note of, by key."""
        return self._database.read(clients.acknowledged, slug, kind)

    def note_layout(
        self,
        slug: str,
        event: LayoutEvent | str,
        to: int,
        what: Sequence[str],
        *,
        by: str,
        at: datetime,
        options: Iterable[str] = (),
    ) -> LayoutNote:
        """Note an upgrade of a client's files that begins, is done or was stopped.

        Done, the files have that layout, and the `options` besides those that they had.
        """
        return self._database.write(
            slug, clients.note_layout, LayoutEvent(event), to, what, by, at, frozenset(options)
        )

    def layout_notes(self, slug: str) -> list[LayoutNote]:
        """Give the upgrades of a client's files, oldest first."""
        return self._database.read(clients.all_layout_notes, slug)

    def note_repair(
        self, slug: str, event: RepairEvent | str, what: Sequence[str], *, by: str, at: datetime
    ) -> RepairNote:
        """Note a repair of a client's file that begins, is done or was stopped."""
        return self._database.write(slug, repairs.note_repair, RepairEvent(event), what, by, at)

    def repairs(self, slug: str) -> list[RepairNote]:
        """Give the notes of the repairs of a client's files, oldest first."""
        return self._database.read(repairs.all_repairs, slug)

    # Months

    def month(self, slug: str, month: Month) -> MonthRecord | None:
        """Give where a month stands; None when nothing was done with it yet."""
        return self._database.read(months.month, slug, month)

    def months(self, slug: str) -> list[MonthRecord]:
        """Give a client's months in order."""
        return self._database.read(months.all_months, slug)

    def set_month_state(
        self, slug: str, month: Month, state: MonthState | str, *, at: datetime, shadow: bool | None = None
    ) -> MonthRecord:
        """Move a month on: planning → open → review → closed; its present state again changes nothing.

        `shadow` can be set until the month opens. Closed needs the seal. Raises MonthStateError.
        """
        return self._database.write(slug, months.set_month_state, month, MonthState(state), at, shadow=shadow)

    def freeze(
        self,
        slug: str,
        month: Month,
        kind: FrozenKind | str,
        key: str,
        record: Mapping[str, Any],
        at: datetime,
    ) -> bool:
        """Keep a record of a month for good; False when an equal one exists. Raises FrozenConflict."""
        return self._database.write(slug, months.freeze, month, FrozenKind(kind), key, record, at)

    def frozen(self, slug: str, month: Month, kind: FrozenKind | str) -> dict[str, dict[str, Any]]:
        """Give what froze for a month, by key (of the plan: the employee's code)."""
        return self._database.read(months.frozen_records, slug, month, FrozenKind(kind))

    # The calendar

    def override_calendar(
        self, slug: str, overrides: Sequence[CalendarOverride], *, by: str, at: datetime
    ) -> list[CalendarEntry]:
        """Keep days that an order moved, all or none; gives the new ones. Raises MonthStateError."""
        return self._database.write(slug, months.add_overrides, overrides, by, at)

    def calendar_entries(self, slug: str) -> list[CalendarEntry]:
        """Give the moved days of a client, the oldest entry first."""
        return self._database.read(months.calendar_entries, slug)

    def is_calendar_frozen(self, slug: str, month: Month) -> bool:
        """Tell whether a month's calendar can not change any more."""
        return self._database.read(months.is_calendar_frozen, slug, month)

    # Closes

    def lease(
        self,
        slug: str,
        month: Month,
        holder: str,
        now: datetime,
        ttl: timedelta,
        *,
        instead_of: str | None = None,
    ) -> Lease:
        """Take the right to open or close a month; `holder` names one process, `instead_of` a dead one. Raises LeaseHeld."""
        return self._database.write(slug, closes.take_lease, month, holder, now, ttl, instead_of=instead_of)

    def renew(self, lease: Lease, now: datetime, ttl: timedelta) -> Lease:
        """Hold a lease longer. Raises LeaseLost."""
        return self._database.write(lease.client, closes.renew_lease, lease, now, ttl)

    def release(self, lease: Lease) -> bool:
        """Give a lease back; False when it was lost before."""
        return self._database.write(lease.client, closes.release_lease, lease)

    def snapshot(self, slug: str, month: Month) -> Snapshot | None:
        """Give what the close of a month stands on."""
        return self._database.read(closes.snapshot, slug, month)

    def close_ids(self, slug: str) -> dict[Month, str]:
        """Give the ids of the closes that were begun, by month."""
        return self._database.read(closes.close_ids, slug)

    def close_files(self, slug: str) -> set[str]:
        """Give the ids of the archives and sealed records that closes made."""
        return self._database.read(closes.close_files, slug)

    def close_file(self, slug: str, month: Month, step: str) -> str | None:
        """Give the id of the file that a step of a close made, or that was restored in its place since; None without any."""
        return self._database.read(closes.close_file, slug, month, step)

    def restored_steps(self, slug: str, month: Month, step: str) -> list[dict[str, Any]]:
        """Give the evidence of each restoring of what a step of a close made, in order. Raises NewerFormError."""
        return self._database.read(closes.restored_steps, slug, month, step)

    def put_snapshot(self, slug: str, month: Month, record: Mapping[str, Any], lease: Lease) -> Snapshot:
        """Keep what the close stands on, once, with a new close id. Raises LeaseLost, FrozenConflict."""
        return self._database.write(slug, closes.put_snapshot, month, record, lease)

    def step(self, slug: str, month: Month, name: str) -> dict[str, Any] | None:
        """Give the evidence of a step, None when it was not recorded. Raises NewerFormError."""
        kept = self.stored_step(slug, month, name)
        return None if kept is None else dict(closes.STEP.read(kept))

    def stored_step(self, slug: str, month: Month, name: str) -> dict[str, Any] | None:
        """Give the evidence of a step as it stands there, of whatever form: a signature is over that."""
        return self._database.read(closes.step, slug, month, name)

    def steps(self, slug: str, month: Month) -> dict[str, dict[str, Any]]:
        """Give the evidence of all recorded steps. Raises NewerFormError."""
        return self._database.read(closes.all_steps, slug, month)

    def record_step(
        self, slug: str, month: Month, name: str, evidence: Mapping[str, Any], lease: Lease
    ) -> bool:
        """Record that a step was done; False when the same is recorded. Raises LeaseLost, FrozenConflict."""
        return self._database.write(slug, closes.record_step, month, name, evidence, lease)

    def unfinished_closes(self, now: datetime) -> list[UnfinishedClose]:
        """List closes with a snapshot and no seal, of all clients."""
        return self._database.read(closes.unfinished, now)

    # Seals

    def append_seal(self, slug: str, seal: Seal, lease: Lease, *, at: datetime) -> bool:
        """Add a seal and close its month in one; False when this seal is there. Raises SealError, LeaseLost."""
        return self._database.write(slug, closes.append_seal, seal, lease, at)

    def seals(self, slug: str) -> list[Seal]:
        """Give a client's seals by number, whether they hold or not."""
        return self._database.read(closes.all_seals, slug)

    def last_seal(self, slug: str) -> Seal | None:
        """Give the newest seal."""
        return self._database.read(closes.last_seal, slug)

    def paid_corrections(self, slug: str) -> set[str]:
        """Give the № of the corrections that were paid with a seal."""
        return self._database.read(closes.paid_before, slug)

    def carried(self, slug: str) -> dict[str, int]:
        """Give what the last seal carries on, tiyn by employee's code."""
        return self._database.read(closes.carried, slug)

    def month_evidence(self, slug: str, month: Month) -> dict[str, Any]:
        """Give the rows behind a close, for the part `ledger` of the record to be sealed; no figure in it."""
        return self._database.read(evidence.month_evidence, slug, str(month))

    def check(self, slug: str) -> list[LedgerFault]:
        """Name what was changed in the database behind the ledger's back (besides the chain itself)."""
        return self._database.read(evidence.check, slug)

    # Keys

    def pinned_keys(self) -> list[PinnedKey]:
        """Give the public keys of seals in their order, the one that signs now last; none before the first seal."""
        return self._database.read(key_history.pinned_keys)

    def chain_keys(self, slug: str) -> ChainKeys:
        """Tell which key must have signed each seal of a client."""
        return self._database.read(key_history.chain_keys, slug)

    def pin_first_key(self, public_key: str, at: datetime) -> str:
        """Pin the first key where there is none; give the one that signs now."""
        return self._database.write_unlocked(key_history.pin_first, public_key, at.isoformat())

    def pin_next_key(
        self, public_key: str, how: Change, at: datetime, reason: str, handed_over: Sequence[HandOver]
    ) -> int:
        """Put a new key in the place of the present one, with the chains handed over. Raises SealKeyError."""
        return self._database.write_unlocked(
            key_history.pin_next, public_key, how, at.isoformat(), reason, handed_over
        )

    # Row history

    def note_rows(
        self,
        slug: str,
        rows: Sequence[RowDigest],
        seen_at: datetime,
        *,
        tabs: Collection[str] | None = None,
        kept: KeptRows | None = None,
        anew: Collection[str] = (),
    ) -> RowChanges:
        """Compare the rows that a sync saw with those known, keep and give the difference.

        `tabs` are the tabs that could be read; rows of others are not taken for vanished (None: all were read). `kept`
        is put beside the rows. In the tabs of `anew` the keys went to other rows meanwhile: a row is known by what it holds.
        """
        return self._database.write(slug, history.note_rows, rows, seen_at, tabs, kept, anew)

    def row_history(self, slug: str) -> list[HistoryRow]:
        """Give every row ever seen."""
        return self._database.read(history.row_history, slug)

    def row_changes(self, slug: str, since_at: datetime | None = None) -> list[RowChange]:
        """Give the kept changes, oldest first."""
        return self._database.read(history.row_changes, slug, since_at)
