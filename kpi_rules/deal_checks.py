"""Checks of meaning for «Сделки»: a row per lead (SPEC §4)."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpi_rules.inputs import MonthInputs
from kpi_rules.problems import Place, Problem, Severity
from kpi_rules.selection import entered_deals, month_bounds

Flags = npt.NDArray[np.bool_]
TAB = "deals"
BLOCKING, WARNING = Severity.BLOCKING, Severity.WARNING


def check_deals(inputs: MonthInputs, cut_at: datetime) -> list[Problem]:
    """Check the month's rows; a row that is only here because it still waits for an answer is left alone."""
    deals = inputs.deals
    start, end = month_bounds(inputs.month)
    arrived, paid = deals["arrived_at"].to_numpy(), deals["paid_on"].to_numpy()
    answered = deals["answered_at"].to_numpy()
    amounts = deals["amount_tiyn"].to_numpy(dtype="int64", na_value=0)
    has_amount = deals["amount_tiyn"].notna().to_numpy()
    bad = {
        name: deals[f"bad_{name}"].to_numpy()
        for name in ("code", "arrived_at", "status", "amount_tiyn", "paid_on", "number")
    }
    is_deal, blank_status = (deals["status"] == "deal").to_numpy(), deals["status"].isna().to_numpy()
    paid_now = (paid >= start) & (paid < end)
    arrived_now = (arrived >= start) & (arrived < end)
    here = paid_now | arrived_now
    refund = is_deal & (amounts < 0)
    entered = entered_deals(deals)
    no_arrival = np.isnat(arrived) & ~bad["arrived_at"] & ~refund & entered
    unpaid = is_deal & np.isnat(paid) & ~bad["paid_on"] & here
    numbers = deals["number"]
    by_day = (deals["arrived_without_time"] | deals["answered_without_time"]).to_numpy()
    too_early = np.where(
        by_day, answered.astype("datetime64[D]") < arrived.astype("datetime64[D]"), answered < arrived
    )
    margin_scored = any(
        kpi.measure == "margin" for kpi in (*inputs.rulebook.kpis, *inputs.rulebook.head_kpis)
    )
    no_cost = is_deal & paid_now & deals["cost_tiyn"].isna().to_numpy() & ~deals["bad_cost_tiyn"].to_numpy()
    checks: list[tuple[str, Severity, str, Flags]] = [
        ("payment_without_deal", BLOCKING, "status", paid_now & ~is_deal & ~bad["status"]),
        ("deal_without_amount", BLOCKING, "amount_tiyn", is_deal & paid_now & ~has_amount & ~bad["amount_tiyn"]),
        ("deal_amount_zero", BLOCKING, "amount_tiyn", is_deal & paid_now & has_amount & (amounts == 0)),
        ("number_twice", BLOCKING, "number", (numbers.notna() & numbers.duplicated(keep=False)).to_numpy()),
        ("answer_before_arrival", BLOCKING, "answered_at", arrived_now & ~refund & too_early),
        ("deal_without_arrival", BLOCKING, "arrived_at", no_arrival),
        ("deal_without_manager", BLOCKING, "code", here & deals["code"].isna().to_numpy() & ~bad["code"]),
        ("cost_missing", BLOCKING, "cost_tiyn", no_cost & margin_scored),
        ("deal_without_payment_date", WARNING, "paid_on", unpaid & ~refund),
        ("refund_without_payment_date", WARNING, "paid_on", is_deal & (amounts < 0) & np.isnat(paid) & ~bad["paid_on"]),
        ("negative_amount_without_deal", WARNING, "amount_tiyn", here & ~is_deal & ~paid_now & (amounts < 0)),
        ("deal_without_status", WARNING, "status", arrived_now & blank_status & ~bad["status"] & ~paid_now),
        ("deal_without_number", WARNING, "number", here & numbers.isna().to_numpy() & ~bad["number"]),
        ("arrival_without_time", WARNING, "arrived_at", arrived_now & deals["arrived_without_time"].to_numpy()),
        ("answer_without_time", WARNING, "answered_at", arrived_now & deals["answered_without_time"].to_numpy()),
        ("deal_of_not_employed", WARNING, "code", _not_employed(deals["code"], paid, paid_now, inputs)),
    ]  # fmt: skip
    found = [problem for check in checks for problem in _problems(deals, *check)]
    # A month that is over has no days to come; later dates are of other months.
    return found + (future_deals(deals.loc[here], cut_at) if np.datetime64(cut_at, "s") < end else [])


def future_deals(deals: pd.DataFrame, as_of_at: datetime) -> list[Problem]:
    """Warn of dates that have not come yet; `as_of_at` is naive local time."""
    now = np.datetime64(as_of_at, "s")
    found = []
    for column in ("arrived_at", "answered_at", "paid_on"):
        late = deals[column].to_numpy() > now
        found += _problems(deals, "date_in_future", WARNING, column, late)
    return found


def _problems(
    deals: pd.DataFrame, code: str, severity: Severity, column: str, chosen: Flags
) -> list[Problem]:
    if not chosen.any():
        return []
    rows = deals.loc[chosen]
    return [
        Problem(
            code,
            severity,
            Place(TAB, int(row), column),
            {"number": _text(number) or "—", "value": _shown(value)},
            _text(employee),
        )
        for row, number, employee, value in zip(
            rows["row"], rows["number"], rows["code"], rows[column], strict=True
        )
    ]


def _not_employed(
    codes: pd.Series, days: npt.NDArray[np.datetime64], chosen: Flags, inputs: MonthInputs
) -> Flags:
    """Tell which of the chosen rows were paid on a day on which their employee was not employed."""
    stints: dict[str, list[tuple[date, date]]] = {}
    for stint in inputs.staff:
        stints.setdefault(stint.code, []).append((stint.hired_on, stint.left_on or date.max))
    rows = np.flatnonzero(chosen & codes.notna().to_numpy())
    of_code, names = pd.factorize(codes.iloc[rows])
    of_day, paid = pd.factorize(days[rows])
    # One number for each pair: tuples of 100,000 rows would take longer than all the rest.
    pairs, index = np.unique(of_code * max(len(paid), 1) + of_day, return_inverse=True)
    known = [
        (names[pair // len(paid)], pd.Timestamp(paid[pair % len(paid)]).date()) for pair in pairs.tolist()
    ]
    outside = np.array(
        [not any(start <= day <= end for start, end in stints.get(code, ())) for code, day in known],
        dtype=bool,
    )
    found = np.zeros(len(codes), dtype=bool)
    if len(rows):
        found[rows] = outside[index]
    return found


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _shown(value: object) -> str:
    if pd.isna(value):  # type: ignore[call-overload]
        return ""
    if isinstance(value, pd.Timestamp):
        return f"{value:%d.%m.%Y %H:%M}" if value != value.normalize() else f"{value:%d.%m.%Y}"
    return str(value)
