from copy import deepcopy
from dataclasses import replace
from fractions import Fraction

import pytest

from kpi_rules.policies import Policies
from kpi_rules.records.rulebooks import rulebook_from_record, rulebook_record
from kpi_rules.rulebook.errors import REFUSALS, BandRow, RulebookError
from kpi_rules.rulebook.versions import from_rows, in_force, load, to_rows
from kpi_rules.time.periods import Month
from kpi_rules.words.rule_changes import differences
from templates.loading import texts


def kpi(role, name, group, scoring, weight, **more):
    return {
        "role": role,
        "id": name,
        "group": group,
        "measure": name,
        "scoring": scoring,
        "weight_percent": weight,
        **more,
    }


B2B = {
    "name": "b2b",
    "from_month": "2026-01",
    "kpis": [
        kpi("manager", "plan_completion", "result", "ratio", 40),
        kpi("manager", "conversion", "process", "ratio", 20),
        kpi("manager", "average_deal", "process", "ratio", 20),
        kpi("manager", "discipline", "discipline", "share", 20),
        kpi("head", "plan_completion", "result", "ratio", 40),
        kpi("head", "conversion", "process", "ratio", 20),
        kpi("head", "response_minutes", "process", "inverse", 20),
        kpi("head", "discipline", "discipline", "share", 20),
    ],
    "bands": [
        {"from_percent": 80, "id": "full", "coefficient_percent": 100},
        {"from_percent": 70, "id": "reduced", "coefficient_percent": 50},
        {"from_percent": 0, "id": "base", "coefficient_percent": 0},
    ],
}


SITE = [{"column": "source", "header": "Источник", "values": ["Сайт"]}]


def changed(change):
    data = deepcopy(B2B)
    change(data)
    return data


def set_kpi(index, **values):
    return lambda data: data["kpis"][index].update(values)


def test_the_built_in_form_loads():
    rulebook = load(B2B)
    assert str(rulebook) == "b2b 2026-01"
    assert [k.weight_percent for k in rulebook.kpis] == [40, 20, 20, 20]
    assert [(b.id, b.from_percent, b.coefficient) for b in rulebook.bands] == [
        ("full", 80, 1),
        ("reduced", 70, Fraction(1, 2)),
        ("base", 0, 0),
    ]
    assert rulebook.policies == Policies()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (set_kpi(0, weight_percent=41), "weights"),
        (set_kpi(0, weight_percent="39.99"), "weights"),
        (set_kpi(0, weight_percent=0), "weight_zero"),
        (set_kpi(0, cap_percent=0), "cap"),
        (set_kpi(3, group="process"), "groups"),
        (set_kpi(0, measure="luck"), "unknown_measure"),
        (set_kpi(1, scoring="index"), "index_numbers"),
        (set_kpi(1, scoring="index", base="0.2", norm="1/5"), "index_flat"),
        (set_kpi(2, scoring="share"), "share_unit"),
        (set_kpi(3, scoring="ratio"), "no_target"),
        (set_kpi(1, id="plan_completion"), "kpi_twice"),
        (set_kpi(1, group="luck"), "value"),
        (set_kpi(1, role="owner"), "value"),
        (set_kpi(0, weight_percent=40.0), "value"),
        (set_kpi(0, weight_percent="forty"), "value"),
        (set_kpi(0, colour="red"), "value"),
        (lambda d: d["kpis"].pop(0), "kpi_count"),
        (lambda d: d.update(kpis=[k for k in d["kpis"] if k["role"] == "manager"]), "head_missing"),
        (lambda d: d.update(kpis=[k for k in d["kpis"] if k["role"] == "head"]), "manager_missing"),
        (lambda d: d.update(kpis=[], bands=[]), "manager_missing"),
        (lambda d: d.update(bands=[]), "bands_missing"),
        (lambda d: d["bands"][2].update(from_percent=10), "bands_gap"),
        (lambda d: d["bands"][1].update(from_percent=80), "bands_overlap"),
        (lambda d: d["bands"].reverse() or d["bands"].append(d["bands"].pop(0)), "bands_unsorted"),
        (lambda d: d["bands"][1].update(id="full"), "band_twice"),
        (lambda d: d["bands"][1].update(coefficient_percent=-1), "coefficient"),
        (lambda d: d["bands"][0].update(coefficient_percent=101), "coefficient"),
        (lambda d: d["bands"][0].update(from_percent=101), "band_unreachable"),
        (lambda d: d["bands"][0].update(from_percent=-1), "value"),
        (lambda d: d["bands"][0].update(id=" "), "band_name"),
        (lambda d: d.update(from_month="May 2026"), "value"),
        (lambda d: d.update(inputs="guesses"), "value"),
        (lambda d: d.update(inputs="reports", policies={"conversion_basis": "cohort"}), "measure_inputs"),
        (lambda d: d.update(policies={"min_leads": -1}), "value"),
        (lambda d: d.pop("name"), "value"),
        (set_kpi(3, only_where=SITE), "condition_not_of_deals"),
        (set_kpi(1, only_where=SITE), "own_target_missing"),
        (set_kpi(0, only_where=SITE, scoring="index", base="0.5", norm=1), "own_target_missing"),
        (set_kpi(1, only_where=SITE, norm=0), "norm_zero"),
        (set_kpi(1, only_where=[]), "value"),
        (set_kpi(1, how_counted="mean"), "how_counted_needless"),
        (set_kpi(1, measure="Звонки", how_counted="mean"), "own_target_missing"),
        (
            set_kpi(1, measure="Звонки", how_counted="mean", norm=80, only_where=SITE),
            "condition_not_of_deals",
        ),
        (set_kpi(1, measure="Звонки", how_counted="guess", norm=80), "value"),
        (set_kpi(1, measure="Звонки", how_counted="mean", scoring="share"), "share_unit"),
        (set_kpi(1, only_where=[{"column": "source", "values": "Сайт"}]), "value"),
        (set_kpi(1, only_where=[{**SITE[0], "equal": "yes"}]), "value"),
    ],
)
def test_a_broken_rulebook_is_refused_with_place_reason_and_remedy(change, code):
    with pytest.raises(RulebookError) as caught:
        load(changed(change))
    assert caught.value.code == code
    assert caught.value.place
    assert caught.value.reason
    assert caught.value.remedy
    problem = caught.value.problem()
    assert problem.code == f"rules_{code}"
    assert problem.blocks


def test_every_refusal_can_happen():
    tried = {
        mark.args[1][i][1]
        for mark in test_a_broken_rulebook_is_refused_with_place_reason_and_remedy.pytestmark
        for i in range(len(mark.args[1]))
    }
    assert tried == set(REFUSALS)


def test_rows_of_the_tab_and_back_lose_nothing():
    first = load(B2B)
    second = load(
        changed(
            lambda d: (
                d.update(from_month="2026-11"),
                d["kpis"][1].update(scoring="index", base="0.1", norm="0.25"),
                d["kpis"][2].update(scoring="index", base=100_000, norm="150000.50"),
            )
        )
    )
    versions = from_rows(*to_rows([first, second]), name="b2b")
    assert versions == (first, second)
    assert second.kpis[2].norm == 15_000_050


def test_a_later_month_of_bands_alone_is_a_new_version_with_the_old_cards():
    first = load(B2B)
    kpi_rows, band_rows = to_rows([first])
    later = [replace(row, from_month=Month(2026, 12)) for row in band_rows[:1] + band_rows[2:]]
    versions = from_rows(kpi_rows, band_rows + later)
    assert [str(v.from_month) for v in versions] == ["2026-01", "2026-12"]
    assert versions[1].kpis == first.kpis
    assert len(versions[1].bands) == 2
    assert in_force(versions, Month(2026, 11)) == versions[0]
    assert in_force(versions, Month(2026, 12)) == versions[1]
    assert in_force(versions, Month(2025, 12)) is None


def test_a_refused_row_names_its_sheet_row():
    kpi_rows, _ = to_rows([load(B2B)])
    rows = [BandRow(Month(2026, 1), Fraction(8, 10), "full", Fraction(1), row=40)]
    with pytest.raises(RulebookError) as caught:
        from_rows(kpi_rows, rows)
    assert caught.value.problem().place.row == 40


def test_two_norms_that_read_the_same_when_rounded_are_told_apart_exactly():
    old, new = (
        load(changed(set_kpi(1, scoring="index", base="0", norm=norm))) for norm in ("0.25001", "0.25002")
    )
    (told,) = differences(old, new, texts("ru"))
    assert "0.25001 → 0.25002" in told


def test_a_record_of_a_rulebook_is_read_back_without_loss():
    rulebook = load(changed(set_kpi(1, scoring="index", base="1/3", norm="0.25", cap_percent=120)))
    held = rulebook.at(rulebook.from_month)
    assert rulebook_from_record(rulebook_record(held)) == held
