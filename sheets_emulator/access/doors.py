"""Who may come in without a bearer token: the administrator, and a browser that has opened a one-time link.

One for each run. A session is signed with the folder's secret and says when it ends, so that a browser stays
in when the emulator is restarted; a link's key works once, in the run that made it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from typing import TYPE_CHECKING

from sheets_emulator.store.admin_secret import proof, signed

if TYPE_CHECKING:
    from collections.abc import Callable

SESSION_SECONDS = 30 * 24 * 3600
ENTRANCE = "/view/enter"
_SESSION = re.compile(r"(\d{1,12})\.([0-9a-f]{64})")


class Doors:
    """The keys to the pages and to the admin calls; safe to use from many threads.

    `now` is the machine's time in seconds since 1970: a bad day that shifts the emulator's clock shuts nobody out.
    """

    def __init__(self, secret: str, now: Callable[[], float] = time.time) -> None:
        self._secret, self._now = secret, now
        self._keys: set[str] = set()

    def is_administrator(self, given: str) -> bool:
        """Whether a call shows the folder's secret."""
        return hmac.compare_digest(given.encode(), self._secret.encode())

    def proof(self, instance: str, nonce: str) -> str:
        """What shows to the holder of the secret that this run knows it."""
        return proof(self._secret, instance, nonce)

    def new_link(self, url: str) -> str:
        """A link that opens the pages of the emulator at `url` in one browser, once."""
        key = secrets.token_urlsafe(32)
        self._keys.add(_digest(key))
        here = url.replace("//0.0.0.0:", "//127.0.0.1:")  # browsers do not go to the former
        return f"{here}{ENTRANCE}?key={key}"

    def session_for(self, key: str) -> str | None:
        """Use a key up: the session that it opens; None if it is none, or used."""
        try:
            self._keys.remove(_digest(key))
        except KeyError:
            return None
        ends = str(int(self._now()) + SESSION_SECONDS)
        return f"{ends}.{self._signature(ends)}"

    def is_session(self, value: str) -> bool:
        """Whether a cookie's value is a session that has not ended."""
        match = _SESSION.fullmatch(value)
        if match is None or not hmac.compare_digest(match[2], self._signature(match[1])):
            return False
        return int(match[1]) > self._now()

    def _signature(self, ends: str) -> str:
        return signed(self._secret, "session", ends)


def _digest(key: str) -> str:
    """What is kept of a key: looking it up tells nothing of it by the time that takes."""
    return hashlib.sha256(key.encode()).hexdigest()
