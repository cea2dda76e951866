"""A sample of the forecast's back-test: its families at fixed seeds, against the better run rate.

The whole of it, many seeds and real sales, is `bench/bench_forecast.py`.
"""

import importlib
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[4]
QUICK = (("growth 8 %", "weekend retail", "rare big deals"), (0,))
LONG = (("growth 8 %", "weekend retail", "rare big deals", "held: yearly wave and weekends"), (0, 1, 2, 3))


@pytest.fixture(scope="module")
def bench():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "bench")
        yield importlib.import_module("bench_forecast")


@pytest.fixture(
    scope="module", params=[QUICK, pytest.param(LONG, marks=pytest.mark.slow)], ids=["quick", "long"]
)
def found(bench, request):
    names, seeds = request.param
    print(f"seeds {seeds}")  # noqa: T201 - the figures behind the bounds
    by_name = {family.name: family for family in (*bench.TUNING, *bench.HELD_OUT)}
    return {name: bench.family_trials(by_name[name], seeds) for name in names}


@pytest.mark.parametrize("team", [True, False])
def test_no_family_loses_to_the_better_run_rate_and_all_together_win(bench, found, team):
    ratios = {name: bench.ratio([t for t in trials if t.team is team]) for name, trials in found.items()}
    told = ", ".join(f"{name} {ratio:.3f}" for name, ratio in ratios.items())
    print(told)  # noqa: T201 - the figures behind the bounds
    assert max(ratios.values()) <= bench.LARGEST_FAMILY, told
    assert np.mean(list(ratios.values())) <= bench.LARGEST_POOLED, told


@pytest.mark.parametrize("team", [True, False])
def test_four_of_five_months_end_inside_the_interval(bench, found, team):
    share = bench.covered([t for trials in found.values() for t in trials if t.team is team])
    print(f"covered {share:.1%}")  # noqa: T201 - the figures behind the bounds
    low, high = bench.COVERED
    assert low <= share <= high


def test_the_same_family_and_seed_give_the_same_forecasts(bench):
    family = bench.TUNING[0]
    assert bench.family_trials(family, [3]) == bench.family_trials(family, [3])
