"""Random requests made from the discovery schemas: Google's error form or an answer, never a crash or a hang."""

import json
import random
import re
from urllib.parse import quote

from sheets_emulator.bodies import _UNIONS
from sheets_emulator.schema import _table, drive_messages, methods, sheets_messages

MESSAGES = sheets_messages()
REQUESTS = 250
QUERIES = (
    "name = 'x'",
    "name contains 'x' and trashed = false",
    "'root' in parents",
    "'me' in owners or not sharedWithMe",
    "appProperties has { key='a' and value='b' }",
    "modifiedTime > '2026-11-02T09:00:00'",
    "name = 'it\\'s'",
    "(((",
    "name >",
    "\u0000",
)
TEXTS = (
    "",
    "x",
    "=A1+1",
    "=SUM(A1:A3)",
    "=",
    "=" + "(" * 50,
    "#REF!",
    "12,5%",
    "'1",
    "Имя",
    "ru_RU",
    "\u0000",
    "я" * 60,
)
MASKS = (
    "*",
    "title",
    "userEnteredValue",
    "userEnteredFormat(textFormat/bold,borders)",
    "note",
    "index",
    "",
    "a..b",
)
RANGES = (
    "A1",
    "Sheet1",
    "A1:C5",
    "Sheet1!A1:1",
    "B:B",
    "R1C1:R3C2",
    "ZZZ1",
    "A1:Z5000",
    "nope!A1",
    "'",
    "%2F",
    "a/b",
    "A0",
)
SPREADSHEET = "application/vnd.google-apps.spreadsheet"
ODD = (None, [], {}, "x", 10**30, -1, True, 1.5)
WHOLE = (0, 1, 2, 3, 5, 26, 27, 1000, 1001, -1, 2**31 - 1)


class Maker:
    """Values of a schema's types: in polite requests right ones that may well be taken, else sometimes wrong."""

    def __init__(self, seed, messages=MESSAGES):
        self.rng = random.Random(seed)
        self.messages, self.polite = messages, True

    def value(self, kind, field="", depth=0):
        rng = self.rng
        if kind.startswith("["):
            return [self.value(kind[1:-1], field, depth + 1) for _ in range(rng.choice((0, 1, 1, 2, 3)))]
        if kind.startswith("{"):
            return {str(rng.randrange(5)): self.value(kind[1:-1], "", depth + 1)}
        if kind == "Request":
            name = rng.choice(sorted(self.messages[kind]))
            return {name: self.value(self.messages[kind][name], name, depth + 1)}
        if kind in self.messages:
            likely = 0.8 if depth < 4 else 0.3
            fields = self.messages[kind] if depth < 9 else {}
            if self.polite and kind in _UNIONS:
                one = rng.choice(sorted(_UNIONS[kind][1]))
                fields = {n: k for n, k in fields.items() if n == one or n not in _UNIONS[kind][1]}
            return {
                name: self.value(k, name, depth + 1) for name, k in fields.items() if rng.random() < likely
            }
        odd = not self.polite and rng.random() < 0.02
        return rng.choice(ODD) if odd else self.scalar(kind, field)

    def scalar(self, kind, field):
        rng = self.rng
        if kind == "integer":
            likely = (0, 0, 0, 5) if field == "sheetId" else WHOLE
            return rng.choice(likely[:3] if self.polite else likely)
        if kind in ("string", "fields"):
            texts = MASKS if kind == "fields" else RANGES if field in ("a1Range", "range") else TEXTS
            return "*" if kind == "fields" and self.polite else rng.choice(texts)
        if kind == "any":
            return rng.choice((None, "", 1, True, "=1/0", [1], {"a": 1}, 2.5, "12.05.2026"))
        if "|" in kind:
            return rng.choice(kind.split("|"))
        return {"boolean": rng.random() < 0.5, "number": rng.choice((0, 1, 0.5, -3, 1e308))}.get(kind, "5")

    def request(self, book):
        self.polite = self.rng.random() < 0.7
        where, option = quote(self.rng.choice(RANGES), safe=""), self.rng.choice(("RAW", "USER_ENTERED", "X"))
        one = self.rng.random()
        if one < 0.6:
            count = self.rng.choice((1, 1, 1, 2))
            return "POST", f"{book}:batchUpdate", {"requests": [self.value("Request") for _ in range(count)]}
        if one < 0.75:
            return "PUT", f"{book}/values/{where}?valueInputOption={option}", self.value("ValueRange")
        if one < 0.85:
            return "POST", f"{book}/values/{where}:append?valueInputOption={option}", self.value("ValueRange")
        if one < 0.9:
            return "GET", f"{book}?includeGridData=true&ranges={where}", None
        return "POST", f"{book}:getByDataFilter", self.value("GetSpreadsheetByDataFilterRequest")

    def drive_request(self, ids):
        """(verb, path, query, body) of a method of Drive, about one of these ids or one that is none."""
        rng, self.polite = self.rng, self.rng.random() < 0.5
        name = rng.choice(DRIVE_METHODS)
        method = methods("drive_v3")[name]
        path = re.sub(
            r"\{(\w+)\}", lambda _: quote(rng.choice((*ids, "nothing", "я/б")), safe=""), method["path"]
        )
        known = {**_table("drive_v3")["parameters"][name], "fields": "string"}
        query = {n: self.parameter(n, kind) for n, kind in known.items() if rng.random() < 0.3}
        body = None
        if method["verb"] in ("POST", "PATCH"):
            message = method["answer"] if method["answer"] in self.messages else "File"
            chosen = self.value(message)
            body = {n: v for n, v in chosen.items() if rng.random() < 0.3} if self.polite else chosen
        if rng.random() < 0.1 and method["verb"] in ("POST", "PATCH"):
            path = "/upload" + path
        return method["verb"], path, query, body

    def parameter(self, name, kind):
        if name == "q":
            return self.rng.choice(QUERIES)
        if name == "fields":
            return self.rng.choice(("*", "id", "files(id,name)", "kind", "nonsense", "a(", "files/owners/me"))
        if name == "mimeType":
            return self.rng.choice(("text/csv", "application/pdf", "x"))
        return str(self.value(kind, name))


DRIVE_METHODS = sorted(name for name in methods("drive_v3") if not name.startswith("drive.approvals"))


def test_no_request_crashes_the_drive(google):
    seed = random.randrange(10**6)
    print("seed", seed)  # noqa: T201  # a failing run can be repeated
    maker = Maker(seed, drive_messages())
    ids = ["root"]
    for number in range(REQUESTS):
        if number % 25 == 0:
            made = google.call("owner", "POST", "/drive/v3/files", json={"mimeType": SPREADSHEET}).json()
            ids = [*ids[-3:], made["id"]]
        verb, path, query, body = maker.drive_request(ids)
        answer = google.call("owner", verb, path, params=query, json=body)
        told = (verb, path, query, json.dumps(body), answer.text)
        assert answer.status_code in (200, 204, 400, 403, 404, 409, 411, 416), told
        if answer.status_code < 300 and verb == "POST" and "id" in answer.text[:2000]:
            ids.append(str(answer.json().get("id", "root")) if answer.text.startswith("{") else "root")


def test_no_request_crashes_the_emulator(google):
    seed = random.randrange(10**6)
    print("seed", seed)  # noqa: T201  # a failing run can be repeated
    maker = Maker(seed)
    book = ""
    for number in range(REQUESTS):
        if number % 50 == 0:
            made = google.call("owner", "POST", "/v4/spreadsheets", json={}).json()
            book = f"/v4/spreadsheets/{made['spreadsheetId']}"
        verb, path, body = maker.request(book)
        answer = google.call("owner", verb, path, json=body)
        assert answer.status_code in (200, 400, 404), (verb, path, json.dumps(body), answer.text)
        if answer.status_code == 200 and number % 10 == 0:
            whole = google.call("owner", "GET", f"{book}?includeGridData=true")
            assert whole.status_code == 200, (verb, path, json.dumps(body), whole.text)
