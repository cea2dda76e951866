"""Rulebooks as plain JSON values.

A frozen rulebook lacks the policies that came after it: they are read in their oldest meaning, which is what held
then (docs/behaviour.md §7b).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kpi_rules.exact import exact_number, exact_text
from kpi_rules.measures.catalogue import MEASURES
from kpi_rules.measures.conditions import condition_from_record, condition_record
from kpi_rules.measures.measure import Group
from kpi_rules.policies import POLICIES, Policies
from kpi_rules.records.forms import FORM, RecordKind
from kpi_rules.rulebook.input_words import GRAINS, INPUTS
from kpi_rules.rulebook.model import Band, HowCounted, Kpi, Rulebook, Scoring, WhenNotApplicable
from kpi_rules.time.periods import Month

RULES = RecordKind("rules")
POLICIES_GIVEN = RecordKind("policies of a client")


def rulebook_record(rulebook: Rulebook) -> dict[str, Any]:
    """Write a rulebook as plain JSON values, exact numbers as text."""
    record = {
        "name": rulebook.name,
        "from_month": str(rulebook.from_month),
        "inputs": INPUTS[rulebook.grain],
        "kpis": [_kpi_record(kpi) for kpi in rulebook.kpis],
        "head_kpis": [_kpi_record(kpi) for kpi in rulebook.head_kpis],
        "bands": [
            {"id": band.id, "from_percent": band.from_percent, "coefficient": exact_text(band.coefficient)}
            for band in rulebook.bands
        ],
        "policies": _policies_record(rulebook.policies),
    }
    return RULES.stamped(record)


def rulebook_from_record(record: Mapping[str, Any]) -> Rulebook:
    """Read what `rulebook_record` wrote, with every policy said: what is missing has its oldest meaning.

    Raises NewerFormError where a newer program wrote it.
    """
    record = RULES.read(record)
    known = (kpi for kpi in (*record["kpis"], *record["head_kpis"]) if "how_counted" not in kpi)
    RULES.refuse_unknown((kpi["measure"] for kpi in known), MEASURES)
    return Rulebook(
        name=record["name"],
        from_month=Month.parse(record["from_month"]),
        kpis=tuple(_kpi_from_record(kpi) for kpi in record["kpis"]),
        head_kpis=tuple(_kpi_from_record(kpi) for kpi in record["head_kpis"]),
        bands=tuple(
            Band(band["id"], band["from_percent"], exact_number(band["coefficient"]))
            for band in record["bands"]
        ),
        policies=_policies_from_record(RULES, record["policies"]).frozen(),
        grain=GRAINS[record["inputs"]],
    )


def client_policies_record(rulebook: Rulebook) -> dict[str, Any]:
    """Write what a client's own rulebook says of policies: «Правила» has no place for them."""
    return POLICIES_GIVEN.stamped(_policies_record(rulebook.policies))


def client_policies_from_record(record: Mapping[str, Any]) -> Policies:
    """Read what `client_policies_record` wrote; what it does not say follows the default of each month."""
    said = {key: value for key, value in POLICIES_GIVEN.read(record).items() if key != FORM}
    return _policies_from_record(POLICIES_GIVEN, said)


def _policies_record(policies: Policies) -> dict[str, Any]:
    return {
        policy.record_key: policy.to_record(policies.given[id_])
        for id_, policy in POLICIES.items()
        if id_ in policies.given
    }


def _policies_from_record(kind: RecordKind, record: Mapping[str, Any]) -> Policies:
    by_key = {policy.record_key: policy for policy in POLICIES.values()}
    kind.refuse_unknown(record, by_key)
    return Policies({by_key[key].id: by_key[key].from_record(value) for key, value in record.items()})


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
        **({} if kpi.only_where is None else {"only_where": condition_record(kpi.only_where)}),
        **({} if kpi.how_counted is None else {"how_counted": kpi.how_counted.value}),
        **({} if kpi.own_target is None else {"own_target": kpi.own_target}),
    }


_KPI = (
    "id", "measure", "group", "scoring", "weight", "cap", "base", "norm", "when_not_applicable", "only_where",
    "own_target", "how_counted",
)  # fmt: skip


def _kpi_from_record(record: Mapping[str, Any]) -> Kpi:
    RULES.refuse_unknown(record, _KPI)
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
        only_where=(
            condition_from_record(record["only_where"], RULES.refuse_unknown)
            if "only_where" in record
            else None
        ),
        own_target=record.get("own_target"),
        how_counted=HowCounted(record["how_counted"]) if "how_counted" in record else None,
    )
