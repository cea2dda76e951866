"""What a measure is: one object with its unit, its formula, its target, and how it is shown (behaviour §4).

A new measure is one `Measure` in `catalogue.MEASURES` and its names in `templates/texts/names.measures.toml`
(`choice.measure.<id>` in a dropdown, `explain.measure.<id>` at the beginning of a sentence).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from kpi_rules.measures.counts import Counts
from kpi_rules.measures.facts import Fact
from kpi_rules.measures.targets import PRODUCTS, TARGETS
from kpi_rules.measures.units import Unit
from kpi_rules.policies import Policies


class Group(StrEnum):
    """KPI = result + process + discipline."""

    RESULT = "result"
    PROCESS = "process"
    DISCIPLINE = "discipline"


class Direction(StrEnum):
    """Which way a measure gets better."""

    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True)
class Standing:
    """What a fact of sales is worked out from: the counts of one employee or the team, the month's policies.

    `norm_minutes` is the response norm of this card, None where it has none.
    """

    counts: Counts
    policies: Policies
    norm_minutes: Fraction | None


Formula = Callable[[Standing], Fact]
Values = Callable[[str], Fraction]
"""Gives the value of another measure of the same card, 0 where it has none."""


@dataclass(frozen=True)
class Measure:
    """One measure. Its fact comes from one of three: counts (`fact`), marks, or the share of a target.

    Args:
        id: the key by which rulebooks, records and texts know it.
        group: the group of a card in which it stands unless the rulebook file says otherwise.
        unit: what facts and targets are counted in.
        fact: how the fact comes from counts.
        concerns: the counts that it says something about; where one is unknown there is no data, by the first.
            A name of its own is what columns of a template count under (`counts = "…"`), in `Counts.more`.
        of_marks: whether it is 'да' / ('да' + 'нет') of marks: of those columns that count it in the template.
        share_of: the measure whose fact is compared with the target, in that one's unit; this one's own fact is
            the share of the target that was reached.
        target: the field of a plan row that it is compared with (`deals` = leads × conversion); None = 100 %.
        direction: which way is better.
        of_leads: under which policies it needs a row per lead; None: never.
        per_deal: what one deal more, won from the leads that are there, adds to the fact.
        proposes_target: whether its past says what target to propose in a plan row.
        sums: of a measure of the client's own: whether it adds values up.
    """

    id: str
    group: Group
    unit: Unit
    fact: Formula | None = None
    concerns: tuple[str, ...] = ()
    of_marks: bool = False
    share_of: str | None = None
    target: str | None = None
    direction: Direction = Direction.HIGHER
    of_leads: Callable[[Policies], bool] | None = None
    per_deal: Callable[[Values], Fraction] | None = None
    proposes_target: bool = False
    sums: bool = False

    @property
    def additive(self) -> bool:
        """Whether its target shrinks with the worked days and grows with the days of a running month."""
        return (
            self.sums
            or self.target in PRODUCTS
            or (self.target is not None and TARGETS[self.target].additive)
        )

    @property
    def is_of_waits(self) -> bool:
        """Whether it says how long leads waited: with a row per lead the client's hours count into it."""
        return "response" in self.concerns

    @property
    def may_ask_nothing(self) -> bool:
        """Whether its target may be 0, so that nothing was asked and it does not apply."""
        parts = PRODUCTS.get(self.target or "", (self.target or "",))
        return any(part in TARGETS and TARGETS[part].zero_means_none for part in parts)


MeasureFacts = Mapping[str, Fact]
"""Facts by the ids of their measures."""
