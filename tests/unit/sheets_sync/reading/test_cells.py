"""Single cells of each kind: what they mean, and when they are refused."""

import itertools
from datetime import datetime, time
from fractions import Fraction

import numpy as np
import pytest

from kpi_rules.facts.kinds import Kind
from kpi_rules.time.periods import Month
from sheets_sync.reading.cells import cells_of
from sheets_sync.reading.columns import read_column
from sheets_sync.reading.typed_text import Directory
from sheets_sync.schema.layout import Column

ERRORS = ("#REF!", "#N/A", "#DIV/0!", "#Н/Д", "#ССЫЛКА!", "Loading...")


def read(kind, *values, **design):
    column = Column("x", "Столбец", kind, **design)
    cells = cells_of(values, trims=kind is Kind.TEXT)
    return read_column(column, cells, Directory.of(()))


def value(kind, cell, **design):
    found = read(kind, cell, **design)
    assert not found.bad[0], [notice.code for notice in found.notices]
    return found.values.tolist()[0]


def refusal(kind, cell, **design):
    found = read(kind, cell, **design)
    assert found.bad[0]
    assert found.values.tolist() in ([None], [False])
    (notice,) = found.notices
    return notice.code


@pytest.mark.parametrize(
    ("cell", "tiyn"),
    [
        (1250000, 125_000_000),
        (1250000.5, 125_000_050),
        (0, 0),
        (1.005, 101),  # its shortest decimal is exactly half a tiyn above 1.00
        (2.675, 268),
        (1.0049999, 100),
        (0.1 + 0.2, 30),  # 0.30000000000000004
        (1e11, 10**13),
        ("1250000", 125_000_000),
        ("1 250 000 ₸", 125_000_000),
        ("1\u00a0250\u00a0000,50\u00a0₸", 125_000_050),
        ("1\u202f250 тг.", 125_000),
        ("1.250.000", 125_000_000),
        ("1,250,000.5", 125_000_050),
        ("1.250.000,5", 125_000_050),
        ("1.250,50", 125_050),
        ("1'250", 125_000),
        ("12,5", 1250),
        ("12.50 тенге", 1250),
        ("+5", 500),
        ("₸ 5", 500),
    ],
)
def test_money_is_read_to_the_tiyn(cell, tiyn):
    assert value(Kind.MONEY, cell) == tiyn


@pytest.mark.parametrize(
    ("cell", "tiyn"), [(-0.005, 0), (-0.015, -1), (-1.5, -150), ("−1 000", -100_000), ("-1", -100)]
)
def test_a_refund_is_negative_and_halves_are_rounded_upwards(cell, tiyn):
    assert value(Kind.MONEY, cell, signed=True) == tiyn


@pytest.mark.parametrize("cell", ["1.250", "1,250", "-1.250", "12.500 ₸", "0,125", "1250.000"])
def test_one_separator_with_three_digits_behind_it_is_ambiguous(cell):
    assert refusal(Kind.MONEY, cell, signed=True) == "number_ambiguous"


@pytest.mark.parametrize(
    "cell",
    [
        "сто",
        "1 25 000",
        "1,25,000",
        "12,",
        ",5",
        "1e5",
        "5 млн",
        "12%",
        "1-2",
        "--5",
        "1.2.3",
        "9" * 50,
        True,
    ],
)
def test_what_is_no_number_is_refused(cell):
    assert refusal(Kind.MONEY, cell) == "number_unreadable"


def test_numbers_outside_the_possible_are_refused():
    assert refusal(Kind.MONEY, -1) == "number_negative"
    assert refusal(Kind.MONEY, "-1") == "number_negative"
    assert refusal(Kind.MONEY, 1e13) == "number_too_large"
    assert refusal(Kind.MONEY, float("nan")) == "number_unreadable"
    assert refusal(Kind.MONEY, float("inf")) == "number_unreadable"
    assert refusal(Kind.INTEGER, 1.5) == "number_not_whole"
    assert refusal(Kind.INTEGER, -1) == "number_negative"


@pytest.mark.parametrize("seed", [20261005])
def test_arrays_of_money_agree_with_the_exact_reading_one_by_one(seed):
    random = np.random.default_rng(seed)
    amounts = [
        *(random.integers(0, 10**9, 500) / 100).tolist(),
        *(random.random(500) * 10.0 ** random.integers(-3, 11, 500)).tolist(),
        *(random.integers(0, 10**9, 500) / 1000).tolist(),
    ]
    expected = [int((Fraction(repr(amount)) * 200 + 1) // 2) for amount in amounts]
    assert read(Kind.MONEY, *amounts).values.tolist() == expected


@pytest.mark.parametrize(
    ("cell", "share"),
    [
        (0.25, Fraction(1, 4)),
        (0.1, Fraction(1, 10)),
        (1, 1),
        ("12,5%", Fraction(1, 8)),
        ("30 %", Fraction(3, 10)),
    ],
)
def test_a_share_is_exact(cell, share):
    assert value(Kind.SHARE, cell) == share


def test_a_share_above_one_is_refused_where_a_share_is_meant():
    assert refusal(Kind.SHARE, 25) == "share_above_one"
    assert refusal(Kind.SHARE, "120%") == "share_above_hundred"
    assert value(Kind.SHARE, 1.2, above_one=True) == Fraction(6, 5)
    found = read(Kind.SHARE, 25)
    assert found.notices[0].details(0) == {"value": "25", "percent": "25", "hundredfold": "2500"}


@pytest.mark.parametrize(
    ("cell", "minutes"),
    [(10, 10), (7.5, Fraction(15, 2)), ("10 мин", 10), ("5 минут", 5), ("1,5", Fraction(3, 2))],
)
def test_minutes_are_read(cell, minutes):
    assert value(Kind.MINUTES, cell) == minutes


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        (46300, "2026-10-05"),
        (46300.5, "2026-10-05 12:00"),
        (46300.4999999, "2026-10-05 12:00"),  # to the second
        ("05.10.2026", "2026-10-05"),
        ("5.10.2026 9:05", "2026-10-05 09:05"),
        ("2026-10-05", "2026-10-05"),
        ("2026-10-05T14:30:15", "2026-10-05 14:30:15"),
        ("5 октября 2026 г.", "2026-10-05"),
        ("\u00a05\u00a0окт. 2026 14:30 ", "2026-10-05 14:30"),
        ("29.02.2024", "2024-02-29"),
    ],
)
def test_a_moment_is_read(cell, moment):
    assert value(Kind.MOMENT, cell) == datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    "cell",
    [
        "31.02.2026",
        "29.02.2026",
        "05/10/2026",
        "05.10.26",
        "5 октябрь",
        "вчера",
        "25.10.2026 25:00",
        2026,
        1e9,
        1e300,
        -5,
        0.5,
        True,
    ],
)
def test_what_is_no_day_is_refused(cell):
    assert refusal(Kind.DATE, cell) == "date_unreadable"


def test_a_day_loses_its_time_and_a_moment_without_one_is_known():
    assert value(Kind.DATE, 46300.75) == datetime.fromisoformat("2026-10-05")
    assert read(Kind.MOMENT, 46300, 46300.5, "05.10.2026", "05.10.2026 00:00", None).without_time.tolist() == [
        True, False, True, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "cell",
    [
        46300,
        46326.5,
        "2026-10",
        "10.2026",
        "10/2026",
        10.2026,
        "октябрь 2026",
        "ОКТЯБРЯ 2026 г.",
        "қазан 2026",
        "Oct 2026",
        "05.10.2026",
    ],
)
def test_a_month_is_read_in_all_its_forms(cell):
    assert value(Kind.MONTH, cell) == Month(2026, 10)


def test_a_number_like_10_2020_keeps_its_last_zero():
    assert value(Kind.MONTH, 10.202) == Month(2020, 10)


@pytest.mark.parametrize(
    "cell", ["октябрь", "13.2026", "2026", 2026, "2026-13", 13.2026, 0, -3, 1e12, "окторбь 2026", True]
)
def test_what_is_no_month_is_refused(cell):
    assert refusal(Kind.MONTH, cell) == "month_unreadable"


@pytest.mark.parametrize(
    ("cell", "clock"),
    [(0.375, time(9)), ("9:00", time(9)), ("18:30:15", time(18, 30, 15)), (0.999999, time(23, 59, 59))],
)
def test_a_time_of_day_is_read(cell, clock):
    assert value(Kind.TIME, cell) == clock


@pytest.mark.parametrize("cell", [9, "9", "25:00", "9.00", -0.5, True])
def test_what_is_no_time_is_refused(cell):
    assert refusal(Kind.TIME, cell) == "time_unreadable"


MARKS = {"yes": "да", "no": "нет", "na": "н/п"}


@pytest.mark.parametrize(
    ("cell", "mark"), [("да", "yes"), (" ДА ", "yes"), ("дa", "yes"), ("Нет", "no"), ("н/п", "na")]
)
def test_a_choice_is_known_by_its_word(cell, mark):
    assert value(Kind.CHOICE, cell, choices=MARKS) == mark


@pytest.mark.parametrize("cell", ["наверное", True, 1])
def test_another_word_is_no_choice(cell):
    assert refusal(Kind.CHOICE, cell, choices=MARKS) == "choice_unknown"


@pytest.mark.parametrize(
    ("cell", "ticked"),
    [
        (True, True),
        (False, False),
        ("да", True),
        ("ИСТИНА", True),
        (1, True),
        ("нет", False),
        (0, False),
        (None, False),
        ("", False),
    ],
)
def test_a_checkbox_is_read(cell, ticked):
    assert value(Kind.CHECKBOX, cell) == ticked


def test_another_word_is_no_tick():
    assert refusal(Kind.CHECKBOX, "может быть") == "checkbox_unreadable"


@pytest.mark.parametrize("text", ["=1+1", "+7 701 000", "-5", "@all", "#1", "{0}"])
def test_a_text_is_data_whatever_it_begins_with(text):
    assert value(Kind.TEXT, text) == text


def test_a_number_in_a_text_column_is_written_without_a_point():
    assert read(Kind.TEXT, 1001, 1002.0, 1.5, " а ", "").values.tolist() == ["1001", "1002", "1.5", "а", None]


@pytest.mark.parametrize(
    ("kind", "error"), list(itertools.product([kind for kind in Kind if kind is not Kind.TEXT], ERRORS))
)
def test_a_broken_formula_is_an_error_in_every_column(kind, error):
    found = read(kind, error, choices=MARKS)
    assert [notice.code for notice in found.notices] == ["cell_error"]
    assert found.bad[0]


@pytest.mark.parametrize("kind", list(Kind))
def test_a_blank_cell_is_neither_a_value_nor_bad(kind):
    found = read(kind, None, "", "  ", "\u00a0", choices=MARKS)
    assert not found.bad.any()
    assert found.notices == ()
    assert found.values.tolist() == [False if kind is Kind.CHECKBOX else None] * 4


def test_one_is_not_true_and_true_is_not_one():
    found = read(Kind.INTEGER, 1, True, 1.0)
    assert found.bad.tolist() == [False, True, False]
    assert found.values.tolist() == [1, None, 1]
