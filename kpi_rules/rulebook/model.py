"""Rulebooks: which measures count, how they are scored, what a score pays; effective from a month on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction

from kpi_rules.exact import exact_text
from kpi_rules.measures.catalogue import MEASURES, compared
from kpi_rules.measures.conditions import Condition
from kpi_rules.measures.grains import Grain
from kpi_rules.measures.measure import Group, Measure
from kpi_rules.measures.targets import REVENUE, TARGETS, Target
from kpi_rules.measures.units import Unit
from kpi_rules.policies import Policies
from kpi_rules.time.periods import Month


class Role(StrEnum):
    """What somebody is in the sales team."""

    MANAGER = "manager"
    HEAD = "head"


class Scoring(StrEnum):
    """How fact and target become an achievement (behaviour §5)."""

    RATIO = "ratio"
    INVERSE = "inverse"
    INDEX = "index"
    SHARE = "share"


class WhenNotApplicable(StrEnum):
    """What happens with the weight of a KPI that does not apply."""

    SPREAD = "spread"
    FULL = "full"
    ZERO = "zero"


class HowCounted(StrEnum):
    """How the values of a measure of the client's own make its fact (behaviour §4)."""

    SUM = "sum"
    MEAN = "mean"
    SHARE = "share"
    LAST = "last"


@dataclass(frozen=True)
class Kpi:
    """One line of a rulebook. `weight_percent` is in percent points (40), `cap_fraction` 1 = 100 %.

    With `only_where` it counts a part of «Сделки», with `how_counted` values of «Показатели», and `measure` is their name
    there. Its target is then one of its own: the column of its name on «План» (`own_target`, the key of that column),
    else its norm.
    """

    id: str
    measure: str
    group: Group
    scoring: Scoring
    weight_percent: Fraction
    cap_fraction: Fraction = Fraction(1)
    base: Fraction | None = None
    norm: Fraction | None = None
    when_not_applicable: WhenNotApplicable = WhenNotApplicable.SPREAD
    only_where: Condition | None = None
    own_target: str | None = None
    how_counted: HowCounted | None = None

    @property
    def is_own(self) -> bool:
        """Whether it is one of the client's own: of a part of the deals, or of their own measure."""
        return self.only_where is not None or self.how_counted is not None

    @property
    def measured(self) -> Measure:
        """The measure that it scores."""
        if self.how_counted is None:
            return MEASURES[self.measure]
        unit = Unit.FRACTION if self.how_counted is HowCounted.SHARE else Unit.NUMBER
        return Measure(self.measure, self.group, unit, sums=self.how_counted is HowCounted.SUM)

    @property
    def compared(self) -> Measure:
        """The measure whose fact stands against the target: itself, or the one that it is a share of."""
        return compared(self.measure) if self.how_counted is None else self.measured

    @property
    def is_of_revenue_plan(self) -> bool:
        """Whether it compares all revenue with its plan."""
        return self.target_field == REVENUE

    @property
    def norm_unit(self) -> Unit:
        """What base and norm are counted in: that of the measure; a norm that is its target, that of the fact."""
        return self.compared.unit if self._norm_is_target else self.measured.unit

    @property
    def _norm_is_target(self) -> bool:
        return self.is_own and self.scoring is not Scoring.INDEX

    @property
    def target_field(self) -> str | None:
        """Under which name its target stands among a card's targets; None: it is 100 %."""
        target = self.target
        return self.measured.target if target is None else target.field

    @property
    def target(self) -> Target | None:
        """The target of its own; None where it has the measure's, or none at all."""
        usual = self.measured
        if not self.is_own or (self.how_counted is None and usual.target is None):
            return None
        field = self.own_target
        if field is None and (self.norm is None or (usual.share_of and not self._norm_is_target)):
            return None
        if field is None:
            field = f"norm:{self.id}:{exact_text(self.norm or Fraction())}"
        return Target(
            field,
            self.compared.unit,
            width_px=120,
            additive=usual.additive,
            zero_means_none=usual.may_ask_nothing,
            on_leads=(usual.target or "") in TARGETS and TARGETS[usual.target or ""].on_leads,
        )


@dataclass(frozen=True)
class Band:
    """What scores from `from_percent` on pay: the share of the variable pay. `id` is full, reduced or base."""

    id: str
    from_percent: int
    coefficient: Fraction


@dataclass(frozen=True)
class Rulebook:
    """A named set of rules in force from `from_month` on: the managers' card, the head's card, the bands."""

    name: str
    from_month: Month
    kpis: tuple[Kpi, ...]
    head_kpis: tuple[Kpi, ...]
    bands: tuple[Band, ...]
    policies: Policies = field(default_factory=Policies)
    grain: Grain = Grain.LEAD
    """What the measures stand on: a row per lead (B2B), or a row per employee and day (B2C)."""

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures of the catalogue that the cards of managers and head score."""
        return tuple(dict.fromkeys(kpi.measure for kpi in self.all_kpis if kpi.how_counted is None))

    @property
    def all_kpis(self) -> tuple[Kpi, ...]:
        """The lines of both cards."""
        return (*self.kpis, *self.head_kpis)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions of both cards, each once."""
        return tuple(dict.fromkeys(kpi.only_where for kpi in self.all_kpis if kpi.only_where is not None))

    @property
    def condition_columns(self) -> tuple[str, ...]:
        """The keys of the columns that conditions name, each once."""
        return tuple(dict.fromkeys(column for each in self.conditions for column in each.columns))

    def at(self, month: Month) -> Rulebook:
        """Give the rules with every policy said, as they hold in a month."""
        return replace(self, policies=self.policies.at(month))

    def beside(self, other: Rulebook) -> Rulebook:
        """Give the rules with the policies of others where these say nothing."""
        return replace(self, policies=self.policies.over(other.policies))

    def __str__(self) -> str:
        return f"{self.name} {self.from_month}"
