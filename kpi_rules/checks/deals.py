"""Checks of meaning for «Сделки»: a row per lead (behaviour §4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

import numpy as np

from kpi_rules.checks.costs import cost_asked, of_rows
from kpi_rules.checks.doubts import doubt, readings
from kpi_rules.checks.payments import check_payments
from kpi_rules.checks.shares import check_shares
from kpi_rules.counting.deal_counts import parts_of_month, touched_now
from kpi_rules.facts.columns import Flags
from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.inputs import MonthInputs
from kpi_rules.facts.selection import month_bounds
from kpi_rules.problems import Place, Problem, Severity

BLOCKING, WARNING = Severity.BLOCKING, Severity.WARNING


def check_deals(inputs: MonthInputs, cut_at: datetime) -> list[Problem]:
    """Check the month's rows; a row that is only here because it still waits for an answer is left alone."""
    columns = inputs.facts.leads
    start, end = month_bounds(inputs.month)
    bad, is_deal, refund = columns.bad, columns.is_deal, columns.is_refund
    amounts, has_amount, has_number = columns.amounts_tiyn, columns.has_amount, columns.has_number
    paid_now = (columns.paid >= start) & (columns.paid < end)
    arrived_now = (columns.arrived >= start) & (columns.arrived < end)
    here = paid_now | arrived_now
    no_payment = np.isnat(columns.paid) & ~bad("paid_on")
    parts = parts_of_month(inputs)
    if parts is not None:
        # What can not be of rows that are paid in parts is told of their payments.
        here = here | touched_now(parts, inputs, np.datetime64(cut_at, "s"))
        paid_now, no_payment = paid_now & ~parts.rows, no_payment & ~parts.rows
    no_arrival = np.isnat(columns.arrived) & ~bad("arrived_at") & ~refund & columns.entered
    unpaid = is_deal & no_payment & here
    asked = cost_asked(inputs)
    no_cost = of_rows(asked, [*columns.codes, None])[columns.of_code]
    if columns.may_be_shared:
        no_cost = no_cost | of_rows(asked, columns.seconds.tolist())
    no_cost = no_cost & is_deal & paid_now & ~columns.has_cost & ~bad("cost_tiyn")
    by_time = ("arrived_without_time", "answered_without_time")
    arrival_by_day, answer_by_day = (inputs.facts.rows[name] for name in by_time)
    checks: list[tuple[str, Severity, str, Flags]] = [
        ("payment_without_deal", BLOCKING, "status", paid_now & ~is_deal & ~bad("status")),
        ("deal_without_amount", BLOCKING, "amount_tiyn", is_deal & paid_now & ~has_amount & ~bad("amount_tiyn")),
        ("deal_amount_zero", BLOCKING, "amount_tiyn", is_deal & paid_now & has_amount & (amounts == 0)),
        ("number_twice", BLOCKING, "number", columns.doubled),
        ("answer_before_arrival", BLOCKING, "answered_at", arrived_now & ~refund & columns.answered_too_early),
        ("deal_without_arrival", BLOCKING, "arrived_at", no_arrival),
        ("deal_without_manager", BLOCKING, "code", here & ~columns.has_code & ~bad("code")),
        ("cost_missing", BLOCKING, "cost_tiyn", no_cost),
        ("deal_without_payment_date", WARNING, "paid_on", unpaid & ~refund),
        ("refund_without_payment_date", WARNING, "paid_on", refund & no_payment),
        ("negative_amount_without_deal", WARNING, "amount_tiyn", here & ~is_deal & ~paid_now & (amounts < 0)),
        ("deal_without_status", WARNING, "status", arrived_now & columns.no_status & ~bad("status") & ~paid_now),
        ("deal_without_number", WARNING, "number", here & ~has_number & ~bad("number")),
        ("arrival_without_time", WARNING, "arrived_at", arrived_now & arrival_by_day),
        ("answer_without_time", WARNING, "answered_at", arrived_now & answer_by_day),
        ("deal_of_not_employed", WARNING, "code", _not_employed(inputs, paid_now)),
    ]  # fmt: skip
    problems = [problem for check in checks for problem in _problems(inputs.facts, *check)]
    problems += _second_not_employed(inputs, paid_now)
    problems += [*check_shares(inputs.facts, here), *check_payments(inputs, cut_at)]
    # A month that is over has no days to come; later dates are of other months.
    return problems + (future_deals(inputs.facts, cut_at, here) if np.datetime64(cut_at, "s") < end else [])


def future_deals(facts: FactFrame, as_of_at: datetime, chosen: Flags | None = None) -> list[Problem]:
    """Warn of dates that have not come yet, in the chosen rows (None: all); `as_of_at` is naive local time."""
    now = np.datetime64(as_of_at, "s")
    columns = facts.leads
    moments = {"arrived_at": columns.arrived, "answered_at": columns.answered, "paid_on": columns.paid}
    doubts = []
    for column, days in moments.items():
        late = days > now
        for problem in _problems(
            facts, "date_in_future", WARNING, column, late if chosen is None else late & chosen
        ):
            params = problem.params
            day = datetime.strptime(params["value"][:10], "%d.%m.%Y")  # noqa: DTZ007 - local time of the client
            months = readings(day.date(), as_of_at.date())
            doubts.append(
                doubt(
                    problem.code, problem.place, problem.employee, months, **params, subject=params["number"]
                )
            )
    return doubts


def _problems(facts: FactFrame, code: str, severity: Severity, column: str, chosen: Flags) -> list[Problem]:
    if not chosen.any():
        return []
    rows = facts.rows.chosen(chosen)
    return [
        Problem(
            code,
            severity,
            Place(facts.tab.key, row, column),
            {"number": _text(number) or "—", "value": _shown(value)},
            _text(employee),
        )
        for row, number, employee, value in zip(
            *map(rows.plain, ("row", "number", "code", column)), strict=True
        )
    ]


def _stints(inputs: MonthInputs) -> Mapping[str, Sequence[tuple[date, date]]]:
    stints: dict[str, list[tuple[date, date]]] = {}
    for stint in inputs.staff:
        stints.setdefault(stint.code, []).append((stint.hired_on, stint.left_on or date.max))
    return stints


def _second_not_employed(inputs: MonthInputs, chosen: Flags) -> list[Problem]:
    """Warn of the shares that fall on no card: the second manager was not employed on the day of the payment."""
    facts, stints = inputs.facts, _stints(inputs)
    columns, problems = facts.leads, []
    for shared in facts.sharing.rows:
        if not chosen[shared.place]:
            continue
        day = columns.paid[shared.place].astype("datetime64[D]").item()
        if any(start <= day <= end for start, end in stints.get(shared.second, ())):
            continue
        number = columns.numbers[shared.place]
        place = Place(facts.tab.key, int(facts.rows["row"][shared.place]), "second_code")
        params = {"number": _text(number) or "—", "value": shared.second}
        problems.append(Problem("deal_of_not_employed", WARNING, place, params, shared.second))
    return problems


def _not_employed(inputs: MonthInputs, chosen: Flags) -> Flags:
    """Tell which of the chosen rows were paid on a day of the month on which their employee was not employed."""
    columns, stints = inputs.facts.leads, _stints(inputs)
    days = list(inputs.month.days())
    absent = np.array(
        [
            [not any(start <= day <= end for start, end in stints.get(code, ())) for day in days]
            for code in columns.codes
        ],
        dtype=bool,
    ).reshape(len(columns.codes), len(days))
    rows = np.flatnonzero(chosen & columns.has_code)
    paid = columns.paid[rows].astype("datetime64[D]") - np.datetime64(days[0], "D")
    outside = np.zeros(len(chosen), dtype=bool)
    outside[rows] = absent[columns.of_code[rows], paid.astype(np.int64)]
    return outside


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%d.%m.%Y}" if value.time() == time() else f"{value:%d.%m.%Y %H:%M}"
    return str(value)
