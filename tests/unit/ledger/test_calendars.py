"""Days of a client's calendar that orders moved: kept in order, once, and never for a month that has opened."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine, text

from kpi_rules.time.periods import CalendarOverride
from ledger import Ledger, MonthState, MonthStateError, open_ledger
from tests.unit.ledger.builders import NOW, OCTOBER, SEPTEMBER, a_client
from tests.unit.ledger.older import bring_back

TENTH = date(2026, 10, 10)


def moved(day: date = TENTH, *, worked: bool = False, weeks: tuple[int, ...] = (5, 6)) -> CalendarOverride:
    return CalendarOverride(day, weeks, worked, "Приказ № 1")


def enter(book: Ledger, *overrides: CalendarOverride, slug: str = "acme") -> list[int]:
    return [entry.number for entry in book.override_calendar(slug, overrides, by="consultant", at=NOW)]


def test_moved_days_are_numbered_and_given_back_as_entered(book: Ledger) -> None:
    assert enter(book, moved(), moved(date(2026, 11, 3), weeks=(6,))) == [1, 2]
    found = book.calendar_entries("acme")
    assert [entry.override for entry in found] == [moved(), moved(date(2026, 11, 3), weeks=(6,))]
    assert {(entry.by, entry.at) for entry in found} == {("consultant", NOW)}


def test_what_holds_already_is_not_entered_again_and_a_change_of_mind_is(book: Ledger) -> None:
    assert enter(book, moved()) == [1]
    assert enter(book, moved(), moved(weeks=(5,))) == []
    assert enter(book, moved(worked=True)) == [2]
    assert enter(book, moved()) == [3]


def test_clients_have_calendars_of_their_own(book: Ledger) -> None:
    book.add_client(a_client("zeta"))
    assert enter(book, moved()) == [1]
    assert enter(book, moved(), slug="zeta") == [1]
    assert len(book.calendar_entries("zeta")) == 1


def test_a_month_that_has_opened_takes_no_moved_day_and_then_none_of_them_is_kept(book: Ledger) -> None:
    book.set_month_state("acme", OCTOBER, MonthState.PLANNING, at=NOW)
    assert not book.is_calendar_frozen("acme", OCTOBER)
    book.set_month_state("acme", OCTOBER, MonthState.OPEN, at=NOW)
    assert book.is_calendar_frozen("acme", OCTOBER)
    with pytest.raises(MonthStateError, match="frozen"):
        enter(book, moved(date(2026, 11, 3)), moved())
    assert book.calendar_entries("acme") == []


def test_an_opening_that_was_cut_off_has_frozen_its_calendar(book: Ledger) -> None:
    book.set_month_state("acme", OCTOBER, MonthState.PLANNING, at=NOW)
    book.freeze("acme", OCTOBER, "calendar", "all", {"version": "KZ"}, NOW)
    with pytest.raises(MonthStateError, match="frozen"):
        enter(book, moved())


def test_a_moved_day_that_was_changed_from_outside_is_found(book: Ledger, intruder: Engine) -> None:
    enter(book, moved())
    assert book.check("acme") == []
    with intruder.begin() as db:
        if intruder.dialect.name == "sqlite":
            db.execute(text("DROP TRIGGER calendar_overrides_no_update"))
        else:
            db.execute(text("ALTER TABLE calendar_overrides DISABLE TRIGGER USER"))
        db.execute(text("UPDATE calendar_overrides SET month = '2026-09'"))
    assert [fault.table for fault in book.check("acme")] == ["calendar_overrides"]


def test_a_ledger_of_before_moved_days_takes_them_after_the_upgrade(url: str, book: Ledger) -> None:
    book.set_month_state("acme", SEPTEMBER, MonthState.OPEN, at=NOW)
    bring_back(url, "0001")
    with open_ledger(url) as upgraded:
        assert enter(upgraded, moved()) == [1]
        assert upgraded.month("acme", SEPTEMBER) == book.month("acme", SEPTEMBER)
