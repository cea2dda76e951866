"""Random rulebooks of any shape that the rules allow, as `kpi_rules.rulebook.versions.load` reads them."""

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

SHARES = ("conversion", "repeat_share", "margin", "plan_completion")
AMOUNTS = ("revenue", "deals", "average_deal", "leads_received", "leads_processed", "response_minutes")
DISCIPLINE = ("discipline", "crm", "script", "attendance", "reporting", "meetings")
POLICIES = ("spread", "full", "zero")
SHARES_PAID = (0, 30, 50, "66.6", 100)


def weights(count: int) -> st.SearchStrategy[list[str]]:
    """So many positive weights that add up to exactly 100, to the hundredth of a percent."""
    cuts = st.lists(st.integers(1, 9999), min_size=count - 1, max_size=count - 1, unique=True)
    return cuts.map(
        lambda found: [
            str(Fraction(after - before, 100))
            for before, after in zip([0, *sorted(found)], [*sorted(found), 10_000], strict=True)
        ]
    )


@st.composite
def kpis(draw: st.DrawFn, role: str) -> list[dict[str, Any]]:
    """One card: four to seven KPIs with all three groups among them."""
    measures = draw(st.permutations([*SHARES, *AMOUNTS]))[: draw(st.integers(3, 6))]
    measures.append(draw(st.sampled_from(DISCIPLINE)))
    count = len(measures)
    parts = draw(weights(count))
    groups = [draw(st.sampled_from(("result", "process"))) for _ in range(count - 3)]
    groups = draw(st.permutations(["result", "process", *groups]))
    return [
        draw(one_kpi(role, measure, group, weight))
        for measure, group, weight in zip(measures, [*groups, "discipline"], parts, strict=True)
    ]


@st.composite
def one_kpi(draw: st.DrawFn, role: str, measure: str, group: str, weight: str) -> dict[str, Any]:
    """One KPI in a scoring that its measure allows."""
    kinds = ["index"]
    kinds += ["share"] if measure in (*SHARES, *DISCIPLINE) else []
    kinds += ["ratio", "inverse"] if measure not in DISCIPLINE else []
    form = {
        "role": role,
        "id": measure,
        "measure": measure,
        "group": group,
        "scoring": draw(st.sampled_from(kinds)),
        "weight_percent": weight,
        "cap_percent": draw(st.sampled_from([100, 120, 50, "99.9"])),
        "when_not_applicable": draw(st.sampled_from(POLICIES)),
    }
    if form["scoring"] == "index":
        top = 150 if measure in (*SHARES, *DISCIPLINE) else 100_000
        base, norm = draw(st.lists(st.integers(0, top), min_size=2, max_size=2, unique=True))
        form |= {"base": str(Fraction(base, 100)), "norm": str(Fraction(norm, 100))}
    return form


def reach(kpis: list[dict[str, Any]]) -> int:
    """The highest whole score that a card of either role can come to; a share counts at most 1."""
    return max(
        int(
            sum(
                Fraction(kpi["weight_percent"])
                * min(Fraction(kpi["cap_percent"]) / 100, 1 if kpi["scoring"] == "share" else 10)
                for kpi in kpis
                if kpi["role"] == role
            )
        )
        for role in ("manager", "head")
    )


@st.composite
def bands(draw: st.DrawFn, highest: int) -> list[dict[str, Any]]:
    """Bands from 0 upwards, in either order of rows; above 100 % where a card can come to it, by another name."""
    starts = sorted(draw(st.lists(st.integers(1, 100), min_size=2, max_size=2, unique=True)), reverse=True)
    found = [
        {"id": name, "from_percent": start, "coefficient_percent": draw(st.sampled_from(SHARES_PAID))}
        for name, start in zip(("full", "reduced", "base"), [*starts, 0], strict=True)
    ]
    if highest > 100 and draw(st.booleans()):
        start = draw(st.integers(101, highest))
        paid = draw(st.sampled_from([101, "133.3", 150, 200]))
        found.insert(0, {"id": "Супер", "from_percent": start, "coefficient_percent": paid})
    return found if draw(st.booleans()) else found[::-1]


@st.composite
def rulebooks(draw: st.DrawFn, inputs: str = "deals", month: str = "2026-01") -> dict[str, Any]:
    """A whole rulebook as a parsed TOML file."""
    bases = ["paid"] if inputs == "reports" else ["paid", "cohort"]
    found = [*draw(kpis("manager")), *draw(kpis("head"))]
    return {
        "name": f"random {inputs}",
        "from_month": month,
        "inputs": inputs,
        "policies": {
            "conversion_basis": draw(st.sampled_from(bases)),
            "min_leads": draw(st.integers(0, 3)),
            "ramp_months": draw(st.sampled_from([0, 0, 0, 1, 2])),
            "marks_minimum_percent": draw(st.sampled_from([80, 50, 0, 100])),
            "first_payment_percent": draw(st.sampled_from([20, 50, 0, 100, "33.3"])),
            "percent_steps": draw(st.sampled_from(["marginal", "whole"])),
            "causes": draw(st.sampled_from(["merged", "factors"])),
        },
        "kpis": found,
        "bands": draw(bands(reach(found))),
    }
