"""Checks of meaning for the tabs with a row per employee and day: «Отчёты» and «Дисциплина» (behaviour §4)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpi_rules.facts.employment import Workdays
from kpi_rules.facts.inputs import REPORT_COLUMNS, MonthInputs
from kpi_rules.facts.report_counts import repeat_above_deals
from kpi_rules.measures.marks import MARKS
from kpi_rules.problems import Place, Problem, Severity

Flags = npt.NDArray[np.bool_]
BLOCKING, WARNING = Severity.BLOCKING, Severity.WARNING
NEEDED = ("leads_received", "leads_processed", "deals", "revenue_tiyn")
NEEDED_BESIDE = {
    "response_seconds": ("leads_processed", "response_minutes"),
    "repeat_deals": ("deals", "repeat_share"),
    "cost_tiyn": ("revenue_tiyn", "margin"),
}
"""What else is needed where another column is not 0, and for which measure, if that is scored."""
COUNTS = ("leads_received", "leads_processed", "deals", "repeat_deals", "response_seconds")


def check_reports(inputs: MonthInputs, workdays: Mapping[str, Workdays]) -> list[Problem]:
    """Check the month's daily reports."""
    frame = inputs.reports
    given = np.logical_or.reduce(
        [frame[name].notna().to_numpy() for name in REPORT_COLUMNS if name not in {"row", "on", "code"}]
    )
    found = _of_days("report", "reports", frame, given, workdays)
    for name in NEEDED:
        blank = frame[name].isna().to_numpy() & ~frame[f"bad_{name}"].to_numpy() & given
        found += _problems("report_blank", BLOCKING, "reports", name, frame, blank)
    measures = {kpi.measure for kpi in (*inputs.rulebook.kpis, *inputs.rulebook.head_kpis)}
    for name, (beside, measure) in NEEDED_BESIDE.items():
        if measure in measures:
            blank = frame[name].isna().to_numpy() & ~frame[f"bad_{name}"].to_numpy()
            blank &= frame[beside].to_numpy(dtype="int64", na_value=0) != 0
            found += _problems("report_blank", BLOCKING, "reports", name, frame, blank)
    for name in COUNTS:
        below = frame[name].to_numpy(dtype="int64", na_value=0) < 0
        found += _problems("report_negative", BLOCKING, "reports", name, frame, below)
    above = repeat_above_deals(frame)
    return found + _problems("report_repeat_above_deals", BLOCKING, "reports", "repeat_deals", frame, above)


def check_discipline(inputs: MonthInputs, workdays: Mapping[str, Workdays]) -> list[Problem]:
    """Check the month's marks."""
    frame = inputs.discipline
    given = np.logical_or.reduce([frame[mark].notna().to_numpy() for mark in MARKS])
    return _of_days("marks", "discipline", frame, given, workdays)


def _of_days(
    what: str, tab: str, frame: pd.DataFrame, given: Flags, workdays: Mapping[str, Workdays]
) -> list[Problem]:
    no_code = frame["code"].isna().to_numpy() & ~frame["bad_code"].to_numpy()
    no_day = frame["on"].isna().to_numpy() & ~frame["bad_on"].to_numpy()
    doubled = frame.duplicated(["code", "on"], keep=False).to_numpy()
    doubled = doubled & frame["code"].notna().to_numpy() & frame["on"].notna().to_numpy()
    worked = {(code, day) for code, found in workdays.items() for day in found.days}
    employed = frame["code"].isin(list(workdays)).to_numpy()
    on_worked_day = np.array(
        [(code, day) in worked for code, day in zip(frame["code"], frame["on"].dt.date, strict=True)],
        dtype=bool,
    )
    complete = frame["code"].notna().to_numpy() & frame["on"].notna().to_numpy() & given
    off_day = complete & employed & ~on_worked_day
    checks = [
        (f"{what}_twice", BLOCKING, "on", doubled),
        (f"{what}_without_manager", BLOCKING, "code", no_code & given),
        (f"{what}_without_date", BLOCKING, "on", no_day & given),
        (f"{what}_not_employed", WARNING, "code", complete & ~employed),
        (f"{what}_on_off_day", WARNING, "on", off_day),
    ]
    return [
        problem
        for code, severity, column, chosen in checks
        for problem in _problems(code, severity, tab, column, frame, chosen)
    ]


def _problems(
    code: str, severity: Severity, tab: str, column: str, frame: pd.DataFrame, chosen: Flags
) -> list[Problem]:
    if not chosen.any():
        return []
    rows = frame.loc[chosen]
    return [
        Problem(
            code,
            severity,
            Place(tab, int(row), column),
            {
                "date": "—" if pd.isna(on) else f"{on:%d.%m.%Y}",
                "value": "" if pd.isna(value) else str(value),
            },
            employee if isinstance(employee, str) else None,
        )
        for row, on, employee, value in zip(rows["row"], rows["on"], rows["code"], rows[column], strict=True)
    ]
