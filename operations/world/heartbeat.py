"""A sign of life to a dead man's switch: an address is called after each good night and each good round of syncs.

Whoever watches that address is told when the calls stop, whatever it is that stopped: a machine, a network, Tablo.
The address holds a secret (who knows it can feign life), so no log, error or warning shows it.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import requests

from operations.world.telling import working_texts

TIMEOUT_SECONDS = (5.0, 10.0)
"""To connect, and between two pieces of the answer."""
WAITS_SECONDS = (2.0, 10.0)
"""Before the second and the third try, the last."""


def report_life(url: str | None, sleep: Callable[[float], None] = time.sleep) -> str | None:
    """Call the address; where that does not work give a warning, for nothing else is wrong. None = called, or no address."""
    if url is None:
        return None
    failure = _call(url)
    for wait in WAITS_SECONDS:
        if failure is None:
            return None
        sleep(wait)
        failure = _call(url)
    return None if failure is None else working_texts()("heartbeat.failed", why=failure)


def _call(url: str) -> str | None:
    """Call once; None where it was taken, else why not: a status, or the kind of the error, whose text has the address."""
    try:
        with requests.get(url, timeout=TIMEOUT_SECONDS, stream=True) as answer:
            return None if answer.ok else str(answer.status_code)
    except (requests.RequestException, ValueError) as error:  # a broken address is a ValueError of urllib3's
        return type(error).__name__
