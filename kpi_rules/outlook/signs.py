"""What stands beside the causes without money of its own: slow answers, missed leads, discipline (behaviour §6)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from statistics import median

from kpi_rules.cards.results import Cause
from kpi_rules.cards.targets import Targets
from kpi_rules.facts.employment import Workdays
from kpi_rules.measures.counts import Counts
from kpi_rules.measures.facts import Fact
from kpi_rules.measures.targets import RESPONSE
from kpi_rules.rulebook.model import Role


def median_leads(workdays: Mapping[str, Workdays], counts: Mapping[str, Counts]) -> dict[str, Fraction]:
    """Give each manager the leads that the team's median would have brought him on his days so far."""
    rates = {
        code: Fraction(counts[code].leads if code in counts else 0, worked.elapsed_days)
        for code, worked in workdays.items()
        if worked.role is Role.MANAGER and worked.elapsed_days
    }
    if len(rates) < 2:
        return {}
    middle = median(rates.values())
    return {code: middle * workdays[code].elapsed_days for code in rates}


def signals_of(
    facts: Mapping[str, Fact], targets: Targets, counts: Counts, usual_leads: Fraction | None
) -> list[Cause]:
    """List the signals of one card; `fact` and `target` of each stand in its params."""
    found = []

    def signal(name: str, fact: Fraction | None, target: Fraction | None) -> None:
        found.append(Cause(name, 0, {"fact": fact, "target": target}))

    def measured(measure: str) -> Fraction | None:
        fact = facts.get(measure)
        return fact.value if fact else None

    response, norm = measured("response_minutes"), targets.ratios.get(RESPONSE)
    if response is not None and norm is not None and response > norm:
        signal("slow_answers", response, norm)
    if "processed" not in counts.unknown and counts.processed < counts.leads:
        signal("unanswered_leads", Fraction(counts.leads - counts.processed), None)
    for measure in ("crm", "discipline"):
        share = measured(measure)
        if share is not None and share < 1:
            signal(f"{measure}_below", share, Fraction(1))
    if usual_leads is not None and counts.leads < usual_leads and "leads" not in counts.unknown:
        signal("leads_below_median", Fraction(counts.leads), usual_leads)
    return found
