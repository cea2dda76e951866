"""Counts per employee from a tab with a row per employee and day, like «Отчёты» (behaviour §4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np

from kpi_rules.facts.columns import Flags
from kpi_rules.facts.day_columns import DayColumns
from kpi_rules.facts.employment import Workdays
from kpi_rules.facts.inputs import MonthInputs
from kpi_rules.facts.measurable import counted_concerns, known_concerns
from kpi_rules.facts.selection import month_bounds
from kpi_rules.facts.tabs import DAY_COUNTS, FactColumn, day_count
from kpi_rules.measures.counts import NOT_COUNTED, Counts
from kpi_rules.policies import MISSING_DATA
from kpi_rules.rulebook.model import Role

_FIELDS = {count.field for count in DAY_COUNTS.values()}
"""The fields of `Counts` that columns fill; what a template counts beside them is in `Counts.more`."""


def count_days(
    inputs: MonthInputs,
    workdays: Mapping[str, Workdays],
    cut_at: datetime,
    before_on: date,
    no_sales: Mapping[str, Set[date] | None],
) -> tuple[dict[str, Counts], Counts]:
    """Count per code and over all rows; a worked day before `before_on` without a row is no data.

    `no_sales` holds by code the days on which the head said that there were none (None = all days).
    """
    start, end = month_bounds(inputs.month)
    tab, on = inputs.facts.tab, inputs.facts.days.on
    counted = (on >= start) & (on < end) & (on <= np.datetime64(cut_at, "s"))
    days = inputs.facts.chosen(counted).days
    rows, lost = days.rows, inputs.facts.rows.chosen(np.isnat(on))
    managers = [code for code, worked in workdays.items() if worked.role is Role.MANAGER]
    codes = sorted({*managers, *rows.places("code")[1]})
    place = {code: at for at, code in enumerate(codes)}
    index = np.array([place.get(code, len(codes)) for code in rows["code"]], dtype=np.int64)

    def per_code(values: np.ndarray) -> np.ndarray:
        sums = np.zeros(len(codes) + 1, dtype=np.int64)
        np.add.at(sums, index, values.astype(np.int64))
        return sums

    tally = _tally(days, per_code, inputs.policies[MISSING_DATA])
    concerns = known_concerns() | counted_concerns(tab)
    uncounted = dict.fromkeys(concerns - counted_concerns(tab), NOT_COUNTED)
    reported: dict[str, set[date]] = {code: set() for code in codes}
    for code, day in zip(rows["code"], days.on.astype("datetime64[D]").tolist(), strict=True):
        if code in reported:
            reported[code].add(day)
    lost_rows = Counter(code for code in lost["code"] if code is not None)
    by_code: dict[str, Counts] = {}
    team_unknown: dict[str, str] = {}
    all_missing = 0
    for at, code in enumerate(codes):
        unknown = {name: "bad_rows" for name, counts in tally.unclear.items() if counts[at]}
        worked = workdays.get(code) if code in managers else None
        missing = 0
        if worked:
            missing = _missing_days(worked, reported[code], before_on, no_sales.get(code, frozenset()))
        if missing:
            unknown = dict.fromkeys(concerns, "missing_reports") | unknown
        if code in lost_rows:
            unknown = dict.fromkeys(concerns, "bad_rows")
        team_unknown |= unknown
        all_missing += missing
        lacking = _Lacking(unknown | uncounted, lost_rows[code], missing)
        by_code[code] = _counts(tally, at, lacking)
    if len(lost) or (index == len(codes)).any():
        team_unknown = dict.fromkeys(concerns, "bad_rows")
    return by_code, _counts(tally.of_all(), 0, _Lacking(team_unknown | uncounted, len(lost), all_missing))


_Sums = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class _Tally:
    """Sums by field, those over the clear rows, and by concern how many rows leave it unknown; an entry a code."""

    sums: _Sums
    clear: _Sums
    unclear: _Sums

    def of_all(self) -> _Tally:
        """Add up the codes."""
        return _Tally(
            *(
                {name: sums.sum(keepdims=True) for name, sums in each.items()}
                for each in (self.sums, self.clear, self.unclear)
            )
        )


@dataclass(frozen=True)
class _Lacking:
    """What can not be told and why, how many rows have no day, and how many reports are not there."""

    unknown: Mapping[str, str]
    lost_rows: int
    missing_reports: int


def _tally(days: DayColumns, per_code: Callable[[np.ndarray], np.ndarray], missing_data: str) -> _Tally:
    sums, clear, unclear = {}, {}, _unclear(days)
    if missing_data == "row":
        either = unclear["sales"] | unclear["wins"]
        unclear |= {"sales": either, "wins": either}
    for column in (column for column in days.tab.values if column.counts):
        numbers = days.whole(column.key)
        if column.weighted_by:
            weights = days.whole(column.weighted_by)
            numbers = numbers * weights
            sums["response_weight"] = per_code(weights)
        counts = day_count(column.counts)
        sums[counts.field] = per_code(numbers)
        if counts.field in _FIELDS:
            clear[counts.field] = per_code(np.where(unclear[counts.concern], 0, numbers))
        if column.weighted_by:
            clear["response_weight"] = per_code(np.where(unclear[counts.concern], 0, weights))
    return _Tally(sums, clear, {name: per_code(chosen) for name, chosen in unclear.items()})


def _missing_days(worked: Workdays, reported: Set[date], before_on: date, no_sales: Set[date] | None) -> int:
    if no_sales is None:
        return 0
    return sum(day < before_on and day not in reported and day not in no_sales for day in worked.days)


def _unclear(days: DayColumns) -> dict[str, Flags]:
    """Tell for each concern which rows leave it unknown.

    Blank or unreadable cells, two rows of a day, more repeat deals than deals.
    """
    doubled = days.rows.shared("code", "on")
    unclear = {name: doubled.copy() for name in counted_concerns(days.tab)}
    for name in {"wins", "repeat"} & unclear.keys():
        unclear[name] |= days.more_repeats_than_deals
    for column in (column for column in days.tab.values if column.counts):
        blank = days.blank(column.key)
        if column.needed_beside:
            # Without a processed lead, a deal or revenue there is nothing to say in such a column.
            blank = blank & (beside(days, column) | days.bad(column.key))
        weighed = {
            day_count(other.counts).concern for other in days.tab.values if other.weighted_by == column.key
        }
        for name in {day_count(column.counts).concern, *weighed}:
            unclear[name] |= blank
    return unclear


def beside(days: DayColumns, column: FactColumn) -> Flags:
    """Tell in which rows a column has something to say: the one beside which it is needed is not 0."""
    other = days.whole(column.needed_beside)
    signed = next(known.signed for known in days.tab.columns if known.key == column.needed_beside)
    said: Flags = other != 0 if signed else other > 0
    return said


def _counts(tally: _Tally, at: int, lacking: _Lacking) -> Counts:
    sums = tally.sums
    own = _FIELDS | {"response_weight"}
    values: dict[str, Any] = {name: int(by_code[at]) for name, by_code in sums.items() if name in own}
    return Counts(
        **values,
        unknown=dict(lacking.unknown),
        more={name: int(by_code[at]) for name, by_code in sums.items() if name not in own},
        unread={
            name: count
            for name, by_code in tally.unclear.items()
            if (count := int(by_code[at]) + lacking.lost_rows)
        },
        missing_reports=lacking.missing_reports,
        clear={name: int(by_code[at]) for name, by_code in tally.clear.items()},
    )
