"""The catalogue of measures: unit, target, and which inputs can give each (behaviour §4)."""

from __future__ import annotations

from dataclasses import dataclass

from kpi_rules.measures.marks import MARKS_OF
from kpi_rules.measures.units import Unit


@dataclass(frozen=True)
class Measure:
    """One measure. `target` names the field of a plan row (`deals` = leads × conversion), None = 100 %.

    `additive` targets shrink with the worked days and grow with the days of a running month.
    """

    id: str
    unit: Unit
    target: str | None = None
    additive: bool = False


MEASURES = {
    measure.id: measure
    for measure in (
        Measure("plan_completion", Unit.FRACTION, "revenue_tiyn", additive=True),
        Measure("revenue", Unit.TIYN, "revenue_tiyn", additive=True),
        Measure("deals", Unit.COUNT, "deals", additive=True),
        Measure("average_deal", Unit.TIYN, "average_deal_tiyn"),
        Measure("margin", Unit.FRACTION, "margin_fraction"),
        Measure("leads_received", Unit.COUNT, "leads", additive=True),
        Measure("leads_processed", Unit.COUNT, "leads", additive=True),
        Measure("conversion", Unit.FRACTION, "conversion_fraction"),
        Measure("response_minutes", Unit.MINUTES, "response_minutes"),
        Measure("repeat_share", Unit.FRACTION, "repeat_fraction"),
        *(Measure(name, Unit.FRACTION) for name in MARKS_OF),
    )
}
