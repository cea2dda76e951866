from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest

from ledger import FrozenConflict, Ledger, MonthRecord, MonthState, MonthStateError, RecordError
from tests.unit.ledger.builders import NOW, OCTOBER, SEPTEMBER, close

DAY = timedelta(days=1)
PLANNING, OPEN, REVIEW, CLOSED = MonthState
PATH = [PLANNING, OPEN, REVIEW]


def test_a_month_goes_its_way(book: Ledger) -> None:
    assert book.month("acme", OCTOBER) is None
    for day, state in enumerate(PATH):
        expected = MonthRecord("acme", OCTOBER, state, False, NOW + day * DAY)
        assert book.set_month_state("acme", OCTOBER, state, at=NOW + day * DAY) == expected
        assert book.month("acme", OCTOBER) == expected
    assert book.months("acme") == [expected]


def test_the_present_state_again_changes_nothing(book: Ledger) -> None:
    book.set_month_state("acme", OCTOBER, "open", at=NOW)
    assert book.set_month_state("acme", OCTOBER, "open", at=NOW + DAY).since_at == NOW


@pytest.mark.parametrize(
    ("present", "wanted"),
    [
        pair
        for pair in product([None, *PATH], MonthState)
        if pair
        not in {(None, PLANNING), (None, OPEN), (PLANNING, PLANNING), (PLANNING, OPEN), (OPEN, OPEN), (OPEN, REVIEW),
                (REVIEW, REVIEW)}
    ],
)  # fmt: skip
def test_no_other_step_is_possible(book: Ledger, present: MonthState | None, wanted: MonthState) -> None:
    for state in PATH[: PATH.index(present) + 1] if present else []:
        book.set_month_state("acme", OCTOBER, state, at=NOW)
    before = book.month("acme", OCTOBER)
    with pytest.raises(MonthStateError, match=r"acme 2026-10"):
        book.set_month_state("acme", OCTOBER, wanted, at=NOW)
    assert book.month("acme", OCTOBER) == before


@pytest.mark.parametrize("state", PATH)
def test_a_closed_month_is_opened_by_nobody(book: Ledger, state: MonthState) -> None:
    close(book, OCTOBER)
    with pytest.raises(MonthStateError, match="is closed"):
        book.set_month_state("acme", OCTOBER, state, at=NOW)
    assert book.set_month_state("acme", OCTOBER, CLOSED, at=NOW).state is CLOSED


def test_shadow_is_settled_before_the_month_opens(book: Ledger) -> None:
    book.set_month_state("acme", OCTOBER, PLANNING, at=NOW)
    assert book.set_month_state("acme", OCTOBER, PLANNING, at=NOW, shadow=True).shadow
    assert book.set_month_state("acme", OCTOBER, OPEN, at=NOW).shadow
    for state in (OPEN, REVIEW):
        with pytest.raises(MonthStateError, match="shadow"):
            book.set_month_state("acme", OCTOBER, state, at=NOW, shadow=False)
    assert book.set_month_state("acme", OCTOBER, REVIEW, at=NOW, shadow=True).shadow


def test_months_are_in_order_whatever_the_order_of_their_making(book: Ledger) -> None:
    book.set_month_state("acme", OCTOBER, "planning", at=NOW)
    book.set_month_state("acme", SEPTEMBER, "open", at=NOW)
    assert [each.month for each in book.months("acme")] == [SEPTEMBER, OCTOBER]


def test_the_plan_freezes_row_by_row_and_each_row_once(book: Ledger) -> None:
    assert book.freeze("acme", OCTOBER, "plan", "M01", {"revenue_tiyn": 500, "leads": None}, NOW)
    assert book.freeze("acme", OCTOBER, "plan", "M02", {"revenue_tiyn": 700}, NOW + DAY)
    assert not book.freeze("acme", OCTOBER, "plan", "M01", {"leads": None, "revenue_tiyn": 500}, NOW + DAY)
    with pytest.raises(FrozenConflict, match="«M01»") as caught:
        book.freeze("acme", OCTOBER, "plan", "M01", {"revenue_tiyn": 499, "leads": None}, NOW)
    assert "499" not in str(caught.value)
    assert book.frozen("acme", OCTOBER, "plan") == {
        "M01": {"revenue_tiyn": 500, "leads": None},
        "M02": {"revenue_tiyn": 700},
    }


def test_kinds_months_and_clients_freeze_apart(book: Ledger) -> None:
    book.freeze("acme", OCTOBER, "rules", "b2b", {"version": "1"}, NOW)
    book.freeze("acme", OCTOBER, "calendar", "b2b", {"version": "2"}, NOW)
    book.freeze("acme", SEPTEMBER, "rules", "b2b", {"version": "3"}, NOW)
    assert book.frozen("acme", OCTOBER, "rules") == {"b2b": {"version": "1"}}
    assert book.frozen("acme", OCTOBER, "settings") == {}


def test_an_unknown_kind_is_refused(book: Ledger) -> None:
    with pytest.raises(ValueError, match="salaries"):
        book.freeze("acme", OCTOBER, "salaries", "M01", {}, NOW)


def test_a_frozen_record_holds_no_float(book: Ledger) -> None:
    with pytest.raises(RecordError):
        book.freeze("acme", OCTOBER, "plan", "M01", {"conversion": 0.25}, NOW)
    assert book.frozen("acme", OCTOBER, "plan") == {}


def test_nothing_freezes_for_a_closed_month_any_more(book: Ledger) -> None:
    close(book, OCTOBER)
    with pytest.raises(MonthStateError, match="closed"):
        book.freeze("acme", OCTOBER, "plan", "M09", {"revenue_tiyn": 1}, NOW)
    assert not book.freeze("acme", OCTOBER, "plan", "M01", {"revenue_tiyn": 500_000_000}, NOW)
