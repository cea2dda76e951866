"""Counts per employee from «Отчёты» (B2C), a row per employee and day (behaviour §4)."""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from kpi_rules.facts.deal_columns import Flags
from kpi_rules.facts.employment import Workdays
from kpi_rules.facts.inputs import MonthInputs
from kpi_rules.facts.selection import month_bounds
from kpi_rules.measures.counts import Counts
from kpi_rules.rulebook.model import Role

_FIELDS = {
    "leads": "leads_received",
    "processed": "leads_processed",
    "deals": "deals",
    "deals_tiyn": "revenue_tiyn",
    "cost_tiyn": "cost_tiyn",
    "repeat_deals": "repeat_deals",
}
_CONCERNS = {
    "leads_received": ("leads",),
    "leads_processed": ("processed", "response"),
    "deals": ("sales",),
    "revenue_tiyn": ("sales",),
    "cost_tiyn": ("cost",),
    "repeat_deals": ("repeat",),
    "response_seconds": ("response",),
}
"""What a blank or unreadable cell of each column leaves unknown."""


def count_reports(
    inputs: MonthInputs,
    workdays: Mapping[str, Workdays],
    cut_at: datetime,
    before_on: date,
    no_sales: Mapping[str, Set[date] | None],
) -> tuple[dict[str, Counts], Counts]:
    """Count per code and over all rows; a missing report of a worked day before `before_on` is no data.

    `no_sales` holds by code the days on which the head said that there were none (None = all days).
    """
    start, end = month_bounds(inputs.month)
    on = inputs.reports["on"].to_numpy()
    counted = (on >= start) & (on < end) & (on <= np.datetime64(cut_at, "s"))
    rows = inputs.reports.loc[counted].reset_index(drop=True)
    lost = inputs.reports.loc[np.isnat(on)]
    managers = [code for code, worked in workdays.items() if worked.role is Role.MANAGER]
    codes = sorted({*managers, *(str(code) for code in rows["code"].dropna().unique())})
    place = {code: at for at, code in enumerate(codes)}
    index = np.array([place.get(code, len(codes)) for code in rows["code"]], dtype=np.int64)

    def per_code(values: np.ndarray) -> np.ndarray:
        sums = np.zeros(len(codes) + 1, dtype=np.int64)
        np.add.at(sums, index, values.astype(np.int64))
        return sums

    weights = _whole(rows["leads_processed"])
    sums = {name: per_code(_whole(rows[column])) for name, column in _FIELDS.items()}
    sums["response_weighted"] = per_code(_whole(rows["response_seconds"]) * weights)
    sums["response_weight"] = per_code(weights)
    unclear = {name: per_code(found) for name, found in _unclear(rows).items()}
    reported: dict[str, set[date]] = {code: set() for code in codes}
    for code, day in zip(rows["code"], rows["on"].dt.date, strict=True):
        if code in reported:
            reported[code].add(day)
    lost_codes = set(lost["code"].dropna())
    by_code: dict[str, Counts] = {}
    team_unknown: dict[str, str] = {}
    for at, code in enumerate(codes):
        unknown = {name: "bad_rows" for name, found in unclear.items() if found[at]}
        worked = workdays.get(code) if code in managers else None
        if worked and _is_missing(worked, reported[code], before_on, no_sales.get(code, frozenset())):
            unknown = dict.fromkeys(_ALL, "missing_reports") | unknown
        if code in lost_codes:
            unknown = dict.fromkeys(_ALL, "bad_rows")
        team_unknown |= unknown
        by_code[code] = _counts(sums, at, unknown)
    if len(lost) or (index == len(codes)).any():
        team_unknown = dict.fromkeys(_ALL, "bad_rows")
    return by_code, _counts({name: found.sum(keepdims=True) for name, found in sums.items()}, 0, team_unknown)


_ALL = ("sales", "leads", "processed", "cost", "repeat", "response")


def _is_missing(worked: Workdays, reported: Set[date], before_on: date, no_sales: Set[date] | None) -> bool:
    if no_sales is None:
        return False
    return any(day < before_on and day not in reported and day not in no_sales for day in worked.days)


def _unclear(rows: pd.DataFrame) -> dict[str, np.ndarray]:
    """Tell for each count which rows leave it unknown.

    Blank or unreadable cells, two reports of a day, more repeat deals than deals.
    """
    doubled = rows.duplicated(["code", "on"], keep=False).to_numpy()
    found = {name: doubled.copy() for name in _ALL}
    contradicted = repeat_above_deals(rows)
    for name in ("sales", "repeat"):
        found[name] |= contradicted
    # Without a processed lead, a deal or revenue there is nothing to say in these columns.
    needed = {
        "response_seconds": _whole(rows["leads_processed"]) > 0,
        "repeat_deals": _whole(rows["deals"]) > 0,
        "cost_tiyn": _whole(rows["revenue_tiyn"]) != 0,
    }
    for column, concerns in _CONCERNS.items():
        blank = rows[column].isna().to_numpy()
        if column in needed:
            blank = blank & (needed[column] | rows[f"bad_{column}"].to_numpy())
        for name in concerns:
            found[name] |= blank
    return found


def _counts(sums: Mapping[str, np.ndarray], at: int, unknown: Mapping[str, str]) -> Counts:
    values: dict[str, Any] = {name: int(found[at]) for name, found in sums.items()}
    return Counts(**values, unknown=dict(unknown))


def _whole(column: pd.Series) -> np.ndarray:
    found: np.ndarray = column.to_numpy(dtype="int64", na_value=0)
    return found


def repeat_above_deals(reports: pd.DataFrame) -> Flags:
    """Tell which reports name more repeat deals than deals; of a blank or bad cell nothing is said."""
    return (reports["repeat_deals"] > reports["deals"]).to_numpy(dtype=bool, na_value=False)
