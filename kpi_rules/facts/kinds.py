"""What a cell of a column holds, whatever room asks: reading, building, frames or records."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from kpi_rules.measures.units import Unit


class Kind(StrEnum):
    """What a cell of a column holds, and so how it is read, guarded and shown."""

    TEXT = "text"
    INTEGER = "integer"
    MONEY = "money"  # ₸ in the cell, tiyn inside
    SHARE = "share"  # a fraction, shown as percent
    NUMBER = "number"
    MINUTES = "minutes"
    DURATION = "duration"  # minutes in the cell, whole seconds inside
    DATE = "date"
    MOMENT = "moment"  # date and time
    TIME = "time"
    MONTH = "month"
    EMPLOYEE = "employee"  # a code or a full name of «Сотрудники»
    CHOICE = "choice"
    CHECKBOX = "checkbox"
    SETTING = "setting"  # «Настройки» → «Значение»: its kind depends on the row


WHOLE_OR_BLANK = "int64 or blank"
FRAME_TYPES: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.TEXT: "object",
        Kind.EMPLOYEE: "object",
        Kind.CHOICE: "object",
        Kind.INTEGER: WHOLE_OR_BLANK,
        Kind.MONEY: WHOLE_OR_BLANK,
        Kind.DURATION: WHOLE_OR_BLANK,
        Kind.SHARE: "object",
        Kind.NUMBER: "object",
        Kind.DATE: "datetime64[s]",
        Kind.MOMENT: "datetime64[s]",
        Kind.CHECKBOX: "bool",
    }
)
"""How a frame of facts holds a column of each kind (`kpi_rules.facts.columns`); columns of others hold no facts."""
EXACT_KINDS = frozenset({Kind.SHARE, Kind.NUMBER})
"""The kinds whose cells are exact fractions inside."""
WHOLE_KINDS = frozenset({Kind.INTEGER, Kind.MONEY, Kind.DURATION})
"""The kinds whose cells are whole numbers inside."""
KIND_OF_UNIT: Mapping[Unit, Kind] = MappingProxyType(
    {
        Unit.TIYN: Kind.MONEY,
        Unit.FRACTION: Kind.SHARE,
        Unit.MINUTES: Kind.MINUTES,
        Unit.COUNT: Kind.INTEGER,
        Unit.NUMBER: Kind.NUMBER,
    }
)
"""What the cells of a target hold."""
