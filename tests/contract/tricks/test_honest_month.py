"""An honest month of eight people with ordinary slips costs the head two answers at most, and names at most one of them.

Played day by day on the emulator (behaviour §4a): slips of the fingers are mended the same day, M8 leaves on the 18th and
their open leads are handed over, one payment of the month's end is entered two days later.
"""

from datetime import date

import pytest

from operations.months.closing import close_month
from operations.months.opening import open_month
from tests.contract.client_life import (
    HEAD,
    OCTOBER,
    OCTOBER_OPENED_AT,
    SEPTEMBER,
    SEPTEMBER_CLOSED_AT,
    SLUG,
    serial,
)
from tests.contract.tricks.firm import DAYS, Change, Firm, Play, moment, of_deal, september

pytestmark = pytest.mark.slow

LEAVER, LEFT_ON = "M8", september(19)
FIRM = Firm(8, {LEAVER: LEFT_ON})
PAID_LATE = 138
"""A deal of M2, paid on the 29th and entered on 2 October."""


def slip(number, day, **cells):
    """Somebody types something wrong in the morning and mends it before the evening."""
    return (number, september(day), cells)


SLIPS = (
    slip(3, 8, paid=date(2026, 1, 10), status="Сделка", amount=90_000, cost=1),
    slip(60, 10, arrived=moment(10).replace(month=8)),
    slip(75, 14, amount=1_000_000, status="Сделка", cost=1, paid=september(14)),
    slip(100, 17, code="M2"),
    slip(121, 22, status="Отказ", reason="Дорого"),
)


def handed_over():
    """Give the changes of the leaver's open leads, each to another colleague."""
    rows = FIRM.deals(september(21))
    open_rows = [
        number for number, row in rows.items() if row["code"] == LEAVER and row["status"] == "В работе"
    ]
    return [of_deal(number, 22, code=f"M{1 + place % 7}") for place, number in enumerate(open_rows)]


def play_the_month(life, changes):
    """Play September, a look at noon where somebody slips, and the days of late entry."""
    play = Play(life, FIRM)
    play.begin()
    for day in (day for day in DAYS if day <= september(35)):
        slips = [(number, cells) for number, on, cells in SLIPS if on == day]
        if slips:
            play.changes = [*changes, *(Change(day, "deals", number, cells) for number, cells in slips)]
            play.evening(day, 12)
        play.changes = changes
        if day == LEFT_ON or (day > LEFT_ON and DAYS[DAYS.index(day) - 1] < LEFT_ON):
            life.enter(HEAD, "staff", [[serial(september(18))]], row=9, column=5)
        outcome = play.evening(day)
    return play, outcome


def test_an_honest_month_costs_two_answers_and_names_one_at_most(empty, tell):
    leads = handed_over()
    late = of_deal(
        PAID_LATE, 32, status="Сделка", amount=120_000, cost=60_000, paid=september(29), reason=None
    )
    unpaid = of_deal(PAID_LATE, 1, status="В работе", amount=None, cost=None, paid=None, reason=None)
    play, outcome = play_the_month(empty, [*leads, unpaid, late])
    asked = [each for each in outcome.problems if each.code == "rows_not_as_registered"]
    assert {each.employee for each in asked} == {LEAVER}
    numbers = ", ".join(str(change.row) for change in leads)
    assert len(leads) >= 3

    # One answer for all of them.
    answers = [["2026-09", LEAVER, numbers, "верно", "Уволился, лиды переданы коллегам"]]
    empty.enter(HEAD, "decisions", answers)
    results = play.look(september(35)).results
    assert results.questions == ()
    assert [(signal.kind, signal.code) for signal in results.signals] == [("paid_late", "M2")]
    assert [each for each in results.problems if each.blocks] == []

    open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, empty.services)
    close_month(SLUG, SEPTEMBER, SEPTEMBER_CLOSED_AT, empty.services, "РОП")
    record = empty.services.ledger.last_seal(SLUG).record
    assert record["register"] == {"asked": len(leads), "unanswered": 0}
    tell(
        f"honest month: {len(answers)} answer, {len(results.signals)} signal, {len(leads)} leads handed over"
    )
