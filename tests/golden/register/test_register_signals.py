"""What head and owner are told of how deals come and go; nothing of it is scored (behaviour §4a, «Signals»)."""

from datetime import date, datetime

import pytest

from tests.golden.cases import base
from tests.golden.register.watched import FIRST_AT, Watched

NOVEMBER_AT = base.at(2026, 11, 12, 12)
DAY = datetime(2026, 10, 6, 11)  # noqa: DTZ001 - a cell has no zone


@pytest.fixture
def watched(tmp_path):
    return Watched(tmp_path)


def deal(number, amount, paid_on, customer="ТОО Завод", code="M1", arrived=DAY):
    return [number, arrived, code, customer, "Сайт", arrived, "Сделка", amount, None, paid_on, False]


def refund(number, amount, paid_on, customer="ТОО Завод"):
    return [number, None, "M1", customer, None, None, "Сделка", -amount, None, paid_on, False]


def seen(decided, *kinds):
    return {
        (each.kind, each.code): (each.params["count"], each.params["rows"])
        for each in decided.results.signals
        if each.kind in kinds
    }


def test_the_base_raises_none(watched):
    found = watched.look(base.leads())
    kinds = ("same_deal_twice", "refund_soon", "worked_while_absent", "first_seen_won")
    assert seen(found, *kinds) == {}


def test_the_same_deal_under_two_numbers(watched):
    rows = [deal(901, 70_000, date(2026, 10, 20)), deal(902, 70_000, date(2026, 10, 20), "тоо завод ")]
    other = deal(903, 70_000, date(2026, 10, 21))
    found = watched.look(base.leads().more_rows("deals", *rows, other))
    assert seen(found, "same_deal_twice") == {("same_deal_twice", "M1"): ("2", "901, 902")}


@pytest.mark.parametrize(("back_on", "told"), [(date(2026, 11, 2), True), (date(2026, 12, 15), False)])
def test_a_sale_whose_refund_follows_in_the_next_month(watched, back_on, told):
    books = base.leads().more_rows(
        "deals", deal(901, 900_000, date(2026, 10, 30)), refund(902, 900_000, back_on)
    )
    month = base.OCTOBER.plus(back_on.month - 10)
    found = watched.look(books, base.at(2026, back_on.month, 20, 12), month)
    assert seen(found, "refund_soon") == ({("refund_soon", "M1"): ("1", "901")} if told else {})
    # The month of the sale knows nothing of it.
    assert seen(watched.look(books), "refund_soon") == {}


def test_answers_payments_and_marks_on_days_of_absence(watched):
    day = base.DAYS[3]
    books = base.leads().more_rows("absences", ["M1", day, day])
    rows = [row for row in books.rows["deals"] if row[2] == "M1" and row[1].date() == day]
    paid = sum(row[9] == day for row in rows)
    found = watched.look(books)
    [(count, told)] = seen(found, "worked_while_absent").values()
    assert int(count) == len(rows) + paid + 1
    assert f"{day:%d.%m}" in told
    assert all(str(row[0]) in told for row in rows)


@pytest.mark.parametrize("others", [0, 6])
def test_deals_that_came_in_won_more_than_those_of_others(watched, others):
    watched.look(base.leads(), FIRST_AT)
    new = [deal(900 + n, 50_000, date(2026, 10, 30), f"Новый {n}") for n in range(6)]
    new += [deal(910 + n, 50_000, date(2026, 10, 30), f"Ещё {n}", "M2") for n in range(others)]
    entered = base.leads().more_rows("deals", *new)
    watched.look(entered, base.at(2026, 10, 30, 19))
    told = seen(watched.remembering(entered), "first_seen_won")
    # 6 of 16 deals; where the other manager has as many nobody is told.
    own = ("6", "900, 901, 902, 903, 904, 905")
    assert told == ({} if others else {("first_seen_won", "M1"): own})
