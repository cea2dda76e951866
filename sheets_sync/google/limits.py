"""How long a call to Google may take, and how it is repeated.

Source: https://developers.google.com/workspace/sheets/api/limits (quotas, time-out).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from sheets_sync.ports import CALL_SECONDS_MAX

CONNECT_TIMEOUT_SECONDS = 10.0
READ_TIMEOUT_SECONDS = CALL_SECONDS_MAX - CONNECT_TIMEOUT_SECONDS
"""Google itself gives up after 180 s; a shorter wait would leave us not knowing whether it was carried out."""


@dataclass(frozen=True)
class RetryPolicy:
    """Bounded retries with full jitter: at most `attempts` tries, waits up to `wait_max_seconds` each."""

    attempts: int = 6
    wait_first_seconds: float = 1.0
    wait_max_seconds: float = 40.0
    sleep: Callable[[float], None] = time.sleep
