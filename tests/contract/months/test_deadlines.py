"""When a month closes by itself, and who is told when it cannot."""

from ledger import MonthState
from operations.months.closing import close_due
from operations.months.opening import open_month
from tests.contract.client_acts import DONE, IN_REVIEW, OBJECTION, at, state, traces
from tests.contract.client_life import (
    HEAD,
    MANAGERS,
    OCTOBER,
    OCTOBER_OPENED_AT,
    SEPTEMBER,
    SLUG,
    fill_october,
)


def test_a_clean_month_closes_by_itself_on_the_deadline_and_not_before(life):
    """Payday 10 October is a Saturday, so it is the 9th; two working days before is the 7th."""
    assert close_due(SLUG, at(5), life.services) == close_due(SLUG, at(1), life.services)
    assert state(life) is MonthState.OPEN
    assert close_due(SLUG, at(6), life.services).closed == ()
    assert state(life) is MonthState.REVIEW
    [closed] = close_due(SLUG, at(7, 1), life.services).closed
    assert (closed.month, closed.seal_number) == (SEPTEMBER, 1)
    assert traces(life) == DONE
    assert close_due(SLUG, at(8), life.services).closed == ()


def test_the_heads_tick_closes_a_clean_month_in_review(life):
    life.enter(HEAD, "months", [["2026-09", True, True]])
    assert close_due(SLUG, at(5), life.services).closed == ()
    [closed] = close_due(SLUG, at(6), life.services).closed
    assert closed.month == SEPTEMBER
    [seal] = life.services.ledger.seals(SLUG)
    assert seal.record["closed_by"]


def test_a_tick_does_not_close_a_month_that_something_blocks(life):
    life.enter(HEAD, "months", [["2026-09", True, True]])
    life.enter(MANAGERS[1], "objections", [OBJECTION])
    check = close_due(SLUG, at(6), life.services)
    assert (check.closed, check.overdue) == ((), ())
    assert traces(life) == IN_REVIEW


def test_a_blocked_month_past_its_deadline_is_told_of_every_day_until_it_is_mended(life):
    life.enter(MANAGERS[1], "objections", [OBJECTION])
    assert close_due(SLUG, at(6), life.services).overdue == ()
    for day in (7, 8, 9, 20):
        assert close_due(SLUG, at(day), life.services).overdue == (SEPTEMBER,)
    life.enter(HEAD, "objections", [["Проверили", True]], column=4)
    assert [closed.month for closed in close_due(SLUG, at(21), life.services).closed] == [SEPTEMBER]


def test_an_overdue_month_does_not_let_the_next_one_close_before_it(life):
    life.enter(MANAGERS[1], "objections", [OBJECTION])
    open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, life.services)
    fill_october(life)
    life.enter(HEAD, "months", [["2026-10", True, True]])
    check = close_due(SLUG, at(6, month=11), life.services)
    assert check.closed == ()
    assert SEPTEMBER in check.overdue
    assert life.services.ledger.seals(SLUG) == []
