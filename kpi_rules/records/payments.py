"""The rows of «Оплаты» as plain JSON values, in an order that does not depend on the sheet's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from kpi_rules.facts.payments import CountedParts, Payment
from kpi_rules.records.forms import RecordKind
from kpi_rules.time.periods import Month

PAYMENTS_OF_MONTH = RecordKind("payments")
PARTS_BEFORE = RecordKind("deals in parts of the months before")
_FIELDS = ("number", "on", "amount_tiyn", "code", "comment", "bad")


def payments_record(payments: Iterable[Payment]) -> list[dict[str, Any]]:
    """Write payments; the sheet's row numbers are left out."""
    return [
        {
            "number": payment.number,
            "on": None if payment.on is None else payment.on.isoformat(),
            "amount_tiyn": payment.amount_tiyn,
            "code": payment.code,
            "comment": payment.comment,
            "bad": sorted(payment.bad),
        }
        for payment in sorted(payments, key=lambda payment: (*payment.order, sorted(payment.bad)))
    ]


def payments_from_record(record: Sequence[Mapping[str, Any]]) -> tuple[Payment, ...]:
    """Read what `payments_record` wrote; rows are numbered in its order. NewerFormError: a newer program wrote it."""
    payments = []
    for number, row in enumerate(record, start=1):
        PAYMENTS_OF_MONTH.refuse_unknown(row, _FIELDS)
        on = None if row["on"] is None else date.fromisoformat(row["on"])
        payments.append(Payment(**{**row, "on": on, "bad": frozenset(row["bad"])}, row=number))
    return tuple(payments)


def parts_before_record(before: CountedParts) -> dict[str, Any]:
    """Write what the sealed months made of deals in parts."""
    return {
        "until": str(before.until),
        "counted": sorted(before.counted),
        "waiting": sorted(before.waiting),
    }


def parts_before_from_record(record: Mapping[str, Any]) -> CountedParts:
    """Read what `parts_before_record` wrote. NewerFormError: a newer program wrote it."""
    PARTS_BEFORE.refuse_unknown(record, ("until", "counted", "waiting"))
    return CountedParts(
        Month.parse(record["until"]), frozenset(record["counted"]), frozenset(record["waiting"])
    )
