import pytest

from sheets_emulator.numbers.formats import colour_of, default_pattern, is_date_format, render

NBSP = "\u00a0"
WEDNESDAY = 46295  # 30 September 2026


def number(pattern):
    return {"type": "NUMBER", "pattern": pattern}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (2, "2"),
        (2.0, "2"),
        (1.5, "1.5"),
        (1 / 1024, "0.0009765625"),
        (1 / 3, "0.3333333333"),
        (200 / 3, "66.66666667"),
        (2000000.01, "2000000.01"),
        (123456789012345, "123456789012345"),
        (1e21, "1E+21"),
        (1.5e-9, "1.5E-09"),
        (-0.25, "-0.25"),
        (True, "TRUE"),
        ("text", "text"),
        (None, ""),
    ],
)
def test_without_a_format_a_value_shows_itself(value, expected):
    assert render(value, None, "en_US") == expected


def test_the_locale_decides_the_decimal_sign_and_the_words_for_truth():
    assert render(1.5, None, "ru_RU") == "1,5"
    assert render(1.5, None, "kk_KZ") == "1,5"
    assert render(True, None, "ru_RU") == "ИСТИНА"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("DIVIDE_BY_ZERO", "#DIV/0!"),
        ("NAME", "#NAME?"),
        ("N_A", "#N/A"),
        ("REF", "#REF!"),
        ("ERROR", "#ERROR!"),
    ],
)
def test_an_error_shows_its_code(kind, expected):
    assert render({"errorValue": {"type": kind, "message": "…"}}, number("0.00"), "ru_RU") == expected


@pytest.mark.parametrize(
    ("value", "pattern", "expected"),
    [
        (1250000, "#,##0.00", "1,250,000.00"),
        (1.005, "0.00", "1.01"),  # as a person reads it, not as the double lies
        (0.126, "0%", "13%"),
        (0.1255, "0.0%", "12.6%"),
        (5, "000", "005"),
        (5, "0.##", "5."),
        (5.5, "0.???", "5.5  "),
        (5, "??0", "  5"),
        (1234567, '0.0,,"M"', "1.2M"),
        (-5, "#,##0", "-5"),
        (-5, "#,##0;(#,##0)", "(5)"),
        (0, '0;-0;"нет"', "нет"),
        (-5, "[Red]-0.0", "--5.0"),  # a literal minus is only a literal
        (1500, '[>=1000]0.0,"k";0', "1.5k"),
        (12, '[>=1000]0.0,"k";0', "12"),
        (-7, "[<0](0);0", "(7)"),
        (12345, "0.00E+00", "1.23E+04"),
        (0.000123, "0.00E+00", "1.23E-04"),
        (999900, "0.0E+0", "1.0E+6"),
        (0, "0.00E+00", "0.00E+00"),
        (12345, "##0.0E+0", "12.3E+3"),
        (5.25, "# ?/?", "5 1/4"),
        (0.333, "?/?", "1/3"),
        (0.5, "# ?/8", "4/8"),
        (77011234567, "+# (###) ###-##-##", "+7 (701) 123-45-67"),
        (1250000, "# ##0", "1250 000"),  # here a space groups nothing
        (12, r"0\ \k\g", "12 kg"),
        (12, '0 "шт."', "12 шт."),
        (12, "[$₸-43F]0", "₸12"),
        (1234.5, '_("$"* #,##0.00_)', " $ 1,234.50 "),
        (7, "General", "7"),
        (7.5, '"±"General', "±7.5"),
        (7, "@", "7"),
        (1e300, "0", "1" + "0" * 300),
    ],
)
def test_a_pattern_lays_out_a_number(value, pattern, expected):
    assert render(value, number(pattern), "en_US") == expected


@pytest.mark.parametrize(
    ("value", "pattern", "expected"),
    [
        (1250000, "#,##0.00", f"1{NBSP}250{NBSP}000,00"),
        (1250000, "#,##0 ₸", f"1{NBSP}250{NBSP}000 ₸"),
        (1250000, "# ##0 ₸", "1 250 000 ₸"),
        (-1250000, "# ##0 ₸", "-1 250 000 ₸"),
        (999, "# ##0 ₸", "999 ₸"),
        (0, "# ##0 ₸", "0 ₸"),
        (1234567890, "# ### ##0,", "1 234 568"),
    ],
)
@pytest.mark.parametrize("locale", ["ru_RU", "kk_KZ"])
def test_thousands_stand_apart_by_spaces_in_russian_and_kazakh(value, pattern, expected, locale):
    assert render(value, number(pattern), locale) == expected


@pytest.mark.parametrize(
    ("value", "pattern", "expected"),
    [
        (WEDNESDAY, "dd.mm.yyyy", "30.09.2026"),
        (WEDNESDAY + 0.4, "dd.mm.yyyy hh:mm", "30.09.2026 09:36"),
        (WEDNESDAY + 0.4, "d.m.yy h:m:s", "30.9.26 9:36:0"),
        (WEDNESDAY, "d mmmm yyyy", "30 сентября 2026"),
        (WEDNESDAY, "mmmm yyyy", "сентябрь 2026"),
        (WEDNESDAY, "dddd, d", "среда, 30"),
        (1.52, "[h]:mm", "36:28"),  # 36.48 hours
        (0.75, "h:mm am/pm", "6:00 PM"),
        (0.75, "h a/p", "6 p"),
        (-0.5, "[h]:mm", "-12:00"),
        (0.5 + 1.25 / 86400, "[s].000", "43201.250"),
        (0.5 / 86400, "ss.0", "00,5"),
        (90 / 86400, "[m]:ss", "1:30"),
        (1e12, "dd.mm.yyyy", "1000000000000"),  # no such date
    ],
)
def test_a_pattern_lays_out_a_moment(value, pattern, expected):
    expected = expected.replace(".250", ",250")
    assert render(value, {"type": "DATE_TIME", "pattern": pattern}, "ru_RU") == expected


@pytest.mark.parametrize(
    ("value", "pattern", "expected"),
    [
        ("abc", '0;0;0;"t: "@', "t: abc"),
        ("abc", "@", "abc"),
        ("abc", "0.00", "abc"),
        ("abc", '0;@" !"', "abc !"),
    ],
)
def test_text_takes_only_the_text_section(value, pattern, expected):
    assert render(value, number(pattern), "en_US") == expected


@pytest.mark.parametrize(
    ("kind", "value", "english", "russian"),
    [
        ("DATE", WEDNESDAY, "9/30/2026", "30.09.2026"),
        ("TIME", 0.75, "6:00:00 PM", "18:00:00"),
        ("DATE_TIME", WEDNESDAY + 0.75, "9/30/2026 18:00:00", "30.09.2026 18:00:00"),
        ("PERCENT", 0.5, "50.00%", "50,00%"),
        ("CURRENCY", 1234.5, "$1,234.50", f"1{NBSP}234,50{NBSP}₽"),
        ("NUMBER", 1234.5, "1,234.50", f"1{NBSP}234,50"),
        ("SCIENTIFIC", 12345, "1.23E+04", "1,23E+04"),
        ("TEXT", 12.5, "12.5", "12,5"),
    ],
)
def test_a_format_without_a_pattern_takes_its_default(kind, value, english, russian):
    assert render(value, {"type": kind}, "en_US") == english
    assert render(value, {"type": kind}, "ru_RU") == russian


def test_kazakhstan_counts_in_tenge():
    assert render(1234.5, {"type": "CURRENCY"}, "kk_KZ") == f"1{NBSP}234,50{NBSP}₸"


def test_an_unknown_locale_falls_back_to_american_english():
    assert default_pattern("DATE", "xx_YY") == "m/d/yyyy"


def test_a_pattern_may_colour_its_numbers():
    red = number("0;[Red]-0")
    assert colour_of(-1, red, "ru_RU") == "red"
    assert colour_of(1, red, "ru_RU") is None
    assert colour_of("-1", red, "ru_RU") is None


def test_dates_are_known_by_type_or_by_pattern():
    assert is_date_format({"type": "DATE"})
    assert is_date_format(number("dd.mm"))
    assert not is_date_format(number("0.00"))
    assert not is_date_format(None)
