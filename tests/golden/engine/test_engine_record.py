"""A sealed month of every form is recounted to the same bytes, by whatever program comes later.

`engine-1.json` beside this file holds months as release 0.1.0 sealed them (form 1 of a sealed month), `form-N.json`
the same months in form N. They are a pin, not a proof: whether figures are right is the business of the cases worked
by hand. What fails here is mended in the program, never in the pins; a change of meaning is a dated policy, a change
of shape a new form, which is pinned once:

    PIN_FORM=1 python -m pytest tests/golden/engine
"""

import json
import os
from datetime import date, datetime, time
from fractions import Fraction
from pathlib import Path

import pytest

from kpi_rules.cards.payouts import pay
from kpi_rules.deciding.month import decide
from kpi_rules.exact import exact_number
from kpi_rules.facts.inputs import Absence, Correction, Decision, DecisionKind, Salary
from kpi_rules.records.months import FORM_1_MEASURES, MONTH, month_record
from kpi_rules.time.periods import Month
from ledger import canonical
from operations.seals.recounting import RecountState, recount

HERE = Path(__file__).parent
FIRST = HERE / "engine-1.json"
PRESENT = HERE / f"form-{MONTH.present}.json"
PINNED = [FIRST, *(HERE / f"form-{number}.json" for number in range(2, MONTH.present + 1))]
SALARIES = [
    Salary(code, Month(2026, 1), base * 100, variable * 100, approved=True)
    for code, base, variable in (
        ("M01", 250_000, 200_000),
        ("M02", 199_999, 150_001),
        ("H01", 400_000, 300_000),
    )
]
CORRECTIONS = [
    Correction("1", Month(2026, 9), "M01", 15_000_00, "=СУММ(A1) это слова", approved=True),
    Correction("2", Month(2026, 9), "M02", -500_000_00, "возврат", approved=True),
    Correction("3", Month(2026, 9), "M02", 1_000_00, "не утверждена", approved=False),
]


def deals_month(build):
    """Two managers and a head: the first worked case, an absence, a refund, a decision, a lead without answer."""
    deals = build.sales("M01", deals=28, revenue=4_620_000, leads=140)
    deals += build.sales("M02", deals=7, revenue=1_000_003, leads=60)
    refund = {"number": "R1", "code": "M01", "status": "deal", "amount_tiyn": -420_000_00}
    deals.append(refund | {"paid_on": datetime.fromisoformat("2026-10-20")})
    late = {"number": "L1", "code": "M02", "status": "new", "source": "Сайт"}
    deals.append(late | {"arrived_at": datetime.fromisoformat("2026-10-30T23:10")})
    return build.inputs(
        [build.manager("M01"), build.manager("M02", week_days=6, hired_on=date(2026, 10, 12)), build.head()],
        [build.plan("M01"), build.plan("M02", revenue=2_000_001, conversion="1/7", response=20)],
        deals,
        build.marks("M01", yes=18, total=20) + build.marks("M02", yes=3, total=9),
        absences=[Absence("M01", date(2026, 10, 5), date(2026, 10, 6))],
        decisions=[
            Decision(build.month, "M02", "discipline", DecisionKind.ZERO, "отметок нет", approved=True),
            Decision(build.month, "M02", "average_deal", DecisionKind.NOT_APPLICABLE, "новый", approved=True),
        ],
    )


def reports_month(build):
    kpis = [dict(form) for form in build.b2b_form["kpis"]]
    kpis[2] |= {"id": "response_minutes", "measure": "response_minutes", "scoring": "inverse"}
    days = build.calendar.working_days(build.month.first_on, build.month.last_on, 5)
    reports = [
        {"on": datetime.combine(day, time()), "code": "M01", "leads_received": 4, "leads_processed": 3}
        | {"deals": 1, "revenue_tiyn": 200_000_00 + day.day, "response_seconds": 1200 - day.day}
        | {"repeat_deals": day.day % 2, "cost_tiyn": 0}
        for day in days
    ]
    return build.inputs(
        [build.manager("M01")],
        [build.plan("M01")],
        marks=build.marks("M01", yes=17),
        reports=reports,
        rulebook=build.rulebook(kpis=kpis, inputs="reports", name="b2c"),
    )


def sealed_now(build):
    records = []
    for inputs in (deals_month(build), reports_month(build)):
        results = decide(inputs, build.after, final=True)
        payroll, _ = pay(results, inputs, SALARIES, CORRECTIONS, frozenset({"0"}), {"M01": -100_00})
        records.append(month_record(inputs, results, payroll, SALARIES, CORRECTIONS, {"0"}, {"M01": -100_00}))
    return records


def test_the_present_form_is_pinned(build):
    if os.environ.get("PIN_FORM") and not PRESENT.exists():
        lines = [canonical(record).decode() for record in sealed_now(build)]
        PRESENT.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
    assert PRESENT.exists(), f"form {MONTH.present} has no pinned record: see this module's first lines"


@pytest.mark.parametrize("path", PINNED, ids=lambda path: path.stem)
def test_a_pinned_month_of_every_form_is_recounted_to_the_same_bytes(path):
    for record in json.loads(path.read_text(encoding="utf-8")):
        found = recount(record)
        assert found.state is RecountState.SAME, f"{path.name}: {', '.join(found.parts)} came out differently"
        assert found.form == path.stem.partition("-")[2]


def test_the_months_of_all_forms_say_the_same_of_what_they_share():
    """The first form holds facts of all measures of its release; later ones those that are scored or shown."""
    first, *later = ([record["results"] for record in json.loads(path.read_bytes())] for path in PINNED)
    for results in first:
        assert set(results["team"]["facts"]) == set(FORM_1_MEASURES)
    for others in later:
        for old, new in zip(first, others, strict=True):
            assert with_facts(old, new["team"]["facts"]) == new


def with_facts(results, names):
    def of(card):
        return {**card, "facts": {name: fact for name, fact in card["facts"].items() if name in names}}

    return {**results, "employees": [of(card) for card in results["employees"]], "team": of(results["team"])}


def test_the_pin_stands_on_figures_worked_by_hand():
    """M01: plan 5 000 000 × 19/21, revenue 4 620 000 − 420 000; 28 of 140 leads; 165 000 a deal.

    Of 18 'да' in 20 marks two stand on days of absence and do not count.
    """
    record = json.loads(FIRST.read_text(encoding="utf-8"))[0]
    card = next(card for card in record["results"]["employees"] if card["code"] == "M01")
    points = {kpi["id"]: exact_number(kpi["points"]) for kpi in card["kpis"]}
    assert points == {
        "plan_completion": Fraction(42 * 21 * 40, 50 * 19),
        "conversion": 16,
        "average_deal": 20,
        "discipline": Fraction(16 * 20, 18),
    }
    line = next(line for line in record["payroll"]["lines"] if line["code"] == "M01")
    # 19 of 21 days: 226 190.48 and 180 952.38; 15 000 more, 100 less from before.
    assert (line["base_accrued_tiyn"], line["variable_accrued_tiyn"]) == (226_190_00, 180_952_00)
    assert line["total_tiyn"] == (226_190 + 180_952 + 15_000 - 100) * 100
