"""The layout that a client's files bear themselves: a ledger may be an old copy that knows nothing of an upgrade."""

from __future__ import annotations

from ledger import Client
from operations.world.services import Services
from sheets_sync.ports import LAYOUT_MARK, File
from templates.loading import newest_layout


def refuse_newer_files(client: Client, services: Services) -> None:
    """Look whether a newer program has upgraded the files; before a month is written. Raises RefusedError."""
    for file_id in filter(None, (client.workbook_id, client.payroll_id)):
        marked_layout(client, services.creator.drive.file(file_id), services)


def marked_layout(client: Client, file: File, services: Services) -> int:
    """Give the layout that a file bears, 1 where it bears none. Raises RefusedError where it is not known here."""
    mark, known = file.properties.get(LAYOUT_MARK, ""), newest_layout(client.template)
    layout = int(mark) if mark.isdecimal() else 1
    if layout > known:
        raise services.newer_layout(client.slug, layout, known)
    return layout
