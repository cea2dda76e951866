"""What an upgrade must leave, wherever it was cut off: every cell as entered, each new thing once, marks and notes."""

from __future__ import annotations

from pathlib import Path

from sheets_sync.ports import LAYOUT_MARK
from sheets_sync.schema.layout import TabKind
from tests.contract.client_life import SLUG
from tests.next_layout import NEXT, PRESENT

ADDED = {"Сделки": ["Товар", "Скидка согласована"], "Отсутствия": ["Согласовано"]}


def entered(services) -> dict:
    """All cells that people entered, formulas as they were typed, by file and tab."""
    client = services.ledger.client(SLUG)
    layout = services.template(client.template, client.language).layout
    found = {}
    for book, file_id in ((layout.workbook, client.workbook_id), (layout.payroll, client.payroll_id)):
        written = {tab.title for tab in book.tabs if tab.kind is not TabKind.INPUT}
        gateway = services.creator.gateway
        titles = [
            sheet["properties"]["title"]
            for sheet in gateway.describe(file_id, "sheets(properties(title))")["sheets"]
            if sheet["properties"]["title"] not in written
        ]
        read = gateway.read(file_id, [f"'{title}'" for title in titles], formulas=True)
        found[book.key] = {title: part.rows for title, part in zip(titles, read, strict=True)}
    return found


def look_upgraded(services, before: dict) -> None:
    """Hold the files against what stood in them before."""
    client, drive = services.ledger.client(SLUG), services.creator.drive
    assert client.layout == NEXT
    for file_id in (client.workbook_id, client.payroll_id):
        assert drive.file(file_id).properties[LAYOUT_MARK] == str(NEXT)
    after = entered(services)
    for file, title in (("workbook", "Визиты"), ("payroll", "Премии")):
        assert {*after[file]} - {*before[file]} == {title}
    for file, tabs in before.items():
        for title, rows in tabs.items():
            now = after[file][title]
            width = max(map(len, rows), default=0)
            assert [_trimmed(row[:width]) for row in now[: len(rows)]] == [_trimmed(row) for row in rows], (
                title
            )
            new = [cell for cell in now[0][width:] if cell] if now else []
            assert new == ADDED.get(title, []), (title, new)
    sheets = services.creator.gateway.describe(
        client.workbook_id, "sheets(properties(title),protectedRanges(description),conditionalFormats)"
    )["sheets"]
    by_title = {sheet["properties"]["title"]: sheet for sheet in sheets}
    described = [each["description"] for each in by_title["Сделки"].get("protectedRanges", ())]
    assert described.count("Сделки: Скидка согласована") == 1, described
    assert len(by_title["Визиты"]["protectedRanges"]) == 2
    notes = services.ledger.layout_notes(SLUG)
    assert [note.event for note in notes].count("done") == 1
    assert (notes[-1].event, notes[-1].from_layout, notes[-1].to_layout) == ("done", PRESENT, NEXT)


def _trimmed(row: list) -> list:
    end = len(row)
    while end and row[end - 1] in ("", None):
        end -= 1
    return row[:end]


def own_templates(home: Path) -> Path | None:
    """The templates that this world's program has, where they are not the present ones."""
    folder = home / "templates"
    return folder if folder.exists() else None
