"""How little clients of one emulator hold each other up, and what many files cost.

The emulator runs in a process of its own, as `kpi emulator` does. Each figure stands beside its bound:
- a one-cell read of another file (95th percentile) beside a running XLSX export of 100,000 rows, beside a formatted
  values.batchGet of the same tab, and beside writes to it;
- the export, against openpyxl's write-only time for the same cells in this process;
- the memory of the emulator (resident set, its peak) with 1,000 files of 150 rows, each written and read;
- setting a client up (folder, search by marks, copy of a workbook, grants) among 30 and among 200 clients.
"""

import io
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import openpyxl
import requests

from sheets_emulator.access.accounts import ensure_account
from sheets_emulator.access.tokens import issue_token

ROWS, COLUMNS, PART_ROWS = 100_000, 12, 10_000
FILES, FILE_ROWS = 1_000, 150
FEW, MANY, SETTINGS_UP = 30, 200, 20
OWNER = "owner@example.com"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FOLDER = "application/vnd.google-apps.folder"
BOUND_READ_MS, BOUND_EXPORT, BOUND_MEMORY_MB, BOUND_SETTING_UP = 100, 6, 400, 1.5


class Emulator:
    """An emulator in a process of its own."""

    def __init__(self, folder):
        ensure_account(folder, OWNER)
        self.token = issue_token(folder, OWNER)
        command = [sys.executable, "-m", "sheets_emulator", "--port", "0", "--data", str(folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603  # own program
        self.url = next(line for line in self.process.stdout if " at " in line).split(" at ")[1].split()[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()

    def session(self):
        """A connection of the owner's."""
        found = requests.Session()
        found.trust_env = False
        found.headers["Authorization"] = f"Bearer {self.token}"
        return found

    def memory_mb(self, name):
        """`VmRSS` now or `VmHWM`, the most it ever was."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(name)) / 1024

    def worked_seconds(self):
        """Processor time so far, which tells the same on a busy machine."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def asked(http, verb, address, **more):
    answer = http.request(verb, address, **more)
    answer.raise_for_status()
    return answer


def row_of(rng, number):
    cells = [number, f"Клиент {number}", rng.random() * 1e6, rng.randrange(46000), True, "Сделка", None]
    return [*cells, rng.randrange(10**6), "телефон", 0.25, "да", "нет"]


def big_book(emulator, http, rows):
    sheet = {"properties": {"gridProperties": {"rowCount": ROWS, "columnCount": COLUMNS}}}
    made = asked(http, "POST", f"{emulator.url}/v4/spreadsheets", json={"sheets": [sheet]}).json()
    address = made["spreadsheetId"]
    for start in range(0, ROWS, PART_ROWS):
        place = f"{emulator.url}/v4/spreadsheets/{address}/values/A{start + 1}?valueInputOption=RAW"
        asked(http, "PUT", place, json={"values": rows[start : start + PART_ROWS]})
    return address


def small_book(emulator, http, rows):
    made = asked(http, "POST", f"{emulator.url}/v4/spreadsheets", json={}).json()["spreadsheetId"]
    place = f"{emulator.url}/v4/spreadsheets/{made}/values/A1?valueInputOption=RAW"
    asked(http, "PUT", place, json={"values": rows})
    return made


def calls_beside(emulator, verb, address, work, **more):
    """Seconds of each such call while `work` runs, what `work` took and gave."""
    seconds, over = [], threading.Event()

    def call():
        with emulator.session() as http:
            while not over.is_set():
                begun = time.perf_counter()
                asked(http, verb, address, **more)
                seconds.append(time.perf_counter() - begun)
                time.sleep(0.005)

    caller = threading.Thread(target=call)
    caller.start()
    begun = time.perf_counter()
    try:
        found = work()
    finally:
        took = time.perf_counter() - begun
        over.set()
        caller.join()
    return seconds, took, found


def told(name, seconds, took, bound=""):
    ordered = sorted(seconds)
    late = ordered[int(0.95 * (len(ordered) - 1))] * 1000
    print(
        f"{name} ({took:.1f} s): {len(seconds)} calls, p50 {statistics.median(seconds) * 1000:.0f} ms, "
        f"p95 {late:.0f} ms{bound}, slowest {ordered[-1] * 1000:.0f} ms"
    )


def write_only(rows):
    begun = time.perf_counter()
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet("Sheet1")
    for row in rows:
        page.append(row)
    book.save(io.BytesIO())
    return time.perf_counter() - begun


def beside_big_work(emulator, http):
    rng = random.Random(7)
    rows = [row_of(rng, number) for number in range(ROWS)]
    big = big_book(emulator, http, rows)
    other = small_book(emulator, http, rows[:FILE_ROWS])
    cell = f"{emulator.url}/v4/spreadsheets/{other}/values/A1"
    with emulator.session() as second:
        bare = write_only(rows)
        address = f"{emulator.url}/drive/v3/files/{big}/export?mimeType={XLSX}"
        seconds, took, answer = calls_beside(
            emulator, "GET", cell, lambda: asked(second, "GET", address).content
        )
        if not answer.startswith(b"PK"):
            raise SystemExit("the export is no workbook")
        told(
            f"one-cell reads beside an XLSX export of {ROWS} x {COLUMNS}",
            seconds,
            took,
            f" (bound {BOUND_READ_MS})",
        )
        print(f"that export: {took / bare:.2f} x openpyxl's write-only {bare:.1f} s (bound {BOUND_EXPORT})")
        address = f"{emulator.url}/v4/spreadsheets/{big}/values:batchGet?ranges=A1:L{ROWS}"
        seconds, took, _ = calls_beside(emulator, "GET", cell, lambda: asked(second, "GET", address).content)
        told("one-cell reads beside a formatted batchGet of it", seconds, took)
        address = f"{emulator.url}/v4/spreadsheets/{big}/values/A1?valueInputOption=USER_ENTERED"
        body = json.dumps({"values": [[str(value) for value in row] for row in rows[:PART_ROWS]]})
        write = f"{emulator.url}/v4/spreadsheets/{other}/values/B1?valueInputOption=RAW"
        for name, verb, small, more in (
            ("reads", "GET", cell, {}),
            ("writes of another file", "PUT", write, {"json": {"values": [[1]]}}),
        ):
            seconds, took, _ = calls_beside(
                emulator, verb, small, lambda: asked(second, "PUT", address, data=body), **more
            )
            told(f"one-cell {name} beside a write of {PART_ROWS} typed rows", seconds, took)


def memory_of_many(emulator, http):
    rng = random.Random(8)
    rows = [row_of(rng, number) for number in range(FILE_ROWS)]
    begun = time.perf_counter()
    for _ in range(FILES):
        made = small_book(emulator, http, rows)
        asked(http, "GET", f"{emulator.url}/v4/spreadsheets/{made}/values/A1")
    took = time.perf_counter() - begun
    print(
        f"{FILES} files of {FILE_ROWS} rows made in {took:.0f} s: {emulator.memory_mb('VmRSS'):.0f} MB resident, "
        f"{emulator.memory_mb('VmHWM'):.0f} MB at most (bound {BOUND_MEMORY_MB})"
    )


def set_up(emulator, http, template, number):
    """What setting up a client asks of Drive: nothing twice, so each thing is looked for before it is made."""
    files = f"{emulator.url}/drive/v3/files"
    parent = None
    for part in ("folder", "book", "ledger"):
        marks = {"client": f"c{number}", "part": part}
        terms = [f"appProperties has {{ key='{k}' and value='{v}' }}" for k, v in marks.items()]
        query = {
            "q": " and ".join([*terms, "trashed = false"]),
            "fields": "files(id,name)",
            "pageSize": "1000",
        }
        if asked(http, "GET", files, params=query).json()["files"]:
            raise SystemExit("a client was set up twice")
        body = {"name": f"{part} {number}", "appProperties": marks} | (
            {"parents": [parent]} if parent else {}
        )
        if part == "folder":
            parent = asked(http, "POST", files, json=body | {"mimeType": FOLDER}).json()["id"]
        elif part == "book":
            made = asked(http, "POST", f"{files}/{template}/copy", json=body).json()["id"]
        else:
            made = asked(http, "POST", files, json=body | {"mimeType": "application/json"}).json()["id"]
        asked(http, "GET", files, params=query)
    for person in ("head", "manager"):
        body = {"type": "user", "role": "writer", "emailAddress": f"{person}{number}@example.com"}
        asked(http, "POST", f"{files}/{made}/permissions?sendNotificationEmail=false", json=body)
    asked(http, "GET", f"{files}?q='{parent}' in parents")
    asked(http, "GET", f"{emulator.url}/drive/v3/changes/startPageToken")


def setting_up_among_many(emulator, http):
    template = small_book(emulator, http, [row_of(random.Random(9), number) for number in range(FILE_ROWS)])
    seconds = {}
    done = 0
    for among in (FEW, MANY):
        while done < among:
            set_up(emulator, http, template, done)
            done += 1
        begun, worked = time.perf_counter(), emulator.worked_seconds()
        for _ in range(SETTINGS_UP):
            set_up(emulator, http, template, done)
            done += 1
        seconds[among] = (emulator.worked_seconds() - worked) / SETTINGS_UP
        took = (time.perf_counter() - begun) / SETTINGS_UP
        print(
            f"setting a client up among {among}: {took:.3f} s, of the emulator's processor {seconds[among]:.3f} s"
        )
    ratio = seconds[MANY] / seconds[FEW]
    print(
        f"setting up among {MANY} is {ratio:.2f} x setting up among {FEW} (processor; bound {BOUND_SETTING_UP})"
    )


def main():
    for part in (beside_big_work, memory_of_many, setting_up_among_many):
        with (
            tempfile.TemporaryDirectory() as folder,
            Emulator(Path(folder)) as emulator,
            emulator.session() as http,
        ):
            part(emulator, http)


if __name__ == "__main__":
    main()
