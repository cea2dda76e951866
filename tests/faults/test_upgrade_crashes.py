"""An upgrade cut off at any point, in any way, and run again: every cell as entered, each new thing there once."""

import random
import shutil
from collections import Counter

import pytest

from tests.faults.scenes import died
from tests.next_layout import next_templates

DISTURBANCES = ("error_before", "error_after", "cut_before", "cut_middle", "cut_after")


@pytest.fixture(scope="module")
def state(tmp_path_factory, october):
    """September is sealed, October open; the program is that of the next release."""
    home = tmp_path_factory.mktemp("upgrade") / "home"
    shutil.copytree(october, home)
    next_templates(home / "templates")
    return home


@pytest.fixture(scope="module")
def undisturbed(worlds, state):
    """What was entered before, and the calls of an upgrade that nothing disturbs."""
    with worlds.world(state) as world:
        before = world.server.run("note_entered", home=str(world.home)).result
        ended = world.run("upgrade").result
        assert "done" in ended, ended
        world.look("look_after_upgrade", before=before)
    return before, tuple(ended["calls"])


def killed_and_finished(before):
    def play(world, point):
        at, when = point
        ended = world.run("upgrade", ends={"at": at, "when": when})
        assert died(ended), f"{when} {at} was not reached: {ended}"
        runs = world.finish("upgrade")
        world.look("look_after_upgrade", before=before)
        return runs

    return play


def points_of(calls):
    return [(at, when) for at in range(1, len(calls) + 1) for when in ("before", "after")]


def test_an_upgrade_that_dies_around_an_outside_call_is_finished_by_the_next_run(
    worlds, state, undisturbed, seed, tell
):
    """Around each call that writes to Google, and a sample of the others; `make test-all` takes them all."""
    before, calls = undisturbed
    writing = {at for at, call in enumerate(calls, 1) if call.startswith(("POST v4", "PATCH"))}
    points = [point for point in points_of(calls) if point[0] in writing]
    assert len(points) == 2 * 4, calls  # each file's one call and its mark
    others = [point for point in points_of(calls) if point[0] not in writing]
    points += random.Random(seed).sample(others, 4)
    runs = worlds.each(state, points, killed_and_finished(before))
    tell(f"upgrade: {len(points)} crash points, {sum(runs)} resumptions, seed {seed}")


@pytest.mark.slow
def test_an_upgrade_that_dies_before_or_after_any_outside_call_is_finished_by_the_next_run(
    worlds, state, undisturbed, tell
):
    before, calls = undisturbed
    worlds.each(state, points_of(calls), killed_and_finished(before))
    tell(f"upgrade: {len(points_of(calls))} crash points (before and after {len(calls)} outside calls)")


@pytest.mark.slow
def test_an_upgrade_outlives_every_disturbance_of_each_of_its_calls(worlds, state, undisturbed, tell):
    before, calls = undisturbed
    asked = sum(not call.startswith(("ledger", "POST token")) for call in calls)

    def play(world, case):
        kind, at = case
        world.weather(strikes=[{"kind": kind, "at": at}])
        runs = world.finish("upgrade")
        world.look("look_after_upgrade", before=before)
        return runs

    cases = [(kind, at) for kind in DISTURBANCES for at in range(1, asked + 1)]
    runs = worlds.each(state, cases, play)
    tell(f"upgrade: {len(cases)} disturbed calls, {sum(runs)} runs")


@pytest.mark.parametrize("runs", [2, pytest.param(12, marks=pytest.mark.slow)])
def test_of_two_upgrades_at_once_nothing_is_added_twice(worlds, state, undisturbed, runs, tell):
    before, _calls = undisturbed

    def play(world, _number):
        pids = [world.start("upgrade") for _ in range(2)]
        results = [world.server.wait(pid).result for pid in pids]
        assert any("done" in result for result in results), results
        lost = [result["error"] for result in results if "done" not in result]
        assert set(lost) <= {"LeaseHeld"}, results
        world.look("look_after_upgrade", before=before)
        return len(lost)

    lost = worlds.each(state, range(runs), play)
    tell(f"upgrade: {runs} races of two upgrades, {sum(lost)} refused")


@pytest.mark.parametrize("runs", [2, pytest.param(12, marks=pytest.mark.slow)])
def test_a_sync_a_close_and_an_upgrade_at_once_leave_all_three_done(worlds, state, undisturbed, runs, tell):
    """The close refuses or waits for nobody's half-done work; whoever was refused comes again."""
    _before, _calls = undisturbed

    def play(world, number):
        works = ["sync_now", "close", "upgrade"]
        random.Random(number).shuffle(works)
        pids = {work: world.start(work, month="2026-10") for work in works}
        results = {work: world.server.wait(pid).result for work, pid in pids.items()}
        errors = {result["error"] for result in results.values() if "error" in result}
        assert errors <= {"LeaseHeld"}, results
        for work in works:
            world.finish(work, month="2026-10")
        world.look("look_closed_and_upgraded")
        return tuple(sorted(work for work, result in results.items() if "error" in result))

    refused = worlds.each(state, range(runs), play)
    tell(f"upgrade: {runs} races with a sync and a close, refused: {dict(Counter(refused))}")
