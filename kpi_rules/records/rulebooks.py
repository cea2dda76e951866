"""Rulebooks as plain JSON values, and the difference of two versions in a person's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kpi_rules.exact import exact_number, exact_text
from kpi_rules.policies import Policies
from kpi_rules.rulebook.model import Band, Group, Kpi, Rulebook, Scoring, WhenNotApplicable
from kpi_rules.time.periods import Month


def rulebook_record(rulebook: Rulebook) -> dict[str, Any]:
    """Write a rulebook as plain JSON values, exact numbers as text."""
    return {
        "name": rulebook.name,
        "from_month": str(rulebook.from_month),
        "inputs": rulebook.inputs,
        "kpis": [_kpi_record(kpi) for kpi in rulebook.kpis],
        "head_kpis": [_kpi_record(kpi) for kpi in rulebook.head_kpis],
        "bands": [
            {"id": band.id, "from_percent": band.from_percent, "coefficient": exact_text(band.coefficient)}
            for band in rulebook.bands
        ],
        "policies": {
            "conversion_basis": rulebook.policies.conversion_basis,
            "min_leads": rulebook.policies.min_leads,
            "ramp_months": rulebook.policies.ramp_months,
            "marks_minimum": exact_text(rulebook.policies.marks_minimum_fraction),
        },
    }


def rulebook_from_record(record: Mapping[str, Any]) -> Rulebook:
    """Read what `rulebook_record` wrote."""
    policies = record["policies"]
    return Rulebook(
        name=record["name"],
        from_month=Month.parse(record["from_month"]),
        kpis=tuple(_kpi_from_record(kpi) for kpi in record["kpis"]),
        head_kpis=tuple(_kpi_from_record(kpi) for kpi in record["head_kpis"]),
        bands=tuple(
            Band(band["id"], band["from_percent"], exact_number(band["coefficient"]))
            for band in record["bands"]
        ),
        policies=Policies(
            conversion_basis=policies["conversion_basis"],
            min_leads=policies["min_leads"],
            ramp_months=policies["ramp_months"],
            marks_minimum_fraction=exact_number(policies["marks_minimum"]),
        ),
        inputs=record["inputs"],
    )


def _kpi_record(kpi: Kpi) -> dict[str, Any]:
    return {
        "id": kpi.id,
        "measure": kpi.measure,
        "group": kpi.group.value,
        "scoring": kpi.scoring.value,
        "weight": exact_text(kpi.weight_percent),
        "cap": exact_text(kpi.cap_fraction),
        "base": None if kpi.base is None else exact_text(kpi.base),
        "norm": None if kpi.norm is None else exact_text(kpi.norm),
        "when_not_applicable": kpi.when_not_applicable.value,
    }


def _kpi_from_record(record: Mapping[str, Any]) -> Kpi:
    return Kpi(
        id=record["id"],
        measure=record["measure"],
        group=Group(record["group"]),
        scoring=Scoring(record["scoring"]),
        weight_percent=exact_number(record["weight"]),
        cap_fraction=exact_number(record["cap"]),
        base=None if record["base"] is None else exact_number(record["base"]),
        norm=None if record["norm"] is None else exact_number(record["norm"]),
        when_not_applicable=WhenNotApplicable(record["when_not_applicable"]),
    )
