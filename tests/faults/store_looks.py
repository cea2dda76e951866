"""Looks into an emulator's own store, past its API: whole tabs byte for byte, every file with its marks."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from sheets_sync.schema.layout import sheet_id
from templates.loading import load

INPUT_TABS = {
    "workbook": ("staff", "plan", "deals", "discipline", "absences", "rules", "settings", "objections"),
    "payroll": ("months", "decisions", "salaries", "corrections"),
}


def inputs_digest(home: Path) -> str:
    """A digest of every cell of the input tabs of both books, its format and notes too, as stored."""
    return cells_digest(home, INPUT_TABS)


def outputs_digest(home: Path) -> str:
    """The same of the workbook's output tabs."""
    return cells_digest(
        home, {"workbook": tuple(tab.key for tab in load("b2b", "ru").layout.workbook.outputs())}
    )


def cells_digest(home: Path, tabs_of: Mapping[str, tuple[str, ...]]) -> str:
    """A digest of whole tabs, by the emulator's own store."""
    wanted = {sheet_id(book, tab): f"{book} {tab}" for book, tabs in tabs_of.items() for tab in tabs}
    found = hashlib.sha256()
    with closing(emulator_store(home)) as db:
        parts = {part_of(file): file["id"] for file in files_kept(db)}
        for part in tabs_of:
            rows = db.execute(
                "SELECT sheet_id, number, data FROM blocks WHERE file_id = ? ORDER BY 1, 2", (parts[part],)
            )
            for sheet, number, data in rows:
                if sheet in wanted:
                    found.update(
                        f"{wanted[sheet]} {number} ".encode()
                        + (data if isinstance(data, bytes) else data.encode())
                    )
    return found.hexdigest()


def files_kept(db: sqlite3.Connection) -> list[dict]:
    """Every file of Drive that is not in the bin."""
    found = [json.loads(data) for (data,) in db.execute("SELECT data FROM files ORDER BY id")]
    return [file for file in found if not file["trashed"]]


def part_of(file: dict) -> str:
    """The mark `tablo_part` of a file, whoever has set it; of archives and records of a month with the month."""
    marks = file["properties"]
    return f"{marks.get('tablo_part', '')} {marks.get('tablo_month', '')}".strip()


def emulator_store(home: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{home / 'emulator' / 'emulator.db'}?mode=ro", uri=True)
