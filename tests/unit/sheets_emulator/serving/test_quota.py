"""The quota by a clock of the test's own: two kinds of window, and what is counted where."""

from datetime import UTC, datetime, timedelta

import pytest
import requests
from pydantic import ValidationError

from sheets_emulator.access.accounts import ensure_account
from sheets_emulator.access.tokens import issue_token
from sheets_emulator.serving.faults import Faults, install
from sheets_emulator.serving.quota import Limit, Meter, Quota
from sheets_emulator.serving.server import serve

NOON = datetime(2026, 10, 5, 12, 0, 17, tzinfo=UTC)
READ = ("GET", "/v4/spreadsheets/x/values/A1")
WRITE = ("POST", "/v4/spreadsheets/x:batchUpdate")
SEEN_AT_GOOGLE = {"reads_per_user": 60, "window": "fixed", "loose_fraction": 0.24}


class Day:
    """Requests at seconds of a day, and whether they pass."""

    def __init__(self, seed=0, **quota):
        self.meter = Meter(Quota(**quota), seed)

    def passes(self, second, request=READ, user="a"):
        return self.meter.over(*request, user, NOON + timedelta(seconds=second)) is None

    def passed(self, *seconds, **more):
        return [self.passes(second, **more) for second in seconds]

    def most_at(self, second, **more):
        """How many pass at once."""
        number = 0
        while self.passes(second, **more):
            number += 1
        return number


def test_a_fixed_window_begins_with_the_first_call_and_ends_after_its_length():
    day = Day(reads_per_user=2, window="fixed")
    assert day.passed(0, 59, 59.9) == [True, True, False]
    assert day.passed(60, 61, 119.9) == [True, True, False]
    assert day.passed(500, 559, 559.9, 560) == [True, True, False, True]  # not at a multiple of 60


def test_a_sliding_window_looks_back_from_each_moment():
    day = Day(reads_per_user=2)
    assert day.passed(0, 59, 59.9) == [True, True, False]
    assert day.passed(60, 61, 118, 119) == [True, False, False, True]


@pytest.mark.parametrize(("window", "most"), [("fixed", 108), ("sliding", 60)])
def test_across_the_border_of_two_fixed_windows_more_than_the_limit_passes(window, most):
    """The first call opens a window, 48 more stand at its end, the next one lets 60 through: 108 were seen at Google."""
    day = Day(reads_per_user=60, window=window)
    seconds = [0, *[48 + number / 4 for number in range(160)]]
    passed = [second for second, well in zip(seconds, day.passed(*seconds), strict=True) if well]
    assert max(sum(at - 60 < other <= at for other in passed) for at in passed) == most


@pytest.mark.parametrize("window", ["fixed", "sliding"])
def test_a_refused_call_costs_nothing_and_prolongs_nothing(window):
    day = Day(reads_per_user=1, window=window)
    assert day.passes(0)
    assert not any(day.passed(*range(1, 60)))
    assert day.passes(60)


@pytest.mark.parametrize("window", ["fixed", "sliding"])
def test_what_the_project_refuses_costs_the_account_nothing(window):
    day = Day(reads_per_user=2, reads_per_project=3, window=window)
    assert [day.passes(0, user="a") for _ in range(3)] == [True, True, False]
    assert [day.passes(1, user="b") for _ in range(2)] == [True, False]  # the project's three are spent
    assert day.meter.over(*READ, "b", NOON + timedelta(seconds=2)) == Limit("read", None, 3)
    # The project's first calls are 60 seconds old now; b's own is not, and of its two it has spent one.
    assert [day.passes(60, user="b") for _ in range(2)] == [True, False]


def test_reads_writes_and_drive_have_windows_of_their_own():
    day = Day(reads_per_user=1, writes_per_user=1, drive_per_user=1, window="fixed")
    drive = ("POST", "/drive/v3/files")
    search = ("POST", "/v4/spreadsheets/x/developerMetadata:search")
    assert (day.passes(0), day.passes(30, WRITE), day.passes(40, drive)) == (True, True, True)
    assert day.passes(59, search) is False  # a read
    assert (day.passes(60), day.passes(60, WRITE), day.passes(60, drive)) == (True, False, False)
    assert (day.passes(90, WRITE), day.passes(90, drive), day.passes(100, drive)) == (True, False, True)


def test_windows_are_loose_upward_and_each_in_its_own_measure():
    day = Day(seed=3, **SEEN_AT_GOOGLE)
    numbers = [day.most_at(60 * window) for window in range(200)]
    assert min(numbers) >= 60
    assert max(numbers) <= 74  # 60 + 24 % of it: what was seen at the most
    assert {60, 74} < set(numbers)
    assert len(set(numbers)) == 15
    assert 66 <= sum(numbers) / len(numbers) <= 68


def test_the_same_seed_is_as_loose_again_and_another_is_not():
    days = [
        [Day(seed=seed, **SEEN_AT_GOOGLE).most_at(0, user=user) for user in "abcdef"] for seed in (3, 3, 4)
    ]
    assert days[0] == days[1] != days[2]
    slow, quick = (Day(seed=3, **SEEN_AT_GOOGLE) for _ in range(2))
    assert [slow.most_at(1000 * at) for at in range(5)] == [quick.most_at(60 * at) for at in range(5)]


def test_a_limit_of_none_is_none_and_of_zero_lets_nothing_through():
    assert all(Day(window="fixed").passed(*[0] * 1000))
    assert not any(Day(reads_per_user=0, window=window).passes(0) for window in ("fixed", "sliding"))
    assert Day(reads_per_user=0, window="fixed", loose_fraction=10).most_at(0) == 0


def test_a_window_may_have_another_length():
    for window in ("fixed", "sliding"):
        day = Day(reads_per_user=1, window=window, window_seconds=41)
        assert day.passed(0, 40.9, 41) == [True, False, True]


@pytest.mark.parametrize(
    "wrong",
    [
        {"looseFraction": 0.2},
        {"window": "minute"},
        {"windowSeconds": 0},
        {"window": "fixed", "looseFraction": -1},
    ],
)
def test_a_quota_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValidationError):
        Quota.model_validate(wrong)


# ---- over the wire
def test_the_window_ends_by_the_emulators_clock_and_nothing_tells_when(tmp_path):
    at = [NOON]
    with serve(tmp_path) as emulator, requests.Session() as session:
        emulator.engine.clock = lambda: at[0]
        ensure_account(emulator.engine.store, "a@firm.kz")
        session.headers["Authorization"] = f"Bearer {issue_token(emulator.engine.store, 'a@firm.kz')}"
        install(emulator.engine, Faults(quota=Quota(reads_per_user=3, window="fixed")))

        def read(second):
            at[0] = NOON + timedelta(seconds=second)
            return session.get(f"{emulator.url}/v4/spreadsheets/none", timeout=10)

        assert [read(second).status_code for second in (0, 1, 19, 19, 59, 60, 61, 62, 119, 120)] == [
            404, 404, 404, 429, 429, 404, 404, 404, 429, 404,
        ]  # fmt: skip
        read(120), read(120)
        refused = read(120)
        assert "Retry-After" not in refused.headers
        assert refused.json()["error"]["details"][0]["metadata"]["quota_limit_value"] == "3"
