"""The two base clients are what their figures say, at every door."""

import pytest

from tests.golden.cases import base

SCORES = {"leads": {"M1": 94, "M2": 94, "H1": 96}, "reports": {"M1": 97, "M2": 97, "H1": 96}}


@pytest.fixture(params=SCORES)
def client(request):
    return getattr(base, request.param)(), SCORES[request.param]


def test_the_base_clients_have_the_scores_worked_out_by_hand(client):
    books, scores = client
    results = books.decided()
    assert {card.code: card.score for card in results.employees} == scores
    assert not results.problems


def test_as_a_file_they_are_the_same(client, tmp_path):
    books, scores = client
    scored = books.score(tmp_path, payroll=True)
    assert {card.code: card.score for card in scored.results.employees} == scores
    assert {line.code: line.variable_accrued_tiyn for line in scored.payroll.lines} == dict.fromkeys(
        scores, 200_000_00
    )
    assert not scored.problems


def test_one_or_two_leads_a_working_day_and_manager():
    rows = base.leads().rows["deals"]
    for code in base.MANAGERS:
        days = [row[1].date() for row in rows if row[2] == code]
        assert {days.count(day) for day in base.DAYS} == {1, 2}
        assert sum(row[6] == "Сделка" for row in rows if row[2] == code) == 10
