"""An emulator for the session, accounts for each test, and a witness that checks every exchange.

The witness compares each accepted request and each answer with Google's discovery documents: unknown
fields, wrong types and unknown enum values fail the test.
"""

import json
import re
import uuid
from importlib import resources
from types import SimpleNamespace
from urllib.parse import parse_qsl, unquote

import pytest
import requests
from requests.adapters import HTTPAdapter

from sheets_emulator.accounts import ensure_account, issue_token, key_file
from sheets_emulator.serve import serve

_SCALARS = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "any": object,
}


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
        return next((m for _, v, pattern, m in self.methods if v == verb and pattern.fullmatch(path)), None)

    def problems(self, value, schema, path):  # noqa: PLR0911  # one return a kind of value
        if "$ref" in schema:
            schema = self.schemas[schema["$ref"]]
        kind = schema["type"]
        if kind == "any":
            return []
        if kind == "array":
            if not isinstance(value, list):
                return [f"{path}: no list but {value!r:.60}"]
            inner = [self.problems(item, schema["items"], f"{path}[{i}]") for i, item in enumerate(value)]
            return [problem for found in inner for problem in found]
        if kind == "object":
            return self._object_problems(value, schema, path)
        if isinstance(value, bool) != (kind == "boolean") or not isinstance(value, _SCALARS[kind]):
            return [f"{path}: no {kind} but {value!r:.60}"]
        if "enum" in schema and value not in schema["enum"]:
            return [f"{path}: {value!r} is none of {schema['enum']}"]
        return []

    def _object_problems(self, value, schema, path):
        if not isinstance(value, dict):
            return [f"{path}: no object but {value!r:.60}"]
        found = []
        for name, item in value.items():
            field = schema.get("properties", {}).get(name, schema.get("additionalProperties"))
            if field is None:
                found.append(f"{path}: unknown field {name}")
            else:
                found += self.problems(item, field, f"{path}.{name}")
        return found


APIS = {"/v4/": Discovery("sheets.v4"), "/drive/v3/": Discovery("drive.v3")}


def without_nulls(value):
    """Null in a request means 'not given'."""
    if isinstance(value, dict):
        return {name: without_nulls(item) for name, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def exchange_problems(verb, raw_path, query, sent, status, content_type, answered):
    """What is wrong with one exchange, as sentences."""
    api = next((api for prefix, api in APIS.items() if raw_path.startswith(prefix)), None)
    if api is None or status == 405:
        return []
    what = f"{verb} {unquote(raw_path)} -> {status}"
    raw_path = raw_path.removesuffix("/").replace("/:", ":")  # google-spreadsheet's; Google takes them
    if status >= 400:
        error = json.loads(answered).get("error", {}) if answered else {}
        wrong = (
            []
            if error.get("code") == status and error.get("message")
            else [f"{what}: no error of Google's form"]
        )
        return (
            wrong
            if set(error) <= {"code", "message", "status", "details", "errors"}
            else [f"{what}: {error}"]
        )
    method = api.method(verb, raw_path)
    if method is None:
        return [f"{what}: Google has no such method"]
    known = set(method.get("parameters", {})) | api.common | {"includeItemsFromAllDrives"}
    found = [f"{what}: unknown parameter {name}" for name, _ in parse_qsl(query) if name not in known]
    if "request" in method and sent.strip().startswith((b"{", b"[")):
        found += api.problems(without_nulls(json.loads(sent)), method["request"], f"{what}: request")
        found = [problem for problem in found if not problem.endswith("unknown field withLink")]
    if "response" in method and content_type.startswith("application/json") and "alt=media" not in query:
        found += api.problems(json.loads(answered), method["response"], f"{what}: answer")
    return found


class Witness:
    """ASGI middleware that keeps what is wrong with each exchange."""

    def __init__(self, app):
        self.app, self.problems = app, []

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sent, answered, start = [], [], {}

        async def hear():
            message = await receive()
            sent.append(message.get("body", b""))
            return message

        async def tell(message):
            if message["type"] == "http.response.start":
                start.update(message)
            elif message["type"] == "http.response.body":
                answered.append(message.get("body", b""))
            await send(message)

        await self.app(scope, hear, tell)
        if start:
            headers = dict(start["headers"])
            raw_path = scope["raw_path"].decode().partition("?")[0]
            verb = dict(scope["headers"]).get(b"x-http-method-override", scope["method"].encode()).decode()
            self.problems += exchange_problems(
                verb,
                raw_path,
                scope["query_string"].decode(),
                b"".join(sent),
                start["status"],
                headers.get(b"content-type", b"").decode(),
                b"".join(answered),
            )


class Redirection(HTTPAdapter):
    """Sends what was meant for Google to the emulator: mount it on Google's two addresses."""

    def __init__(self, address):
        super().__init__()
        self.address = address

    def send(self, request, *args, **kwargs):
        request.url = re.sub(r"^https://(sheets|www)\.googleapis\.com", self.address, request.url)
        return super().send(request, *args, **kwargs)


@pytest.fixture(scope="session")
def witnessed(tmp_path_factory):
    """(emulator, witness) for the whole session."""
    made = []

    def around(app):
        made.append(Witness(app))
        return made[0]

    with serve(tmp_path_factory.mktemp("emulator"), around=around) as emulator:
        yield emulator, made[0]


@pytest.fixture
def google(witnessed):
    """Accounts of their own for a test, on the session's emulator; every exchange is checked at the end."""
    emulator, witness = witnessed
    witness.problems.clear()
    name = uuid.uuid4().hex[:8]
    store = emulator.engine.store
    accounts = {
        role: f"{role}-{name}@{'robots.iam.gserviceaccount.com' if role == 'robot' else 'firm.kz'}"
        for role in ("owner", "head", "manager", "robot")
    }
    for role, email in accounts.items():
        ensure_account(store, email, kind="service" if role == "robot" else "user")

    def session_of(role):
        session = requests.Session()
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {issue_token(store, accounts[role])}"
        opened.append(session)
        return session

    def call(role, verb, path, **more):
        return session_of(role).request(verb, emulator.url + path, timeout=30, **more)

    opened = []
    yield SimpleNamespace(
        emulator=emulator,
        url=emulator.url,
        accounts=accounts,
        call=call,
        key_file=lambda role: key_file(store, accounts[role]),
        opened=opened,
    )
    for session in opened:
        session.close()
    assert witness.problems == []


@pytest.fixture
def redirection():
    """The adapter class that sends Google's addresses to an emulator."""
    return Redirection
