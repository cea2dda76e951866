from datetime import UTC, datetime

import pytest

from sheets_emulator.numbers.formats import render
from sheets_emulator.numbers.typing_in import Entered, format_after, parse

NBSP, NARROW = "\u00a0", "\u202f"
NOW = datetime(2026, 12, 31, 20, tzinfo=UTC)  # already 1 January 2027 in Almaty
FIRST_OF_OCTOBER = 46296  # 1 October 2026; 1 January 2020 is 43831


def typed(text, locale):
    return parse(text, locale, "Asia/Almaty", now=NOW)


@pytest.mark.parametrize(
    ("text", "number", "pattern"),
    [
        ("1,5", 1.5, None),
        ("007", 7, None),
        (" 5 ", 5, None),
        ("-5", -5, None),
        ("−5", -5, None),
        ("+77011234567", 77011234567, None),
        ("1 250 000", 1250000, "#,##0"),
        (f"1{NBSP}250{NBSP}000,5", 1250000.5, "#,##0.00"),
        (f"1{NARROW}250", 1250, "#,##0"),
        ("12,5%", 0.125, "0.00%"),
        ("12 %", 0.12, "0%"),
        ("1 250 ₸", 1250, f"#,##0[${NBSP}₸]"),
        ("₸1250,50", 1250.5, "[$₸]#,##0.00"),
        ("5 000 ₽", 5000, f"#,##0[${NBSP}₽]"),
        ("1,5E-3", 0.0015, "0.00E+00"),
    ],
)
@pytest.mark.parametrize("locale", ["ru_RU", "kk_KZ"])
def test_numbers_are_read_with_comma_and_spaces(text, number, pattern, locale):
    entered = typed(text, locale)
    assert entered.value == {"numberValue": number}
    assert (entered.number_format or {}).get("pattern") == pattern


@pytest.mark.parametrize(
    ("text", "number", "shown"),
    [
        ("1,250.5", 1250.5, "1,250.50"),
        ("2,000,000.01", 2000000.01, "2,000,000.01"),
        ("$1,250.50", 1250.5, "$1,250.50"),
        ("-$5", -5, "-$5"),
        ("$-5", -5, "-$5"),
        ("(5)", -5, "-5"),
        ("5€", 5, f"5{NBSP}€"),
        ("1.5%", 0.015, "1.50%"),
        (".5", 0.5, "0.5"),
    ],
)
def test_american_numbers_show_as_they_were_typed(text, number, shown):
    entered = typed(text, "en_US")
    assert entered.value == {"numberValue": number}
    assert render(entered.value, entered.number_format, "en_US") == shown


@pytest.mark.parametrize(
    ("text", "day", "kind", "pattern"),
    [
        ("01.10.2026", FIRST_OF_OCTOBER, "DATE", "dd.mm.yyyy"),
        ("1.10.26", FIRST_OF_OCTOBER, "DATE", "d.m.yy"),
        ("2026-10-01", FIRST_OF_OCTOBER, "DATE", "yyyy-mm-dd"),
        ("1/10/2026", FIRST_OF_OCTOBER, "DATE", "d/m/yyyy"),
        ("10.2026", FIRST_OF_OCTOBER, "DATE", "mm.yyyy"),
        ("2026-10", FIRST_OF_OCTOBER, "DATE", "yyyy-mm"),
        ("октябрь 2026", FIRST_OF_OCTOBER, "DATE", "mmmm yyyy"),
        ("1 октября 2026 г.", FIRST_OF_OCTOBER, "DATE", "d mmmm yyyy"),
        ("1 окт 2026", FIRST_OF_OCTOBER, "DATE", "d mmm yyyy"),
        ("01.10.2026 06:00", FIRST_OF_OCTOBER + 0.25, "DATE_TIME", "dd.mm.yyyy hh:mm"),
        ("01.10.2026 18:00:00", FIRST_OF_OCTOBER + 0.75, "DATE_TIME", "dd.mm.yyyy hh:mm:ss"),
        ("9:00", 0.375, "TIME", "h:mm"),
        ("09:00", 0.375, "TIME", "hh:mm"),
        ("36:00", 1.5, "TIME", "[h]:mm"),
        ("5:00 PM", 17 / 24, "TIME", "h:mm am/pm"),
    ],
)
def test_russian_dates_and_times_become_serial_days(text, day, kind, pattern):
    assert typed(text, "ru_RU") == Entered({"numberValue": day}, {"type": kind, "pattern": pattern})


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("10/1/2026", FIRST_OF_OCTOBER),
        ("Oct 1, 2026", FIRST_OF_OCTOBER),
        ("1-Oct-2026", FIRST_OF_OCTOBER),
        ("October 2026", FIRST_OF_OCTOBER),
        ("10/1/2026 6:00 am", FIRST_OF_OCTOBER + 0.25),
        ("2020-01-01", 43831),
    ],
)
def test_american_dates_put_the_month_first(text, day):
    assert typed(text, "en_US").value == {"numberValue": day}


def test_a_date_without_a_year_means_this_year_where_the_file_is():
    in_almaty = typed("1.10", "ru_RU")  # the first of October 2027: 365 days later
    assert in_almaty.value == {"numberValue": FIRST_OF_OCTOBER + 365}
    assert parse("1.10", "ru_RU", "Etc/UTC", now=NOW).value == {"numberValue": FIRST_OF_OCTOBER}


@pytest.mark.parametrize(
    "text",
    [
        "1.250",
        "1.250.000",
        "150000.50",
        "1 25",
        "31.02.2026",
        "5 000 тенге",
        "12-34-56-78",
        "2020-01-01T10:00:00",
        "25:61",
        "13:00 PM",
        "май",
        "Сделка 5",
        "- пункт",
        "@имя",
        "%",
        "-",
        "1e999",
        "  с пробелами ",
    ],
)
def test_what_is_not_surely_a_value_stays_text_to_the_letter(text):
    assert typed(text, "ru_RU") == Entered({"stringValue": text})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("TRUE", {"boolValue": True}),
        ("false", {"boolValue": False}),
        ("ИСТИНА", {"boolValue": True}),
        ("Ложь", {"boolValue": False}),
        ("=150000*1,12", {"formulaValue": "=150000*1,12"}),
        ("+A1+B1", {"formulaValue": "=+A1+B1"}),
        ("=", {"stringValue": "="}),
        ("'007", {"stringValue": "007"}),
        ("'=1+1", {"stringValue": "=1+1"}),
        ("", {}),
    ],
)
def test_booleans_formulas_and_the_apostrophe(text, value):
    assert typed(text, "ru_RU").value == value


def test_a_text_cell_keeps_what_is_typed():
    assert parse("007", "ru_RU", current_format={"type": "TEXT"}).value == {"stringValue": "007"}


@pytest.mark.parametrize(
    ("current", "text", "expected"),
    [
        (None, "5", None),
        (None, "5%", "0%"),
        ({"type": "DATE", "pattern": "yyyy-mm-dd"}, "01.10.2026", "yyyy-mm-dd"),
        ({"type": "DATE_TIME", "pattern": "dd.mm.yyyy hh:mm"}, "01.10.2026", "dd.mm.yyyy hh:mm"),
        ({"type": "CURRENCY", "pattern": "#,##0 ₸"}, "5", "#,##0 ₸"),
        ({"type": "NUMBER", "pattern": "0.00"}, "5%", "0%"),
    ],
)
def test_a_cell_keeps_its_format_for_values_of_its_kind(current, text, expected):
    after = format_after(current, typed(text, "ru_RU"))
    assert (after or {}).get("pattern") == expected
