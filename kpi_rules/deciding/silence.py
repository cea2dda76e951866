"""Managers who entered nothing: what they did is unknown, and so is the team's sum of it (behaviour §5, «No data»)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from kpi_rules.cards.results import EmployeeResult
from kpi_rules.measures.catalogue import MEASURES
from kpi_rules.measures.facts import NOTHING_ENTERED, Fact, Partial, State, no_data
from kpi_rules.rulebook.model import Kpi


def without_the_silent(measured: Mapping[str, Fact], managers: Iterable[EmployeeResult]) -> dict[str, Fact]:
    """Leave unknown of the team's facts what managers would have added to who entered nothing.

    A sum still says what the others have; where all was decided about somebody, nobody waits for entries.
    """
    silent, facts = _silent(managers), dict(measured)
    for id_, fact in measured.items():
        people = sum(_is_silent(manager.facts.get(id_)) for manager in silent)
        if people:
            facts[id_] = _without(fact, people, is_sum=MEASURES[id_].additive)
    for id_, measure in MEASURES.items():
        if id_ in facts and measure.share_of and facts[measure.share_of].state is State.NO_DATA:
            facts[id_] = facts[measure.share_of]
    return facts


def own_without_the_silent(
    measured: Mapping[str, Fact], kpis: Iterable[Kpi], managers: Iterable[EmployeeResult]
) -> dict[str, Fact]:
    """Leave unknown, by KPI, what stands on a part of the deals: any of theirs might be of that part."""
    silent, facts = _silent(managers), dict(measured)
    for kpi in kpis:
        if kpi.only_where is not None:
            people = sum(_is_silent(manager.facts.get(kpi.compared.id)) for manager in silent)
            if people:
                facts[kpi.id] = _without(facts[kpi.id], people, is_sum=kpi.measured.additive)
    return facts


def _silent(managers: Iterable[EmployeeResult]) -> list[EmployeeResult]:
    """Give those of whom nothing was entered, and about whom nothing was decided."""
    return [
        manager
        for manager in managers
        if any(kpi.state is State.NO_DATA and kpi.reason == NOTHING_ENTERED for kpi in manager.kpis)
    ]


def _is_silent(fact: Fact | None) -> bool:
    return fact is not None and fact.state is State.NO_DATA and fact.reason == NOTHING_ENTERED


def _without(fact: Fact, people: int, *, is_sum: bool) -> Fact:
    if fact.state is State.NO_DATA:
        partial = fact.partial and replace(fact.partial, silent_people=people)
        return replace(fact, partial=partial)
    partial = Partial(fact.value, silent_people=people) if is_sum and fact.value is not None else None
    return no_data(NOTHING_ENTERED, partial, may_not_apply=fact.state is State.NOT_APPLICABLE)
