"""Which measures a month's tabs can tell: what nobody enters, nobody is measured by."""

from __future__ import annotations

from kpi_rules.facts.tabs import CONCERNS, FactTab, day_count
from kpi_rules.measures.catalogue import FILLED, MEASURES, compared
from kpi_rules.measures.grains import Grain


def counted_concerns(facts: FactTab) -> frozenset[str]:
    """Name what a tab of facts tells of («sales», «leads»): every lead tells all of it, days what they count."""
    counted = frozenset(day_count(column.counts).concern for column in facts.values if column.counts)
    return counted | frozenset((*CONCERNS, FILLED)) if facts.grain is Grain.LEAD else counted


def known_concerns() -> frozenset[str]:
    """Name all that a tab of facts could tell: what is counted everywhere, and what a measure is concerned with."""
    return frozenset(CONCERNS).union(*(measure.concerns for measure in MEASURES.values()))


def measurable(facts: FactTab, marks: FactTab) -> tuple[str, ...]:
    """Name the measures that can be had from these tabs, in the catalogue's order."""
    counted = counted_concerns(facts)
    return tuple(
        id_
        for id_ in MEASURES
        if (marks.marks_of(id_) if MEASURES[id_].of_marks else counted.issuperset(compared(id_).concerns))
    )
