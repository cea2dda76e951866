"""Which clients go together into one run."""

import random

import pytest

from flows.shards import shards


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
