"""A witness of everything that an emulator is asked and answers, in every test and in their child processes.

It compares each accepted request and each answer with Google's discovery documents: methods, parameters,
fields, types, words of enums. `watch` puts it into every emulator that this process starts; the root
conftest does so for all tests, and `tests/witness_site` for the Python processes that tests start.
"""

import json
import os
import re
from datetime import datetime
from functools import cache
from importlib import resources
from pathlib import Path
from urllib.parse import parse_qsl, unquote

# Processes write here what they saw wrong, a line each; the root conftest makes the folder.
FOLDER_VARIABLE = "SHEETS_WITNESS_FOLDER"
_SCALARS = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "any": object}
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?")
_WHOLE_BITS = {"int32": 31, "int64": 63}
_SYSTEM = {"includeItemsFromAllDrives"}  # gspread sends it to files.get, and Google ignores it


class Discovery:
    """Methods and messages of one API of Google's."""

    def __init__(self, name):
        text = (resources.files("googleapiclient") / f"discovery_cache/documents/{name}.json").read_text()
        description = json.loads(text)
        self.schemas = description["schemas"]
        self.common = set(description["parameters"])
        self.methods = sorted(self._methods(description, description["servicePath"]), key=lambda m: -m[0])

    def _methods(self, resource, base):
        for method in resource.get("methods", {}).values():
            path = method.get("flatPath", method["path"])
            pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(f"/{base}{path}"))
            yield len(path), method["httpMethod"], re.compile(pattern), method
        for inner in resource.get("resources", {}).values():
            yield from self._methods(inner, base)

    def method(self, verb, path):
        """The description of the method at an undecoded path, or None."""
        return next((m for _, v, pattern, m in self.methods if v == verb and pattern.fullmatch(path)), None)

    def problems(self, value, schema, path, *, asked=False):
        """What about a JSON value is not as its schema says, as sentences.

        What is `asked` may write numbers as texts and a list of one without its brackets, as Google reads them.
        """
        if "$ref" in schema:
            schema = self.schemas[schema["$ref"]]
        kind = schema["type"]
        if kind == "any":
            return []
        if kind == "array":
            return self._list_problems(value, schema["items"], path, asked)
        if kind == "object":
            return self._object_problems(value, schema, path, asked)
        if asked and kind in ("integer", "number") and isinstance(value, str) and _NUMBER.fullmatch(value):
            value = float(value) if kind == "number" else int(value)
        return _scalar_problems(value, schema, path)

    def _list_problems(self, value, items, path, asked):
        if asked and isinstance(value, dict):
            value = [value]
        if not isinstance(value, list):
            return [f"{path}: no list but {value!r:.60}"]
        if items.get("type") == "any":
            return []
        found = []
        for number, item in enumerate(value):
            found += self.problems(item, items, f"{path}[{number}]", asked=asked)
        return found

    def _object_problems(self, value, schema, path, asked):
        if not isinstance(value, dict):
            return [f"{path}: no object but {value!r:.60}"]
        found = []
        for name, item in value.items():
            field = schema.get("properties", {}).get(name, schema.get("additionalProperties"))
            if field is None:
                found.append(f"{path}: unknown field {name}")
            else:
                found += self.problems(item, field, f"{path}.{name}", asked=asked)
        return found


def _scalar_problems(value, schema, path):
    kind, form = schema["type"], schema.get("format")
    if isinstance(value, bool) != (kind == "boolean") or not isinstance(value, _SCALARS[kind]):
        return [f"{path}: no {kind} but {value!r:.60}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{path}: {value!r} is none of {schema['enum']}"]
    if form in _WHOLE_BITS:
        bits = _WHOLE_BITS[form]
        is_whole = isinstance(value, int) or re.fullmatch(r"-?\d+", value)
        if not is_whole or not -(2**bits) <= int(value) < 2**bits:
            return [f"{path}: no {form} but {value!r:.60}"]
    if form in {"date-time", "google-datetime"}:
        try:
            datetime.fromisoformat(value)
        except ValueError:
            return [f"{path}: no moment but {value!r:.60}"]
    return []


@cache
def _api(prefix):
    return Discovery({"/v4/": "sheets.v4", "/drive/v3/": "drive.v3"}[prefix])


def without_nulls(value):
    """Null in a request means 'not given'."""
    if isinstance(value, dict):
        return {name: without_nulls(item) for name, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def with_flat_requests(value):
    """A batch whose requests stand in lists of their own, as pygsheets writes some; Google takes them."""
    if not isinstance(value, dict) or not isinstance(value.get("requests"), list):
        return value
    flat = []
    for one in value["requests"]:
        flat += one if isinstance(one, list) else [one]
    return {**value, "requests": flat}


def exchange_problems(verb, raw_path, query, sent, status, content_type, answered):
    """What is wrong with one exchange, as sentences."""
    prefix = next((one for one in ("/v4/", "/drive/v3/") if raw_path.startswith(one)), None)
    if prefix is None or status == 405:
        return []
    api, what = _api(prefix), f"{verb} {unquote(raw_path)} -> {status}"
    raw_path = raw_path.removesuffix("/").replace("/:", ":")  # google-spreadsheet's; Google takes them
    if status >= 400:
        return _error_problems(what, status, answered)
    method = api.method(verb, raw_path)
    if method is None:
        return [f"{what}: Google has no such method"]
    known = set(method.get("parameters", {})) | api.common | _SYSTEM
    found = [f"{what}: unknown parameter {name}" for name, _ in parse_qsl(query) if name not in known]
    if "request" in method and sent.strip().startswith((b"{", b"[")):
        asked = with_flat_requests(without_nulls(json.loads(sent)))
        found += api.problems(asked, method["request"], f"{what}: request", asked=True)
        found = [problem for problem in found if not _is_let_pass(problem)]
    if "response" in method and content_type.startswith("application/json") and "alt=media" not in query:
        found += api.problems(json.loads(answered), method["response"], f"{what}: answer")
    return found


def _is_let_pass(problem):
    """What Google takes in requests though its documents do not say so: an old field, unread moments."""
    return problem.endswith("unknown field withLink") or ": no moment but" in problem


def _error_problems(what, status, answered):
    error = json.loads(answered).get("error") if answered else None
    if not isinstance(error, dict):
        return [f"{what}: no error of Google's form"]
    if error.get("code") != status or not error.get("message"):
        return [f"{what}: no error of Google's form"]
    known = {"code", "message", "status", "details", "errors"}
    return [] if set(error) <= known else [f"{what}: {error}"]


class Witness:
    """ASGI middleware that tells what is wrong with each exchange."""

    def __init__(self, app, tell):
        self.app, self.tell = app, tell

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sent, answered, start = [], [], {}

        async def hear():
            message = await receive()
            sent.append(message.get("body", b""))
            return message

        async def pass_on(message):
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                answered.append(message.get("body", b""))
                if not message.get("more_body"):  # judged before the caller can go on
                    self._judge(scope, b"".join(sent), start, b"".join(answered))
            await send(message)

        await self.app(scope, hear, pass_on)

    def _judge(self, scope, sent, start, answered):
        headers = dict(start["headers"])
        asked = dict(scope["headers"]).get(b"x-http-method-override", scope["method"].encode())
        verb, status = asked.decode(), start["status"]
        raw_path = scope["raw_path"].decode("latin-1").partition("?")[0]
        content_type = headers.get(b"content-type", b"").decode()
        query = scope["query_string"].decode("latin-1")
        try:
            problems = exchange_problems(verb, raw_path, query, sent, status, content_type, answered)
        except ValueError as error:
            problems = [f"{verb} {raw_path} -> {status}: unreadable: {error}"]
        for problem in problems:
            self.tell(problem)


def watch(faults):
    """Put a witness into every emulator that is built from now on; `faults` is `sheets_emulator.serving.faults`.

    It stands behind the faults, which need the server's own connection: they cut what it has seen whole.
    """
    if hasattr(faults.FaultMiddleware, "is_watched"):
        return

    class Watched(faults.FaultMiddleware):
        is_watched = True

        def __init__(self, app, engine):
            super().__init__(Witness(app, report), engine)

    faults.FaultMiddleware = Watched


def report(problem):
    """Write one problem down for the test that is running."""
    with (Path(os.environ[FOLDER_VARIABLE]) / str(os.getpid())).open("a", encoding="utf-8") as file:
        file.write(problem.replace("\n", " ") + "\n")


def taken_reports():
    """What was written down since the last call, by this process and its children."""
    found = []
    for path in sorted(Path(os.environ[FOLDER_VARIABLE]).iterdir()):
        found += path.read_text(encoding="utf-8").splitlines()
        path.unlink()
    return found
