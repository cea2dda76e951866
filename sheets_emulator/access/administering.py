"""Calls to the emulator that serves a data folder now, as its administrator."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sheets_emulator.store.address import running_address
from sheets_emulator.store.admin_secret import admin_headers

if TYPE_CHECKING:
    from pathlib import Path

_ANSWER_SECONDS = 10


class NotServedError(Exception):
    """No emulator serves this folder now."""


def ask_running(folder: Path, verb: str, path: str, body: Any = None) -> tuple[int, Any]:
    """The status and the JSON that an admin call is answered with.

    Raises:
        NotServedError: no emulator serves this folder now.
    """
    address = running_address(folder)
    if address is None:
        raise NotServedError(str(folder))
    place = urlsplit(address)
    connection = HTTPConnection(place.hostname or "", place.port or 80, timeout=_ANSWER_SECONDS)
    headers = {**admin_headers(folder), "Content-Type": "application/json"}
    try:
        connection.request(verb, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def fresh_link(folder: Path) -> str:
    """A link that opens the pages of the running emulator in one browser, once.

    Raises:
        NotServedError: no emulator serves this folder now.
    """
    _, answer = ask_running(folder, "POST", "/emulator/links")
    return str(answer["link"])
