"""«Настройки»: a row per setting, each value of its own kind (behaviour §3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import time
from typing import Any

from babel import Locale

from kpi_rules.problems import Place, Problem, blocking, warning
from kpi_rules.time.settings import SETTINGS, SettingKind, Settings
from sheets_sync.reading.book_reading import Record
from sheets_sync.reading.cells import trimmed, value_params, written
from sheets_sync.reading.day_columns import read_time
from sheets_sync.reading.names import folded
from sheets_sync.reading.typed_text import UnreadableError
from sheets_sync.schema.layout import Tab

LANGUAGES = ("ru", "kk", "en")
_OTHER_NAMES = {"ru": ("орысша",), "kk": ("қазақша", "kz"), "en": ("ағылшынша",)}
"""What people call the languages besides the names that CLDR has."""
_DEFAULTS = Settings()


def read_settings(
    tab: Tab, rows: Sequence[Record], language: str = _DEFAULTS.language
) -> tuple[Settings, list[Problem]]:
    """Read the settings; one that is missing or can not be read keeps its default, with a problem.

    The default language is the one that the file is in.
    """
    defaults = replace(_DEFAULTS, language=language)
    words = tab.column("setting").choices or {}
    problems: list[Problem] = []
    read: dict[str, Any] = {}
    seen: set[str] = set()
    for row in rows:
        key, value = row.values["setting"], row.values["value"]
        if key is None:
            continue
        if key in seen:
            problems.append(blocking("setting_twice", Place(tab.key, row.row, "setting"), name=words[key]))
        elif value is not None:
            try:
                read[key] = _value(key, value)
            except UnreadableError as error:
                place = Place(tab.key, row.row, "value")
                problems.append(blocking(error.code, place, **value_params(value), **error.params))
        seen.add(key)
    for key in words:
        if key not in seen:
            default = _shown_default(key, defaults)
            problems.append(warning("setting_missing", Place(tab.key), name=words[key], default=default))
    settings = replace(defaults, **read)
    if settings.day_starts_at >= settings.day_ends_at:
        problems.append(blocking("setting_hours_reversed", Place(tab.key)))
        settings = replace(settings, day_starts_at=_DEFAULTS.day_starts_at, day_ends_at=_DEFAULTS.day_ends_at)
    return settings, problems


def _value(key: str, value: object) -> object:
    setting = SETTINGS[key]
    if setting.kind is SettingKind.COUNT:
        return _count(value, setting.least, setting.most)
    return _language(value) if setting.kind is SettingKind.LANGUAGE else read_time(value)


def _count(value: object, least: int, most: int) -> int:
    for count in range(least, most + 1):
        if trimmed(written(value)) == str(count):
            return count
    raise UnreadableError("setting_out_of_range", {"least": str(least), "most": str(most)})


def _language(value: object) -> str:
    word = folded(str(value))
    for language in LANGUAGES:
        names = (Locale(language).get_language_name(shown_in) or "" for shown_in in LANGUAGES)
        if word in map(folded, (language, *names, *_OTHER_NAMES[language])):
            return language
    raise UnreadableError("language_unknown")


def _shown_default(key: str, defaults: Settings) -> str:
    value = getattr(defaults, key)
    if SETTINGS[key].kind is SettingKind.LANGUAGE:
        return Locale(value).get_language_name(value) or value
    return value.strftime("%H:%M") if isinstance(value, time) else str(value)
