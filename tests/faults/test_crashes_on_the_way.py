"""What else can be cut off: an opening, a deploy, a sync, the nightly check; and the sweeper that finishes closes.

As in `test_close_crashes`, processes end themselves before or after calls that leave them; the next one finishes,
and what it leaves is what an undisturbed one leaves.
"""

import random

import pytest

from tests.contract.client_life import copy_of
from tests.faults.scenes import died


@pytest.fixture(scope="session")
def empty(tmp_path_factory):
    """A state: accounts alone."""
    home = tmp_path_factory.mktemp("empty") / "home"
    with copy_of("empty", tmp_path_factory.getbasetemp(), home):
        return home


@pytest.fixture(scope="session")
def planned(tmp_path_factory):
    """A state: September is open and filled, October is planned."""
    home = tmp_path_factory.mktemp("planned") / "home"
    with copy_of("open", tmp_path_factory.getbasetemp(), home):
        return home


def described(world):
    found = world.server.run("describe_world", home=str(world.home)).result
    assert "files" in found, found
    return found


def undisturbed(worlds, base, what, **given):
    """What an operation leaves, and how many calls it makes."""
    with worlds.world(base) as world:
        result = world.run(what, **given).result
        assert "done" in result, result
        return described(world), len(result["calls"])


def played(worlds, base, what, points, wanted, **given):
    def play(world, point):
        at, when = point
        assert died(world.run(what, ends={"at": at, "when": when}, **given))
        world.finish(what, **given)
        assert described(world) == wanted

    worlds.each(base, points, play)


CASES = [("deploy", "empty", {}), ("open", "planned", {"month": "2026-10"})]


@pytest.mark.parametrize(("what", "state", "given"), CASES, ids=["deploy", "open"])
def test_what_dies_on_its_way_is_finished_by_the_next_run(worlds, request, seed, what, state, given, tell):
    """A sample of the points; `make test-all` takes them all."""
    base = request.getfixturevalue(state)
    wanted, calls = undisturbed(worlds, base, what, **given)
    points = [(at, "after") for at in random.Random(seed + 3).sample(range(1, calls), 4)]
    played(worlds, base, what, points, wanted, **given)
    tell(f"{what}: {len(points)} of {calls} crash points, seed {seed}")


@pytest.mark.slow
@pytest.mark.parametrize(("what", "state", "given"), CASES, ids=["deploy", "open"])
def test_what_dies_anywhere_on_its_way_is_finished_by_the_next_run(worlds, request, what, state, given, tell):
    base = request.getfixturevalue(state)
    wanted, calls = undisturbed(worlds, base, what, **given)
    points = [(1, "before"), *((at, "after") for at in range(1, calls))]
    played(worlds, base, what, points, wanted, **given)
    tell(f"{what}: {len(points)} crash points")


@pytest.mark.parametrize("sampled", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_a_sync_that_dies_has_written_everything_or_nothing(worlds, planned, seed, sampled, tell):
    """A reader never sees half a scorecard, and the next sync ends where an undisturbed one does."""

    def outputs(world):
        return world.server.run("note_outputs", home=str(world.home)).result

    with worlds.world(planned) as world:
        before = outputs(world)
        calls = len(world.run("sync").result["calls"])
        after = outputs(world)
        assert world.run("sync").result["done"] == 0
    assert before != after

    def play(world, point):
        at, when = point
        assert died(world.run("sync", ends={"at": at, "when": when}))
        seen = outputs(world)
        assert seen in {before, after}
        world.finish("sync")
        assert outputs(world) == after
        assert world.run("sync").result["done"] == 0
        return seen == after

    points = [(at, when) for at in range(1, calls + 1) for when in ("before", "after")]
    if sampled:
        points = random.Random(seed + 4).sample(points, 4)
    written = worlds.each(planned, points, play)
    assert sampled or 0 < sum(written) < len(written)
    tell(f"sync: {len(points)} crash points, {sum(written)} of them after the one write")


@pytest.mark.slow
def test_a_close_that_died_is_finished_by_the_sweeper(worlds, first, seed, tell):
    """By the ledger alone, wherever it died after its snapshot; before that the sweeper finds nothing to do."""
    taken = first.calls.index("ledger write", 12)

    def play(world, at):
        assert died(world.run("close", ends={"at": at, "when": "after"}))
        for _ in range(4):
            result = world.run("sweep").result
            assert "done" in result or result["error"] == "RetryableError", result
            world.later(1)
        if not result["done"] and world.run("close").result.get("done"):
            return False
        first.look(world)
        return True

    points = random.Random(seed + 5).sample(range(taken, len(first.calls) + 1), 16)
    swept = worlds.each(first.base, points, play)
    assert sum(swept) > len(points) // 2
    tell(f"sweep: {sum(swept)} of {len(points)} dead closes finished by the ledger's word, seed {seed}")


@pytest.mark.slow
def test_a_nightly_check_that_died_is_made_good_the_next_time(worlds, first, seed, tell):
    """It opens October and closes September by the deadline."""
    with worlds.world(first.base) as world:
        calls = len(world.run("night").result["calls"])

    def play(world, at):
        assert died(world.run("night", ends={"at": at, "when": "after"}))
        world.finish("night")
        first.look(world)
        assert "2026-10 open False" in described(world)["months"]

    points = random.Random(seed + 6).sample(range(1, calls), 24)
    worlds.each(first.base, points, play)
    tell(f"night: {len(points)} of {calls} crash points, seed {seed}")
