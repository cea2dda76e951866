"""That a client's workbook was not brought up to date for more than a day: noted by the sync that ends it.

While nothing runs nobody can write it anywhere; so the first sync after it says it on «Табло», for a day.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ledger import Client, Ledger
from operations.world.silence import Silence, is_silent

_KIND, _BY = "silence", "sync"
_TOLD_FOR = timedelta(days=1)


def recent_silence(client: Client, now: datetime, ledger: Ledger) -> Silence | None:
    """Give the silence that a sync at this moment ends, else one that ended less than a day ago."""
    note = ledger.sync_notes().get(client.slug)
    if note is None or note.synced_at is None or note.synced_at > now:
        return None
    if is_silent(note.synced_at, now):
        return Silence(note.synced_at, now)
    noted = [_read(key) for key in ledger.acknowledged(client.slug, _KIND)]
    recent = [each for each in noted if each.until_at <= now < each.until_at + _TOLD_FOR]
    return max(recent, key=lambda each: each.until_at, default=None)


def note_silence(slug: str, silence: Silence | None, ledger: Ledger) -> None:
    """Keep a silence that a sync has ended, once."""
    if silence is not None:
        key = " ".join(moment.astimezone(UTC).isoformat() for moment in (silence.since_at, silence.until_at))
        ledger.acknowledge(slug, _KIND, key, by=_BY, at=silence.until_at)


def _read(key: str) -> Silence:
    since, until = map(datetime.fromisoformat, key.split(" "))
    return Silence(since, until)
