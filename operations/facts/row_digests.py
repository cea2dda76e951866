"""The history of input rows: a digest of each, so that the ledger can tell what changed since (behaviour §6)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import repeat
from typing import Any

import pandas as pd

from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.inputs import WorkbookInputs
from kpi_rules.facts.tabs import FactColumn
from ledger import RowDigest
from sheets_sync.reading.books import ReadWorkbook


def row_digests(inputs: WorkbookInputs) -> list[RowDigest]:
    """Digest each row of leads (by its №), of days and of marks (by date and employee).

    Rows without a key cannot be followed; of rows with the same key the last counts (they are a problem
    anyway). The digest is over the read values, so that moving or formatting a row changes nothing.
    """
    return [
        digest
        for facts in (inputs.facts, inputs.marks)
        for digest in (_leads(facts) if facts.of_leads else _days(facts))
    ]


def _leads(facts: FactFrame) -> Iterable[RowDigest]:
    known = facts.rows[facts.rows["number"].notna()].drop_duplicates("number", keep="last")
    codes, amounts, paid = (known[name].tolist() for name in ("code", "amount_tiyn", "paid_on"))
    for number, digest, code, amount, paid_on in zip(
        known["number"].tolist(), _digests(facts.tab.values, known), codes, amounts, paid, strict=True
    ):
        yield RowDigest(
            facts.tab.key,
            str(number),
            digest,
            manager=code if isinstance(code, str) else None,
            amount_tiyn=None if pd.isna(amount) else int(amount),
            paid_on=None if pd.isna(paid_on) else _day(paid_on),
        )


def _days(facts: FactFrame) -> Iterable[RowDigest]:
    known = facts.rows[facts.rows["on"].notna() & facts.rows["code"].notna()]
    known = known.drop_duplicates(["on", "code"], keep="last")
    revenue = facts.tab.counting("revenue")
    amounts = [None] * len(known) if revenue is None else known[revenue].tolist()
    for day, code, digest, amount in zip(
        known["on"].tolist(), known["code"].tolist(), _digests(facts.tab.values, known), amounts, strict=True
    ):
        yield RowDigest(
            facts.tab.key,
            f"{_day(day).isoformat()} {code}",
            digest,
            manager=code,
            amount_tiyn=None if pd.isna(amount) else int(amount),
        )


def _digests(columns: Iterable[FactColumn], rows: pd.DataFrame) -> list[str]:
    """Digest each row; a column that came with a later layout counts only where it holds something."""
    first, later = (
        [column.key for column in columns if (column.since > 1) is late] for late in (False, True)
    )
    cells = zip(*(rows[key].astype(object).tolist() for key in first), strict=True)
    added = zip(*(rows[key].astype(object).tolist() for key in later), strict=True) if later else repeat(())
    return [
        _digest(row, dict(zip(later, more, strict=True))) for row, more in zip(cells, added, strict=False)
    ]


def _digest(row: tuple[Any, ...], later: Mapping[str, Any]) -> str:
    told = [*map(_text, row), *(f"{key}={_text(value)}" for key, value in later.items() if _text(value))]
    return hashlib.sha256("\x1f".join(told).encode()).hexdigest()


def _text(value: Any) -> str:
    return "" if value is None or value is pd.NaT or value is pd.NA else str(value)


def _day(moment: Any) -> date:
    return pd.Timestamp(moment).date()


def followed_tabs(workbook: ReadWorkbook) -> frozenset[str]:
    """Name the tabs whose rows can be followed: those that are there and whose columns are known."""
    unreadable = {
        problem.place.tab for problem in workbook.problems if problem.code.startswith(("tab_", "header"))
    }
    followed = {workbook.inputs.facts.tab.key, workbook.inputs.marks.tab.key}
    return frozenset(followed & {tab for tab, _ in workbook.located.positions}) - unreadable
