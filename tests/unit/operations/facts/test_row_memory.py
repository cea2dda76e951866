"""What the ledger remembers of rows, as the rules take it: days of the client, and nothing guessed."""

from datetime import UTC, date, datetime

from ledger import HistoryRow, RowChange, RowDigest
from ledger.records import RowEvent
from operations.facts.followed_rows import Looks, remembered_rows
from operations.facts.held_months import calendar_around

ZONE = "Asia/Almaty"
FIRST_LOOK = datetime(2026, 9, 1, 4, tzinfo=UTC)
LATE_EVENING = datetime(2026, 9, 9, 20, tzinfo=UTC)  # the 10th in Almaty
NOW = datetime(2026, 9, 20, 6, tzinfo=UTC)
TODAY = date(2026, 9, 20)


def digest(key, content="x", paid_on=None):
    return RowDigest("deals", key, content, "M01", None, paid_on)


def known(key, first=FIRST_LOOK, changed=None, vanished=None, **row):
    return HistoryRow(digest(key, **row), first, changed or first, vanished)


def remembered(history, seen, changes=()):
    looks = Looks(history, changes, ZONE, calendar_around(2026))
    return remembered_rows("deals", looks, seen, NOW)


def test_rows_of_the_first_look_were_entered_nobody_knows_when():
    row = remembered([known("1")], [digest("1")])["1"]
    assert (row.first_seen_on, row.moved_on, row.vanished_on) == (None, None, None)


def test_before_the_first_look_nothing_is_known():
    row = remembered([], [digest("1")])["1"]
    assert (row.first_seen_on, row.moved_on) == (None, None)


def test_a_row_that_came_later_was_entered_on_that_day_of_the_client():
    rows = remembered([known("1"), known("2", LATE_EVENING)], [digest("1"), digest("2"), digest("3")])
    assert (rows["2"].first_seen_on, rows["2"].moved_on) == (date(2026, 9, 10), date(2026, 9, 10))
    assert (rows["3"].first_seen_on, rows["3"].moved_on) == (TODAY, TODAY)


def test_a_change_moves_a_row_and_what_differs_now_has_moved_today():
    rows = remembered([known("1", changed=LATE_EVENING), known("2")], [digest("1"), digest("2", "other")])
    assert (rows["1"].moved_on, rows["2"].moved_on) == (date(2026, 9, 10), TODAY)
    assert rows["1"].first_seen_on is None


def test_a_row_that_is_missing_vanished_when_the_ledger_missed_it_else_today():
    rows = remembered([known("1", vanished=LATE_EVENING), known("2"), known("3")], [digest("3")])
    assert (rows["1"].vanished_on, rows["2"].vanished_on, rows["3"].vanished_on) == (
        date(2026, 9, 10),
        TODAY,
        None,
    )


def test_a_row_that_is_back_is_there_and_has_moved():
    row = remembered([known("1", vanished=LATE_EVENING)], [digest("1")])["1"]
    assert (row.vanished_on, row.moved_on) == (None, TODAY)


def test_all_days_of_payment_are_kept_in_order():
    before, after, now = date(2026, 8, 31), date(2026, 9, 1), date(2026, 9, 2)
    change = RowChange(
        "deals",
        "1",
        LATE_EVENING,
        RowEvent.CHANGED,
        {"paid_on": before.isoformat()},
        {"paid_on": after.isoformat()},
    )
    other = RowChange("discipline", "1", LATE_EVENING, RowEvent.CHANGED, {"paid_on": "2020-01-01"}, {})
    rows = remembered([known("1", paid_on=after)], [digest("1", paid_on=now)], [change, other])
    assert rows["1"].paid_days == (before, after, now)


def test_where_a_key_is_too_long_for_the_ledger_no_row_is_missed():
    rows = remembered([known("1"), known("2", vanished=LATE_EVENING)], [digest("n" * 300)])
    assert (rows["1"].vanished_on, rows["2"].vanished_on) == (None, date(2026, 9, 10))
