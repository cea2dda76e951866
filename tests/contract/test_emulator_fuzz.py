"""Random requests made from the discovery schema: Google's error form or an answer, never a crash or a hang."""

import json
import random
from urllib.parse import quote

from sheets_emulator.schema import sheets_messages

MESSAGES = sheets_messages()
REQUESTS = 250
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
ODD = (None, [], {}, "x", 10**30, -1, True, 1.5)
WHOLE = (0, 1, 2, 3, 5, 26, 27, 1000, 1001, -1, 2**31 - 1)


class Maker:
    """Values of a schema's types, sometimes wrong ones."""

    def __init__(self, seed):
        self.rng = random.Random(seed)

    def value(self, kind, field="", depth=0):
        rng = self.rng
        if kind.startswith("["):
            return [self.value(kind[1:-1], field, depth + 1) for _ in range(rng.choice((0, 1, 1, 2, 3)))]
        if kind.startswith("{"):
            return {str(rng.randrange(5)): self.value(kind[1:-1], "", depth + 1)}
        if kind == "Request":
            name = rng.choice(sorted(MESSAGES[kind]))
            return {name: self.value(MESSAGES[kind][name], name, depth + 1)}
        if kind in MESSAGES:
            likely = 0.8 if depth < 4 else 0.3
            fields = MESSAGES[kind].items() if depth < 9 else ()
            return {name: self.value(k, name, depth + 1) for name, k in fields if rng.random() < likely}
        return rng.choice(ODD) if rng.random() < 0.02 else self.scalar(kind, field)

    def scalar(self, kind, field):
        rng = self.rng
        if kind == "integer":
            return rng.choice((0, 0, 0, 5)) if field == "sheetId" else rng.choice(WHOLE)
        if kind in ("string", "fields"):
            return rng.choice(
                MASKS if kind == "fields" else RANGES if field in ("a1Range", "range") else TEXTS
            )
        if kind == "any":
            return rng.choice((None, "", 1, True, "=1/0", [1], {"a": 1}, 2.5, "12.05.2026"))
        if "|" in kind:
            return rng.choice(kind.split("|"))
        return {"boolean": rng.random() < 0.5, "number": rng.choice((0, 1, 0.5, -3, 1e308))}.get(kind, "5")

    def request(self, book):
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
