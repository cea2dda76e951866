"""The people of a museum's client at their workbooks: they type through the Sheets API, as themselves.

Nothing of the product is imported: a person's token comes from `kpi emulator token`, the rest is plain HTTP,
so that what is written here goes on working however the product is arranged inside.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  # a cell's date has no zone
_SECONDS = 60
Cell = str | int | float | bool | date | datetime | None


class Office:
    """The files of one emulator, which serves the folder `emulator` of a home.

    `kpi` runs one command line and gives what it printed.
    """

    def __init__(self, home: Path, kpi: Callable[..., str]) -> None:
        self._folder = home / "emulator"
        self._kpi = kpi
        self._tokens: dict[str, str] = {}

    def call(self, email: str, verb: str, path: str, **more: Any) -> Any:
        """Ask the API as that person; an answer that is no success raises HTTPError."""
        if email not in self._tokens:
            printed = self._kpi("emulator", "token", email, "--data", self._folder)
            self._tokens[email] = printed.strip()
        url = json.loads((self._folder / "address").read_text(encoding="utf-8"))["url"]
        with requests.Session() as session:
            session.trust_env = False  # this machine's own: no proxy is asked
            headers = {"Authorization": f"Bearer {self._tokens[email]}"}
            answer = session.request(verb, f"{url}{path}", headers=headers, timeout=_SECONDS, **more)
        answer.raise_for_status()
        return answer.json()

    def file_named(self, email: str, title: str) -> str:
        """Give the id of the one spreadsheet of that title which the person sees."""
        found = self.call(email, "GET", "/drive/v3/files", params={"q": f"name = '{title}'", "pageSize": 100})
        [file] = found["files"]
        return str(file["id"])

    def enter(
        self,
        email: str,
        place: tuple[str, str],
        rows: Sequence[Sequence[Cell]],
        row: int = 2,
        column: int = 0,
    ) -> None:
        """Type rows; `place` is file id and title of the tab, `row` 1-based, `column` 0-based."""
        file_id, title = place
        path = f"/v4/spreadsheets/{file_id}"
        sheets = self.call(email, "GET", path, params={"fields": "sheets.properties"})["sheets"]
        [sheet_id] = [
            sheet["properties"].get("sheetId", 0) for sheet in sheets if sheet["properties"]["title"] == title
        ]
        start = {"sheetId": sheet_id, "rowIndex": row - 1, "columnIndex": column}
        typed = [{"values": [_cell(cell) for cell in cells]} for cells in rows]
        request = {"updateCells": {"start": start, "rows": typed, "fields": "userEnteredValue"}}
        self.call(email, "POST", f"{path}:batchUpdate", json={"requests": [request]})


def _cell(cell: Cell) -> dict[str, Any]:
    if cell is None:
        return {}
    if isinstance(cell, bool):
        return {"userEnteredValue": {"boolValue": cell}}
    if isinstance(cell, str):
        return {"userEnteredValue": {"stringValue": cell}}
    if isinstance(cell, datetime):
        return {"userEnteredValue": {"numberValue": (cell - EPOCH) / timedelta(days=1)}}
    if isinstance(cell, date):
        return {"userEnteredValue": {"numberValue": (cell - EPOCH.date()).days}}
    return {"userEnteredValue": {"numberValue": cell}}
