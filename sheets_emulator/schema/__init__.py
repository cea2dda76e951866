"""The shapes of Google's messages as compact tables, derived from its discovery documents.

`sheets_v4.json` maps message → field → type: `string`, `integer`, `int64`, `number`, `boolean`, `any`,
`fields` (a field mask), `date-time`, another message's name, `[type]` for a list, `{type}` for a map, or
`A|B|C` for an enum. `extract.py` makes it anew; a test compares.
"""

from __future__ import annotations

import functools
import json
from importlib import resources

Messages = dict[str, dict[str, str]]


@functools.cache
def sheets_messages() -> Messages:
    """Message → field → type of the Sheets API."""
    text = resources.files(__package__).joinpath("sheets_v4.json").read_text(encoding="utf-8")
    return dict(json.loads(text)["messages"])


@functools.cache
def sheets_parameters() -> dict[str, dict[str, str]]:
    """Method id (`sheets.spreadsheets.get`) → query parameter → type."""
    text = resources.files(__package__).joinpath("sheets_v4.json").read_text(encoding="utf-8")
    return dict(json.loads(text)["parameters"])
