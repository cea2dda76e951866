"""What head and owner are told of how deals come and go; nothing of it is scored (behaviour §4a, «Signals»)."""

from datetime import date, datetime, timedelta

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


def away(payments, first, last):
    """The base with M1 away, without a lead, a mark or a payment on those days, and with some payments on them."""
    books = base.leads()
    rows = [row for row in books.rows["deals"] if not first <= row[1].date() <= last]
    unpaid = [[*row[:9], None, *row[10:]] if row[9] and first <= row[9] <= last else row for row in rows]
    marks = [row for row in books.rows["discipline"] if not first <= row[0] <= last]
    new = [deal(900 + n, 50_000, first + timedelta(days=n), f"Новый {n}") for n in range(payments)]
    books = books.with_rows("deals", unpaid).with_rows("discipline", marks)
    return books.more_rows("deals", *new).more_rows("absences", ["M1", first, last])


@pytest.mark.parametrize(("payments", "told"), [(0, False), (1, False), (2, True)])
def test_payments_alone_on_days_of_absence_are_told_where_they_come_as_often_as_else(watched, payments, told):
    books = away(payments, date(2026, 10, 24), date(2026, 10, 28))
    paid = [row for row in books.rows["deals"] if row[2] == "M1" and row[9] and row[9].month == 10]
    # Nine on the 26 other days are 1.7 on five.
    assert len(paid) - payments == 9
    named = ", ".join(str(900 + n) for n in range(payments))
    expected = {("worked_while_absent", "M1"): (str(payments), named)} if told else {}
    assert seen(watched.look(books), "worked_while_absent") == expected


@pytest.mark.parametrize("is_watched", [False, True])
def test_rows_are_late_by_what_looks_prove(watched, is_watched):
    # Ten leads of M1's, a day each from the 5th on, are entered on Thursday the 29th. Nobody looked since the 1st, or every day.
    books, new = (
        base.leads(),
        [
            lead(900 + n, f"ТОО {n}", _1=datetime(2026, 10, 5 + n, 12), _5=datetime(2026, 10, 5 + n, 13))  # noqa: DTZ001
            for n in range(10)
        ],
    )
    watched.look(books, base.at(2026, 10, 1, 19))
    for day in range(2, 29) if is_watched else ():
        trace = [lead(950 + each, code="M2") for each in range(2, day + 1)]
        watched.look(books.more_rows("deals", *trace), base.at(2026, 10, day, 18))
    found = watched.look(books.more_rows("deals", *new), base.at(2026, 10, 29, 18), remembers=True)
    late = {each.code: each.params["count"] for each in found.results.signals if each.kind == "entered_late"}
    assert late == ({"M1": "10"} if is_watched else {})


GRACE_AT, NEXT_AT, AFTER_AT = (base.at(2026, 11, day, 12) for day in (2, 3, 5))


def lead(number, customer="ТОО Новый", code="M1", **cells):
    row = dict.fromkeys(range(11))
    row |= {0: number, 1: datetime(2026, 10, 30, 12), 2: code, 3: customer, 4: "Сайт", 6: "В работе"}  # noqa: DTZ001
    return list((row | {int(name[1:]): value for name, value in cells.items()}).values())


ANSWERED = datetime(2026, 10, 30, 13)  # noqa: DTZ001 - a cell has no zone
TAKEN = {("taken_out", "M1"): ("1", "901")}


@pytest.mark.parametrize(
    ("entered", "then", "told"),
    [
        (lead(901, _5=ANSWERED), None, TAKEN),
        (lead(901, _6="Отказ"), None, TAKEN),
        (lead(901), None, {}),
        (lead(901, _5=ANSWERED), lead(902, _5=ANSWERED), {}),
        (lead(901, _5=ANSWERED), lead(901, _5=ANSWERED, _6="Сделка", _7=-1, _9=date(2026, 10, 30)), TAKEN),
        (lead(901, _5=ANSWERED), lead(901, _1=datetime(2026, 9, 30, 12), _5=ANSWERED), TAKEN),  # noqa: DTZ001
        # Moved within the month, or to the month in which it came.
        (lead(901, _5=ANSWERED), lead(901, _1=datetime(2026, 10, 29, 12), _5=ANSWERED), {}),  # noqa: DTZ001
        (lead(901, _1=datetime(2026, 9, 30, 12), _5=ANSWERED), lead(901, _5=ANSWERED), {}),  # noqa: DTZ001
    ],
    ids=[
        "answered",
        "refused",
        "new",
        "under another №",
        "a refund",
        "moved out",
        "moved within",
        "moved in",
    ],
)
def test_what_is_done_with_an_answered_lead_while_it_is_corrected_freely(watched, entered, then, told):
    books = base.leads()
    watched.look(books, FIRST_AT)
    watched.look(books.more_rows("deals", entered), base.at(2026, 10, 30, 19))
    later = books if then is None else books.more_rows("deals", then)
    for now in (GRACE_AT, NEXT_AT, AFTER_AT):
        found = watched.look(later, now, remembers=True)
        assert seen(found, "taken_out") == told
    back = watched.look(books.more_rows("deals", entered), base.at(2026, 11, 6, 12), remembers=True)
    assert seen(back, "taken_out") == {}


def test_another_lead_under_the_number_of_a_registered_one(watched):
    books, other = base.leads(), {"_3": "ТОО Другой", "_5": ANSWERED}
    entered = books.more_rows("deals", lead(901, _5=ANSWERED), lead(903, "ТОО Третий", _5=ANSWERED))
    for now in (FIRST_AT, AFTER_AT):
        watched.look(entered, now)
    renamed = lead(903, "ТОО Третий (Алматы)", _5=ANSWERED)
    other_moment = datetime(2026, 10, 30, 15)  # noqa: DTZ001 - a cell has no zone
    changed = books.more_rows("deals", lead(901, _1=other_moment, **other), renamed)
    found = watched.look(changed, base.at(2026, 11, 6, 12), remembers=True)
    assert seen(found, "overwritten") == {("overwritten", "M1"): ("1", "901")}


@pytest.mark.parametrize(
    ("paid", "told"),
    [
        # The 30th is a Friday: entered on Monday it is everybody's, on Tuesday it is late.
        ([(30, 2)], False),
        ([(30, 3)], True),
        ([(30, 2), (29, 2)], True),
        # A payment of November is one of November.
        ([(33, 3)], False),
    ],
)
def test_payments_entered_after_the_end_of_the_month_and_dated_into_it(watched, paid, told):
    books = base.leads()
    watched.look(books, FIRST_AT)
    for day in (31, 32, 33, 34):
        moment = base.at(2026, 10 + day // 32, (day - 1) % 31 + 1, 12)
        new = [
            deal(900 + n, 50_000, date(2026, 10 + on // 32, (on - 1) % 31 + 1), f"Новый {n}")
            for n, (on, entered) in enumerate(paid)
            if entered + 31 <= day
        ]
        # A lead each day, so that each look leaves a trace.
        daily = [lead(900 + each, f"ТОО {each}") for each in range(31, day + 1)]
        found = watched.look(books.more_rows("deals", *new, *daily), moment, remembers=True)
    named = ", ".join(str(900 + n) for n in range(len(paid)))
    assert seen(found, "paid_late") == ({("paid_late", "M1"): (str(len(paid)), named)} if told else {})


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
