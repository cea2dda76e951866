"""The history of input rows: a digest of each, so that the ledger can tell what changed since (behaviour §6)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import pandas as pd

from kpi_rules.facts.inputs import REPORT_COLUMNS, WorkbookInputs
from kpi_rules.measures.marks import MARKS
from ledger import RowDigest
from sheets_sync.reading.books import ReadWorkbook

HISTORY_TABS = frozenset({"deals", "reports", "discipline"})
_DEALS = (
    "arrived_at", "code", "customer", "source", "answered_at", "status", "amount_tiyn", "cost_tiyn", "paid_on",
    "repeat", "refusal_reason", "comment",
)  # fmt: skip
_REPORTS = tuple(name for name in REPORT_COLUMNS if name not in {"row", "on", "code"})


def row_digests(inputs: WorkbookInputs) -> list[RowDigest]:
    """Digest each row of «Сделки» (by its №), «Отчёты» and «Дисциплина» (by date and employee).

    Rows without a key cannot be followed; of rows with the same key the last counts (they are a problem
    anyway). The digest is over the read values, so that moving or formatting a row changes nothing.
    """
    return [
        *_deals(inputs.deals),
        *_days("reports", inputs.reports, _REPORTS),
        *_days("discipline", inputs.discipline, MARKS),
    ]


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


def _days(tab: str, frame: pd.DataFrame, names: Sequence[str]) -> Iterable[RowDigest]:
    known = frame[frame["on"].notna() & frame["code"].notna()]
    known = known.drop_duplicates(["on", "code"], keep="last")
    columns = [known[name].astype(object).tolist() for name in names]
    rows = list(zip(*columns, strict=True)) if len(known) else []
    amounts = known.get("revenue_tiyn", pd.Series([None] * len(known))).tolist()
    for day, code, row, amount in zip(
        known["on"].tolist(), known["code"].tolist(), rows, amounts, strict=True
    ):
        yield RowDigest(
            tab,
            f"{_day(day).isoformat()} {code}",
            _digest(row),
            manager=code,
            amount_tiyn=None if pd.isna(amount) else int(amount),
        )


def _digest(row: tuple[Any, ...]) -> str:
    text = "\x1f".join(
        "" if value is None or value is pd.NaT or value is pd.NA else str(value) for value in row
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _day(moment: Any) -> date:
    return pd.Timestamp(moment).date()


def followed_tabs(workbook: ReadWorkbook) -> frozenset[str]:
    """Name the tabs whose rows can be followed: those that are there and whose columns are known."""
    unreadable = {
        problem.place.tab for problem in workbook.problems if problem.code.startswith(("tab_", "header"))
    }
    return (HISTORY_TABS & {tab for tab, _ in workbook.located.positions}) - unreadable
