"""Which measures a month's tabs can tell: what nobody enters, nobody is measured by."""

from __future__ import annotations

from kpi_rules.facts.tabs import CONCERNS, DAY_COUNTS, FactTab
from kpi_rules.measures.catalogue import MEASURES, compared
from kpi_rules.measures.grains import Grain


def counted_concerns(facts: FactTab) -> frozenset[str]:
    """Name what a tab of facts tells of («sales», «leads»): every lead tells all of it, days what they count."""
    if facts.grain is Grain.LEAD:
        return frozenset(CONCERNS)
    return frozenset(DAY_COUNTS[column.counts].concern for column in facts.values if column.counts)


def measurable(facts: FactTab, marks: FactTab) -> tuple[str, ...]:
    """Name the measures that can be had from these tabs, in the catalogue's order."""
    counted = counted_concerns(facts)
    return tuple(
        id_
        for id_ in MEASURES
        if (marks.marks_of(id_) if MEASURES[id_].of_marks else counted.issuperset(compared(id_).concerns))
    )
