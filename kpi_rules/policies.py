"""The choices that a rulebook makes beside its KPIs: each declared once, its default keyed by month.

What a policy is called, what it may say and what holds where a rulebook does not name it stand in its declaration
here; the rulebook file, its checks, the records, drafts and the told differences come from that. So a new one is
declared here, used by its object (`policies[MIN_LEADS]`), and named in `templates/texts/names.rules.toml`.

**A change of meaning is a dated policy.** `oldest` is what the rules meant before the policy existed: it holds in
every record that was frozen without it. `changed` says from which month on another value is the default: months
that open from then on take it, months before and months frozen before keep theirs (docs/behaviour.md §5, §7b).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Generic, TypeVar, cast

from kpi_rules.exact import exact_number, exact_text
from kpi_rules.time.periods import Month

PolicyValue = str | int | Fraction
Value = TypeVar("Value", str, int, Fraction)


ALWAYS = Month(1900, 1)
"""Since when a default holds that is older than every client: only what was frozen before it keeps the oldest."""


class PolicyKind(StrEnum):
    """What a policy says: one of some words, a whole number from 0 on, or a share (a fraction, 1 = 100 %)."""

    CHOICE = "choice"
    WHOLE = "whole"
    SHARE = "share"


@dataclass(frozen=True)
class Policy(Generic[Value]):
    """One policy. `id` is the key of its words as well («rules.diff.policy_name.…»); shares end in `_fraction`.

    `oldest` holds in what was frozen before the policy existed; `changed` are its later defaults, each from a
    month on, in order of the months. `allowed` are the words of a choice.
    """

    id: str
    kind: PolicyKind
    oldest: Value
    changed: tuple[tuple[Month, Value], ...] = ()
    allowed: tuple[str, ...] = ()

    @property
    def file_key(self) -> str:
        """How the rulebook file calls it: people write shares in percent."""
        return f"{self.record_key}_percent" if self.kind is PolicyKind.SHARE else self.id

    @property
    def record_key(self) -> str:
        """How records call it."""
        return self.id.removesuffix("_fraction")

    @property
    def expected(self) -> str:
        """What may be written in the rulebook file: words of the file and signs, in no language."""
        return {
            PolicyKind.CHOICE: ", ".join(self.allowed),
            PolicyKind.WHOLE: "≥ 0",
            PolicyKind.SHARE: "0…100",
        }[self.kind]

    def default(self, month: Month) -> Value:
        """Give what holds in a month whose rulebook does not name it."""
        holding = self.oldest
        for from_month, value in self.changed:
            if from_month <= month:
                holding = value
        return holding

    def allows(self, value: object) -> bool:
        """Tell whether a value is one that this policy knows."""
        if self.kind is PolicyKind.CHOICE:
            return value in self.allowed
        if self.kind is PolicyKind.WHOLE:
            return type(value) is int and value >= 0
        return isinstance(value, Fraction) and 0 <= value <= 1

    def from_file(self, written: object) -> Value:
        """Read what the rulebook file says. Raises ValueError where it says nothing that is allowed."""
        value = written
        if self.kind is PolicyKind.SHARE:
            if isinstance(written, bool) or not isinstance(written, int | str):
                raise ValueError(self.expected)
            value = exact_number(str(written)) / 100
        if not self.allows(value):
            raise ValueError(self.expected)
        return cast("Value", value)

    def in_file(self, value: PolicyValue) -> PolicyValue:
        """Give a value as the rulebook file says it."""
        return Fraction(value) * 100 if self.kind is PolicyKind.SHARE else value

    def to_record(self, value: PolicyValue) -> str | int:
        """Write a value as plain JSON."""
        return exact_text(value) if isinstance(value, Fraction) else value

    def from_record(self, written: Any) -> Value:
        """Read what `to_record` wrote."""
        return cast("Value", exact_number(written) if self.kind is PolicyKind.SHARE else written)


CONVERSION_BASIS = Policy("conversion_basis", PolicyKind.CHOICE, "paid", allowed=("paid", "cohort"))
"""Which deals a conversion counts: those paid in the month, or those of its own leads."""
MIN_LEADS = Policy("min_leads", PolicyKind.WHOLE, 1)
"""With fewer leads neither conversion nor answer time applies."""
RAMP_MONTHS = Policy("ramp_months", PolicyKind.WHOLE, 0)
"""So many months after hiring nothing is scored."""
MARKS_MINIMUM = Policy("marks_minimum_fraction", PolicyKind.SHARE, Fraction(4, 5))
"""With marks on a smaller share of the days that are due, a measure of discipline has no data."""
FACTOR_CAUSES, MERGED_CAUSES = "factors", "merged"
CAUSES = Policy(
    "causes",
    PolicyKind.CHOICE,
    FACTOR_CAUSES,
    ((ALWAYS, MERGED_CAUSES),),
    allowed=(FACTOR_CAUSES, MERGED_CAUSES),
)
"""How a missed plan is split over its causes: by three factors, or with leads and conversion as one where a
conversion says nothing, small causes in one, and the team as the sum of its managers."""

MISSING_DATA = Policy(
    "missing_data", PolicyKind.CHOICE, "row", changed=((ALWAYS, "cell"),), allowed=("row", "cell")
)
"""What missing data leaves unknown: what hangs together with it in its row, or what it feeds and nothing else."""

FIRST_PAYMENT = Policy("first_payment_fraction", PolicyKind.SHARE, Fraction(1, 5))
"""A deal that is paid in parts counts in the month in which its net payments reach this share of the contract."""

PERCENT_STEPS = Policy("percent_steps", PolicyKind.CHOICE, "marginal", allowed=("marginal", "whole"))
"""What a percent of sales is taken of: each step's rate of the part that lies in it, or the reached step's of all."""

POLICIES: dict[str, Policy[Any]] = {
    policy.id: policy
    for policy in (
        CONVERSION_BASIS,
        MIN_LEADS,
        RAMP_MONTHS,
        MARKS_MINIMUM,
        CAUSES,
        MISSING_DATA,
        FIRST_PAYMENT,
        PERCENT_STEPS,
    )
}


@dataclass(frozen=True)
class Policies:
    """What a rulebook says of its policies, by their ids; of those it does not name nothing stands here.

    A rulebook holds for many months, and the defaults are dated: `at` a month all is said, and only then can
    a policy be asked for (`policies[MIN_LEADS]`).
    """

    given: Mapping[str, PolicyValue] = field(default_factory=lambda: MappingProxyType({}), hash=False)

    def __getitem__(self, policy: Policy[Value]) -> Value:
        """Give what holds. Raises KeyError where nothing is said: the month was not put in yet (`at`)."""
        return cast("Value", self.given[policy.id])

    def at(self, month: Month) -> Policies:
        """Say what is not said by what is the default in a month."""
        return self._filled({policy.id: policy.default(month) for policy in POLICIES.values()})

    def frozen(self) -> Policies:
        """Say what is not said by its oldest meaning: for what was frozen before the policy existed."""
        return self._filled({policy.id: policy.oldest for policy in POLICIES.values()})

    def over(self, others: Policies) -> Policies:
        """Say what is not said as others do."""
        return self._filled(others.given)

    def _filled(self, said: Mapping[str, PolicyValue]) -> Policies:
        return self if said.keys() <= self.given.keys() else Policies({**said, **self.given})
