"""The difference of two versions of the rules, in a person's words."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from kpi_rules.exact import exact_text
from kpi_rules.policies import POLICIES, Policy, PolicyKind, PolicyValue
from kpi_rules.rulebook.input_words import INPUTS
from kpi_rules.rulebook.model import Kpi, Rulebook
from kpi_rules.words.known import band_name
from kpi_rules.words.numbers import exact_number_text, unit_text
from kpi_rules.words.sentences import measure_name, own_name
from kpi_rules.words.texts import Texts


def differences(old: Rulebook, new: Rulebook, texts: Texts) -> list[str]:
    """Tell in a person's words what a new version changes, the managers' card first; empty where nothing.

    A policy that the new version does not name stays as it was.
    """
    told = []
    for role, before, now in (("manager", old.kpis, new.kpis), ("head", old.head_kpis, new.head_kpis)):
        told += _card_differences(texts(f"rules.diff.role.{role}"), before, now, texts)
    told += _band_differences(old, new, texts)
    held = old.at(old.from_month)
    said, says = held.policies, new.policies.over(held.policies)
    policies = [
        (
            id_,
            _policy_text(policy, said[policy], texts),
            _policy_text(policy, says[policy], texts),
        )
        for id_, policy in POLICIES.items()
    ]
    for name, was, becomes in (*policies, ("inputs", INPUTS[old.grain], INPUTS[new.grain])):
        if was != becomes:
            policy = texts(f"rules.diff.policy_name.{name}")
            told.append(texts("rules.diff.policy", policy=policy, old=was, new=becomes))
    return told


def _policy_text(policy: Policy[Any], value: PolicyValue, texts: Texts) -> str:
    """Write a policy's value: a share in percent, exactly."""
    if policy.kind is PolicyKind.SHARE:
        return exact_number_text(f"{exact_text(Fraction(value) * 100)}%", texts.language)
    return str(value)


def _card_differences(role: str, old: Sequence[Kpi], new: Sequence[Kpi], texts: Texts) -> list[str]:
    before, now = ({kpi.id: kpi for kpi in card} for card in (old, new))
    told = []
    for id_ in {**before, **now}:
        was, becomes = before.get(id_), now.get(id_)
        kpi = becomes or was
        blanks = {"role": role, "kpi": _name(kpi, texts) if kpi else id_}
        if was is None or becomes is None:
            key = "kpi_added" if was is None else "kpi_removed"
            weight = exact_text(kpi.weight_percent) if kpi else ""
            told.append(texts(f"rules.diff.{key}", **blanks, old=weight, new=weight))
            continue
        for field, before_text, now_text in _changed_fields(was, becomes, texts):
            told.append(texts(f"rules.diff.{field}", **blanks, old=before_text, new=now_text))
    return told


def _name(kpi: Kpi, texts: Texts) -> str:
    return own_name(kpi, texts) if kpi.is_own else measure_name(kpi.measure, texts)


def _changed_fields(was: Kpi, becomes: Kpi, texts: Texts) -> list[tuple[str, str, str]]:
    def words(kpi: Kpi) -> dict[str, str]:
        nothing = texts("rules.diff.nothing")
        return {
            "weight": exact_text(kpi.weight_percent),
            "cap": exact_text(kpi.cap_fraction * 100),
            "measure": kpi.measure if kpi.how_counted else measure_name(kpi.measure, texts),
            "group": texts(f"choice.group.{kpi.group}"),
            "scoring": texts(f"choice.scoring.{kpi.scoring}"),
            "base": nothing if kpi.base is None else unit_text(kpi.base, kpi.norm_unit, texts.language),
            "norm": nothing if kpi.norm is None else unit_text(kpi.norm, kpi.norm_unit, texts.language),
            "how_counted": texts(f"choice.how_counted.{kpi.how_counted}") if kpi.how_counted else nothing,
            "only_where": nothing if kpi.only_where is None else str(kpi.only_where),
            "own_target": texts(f"rules.diff.target.{'norm' if kpi.own_target is None else 'plan'}"),
            "when_not_applicable": texts(f"choice.when_not_applicable.{kpi.when_not_applicable}"),
        }

    before, now = words(was), words(becomes)
    changed = []
    for field, name in _FIELDS.items():
        old, new = getattr(was, name), getattr(becomes, name)
        if old != new and before[field] == now[field] and isinstance(old, Fraction):
            # Rounded they read the same: then exactly.
            changed.append((field, exact_text(old), exact_text(new)))
        elif old != new:
            changed.append((field, before[field], now[field]))
    return changed


_FIELDS = {
    "weight": "weight_percent",
    "cap": "cap_fraction",
    "measure": "measure",
    "group": "group",
    "scoring": "scoring",
    "base": "base",
    "norm": "norm",
    "when_not_applicable": "when_not_applicable",
    "how_counted": "how_counted",
    "only_where": "only_where",
    "own_target": "own_target",
}
"""What a difference of two KPIs is called, and the field of `Kpi` behind it."""


def _band_differences(old: Rulebook, new: Rulebook, texts: Texts) -> list[str]:
    before, now = ({band.id: band for band in rulebook.bands} for rulebook in (old, new))
    told = []
    for id_ in {**before, **now}:
        was, becomes = before.get(id_), now.get(id_)
        name = band_name(id_, texts)
        if was is None and becomes is not None:
            told.append(texts("rules.diff.band_added", band=name, new=becomes.from_percent))
        elif was is not None and becomes is None:
            told.append(texts("rules.diff.band_removed", band=name, old=was.from_percent))
        elif was is not None and becomes is not None:
            if was.from_percent != becomes.from_percent:
                blanks = {"band": name, "old": was.from_percent, "new": becomes.from_percent}
                told.append(texts("rules.diff.band_from", **blanks))
            if was.coefficient != becomes.coefficient:
                shares = {
                    "old": exact_text(was.coefficient * 100),
                    "new": exact_text(becomes.coefficient * 100),
                }
                told.append(texts("rules.diff.band_share", band=name, **shares))
    return told
