"""What the rules stand on, in the words of rulebook files and records since release 0.1.0."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kpi_rules.measures.grains import Grain

INPUTS: Mapping[Grain, str] = MappingProxyType({Grain.LEAD: "deals", Grain.DAY: "reports"})
"""«inputs» by grain: a row per lead, or a row per employee and day, whatever the tab is called."""
GRAINS: Mapping[str, Grain] = MappingProxyType({word: grain for grain, word in INPUTS.items()})
