"""What the children of the crash suites do: serve the emulator, work for a client until cut off, look at the end.

Everything is imported here, once, by the fork server.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from requests.adapters import HTTPAdapter
from sqlalchemy import event

from kpi_rules.errors import TabloError
from kpi_rules.time.periods import Month
from ledger import FrozenKind, MonthState
from ledger.database import Database
from operations.clients.deploy import deploy_client
from operations.clients.upgrading import upgrade_client
from operations.facts.held_months import calendar_around
from operations.months.closing import close_due, close_month
from operations.months.opening import open_due, open_month
from operations.syncing.sync import sync_client
from operations.verifying.verifying import verify_client
from operations.world import leases
from operations.world.services import open_services, utc_now
from operations.world.settings import RunSettings
from operations.world.telling import told
from sheets_emulator.serving import server as emulator_serving
from sheets_sync.google.gateway import RetryPolicy
from sheets_sync.ports import Sought
from templates.loading import load, templates_at
from tests.contract.client_life import (
    DEPLOYED_AT,
    MID_SEPTEMBER_AT,
    OCTOBER,
    OCTOBER_CLOSED_AT,
    OCTOBER_OPENED_AT,
    SEPTEMBER,
    SEPTEMBER_CLOSED_AT,
    SEPTEMBER_OPENED_AT,
    SLUG,
    new_client,
)
from tests.faults.scenes import EXITED
from tests.faults.store_looks import emulator_store, files_kept, inputs_digest, outputs_digest, part_of
from tests.faults.strange_weather import StrangeWeather
from tests.faults.upgrade_looks import entered, look_upgraded, own_templates

OPENED_AT = {str(SEPTEMBER): SEPTEMBER_OPENED_AT, str(OCTOBER): OCTOBER_OPENED_AT}
NIGHT_AT = SEPTEMBER_CLOSED_AT + timedelta(days=2)
"""Past September's deadline, the 7th of October."""
MID_OCTOBER_AT = OCTOBER_OPENED_AT + timedelta(days=14)
CLOSED_AT = {str(SEPTEMBER): SEPTEMBER_CLOSED_AT, str(OCTOBER): OCTOBER_CLOSED_AT}

load("b2b", "ru")
calendar_around(2026)
gc.freeze()


@dataclass
class Outside:
    """Counts the calls that leave the process, requests and transactions, and ends it at one of them.

    `at` is the number of the call (from 1), `when` before or after, `how` exit, stop until somebody goes on, or
    tell: it is `said` that the call was reached, for whoever kills from outside.
    """

    at: int = 0
    when: str = "before"
    how: str = "exit"
    kind: str = "any"
    say: Callable[[str], None] = print
    calls: list[str] = field(default_factory=list)
    counted: int = 0

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watch every request and every transaction."""
        send, run = HTTPAdapter.send, Database._run
        HTTPAdapter.send = self._around(send, lambda _self, request, *_, **__: _named(request), "http")
        Database._run = self._around(
            run, lambda _self, options, _work: f"ledger {'write' if options else 'read'}", "ledger"
        )
        try:
            yield
        finally:
            HTTPAdapter.send, Database._run = send, run

    def _around(self, act, name, kind):
        def acted(*given, **named):
            if threading.current_thread() is not threading.main_thread():
                return act(*given, **named)  # google-auth looks something up beside us
            counts = self.kind in {"any", kind}
            self.counted += counts
            mine = counts and self.counted == self.at
            self.calls.append(name(*given, **named))
            if mine and self.when == "before":
                self._end()
            done = act(*given, **named)
            if mine and self.when == "after":
                self._end()
            return done

        return acted

    def _end(self) -> None:
        if self.how == "tell":
            self.say("reached")
            return
        if self.how == "exit":
            os._exit(EXITED)
        os.kill(os.getpid(), signal.SIGSTOP)


def _named(request) -> str:
    path = request.url.split("?")[0].split("/", 3)[3]
    parts = ["…" if len(part) > 30 else part for part in path.split("/")]  # ids of files say nothing
    return f"{request.method} {'/'.join(parts)}"


def minutes_on(home: Path) -> int:
    """How far the time of this world has gone on."""
    found = home / "minutes"
    return int(found.read_text()) if found.exists() else 0


@contextmanager
def world_of(home: Path, ledger_url: str | None = None) -> Iterator:
    """The services of one process in a world, with its clock, retries that never wait."""
    with open_services(
        RunSettings(home, ledger_url=ledger_url), RetryPolicy(sleep=lambda _seconds: None)
    ) as services:
        services.clock = lambda: utc_now() + timedelta(minutes=minutes_on(home))
        yield services


@contextmanager
def program_of(home: Path) -> Iterator[None]:
    """The program that works in a world: the present one, or that of the next release, by its templates."""
    folder = own_templates(home)
    with templates_at(folder) if folder else nullcontext():
        yield


def emulate(say, home) -> None:
    """Serve the emulator until killed."""
    emulator_serving.run(Path(home) / "emulator", 0, listening=lambda url, _: say(url))


def act(
    say, home, what, month="2026-09", place=None, ends=None, ledger_url=None, strange=None, pragma=None
) -> None:
    """Do one operation as a process of its own; says `begun`, and at the end how it went.

    `strange` = answers that are none (`strange_weather`), with another chance each minute of the world; `pragma` is
    what SQLite is told of the ledger, as a disk that takes no more.
    """
    outside = Outside(say=say, **(ends or {}))
    weather = (
        StrangeWeather(f"{strange['seed']} {minutes_on(Path(home))}", *strange["chances"])
        if strange
        else None
    )
    if place:
        leases._place = lambda: place
    with world_of(Path(home), ledger_url) as services, program_of(Path(home)), outside.watched():
        if pragma:
            _limit(services.ledger, pragma)
        say("begun")
        with weather.around() if weather else nullcontext():
            ended = _told(outside, lambda: WORKS[what](services, Month.parse(month)))
        say({**ended, "struck": weather.struck if weather else []})


def _limit(ledger, pragma: str) -> None:
    """Have SQLite itself refuse from now on, as on a disk that is full or can only be read."""
    engine = ledger._database._engine
    engine.dispose()
    event.listen(
        engine, "connect", lambda connection, _record: connection.execute(f"PRAGMA {pragma}").close()
    )


def _close(services, month):
    return close_month(SLUG, month, CLOSED_AT[str(month)], services, "РОП").seal_number


def _open(services, month):
    return str(open_month(SLUG, month, OPENED_AT[str(month)], services).state)


def _deploy(services, _month):
    return deploy_client(new_client(), DEPLOYED_AT, services).client.slug


def _sync(services, _month):
    return sync_client(SLUG, MID_SEPTEMBER_AT, services).requests


def _sweep(services, _month):
    """As the sweeper does: finish every close that the ledger knows to be cut off."""
    cut_off = services.ledger.unfinished_closes(services.clock())
    return [
        close_month(c.client, c.month, CLOSED_AT[str(c.month)], services, "sweep").seal_number
        for c in cut_off
    ]


def _night(services, _month):
    """As the nightly check does after September's deadline: open what is due, close what is due."""
    opened = open_due(SLUG, NIGHT_AT, services)
    return [str(month) for month in opened], [
        found.seal_number for found in close_due(SLUG, NIGHT_AT, services).closed
    ]


def _upgrade(services, _month):
    upgrade = upgrade_client(SLUG, MID_OCTOBER_AT, services, "консультант")
    return [step.kind for file in upgrade.files for step in file.plan.steps]


def _sync_now(services, _month):
    return sync_client(SLUG, OCTOBER_CLOSED_AT, services).requests


def look_closed_and_upgraded(say, home, ledger_url=None) -> None:
    """October is sealed once and the files have the next layout; all of it holds."""
    with world_of(Path(home), ledger_url) as services, program_of(Path(home)):
        assert [seal.month for seal in services.ledger.seals(SLUG)] == ["2026-09", "2026-10"]
        assert not upgrade_client(SLUG, OCTOBER_CLOSED_AT, services, "консультант").to_do
        verdict = verify_client(SLUG, services)
        assert verdict.intact, [(f.month, f.code, f.place) for f in verdict.findings]
    say("well")


def note_entered(say, home) -> None:
    """Say all cells that people entered."""
    with world_of(Path(home)) as services, program_of(Path(home)):
        say(entered(services))


def look_after_upgrade(say, home, before, ledger_url=None) -> None:
    """Hold an upgraded client against all that an upgrade promises; a second upgrade does nothing."""
    with world_of(Path(home), ledger_url) as services, program_of(Path(home)):
        look_upgraded(services, before)
        writes = services.creator.gateway.calls.writes
        assert not upgrade_client(SLUG, MID_OCTOBER_AT, services, "консультант").to_do
        assert services.creator.gateway.calls.writes == writes
        sync_client(SLUG, MID_OCTOBER_AT, services)
        verdict = verify_client(SLUG, services)
        assert verdict.intact, [(f.month, f.code, f.place) for f in verdict.findings]
    say("well")


def _verify(services, _month):
    return [f"{found.month} {found.code} {found.place}" for found in verify_client(SLUG, services).findings]


WORKS = {
    "verify": _verify,
    "upgrade": _upgrade,
    "sync_now": _sync_now,
    "close": _close,
    "open": _open,
    "deploy": _deploy,
    "sync": _sync,
    "sweep": _sweep,
    "night": _night,
}


def _told(outside: Outside, work) -> dict:
    try:
        return {"done": work(), "calls": outside.calls}
    except TabloError as error:
        said = told(error)
        words = {"code": error.code, "what": said.what, "remedy": said.remedy}
        return {"error": type(error).__name__, "text": str(error), "calls": outside.calls, **words}


def note_inputs(say, home) -> None:
    """Say the digest of the inputs as they are now."""
    say(inputs_digest(Path(home)))


def note_outputs(say, home) -> None:
    """Say the digest of the workbook's outputs as they are now."""
    say(outputs_digest(Path(home)))


def describe_world(say, home) -> None:
    """Say everything that a deploy and an opening leave, without ids and times of the day."""
    place = Path(home)
    with world_of(place) as services, closing(emulator_store(place)) as db:
        files = {part_of(file): file for file in files_kept(db)}
        assert len(files) == len(files_kept(db)), "a file stands twice"
        [client] = services.ledger.clients()
        months = services.ledger.months(client.slug)
        frozen = {
            f"{record.month} {kind}": services.ledger.frozen(client.slug, record.month, kind)
            for record in months
            for kind in FrozenKind
        }
        say(
            {
                "files": {part: _file_described(services, file) for part, file in files.items()},
                "kept": [client.workbook_id, client.payroll_id, client.folder_id, client.records_folder_id]
                == [
                    files[part]["id"] for part in ("workbook", "payroll", "archive-folder", "records-folder")
                ],
                "months": [f"{record.month} {record.state} {record.shadow}" for record in months],
                "frozen": json.dumps(frozen, sort_keys=True, ensure_ascii=False),
                "unfinished": len(services.ledger.unfinished_closes(utc_now())),
            }
        )


def _file_described(services, file: dict) -> dict:
    """Who may what with a file, and of a spreadsheet its tabs, protections and cells."""
    permissions = services.creator.drive.permissions(file["id"])
    described = {
        "name": file["name"],
        "settings": [file["writers_can_share"], file["copy_requires_writer_permission"]],
        "permissions": sorted(f"{found['role']} {found.get('emailAddress')}" for found in permissions),
    }
    if file["mime_type"].endswith("spreadsheet"):
        fields = "sheets(properties(title,index,hidden),protectedRanges(range,editors,description))"
        sheets = services.creator.gateway.describe(file["id"], fields)["sheets"]
        read = services.creator.gateway.read(file["id"], [f"'{s['properties']['title']}'" for s in sheets])
        described |= {"sheets": sheets, "cells": [found.rows for found in read]}
    return described


def look_closed(say, home, expected, inputs, ledger_url=None) -> None:
    """Hold a closed month against all that a close promises."""
    month, place = Month.parse(expected["month"]), Path(home)
    with world_of(place, ledger_url) as services:
        ledger, drive = services.ledger, services.creator.drive
        assert ledger.month(SLUG, month).state is MonthState.CLOSED
        seals = ledger.seals(SLUG)
        assert [seal.month for seal in seals] == expected["sealed"]
        for part, step in (("month-archive", "archive"), ("sealed-record", "record")):
            found = drive.find(Sought({"tablo_client": SLUG, "tablo_part": part}))
            kept = [ledger.step(SLUG, Month.parse(sealed), step)["file_id"] for sealed in expected["sealed"]]
            assert sorted(file.id for file in found) == sorted(kept), f"files «{part}»"
        archive_id = ledger.step(SLUG, month, "archive")["file_id"]
        assert drive.file(archive_id).read_only
        writers = [p["emailAddress"] for p in drive.permissions(archive_id) if p["role"] != "reader"]
        assert set(writers) <= set(services.system_emails)
        _look_paid(services, expected, month, seals[-1])
        assert ledger.unfinished_closes(utc_now() + timedelta(days=1)) == []
        verdict = verify_client(SLUG, services)
        assert verdict.intact, [(f.month, f.code, f.place) for f in verdict.findings]
    _look_files(place, 5 + 2 * len(expected["sealed"]))
    assert inputs_digest(place) == inputs, "an input was touched"
    say("well")


def _look_paid(services, expected, month, seal) -> None:
    """One payroll tab a month, and the pay that was worked out by hand, once."""
    ledger, gateway = services.ledger, services.creator.gateway
    payroll_id = ledger.client(SLUG).payroll_id
    sheets = gateway.describe(payroll_id, "sheets(properties(title))")["sheets"]
    titles = [sheet["properties"]["title"] for sheet in sheets]
    assert titles == ["Месяцы", "Решения", "Оклады", "Корректировки", *expected["sealed"]]
    [tab] = gateway.read(payroll_id, [f"'{month}'"])
    header = next(row for row in tab.rows if "Код" in row)
    code, total = header.index("Код"), header.index("Итого")
    lines = {
        row[code]: row[total] for row in tab.rows if len(row) > total and row[code] in expected["totals"]
    }
    assert lines == expected["totals"]
    assert [paid["number"] for paid in seal.record["adjustments"]["paid"]] == expected["paid"]
    assert ledger.paid_corrections(SLUG) == set(expected["paid"])
    assert ledger.carried(SLUG) == expected["carried"]


def _look_files(place: Path, count: int) -> None:
    with closing(emulator_store(place)) as db:
        names = sorted(file["name"] for file in files_kept(db))
    assert len(names) == count, names
