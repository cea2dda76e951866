"""A client who leaves with the files: no round of all clients serves it any more, and nothing of its record is lost."""

from __future__ import annotations

from datetime import UTC, datetime

from ledger import LEFT_AT, Client, Ledger


def leave(ledger: Ledger, slug: str, now: datetime) -> Client:
    """Note that a client has left; the day of the first such note stays."""
    client = ledger.client(slug)
    if client.left_at is not None:
        return client
    return ledger.update_client(slug, extra={**client.extra, LEFT_AT: now.astimezone(UTC).isoformat()})


def come_back(ledger: Ledger, slug: str) -> Client:
    """Serve a client again that had left."""
    client = ledger.client(slug)
    if client.left_at is None:
        return client
    return ledger.update_client(slug, extra=without_leaving(client))


def without_leaving(client: Client) -> dict[str, object]:
    """Give a client's further values without the note that it has left."""
    return {name: value for name, value in client.extra.items() if name != LEFT_AT}
