"""Which measures pages, signs and sentences show whatever the rules of the month score.

The facts of a month are those that its rules score and those named here: what is not asked for is not worked
out, so that a new measure changes nothing of months that do not know it (behaviour §7b).
"""

from __future__ import annotations

from collections.abc import Iterable

from kpi_rules.measures.catalogue import MEASURES, compared, proposing

TEAM_LINES = ("conversion", "average_deal", "response_minutes", "repeat_share", "margin", "discipline")
"""The lines of the team on «Табло»."""
REVENUE = ("revenue",)
"""What «Табло» and the checklist hold against the plan."""
SIGNS = ("response_minutes", "crm", "discipline")
"""What stands beside the causes."""
NEXT_BAND = ("average_deal", "leads_received", "conversion")
"""What the way to the next band is counted with."""
_SHOWN = (*TEAM_LINES, *REVENUE, *SIGNS, *NEXT_BAND)


def wanted(scored: Iterable[str], more: Iterable[str] = ()) -> tuple[str, ...]:
    """List the measures that a month is asked for: those scored, those shown and `more`, in the catalogue's order.

    A share of a target brings the measure that it is a share of.
    """
    asked = {*scored, *_SHOWN, *proposing(), *more}
    asked |= {compared(measure).id for measure in asked}
    return tuple(measure for measure in MEASURES if measure in asked)
