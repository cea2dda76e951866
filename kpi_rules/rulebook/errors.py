"""Why a rulebook can not be used, and the rows of «Правила» as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from kpi_rules.measures.conditions import Condition
from kpi_rules.problems import Place, Problem, Severity
from kpi_rules.time.periods import Month

REFUSALS = {
    "value": ("«{value}» can not be used here ({expected})", "write {expected}"),
    "weights": ("the weights of the {role} card add up to {sum} %", "make them exactly 100"),
    "kpi_count": ("the {role} card has {count} KPIs", "keep four to seven"),
    "groups": (
        "the {role} card has no KPI of the group {group}; pay for the plan alone teaches to sell at any price",
        "add one of that group",
    ),
    "weight_zero": ("the weight of «{id}» is {value}", "give a weight above 0 or remove the KPI"),
    "cap": ("the cap of «{id}» is {value}", "give a cap above 0"),
    "kpi_twice": ("«{id}» stands twice in the {role} card", "name each KPI once"),
    "head_missing": ("there is no card of the head of sales", "add KPIs with the role head"),
    "manager_missing": ("there is no card of the managers", "add KPIs with the role manager"),
    "unknown_measure": (
        "there is no measure «{value}»",
        "use one of: {expected}; or say how a measure of your own is counted",
    ),
    "how_counted_needless": (
        "«{measure}» counts by itself, and «{id}» says how",
        "clear that, or name a measure of your own",
    ),
    "measure_inputs": ("«{measure}» can not be had from {inputs}", "choose another measure or input"),
    "index_numbers": ("«{id}» is scored as an index without base and norm", "fill in both"),
    "index_flat": ("base and norm of «{id}» are both {value}", "make them differ"),
    "share_unit": ("«{id}» is scored as a share, but {measure} is no share", "use ratio, inverse or index"),
    "no_target": ("«{id}» compares {measure} with a target, and there is none", "use share or index"),
    "condition_not_of_deals": (
        "«{id}» says which deals count, and does not stand on deals",
        "choose a measure of deals or clear the condition",
    ),
    "own_target_missing": (
        "«{id}» has no target of its own",
        "add a column of its name to the plan, or fill in its norm",
    ),
    "norm_zero": ("the norm of «{id}» is {value}", "give a norm above 0"),
    "bands_missing": ("there are no bands", "add bands from 0 % upwards"),
    "bands_gap": ("scores below {value} % belong to no band", "let the lowest band begin at 0 %"),
    "bands_overlap": ("two bands begin at {value} %", "let each band begin elsewhere"),
    "bands_unsorted": ("the bands are not in order", "sort them by their lower bound"),
    "band_twice": ("the band «{id}» stands twice", "name each band once"),
    "coefficient": ("the band «{id}» pays {value} %", "give a share from 0 to 100 %, or more above 100 %"),
    "band_name": ("the band from {value} % has no name", "give it one"),
    "band_unreachable": (
        "the band «{id}» begins at {value} %, and no card comes above {highest} %",
        "let it begin lower or raise a cap",
    ),
}
"""Reason and remedy of each refusal; the same codes with `rules_` in front are problems of the tab."""


class RulebookError(ValueError):
    """A rulebook that can not be used: where, why, and what to do; `problem()` is the same as a value."""

    def __init__(
        self, code: str, place: str, row: int | None = None, column: str | None = None, **params: object
    ) -> None:
        """Take the code of `REFUSALS`, the place in words, and the sheet row where there is one."""
        reason, remedy = (text.format(**params) for text in REFUSALS[code])
        super().__init__(f"{place}: {reason}; {remedy}")
        self.code, self.place, self.reason, self.remedy = code, place, reason, remedy
        self.row, self.column, self.params = row, column, params

    def problem(self) -> Problem:
        """Give the refusal as a blocking problem of the «Правила» tab."""
        texts = {name: str(value) for name, value in self.params.items()}
        return Problem(f"rules_{self.code}", Severity.BLOCKING, Place("rules", self.row, self.column), texts)


@dataclass(frozen=True)
class KpiRow:
    """A KPI row of «Правила» as plain values. Shares are fractions (0.4 = 40 %); money in ₸."""

    from_month: Month
    role: str
    id: str
    group: str
    measure: str
    scoring: str
    weight_fraction: Fraction
    cap_fraction: Fraction | None = None
    base: Fraction | None = None
    norm: Fraction | None = None
    when_not_applicable: str | None = None
    only_where: Condition | None = None
    how_counted: str | None = None
    own_target: str | None = None
    """The key of the column of its name on «План», where there is one."""
    row: int | None = None


@dataclass(frozen=True)
class BandRow:
    """A band row of «Правила» as plain values; shares are fractions."""

    from_month: Month
    from_fraction: Fraction
    id: str
    coefficient_fraction: Fraction
    row: int | None = None
