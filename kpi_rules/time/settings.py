"""«Настройки»: the hours, days and language that a client works by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time


@dataclass(frozen=True)
class Settings:
    """«Настройки» of a client."""

    day_starts_at: time = time(9)
    day_ends_at: time = time(18)
    payday: int = 10
    grace_working_days: int = 3
    language: str = "ru"
    time_zone: str = "Asia/Almaty"
