"""Locale and time zone of a client's two books put back before a close reads them for good (behaviour §7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger import Client
from operations.access.repairing import noted_repair
from operations.facts.client_books import files_of
from operations.world.services import Services
from sheets_sync.building.standing import Difference, settings_differences
from sheets_sync.schema.layout import Book
from sheets_sync.schema.shown_forms import BookForms


@dataclass(frozen=True)
class OtherSettings:
    """A book whose locale or time zone is not the one that it was made with, and what puts them back."""

    file_id: str
    title: str
    differences: tuple[Difference, ...]


def other_settings(client: Client, seen: Iterable[tuple[Book, BookForms]]) -> tuple[OtherSettings, ...]:
    """Tell which of the books, workbook first, a look saw with other settings; what nobody has seen is as it was."""
    return tuple(_other_settings(client, seen))


def _other_settings(client: Client, seen: Iterable[tuple[Book, BookForms]]) -> Iterator[OtherSettings]:
    for file_id, (book, forms) in zip(files_of(client), seen, strict=True):
        now = {"locale": forms.locale or book.locale, "timeZone": forms.time_zone or book.time_zone}
        if differences := tuple(settings_differences(book, now)):
            yield OtherSettings(file_id, book.title.format(client=client.name), differences)


def put_settings_back(
    client: Client, others: Sequence[OtherSettings], now: datetime, services: Services, by: str
) -> None:
    """Put the settings back; the ledger notes that as a repair. No cell is written."""
    for other in others:
        what = [
            f"presentation {each.code} «{other.title}» {each.present} → {each.wanted}"
            for each in other.differences
        ]
        requests = [request for each in other.differences for request in each.requests]
        with noted_repair(client.slug, what, now, services, by):
            services.creator.gateway.apply(other.file_id, requests)
