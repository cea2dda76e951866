"""The targets that a row of «План» may hold: each is declared once (docs/behaviour.md §3).

The columns of «План», what freezes of a plan row, the records of it and what is compared come from here; a new
target is one line here and its words in `templates/texts/names.plan.toml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kpi_rules.measures.units import Unit


@dataclass(frozen=True)
class Target:
    """One target of a plan row. Money is kept in tiyn, shares as fractions (0.25 = 25 %).

    Args:
        field: its name in plan rows and records, and the key of its column.
        unit: what it is counted in.
        width_px: how wide its column is.
        additive: shrinks with the worked days and grows with the days of a running month; the others are ratios.
        zero_means_none: 0 says that none are expected; elsewhere a target has to be above 0.
        on_leads: not asked of somebody who gets no leads by plan.
        always_told: a wrong value is told even where no KPI compares with it.
        since: the layout version from which its column is there.
    """

    field: str
    unit: Unit
    width_px: int
    additive: bool = False
    zero_means_none: bool = False
    on_leads: bool = False
    always_told: bool = False
    since: int = 1

    @property
    def is_whole(self) -> bool:
        """Whether it is a whole number (tiyn, a count); the others are exact fractions."""
        return self.unit in {Unit.TIYN, Unit.COUNT}


REVENUE = "revenue_tiyn"
LEADS = "leads"
CONVERSION = "conversion_fraction"
AVERAGE_DEAL = "average_deal_tiyn"
RESPONSE = "response_minutes"

TARGETS: Mapping[str, Target] = MappingProxyType(
    {
        target.field: target
        for target in (
            Target(REVENUE, Unit.TIYN, 140, additive=True, always_told=True),
            Target(CONVERSION, Unit.FRACTION, 110, on_leads=True),
            Target(AVERAGE_DEAL, Unit.TIYN, 130),
            Target(LEADS, Unit.COUNT, 80, additive=True, zero_means_none=True, always_told=True),
            Target(RESPONSE, Unit.MINUTES, 140, on_leads=True),
            Target("repeat_fraction", Unit.FRACTION, 110),
            Target("margin_fraction", Unit.FRACTION, 100),
        )
    }
)
"""All targets by field, in the order of their columns on «План»."""

PRODUCTS: Mapping[str, tuple[str, str]] = MappingProxyType({"deals": (LEADS, CONVERSION)})
"""Targets that nobody enters: the product of two that are entered, the first of them additive."""
