"""«Настройки»: the hours, days and language that a client works by; each setting is declared once.

The reader of the tab, its first rows and the sealed record come from `SETTINGS`; a new setting is one field here
and its words in `templates/texts/names.settings.toml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, get_origin, get_type_hints

from kpi_rules.time.labour_law import NOTICE_DAYS


class SettingKind(StrEnum):
    """What the cell of a setting holds."""

    TIME = "time"
    COUNT = "count"  # a whole number within limits
    LANGUAGE = "language"
    WORD = "word"  # one of some words, or nothing


@dataclass(frozen=True)
class Setting:
    """What a row of «Настройки» holds; `least` and `most` limit a count, `words` are what a word may be.

    One that is `optional` may be left out: at its default it has no row in a new file and none in a record, and nobody
    is told that it is not there.
    """

    kind: SettingKind
    least: int = 0
    most: int = 0
    words: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True)
class Settings:
    """«Настройки» of a client; the time zone is the file's and has no row."""

    day_starts_at: Annotated[time, Setting(SettingKind.TIME)] = time(9)
    day_ends_at: Annotated[time, Setting(SettingKind.TIME)] = time(18)
    payday: Annotated[int, Setting(SettingKind.COUNT, 1, 31)] = 10
    grace_working_days: Annotated[int, Setting(SettingKind.COUNT, 0, 20)] = 3
    language: Annotated[str, Setting(SettingKind.LANGUAGE)] = "ru"
    vat: Annotated[str, Setting(SettingKind.WORD, words=("included", "excluded"), optional=True)] = ""
    """Whether sums are typed with НДС or without; "" = not said. Nothing is converted by it."""
    notice_days: Annotated[int, Setting(SettingKind.COUNT, 0, 365, optional=True)] = NOTICE_DAYS
    """So many calendar days before worse pay terms hold people want to know of them; a hint hangs on it alone."""
    time_zone: str = "Asia/Almaty"


SETTINGS: Mapping[str, Setting] = MappingProxyType(
    {
        key: hint.__metadata__[0]
        for key, hint in get_type_hints(Settings, include_extras=True).items()
        if get_origin(hint) is Annotated
    }
)
"""The rows of «Настройки» by key, in their order."""


def left_out(settings: Settings) -> frozenset[str]:
    """Name the optional settings that say nothing: they stand at their defaults."""
    usual = Settings()
    return frozenset(
        key
        for key, setting in SETTINGS.items()
        if setting.optional and getattr(settings, key) == getattr(usual, key)
    )
