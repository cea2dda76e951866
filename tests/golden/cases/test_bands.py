"""Bands above 100 %: an accelerator with a name of the client's own, from «Правила» to the payroll line, by hand."""

from fractions import Fraction

import openpyxl
import pytest

from kpi_rules.cards.payouts import pay
from kpi_rules.exact import whole_tenge_tiyn
from kpi_rules.facts.inputs import Salary
from kpi_rules.rulebook.building import reach
from kpi_rules.rulebook.errors import RulebookError
from kpi_rules.rulebook.versions import load as load_rules
from operations.files.scoring import score_file
from templates.loading import load
from tests.golden.cases.base import AFTER, OCTOBER, card, leads


def rulebook(*rows):
    data = {
        "name": "b2b",
        "from_month": "2026-01",
        "kpis": [
            {
                "role": role,
                "id": f"{id_}",
                "measure": id_,
                "scoring": scoring,
                "weight_percent": weight,
                **more,
            }
            for role in ("manager", "head")
            for id_, scoring, weight, more in (
                ("plan_completion", "ratio", 40, {"cap_percent": 130}),
                ("conversion", "ratio", 20, {}),
                ("average_deal", "ratio", 20, {}),
                ("discipline", "share", 20, {"cap_percent": 120}),
            )
        ],
        "bands": [
            {"from_percent": start, "id": name, "coefficient_percent": share} for start, name, share in rows
        ],
    }
    return load_rules(data)


USUAL = ((80, "full", 100), (70, "reduced", 50), (0, "base", 0))


def test_a_share_counts_at_most_one_whatever_its_cap():
    assert reach(rulebook(*USUAL).kpis) == 112


def test_a_band_that_can_be_reached_pays_more_and_one_beyond_is_refused():
    rules = rulebook((110, "супер", 150), *USUAL)
    best, *_ = rules.bands
    assert (best.id, best.coefficient) == ("супер", Fraction(3, 2))
    with pytest.raises(RulebookError) as caught:
        rulebook((120, "супер", 150), *USUAL)
    assert (caught.value.code, caught.value.params["highest"]) == ("band_unreachable", 112)
    with pytest.raises(RulebookError) as caught:
        rulebook((100, "супер", 150), *USUAL)
    assert caught.value.code == "coefficient"


def test_who_comes_to_it_is_paid_one_and_a_half_times(build):
    # Plan 1 300 000 of 1 000 000: 52 points. Conversion 13 of 40 leads at 25 %: capped, 20. Average 100 000: 20. Marks 20.
    rules = rulebook((110, "супер", 150), *USUAL)
    plan = build.plan(revenue=1_000_000, conversion="1/4", average=100_000)
    rows = build.sales(deals=13, revenue=1_300_000, leads=40)
    inputs = build.inputs([build.manager()], [plan], rows, build.marks(), rulebook=rules)
    results = build.decide(inputs)
    found = build.card(results)
    assert (found.score, found.score_percent, found.band.id) == (112, 112, "супер")
    salary = Salary(found.code, inputs.month, 300_000_00, 200_000_00, approved=True)
    payroll, problems = pay(results, inputs, [salary], [])
    (line,) = payroll.lines
    assert (line.band_id, line.variable_accrued_tiyn, problems) == ("супер", whole_tenge_tiyn(300_000_00), [])


def add_band(path, tab, start, name, pays):
    """Raise the cap of the plan to 130 % and put a band on top of the others, as a person would."""
    workbook = openpyxl.load_workbook(path)
    sheet = workbook[tab.title]
    at = {column.key: place for place, column in enumerate(tab.columns, start=1)}
    for row in range(2, sheet.max_row + 1):
        if sheet.cell(row, at["measure"]).value == "выполнение плана продаж":
            sheet.cell(row, at["cap_fraction"], 1.3)
    keys = ("band_from_month", "from_fraction", "band", "coefficient_fraction")
    rows = [[sheet.cell(row, at[key]).value for key in keys] for row in range(2, 2 + len(USUAL))]
    for row, values in enumerate([[rows[0][0], start, name, pays], *rows], start=2):
        for key, value in zip(keys, values, strict=True):
            sheet.cell(row, at[key], value)
    workbook.save(path)


def test_a_name_of_ones_own_is_taken_from_the_tab_and_said_everywhere(tmp_path):
    """In XLSX: «Правила» with a cap of 130 % and a band «Супер» from 110 % that pays 150 %."""
    books = leads()
    # Each manager has 900 000; with a plan of 600 000 they come to 40 × 1.3 + 20 + 18 + 20 = 110.
    place = books.place("plan", "revenue_tiyn")
    rows = [[*row] for row in books.rows["plan"]]
    for row in rows:
        row[place] = 600_000
    books = books.with_rows("plan", rows)
    path = books.save(tmp_path / "book.xlsx")
    add_band(path, load("b2b", "ru").layout.workbook.tab("rules"), 1.1, "Супер", 1.5)
    scored = score_file(path, OCTOBER, AFTER)
    found = card(scored.results, "M1")
    assert (found.score_percent, found.band.id, found.band.coefficient) == (110, "Супер", Fraction(3, 2))
