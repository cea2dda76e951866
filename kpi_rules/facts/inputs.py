"""What people entered, typed: the facts of a workbook and of a payroll book, and of one month of them.

Frames hold one row per sheet row. In every frame `row` is the 1-based sheet row (never part of a sealed
record), blank cells are NA/None/NaT, and for a column `x` whose cell was not blank but could not be read
`bad_x` is True (and `x` is NA): a bad cell is never 0 and never dropped. Moments are naive local time of the
client's zone, to the second; days are midnights. Money is in tiyn.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from functools import cached_property

import pandas as pd

from kpi_rules.facts.deal_columns import DealColumns
from kpi_rules.measures.marks import MARKS
from kpi_rules.policies import Policies
from kpi_rules.rulebook.model import Role, Rulebook
from kpi_rules.time.periods import Month, WorkingCalendar
from kpi_rules.time.settings import Settings

DEAL_COLUMNS = {
    "row": "int64",
    "number": "object",  # str | None: № as text
    "arrived_at": "datetime64[s]",
    "arrived_without_time": "bool",  # a date without a time: counts as the start of that working day
    "code": "object",  # str | None: employee's code, resolved from «Менеджер»
    "customer": "object",
    "source": "object",
    "answered_at": "datetime64[s]",
    "answered_without_time": "bool",
    "status": "object",  # 'new' | 'in_progress' | 'deal' | 'lost' | None
    "amount_tiyn": "Int64",
    "cost_tiyn": "Int64",
    "paid_on": "datetime64[s]",
    "repeat": "bool",
    "refusal_reason": "object",
    "comment": "object",
}
DEAL_BAD_COLUMNS = (
    "bad_number", "bad_arrived_at", "bad_code", "bad_answered_at", "bad_status", "bad_amount_tiyn",
    "bad_cost_tiyn", "bad_paid_on", "bad_repeat",
)  # fmt: skip
REPORT_COLUMNS = {
    "row": "int64",
    "on": "datetime64[s]",
    "code": "object",
    "leads_received": "Int64",
    "leads_processed": "Int64",
    "deals": "Int64",
    "revenue_tiyn": "Int64",
    "cost_tiyn": "Int64",
    "repeat_deals": "Int64",
    "response_seconds": "Int64",  # mean answer time of the day
}
REPORT_BAD_COLUMNS = tuple(f"bad_{name}" for name in REPORT_COLUMNS if name != "row")
DISCIPLINE_COLUMNS = {
    "row": "int64",
    "on": "datetime64[s]",
    "code": "object",
    **dict.fromkeys(MARKS, "object"),  # 'yes' | 'no' | 'na' | None
}
DISCIPLINE_BAD_COLUMNS = ("bad_on", "bad_code", *(f"bad_{mark}" for mark in MARKS))


@dataclass(frozen=True)
class Employment:
    """One row of «Сотрудники»: a stint of one person (the same code may stand twice, without overlap)."""

    code: str
    name: str
    email: str
    role: Role
    hired_on: date
    left_on: date | None
    week_days: int
    row: int = 0


@dataclass(frozen=True)
class PlanRow:
    """Targets of one employee for one month, as entered (full month, not prorated). None = blank.

    Shares are fractions (0.25 = 25 %). `bad` names the fields whose cells could not be read.
    """

    month: Month
    code: str
    revenue_tiyn: int | None = None
    conversion_fraction: Fraction | None = None
    average_deal_tiyn: int | None = None
    leads: int | None = None
    response_minutes: Fraction | None = None
    repeat_fraction: Fraction | None = None
    margin_fraction: Fraction | None = None
    bad: frozenset[str] = frozenset()
    row: int = 0


@dataclass(frozen=True)
class Absence:
    """Days away, both ends included; why is nobody's business."""

    code: str
    from_on: date
    to_on: date
    row: int = 0


@dataclass(frozen=True)
class Objection:
    """One row of «Возражения». Open until the head has ticked «Решено» and answered."""

    number: str
    month: Month | None
    code: str | None
    text: str
    answer: str
    resolved: bool
    row: int = 0


class DecisionKind(StrEnum):
    """What the head decided about missing data: not applicable, zero, exclude a row, there were no sales."""

    NOT_APPLICABLE = "not_applicable"
    ZERO = "zero"
    EXCLUDE_ROW = "exclude_row"
    NO_SALES = "no_sales"


@dataclass(frozen=True)
class Decision:
    """One row of «Решения»: for an employee and a KPI (its id) or a row (its №), with a reason."""

    month: Month
    code: str
    subject: str
    kind: DecisionKind
    reason: str
    approved: bool
    row: int = 0


@dataclass(frozen=True)
class Salary:
    """One row of «Оклады»: holds from its month on. `approved` matters for the head's own row."""

    code: str
    from_month: Month
    base_tiyn: int
    variable_tiyn: int
    approved: bool
    row: int = 0


@dataclass(frozen=True)
class Correction:
    """One row of «Корректировки»: known by its №, paid once, in the first month closed after approval."""

    number: str
    for_month: Month
    code: str
    amount_tiyn: int
    reason: str
    approved: bool
    row: int = 0


@dataclass(frozen=True)
class MonthTick:
    """One row of «Месяцы»: the head's ticks."""

    month: Month
    plan_approved: bool
    close: bool
    row: int = 0


@dataclass(frozen=True)
class WorkbookInputs:
    """Everything in the input tabs of a workbook, all months together. Frames as described above."""

    staff: tuple[Employment, ...]
    plan: tuple[PlanRow, ...]
    deals: pd.DataFrame
    reports: pd.DataFrame
    discipline: pd.DataFrame
    absences: tuple[Absence, ...]
    settings: Settings
    objections: tuple[Objection, ...]
    rulebooks: tuple[Rulebook, ...]
    """All versions of «Правила», in order of their first month; empty where the tab could not be read."""

    @cached_property
    def deal_columns(self) -> DealColumns:
        """The columns of `deals` as arrays."""
        return DealColumns(self.deals)


@dataclass(frozen=True)
class PayrollInputs:
    """Everything in the input tabs of a payroll book."""

    months: tuple[MonthTick, ...] = ()
    decisions: tuple[Decision, ...] = ()
    salaries: tuple[Salary, ...] = ()
    corrections: tuple[Correction, ...] = ()


@dataclass(frozen=True)
class SourceCounts:
    """What came of one source (None = no source given) in a month: the team's funnel."""

    source: str | None
    leads: int
    processed: int
    deals: int
    deals_tiyn: int


@dataclass(frozen=True)
class PastMonth:
    """What an earlier month leaves for the forecast and the funnel's norms.

    `revenue` holds (code, day, tiyn) of each day with payments, the code "" where none was given.
    """

    month: Month
    revenue: tuple[tuple[str, date, int], ...]
    sources: tuple[SourceCounts, ...]


@dataclass(frozen=True)
class MonthInputs:
    """The facts of one month and the rules that hold for it: all that scores, causes and pay stand on.

    `plan` holds this month's rows only. `deals` holds the rows that arrived or were paid in the month and
    those still without an answer; the frames of days hold this month's days.
    """

    month: Month
    staff: tuple[Employment, ...]
    plan: tuple[PlanRow, ...]
    deals: pd.DataFrame
    reports: pd.DataFrame
    discipline: pd.DataFrame
    absences: tuple[Absence, ...]
    settings: Settings
    decisions: tuple[Decision, ...]
    rulebook: Rulebook
    calendar: WorkingCalendar
    history: tuple[PastMonth, ...] = ()
    """The months just before, oldest first, as the workbook shows them: for information, never scored."""
    before: MonthInputs | None = None
    """The month before, for the checklist of the first working day; no part of a sealed record."""
    open_deals: pd.DataFrame | None = None
    """Deals of earlier months that are still in work, for the checklist; no part of a sealed record."""
    looked_at: DealColumns | None = None
    """Columns that were looked at already; they are used again where they are those of `deals`."""

    @cached_property
    def policies(self) -> Policies:
        """All policies as they hold in the month."""
        return self.rulebook.policies.at(self.month)

    @cached_property
    def deal_columns(self) -> DealColumns:
        """The columns of `deals` as arrays."""
        known = self.looked_at
        return known if known is not None and known.deals is self.deals else DealColumns(self.deals)
