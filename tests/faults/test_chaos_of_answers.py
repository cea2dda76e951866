"""Closes through answers that are none, from Sheets, Drive and the token address, on good and on bad days.

Nothing of it is a fault of the program: each cut-off run says in words that the outside failed, and the next one
finishes; the world is then held against all that a close promises. A full or a read-only disk under the ledger is
told as such.
"""

import random
from collections import Counter

import pytest

from tests.faults.scenes import bad_day
from tests.faults.worlds import CUT_OFF, MINUTES_A_RUN, RUNS_MAX

CLOSES, SAMPLE = 132, 6
CHANCES = [(0.02, 0.2), (0.05, 0.3), (0.1, 0.5)]
"""Of a request and of a request for a token to begin a burst."""
CLEARS_AFTER = 10
"""So many runs long the answers are strange, at the most."""


def through(world, what, strange, **given):
    """Run until it is done; give the runs, each of them cut off with words for people or done."""
    runs = []
    while not (runs and "done" in runs[-1]):
        assert len(runs) < RUNS_MAX, f"not through after {RUNS_MAX} runs: {runs[-1]}"
        result = world.run(what, strange=strange if len(runs) < CLEARS_AFTER else None, **given).result
        assert "done" in result or result.get("error") in CUT_OFF, result
        if "done" not in result:
            assert result["what"], result
            assert result["remedy"], result
        runs.append(result)
        world.later(MINUTES_A_RUN)
    return runs


def chaos_of(scene, seed):
    def play(world, number):
        chance = random.Random(f"{seed} answers {number}")
        if number % 2:
            world.weather(**bad_day(chance))
        runs = through(
            world, "close", {"seed": f"{seed} {number}", "chances": chance.choice(CHANCES)}, month=scene.month
        )
        scene.look(world)
        return runs

    return play


def counts_of(played):
    """What happened, in a sentence."""
    runs = [run for one in played for run in one]
    struck = Counter(name for run in runs for name in run["struck"])
    ended = Counter(run["code"] for run in runs if "code" in run)
    return (
        f"close: {len(played)} closes through {struck.total()} answers that are none ({len(struck)} kinds), "
        f"{len(runs)} runs, cut off as {dict(ended.most_common())}, 0 unexpected errors"
    ), struck


def test_a_close_through_answers_that_are_none_is_finished_and_nothing_is_unexpected(
    worlds, first, seed, tell
):
    """A sample; `make test-all` plays them all."""
    numbers = random.Random(f"{seed} sample").sample(range(CLOSES), SAMPLE)
    sentence, struck = counts_of(worlds.each(first.base, numbers, chaos_of(first, seed)))
    tell(f"{sentence}, seed {seed}")
    assert struck


@pytest.mark.slow
def test_all_closes_through_answers_that_are_none(worlds, first, seed, tell):
    sentence, struck = counts_of(worlds.each(first.base, range(CLOSES), chaos_of(first, seed)))
    tell(f"{sentence}, seed {seed}")
    assert struck.total() > 5 * CLOSES
    assert len(struck) == 20, "each kind was met"


def test_a_verification_through_answers_that_are_none_raises_no_alarm(worlds, second, seed, tell):
    """A proxy's page in the place of an archive is no tampering."""

    def play(world, number):
        chances = CHANCES[number % len(CHANCES)]
        [*_, last] = runs = through(world, "verify", {"seed": f"{seed} verify {number}", "chances": chances})
        assert last["done"] == []
        return runs

    played = worlds.each(second.base, range(4), play)
    tell(f"verify: {len(played)} through strange answers, {sum(map(len, played))} runs, seed {seed}")


DISKS = [("max_page_count=1", "ledger_disk_full"), ("query_only=ON", "ledger_read_only")]


@pytest.mark.parametrize(("pragma", "code"), DISKS, ids=[code for _, code in DISKS])
def test_a_disk_that_takes_no_more_stops_a_close_in_a_sentence_and_nothing_is_half_done(
    worlds, first, pragma, code
):
    """The disk fills up at whatever the ledger was about to grow by; with room again, the close goes through."""

    def play(world, at):
        if at:
            world.run("close", month=first.month, ends={"at": at})
        stopped = world.run("close", month=first.month, pragma=pragma).result
        assert stopped.get("code") == code, stopped
        assert stopped["remedy"]
        world.finish("close", month=first.month)
        first.look(world)

    worlds.each(first.base, [0, len(first.calls) - 20], play)
