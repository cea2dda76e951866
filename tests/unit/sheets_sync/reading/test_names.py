"""Who is meant by what people type."""

from datetime import date

import pytest

from kpi_rules.facts.inputs import Employment
from kpi_rules.rulebook.model import Role
from kpi_rules.spelling import folded
from sheets_sync.reading.typed_text import Directory, nearest


def stint(code, name):
    return Employment(code, name, "", Role.MANAGER, date(2025, 1, 1), None, 5)


STAFF = Directory.of(
    [
        stint("M01", "Алёна Ким"),
        stint("M02", "Иван Петров"),
        stint("М03", "Мария Ахметова"),
        stint("M01", "Алёна Ким"),
    ]
)


@pytest.mark.parametrize(
    "text",
    [
        "M01",
        "m01",
        "М01",
        " M01 ",
        "Алёна Ким",
        "Алена Ким",
        "алёна ким",
        "Алёна  Ким",
        "Алёна\u00a0Ким",
        "Aлёна Kим",
        "Алёна Ким\u200b",
    ],
)
def test_an_employee_is_known_by_code_or_name_however_it_is_spelled(text):
    assert STAFF.codes(text) == {"M01"}


def test_only_the_spelling_of_the_staff_tab_is_exact():
    assert STAFF.spelled_exactly("Алёна Ким")
    assert not STAFF.spelled_exactly("Алена Ким")
    assert not STAFF.spelled_exactly("Алёна Ким ")


@pytest.mark.parametrize("text", ["Алёна", "Ким", "M1", "Алёна Кан", ""])
def test_a_part_of_a_name_or_another_name_is_nobody(text):
    assert STAFF.codes(text) == frozenset()


@pytest.mark.parametrize(
    ("text", "similar"),
    [("Иван Петрав", "Иван Петров"), ("Петров Иван", "Иван Петров"), ("М003", "М03"), ("Zzz", None)],
)
def test_a_misspelt_name_is_offered_the_nearest(text, similar):
    assert STAFF.similar(text) == similar


def test_two_people_of_one_name_are_told_apart_by_code_alone():
    twins = Directory.of([stint("M01", "Иван Ким"), stint("M02", "Иван Ким")])
    assert twins.codes("Иван Ким") == {"M01", "M02"}
    assert twins.codes("M02") == {"M02"}


def test_codes_that_look_alike_are_told_apart_only_letter_by_letter():
    lookalikes = Directory.of([stint("M01", "А"), stint("М01", "Б")])  # Latin and Cyrillic М
    assert lookalikes.codes("M01") == {"M01"}
    assert lookalikes.codes("m01") == {"M01", "М01"}


def test_folding_leaves_different_words_different():
    assert folded("Сделка") != folded("Отказ")
    assert folded("CEHA") == folded("СЕНА")


def test_nothing_is_near_a_word_that_is_like_none():
    assert nearest("Бюджет", ["Сумма, ₸", "Оплачено"]) is None
    assert nearest("Сума, ₸", ["Сумма, ₸", "Оплачено"]) == "Сумма, ₸"
