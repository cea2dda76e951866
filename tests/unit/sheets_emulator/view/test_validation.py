"""Whether values are what validation asks for, and in which words that is said."""

import pytest

from sheets_emulator.book.defaults import new_document
from sheets_emulator.cells.conditions import KINDS, VALIDATION
from sheets_emulator.view.rule_formulas import worked_out
from sheets_emulator.view.rule_words import rule_words
from sheets_emulator.view.validation import Given, Judge, sentence


def rule(kind, *values, **more):
    return {"condition": {"type": kind, "values": [{"userEnteredValue": value} for value in values]}, **more}


def holds(asked, value, shown=None, *, is_date=False, choices=None, custom=None):
    text = str(value).replace(".", ",") if isinstance(value, float) else str(value)
    text = text if shown is None else shown
    judge = Judge("ru_RU", choices or {}, custom or (lambda *_: None))
    return judge.fulfils(asked, Given(value, text, is_date, 4, 2))


@pytest.mark.parametrize(
    ("asked", "right", "wrong"),
    [
        (rule("ONE_OF_LIST", "Новый", "5"), ["Новый", 5], ["новый ", 6, True]),
        (rule("BOOLEAN"), [True, False], ["да", 1]),
        (rule("BOOLEAN", "да", "нет"), ["да", "нет"], [True, "может быть"]),
        (rule("NUMBER_BETWEEN", "0", "1,5"), [0, 1.5], [-1, 1.6, "1"]),
        (rule("NUMBER_GREATER", "10"), [10.5], [10, "много"]),
        (rule("TEXT_IS_EMAIL"), ["a@b.kz"], ["a@b", "a b@c.kz", 5]),
        (rule("TEXT_IS_URL"), ["https://b.kz/x", "b.kz", "mailto:a@b.kz"], ["слово", "a b.kz", 5]),
        (rule("TEXT_CONTAINS", "ТОО"), ["тоо «Ромашка»"], ["ИП"]),
    ],
)
def test_each_kind_lets_in_what_it_asks_for(asked, right, wrong):
    assert [holds(asked, value) for value in right] == [True] * len(right)
    assert [holds(asked, value) for value in wrong] == [False] * len(wrong)


@pytest.mark.parametrize("kind", sorted(kind for kind, (uses, *_) in KINDS.items() if VALIDATION in uses))
def test_a_blank_cell_is_never_wrong_and_each_kind_has_its_words(kind):
    assert holds(rule(kind, "1", "2"), None)
    assert holds(rule(kind, "1", "2"), "")
    for language in ("ru", "kk", "en"):
        assert sentence(rule(kind, "1", "2"), rule_words(language)).strip()
        assert f"rule_{kind}" in rule_words(language)


def test_a_date_is_a_number_that_shows_one():
    assert holds(rule("DATE_IS_VALID"), 46300, "05.10.2026", is_date=True)
    assert not holds(rule("DATE_IS_VALID"), 46300)
    assert not holds(rule("DATE_IS_VALID"), "завтра")
    assert holds(rule("DATE_ON_OR_AFTER", "01.10.2026"), 46300, "05.10.2026", is_date=True)
    assert not holds(rule("DATE_ON_OR_AFTER", "06.10.2026"), 46300, "05.10.2026", is_date=True)


def test_choices_of_a_range_are_those_behind_it_and_a_range_that_is_gone_asks_for_nothing():
    asked = rule("ONE_OF_RANGE", "=Списки!A2:A9")
    assert holds(asked, "Алия", choices={"=Списки!A2:A9": ["Алия", "Ержан"]})
    assert not holds(asked, "Чужой", choices={"=Списки!A2:A9": ["Алия", "Ержан"]})
    assert holds(asked, "Чужой")


def test_a_formula_is_asked_for_the_cell_itself():
    asked = []

    def custom(*place):
        asked.append(place)
        return True

    assert holds(rule("CUSTOM_FORMULA", "=C5>0"), 7, custom=custom)
    assert asked == [("=C5>0", 4, 2)]


def test_formulas_are_worked_out_from_the_first_cell_of_their_rule():
    document = new_document("ru_RU")
    grid, asked = document.sheets[0].grid, rule("CUSTOM_FORMULA", "=B2>A2")
    for row, values in enumerate([("план", "факт"), (1, 2), (5, 3)]):
        for column, value in enumerate(values):
            grid.enter(row, column, value)
    number = document.styles.number({"dataValidation": asked})
    for row in (1, 2):
        grid.writable(row).set_style(1, number)
    found = worked_out(document, 0, [((1, 1), asked), ((2, 1), asked)], None)
    assert found == {("=B2>A2", 1, 1): True, ("=B2>A2", 2, 1): False}  # 2 > 1; 3 > 5


def test_the_words_are_the_authors_or_those_of_the_condition():
    russian = rule_words("ru")
    assert (
        sentence(rule("NUMBER_BETWEEN", "0", "5", inputMessage="От нуля до пяти"), russian)
        == "От нуля до пяти"
    )
    assert sentence(rule("NUMBER_BETWEEN", "0", "5"), russian) == "нужно число от 0 до 5"
    assert sentence(rule("ONE_OF_LIST", "да", "нет"), rule_words("en")) == "choose from the list: да, нет"
    assert sentence(rule("ONE_OF_RANGE", "=A1:A9"), russian) == "выберите из списка"
    assert sentence(rule("TEXT_EQ", "{0}{x}"), russian) == "нужен текст «{0}{x}»"
