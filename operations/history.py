"""The history of input rows: a digest of each, so that the ledger can tell what changed since (SPEC §6)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from typing import Any

import pandas as pd

from kpi_rules.inputs import MARKS, WorkbookInputs
from ledger import RowDigest

HISTORY_TABS = frozenset({"deals", "discipline"})
_DEALS = (
    "arrived_at", "code", "customer", "source", "answered_at", "status", "amount_tiyn", "cost_tiyn", "paid_on",
    "repeat", "refusal_reason", "comment",
)  # fmt: skip


def row_digests(inputs: WorkbookInputs) -> list[RowDigest]:
    """Digest each row of «Сделки» (by its №) and «Дисциплина» (by date and employee).

    Rows without a key cannot be followed; of rows with the same key the last counts (they are a problem
    anyway). The digest is over the read values, so that moving or formatting a row changes nothing.
    """
    return [*_deals(inputs.deals), *_marks(inputs.discipline)]


def _deals(deals: pd.DataFrame) -> Iterable[RowDigest]:
    known = deals[deals["number"].notna()].drop_duplicates("number", keep="last")
    columns = [known[name].astype(object).tolist() for name in _DEALS]
    codes, amounts, paid = (known[name].tolist() for name in ("code", "amount_tiyn", "paid_on"))
    for number, row, code, amount, paid_on in zip(
        known["number"].tolist(), zip(*columns, strict=True), codes, amounts, paid, strict=True
    ):
        yield RowDigest(
            "deals",
            str(number),
            _digest(row),
            manager=code if isinstance(code, str) else None,
            amount_tiyn=None if pd.isna(amount) else int(amount),
            paid_on=None if pd.isna(paid_on) else _day(paid_on),
        )


def _marks(discipline: pd.DataFrame) -> Iterable[RowDigest]:
    known = discipline[discipline["on"].notna() & discipline["code"].notna()]
    known = known.drop_duplicates(["on", "code"], keep="last")
    columns = [known[mark].astype(object).tolist() for mark in MARKS]
    rows = list(zip(*columns, strict=True)) if len(known) else []
    for day, code, row in zip(known["on"].tolist(), known["code"].tolist(), rows, strict=True):
        yield RowDigest("discipline", f"{_day(day).isoformat()} {code}", _digest(row), manager=code)


def _digest(row: tuple[Any, ...]) -> str:
    text = "\x1f".join(
        "" if value is None or value is pd.NaT or value is pd.NA else str(value) for value in row
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _day(moment: Any) -> date:
    return pd.Timestamp(moment).date()
