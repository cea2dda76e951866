"""The decisions of a bad day, without a server; and what a client meets, with one."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
import requests

from sheets_emulator.access.accounts import ensure_account
from sheets_emulator.access.tokens import issue_token
from sheets_emulator.serving.faults import Faults, FaultState, Strike, decide
from sheets_emulator.serving.quota import Meter, Quota
from sheets_emulator.serving.server import serve
from sheets_emulator.store.admin_secret import admin_headers

NOON = datetime(2026, 10, 5, 12, tzinfo=UTC)
FILES = "/drive/v3/files"
BATCH = "/v4/spreadsheets/x:batchUpdate"
ADMIN = "/admin/faults"


def state(clock=lambda: NOON, **plan):
    from random import Random  # noqa: PLC0415  # only this helper draws

    found = Faults(**plan)
    return FaultState(
        plan=found,
        clock=clock,
        random=Random(found.seed),
        seen=[0] * len(found.strikes),
        meter=Meter(found.quota, found.seed),
    )


def test_the_same_seed_and_requests_give_the_same_bad_day():
    days = []
    for seed in (7, 7, 8):
        day = state(seed=seed, error_before_fraction=0.3, cut_after_fraction=0.3, latency_median_seconds=0.1,
                    latency_sigma=1)  # fmt: skip
        for _ in range(50):
            decide(day, "GET", FILES, "a")
        days.append(day.log)
    assert days[0] == days[1] != days[2]
    assert {entry["kind"] for entry in days[0]} == {"error_before", "cut_after", "late"}


def test_no_plan_disturbs_nothing_and_logs_nothing():
    day = state()
    assert decide(day, "GET", FILES, "a").kind == ""
    assert day.log == []


def test_a_strike_hits_exactly_the_requests_it_names():
    strike = Strike(kind="error_after", method="post", path=":batchUpdate$", at=2, times=2, status=500)
    day = state(strikes=(strike,))
    requests_made = [
        ("POST", BATCH),
        ("GET", BATCH),
        ("POST", FILES),
        ("POST", BATCH),
        ("POST", BATCH),
        ("POST", BATCH),
    ]
    kinds = [decide(day, method, path, "a").kind for method, path in requests_made]
    assert kinds == ["", "", "", "error_after", "error_after", ""]


def test_reads_and_writes_of_sheets_are_counted_apart_and_by_user_and_project():
    day = state(quota=Quota(reads_per_user=1, writes_per_user=1, reads_per_project=2))
    read = ("GET", "/v4/spreadsheets/x/values:batchGet")
    assert decide(day, *read, "a").kind == ""
    assert decide(day, "POST", BATCH, "a").kind == ""
    over = decide(day, *read, "a")
    assert (over.status, over.body["error"]["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert over.body["error"]["message"] == (
        "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute per user' "
        "of service 'sheets.googleapis.com' for consumer 'project_number:000000000000'."
    )
    assert decide(day, *read, "b").kind == ""
    project = decide(day, *read, "c")
    assert "'Read requests per minute'" in project.body["error"]["message"]


def test_the_quota_of_a_minute_comes_back_after_a_minute():
    at = [NOON]
    day = state(clock=lambda: at[0], quota=Quota(writes_per_user=1))
    assert [decide(day, "POST", BATCH, "a").status for _ in range(3)] == [0, 429, 429]
    at[0] += timedelta(seconds=60)
    assert decide(day, "POST", BATCH, "a").status == 0


def test_drive_refuses_in_its_own_form():
    day = state(quota=Quota(drive_per_user=0), seed=1)
    refused = decide(day, "GET", FILES, "a")
    assert refused.status == 403
    assert refused.body["error"]["errors"][0]["reason"] == "userRateLimitExceeded"
    assert (
        decide(state(error_before_fraction=1), "GET", FILES, "a").body["error"]["errors"][0]["domain"]
        == "global"
    )
    sheets = decide(state(error_before_fraction=1, error_statuses=(503,)), "POST", BATCH, "a").body
    assert sheets == {
        "error": {"code": 503, "message": "The service is currently unavailable.", "status": "UNAVAILABLE"}
    }


def test_latency_is_spread_around_its_median():
    day = state(latency_median_seconds=2, latency_sigma=0.5, seed=3)
    times = sorted(decide(day, "GET", FILES, "a").latency_seconds for _ in range(501))
    assert times[250] == pytest.approx(2, rel=0.2)
    assert times[0] < 1
    assert times[-1] > 4


# ---- over the wire
@pytest.fixture
def place(tmp_path):
    with serve(tmp_path) as running, requests.Session() as session:
        ensure_account(running.engine.store, "a@firm.kz")
        session.headers.update(admin_headers(tmp_path))
        session.headers["Authorization"] = f"Bearer {issue_token(running.engine.store, 'a@firm.kz')}"
        yield running.url, session


def plan(place, **body):
    url, session = place
    return session.post(url + ADMIN, json=body, timeout=10)


def create(place, name="x"):
    url, session = place
    return session.post(url + FILES, json={"name": name}, timeout=10)


def found(place):
    url, session = place
    return sorted(file["name"] for file in session.get(url + FILES, timeout=10).json()["files"])


def test_an_error_before_did_nothing_and_an_error_after_did_everything(place):
    strikes = [
        {"kind": "error_before", "method": "POST", "path": "files$", "at": 1, "status": 502},
        {"kind": "error_after", "method": "POST", "path": "files$", "at": 2, "status": 503},
    ]
    assert plan(place, strikes=strikes).status_code == 200
    assert create(place, "lost").status_code == 502
    assert create(place, "kept").status_code == 503
    assert found(place) == ["kept"]


def test_connections_break_before_in_the_middle_and_after(place):
    kinds = ("cut_before", "cut_middle", "cut_after")
    plan(
        place, strikes=[{"kind": kind, "method": "POST", "at": at} for at, kind in enumerate(kinds, start=1)]
    )
    for kind in kinds:
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            create(place, kind)
    assert found(place) == ["cut_after", "cut_middle"]


def test_a_slow_answer_is_whole_in_the_end(place):
    plan(place, dripFraction=1, dripPauseSeconds=0.01)
    begun = time.monotonic()
    assert create(place, "drip").json()["name"] == "drip"
    assert time.monotonic() - begun >= 0.05


def test_a_late_answer_is_late(place):
    plan(place, latencyMedianSeconds=0.2)
    begun = time.monotonic()
    create(place)
    assert time.monotonic() - begun >= 0.2


def test_the_quota_counts_the_account_behind_the_token_and_says_when_to_come_back(place):
    plan(place, quota={"drivePerUser": 1, "retryAfterSeconds": 7})
    assert create(place).status_code == 200
    refused = create(place)
    assert (refused.status_code, refused.headers["Retry-After"]) == (403, "7")


def test_the_plan_is_shown_logged_and_cleared(place):
    url, session = place
    plan(place, seed=5, strikes=[{"kind": "error_before", "status": 500}])
    create(place)
    assert session.get(url + ADMIN, timeout=10).json()["seed"] == 5
    assert session.get(url + ADMIN + "/log", timeout=10).json() == {
        "seed": 5,
        "decisions": [{"number": 1, "method": "POST", "path": FILES, "kind": "error_before", "status": 500}],
    }
    session.delete(url + ADMIN, timeout=10)
    assert session.get(url + ADMIN, timeout=10).json() == json.loads(Faults().model_dump_json(by_alias=True))
    assert create(place).status_code == 200


def test_the_clock_is_shifted_and_set_right_again(place):
    url, session = place
    plan(place, clockOffsetSeconds=-3600)
    created = session.post(url + FILES + "?fields=createdTime", json={}, timeout=10).json()["createdTime"]
    behind = datetime.now(UTC) - datetime.fromisoformat(created)
    assert timedelta(minutes=59) < behind < timedelta(minutes=61)
    session.delete(url + ADMIN, timeout=10)
    created = session.post(url + FILES + "?fields=createdTime", json={}, timeout=10).json()["createdTime"]
    assert abs(datetime.now(UTC) - datetime.fromisoformat(created)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "body",
    [
        {"nonsense": 1},
        {"errorBeforeFraction": 2},
        {"strikes": [{"kind": "earthquake"}]},
        {"strikes": [{"kind": "drip", "path": "("}]},
        {"errorStatuses": []},
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(place, body):
    assert plan(place, **body).status_code == 400


def test_a_plan_can_be_given_at_the_start(tmp_path):
    given = Faults(strikes=(Strike(kind="error_before", status=500),))
    with serve(tmp_path, settings={"faults": given}) as running, requests.Session() as session:
        assert session.get(running.url + FILES, timeout=10).status_code == 500
