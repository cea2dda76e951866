"""The shapes of Google's messages as compact tables, derived from its discovery documents.

`sheets_v4.json` and `drive_v3.json` map message → field → type: `string`, `integer`, `int64`, `number`,
`boolean`, `any`, `fields` (a field mask), `date-time`, another message's name, `[type]` for a list, `{type}`
for a map, or `A|B|C` for an enum. `extract.py` makes them anew; a test compares.
"""

from __future__ import annotations

import functools
import json
import re
from importlib import resources
from typing import Any, cast

Messages = dict[str, dict[str, str]]


@functools.cache
def _table(name: str) -> dict[str, Any]:
    return dict(json.loads(resources.files(__package__).joinpath(f"{name}.json").read_text(encoding="utf-8")))


def sheets_messages() -> Messages:
    """Message → field → type of the Sheets API."""
    return cast("Messages", _table("sheets_v4")["messages"])


def sheets_parameters() -> dict[str, dict[str, str]]:
    """Method id (`sheets.spreadsheets.get`) → query parameter → type."""
    return cast("dict[str, dict[str, str]]", _table("sheets_v4")["parameters"])


def drive_messages() -> Messages:
    """Message → field → type of the Drive API; objects within messages are named `File.capabilities`."""
    return cast("Messages", _table("drive_v3")["messages"])


def methods(api: str) -> dict[str, dict[str, str]]:
    """Method id → `verb`, `path` (with `{names}`), `answer` (a message, or empty) and `scopes` (their last words).

    `api` is `sheets_v4` or `drive_v3`.
    """
    return cast("dict[str, dict[str, str]]", _table(api)["methods"])


def method_at(api: str, verb: str, path: str) -> str | None:
    """The id of the method at a path, real (`/drive/v3/files/1a/copy`) or with other names in its braces."""
    matching = [
        (method["path"].count("{"), name)
        for name, method in methods(api).items()
        if method["verb"] == verb
        and re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(method["path"])), path)
    ]
    return min(matching)[1] if matching else None  # `files/trash` before `files/{fileId}`
