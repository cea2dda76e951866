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
from kpi_rules.policies import MERGED_CAUSES
from kpi_rules.rulebook.model import Role


def median_leads(workdays: Mapping[str, Workdays], counts: Mapping[str, Counts]) -> dict[str, Fraction]:
    """Give each manager the leads that the team's median would have brought them on their days so far."""
    rates = {
        code: Fraction(counts[code].leads if code in counts else 0, worked.elapsed_days)
        for code, worked in workdays.items()
        if worked.role is Role.MANAGER and worked.elapsed_days
    }
    if len(rates) < 2:
        return {}
    middle = median(rates.values())
    return {code: middle * workdays[code].elapsed_days for code in rates}


NOISE_FRACTION = Fraction(2, 100)
"""What lies this close to its norm is not told."""
NOISE_WHOLE = 1
"""So many leads or minutes beside the norm are not told either."""


def signals_of(
    facts: Mapping[str, Fact],
    targets: Targets,
    counts: Counts,
    usual_leads: Fraction | None,
    *,
    form: str = MERGED_CAUSES,
) -> list[Cause]:
    """List the signals of one card; `fact` and `target` of each stand in its params.

    `form` is the month's policy `CAUSES`: in the present one what is within the noise of its norm is no signal.
    """
    quiet = form == MERGED_CAUSES
    signals = []

    def signal(name: str, fact: Fraction, target: Fraction | None, *, beside: Fraction, of: Fraction) -> None:
        """Take a signal in that is `beside` its norm, unless that is noise `of` what it is compared with."""
        whole = name in _COUNTED
        if beside > 0 and not (
            quiet and (beside <= of * NOISE_FRACTION or (whole and beside <= NOISE_WHOLE))
        ):
            signals.append(Cause(name, 0, {"fact": fact, "target": target}))

    def measured(measure: str) -> Fraction | None:
        fact = facts.get(measure)
        return fact.value if fact else None

    response, norm = measured("response_minutes"), targets.ratios.get(RESPONSE)
    if response is not None and norm is not None:
        signal("slow_answers", response, norm, beside=response - norm, of=norm)
    if "processed" not in counts.unknown:
        missed = Fraction(counts.leads - counts.processed)
        signal("unanswered_leads", missed, None, beside=missed, of=Fraction(counts.leads))
    for measure in ("crm", "discipline"):
        share = measured(measure)
        if share is not None:
            signal(f"{measure}_below", share, Fraction(1), beside=1 - share, of=Fraction(1))
    if usual_leads is not None and "leads" not in counts.unknown:
        leads = Fraction(counts.leads)
        signal("leads_below_median", leads, usual_leads, beside=usual_leads - leads, of=usual_leads)
    return signals


_COUNTED = frozenset({"slow_answers", "unanswered_leads", "leads_below_median"})
"""The signals that are counted in minutes or leads."""
