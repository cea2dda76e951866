"""How clients stand: last sync, last whole night, what is silent, and what counts as a good night."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from kpi_rules.time.lifecycle import MonthState
from kpi_rules.time.periods import ALMATY, Month
from ledger import Client, MonthRecord, NightNote, SyncNote
from operations.nights.status import client_status, is_good_night, last_night
from operations.world.telling import working_texts

NOW = datetime(2026, 11, 11, 10, tzinfo=ALMATY)  # a Wednesday
DEPLOYED = NOW - timedelta(days=40)
CLIENT = Client("Альфа", "alfa", "b2b", "ru", DEPLOYED, workbook_id="1")


def hours_ago(hours):
    return NOW - timedelta(hours=hours)


def night(part, hours, error=None):
    return NightNote("alfa", part, hours_ago(hours), hours_ago(hours), error, int(error is not None))


def synced(hours, error=None):
    return SyncNote("alfa", hours_ago(hours), hours_ago(hours), error, int(error is not None))


GOOD = [night("month", 9), night("access", 8), night("verify", 7)]


def silences(*given):
    return [silence.key for silence in client_status(*given, NOW).silences]


def test_a_client_that_was_synced_and_looked_after_in_the_night_is_not_silent():
    status = client_status(CLIENT, [], synced(1), GOOD, NOW)
    assert (status.synced_at, status.night_at) == (hours_ago(1), hours_ago(9))
    assert status.silences == ()
    assert status.errors == ()


@pytest.mark.parametrize(
    ("sync", "nights", "silent"),
    [
        (synced(27), GOOD, ["status.no_sync"]),
        (synced(26), GOOD, []),
        (None, GOOD, ["status.no_sync"]),
        (synced(1), [], ["status.no_night"]),
        (synced(1), [night("month", 27), night("access", 3), night("verify", 3)], ["status.no_night"]),
        (synced(1), [night("month", 9)], ["status.no_night"]),
        (synced(1), [night("month", 9), night("verify", 9)], ["status.no_night"]),
        (
            synced(99),
            [night(part, 99) for part in ("month", "access", "verify")],
            ["status.no_sync", "status.no_night"],
        ),
    ],
)
def test_more_than_a_day_without_is_a_silence(sync, nights, silent):
    assert silences(CLIENT, [], sync, nights) == silent


def test_a_client_deployed_today_is_not_silent_yet():
    young = replace(CLIENT, created_at=hours_ago(3))
    assert silences(young, [], None, []) == []


def test_a_silence_is_told_with_the_moment_since_when():
    status = client_status(CLIENT, [], synced(27), GOOD, NOW)
    assert working_texts().say(status.silences[0]) == "таблица не обновлялась с 10.11.2026 07:00"


def test_months_that_are_not_closed_are_named_and_the_closed_ones_counted():
    records = [
        MonthRecord("alfa", Month(2026, number), state, False, DEPLOYED)
        for number, state in [
            (8, MonthState.CLOSED), (9, MonthState.CLOSED), (10, MonthState.REVIEW), (11, MonthState.OPEN), (12, MonthState.PLANNING),
        ]
    ]  # fmt: skip
    status = client_status(CLIENT, records, synced(1), GOOD, NOW)
    assert [str(record.month) for record in status.months] == ["2026-10", "2026-11"]
    assert status.closed == 2


def test_errors_of_the_last_try_are_named_once():
    nights = [night("month", 9, "RetryableError"), night("verify", 7, "RetryableError")]
    assert client_status(CLIENT, [], synced(1, "MissingRangeError"), nights, NOW).errors == (
        "MissingRangeError",
        "RetryableError",
    )


def test_the_last_night_is_that_of_the_part_that_is_longest_ago():
    assert last_night(GOOD) == hours_ago(9)
    assert last_night(GOOD[:1]) is None
    assert last_night([]) is None


@pytest.mark.parametrize(
    ("notes", "good"),
    [
        (GOOD, True),
        ([], False),
        (GOOD[1:], False),
        ([night("month", 25), night("access", 1), night("verify", 1)], False),
        ([*GOOD[:2], night("verify", 7, "IntegrityError")], False),
        ([GOOD[0], night("access", 8, "IntegrityError"), GOOD[2]], False),
    ],
)
def test_a_night_is_good_where_each_part_went_well_for_each_client_within_a_day(notes, good):
    assert is_good_night([CLIENT], notes, NOW) is good


def test_a_client_without_files_has_no_nights():
    assert is_good_night([CLIENT, replace(CLIENT, slug="beta", workbook_id=None)], GOOD, NOW)
    assert not is_good_night([CLIENT, replace(CLIENT, slug="beta")], GOOD, NOW)
