"""Whole closes with the ledger on PostgreSQL: cut off, killed, raced, as on SQLite."""

import random
from pathlib import Path

import pytest
from sqlalchemy import create_engine, delete, insert, select, text

from ledger import open_ledger
from ledger.tables import metadata
from tests.faults.scenes import SEPTEMBER_PAID, died, scene_of
from tests.faults.worlds import World, closed_already
from tests.unit.ledger.postgres_server import fresh_database

pytestmark = pytest.mark.postgres
DEATHS, RACES, KILLS = 14, 6, 10


def moved(home: Path) -> str:
    """Move the rows of a SQLite ledger into a new PostgreSQL database; give its URL."""
    url = fresh_database()
    open_ledger(url).close()
    source, target = create_engine(f"sqlite:///{home / 'ledger.sqlite'}"), create_engine(url)
    with source.connect() as old, target.begin() as new:
        new.execute(text("SET LOCAL session_replication_role = replica"))
        new.execute(delete(metadata.tables["identity"]))  # the new ledger made one of its own
        for table in metadata.sorted_tables:
            if rows := [dict(row) for row in old.execute(select(table)).mappings()]:
                new.execute(insert(table), rows)
    source.dispose()
    target.dispose()
    return url


@pytest.fixture(scope="module")
def cloned(september):
    """Give a world a ledger of its own on the server."""
    template = moved(september)

    def clone(world: World) -> World:
        (world.home / "ledger.sqlite").unlink()
        world.ledger_url = fresh_database(template)
        return world

    return clone


@pytest.fixture(scope="module")
def scene(worlds, september, cloned):
    return scene_of(worlds, september, SEPTEMBER_PAID, cloned)


def test_a_close_that_dies_anywhere_is_finished_by_the_next_process(worlds, scene, cloned, seed, tell):
    def play(world, at):
        cloned(world)
        assert died(world.run("close", ends={"at": at, "when": "after"}))
        world.finish("close")
        scene.look(world)

    points = random.Random(seed).sample(range(1, len(scene.calls) + 1), DEATHS)
    worlds.each(scene.base, points, play)
    tell(f"close on PostgreSQL: {DEATHS} of {len(scene.calls)} crash points, seed {seed}")


def test_a_close_killed_at_a_random_time_is_finished_by_the_next_process(worlds, scene, cloned, seed, tell):
    def play(world, number):
        cloned(world)
        chance = random.Random(f"{seed} postgres {number}")
        killed = world.run_killed(
            "close", chance.randint(1, len(scene.calls)), chance.uniform(0, 0.02)
        ).killed
        world.finish("close")
        scene.look(world)
        return killed

    killed = worlds.each(scene.base, range(KILLS), play)
    tell(f"close on PostgreSQL: {sum(killed)} of {KILLS} closes killed by kill -9, seed {seed}")


def test_of_two_closers_in_two_processes_one_wins(worlds, scene, cloned, tell):
    def play(world, number):
        cloned(world)
        places = [None, None] if number % 2 else ["machine-a/1", "machine-b/1"]
        pids = [world.start("close", place=place) for place in places]
        results = [world.server.wait(pid).result for pid in pids]
        won = [result for result in results if "done" in result]
        lost = [result for result in results if result not in won]
        assert len(won) == 1, results
        assert all(result["error"] == "LeaseHeld" or closed_already(result) for result in lost), results
        scene.look(world)

    worlds.each(scene.base, range(RACES), play)
    tell(f"close on PostgreSQL: {RACES} races of two closers")
