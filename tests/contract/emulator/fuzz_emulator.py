"""Fuzz an emulator of its own for some minutes: `python tests/contract/emulator/fuzz_emulator.py --minutes 60 --seed 1`.

Sends random requests as several accounts. A finding is a 5xx, a broken connection, an error that is not in
Google's form, an answer that Google's discovery document does not know, a file that cannot be shown or
exported any more, or an answer slower than the bound. Findings are printed as JSON lines, with the requests
that led to them; the exit code is 1 if there were any.
"""

import argparse
import collections
import json
import subprocess
import sys
import tempfile
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import quote, urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from sheets_emulator.access.tokens import issue_token
from tests.contract.emulator.fuzz_requests import SPREADSHEET, Maker, Sent
from tests.witness import exchange_problems

ACCOUNTS = ("owner@firm.kz", "writer@firm.kz", "reader@firm.kz", "robot@robots.iam.gserviceaccount.com")
SLOW_SECONDS = 10.0
SLOW_EXPORT_SECONDS = 30.0  # XLSX and PDF of some hundred thousand formatted cells
TAKEN = frozenset({200, 204, 308})
REFUSED = frozenset({400, 401, 403, 404, 405, 409, 411, 413, 416})
WHOLE_FILE = (
    "/v4/spreadsheets/{}?includeGridData=true",
    "/spreadsheets/d/{}/edit",
    *(f"/spreadsheets/d/{{}}/export?format={kind}" for kind in ("xlsx", "pdf", "csv", "tsv")),
    "/drive/v3/files/{}?fields=*",
    "/drive/v3/files?fields=*",
    "/drive/v3/changes?pageToken=1&fields=*",
)


def entered(link):
    """The cookie of a browser that opens a link to the pages."""
    place = urlsplit(link)
    connection = HTTPConnection(place.hostname, place.port, timeout=60)
    try:
        connection.request("GET", f"{place.path}?{place.query}")
        return connection.getresponse().headers["set-cookie"].split(";")[0]
    finally:
        connection.close()


def exchange(connection, sent, account, token, cookie):
    """(status, content type, body) of one request; pages let in by a cookie and know the account by another."""
    chosen = f"emulator_account_{connection.port}={quote(account)}"
    headers = {"authorization": f"Bearer {token}", "cookie": f"{cookie}; {chosen}"}
    headers |= {"content-type": "application/json", "origin": f"http://{connection.host}:{connection.port}"}
    headers |= sent.headers
    connection.request(sent.verb, sent.path, sent.content or None, headers)
    answer = connection.getresponse()
    return answer.status, answer.headers.get("content-type", ""), answer.read()


class Emulator:
    """An emulator in a process of its own, with people and their tokens."""

    def __init__(self, folder):
        self.folder = folder
        accounts = [f"{email}:service" if "robots" in email else email for email in ACCOUNTS]
        command = [sys.executable, "-m", "sheets_emulator", "--port", "0", "--data", str(folder)]
        for account in accounts:
            command += ["--account", account]
        self.log = (folder.parent / "server.log").open("a")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = next(line for line in self.process.stdout if "Serving" in line)
        self.place = urlsplit(line.split(" at ")[1].split()[0])
        self.cookie = entered(next(self.process.stdout).split()[4])
        self.tokens = {email: issue_token(folder, email) for email in ACCOUNTS}
        self.connection = None

    def send(self, sent, account):
        """(status, content type, body, seconds); status 0 when the connection broke."""
        begun = time.perf_counter()
        try:
            if self.connection is None:
                self.connection = HTTPConnection(self.place.hostname, self.place.port, timeout=120)
            token = self.tokens.get(account, account)
            status, kind, body = exchange(self.connection, sent, account, token, self.cookie)
        except (HTTPException, OSError) as error:
            self.connection = None
            return 0, "", repr(error).encode(), time.perf_counter() - begun
        return status, kind, body, time.perf_counter() - begun

    def memory_mib(self):
        """What the process has in memory now."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in text.splitlines() if line.startswith("VmRSS")).split()[1]) // 1024

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        self.log.close()


class Session:
    """A run: sends, judges, counts."""

    def __init__(self, emulator, seed, out):
        self.emulator, self.maker, self.out = emulator, Maker(seed), out
        self.statuses, self.findings = collections.Counter(), 0
        self.recent = collections.deque(maxlen=40)
        self.slowest, self.book = (0.0, ""), ""

    def send(self, sent, account=ACCOUNTS[0], *, must=False):
        """The answer's body; `must` makes any refusal a finding."""
        status, kind, body, seconds = self.emulator.send(sent, account)
        self.statuses[status] += 1
        self.slowest = max(self.slowest, (seconds, f"{sent.verb} {sent.path[:150]} {sent.content[:300]!r}"))
        wrong = problems(sent, status, kind, body)
        if must and status != 200 and b"exportSizeLimitExceeded" not in body:
            wrong.append("the file cannot be shown any more")
        if seconds > (SLOW_EXPORT_SECONDS if "/export" in sent.path else SLOW_SECONDS):
            wrong.append(f"{seconds:.1f} s")
        if wrong:
            self.report(wrong, sent, account, status, body)
        return status, body

    def report(self, wrong, sent, account, status, body):
        self.findings += 1
        told = {
            "wrong": wrong[:5],
            "verb": sent.verb,
            "path": sent.path,
            "headers": sent.headers,
            "as": account,
        }
        told |= {
            "content": sent.content[:20000].decode("latin-1"),
            "status": status,
            "answer": repr(body[:600]),
        }
        before = [(s.verb, s.path[:300], s.content[:3000].decode("latin-1")) for s in self.recent]
        self.out.write(json.dumps(told | {"before": before}) + "\n")
        self.out.flush()

    def renew(self):
        """A fresh spreadsheet with some content, shared with the writer and the reader."""
        if self.book:
            self.send(Sent("DELETE", f"/drive/v3/files/{self.book}"))
        made = json.dumps({"name": "fuzz", "mimeType": SPREADSHEET}).encode()
        status, body = self.send(Sent("POST", "/drive/v3/files", made))
        if status != 200:
            return
        self.book = json.loads(body)["id"]
        for email, role in ((ACCOUNTS[1], "writer"), (ACCOUNTS[2], "reader")):
            grant = json.dumps({"type": "user", "role": role, "emailAddress": email}).encode()
            self.send(Sent("POST", f"/drive/v3/files/{self.book}/permissions", grant))
        rows = json.dumps({"values": [["Имя", 1, "=B1*2"], ["x", "12.05.2026", True], [1.5, "=A1", "=1/0"]]})
        self.send(
            Sent(
                "PUT", f"/v4/spreadsheets/{self.book}/values/A1?valueInputOption=USER_ENTERED", rows.encode()
            )
        )
        self.maker.ids = [*self.maker.ids[-4:], self.book]
        self.recent.clear()

    def check_whole(self):
        """The file can still be read, shown and exported; its tabs and grants are told to the maker."""
        status, body = self.send(Sent("GET", f"/v4/spreadsheets/{self.book}?fields=sheets.properties"))
        if status in (403, 404):
            self.renew()
            return
        for path in WHOLE_FILE:
            self.send(Sent("GET", path.format(self.book)), must=True)
        status, body = self.send(
            Sent("GET", f"/v4/spreadsheets/{self.book}?fields=sheets.properties"), must=True
        )
        if status == 200:
            tabs = [sheet["properties"] for sheet in json.loads(body)["sheets"]]
            self.maker.sheet_ids = [tab["sheetId"] for tab in tabs][:20]
            cells = sum(
                (tab.get("gridProperties") or {}).get("rowCount", 0)
                * (tab.get("gridProperties") or {}).get("columnCount", 0)
                for tab in tabs
            )
            if cells > 300_000:  # reading all of it each time would only measure the reading
                self.renew()

    def go(self, until, requests):
        """Send requests until the time (of the monotonic clock) or the number is reached; how many were sent."""
        number = 0
        while time.monotonic() < until and number < requests:
            if number % 60 == 0:
                self.renew()
            elif number % 15 == 0:
                self.check_whole()
            sent = self.maker.request()
            self.recent.append(sent)
            account = self.maker.rng.choice((ACCOUNTS[0],) * 6 + (*ACCOUNTS, "nobody"))
            self.send(sent, account)
            number += 1
        return number


def problems(sent, status, kind, body):
    """What is wrong with one answer, as sentences."""
    if status not in TAKEN | REFUSED:
        return [f"status {status}"]
    path, _, query = sent.path.partition("?")
    if status in REFUSED:
        try:
            error = json.loads(body)["error"]
        except (ValueError, KeyError, TypeError):
            return [] if path.startswith(("/spreadsheets/", "/token")) else ["the refusal is no JSON error"]
        if path == "/token":
            return []
        named = isinstance(error, dict) and error.get("code") == status and error.get("message")
        return [] if named else ["the refusal is not in Google's form"]
    verb = sent.headers.get("x-http-method-override", sent.verb)
    found = exchange_problems(verb, path, query, b"", status, kind, body)
    return [problem for problem in found if "unknown parameter" not in problem]


def main():
    """Run and tell; 1 if anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--requests", type=int, default=10**9)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("fuzz-findings.jsonl"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, options.out.open("a") as out:
        emulator = Emulator(Path(place) / "data")
        session = Session(emulator, options.seed, out)
        sent, begun, most_mib = 0, time.monotonic(), 0
        try:
            while time.monotonic() < begun + options.minutes * 60 and sent < options.requests:
                part = min(begun + options.minutes * 60, time.monotonic() + 60)
                sent += session.go(part, options.requests - sent)
                most_mib = max(most_mib, emulator.memory_mib())
                minutes = (time.monotonic() - begun) / 60
                print(  # noqa: T201  # a script tells
                    f"{minutes:.0f} min, {sent} requests, {session.findings} findings, {most_mib} MiB",
                    flush=True,
                )
        finally:
            print(dict(session.statuses), "slowest", session.slowest)  # noqa: T201  # a script tells
            emulator.stop()
    return 1 if session.findings else 0


if __name__ == "__main__":
    raise SystemExit(main())
