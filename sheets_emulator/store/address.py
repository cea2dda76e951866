"""Where a data folder is served: the file `address` in it, which tells other processes the emulator's address."""

from __future__ import annotations

import hmac
import json
import os
import secrets
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from sheets_emulator.store.admin_secret import proof, secret_of

_ANSWER_SECONDS = 2


def announce(folder: Path, url: str, instance: str) -> None:
    """Write the address for other processes, with the name of this run."""
    fresh = folder / f".address.{os.getpid()}"
    fresh.write_text(json.dumps({"url": url, "instance": instance}), encoding="utf-8")
    fresh.replace(folder / "address")


def withdraw(folder: Path, url: str) -> None:
    """Take the address away, unless another emulator has put its own there meanwhile."""
    path = folder / "address"
    try:
        if json.loads(path.read_text(encoding="utf-8"))["url"] == url:
            path.unlink()
    except (OSError, ValueError, KeyError):
        return


def running_address(folder: Path) -> str | None:
    """The address of the emulator that serves this folder now, None if none does.

    The file `address` names its URL and its run; where nobody, or another, answers there, it is stale. Who
    answers has to prove that it knows the folder's secret, before anybody shows it a secret or a token.
    """
    nonce = secrets.token_hex(16)
    try:
        data = json.loads((folder / "address").read_text(encoding="utf-8"))
        wanted = proof(secret_of(folder), str(data["instance"]), nonce)
        place = urlsplit(str(data["url"]))
        connection = HTTPConnection(place.hostname or "", place.port or 80, timeout=_ANSWER_SECONDS)
        try:
            connection.request("GET", f"/proof?nonce={nonce}")
            answered = json.loads(connection.getresponse().read())["proof"]
        finally:
            connection.close()
    except (OSError, ValueError, KeyError, TypeError, HTTPException):
        return None
    return str(data["url"]) if hmac.compare_digest(str(answered).encode(), wanted.encode()) else None
