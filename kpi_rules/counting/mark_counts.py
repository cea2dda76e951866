"""Marks of «Дисциплина» per employee: 'да' and 'нет' on the days that were worked (behaviour §4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import numpy as np
import numpy.typing as npt

from kpi_rules.facts.employment import Workdays
from kpi_rules.facts.frames import bad_flag
from kpi_rules.facts.inputs import MonthInputs
from kpi_rules.facts.selection import month_bounds
from kpi_rules.measures.catalogue import MEASURES
from kpi_rules.measures.counts import MarkCounts
from kpi_rules.measures.marks import ALL_MARKS

Whole = npt.NDArray[np.int64]


def count_marks(
    inputs: MonthInputs, workdays: Mapping[str, Workdays], cut_at: datetime, before_on: date
) -> dict[str, MarkCounts]:
    """Count the marks of everybody employed; marks on other days are left out (and reported elsewhere)."""
    codes = list(workdays)
    start, end = month_bounds(inputs.month)
    frame = inputs.marks.rows
    place = {code: at for at, code in enumerate(codes)}
    index = np.array([place.get(code, -1) for code in frame["code"]], dtype=np.int64)
    on = frame["on"]
    in_month = (on >= start) & (on < end)
    day = np.where(in_month, (on - start).astype("timedelta64[D]").astype(np.int64), 0)
    worked = np.zeros((len(codes), inputs.month.last_on.day), dtype=bool)
    for at, code in enumerate(codes):
        worked[at, [worked_on.day - 1 for worked_on in workdays[code].days]] = True
    is_worked = (index >= 0) & in_month & (on <= np.datetime64(cut_at, "s"))
    is_worked[is_worked] = worked[index[is_worked], day[is_worked]]
    is_due = is_worked & (on < np.datetime64(before_on, "s"))
    doubled = frame.shared("code", "on") & is_worked
    lost = np.isnat(on) & (index >= 0)

    def per_code(chosen: npt.NDArray[np.bool_], values: npt.NDArray[np.generic]) -> Whole:
        sums = np.zeros(len(codes), dtype=np.int64)
        np.add.at(sums, index[chosen], values[chosen].astype(np.int64))
        return sums

    tab, nothing = inputs.marks.tab, np.zeros(len(frame), dtype=bool)
    all_marks = tab.marks_of(ALL_MARKS)
    marks = {mark: frame[mark] for mark in all_marks}
    yes_of = {mark: per_code(is_worked, marks[mark] == "yes") for mark in all_marks}
    no_of = {mark: per_code(is_worked, marks[mark] == "no") for mark in all_marks}
    given = {mark: frame.given(mark) for mark in all_marks}
    none = np.zeros(len(codes), dtype=np.int64)
    yes, no, days, unreadable = {}, {}, {}, {}
    for measure in (each.id for each in MEASURES.values() if each.of_marks):
        parts = tab.marks_of(measure)
        yes[measure] = sum((yes_of[mark] for mark in parts), none)
        no[measure] = sum((no_of[mark] for mark in parts), none)
        any_given = np.logical_or.reduce([nothing, *(given[mark] for mark in parts)])
        days[measure] = per_code(is_due, any_given)
        bad = np.logical_or.reduce([nothing, *(frame[bad_flag(mark)] for mark in parts)])
        unreadable[measure] = per_code((is_worked & bad) | doubled | lost, np.ones(len(frame), dtype=bool))
    return {
        code: MarkCounts(
            yes={name: int(of_codes[at]) for name, of_codes in yes.items()},
            no={name: int(of_codes[at]) for name, of_codes in no.items()},
            marked_days={name: int(of_codes[at]) for name, of_codes in days.items()},
            due_days=workdays[code].elapsed_days,
            unreadable=frozenset(name for name, of_codes in unreadable.items() if of_codes[at]),
        )
        for at, code in enumerate(codes)
    }
