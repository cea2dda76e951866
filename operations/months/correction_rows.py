"""Rows of «Корректировки»: which stand there, which № is free, and adding one, once, beneath the last.

It is the only thing that is ever added to an input tab, so it is logged before it is written: a command that
was cut off finds its № again and finishes.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kpi_rules.errors import IntegrityError, RefusedError, RetryableError
from kpi_rules.facts.inputs import Correction, Employment
from kpi_rules.records.forms import FORM, RecordKind
from kpi_rules.time.periods import Month
from ledger import Client, canonical
from operations.facts.client_books import ClientBooks, read_books
from operations.world.services import Services
from sheets_sync.a1 import column_letters
from sheets_sync.building.changes import Request, extended_value
from sheets_sync.building.wanted import day_serial, tenge

KIND = "correction"
"""Under which the ledger keeps who entered which №."""
LOGGED = RecordKind("correction by command")
TAB = "corrections"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WantedCorrection:
    """What is to be entered. `employee` is a code or full name; `amount_tiyn` None = what late edits come to.

    `by` names who enters it; `approver` is the owner's e-mail, None = the owner ticks the row in the book.
    """

    employee: str
    amount_tiyn: int | None
    reason: str
    by: str
    approver: str | None = None


@dataclass(frozen=True)
class EnteredCorrection:
    """The row as it stands now. `already` tells that it stood there before: nothing was added."""

    number: str
    code: str
    name: str
    amount_tiyn: int
    place: str
    approved: bool
    already: bool


def read_correction_books(
    client: Client, services: Services, *, looks_at: datetime | None = None
) -> ClientBooks:
    """Read both books; `looks_at` as in `read_books`. Raises RefusedError where «Корректировки» lacks a column."""
    books = read_books(client, services, looks_at=looks_at)
    tab = books.parsed.layout.payroll.tab(TAB)
    missing = [column for column in tab.columns if (TAB, column.key) not in books.payroll.located.positions]
    if missing:
        files = (client.template, client.language)
        raise RefusedError("column_missing", header=missing[0].header, files=files)
    return books


def known_corrections(services: Services, books: ClientBooks) -> list[Correction]:
    """Give the corrections of the book, and as sealed those that were paid and are gone from it."""
    present = {row.number: row for row in books.payroll.inputs.corrections}
    for seal in services.ledger.seals(books.client.slug):
        payroll = seal.record["payroll"] or {"lines": []}
        for line in payroll["lines"]:
            for paid in line["corrections"]:
                month = Month.parse(paid["for_month"])
                row = Correction(
                    paid["number"], month, line["code"], paid["amount_tiyn"], paid["reason"], approved=True
                )
                present[paid["number"]] = row
    return list(present.values())


def standing_row(rows: Sequence[Correction], wanted: Correction) -> Correction | None:
    """Find the row that says the same already, whatever its № and tick."""
    return next((row for row in rows if content_of(row)[:-1] == content_of(wanted)[:-1]), None)


def content_of(row: Correction) -> tuple[Month, str, int, str, bool]:
    """Give what a row says: all but its №."""
    return row.for_month, row.code, row.amount_tiyn, " ".join(row.reason.split()), row.approved


def _next_numbers(services: Services, slug: str, books: ClientBooks) -> Iterator[str]:
    """Give free №, the next one first: free in the book, among the paid ones and in the log."""
    position = books.payroll.located.positions[TAB, "number"]
    rows = books.payroll_cells.raw.tabs.get(TAB, ())
    texts = [str(row[position]).strip().removesuffix(".0") for row in rows[1:] if len(row) > position]
    taken = {*texts, *services.ledger.paid_corrections(slug), *services.ledger.acknowledged(slug, KIND)}
    number = max((int(text) for text in taken if text.isdecimal()), default=0)
    while True:
        number += 1
        yield str(number)


def logged_number(
    services: Services,
    slug: str,
    books: ClientBooks,
    row: Correction,
    wanted: WantedCorrection,
    now: datetime,
) -> str:
    """Note the command before anything is written, and give the № that it got."""
    note = LOGGED.stamped(
        {
            "by": wanted.by,
            "approved_by": wanted.approver or "",
            "late_edits": wanted.amount_tiyn is None,
            "month": str(row.for_month),
            "code": row.code,
            "amount_tiyn": row.amount_tiyn,
            "reason": row.reason,
        }
    )
    unfinished = services.ledger.acknowledged(slug, KIND)
    taken = {row.number for row in known_corrections(services, books)}
    for number, known in unfinished.items():
        if {**LOGGED.read(json.loads(known.by)), FORM: LOGGED.present} == note and number not in taken:
            return number  # cut off before its row was written, or the row was taken out again: the same №
    for number in _next_numbers(services, slug, books):
        if services.ledger.acknowledge(slug, KIND, number, by=canonical(note).decode(), at=now):
            log.info("%s: correction № %s for %s, entered by %s", slug, number, row.for_month, wanted.by)
            return number
    raise AssertionError("numbers never end")


def appended_row(
    services: Services, books: ClientBooks, employee: Employment, row: Correction
) -> EnteredCorrection:
    """Add the row beneath the last one, read it back, and tell where it stands."""
    client, gateway = books.client, services.worker.gateway
    file_id = str(client.payroll_id)
    request = _request(books, row)
    try:
        gateway.apply(file_id, [request], repeatable=False)
    except RetryableError as error:
        if error.carried_out is False:
            raise
    again = read_correction_books(client, services)
    written = [other for other in again.payroll.inputs.corrections if other.number == row.number]
    if not written:
        raise RetryableError("correction_unsure", number=row.number, carried_out=None)
    if len(written) != 1 or content_of(written[0]) != content_of(row):
        files = (client.template, client.language)
        raise IntegrityError("correction_differs", number=row.number, files=files)
    return entered_row(written[0], employee, again, already=False)


def _request(books: ClientBooks, row: Correction) -> Request:
    """Build the row where the columns stand now; cells of the client's own columns stay as they are."""
    values: Mapping[str, Any] = {
        "number": int(row.number),
        "for_month": day_serial(row.for_month.first_on),
        "code": row.code,
        "amount_tiyn": tenge(row.amount_tiyn),
        "reason": row.reason,
        "approved": row.approved,
    }
    positions = {key: books.payroll.located.positions[TAB, key] for key in values}
    cells: list[dict[str, Any]] = [{} for _ in range(max(positions.values()) + 1)]
    for key, position in positions.items():
        cells[position] = {"userEnteredValue": extended_value(values[key])}
    sheet_id = books.payroll_cells.sheets[TAB].sheet_id
    return {"appendCells": {"sheetId": sheet_id, "rows": [{"values": cells}], "fields": "userEnteredValue"}}


def entered_row(
    row: Correction, employee: Employment, books: ClientBooks, *, already: bool
) -> EnteredCorrection:
    """Tell of a row that stands in the book."""
    located = books.payroll.located
    title = located.titles.get(TAB, TAB)
    cell = f"{column_letters(located.positions[TAB, 'number'])}{row.row}"
    return EnteredCorrection(
        row.number, employee.code, employee.name, row.amount_tiyn, f"«{title}» {cell}", row.approved, already
    )
