"""What the looks at a client prove of when something was entered."""

from datetime import UTC, date, datetime

from ledger import HistoryRow, RowChange, RowDigest
from ledger.records import RowEvent
from operations.facts.followed_rows import UNKNOWN, Looks, Sighting, payment_days
from operations.facts.held_months import calendar_around


def look(day, hour=6):
    return datetime(2026, 9, day, hour, tzinfo=UTC)


def row(key, first, changed=None, paid_on=None):
    return HistoryRow(RowDigest("deals", key, "x", "M01", None, paid_on), first, changed or first, None)


def looks_of(*history, changes=()):
    return Looks(history, changes, "Asia/Almaty", calendar_around(2026))


def moved(at, before, after):
    values = [{"paid_on": day and day.isoformat()} for day in (before, after)]
    return RowChange("deals", "1", at, RowEvent.CHANGED, *values)


def test_the_look_before_is_the_last_one_that_left_a_trace():
    looks = looks_of(row("1", look(1)), row("2", look(7), look(9)), row("3", look(20)))
    assert looks.first_at == look(1)
    assert looks.sighting(look(20)) == Sighting(date(2026, 9, 20), date(2026, 9, 9))
    assert looks.sighting(look(1)) == Sighting(date(2026, 9, 1), None)
    assert looks.sighting(None) == UNKNOWN


def test_a_day_is_the_client_s():
    assert looks_of(row("1", look(1, 20))).sighting(look(1, 20)).on == date(2026, 9, 2)


def test_a_payment_day_that_was_mended_at_once_was_never_held():
    wrong, right = date(2026, 1, 10), date(2026, 10, 1)
    entered, same_day, next_week = look(3), look(3, 9), look(10)
    for mended, days in ((same_day, (right,)), (look(4), (right,)), (next_week, (wrong, right))):
        old = row("1", entered, mended, paid_on=right)
        changes = [moved(mended, wrong, right)]
        held = payment_days(old, old.seen, changes, entered, look(20), looks_of(old, changes=changes))
        assert (held.days, held.seen_at) == (days, mended)


def test_what_stood_there_at_the_first_look_was_held():
    wrong, right = date(2026, 1, 10), date(2026, 10, 1)
    old = row("1", look(3), paid_on=wrong)
    new = RowDigest("deals", "1", "y", "M01", None, right)
    held = payment_days(old, new, (), None, look(3, 9), looks_of(old))
    assert (held.days, held.seen_at) == ((wrong, right), look(3, 9))
