from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import event

from ledger import HistoryRow, KeptRows, Ledger, RowChange, RowChanges, RowDigest, RowEvent
from tests.unit.ledger.builders import NOW, a_client

FIRST = RowDigest("deals", "1", "d1", "M01", 100_00, date(2026, 10, 3))
SECOND = RowDigest("deals", "2", "d2", "M02")
HOUR = timedelta(hours=1)


def test_new_rows_are_known_from_when_they_were_first_seen(book: Ledger) -> None:
    assert book.note_rows("acme", [FIRST, SECOND], NOW) == RowChanges(added=(FIRST, SECOND))
    assert book.note_rows("acme", [SECOND, FIRST], NOW + HOUR) == RowChanges()
    assert book.row_history("acme") == [HistoryRow(each, NOW, NOW, None) for each in (FIRST, SECOND)]


def test_a_change_says_which_of_the_three_values_changed(book: Ledger) -> None:
    book.note_rows("acme", [FIRST, SECOND], NOW)
    new = replace(FIRST, digest="d3", manager="M03", paid_on=None)
    change = RowChange(
        "deals",
        "1",
        NOW + HOUR,
        RowEvent.CHANGED,
        {"manager": "M01", "paid_on": "2026-10-03"},
        {"manager": "M03", "paid_on": None},
    )
    assert book.note_rows("acme", [new, SECOND], NOW + HOUR) == RowChanges(changed=(change,))
    assert book.row_history("acme")[0] == HistoryRow(new, NOW, NOW + HOUR, None)
    assert book.row_changes("acme") == [change]
    assert book.row_changes("acme", since_at=NOW + 2 * HOUR) == []


def test_a_change_of_another_column_is_dated_but_not_kept(book: Ledger) -> None:
    book.note_rows("acme", [FIRST], NOW)
    changes = book.note_rows("acme", [replace(FIRST, digest="d9")], NOW + HOUR)
    assert [(each.event, each.before, each.after) for each in changes.changed] == [(RowEvent.CHANGED, {}, {})]
    assert book.row_history("acme")[0].changed_at == NOW + HOUR
    assert book.row_changes("acme") == []


def test_a_row_that_vanishes_is_reported_once_and_again_when_it_returns(book: Ledger) -> None:
    book.note_rows("acme", [FIRST, SECOND], NOW)
    values = {"manager": "M01", "amount_tiyn": 100_00, "paid_on": "2026-10-03"}
    gone = RowChange("deals", "1", NOW + HOUR, RowEvent.VANISHED, values, {})
    assert book.note_rows("acme", [SECOND], NOW + HOUR) == RowChanges(vanished=(gone,))
    assert book.note_rows("acme", [SECOND], NOW + 2 * HOUR) == RowChanges()
    assert book.row_history("acme")[0].vanished_at == NOW + HOUR
    back = RowChange("deals", "1", NOW + 3 * HOUR, RowEvent.RETURNED, {}, {})
    assert book.note_rows("acme", [FIRST, SECOND], NOW + 3 * HOUR) == RowChanges(changed=(back,))
    assert book.row_history("acme")[0] == HistoryRow(FIRST, NOW, NOW + 3 * HOUR, None)
    assert book.row_changes("acme") == [gone, back]


def test_rows_under_other_keys_than_before_keep_the_moments_of_what_they_hold(book: Ledger) -> None:
    """№s were formulas, somebody sorted, and they were made values: «2» holds what was «1», a row came as «3»."""
    book.note_rows("acme", [FIRST, SECOND], NOW)
    book.note_rows("acme", [FIRST, replace(SECOND, digest="d8")], NOW + HOUR)
    changes = book.row_changes("acme")
    moved = [replace(SECOND, key="1", digest="d8"), replace(FIRST, key="2"), RowDigest("deals", "3", "d7")]
    assert book.note_rows("acme", moved, NOW + 2 * HOUR, anew=["deals"]) == RowChanges()
    assert book.row_history("acme") == [
        HistoryRow(moved[0], NOW, NOW + HOUR, None),
        HistoryRow(moved[1], NOW, NOW, None),
        HistoryRow(moved[2], NOW, NOW, None),
    ]
    assert book.row_changes("acme") == changes
    assert len(book.note_rows("acme", moved[:2], NOW + 3 * HOUR).vanished) == 1


def test_rows_of_which_nothing_was_known_begin_when_they_are_noted(book: Ledger) -> None:
    book.note_rows("acme", [FIRST], NOW, anew=["deals"])
    assert book.row_history("acme") == [HistoryRow(FIRST, NOW, NOW, None)]


def test_a_tab_that_could_not_be_read_loses_no_rows(book: Ledger) -> None:
    book.note_rows("acme", [FIRST], NOW)
    assert book.note_rows("acme", [], NOW + HOUR, tabs=["discipline"]) == RowChanges()
    assert len(book.note_rows("acme", [], NOW + 2 * HOUR, tabs=["deals"]).vanished) == 1


def test_a_sync_that_comes_late_does_not_undo_a_newer_one(book: Ledger) -> None:
    book.note_rows("acme", [FIRST], NOW)
    assert book.note_rows("acme", [], NOW - HOUR) == RowChanges()
    assert book.row_history("acme")[0].vanished_at is None


def test_the_same_number_twice_makes_two_rows(book: Ledger) -> None:
    book.note_rows("acme", [FIRST, replace(SECOND, key="1"), replace(SECOND, key="1 #2")], NOW)
    assert [each.seen.key for each in book.row_history("acme")] == ["1", "1 #2", "1 #2 #2"]
    assert (
        book.note_rows("acme", [FIRST, replace(SECOND, key="1"), replace(SECOND, key="1 #2")], NOW)
        == RowChanges()
    )


def test_what_people_paste_does_not_stop_a_sync(book: Ledger) -> None:
    odd = [
        replace(FIRST, key="a\0b"),
        replace(FIRST, key="\ud800"),
        replace(FIRST, key="9" * 50_000),
        replace(FIRST, key="8" * 50_000, manager="x\0"),
        replace(FIRST, key="big", amount_tiyn=10**30),
        replace(FIRST, key="line\nbreak"),
    ]
    assert len(book.note_rows("acme", odd, NOW).added) == 6
    assert book.note_rows("acme", odd, NOW + HOUR) == RowChanges()
    seen = {each.seen.key: each.seen for each in book.row_history("acme")}
    assert {"a\ufffdb", "?", "big", "line\nbreak"} < seen.keys()
    assert seen["big"].amount_tiyn is None


def test_rows_of_two_clients_are_apart(book: Ledger) -> None:
    book.add_client(a_client("zeta"))
    book.note_rows("acme", [FIRST], NOW)
    assert book.note_rows("zeta", [SECOND], NOW) == RowChanges(added=(SECOND,))
    assert [each.seen for each in book.row_history("acme")] == [FIRST]


def test_twenty_thousand_rows_take_as_many_statements_as_two(book: Ledger) -> None:
    rows = [RowDigest("deals", str(number), "d", "M01", number) for number in range(20_000)]
    statements: list[str] = []
    engine = book._database._engine
    event.listen(engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    book.note_rows("acme", rows, NOW)
    first = len(statements)
    changed = [replace(row, digest="e", manager="M02") for row in rows[:-1]]
    changes = book.note_rows("acme", changed, NOW + HOUR)
    assert (len(changes.changed), len(changes.vanished)) == (19_999, 1)
    assert first < 8
    assert len(statements) - first < 10


def test_what_a_row_holds_is_kept_beside_its_digest_and_what_was_registered_stays(book: Ledger) -> None:
    place = ("deals", "1")
    book.note_rows("acme", [FIRST], NOW, kept=KeptRows(cells={place: "first"}))
    assert (book.row_history("acme")[0].cells, book.row_history("acme")[0].registered) == ("first", None)
    book.note_rows("acme", [FIRST], NOW + HOUR, kept=KeptRows({place: "first"}, {place: "second"}))
    book.note_rows("acme", [FIRST], NOW + 2 * HOUR, kept=KeptRows({place: "third"}))
    [row] = book.row_history("acme")
    assert (row.cells, row.registered) == ("second", "first")


def test_a_row_that_is_gone_keeps_what_it_held_until_nothing_of_it_is_kept(book: Ledger) -> None:
    place = ("deals", "1")
    book.note_rows("acme", [FIRST], NOW, kept=KeptRows({}, {place: "first"}))
    book.note_rows("acme", [], NOW + HOUR, kept=KeptRows({place: "first"}))
    assert book.row_history("acme")[0].cells == "first"
    book.note_rows("acme", [], NOW + 2 * HOUR, kept=KeptRows({}, {place: None}))
    [row] = book.row_history("acme")
    assert (row.cells, row.registered, row.vanished_at) == (None, None, NOW + HOUR)


def test_what_an_older_look_would_keep_is_left_alone(book: Ledger) -> None:
    place = ("deals", "1")
    book.note_rows("acme", [FIRST], NOW, kept=KeptRows({}, {place: "newer"}))
    book.note_rows("acme", [FIRST], NOW - HOUR, kept=KeptRows({place: "older"}, {place: "older"}))
    [row] = book.row_history("acme")
    assert (row.cells, row.registered) == ("newer", None)
