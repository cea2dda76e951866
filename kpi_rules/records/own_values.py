"""The rows of «Показатели» as plain JSON values, in an order that does not depend on the sheet's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from kpi_rules.exact import exact_number, exact_text
from kpi_rules.facts.inputs import OwnValue
from kpi_rules.records.forms import RecordKind

VALUES_OF_MONTH = RecordKind("values of own measures")
_FIELDS = ("on", "code", "measure", "value", "bad")


def values_record(values: Iterable[OwnValue]) -> list[dict[str, Any]]:
    """Write values; the sheet's row numbers are left out."""
    return [
        {
            "on": None if value.on is None else value.on.isoformat(),
            "code": value.code,
            "measure": value.measure,
            "value": None if value.value is None else exact_text(value.value),
            "bad": sorted(value.bad),
        }
        for value in sorted(values, key=lambda value: value.order)
    ]


def values_from_record(record: Sequence[Mapping[str, Any]]) -> tuple[OwnValue, ...]:
    """Read what `values_record` wrote; rows are numbered in its order. NewerFormError: a newer program wrote it."""
    values = []
    for number, row in enumerate(record, start=1):
        VALUES_OF_MONTH.refuse_unknown(row, _FIELDS)
        values.append(
            OwnValue(
                on=None if row["on"] is None else date.fromisoformat(row["on"]),
                code=row["code"],
                measure=row["measure"],
                value=None if row["value"] is None else exact_number(row["value"]),
                bad=frozenset(row["bad"]),
                row=number,
            )
        )
    return tuple(values)
