"""Which clients go together, and what one client's failure does to the others."""

import random
from datetime import UTC, datetime

import pytest

from flows.shards import ClientOutcome, UnexpectedError, each_client, shards, summary
from kpi_rules.errors import ClientUnavailableError
from ledger import LeaseHeld, UnknownClientError
from tests.telling import worded


def names(count):
    return [f"c{number:03}" for number in range(count)]


@pytest.mark.parametrize(
    ("clients", "sizes"),
    [(0, []), (1, [1]), (25, [25]), (26, [13, 13]), (51, [17, 17, 17]), (52, [18, 17, 17]), (300, [25] * 12)],
)
def test_clients_are_split_into_the_fewest_even_shards(clients, sizes):
    assert [len(shard) for shard in shards(names(clients))] == sizes


def test_every_client_is_in_exactly_one_shard_and_in_order():
    seed = random.randrange(10**9)
    chance = random.Random(seed)
    for _ in range(200):
        given = names(chance.randrange(0, 400))
        chance.shuffle(given)
        parts = shards(given)
        assert [slug for part in parts for slug in part] == given, seed
        assert all(len(part) <= 25 for part in parts), seed
        assert len(given) <= 25 or all(len(part) >= 13 for part in parts), seed


def test_a_client_named_twice_is_taken_once():
    assert shards(["alfa", "beta", "alfa"]) == [["alfa", "beta"]]


def test_a_failing_client_is_told_and_does_not_stop_the_others():
    faults = {
        "beta": worded(ClientUnavailableError, "Нет доступа к таблице.", "Откройте доступ."),
        "gamma": UnknownClientError("gamma"),
        "delta": UnexpectedError("ValueError (kpi_rules/scoring.py:12)"),
    }
    told = []

    def work(slug):
        if slug in faults:
            raise faults[slug]
        return f"готово {slug}"

    outcomes = each_client(["alfa", "beta", "gamma", "delta", "omega"], work, told.append)

    assert told == outcomes
    assert outcomes[0] == ClientOutcome("alfa", "готово alfa")
    assert outcomes[1] == ClientOutcome("beta", error="Нет доступа к таблице.", remedy="Откройте доступ.")
    assert "gamma" in outcomes[2].error
    assert outcomes[3].error == "ValueError (kpi_rules/scoring.py:12)"
    assert outcomes[4].error is None


def test_a_close_that_somebody_else_is_doing_is_no_failure():
    def work(_slug):
        raise LeaseHeld("alfa", "2026-10", "worker-2", datetime(2026, 11, 6, tzinfo=UTC))

    assert each_client(["alfa"], work, lambda _: None) == [
        ClientOutcome("alfa", "закрывается другим: worker-2")
    ]


def test_an_error_that_nobody_foresaw_goes_through():
    def work(_slug):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        each_client(["alfa"], work, lambda _: None)


def test_the_summary_names_who_failed_and_why_and_leaves_out_the_others():
    outcomes = [ClientOutcome("alfa", "записано: 3"), ClientOutcome("beta", error="Нет доступа.")]
    assert summary(outcomes) == "клиентов: 2, с ошибкой: 1; beta: Нет доступа."


def test_the_summary_of_a_good_shard_says_what_was_done():
    assert summary([ClientOutcome("alfa", "записано: 3"), ClientOutcome("beta")]) == (
        "клиентов: 2; alfa: записано: 3"
    )
