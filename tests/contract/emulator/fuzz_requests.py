"""Random requests for the fuzzers, made from Google's discovery documents; all chance comes from one seed.

A polite request may well be taken. A wrong one is a polite one after damage: another type, a huge number, a
null, an unknown field, a hostile text, or bytes that are no JSON at all.
"""

import json
import random
import re
from dataclasses import dataclass, field
from importlib import resources
from urllib.parse import quote, urlencode

from sheets_emulator.wire.bodies import _UNIONS

QUERIES = (
    "name = 'x'",
    "name contains 'x' and trashed = false",
    "'root' in parents",
    "'me' in owners or not sharedWithMe",
    "appProperties has { key='a' and value='b' }",
    "modifiedTime > '2026-11-02T09:00:00'",
    "modifiedTime > '99999-11-02T09:00:00'",
    "createdTime <= '0001-01-01T00:00:00+23:59'",
    "name = 'it\\'s'",
    "fullText contains '\"a b\"' and (mimeType != 'x' or starred)",
    "(((",
    "name >",
    "not " * 60 + "trashed",
    "(" * 400 + "trashed = true" + ")" * 400,
    " or ".join(["name = 'x'"] * 300),
    "\u0000",
)
TEXTS = (
    "", "x", "=A1+1", "=SUM(A1:A3)", "=", "=" + "(" * 50, "#REF!", "12,5%", "'1", "Имя", "ru_RU", "\u0000", "я" * 60,
    "=A1:A99999", "=1/0", '=IMPORTRANGE("x","A1")', '=HYPERLINK("javascript:alert(1)","x")', "={1;2;3}", "=A1&A1&A1",
    '=REPT("x",100000)', "=INDIRECT(\"A1\")", "=ROW(1:1048576)", "<script>alert(1)</script>", "\u202e\u200b", "🧮" * 5,
    "\ud800", "../../../etc/passwd", "%2e%2e%2f", "x" * 50_001, "1e308", "-1e-320", "99999999999999999999", "31.02.2026",
    "24:61", "TRUE", "истина", "1 000 000,5 ₸", "\r\n\t", "0" * 400, "=" + "+".join(["A1"] * 2000), "=LET(a,1,a)",
    "=SPARKLINE(A1:C5)", '=IF(A1>0,SPARKLINE({1;"x";A1},{"charttype","column";"ymin",1e308}))', "=SPARKLINE(SPARKLINE(A1))",
)  # fmt: skip
ON_A_PAGE = (
    "A1",
    "C3",
    "ZZZ99999999",
    "up",
    "down",
    "left",
    "right",
    "end",
    "free",
    "csv",
    "xlsx",
    "pdf",
    "0",
)
MASKS = (
    "*", "title", "userEnteredValue", "userEnteredFormat(textFormat/bold,borders)", "note", "index", "", "a..b", "a(b",
    "a(" * 40, ",,", "user_entered_value", "sheets.properties", "sheets(data(rowData(values(*))))", "я", "a" * 3000,
)  # fmt: skip
RANGES = (
    "A1", "Sheet1", "A1:C5", "Sheet1!A1:1", "B:B", "R1C1:R3C2", "ZZZ1", "A1:Z5000", "nope!A1", "'", "%2F", "a/b", "A0",
    "2:2", "A1:C", "C1:A1", "R99999999C99999999", "A1:ZZZ99999999", "Sheet1!", "!", "''!A1", "'It''s'!A1", "A1:B2:C3",
    "R[1]C[1]", "A" * 500, "../..", "🧮!A1", "A1 ", "$A$1:$B", "", "A1;B2", "1:1048576",
)  # fmt: skip
SPREADSHEET = "application/vnd.google-apps.spreadsheet"
MIME_TYPES = (SPREADSHEET, "application/vnd.google-apps.folder", "application/vnd.google-apps.document", "text/csv",
    "text/tab-separated-values", "application/pdf", "x", "text/plain; charset=x", "application/zip",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")  # fmt: skip
ODD = (
    None,
    [],
    {},
    "x",
    10**30,
    -1,
    True,
    1.5,
    2**31,
    -(2**63),
    1e308,
    "NaN",
    [[]],
    [None],
    {"": None},
    "9" * 500,
)
WHOLE = (0, 1, 2, 3, 5, 26, 27, 1000, 1001, -1, 2**31 - 1)
PATH_TRICKS = (
    "nothing",
    "я/б",
    "..",
    ".",
    "%00",
    "%2e%2e",
    "root",
    "me",
    "a" * 3000,
    "1;x",
    "?",
    "#",
    "\\",
    "%",
    "%zz",
)


@dataclass
class Sent:
    """One request; `path` has its query, both ready for the wire."""

    verb: str
    path: str
    content: bytes = b""
    headers: dict = field(default_factory=dict)


class Api:
    """Messages and methods of one discovery document."""

    def __init__(self, name):
        text = (resources.files("googleapiclient") / f"discovery_cache/documents/{name}.json").read_text()
        document = json.loads(text)
        self.schemas, self.methods = document["schemas"], {}
        self._collect(document, "/" + document["servicePath"])

    def _collect(self, resource, start):
        for method in resource.get("methods", {}).values():
            self.methods[method["id"]] = method | {"path": start + method["path"]}
        for inner in resource.get("resources", {}).values():
            self._collect(inner, start)


SHEETS, DRIVE = Api("sheets.v4"), Api("drive.v3")


class Maker:
    """Makes requests about the files and tabs that it is told of: `ids`, `sheet_ids`, `permission_ids`."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.polite, self.schemas = True, {}
        self.ids, self.permission_ids, self.sheet_ids = ["root"], ["anyoneWithLink"], [0]

    def request(self):
        """Any request to Sheets or Drive."""
        one = self.rng.random()
        if one < 0.45:
            return self.batch_update()
        if one > 0.93:
            return self.beside_the_apis()
        return self.damaged(self.method_call(SHEETS if one < 0.7 else DRIVE))

    def batch_update(self):
        """A batchUpdate of one to three requests of any kind."""
        self.schemas, self.polite = SHEETS.schemas, self.rng.random() < 0.6
        known = self.schemas["Request"]["properties"]
        names = [self.rng.choice(sorted(known)) for _ in range(self.rng.choice((1, 1, 1, 2, 3)))]
        body = {"requests": [{name: self.value(known[name], name, 1)} for name in names]}
        if self.rng.random() < 0.2:
            body["includeSpreadsheetInResponse"] = body["responseIncludeGridData"] = True
        path = f"/v4/spreadsheets/{self.file_id()}:batchUpdate"
        return self.damaged(Sent("POST", path, json.dumps(body).encode()))

    def method_call(self, api):
        """A call of any method of a discovery document."""
        self.schemas, self.polite = api.schemas, self.rng.random() < 0.6
        method = api.methods[self.rng.choice(sorted(api.methods))]
        path = re.sub(r"\{\+?(\w+)\}", lambda found: self.part(found[1]), method["path"])
        parameters = {n: p for n, p in method.get("parameters", {}).items() if p["location"] == "query"}
        query = [(n, self.parameter(n, p)) for n, p in parameters.items() if self.rng.random() < 0.35]
        if self.rng.random() < 0.3:
            query.append(("fields", self.rng.choice((*MASKS, "files(id,name)", "kind", "files/owners/me"))))
        if self.rng.random() < 0.05:
            query.append((self.rng.choice(("alt", "prettyPrint", "key", "$.xgafv", "nope")), "x"))
        content = b""
        if "request" in method:
            content = json.dumps(self.value(method["request"], "", 0)).encode()
        if method.get("supportsMediaUpload") and self.rng.random() < 0.5:
            return self.upload(method, path, query, content)
        return Sent(method["httpMethod"], path + ("?" + encoded(query) if query else ""), content)

    def upload(self, method, path, query, metadata):
        """The same with content, in one of the three forms, sometimes broken."""
        kind = self.rng.choice(("media", "multipart", "multipart", "resumable", "x"))
        content = self.rng.choice(
            (b"", b"a,b\n1,2\n", b"\xff\xfe\x00", b'"', b"x," * 5000, "Имя;1\n".encode())
        )
        headers = {"content-type": self.rng.choice(MIME_TYPES)}
        if kind == "multipart":
            boundary = self.rng.choice((b"x", b"==a==", b"--", b"(", b""))
            headers["content-type"] = f"multipart/related; boundary={boundary.decode()}"
            part = b"--" + boundary + b"\r\nContent-Type: %s\r\n\r\n%s\r\n"
            table = self.rng.choice(MIME_TYPES).encode()
            content = (
                part % (b"application/json", metadata) + part % (table, content) + b"--" + boundary + b"--"
            )
        elif kind == "resumable":
            content = metadata
        path = "/upload" + path + "?" + encoded([*query, ("uploadType", kind)])
        return Sent(method["httpMethod"], path, content, headers)

    def beside_the_apis(self):
        """A batch of requests, a replaced method, a token, a page of the browser, a download by its address."""
        rng, book = self.rng, self.file_id()
        odd = [
            (name, rng.choice((*TEXTS, *ON_A_PAGE)))
            for name in ("gid", "format", "range", "start", "size", "fv", "cell", "way")
            if rng.random() < 0.4
        ]
        page = rng.choice(("edit", "rows", "export", "version", "leap", "download"))
        one = rng.randrange(5)
        if one == 0:
            inside = [
                self.damaged(self.method_call(rng.choice((SHEETS, DRIVE)))) for _ in range(rng.randrange(4))
            ]
            parts = [
                f"--b\nContent-Type: application/http\nContent-ID: <{n}>\n\n{s.verb} {s.path}\n\n".encode()
                for n, s in enumerate(inside)
            ]
            content = (
                b"\n".join(part + sent.content for part, sent in zip(parts, inside, strict=True)) + b"\n--b--"
            )
            headers = {
                "content-type": rng.choice(
                    ("multipart/mixed; boundary=b", "multipart/mixed; boundary=b", "x")
                )
            }
            return Sent("POST", "/batch/drive/v3", content, headers)
        if one == 1:
            sent = self.method_call(rng.choice((SHEETS, DRIVE)))
            path, _, query = sent.path.partition("?")
            headers = {
                "x-http-method-override": sent.verb,
                "content-type": "application/x-www-form-urlencoded",
            }
            return Sent("POST", path, query.encode(), headers)
        if one == 2:
            form = [
                (name, rng.choice(TEXTS)) for name in ("grant_type", "assertion", "refresh_token", "scope")
            ]
            return Sent(
                "POST",
                "/token",
                encoded(form).encode(),
                {"content-type": "application/x-www-form-urlencoded"},
            )
        if one == 3:
            entry = {
                "gid": rng.choice((*self.sheet_ids, *ODD)),
                "cell": rng.choice(RANGES),
                "rows": rng.choice(([[rng.choice(TEXTS)]], *ODD)),
            }
            return Sent("POST", f"/spreadsheets/d/{book}/edit", json.dumps(entry).encode())
        return Sent("GET", f"/spreadsheets/d/{book}/{page}?{encoded(odd)}")

    def file_id(self):
        return quote(self.rng.choice(PATH_TRICKS), safe="%") if self.rng.random() < 0.03 else self.ids[-1]

    def part(self, name):
        """A text for a `{name}` of a path."""
        rng = self.rng
        if name == "range":
            return quote(rng.choice(RANGES), safe="")
        if rng.random() < 0.05:
            return quote(rng.choice(PATH_TRICKS), safe=rng.choice(("%", "%/", "")))
        if name == "sheetId":
            return str(rng.choice(self.sheet_ids))
        return rng.choice(self.permission_ids if name == "permissionId" else self.ids)

    def parameter(self, name, schema):
        if self.rng.random() < 0.05:
            return self.rng.choice(TEXTS)
        known = {
            "q": QUERIES,
            "mimeType": MIME_TYPES,
            "ranges": RANGES,
            "range": RANGES,
            "pageToken": ("1", "~!!~5", "x"),
        }
        if name in known:
            return self.rng.choice(known[name])
        if name in ("addParents", "removeParents", "driveId"):
            return self.rng.choice(self.ids)
        value = self.scalar(schema, name)
        return str(value).lower() if isinstance(value, bool) else str(value)

    def value(self, schema, name, depth):
        """A value of a schema's type."""
        rng = self.rng
        message = schema.get("$ref", "")
        schema = self.schemas[message] if message else schema
        kind = schema.get("type")
        if kind == "array":
            return [self.value(schema["items"], name, depth + 1) for _ in range(rng.choice((0, 1, 1, 2, 3)))]
        if kind != "object":
            return rng.choice(ODD) if not self.polite and rng.random() < 0.02 else self.scalar(schema, name)
        if "additionalProperties" in schema:
            return {rng.choice(TEXTS[:14]): self.value(schema["additionalProperties"], "", depth + 1)}
        if message == "Request":
            one = rng.choice(sorted(schema["properties"]))
            return {one: self.value(schema["properties"][one], one, depth + 1)}
        fields = schema.get("properties", {}) if depth < 9 else {}
        if self.polite and message in _UNIONS:
            one = rng.choice(sorted(_UNIONS[message][1]))
            fields = {n: s for n, s in fields.items() if n == one or n not in _UNIONS[message][1]}
        likely = 0.8 if depth < 4 else 0.3
        return {n: self.value(s, n, depth + 1) for n, s in fields.items() if rng.random() < likely}

    def scalar(self, schema, name):  # noqa: PLR0911  # one return a kind of scalar
        rng, kind = self.rng, schema.get("type")
        if "enum" in schema:
            return rng.choice(schema["enum"])
        if kind == "boolean":
            return rng.random() < 0.5
        if kind == "integer":
            likely = self.sheet_ids if name == "sheetId" else WHOLE
            return rng.choice(likely[:4] if self.polite else likely)
        if kind == "number":
            return rng.choice((0, 1, 0.5, -3, 1e308))
        if kind == "any":
            return rng.choice((None, "", 1, True, "=1/0", [1], {"a": 1}, 2.5, "12.05.2026", *TEXTS))
        if schema.get("format") == "google-fieldmask":
            return "*" if self.polite else rng.choice(MASKS)
        if schema.get("format") in ("int64", "uint64"):
            return str(rng.choice(WHOLE))
        if name in ("a1Range", "range"):
            return rng.choice(RANGES)
        if name == "mimeType":
            return rng.choice(MIME_TYPES)
        return rng.choice(TEXTS[:13] if self.polite else TEXTS)

    def damaged(self, sent):
        """The request as it is, or with its JSON or its bytes damaged."""
        rng = self.rng
        if self.polite or not sent.content or "upload" in sent.path:
            return sent
        if rng.random() < 0.6:
            sent.content = json.dumps(self.changed(json.loads(sent.content))).encode()
        elif rng.random() < 0.3:
            sent.content = self.torn(sent.content)
        return sent

    def changed(self, value):
        """The JSON value with one node replaced, taken out, doubled or wrapped."""
        rng = self.rng
        if isinstance(value, dict) and value and rng.random() < 0.85:
            key = rng.choice(list(value))
            return value | {key: self.changed(value[key])}
        if isinstance(value, list) and value and rng.random() < 0.85:
            at = rng.randrange(len(value))
            return [*value[:at], self.changed(value[at]), *value[at + 1 :]]
        deep = "x"
        for _ in range(rng.choice((1, 30, 300))):
            deep = [deep] if rng.random() < 0.5 else {"a": deep}
        wild = (
            rng.choice(ODD),
            rng.choice(TEXTS),
            [value, value],
            {"nope": value},
            deep,
            {str(value)[:90]: 1},
        )
        return rng.choice(wild)

    def torn(self, content):
        """Bytes that are hardly JSON any more."""
        rng, at = self.rng, self.rng.randrange(len(content))
        return rng.choice(
            (
                content[:at],
                content[:at] + bytes([rng.randrange(256)]) + content[at:],
                b"\xef\xbb\xbf" + content,
                b"[" * 100_000,
                b'{"a":' * 50_000,
                content.replace(b":", b": NaN,", 1),
                content + content,
                b'{"requests": null, "requests": []}',
                b'"x"',
                b"1e999999",
                content.decode().encode("utf-16"),
            )
        )


def encoded(query):
    """A query string; texts that no UTF-8 can hold come as they are."""
    return urlencode(query, errors="surrogatepass")
