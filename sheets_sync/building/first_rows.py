"""The rows that a new file begins with: rules, settings, and the page of instructions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from fractions import Fraction
from itertools import zip_longest

from kpi_rules.facts.kinds import Kind
from kpi_rules.measures.units import Unit
from kpi_rules.rulebook.errors import BandRow
from kpi_rules.rulebook.model import Rulebook
from kpi_rules.rulebook.versions import to_rows
from kpi_rules.time.periods import Month
from kpi_rules.time.settings import SETTINGS, SettingKind, Settings
from kpi_rules.words.texts import Texts
from sheets_sync.building.amounts import amount, day_serial, plain_number
from sheets_sync.building.entry_columns import column_style
from sheets_sync.building.wanted import BLANK, Cell
from sheets_sync.schema.layout import Column, Tab

_MINUTES_A_DAY = 24 * 60


def rule_rows(tab: Tab, rulebook: Rulebook) -> list[list[Cell]]:
    """Lay a rulebook out as the rows of «Правила»: the KPIs on the left, the bands beside them."""
    kpi_rows, band_rows = to_rows([rulebook])
    rows = []
    for kpi, band in zip_longest(kpi_rows, band_rows):
        values: dict[str, object] = {}
        if kpi:
            values |= vars(kpi)
        if band:
            values |= _band_values(band)
        rows.append([_cell(column, values.get(column.key)) for column in tab.columns])
    return rows


def setting_rows(tab: Tab, settings: Settings, texts: Texts) -> list[list[Cell]]:
    """Lay the settings out as the rows of «Настройки»."""
    words = tab.column("setting").choices or {}
    rows = []
    for key, setting in SETTINGS.items():
        value = getattr(settings, key)
        if isinstance(value, time):
            cell = Cell((value.hour * 60 + value.minute) / _MINUTES_A_DAY, "time")
        elif setting.kind is SettingKind.LANGUAGE:
            cell = Cell(texts(f"choice.language.{value}"), "center")
        else:
            cell = Cell(value, "center")
        rows.append([Cell(words[key], "center"), cell])
    return rows


def guide_rows(texts: Texts) -> list[list[Cell]]:
    """Lay out «Инструкция»: a title, then numbered sections of a heading and its sentences."""
    rows = [[Cell(texts("tabs.guide.title"), "plain.title")], [BLANK]]
    section = 1
    while f"tabs.guide.s{section}.title" in texts:
        title = Cell(texts(f"tabs.guide.s{section}.title"), "plain.section")
        rows.append([title, Cell("", "plain.section")])
        line = 1
        while f"tabs.guide.s{section}.l{line}.what" in texts:
            what, how = (texts(f"tabs.guide.s{section}.l{line}.{part}") for part in ("what", "how"))
            rows.append([Cell(what, "text.strong"), Cell(how, "sentence")])
            line += 1
        rows.append([BLANK])
        section += 1
    return rows[:-1]


def _band_values(row: BandRow) -> Mapping[str, object]:
    return {
        "band_from_month": row.from_month,
        "from_fraction": row.from_fraction,
        "band": row.id,
        "coefficient_fraction": row.coefficient_fraction,
    }


def _cell(column: Column, value: object) -> Cell:
    if value is None:
        return BLANK
    if isinstance(value, Month):
        return Cell(day_serial(value.first_on), "month")
    if isinstance(value, Fraction):
        return (
            amount(value, Unit.FRACTION) if column.kind is Kind.SHARE else Cell(plain_number(value), "number")
        )
    if column.choices:
        return Cell(column.choices.get(str(value), str(value)), column_style(column))
    return Cell(str(value), column_style(column))
