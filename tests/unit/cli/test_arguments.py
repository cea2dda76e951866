"""Arguments of the command line: amounts as people write them, and nothing that could be meant otherwise."""

import pytest

from cli.arguments import amount_of, options_in
from kpi_rules.errors import RefusedError
from tests.telling import tells


@pytest.mark.parametrize(
    ("text", "tiyn"),
    [
        ("15000", 1_500_000),
        ("-15 000", -1_500_000),
        ("−15\u00a0000 ₸", -1_500_000),
        ("12,5", 1250),
        ("0.05", 5),
    ],
)
def test_an_amount_is_read_in_tenge(text, tiyn):
    assert amount_of(text, late=False) == tiyn


@pytest.mark.parametrize("text", ["1.250", "1,250", "1e5", "inf", "nan", "", "-", "12 300,456", "9" * 11])
def test_what_could_be_meant_otherwise_is_no_amount(text):
    with tells(RefusedError, "не сумма"):
        amount_of(text, late=False)


def test_an_amount_or_late_edits_one_of_the_two():
    assert amount_of(None, late=True) is None
    for text, late in ((None, False), ("5", True)):
        with tells(RefusedError, "одно из двух"):
            amount_of(text, late=late)


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (None, ()),
        (["payments,measures"], ("payments", "measures")),
        (["payments, measures ", "shares", "payments,"], ("payments", "measures", "shares")),
    ],
)
def test_what_is_asked_for_stands_between_commas_or_in_words_of_its_own(words, asked):
    assert options_in(words) == asked
