"""A client's two books read from Google, one call each, and parsed by the one chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from kpi_rules.errors import ClientUnavailableError
from kpi_rules.facts.inputs import Employment
from kpi_rules.records.months import staff_from_record
from ledger import Client, Seal
from operations.facts.chain import ParsedBooks, parse_books
from operations.facts.held_months import built_in_rules
from operations.world.books import ReadBook, read_book
from operations.world.services import Services
from sheets_sync.reading.books import ReadPayroll


@dataclass(frozen=True)
class ClientBooks:
    """Both books of a client as they are now, and the payroll book's cells with where its tabs stand."""

    client: Client
    parsed: ParsedBooks
    payroll: ReadPayroll
    payroll_cells: ReadBook


def read_entries(client: Client, services: Services) -> ParsedBooks:
    """Read the input tabs of a client's workbook."""
    template = services.template_of(client)
    book = template.layout.workbook
    services.progress(services.words("sync.reading"))
    cells = read_book(services.worker.gateway, files_of(client)[0], book, template.texts, book.inputs())
    return parse_books(cells.raw, template.layout, built_in_rules(client, template))


def add_payroll(
    client: Client, parsed: ParsedBooks, services: Services, seals: Sequence[Seal] | None = None
) -> ClientBooks:
    """Read the payroll book to a workbook; rows of people who left are theirs as long as a seal knows them.

    `seals` None = all of the client.
    """
    template = services.template_of(client)
    book = template.layout.payroll
    cells = read_book(services.worker.gateway, files_of(client)[1], book, template.texts)
    known = services.ledger.seals(client.slug) if seals is None else seals
    payroll = parsed.payroll_of(cells.raw, former_staff(known))
    return ClientBooks(client, parsed.with_payroll(payroll), payroll, cells)


def read_books(client: Client, services: Services) -> ClientBooks:
    """Read both books of a client."""
    return add_payroll(client, read_entries(client, services), services)


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
