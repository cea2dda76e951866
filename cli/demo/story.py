"""What happens in the demo, step by step, on an emulator of its own; `demo` tells it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property, partial
from pathlib import Path
from time import monotonic
from typing import Any

from cli.demo import data
from cli.refusals import refused
from kpi_rules.errors import ClientUnavailableError, RefusedError, TabloError
from kpi_rules.time.periods import ALMATY
from ledger import Client
from operations.clients.deploy import NewClient, deploy_client
from operations.facts.held_months import calendar_around
from operations.months.closing import Closed, close_month
from operations.months.opening import open_month
from operations.syncing.sync import SyncOutcome, sync_client
from operations.verifying.verifying import Verification, verify_client
from operations.world.local import LocalPeople, address_of
from operations.world.services import Google, Services
from operations.world.telling import told
from sheets_sync.building.blueprints import sheet_id
from sheets_sync.building.changes import extended_value
from sheets_sync.google.credentials import load_credentials
from sheets_sync.google.drive import Drive
from sheets_sync.google.gateway import Gateway, RetryPolicy
from sheets_sync.ports import BookPort

DEPLOYED_AT = datetime(2026, 8, 28, 11, tzinfo=ALMATY)
OPENED_AT = datetime(2026, 9, 1, 9, tzinfo=ALMATY)
SECOND_OPENED_AT = datetime(2026, 10, 1, 9, tzinfo=ALMATY)
CLOSED_AT = datetime(2026, 10, 6, 10, tzinfo=ALMATY)
SYNCED_AT = datetime(2026, 10, 15, 12, tzinfo=ALMATY)
_EPOCH = date(1899, 12, 30)
_STARTED_ROWS = 2
"""Entries begin in row 2, below the headers."""
_ENTRY_ROWS_A_CALL = 1000


@dataclass(frozen=True)
class Attempt:
    """Something that somebody tried who must not, and how it was refused."""

    who: str
    what: str
    refused: bool
    how: str


@dataclass(frozen=True)
class FlowRun:
    """How the Prefect flow ended."""

    state: str
    seconds: float
    message: str


class Story:
    """The demo's actions in order, on the services of its own data folder."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._calendar = calendar_around(data.FIRST_MONTH.year)
        self._rows_entered = 0
        self._people = LocalPeople(services.settings.emulator_folder, services.address or "")

    @cached_property
    def client(self) -> Client:
        """The demo's client."""
        return self._services.ledger.client(data.CLIENT_SLUG)

    def deploy(self) -> tuple[str, ...]:
        """Create the client's files from the template; give the deploy's remarks."""
        people = [person.email for person in (*data.TEAM, data.HEAD)]
        self._people.ensure([*people, data.OWNER_EMAIL, data.ACCOUNTANT_EMAIL])
        new = NewClient(
            data.CLIENT_NAME,
            data.CLIENT_SLUG,
            data.HEAD_EMAIL,
            data.OWNER_EMAIL,
            data.ACCOUNTANT_EMAIL,
            tuple(person.email for person in data.TEAM),
        )
        return deploy_client(new, DEPLOYED_AT, self._services).remarks

    def fill(self) -> None:
        """The head fills staff, plans, absences and pay; the owner approves the head's own pay."""
        head = self._as(data.HEAD_EMAIL)
        self._enter(head, "staff", data.staff_rows())
        plans = [row for month in (data.FIRST_MONTH, data.SECOND_MONTH) for row in data.plan_rows(month)]
        self._enter(head, "plan", plans)
        self._enter(head, "absences", data.absence_rows())
        salaries = data.salary_rows()
        self._enter(head, "salaries", [row[:-1] for row in salaries])
        self._enter(self._as(data.OWNER_EMAIL), "salaries", [[row[-1]] for row in salaries], column=4)

    def open_first(self) -> None:
        """September opens: rules, calendar and plan freeze."""
        open_month(data.CLIENT_SLUG, data.FIRST_MONTH, OPENED_AT, self._services)

    def work_first(self) -> None:
        """Managers enter their leads until the close, the head marks discipline; October opens meanwhile."""
        self._enter_deals(CLOSED_AT)
        self._enter(
            self._as(data.HEAD_EMAIL),
            "discipline",
            data.mark_rows(self._calendar, date(2026, 9, 1), date(2026, 10, 5)),
        )
        open_month(data.CLIENT_SLUG, data.SECOND_MONTH, SECOND_OPENED_AT, self._services)

    def sync_first(self) -> SyncOutcome:
        """Sync on the day of the close: September in review."""
        return sync_client(data.CLIENT_SLUG, CLOSED_AT, self._services)

    def close_first(self) -> Closed:
        """Close September."""
        return close_month(data.CLIENT_SLUG, data.FIRST_MONTH, CLOSED_AT, self._services, "РОП")

    def work_second(self) -> None:
        """October goes on to its middle, with a handful of dirty rows."""
        self._enter_deals(SYNCED_AT)
        rows = data.dirty_rows(self._rows_entered + 1)
        self._enter(self._as(data.TEAM[0].email), "deals", rows, first_row=self._rows_entered + _STARTED_ROWS)
        marks = data.mark_rows(self._calendar, date(2026, 9, 1), date(2026, 10, 14))
        self._enter(self._as(data.HEAD_EMAIL), "discipline", marks)

    def sync_second(self) -> SyncOutcome:
        """Sync again in this process: nothing new, so nothing is written, and the results can be told."""
        return sync_client(data.CLIENT_SLUG, SYNCED_AT, self._services)

    def attempts(self, closed: Closed) -> list[Attempt]:
        """Try what must not work, each with that account's own credential."""
        manager, owner = data.TEAM[0].email, data.OWNER_EMAIL
        tried = [
            self._try(
                "Менеджер", "открыть ведомость", lambda: self._open(manager, str(self.client.payroll_id))
            ),
            self._try(
                "Менеджер", "открыть печати", lambda: self._list(manager, str(self.client.records_folder_id))
            ),
        ]
        people = [("Менеджер", manager), ("РОП", data.HEAD_EMAIL), ("Собственник", owner)]
        editors = [(who, self._as(email).gateway) for who, email in people]
        editors.append(("Сам Tablo", self._services.creator.gateway))
        for who, gateway in editors:
            tried.append(self._try(who, "изменить архив", partial(self._edit, gateway, closed.archive_id)))
        return tried

    def edit_closed_deal(self) -> tuple[str, int, int]:
        """A manager adds a quarter to a deal of the closed month; give its №, old and new amount in ₸."""
        rows = data.deal_rows(self._calendar, naive(SYNCED_AT))
        index, row = next(
            (index, row)
            for index, row in enumerate(rows)
            if isinstance(row[9], date)
            and row[9].month == data.FIRST_MONTH.number
            and isinstance(row[7], int)
        )
        old = int(row[7])  # type: ignore[arg-type]  # checked above
        new = old * 5 // 4
        author = self._as(data.TEAM[0].email)
        self._enter(author, "deals", [[new]], first_row=index + _STARTED_ROWS, column=7)
        return str(row[0]), old, new

    def verify(self) -> Verification:
        """Verify the closed month."""
        return verify_client(data.CLIENT_SLUG, self._services)

    def export(self, closed: Closed, folder: Path) -> list[Path]:
        """Write workbook, payroll book and archive as XLSX."""
        folder.mkdir(parents=True, exist_ok=True)
        drive = self._services.creator.drive
        files = {
            "workbook.xlsx": str(self.client.workbook_id),
            "payroll.xlsx": str(self.client.payroll_id),
            f"archive-{closed.month}.xlsx": closed.archive_id,
        }
        paths = []
        for name, file_id in files.items():
            path = folder / name
            path.write_bytes(drive.export(file_id))
            paths.append(path)
        return paths

    def _enter_deals(self, until_at: datetime) -> None:
        rows = data.deal_rows(self._calendar, naive(until_at))
        self._enter(self._as(data.TEAM[1].email), "deals", rows)
        self._rows_entered = len(rows)

    def _enter(
        self,
        author: Google,
        tab: str,
        rows: Sequence[Sequence[data.Cell]],
        first_row: int = _STARTED_ROWS,
        column: int = 0,
    ) -> None:
        """Type rows into an input tab, as that account."""
        in_payroll = tab in {"months", "decisions", "salaries", "corrections"}
        book, file_id = (
            ("payroll", self.client.payroll_id) if in_payroll else ("workbook", self.client.workbook_id)
        )
        for start in range(0, len(rows), _ENTRY_ROWS_A_CALL):
            part = rows[start : start + _ENTRY_ROWS_A_CALL]
            place = {"sheetId": sheet_id(book, tab), "rowIndex": first_row - 1 + start, "columnIndex": column}
            typed = [{"values": [_cell_data(cell) for cell in row]} for row in part]
            request = {"updateCells": {"start": place, "rows": typed, "fields": "userEnteredValue"}}
            author.gateway.apply(str(file_id), [request])

    def _as(self, email: str) -> Google:
        key = self._people.key_of(email)
        gateway = Gateway(load_credentials(key), self._services.address, RetryPolicy(attempts=1))
        return Google(gateway, Drive(gateway))

    def _open(self, email: str, file_id: str) -> None:
        self._as(email).gateway.describe(file_id, "properties(title)")

    def _list(self, email: str, file_id: str) -> None:
        self._as(email).drive.file(file_id)

    def _edit(self, gateway: BookPort, file_id: str) -> None:
        sheets = self._services.creator.gateway.describe(file_id, "sheets(properties(sheetId))")["sheets"]
        place = {"sheetId": sheets[0]["properties"].get("sheetId", 0), "rowIndex": 0, "columnIndex": 0}
        value = {"userEnteredValue": {"stringValue": "исправлено"}}
        request = {
            "updateCells": {"start": place, "rows": [{"values": [value]}], "fields": "userEnteredValue"}
        }
        gateway.apply(file_id, [request])

    @staticmethod
    def _try(who: str, what: str, act: Callable[[], None]) -> Attempt:
        try:
            act()
        except (ClientUnavailableError, RefusedError) as error:
            return Attempt(who, what, refused=True, how=told(error).what)
        except TabloError as error:
            return Attempt(who, what, refused=False, how=told(error).what)
        return Attempt(who, what, refused=False, how="получилось")


def naive(moment: datetime) -> datetime:
    """Give the local time in Almaty without a zone, as it stands in a sheet."""
    return moment.astimezone(ALMATY).replace(tzinfo=None)


def fresh_folder(home: Path) -> Path:
    """Give the demo's own data folder, emptied of an earlier demo. RefusedError while it is being served."""
    folder = home / "demo"
    if address_of(folder / "emulator"):
        raise refused(
            "Файлы прошлой демонстрации сейчас открыты эмулятором.",
            "Остановите «kpi emulator» (Ctrl+C) и запустите демонстрацию снова.",
        )
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    return folder


def sync_by_flow(folder: Path) -> FlowRun:
    """Run the sync of the second month as a Prefect flow on a local server, in a program of its own."""
    environment = {**os.environ, "KPI_HOME": str(folder), "NO_COLOR": "1"}
    for name in ("KPI_GOOGLE_CREDENTIALS", "KPI_GOOGLE_CREATOR", "KPI_LEDGER_URL"):
        environment.pop(name, None)
    command = [
        sys.executable,
        "-P",  # a folder `flows` where the command is given is not ours
        "-m",
        "flows.local",
        "--client",
        data.CLIENT_SLUG,
        "--as-of",
        SYNCED_AT.isoformat(),
    ]
    begun = monotonic()
    done = subprocess.run(  # noqa: S603  # our own module, fixed arguments
        command, env=environment, capture_output=True, text=True, check=False, timeout=180
    )
    lines = done.stdout.strip().splitlines()
    if not lines:
        raise refused(
            "Поток Prefect не запустился.", f"Посмотрите сами: KPI_HOME={folder} {' '.join(command[1:])}"
        )
    answer = json.loads(lines[-1])
    return FlowRun(answer["state"], monotonic() - begun, answer["message"])


def _cell_data(cell: data.Cell) -> dict[str, Any]:
    if cell is None:
        return {}
    if isinstance(cell, datetime):
        seconds = (datetime.combine(cell.date(), time()) - datetime.combine(_EPOCH, time())).days
        part = (cell.hour * 3600 + cell.minute * 60 + cell.second) / 86400
        return {"userEnteredValue": {"numberValue": seconds + part}}
    if isinstance(cell, date):
        return {"userEnteredValue": {"numberValue": (cell - _EPOCH).days}}
    return {"userEnteredValue": extended_value(cell)}
