"""A rulebook's file says in each field what its form allows; the first wrong one is named by its path."""

from copy import deepcopy
from fractions import Fraction

import pytest

from kpi_rules.rulebook.errors import RulebookError
from kpi_rules.rulebook.file_form import FIELD_MISSING, FIELD_UNKNOWN, WANTED_FORMS, read_file
from kpi_rules.time.periods import Month

KPI = {
    "role": "manager",
    "id": "x",
    "measure": "conversion",
    "scoring": "ratio",
    "weight_percent": "33.5",
}
FILE = {
    "name": "own",
    "from_month": "2026-10",
    "kpis": [KPI],
    "bands": [{"from_percent": 0, "id": "base", "coefficient_percent": "1/3"}],
}
TEXT, WHOLE, TABLE, TABLES, NUMBER, MONTH, FLAG, WORDS = WANTED_FORMS


def test_what_is_left_out_has_its_usual_value_and_numbers_are_exact():
    read = read_file(FILE)
    assert (read["name"], read["from_month"], read["inputs"]) == ("own", Month(2026, 10), "deals")
    assert read["policies"] == {}
    assert read["kpis"] == [
        {
            **KPI,
            "group": None,
            "weight_percent": Fraction(67, 2),
            "cap_percent": 100,
            "base": None,
            "norm": None,
            "when_not_applicable": "spread",
            "only_where": None,
            "own_target": None,
            "how_counted": None,
        }
    ]
    assert read["bands"] == [{"from_percent": 0, "id": "base", "coefficient_percent": Fraction(1, 3)}]


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("name",), 5, TEXT),
        (("from_month",), "October", MONTH),
        (("from_month",), "2026-13", MONTH),
        (("from_month",), 202610, MONTH),
        (("inputs",), True, TEXT),
        (("policies",), [], TABLE),
        (("kpis",), {}, TABLES),
        (("kpis", 0), "x", TABLE),
        (("kpis", 0, "id"), 1, TEXT),
        (("kpis", 0, "group"), 1, TEXT),
        (("kpis", 0, "weight_percent"), 33.5, NUMBER),
        (("kpis", 0, "weight_percent"), True, NUMBER),
        (("kpis", 0, "cap_percent"), "much", NUMBER),
        (("kpis", 0, "base"), "1/0", NUMBER),
        (("kpis", 0, "colour"), "red", FIELD_UNKNOWN),
        (("bands", 0, "from_percent"), "0", WHOLE),
        (("bands", 0, "from_percent"), False, WHOLE),
        (("colour",), "red", FIELD_UNKNOWN),
    ],
)
def test_a_field_of_another_form_is_named_by_its_path(path, value, expected):
    data = deepcopy(FILE)
    inner = data
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    with pytest.raises(RulebookError) as refused:
        read_file(data)
    assert (refused.value.code, refused.value.place) == ("value", ".".join(map(str, path)))
    assert refused.value.params == {"value": value, "expected": expected}


@pytest.mark.parametrize("field", ["name", "from_month", "kpis", "bands"])
def test_a_field_that_must_be_there_is_missed_by_its_path(field):
    with pytest.raises(RulebookError) as refused:
        read_file({name: value for name, value in FILE.items() if name != field})
    assert (refused.value.place, refused.value.params["expected"]) == (field, FIELD_MISSING)


@pytest.mark.parametrize("field", ["role", "id", "measure", "scoring", "weight_percent"])
def test_a_field_that_a_kpi_must_have_is_missed_by_its_path(field):
    with pytest.raises(RulebookError) as refused:
        read_file({**FILE, "kpis": [KPI, {name: value for name, value in KPI.items() if name != field}]})
    assert (refused.value.place, refused.value.params["expected"]) == (f"kpis.1.{field}", FIELD_MISSING)


def test_what_is_no_table_is_refused_as_a_whole():
    with pytest.raises(RulebookError) as refused:
        read_file([])
    assert refused.value.place == "rulebook"
