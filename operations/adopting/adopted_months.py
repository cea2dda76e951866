"""A closed month out of its seal and its files: what a close of this ledger would have kept, as far as these tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from kpi_rules.errors import ClientUnavailableError
from kpi_rules.records.months import read_month
from kpi_rules.words.said import Said, said
from ledger import AdoptedMonth, Client, Seal, fingerprint
from ledger.seal_keys import HANDED_OVER
from operations.adopting.outside_files import Outside, archive_of_close
from operations.facts.held_months import WHOLE
from operations.seals.snapshots import SNAPSHOT, cells_record, payroll_differences, payroll_tab_of
from operations.world.marks import FilePart, read_marks
from operations.world.services import Services
from sheets_sync.a1 import quoted
from sheets_sync.building import archive
from sheets_sync.building.payroll_tab import SealMark
from sheets_sync.ports import BookPort, File
from sheets_sync.reading.cells import Rows
from templates.loading import newest_layout

_NOT_CLOSED = {"ledger", HANDED_OVER}
"""The parts of a sealed record that no snapshot has: they came after it."""


@dataclass(frozen=True)
class ReadMonth:
    """A month to be entered, and what people should know of it."""

    month: AdoptedMonth
    remarks: tuple[Said, ...]


def adopted_month(
    client: Client,
    seal: Seal,
    record_file: File,
    parts: Mapping[FilePart, File],
    outside: Outside,
    services: Services,
) -> ReadMonth:
    """Read archive and payroll tab of a month, and put together what the ledger is to keep of it.

    What the payroll tab must hold follows from the seal. The archive holds more than that: it counts as it is now, where
    it bears the seal's fingerprint; one that is missing or another one is told, and missed by each verification.
    """
    record, marks = read_month(seal.record), read_marks(record_file)
    close_id = marks.close_id or seal.digest[:32]
    remarks: list[Said] = []
    layout, paid = _payroll(client, seal, parts[FilePart.PAYROLL].id, services, remarks)
    made = archive_of_close(close_id, parts[FilePart.ARCHIVE_FOLDER], outside)
    cells = _archive_cells(made, seal, services.creator.gateway)
    if cells is None:
        remarks.append(said("adopt.archive_missing", month=seal.month))
    steps: dict[str, Mapping[str, Any]] = {
        "record": {"file_id": record_file.id},
        "read_back": {"archive": cells or {}, "payroll": paid},
    }
    if made is not None and cells is not None:
        steps["archive"] = {"file_id": made.id}
    sealed = {name: part for name, part in seal.record.items() if name not in _NOT_CLOSED}
    snapshot = SNAPSHOT.stamped(
        {"sealed": sealed, "cells": {}, "layout": layout, "positions": {}, "problems": [], "adopted": True}
    )
    frozen = {name: {WHOLE: record[name]} for name in ("rules", "calendar")}
    return ReadMonth(AdoptedMonth(seal, close_id, snapshot, steps, frozen), tuple(remarks))


def _payroll(
    client: Client, seal: Seal, payroll_id: str, services: Services, remarks: list[Said]
) -> tuple[int, dict[str, Any] | None]:
    """Give the layout in which the month closed, by its payroll tab, and what that tab must hold; None: shadow month.

    It may be in the words of an earlier release.
    """
    record, gateway = seal.record, services.creator.gateway
    said_in = record["inputs"]["settings"]["language"]
    mark = SealMark(seal.number, fingerprint(seal), seal.public_key)
    first: dict[str, Any] | None = None
    layouts = range(client.layout or newest_layout(client.template), 0, -1)
    for layout, iso_months in product(layouts, (False, True)):
        template = services.template_of(client, said_in, layout, ())
        tab = payroll_tab_of(record, template, mark, iso_months=iso_months)
        if tab is None:
            return client.layout, None
        wanted = archive.expected([tab])
        if not payroll_differences(gateway, payroll_id, wanted):
            return layout, cells_record(wanted)
        first = first or cells_record(wanted)
    remarks.append(said("adopt.payroll_differs", month=seal.month))
    return client.layout, first


def _archive_cells(made: File | None, seal: Seal, gateway: BookPort) -> dict[str, Any] | None:
    """Give the archive's cells as they are; None where there is none, or it is of another seal."""
    if made is None:
        return None
    try:
        sheets = gateway.describe(made.id, "sheets(properties(title))")["sheets"]
        titles = [sheet["properties"]["title"] for sheet in sheets]
        ranges = gateway.read(made.id, [quoted(title) for title in titles])
    except ClientUnavailableError:
        return None
    present = {title: read.rows for title, read in zip(titles, ranges, strict=True)}
    return cells_record(present) if _bears(present.values(), fingerprint(seal)) else None


def _bears(tabs: Iterable[Rows], mark: str) -> bool:
    return any(mark in str(cell) for rows in tabs for row in rows for cell in row)
