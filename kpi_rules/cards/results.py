"""What the rules tell about a month: scores with their reasons, causes, and pay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from kpi_rules.measures.facts import Fact, State
from kpi_rules.problems import Problem
from kpi_rules.questions import Question
from kpi_rules.rulebook.model import Band, Kpi, Role
from kpi_rules.time.periods import Month


@dataclass(frozen=True)
class KpiResult:
    """One KPI of one employee. Money in tiyn, shares as fractions, minutes as minutes; all exact.

    `target` is what the fact was compared with (prorated, to date in a running month). `points` =
    `effective_weight_percent` × `achievement`; `effective_weight_percent` is the weight after spreading, which a
    KPI without data keeps: it has no points.
    """

    kpi: Kpi
    state: State
    fact: Fraction | None = None
    target: Fraction | None = None
    achievement_fraction: Fraction | None = None
    effective_weight_percent: Fraction | None = None
    points: Fraction | None = None
    reason: str | None = None
    may_not_apply: bool = False
    """Without data: whether it may turn out not to apply."""


@dataclass(frozen=True)
class Known:
    """What is known of a score while data are missing (behaviour §5), all exact.

    `points` of the `weight_percent` that is known; the rest of 100 is unknown, so the score lies between `low` and
    `high`, in percent.
    """

    weight_percent: Fraction
    points: Fraction
    low: Fraction
    high: Fraction


@dataclass(frozen=True)
class Cause:
    """A part of the gap to plan, in tiyn (positive = money missing), with its key («few_leads»)."""

    id: str
    amount_tiyn: int
    params: Mapping[str, Fraction | None]


@dataclass(frozen=True)
class Diagnosis:
    """The gap to plan (plan − revenue, tiyn) split exactly: Σ parts = gap. Signals carry no money."""

    plan_tiyn: int
    revenue_tiyn: int
    gap_tiyn: int
    parts: tuple[Cause, ...]
    signals: tuple[Cause, ...]


@dataclass(frozen=True)
class Sales:
    """What a percent of sales stands on, of an employee or (for the head) of the team; exact, in tiyn.

    `plan_tiyn` is the revenue plan prorated, to date in a running month; None = there is none. Revenue and margin are
    None where they cannot be told.
    """

    plan_tiyn: Fraction | None
    revenue_tiyn: int | None
    margin_tiyn: int | None


@dataclass(frozen=True)
class EmployeeResult:
    """The card of one employee (or of the head, over the whole team)."""

    code: str
    name: str
    role: Role
    norm_days: int
    worked_days: int
    kpis: tuple[KpiResult, ...]
    facts: Mapping[str, Fact]
    score: Fraction | None
    score_percent: int | None
    band: Band | None
    """Without a score the one in which it lies however it turns out, if there is such a one."""
    preliminary: bool
    """True while missing data leaves the score open."""
    reason: str | None = None
    """Why there is no score: «no_data», «no_plan», «zero_days», «nothing_applicable», «too_early», …"""
    diagnosis: Diagnosis | None = None
    plan_tiyn: int | None = None
    """The prorated revenue plan of the whole month."""
    plan_to_date_tiyn: int | None = None
    next_band: Band | None = None
    """The next band that pays more, None on the best one or without a score."""
    worked_fraction: Fraction = Fraction(0)
    """Worked / norm days of the month: what base and variable pay are multiplied with."""
    known: Known | None = None
    """Where data are missing: what of the score is known. None where it is whole, or where nothing is scored."""
    sales: Sales | None = None
    """What a percent of sales stands on; no part of a sealed record."""


@dataclass(frozen=True)
class TeamResult:
    """The team: pooled revenue and plan, and the same split of the gap."""

    revenue_tiyn: int
    plan_tiyn: int | None
    facts: Mapping[str, Fact]
    diagnosis: Diagnosis | None
    plan_to_date_tiyn: int | None = None


@dataclass(frozen=True)
class FunnelRow:
    """One stage (of one source, or of all) of the funnel: count and share of the stage before."""

    source: str | None
    stage: str
    count: int
    share_fraction: Fraction | None
    norm_fraction: Fraction | None = None
    gain_tiyn: int | None = None
    bottleneck: bool = False


@dataclass(frozen=True)
class ForecastRecord:
    """How forecasts as of the same day of earlier months turned out.

    `inside` of `months` ended within their interval; `error_percent` = Σ |forecast − revenue| / Σ revenue.
    """

    months: int
    inside: int
    error_percent: int


@dataclass(frozen=True)
class Forecast:
    """Month-end revenue of an employee (code) or the team (None), with an 80 % interval, in tiyn.

    An estimate, given with three digits. `record` is None while there is no earlier month to look at.
    """

    code: str | None
    expected_tiyn: int
    low_tiyn: int
    high_tiyn: int
    record: ForecastRecord | None = None


@dataclass(frozen=True)
class ChecklistItem:
    """One thing for the head to do today; `kind` is a key of the texts."""

    kind: str
    code: str | None
    params: Mapping[str, str]


@dataclass(frozen=True)
class Signal:
    """One thing seen that is fair to know and never scored; `kind` is a key of the texts («signal.…»)."""

    kind: str
    code: str
    params: Mapping[str, str]


@dataclass(frozen=True)
class MonthResults:
    """Everything that the rules say about a month at a moment."""

    month: Month
    rulebook: str
    as_of_at: datetime
    final: bool
    employees: tuple[EmployeeResult, ...]
    team: TeamResult
    funnel: tuple[FunnelRow, ...]
    forecast: tuple[Forecast, ...]
    checklist: tuple[ChecklistItem, ...]
    problems: tuple[Problem, ...]
    signals: tuple[Signal, ...] = ()
    """For the head alone; no part of a sealed record."""
    questions: tuple[Question, ...] = ()
    """Those about registered leads that are unanswered; what they come to is in the results."""


@dataclass(frozen=True)
class PaidCorrection:
    """A correction as it entered a payroll line. `number` is its №."""

    number: str
    for_month: Month
    amount_tiyn: int
    reason: str


@dataclass(frozen=True)
class PercentPart:
    """A part of somebody's percent of sales: so much of the base (exact tiyn) at the rate of one step.

    `from_fraction` is the completion of the plan at which the step begins. `coefficient` is the band's where the row
    asks for it, else None.
    """

    base: str
    from_fraction: Fraction
    rate_fraction: Fraction
    part_tiyn: Fraction
    coefficient: Fraction | None = None

    @property
    def pays_tiyn(self) -> Fraction:
        """What it comes to, not rounded."""
        return self.part_tiyn * self.rate_fraction * (1 if self.coefficient is None else self.coefficient)


@dataclass(frozen=True)
class PayLine:
    """One line of a payroll tab; all money in tiyn, whole tenge where paid (behaviour §7, «Payroll tab»).

    `carried_in_tiyn` ≤ 0 came from earlier months, `carried_out_tiyn` ≤ 0 goes on to the next:
    a negative correction takes at most that month's variable part, the base salary is never touched. A field that
    comes later has a default, which says that there was nothing of it: sealed lines without it stay as they are.
    """

    code: str
    name: str
    norm_days: int
    worked_days: int
    base_tiyn: int
    base_accrued_tiyn: int
    variable_full_tiyn: int
    score_percent: int | None
    band_id: str | None
    coefficient: Fraction
    variable_accrued_tiyn: int
    corrections: tuple[PaidCorrection, ...]
    carried_in_tiyn: int
    carried_out_tiyn: int
    total_tiyn: int
    preliminary: bool = False
    """True while data are missing: variable part and total are none to pay yet; without a band the part is put at 0."""
    percent_tiyn: int = 0
    """The percent of sales, a part of the variable pay beside `variable_accrued_tiyn`; below 0 it is owed."""
    percents: tuple[PercentPart, ...] = ()
    """How it comes about; none where nothing of «Проценты» holds for this person."""

    @property
    def variable_paid_tiyn(self) -> int:
        """The variable pay as a whole: what the score brings, and the percent of sales."""
        return self.variable_accrued_tiyn + self.percent_tiyn


@dataclass(frozen=True)
class Payroll:
    """The payroll of one month, a line per employee."""

    month: Month
    rulebook: str
    lines: tuple[PayLine, ...]
    vat: str = ""
    """Whether the sums that it stands on were typed with НДС («included»), without, or nobody said."""
