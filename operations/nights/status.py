"""How each client stands: its last sync and night, its months, and what has been silent for more than a day. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kpi_rules.time.lifecycle import MonthState
from kpi_rules.time.periods import ALMATY
from kpi_rules.words.said import Said, said
from ledger import Client, Ledger, MonthRecord, NightNote, SyncNote
from operations.nights.steps import NIGHT
from operations.world.silence import SILENT_AFTER, is_silent


@dataclass(frozen=True)
class ClientStatus:
    """One client; a moment is None where nothing of the kind ever went well. `errors` are classes of errors."""

    slug: str
    name: str
    synced_at: datetime | None
    night_at: datetime | None
    errors: tuple[str, ...]
    months: tuple[MonthRecord, ...]
    """Those that are open or in review."""
    closed: int
    silences: tuple[Said, ...]


def fleet_status(ledger: Ledger, now: datetime) -> list[ClientStatus]:
    """Give how each client that is served stands."""
    syncs, nights = ledger.sync_notes(), nights_by_client(ledger.night_notes())
    return [
        client_status(
            client, ledger.months(client.slug), syncs.get(client.slug), nights.get(client.slug, ()), now
        )
        for client in ledger.clients()
        if client.is_served
    ]


def nights_by_client(notes: Iterable[NightNote]) -> Mapping[str, Sequence[NightNote]]:
    """Give the notes of nights by client."""
    by_client: dict[str, list[NightNote]] = {}
    for note in notes:
        by_client.setdefault(note.client, []).append(note)
    return by_client


def client_status(
    client: Client,
    months: Sequence[MonthRecord],
    sync: SyncNote | None,
    night: Sequence[NightNote],
    now: datetime,
) -> ClientStatus:
    """Tell how a client stands: a night went well when its last part did; what never went counts from the deploy on."""
    synced_at, night_at = sync.synced_at if sync else None, last_night(night)
    silences = []
    if is_silent(synced_at or client.created_at, now):
        silences.append(said("status.no_sync", since=(synced_at or client.created_at).astimezone(ALMATY)))
    if now - (night_at or client.created_at) > SILENT_AFTER:
        silences.append(said("status.no_night", since=(night_at or client.created_at).astimezone(ALMATY)))
    errors = [sync.error_code] if sync and sync.error_code else []
    errors += [note.error_code for note in night if note.error_code]
    return ClientStatus(
        client.slug,
        client.name,
        synced_at,
        night_at,
        tuple(dict.fromkeys(errors)),
        tuple(record for record in months if record.state in {MonthState.OPEN, MonthState.REVIEW}),
        sum(record.state is MonthState.CLOSED for record in months),
        tuple(silences),
    )


def last_night(notes: Sequence[NightNote]) -> datetime | None:
    """Give when the last whole night was: when the oldest of its parts went well; None where one never did."""
    done = {note.part: note.done_at for note in notes}
    moments = [done.get(part) for part in NIGHT]
    known = [moment for moment in moments if moment is not None]
    return min(known) if len(known) == len(moments) else None


def is_good_night(clients: Iterable[Client], notes: Iterable[NightNote], now: datetime) -> bool:
    """Tell whether the night that ends now went well for each client that is served, in all of its parts."""
    nights = nights_by_client(notes)
    return all(
        (done_at := last_night(nights.get(client.slug, ()))) is not None
        and now - done_at <= timedelta(days=1)
        and not any(note.error_code for note in nights[client.slug])
        for client in clients
        if client.is_served
    )
