"""A close cut off at any point, in any way, and resumed: one archive, one payroll tab, one seal, nothing paid twice.

Processes really die here: each close runs in one of its own, which ends itself (`os._exit`) before or after any
call that leaves it, a request to Google or a transaction of the ledger; or is killed from outside at a random
moment. The next process finishes, and the world is held against all that a close promises (`cut_off.look_closed`):
the inputs byte for byte as stored, the files of Drive tell, pay as worked out by hand, `verify` intact.
"""

import random
import sqlite3
from collections import Counter
from contextlib import closing

import pytest

from tests.faults.scenes import bad_day, died
from tests.faults.worlds import closed_already, go_on

DISTURBANCES = ("error_before", "error_after", "cut_before", "cut_middle", "cut_after", "drip")
LEASE_MINUTES = 16
RANDOM_RUNS = 204
KILLED_WITHIN_SECONDS = 0.02


def every_point(scene):
    return [(at, when) for at in range(1, len(scene.calls) + 1) for when in ("before", "after")]


def killed_and_finished(scene):
    def play(world, point):
        at, when = point
        ended = world.run("close", month=scene.month, ends={"at": at, "when": when})
        assert died(ended), f"{scene.named(at, when)} was not reached: {ended}"
        runs = world.finish("close", month=scene.month)
        scene.look(world)
        return runs

    return play


def test_a_close_that_dies_around_an_outside_call_is_finished_by_the_next_process(worlds, first, seed, tell):
    """A sample of the points; `make test-all` takes them all."""
    points = random.Random(seed).sample(every_point(first), 24)
    runs = worlds.each(first.base, points, killed_and_finished(first))
    tell(
        f"close: {len(points)} of {len(every_point(first))} crash points, {sum(runs)} resumptions, seed {seed}"
    )


@pytest.mark.slow
def test_a_close_that_dies_before_or_after_any_outside_call_is_finished_by_the_next_process(
    worlds, first, tell
):
    points = every_point(first)
    assert sum(call.startswith("ledger") for call in first.calls) > 40
    assert first.asked() > 30
    worlds.each(first.base, points, killed_and_finished(first))
    tell(f"close: {len(points)} crash points (before and after {len(first.calls)} outside calls)")


@pytest.mark.slow
def test_corrections_are_paid_once_wherever_the_second_close_dies(worlds, second, tell):
    """One pays, one takes more than there is: the rest is carried on once."""
    points = [(at, "after") for at, call in enumerate(second.calls, 1) if call != "ledger read"]
    worlds.each(second.base, points, killed_and_finished(second))
    tell(f"close: {len(points)} crash points of a close that pays and carries corrections")


def disturbed_and_finished(scene):
    def play(world, case):
        kind, at = case
        world.weather(strikes=[{"kind": kind, "at": at}], drip_pause_seconds=0.005)
        runs = world.finish("close", month=scene.month)
        scene.look(world)
        return runs

    return play


def test_a_call_that_is_disturbed_is_done_once(worlds, first, seed, tell):
    """A sample of the disturbances; `make test-all` takes them all."""
    every = [(kind, at) for kind in DISTURBANCES for at in range(1, first.asked() + 1)]
    cases = random.Random(seed + 1).sample(every, 10)
    worlds.each(first.base, cases, disturbed_and_finished(first))
    tell(f"close: {len(cases)} of {len(every)} disturbed calls, seed {seed}")


@pytest.mark.slow
@pytest.mark.parametrize("kind", DISTURBANCES)
def test_any_call_disturbed_in_any_way_is_done_once(worlds, first, kind, tell):
    cases = [(kind, at) for at in range(1, first.asked() + 1)]
    runs = worlds.each(first.base, cases, disturbed_and_finished(first))
    tell(f"close: {len(cases)} calls disturbed by {kind}, {sum(run > 1 for run in runs)} of them cut off")


@pytest.mark.slow
def test_a_close_that_dies_two_or_three_times_is_finished_whatever_the_weather(worlds, first, seed, tell):
    """Half of them while Drive's search lags by 30 s of the world's time."""

    def play(world, number):
        chance = random.Random(f"{seed} {number}")
        if number % 2:
            world.weather(search_lag_seconds=30)
        deaths = 0
        for _ in range(chance.choice([2, 3])):
            ends = {"at": chance.randint(1, len(first.calls)), "when": chance.choice(["before", "after"])}
            deaths += died(world.run("close", ends=ends))
            world.later(chance.choice([0, 0, 1]))
        world.finish("close")
        first.look(world)
        return deaths

    deaths = worlds.each(first.base, range(60), play)
    tell(f"close: {len(deaths)} closes that died {sum(deaths)} times, seed {seed}")


def test_a_creation_that_was_cut_off_twice_under_a_lagging_search_leaves_one_file(worlds, first):
    """The second try, long after the first, is waited for as well."""

    def play(world, path):
        lost = {"kind": "cut_after", "method": "POST", "path": path}
        world.weather(strikes=[{**lost, "kind": "error_before", "times": 6}], search_lag_seconds=30)
        assert world.run("close").result["error"] == "RetryableError"
        world.later(10)
        world.weather(strikes=[lost], search_lag_seconds=30)
        assert world.run("close").result["error"] == "RetryableError"
        world.weather(search_lag_seconds=30)
        assert world.run("close").result["error"] == "RetryableError", "the run at once waits"
        world.finish("close")
        first.look(world)

    worlds.each(first.base, ["/copy", "/upload/"], play)


STEPS = ("scorecard", "payroll", "archive", "locked", "read_back", "record", "attested")


def step_reached(home) -> str:
    """The last step that the ledger has recorded."""
    with closing(sqlite3.connect(f"file:{home / 'ledger.sqlite'}?mode=ro", uri=True)) as db:
        names = {name for (name,) in db.execute("SELECT name FROM steps")}
        if db.execute("SELECT count(*) FROM seals").fetchone()[0]:
            return "sealed"
        taken = db.execute("SELECT count(*) FROM snapshots").fetchone()[0]
    done = [step for step in STEPS if step in names]
    return done[-1] if done else ("snapshot" if taken else "nothing")


@pytest.mark.slow
def test_a_close_killed_from_outside_at_random_times_is_finished_by_the_next_process(
    worlds, first, seed, tell
):
    """`kill -9` once to three times, spread evenly over the calls of a close; half of it in bad weather."""

    def play(world, number):
        chance = random.Random(f"{seed} kill {number}")
        world.weather(**bad_day(chance))
        hits = []
        for _ in range(chance.choice([1, 1, 2, 3])):
            at = chance.randint(1, len(first.calls))
            if world.run_killed("close", at, chance.uniform(0, KILLED_WITHIN_SECONDS)).killed:
                hits.append(step_reached(world.home))
            world.later(chance.choice([0, 0, 1]))
        world.finish("close")
        first.look(world)
        return hits

    hits = worlds.each(first.base, range(RANDOM_RUNS), play)
    killed = sum(bool(found) for found in hits)
    spread = Counter(step for found in hits for step in found)
    tell(
        f"close: {len(hits)} random runs, {killed} of them killed by kill -9, {spread.total()} kills, seed {seed}; "
        f"last step at the kill: {dict(spread.most_common())}"
    )
    assert killed >= RANDOM_RUNS // 2
    assert len(spread) >= 6, spread
    assert spread.most_common(1)[0][1] <= spread.total() * 0.7, spread


@pytest.mark.slow
def test_a_storm_of_refusals_is_outlived(worlds, first, seed, tell):
    """Every minute has quota for a few calls only; bad answers come six in a row."""

    def play(world, number):
        chance = random.Random(f"{seed} storm {number}")
        at = chance.randint(1, first.asked())
        quota = {"reads_per_user": chance.randint(4, 9), "writes_per_user": chance.randint(4, 9)}
        kind = chance.choice(["error_before", "error_after", "cut_after"])
        world.weather(quota=quota, strikes=[{"kind": kind, "at": at, "times": 6}])
        for _ in range(3):
            world.run("close")
            world.later(1)
        world.weather(quota={"drive_per_user": 40})
        runs = world.finish("close")
        first.look(world)
        return runs

    runs = worlds.each(first.base, range(24), play)
    tell(f"close: {len(runs)} storms of 429, 503 and cut connections, seed {seed}")


# ---- two at once
def overtaken(scene):
    """A holder who sleeps through his lease while a call of his is about to be sent, or has just been answered."""

    def play(world, point):
        at, when = point
        ends = {"at": at, "when": when, "how": "stop", "kind": "http"}
        slow = world.start("close", month=scene.month, place="machine-a/1", ends=ends)
        assert world.server.stopped(slow)
        held = world.run("close", month=scene.month, place="machine-b/1").result
        assert held.get("error") == "LeaseHeld", held
        world.later(LEASE_MINUTES)
        world.finish("close", month=scene.month, place="machine-b/1")
        go_on(slow)
        late = world.server.wait(slow).result
        assert "error" in late, late
        scene.look(world)
        return late["error"]

    return play


def requests_of(scene):
    return sum(not call.startswith("ledger") for call in scene.calls)


def test_a_closer_who_was_overtaken_in_his_sleep_does_no_harm(worlds, first, seed, tell):
    """A sample: his call still goes out, after the month was sealed by another machine."""
    points = [(at, "before") for at in random.Random(seed + 2).sample(range(1, requests_of(first) + 1), 6)]
    errors = worlds.each(first.base, points, overtaken(first))
    tell(f"close: {len(points)} sleepers overtaken, stopped by {dict(Counter(errors))}, seed {seed}")


@pytest.mark.slow
def test_a_closer_who_was_overtaken_at_any_call_does_no_harm(worlds, first, tell):
    points = [(at, when) for at in range(1, requests_of(first) + 1) for when in ("before", "after")]
    errors = worlds.each(first.base, points, overtaken(first))
    tell(f"close: {len(points)} sleepers overtaken at every request, stopped by {dict(Counter(errors))}")


@pytest.mark.parametrize("runs", [2, pytest.param(24, marks=pytest.mark.slow)])
def test_of_two_closers_at_once_one_wins_and_nothing_is_done_twice(worlds, first, runs, tell):
    def play(world, number):
        places = [None, None] if number % 2 else ["machine-a/1", "machine-b/1"]
        pids = [world.start("close", place=place) for place in places]
        results = [world.server.wait(pid).result for pid in pids]
        won = [result for result in results if "done" in result]
        lost = [result for result in results if result not in won]
        assert len(won) == 1, results
        assert all(result["error"] == "LeaseHeld" or closed_already(result) for result in lost), results
        first.look(world)

    worlds.each(first.base, range(runs), play)
    tell(f"close: {runs} races of two closers")


@pytest.mark.slow
def test_of_two_heirs_of_a_dead_closer_one_takes_over(worlds, first, seed, tell):
    """Both find the lease of a dead process; a living one they leave alone."""

    def play(world, number):
        chance = random.Random(f"{seed} heirs {number}")
        at = chance.randint(5, len(first.calls) - 2)
        assert died(world.run("close", ends={"at": at}))
        results = [world.server.wait(pid).result for pid in [world.start("close") for _ in range(2)]]
        won = sum("done" in result for result in results)
        waits = any(
            result.get("error") == "RetryableError" for result in results
        )  # the heir, for Drive's search
        assert won + waits == 1, results
        world.finish("close")
        first.look(world)
        return won

    won = worlds.each(first.base, range(24), play)
    tell(f"close: {len(won)} races of two heirs, {sum(won)} finished at once, seed {seed}")


@pytest.mark.slow
def test_a_living_closer_is_left_alone_and_a_dead_machine_waited_for(worlds, first, tell):
    """While it lives nobody of its machine takes over; when its machine dies, nobody before its lease ends."""

    def play(world, at):
        living = world.start("close", ends={"at": at, "how": "stop"})
        assert world.server.stopped(living)
        assert world.run("close").result["error"] == "LeaseHeld"
        if at % 2:
            go_on(living)
            assert "done" in world.server.wait(living).result
        else:
            world.server.wait(living, 0)
        world.finish("close")
        first.look(world)

    def dead_machine(world, at):
        assert died(world.run("close", place="machine-a/1", ends={"at": at}))
        for _ in range(2):
            assert world.run("close", place="machine-b/1").result["error"] == "LeaseHeld"
            world.later(7)
        world.later(2)
        world.finish("close", place="machine-b/1")
        first.look(world)

    points = range(8, len(first.calls), 6)
    worlds.each(first.base, points, play)
    worlds.each(first.base, points, dead_machine)
    tell(f"close: {2 * len(points)} holders alive or on a dead machine")
