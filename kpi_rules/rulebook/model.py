"""Rulebooks: which measures count, how they are scored, what a score pays; effective from a month on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction

from kpi_rules.measures.grains import Grain
from kpi_rules.measures.measure import Group
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


@dataclass(frozen=True)
class Kpi:
    """One line of a rulebook. `weight_percent` is in percent points (40), `cap_fraction` 1 = 100 %."""

    id: str
    measure: str
    group: Group
    scoring: Scoring
    weight_percent: Fraction
    cap_fraction: Fraction = Fraction(1)
    base: Fraction | None = None
    norm: Fraction | None = None
    when_not_applicable: WhenNotApplicable = WhenNotApplicable.SPREAD


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
        """The measures that the cards of managers and head score."""
        return tuple(dict.fromkeys(kpi.measure for kpi in (*self.kpis, *self.head_kpis)))

    def at(self, month: Month) -> Rulebook:
        """Give the rules with every policy said, as they hold in a month."""
        return replace(self, policies=self.policies.at(month))

    def beside(self, other: Rulebook) -> Rulebook:
        """Give the rules with the policies of others where these say nothing."""
        return replace(self, policies=self.policies.over(other.policies))

    def __str__(self) -> str:
        return f"{self.name} {self.from_month}"
