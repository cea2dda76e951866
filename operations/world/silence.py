"""When nothing has run for more than a day: told by `kpi status`, and on «Табло» by the first sync after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from kpi_rules.time.periods import ALMATY

SILENT_AFTER = timedelta(hours=26)
"""A day, and the time that a round may take or start later than the one before. Our choice."""
_SUNDAY = 6


@dataclass(frozen=True)
class Silence:
    """A time in which a client's workbook was not brought up to date."""

    since_at: datetime
    until_at: datetime


def is_silent(since_at: datetime, now: datetime) -> bool:
    """Tell whether syncs have been silent for more than a day; Sundays, on which none are planned, do not count."""
    local, end = since_at.astimezone(ALMATY), now.astimezone(ALMATY)
    silent = timedelta()
    while local < end:
        midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        if local.weekday() != _SUNDAY:
            silent += min(midnight, end) - local
            if silent > SILENT_AFTER:
                return True
        local = midnight
    return False
