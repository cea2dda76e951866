"""A column that a condition of the rules names is registered with the lead (behaviour §4a).

The client of `test_conditions`: of M1 15 leads are «Станки», 5 of them deals: 1/3; with three lost ones fewer 5 of 12.
"""

import pytest

from tests.golden.cases import test_conditions as conditions
from tests.golden.register.test_questions import answered, kinds
from tests.golden.register.watched import FIRST_AT, Watched

CHANGED = (2, 4, 18)
"""The places of lost leads of M1 that are «Станки»."""


def client(goods):
    return conditions.with_conversion("Товар = Станки", {("deals", "Товар"): goods}, norm=0.5)


def moved():
    return ["Масло" if place in CHANGED else word for place, word in enumerate(conditions.GOODS)]


@pytest.fixture
def watched(tmp_path):
    return Watched(tmp_path)


def test_a_lead_that_went_to_another_part_counts_where_it_was_registered(watched):
    watched.look(client(conditions.GOODS), FIRST_AT)
    found = watched.look(client(moved()))
    assert kinds(found) == {str(place + 1): ["condition"] for place in CHANGED}
    assert conditions.kpi(found.results, conditions.CONVERSION).fact * 15 == 5
    [told, *_] = [each for each in found.results.signals if each.kind == "question_condition"]
    assert (told.code, told.params["before"], told.params["after"]) == ("M1", "Станки", "Масло")


def test_the_head_says_that_it_is_right(watched):
    watched.look(client(conditions.GOODS), FIRST_AT)
    found = watched.look(answered(client(moved()), "3, 5, 19", approved=True))
    assert kinds(found) == {}
    assert conditions.kpi(found.results, conditions.CONVERSION).fact * 12 == 5


def test_a_blank_cell_is_filled_in_freely(watched):
    blank = [None if place in CHANGED else word for place, word in enumerate(conditions.GOODS)]
    watched.look(client(blank), FIRST_AT)
    assert kinds(watched.look(client(moved()))) == {}
