"""What was answered is on the disk, and writers of one file come one after the other: with real processes."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from sheets_emulator.access.accounts import ensure_account
from sheets_emulator.access.tokens import issue_token
from sheets_emulator.store.address import running_address

OWNER = "owner@firm.kz"
WRITERS, ROUNDS = 4, 3
PAIRS, WAIT_SECONDS = 25, 60


class Served:
    """An emulator in a process of its own; `kill` gives it no chance to tidy up."""

    def __init__(self, folder):
        ensure_account(folder, OWNER)
        self.folder, self.token = folder, issue_token(folder, OWNER)
        command = [sys.executable, "-m", "sheets_emulator", "--port", "0", "--data", str(folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.url = next(line for line in self.process.stdout if " at " in line).split(" at ")[1].split()[0]

    def session(self):
        found = requests.Session()
        found.trust_env = False
        found.headers["Authorization"] = f"Bearer {self.token}"
        return found

    def call(self, verb, path, **more):
        with self.session() as session:
            answer = session.request(verb, self.url + path, timeout=WAIT_SECONDS, **more)
        assert answer.ok, answer.text
        return answer.json()

    def kill(self):
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()


def appended(served, book, writer, answered, stop):
    """Append rows until the connection breaks; each answered row goes into `answered`."""
    path = f"{served.url}/v4/spreadsheets/{book}/values/A1:append?valueInputOption=RAW"
    with served.session() as session:
        for number in range(10_000):
            row = [f"{writer}-{number}", number, number * 2]
            try:
                answer = session.post(path, json={"values": [row]}, timeout=WAIT_SECONDS)
            except requests.RequestException:
                return
            if answer.ok:
                answered.append(row)
            stop.release()


@pytest.mark.slow
def test_every_answered_row_outlives_kills_in_the_midst_of_writing(tmp_path):
    seed = random.randrange(10**6)
    print("seed", seed)  # noqa: T201  # a failing run can be repeated
    rng, answered = random.Random(seed), []
    served = Served(tmp_path)
    book = served.call("POST", "/v4/spreadsheets", json={})["spreadsheetId"]
    for round_ in range(ROUNDS):
        done = threading.Semaphore(0)
        with ThreadPoolExecutor(WRITERS) as writers:
            for writer in range(WRITERS):
                writers.submit(appended, served, book, f"{round_}.{writer}", answered, done)
            for _ in range(rng.randrange(20, 60)):
                done.acquire(timeout=WAIT_SECONDS)
            served.kill()
        served = Served(tmp_path)
    path = f"/v4/spreadsheets/{book}/values/A:C?valueRenderOption=UNFORMATTED_VALUE"
    kept = served.call("GET", path)["values"]
    served.kill()
    assert running_address(tmp_path) is None
    assert len(answered) > 20 * ROUNDS - WRITERS
    assert all(row in kept for row in answered)
    names = [row[0] for row in kept]
    assert len(names) == len(set(names))  # nothing twice, nothing over another
    assert all(row[2] == row[1] * 2 for row in kept)  # no half rows
    assert len(kept) <= len(answered) + WRITERS * ROUNDS  # a write without an answer is there, or it is not


def test_writers_of_one_file_come_one_after_the_other_and_readers_see_whole_batches(google):
    book = google.call("owner", "POST", "/v4/spreadsheets", json={}).json()["spreadsheetId"]
    path, torn, over = f"/v4/spreadsheets/{book}", [], threading.Event()

    def cell(row, column, number):
        start = {"sheetId": 0, "rowIndex": row, "columnIndex": column}
        value = {"values": [{"userEnteredValue": {"numberValue": number}}]}
        return {"updateCells": {"start": start, "rows": [value], "fields": "userEnteredValue"}}

    def write(writer):
        for number in range(PAIRS):
            mine = writer * PAIRS + number
            both = [cell(0, 0, mine), cell(500, 5, mine)]
            google.call("owner", "POST", f"{path}:batchUpdate", json={"requests": both}).raise_for_status()
            row = json.dumps({"values": [[mine]]})
            append = f"{path}/values/H1:append?valueInputOption=RAW"
            google.call("owner", "POST", append, data=row).raise_for_status()

    def read():
        query = {"ranges": ["A1", "F501"], "valueRenderOption": "UNFORMATTED_VALUE"}
        while not over.is_set():
            found = google.call("owner", "GET", f"{path}/values:batchGet", params=query).json()["valueRanges"]
            first, second = (one.get("values") for one in found)
            torn.extend([(first, second)] if first != second else [])

    with ThreadPoolExecutor(WRITERS + 1) as people:
        reader = people.submit(read)
        writers = [people.submit(write, writer) for writer in range(WRITERS)]
        for writer in writers:
            writer.result()
        over.set()
        reader.result()
    assert torn == []
    listed = google.call("owner", "GET", f"{path}/values/H:H?valueRenderOption=UNFORMATTED_VALUE").json()
    assert sorted(row[0] for row in listed["values"]) == list(range(WRITERS * PAIRS))
