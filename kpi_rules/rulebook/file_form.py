"""The form of a rulebook's file: which fields its tables have, and what may stand in each (behaviour §5).

Read without pydantic: every sync reads its template's file, and pydantic is a tenth of what a sync would load.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from kpi_rules.exact import exact_number
from kpi_rules.measures.conditions import OWN, Clause, Condition
from kpi_rules.measures.grains import Grain
from kpi_rules.rulebook.errors import RulebookError
from kpi_rules.rulebook.input_words import INPUTS
from kpi_rules.time.periods import Month

FIELD_MISSING = "the field, which is not there"
FIELD_UNKNOWN = "no field of this name"
_TEXT, _WHOLE, _TABLE, _TABLES = "a text", "a whole number", "a table", "a list of tables"
_NUMBER = "a whole number, or a number in quotes"
_MONTH = "a month in quotes, like 2026-10"
_FLAG, _WORDS = "true or false", "a list of texts"
WANTED_FORMS = (_TEXT, _WHOLE, _TABLE, _TABLES, _NUMBER, _MONTH, _FLAG, _WORDS)
"""What a refusal of this module says was `expected`, beside that a field is missing or unknown."""

_REQUIRED = object()


@dataclass(frozen=True)
class _Field:
    """A field of a table: how it is read from its value and place, and what holds where it is left out."""

    read: Callable[[object, str], Any]
    left_out: object = _REQUIRED


def read_file(data: object) -> dict[str, Any]:
    """Give the fields of a parsed rulebook file, each as its table below reads it; `kpis` and `bands` are lists.

    Numbers are Fractions. Raises RulebookError with the path of the first field that is wrong («kpis.0.cap_percent»).
    """
    return _read_table(_FILE, data, "")


def _read_table(fields: Mapping[str, _Field], given: object, place: str) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise _refused(place or "rulebook", given, _TABLE)
    read: dict[str, Any] = {}
    for name, field in fields.items():
        if name in given:
            read[name] = field.read(given[name], _within(place, name))
        elif field.left_out is _REQUIRED:
            raise _refused(_within(place, name), "", FIELD_MISSING)
        else:
            read[name] = field.left_out
    for name in given:
        if name not in fields:
            raise _refused(_within(place, name), given[name], FIELD_UNKNOWN)
    return read


def _within(place: str, name: object) -> str:
    return f"{place}.{name}" if place else str(name)


def _refused(place: str, value: object, expected: str) -> RulebookError:
    return RulebookError("value", place, value=value, expected=expected)


def _text(value: object, place: str) -> str:
    if not isinstance(value, str):
        raise _refused(place, value, _TEXT)
    return value


def _whole(value: object, place: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _refused(place, value, _WHOLE)
    return value


def _number(value: object, place: str) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise _refused(place, value, _NUMBER)
    try:
        return exact_number(value) if isinstance(value, str) else Fraction(value)
    except (ValueError, ZeroDivisionError):
        raise _refused(place, value, _NUMBER) from None


def _month(value: object, place: str) -> Month:
    if isinstance(value, str):
        with suppress(ValueError):
            return Month.parse(value)
    raise _refused(place, value, _MONTH)


def _table(value: object, place: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise _refused(place, value, _TABLE)
    return dict(value)


def _tables_of(fields: Mapping[str, _Field]) -> _Field:
    def read(value: object, place: str) -> list[dict[str, Any]]:
        if not isinstance(value, list):
            raise _refused(place, value, _TABLES)
        return [_read_table(fields, each, _within(place, index)) for index, each in enumerate(value)]

    return _Field(read)


def _true_or_false(value: object, place: str) -> bool:
    if not isinstance(value, bool):
        raise _refused(place, value, _FLAG)
    return value


def _texts(value: object, place: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise _refused(place, value, _WORDS)
    return tuple(_text(each, _within(place, index)) for index, each in enumerate(value))


def _condition(value: object, place: str) -> Condition:
    read = _tables_of(_CLAUSE).read(value, place)
    if not read:
        raise _refused(place, value, _TABLES)
    return Condition(
        tuple(
            Clause(
                each["column"],
                each["header"] or each["column"].removeprefix(OWN),
                each["equal"],
                each["values"],
                each["words"] or each["values"],
            )
            for each in read
        )
    )


_CLAUSE = {
    "column": _Field(_text),
    "header": _Field(_text, ""),
    "equal": _Field(_true_or_false, True),
    "values": _Field(_texts),
    "words": _Field(_texts, ()),
}
_KPI = {
    "role": _Field(_text),
    "id": _Field(_text),
    "group": _Field(_text, None),
    "measure": _Field(_text),
    "scoring": _Field(_text),
    "weight_percent": _Field(_number),
    "cap_percent": _Field(_number, Fraction(100)),
    "base": _Field(_number, None),
    "norm": _Field(_number, None),
    "when_not_applicable": _Field(_text, "spread"),
    "only_where": _Field(_condition, None),
    "own_target": _Field(_text, None),
    "how_counted": _Field(_text, None),
}
_BAND = {"from_percent": _Field(_whole), "id": _Field(_text), "coefficient_percent": _Field(_number)}
_FILE = {
    "name": _Field(_text),
    "from_month": _Field(_month),
    "inputs": _Field(_text, INPUTS[Grain.LEAD]),
    "policies": _Field(_table, {}),
    "kpis": _tables_of(_KPI),
    "bands": _tables_of(_BAND),
}
