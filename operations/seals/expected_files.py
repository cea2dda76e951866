"""What the files of a closed month must hold, worked out from its snapshot, and how they differ from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kpi_rules.errors import MissingRangeError
from operations.seals.snapshots import (
    cells_from_record,
    placed_problems,
    sealed_month,
    sealed_payroll,
    sealed_results,
)
from sheets_sync.a1 import quoted
from sheets_sync.building import archive
from sheets_sync.building.archive import TabDifference
from sheets_sync.building.blueprints import Blueprint
from sheets_sync.building.changes import Rows
from sheets_sync.building.payroll_tab import SealMark, payroll_tab
from sheets_sync.building.wanted import Wanted
from sheets_sync.ports import BookPort
from sheets_sync.reading.tables import Located
from sheets_sync.rendering import render
from templates.loading import Template


def final_pages(content: Mapping[str, Any], template: Template) -> dict[str, Wanted]:
    """Lay out the output tabs with the final result of a snapshot, for the live workbook."""
    return _pages(content, template, _positions(content))


def archived_pages(content: Mapping[str, Any], template: Template) -> dict[str, Wanted]:
    """Lay out the same for the archive, whose columns stand in the layout's order: so its addresses hold there."""
    positions = {
        (tab.key, column.key): position
        for tab in template.layout.workbook.inputs()
        for position, column in enumerate(tab.columns)
    }
    return _pages(content, template, positions)


def _pages(
    content: Mapping[str, Any], template: Template, positions: Mapping[tuple[str, str], int]
) -> dict[str, Wanted]:
    titles = {tab.key: tab.title for tab in template.layout.workbook.tabs}
    results = sealed_results(content["sealed"])
    if "problems" in content:
        results = replace(results, problems=placed_problems(content))
    shadow = {results.month} if content["sealed"]["payroll"] is None else set()
    return render(results, template.layout, template.texts, Located(titles, positions), shadow=shadow)


def archive_of(
    content: Mapping[str, Any], template: Template, mark: SealMark, pages: Mapping[str, Wanted]
) -> tuple[Blueprint, ...]:
    """Lay out the archive of a snapshot."""
    sealed = content["sealed"]
    month = sealed_month(sealed)
    rules = f"{sealed['rules']['name']} {sealed['rules']['from_month']}"
    page = archive.seal_page(month, sealed["client_name"], rules, mark, template.texts)
    book = template.layout.workbook
    return archive.archive_tabs(
        book, template.texts, cells_from_record(content["cells"]), _positions(content), pages, page
    )


def _positions(content: Mapping[str, Any]) -> dict[tuple[str, str], int]:
    """Tell where each known column of the snapshot's rows stands."""
    return {
        (tab, column): position
        for tab, found in content["positions"].items()
        for column, position in found.items()
    }


def payroll_tab_of(sealed: Mapping[str, Any], template: Template, mark: SealMark) -> Blueprint | None:
    """Lay out the payroll tab of a sealed record; None for a shadow month."""
    payroll = sealed_payroll(sealed)
    if payroll is None:
        return None
    return payroll_tab(payroll, template.texts, sealed["client_name"], mark, template.layout.number)


def archive_differences(gateway: BookPort, file_id: str, sealed: Mapping[str, Rows]) -> list[TabDifference]:
    """Read a whole archive and list the cells and tabs that are not as sealed (rows by tab title)."""
    sheets = gateway.describe(file_id, "sheets(properties(title))")["sheets"]
    titles = [sheet["properties"]["title"] for sheet in sheets]
    found = gateway.read(file_id, [quoted(title) for title in titles])
    present = {title: read.rows for title, read in zip(titles, found, strict=True)}
    return archive.compare(sealed, present)


def payroll_differences(gateway: BookPort, file_id: str, sealed: Mapping[str, Rows]) -> list[TabDifference]:
    """Read a month's payroll tab and list the cells that are not as sealed (rows by tab title)."""
    [title] = sealed
    try:
        [found] = gateway.read(file_id, [quoted(title)])
    except MissingRangeError:
        return [TabDifference(title, "", title, None)]
    return archive.compare(sealed, {title: found.rows})
