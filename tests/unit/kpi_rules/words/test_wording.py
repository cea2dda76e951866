"""Numbers, shares, money and counted words in the form of each language."""

from fractions import Fraction

import pytest

from kpi_rules.problems import Place, blocking
from kpi_rules.time.periods import Month
from kpi_rules.words.dates import month_name, month_title
from kpi_rules.words.numbers import exact_number_text, money_text, number_text, percent_text
from kpi_rules.words.texts import plural
from templates.loading import texts

GAP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("language", "number", "share", "money"),
    [
        ("ru", f"1{GAP}234{GAP}567,5", f"12,5{GAP}%", f"−4{GAP}200{GAP}000{GAP}₸"),
        ("kk", f"1{GAP}234{GAP}567,5", "12,5%", f"−4{GAP}200{GAP}000{GAP}₸"),
        ("en", "1,234,567.5", "12.5%", f"−4,200,000{GAP}₸"),
    ],
)
def test_numbers_shares_and_money_follow_the_language(language, number, share, money):
    assert number_text(Fraction("1234567.46"), language, 1) == number
    assert percent_text(Fraction(1, 8), language) == share
    assert money_text(-420_000_000, language) == money
    assert exact_number_text("1234567.5", language) == number
    assert exact_number_text("12.5%", language) == share
    assert exact_number_text("2/3", language) == "2/3"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("ru", ["1 сделка", "3 сделки", "5 сделок", "11 сделок", "21 сделка", "104 сделки"]),
        ("kk", ["1 мәміле", "3 мәміле", "5 мәміле", "11 мәміле", "21 мәміле", "104 мәміле"]),
        ("en", ["1 deal", "3 deals", "5 deals", "11 deals", "21 deals", "104 deals"]),
    ],
)
def test_a_counted_word_has_the_form_that_its_number_asks_for(language, said):
    assert [plural(texts(language), "explain.deals", count) for count in (1, 3, 5, 11, 21, 104)] == said


@pytest.mark.parametrize(
    ("language", "title", "name"),
    [
        ("ru", "Октябрь 2026", "октябрь 2026"),
        ("kk", "2026 ж. қазан", "2026 ж. қазан"),
        ("en", "October 2026", "October 2026"),
    ],
)
def test_months_are_named_as_in_the_language(language, title, name):
    month = Month(2026, 10)
    assert (month_title(month, language), month_name(month, language)) == (title, name)


@pytest.mark.parametrize(
    ("language", "what"),
    [
        ("ru", "Ержан: в плане на октябрь 2026 нет цели по показателю «конверсия в сделку»."),
        ("kk", "Ержан: 2026 ж. қазан айының жоспарында «мәмілеге конверсия» көрсеткішінің мақсаты жоқ."),
        ("en", "Ержан: the plan for October 2026 has no target for the KPI “conversion to deal”."),
    ],
)
def test_a_problem_says_keys_of_the_rules_in_words(language, what):
    problem = blocking("target_missing", Place("plan"), name="Ержан", month="2026-10", kpi="conversion")
    assert texts(language).what(problem) == what
