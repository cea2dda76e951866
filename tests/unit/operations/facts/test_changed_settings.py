"""From when to when a workbook had another locale or time zone, by the looks at it; and which rows came in that time."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ledger import Client, HistoryRow, RowDigest
from operations.facts.client_books import (
    ChangedSettings,
    after_look,
    changed_settings,
    kept_settings,
    rows_of_changed_settings,
)
from sheets_sync.schema.layout import Book
from sheets_sync.schema.looks import Look

MADE_AT = datetime(2026, 9, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
BOOK = Book("workbook", "KPI", ())
CLIENT = Client("Акме", "acme", "b2b", "ru", MADE_AT)


def look(hours, **settings):
    return Look(
        MADE_AT + hours * HOUR, {}, **{"locale": BOOK.locale, "time_zone": BOOK.time_zone, **settings}
    )


def played(*looks):
    """What is kept after each look, from one run of the program to the next."""
    client, before, kept = CLIENT, None, []
    for each in looks:
        settings = after_look(client, before, each, BOOK)
        kept.append(settings)
        client, before = replace(client, extra=dict(kept_settings(settings))), each
        assert changed_settings(client) == settings
    return kept


def at(hours):
    return MADE_AT + hours * HOUR


@pytest.mark.parametrize("other", [{"locale": "en_US"}, {"time_zone": "Europe/Berlin"}])
def test_it_begins_with_the_last_look_that_was_right_and_ends_with_the_next(other):
    kept = played(look(1), look(2, **other), look(3, **other), look(5))
    assert kept == [None, ChangedSettings(at(1)), ChangedSettings(at(1)), ChangedSettings(at(1), at(5))]


def test_where_no_look_was_right_before_it_begins_with_the_client():
    assert played(look(2, locale="en_US")) == [ChangedSettings(MADE_AT)]


def test_it_is_forgotten_a_day_after_it_ended_and_begins_anew():
    other = look(2, locale="en_US")
    kept = played(look(1), other, look(3), look(26), look(27), look(30, locale="de_DE"))
    ended = ChangedSettings(at(1), at(3))
    assert kept[2:] == [ended, ended, None, ChangedSettings(at(27))]


def test_a_look_that_tells_no_settings_changes_nothing():
    assert played(look(1), look(2, locale="", time_zone="")) == [None, None]


def row(key, hours=None, tab="deals"):
    digest = RowDigest(tab, key, "0" * 64, manager="M01", amount_tiyn=None, paid_on=date(2026, 9, 1))
    return digest if hours is None else HistoryRow(digest, at(hours), at(hours), None)


def named(settings, now, *keys):
    history = [row("1", 1), row("2", 2), row("3", 5), row("4", 9), row("gone", 3)]
    seen = [row(key) for key in keys]
    return [
        (each.place.tab, each.params["keys"], each.params["count"])
        for each in rows_of_changed_settings(settings, history, seen, at(now), "Asia/Almaty")
    ]


def test_rows_first_seen_in_that_time_are_named_and_no_others():
    present = ("1", "2", "3", "4", "new")
    assert named(ChangedSettings(at(1)), 10, *present) == [("deals", "2, 3, 4, new", "4")]
    assert named(ChangedSettings(at(1), at(5)), 10, *present) == [("deals", "2, 3", "2")]
    assert named(ChangedSettings(at(1), at(5)), 5 + 24, *present) == []
    assert named(None, 10, *present) == []


def test_of_many_rows_twenty_are_named_and_all_are_counted():
    [(_, keys, count)] = named(ChangedSettings(at(0)), 10, *(f"n{number}" for number in range(21)))
    assert (keys.count(","), keys.endswith("n19, …"), count) == (20, True, "21")
