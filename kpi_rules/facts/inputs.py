"""What people entered, typed: the facts of a workbook and of a payroll book, and of one month of them.

Frames are as `kpi_rules.facts.frames` describes them. Money is in tiyn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from functools import cached_property

from kpi_rules.facts.columns import Columns
from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.payments import CountedParts, DealInParts, Payment
from kpi_rules.facts.percents import PercentRow
from kpi_rules.policies import Policies
from kpi_rules.questions import Question
from kpi_rules.rulebook.model import Role, Rulebook
from kpi_rules.spelling import folded
from kpi_rules.time.periods import Month, WorkingCalendar
from kpi_rules.time.settings import Settings

VALUES = "measures"
"""The key of «Показатели»."""
ALWAYS_THERE = date(1950, 1, 1)
"""Hired on no day that could be read: the person is taken for one who was always there."""


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
    """Targets of one employee for one month, as entered (full month, not prorated).

    Args:
        month: for which month.
        code: whose.
        targets: by field (`kpi_rules.measures.targets`) what was entered, in the target's unit; no blank ones.
        bad: the fields whose cells could not be read.
        row: the sheet row.
    """

    month: Month
    code: str
    targets: Mapping[str, int | Fraction] = field(default_factory=dict)
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
    """What the head decided: not applicable, zero, exclude a row, there were no sales; of doubtful rows that they are right."""

    NOT_APPLICABLE = "not_applicable"
    ZERO = "zero"
    EXCLUDE_ROW = "exclude_row"
    NO_SALES = "no_sales"
    RIGHT = "right"


@dataclass(frozen=True)
class Decision:
    """One row of «Решения»: for an employee and a KPI (its id) or rows (a №, `12, 15–30`, days), with a reason."""

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
class OwnValue:
    """One row of «Показатели»; what is blank or could not be read is None.

    Args:
        on: the day.
        code: whose it is.
        measure: the measure, as it was typed.
        value: how much.
        bad: the columns whose cells could not be read.
        row: the sheet row.
    """

    on: date | None
    code: str | None
    measure: str | None
    value: Fraction | None
    bad: frozenset[str] = frozenset()
    row: int = 0

    @property
    def is_clear(self) -> bool:
        """Whether day, person, measure and value are told."""
        return None not in (self.on, self.code, self.measure, self.value)

    @property
    def order(self) -> tuple[date, str, str, Fraction, list[str]]:
        """Give its place among others, whatever the sheet's order."""
        return (
            self.on or date.min,
            self.code or "",
            self.measure or "",
            self.value or Fraction(),
            sorted(self.bad),
        )

    def is_of(self, measure: str) -> bool:
        """Tell whether it is of a measure, however that is spelled; a row that names none may be of any."""
        return self.measure is None or folded(self.measure) == folded(measure)

    def is_in(self, month: Month) -> bool:
        """Tell whether its day is one of the month's."""
        return self.on is not None and month.first_on <= self.on <= month.last_on


@dataclass(frozen=True)
class WorkbookInputs:
    """Everything in the input tabs of a workbook, all months together: `facts` are leads or days, `marks` marks."""

    staff: tuple[Employment, ...]
    plan: tuple[PlanRow, ...]
    facts: FactFrame
    marks: FactFrame
    absences: tuple[Absence, ...]
    settings: Settings
    objections: tuple[Objection, ...]
    rulebooks: tuple[Rulebook, ...]
    """All versions of «Правила», in order of their first month; empty where the tab could not be read."""
    payments: tuple[Payment, ...] = ()
    """The rows of «Оплаты»; none where the client has no such tab."""
    questions: tuple[Question, ...] = ()
    """What took leads out of somebody's count after they were registered; none where no ledger knows of them."""
    values: tuple[OwnValue, ...] = ()
    """The rows of «Показатели»; none where the client has no such tab."""


@dataclass(frozen=True)
class PayrollInputs:
    """Everything in the input tabs of a payroll book."""

    months: tuple[MonthTick, ...] = ()
    decisions: tuple[Decision, ...] = ()
    salaries: tuple[Salary, ...] = ()
    corrections: tuple[Correction, ...] = ()
    percents: tuple[PercentRow, ...] = ()
    """The rows of «Проценты»; none where the client has no such tab."""


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

    `plan` holds this month's rows only. Of leads `facts` holds those that arrived or were paid in the month and
    those still without an answer; frames of days hold this month's days. `payments` are those of these leads up to
    the month's end.
    """

    month: Month
    staff: tuple[Employment, ...]
    plan: tuple[PlanRow, ...]
    facts: FactFrame
    marks: FactFrame
    absences: tuple[Absence, ...]
    settings: Settings
    decisions: tuple[Decision, ...]
    rulebook: Rulebook
    calendar: WorkingCalendar
    payments: tuple[Payment, ...] = ()
    parts_before: CountedParts | None = None
    """What the sealed months made of deals in parts; None where none is sealed, or none had any."""
    percents: tuple[PercentRow, ...] = ()
    """The steps of «Проценты» that hold in the month."""
    questions: tuple[Question, ...] = ()
    """Those that concern the month's leads, answered or not."""
    values: tuple[OwnValue, ...] = ()
    """The rows of «Показатели» of the month."""
    history: tuple[PastMonth, ...] = ()
    """The months just before, oldest first, as the workbook shows them: for information, never scored."""
    before: MonthInputs | None = None
    """The month before, for the checklist of the first working day; no part of a sealed record."""
    open_deals: Columns | None = None
    """Deals of earlier months that are still in work, for the checklist; no part of a sealed record."""
    in_parts: tuple[DealInParts, ...] = ()
    """How deals in parts of all months stand at the month's end, for the signals; no part of a sealed record."""

    @cached_property
    def policies(self) -> Policies:
        """All policies as they hold in the month."""
        return self.rulebook.policies.at(self.month)
