"""The steps of «Проценты» as plain JSON values, in an order that does not depend on the sheet's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kpi_rules.exact import exact_number, exact_text
from kpi_rules.facts.percents import PercentBase, PercentRow
from kpi_rules.records.forms import RecordKind
from kpi_rules.rulebook.model import Role
from kpi_rules.time.periods import Month

PERCENTS_OF_MONTH = RecordKind("percents of sales")
_FIELDS = ("from_month", "code", "role", "base", "from", "rate", "by_band", "approved")


def percents_record(percents: Iterable[PercentRow]) -> list[dict[str, Any]]:
    """Write steps; the sheet's row numbers are left out."""
    return [
        {
            "from_month": str(row.from_month),
            "code": row.code,
            "role": None if row.role is None else row.role.value,
            "base": row.base.value,
            "from": exact_text(row.from_fraction),
            "rate": exact_text(row.rate_fraction),
            "by_band": row.by_band,
            "approved": row.approved,
        }
        for row in sorted(percents, key=lambda row: (row.order, row.approved))
    ]


def percents_from_record(record: Sequence[Mapping[str, Any]]) -> tuple[PercentRow, ...]:
    """Read what `percents_record` wrote; rows are unknown (0). NewerFormError: a newer program wrote it."""
    rows = []
    for row in record:
        PERCENTS_OF_MONTH.refuse_unknown(row, _FIELDS)
        PERCENTS_OF_MONTH.refuse_unknown([row["base"]], list(PercentBase))
        rows.append(
            PercentRow(
                from_month=Month.parse(row["from_month"]),
                code=row["code"],
                role=None if row["role"] is None else Role(row["role"]),
                base=PercentBase(row["base"]),
                from_fraction=exact_number(row["from"]),
                rate_fraction=exact_number(row["rate"]),
                by_band=row["by_band"],
                approved=row["approved"],
            )
        )
    return tuple(rows)
