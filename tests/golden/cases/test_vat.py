"""Whether sums are typed with НДС: said on «Настройки», sealed with the month, printed, and nothing converted."""

from dataclasses import replace

import pytest

from kpi_rules.cards.payouts import pay
from kpi_rules.facts.inputs import Salary
from kpi_rules.records.months import inputs_from_record, inputs_record
from kpi_rules.records.results import payroll_from_record, payroll_record
from sheets_sync.building.payroll_tab import SealMark, payroll_tab
from templates.loading import texts
from tests.golden.cases.base import card, leads

SEAL = SealMark(1, "abcd", "key")


def with_vat(word):
    books = leads()
    rows = settings_of()
    return books.with_rows("settings", [*rows, ["Суммы продаж", word]])


def settings_of():
    return [["Начало рабочего дня", 9 / 24], ["Конец рабочего дня", 0.75], ["День зарплаты", 10],
            ["Рабочих дней на дозаполнение", 3], ["Язык", "русский"]]  # fmt: skip


def inputs_of(build, **settings):
    inputs = build.inputs(
        [build.manager()], [build.plan()], build.sales(deals=2, revenue=300_000, leads=8), build.marks()
    )
    return replace(inputs, settings=replace(inputs.settings, **settings))


def printed(inputs, build):
    results = build.decide(inputs)
    salary = Salary("M01", inputs.month, 300_000_00, 200_000_00, approved=True)
    payroll, _ = pay(results, inputs, [salary], [])
    again = payroll_from_record(payroll_record(payroll))
    assert again == payroll
    tab = payroll_tab(again, texts("ru"), "Алатау", SEAL)
    return payroll, [cell.value for row in tab.wanted.rows for cell in row if isinstance(cell.value, str)]


@pytest.mark.parametrize(
    ("vat", "said"),
    [("included", "Суммы продаж внесены с НДС."), ("excluded", "Суммы продаж внесены без НДС.")],
)
def test_it_is_sealed_and_printed_and_changes_no_figure(build, vat, said):
    plain, words = printed(inputs_of(build), build)
    assert not any("НДС" in word for word in words)
    inputs = inputs_of(build, vat=vat)
    payroll, words = printed(inputs, build)
    assert said in words
    assert payroll.lines == plain.lines
    assert inputs_record(inputs)["settings"]["vat"] == vat
    assert inputs_from_record(inputs_record(inputs)).settings.vat == vat
    assert "vat" not in inputs_record(inputs_of(build))["settings"]


@pytest.mark.parametrize("word", ["с НДС", "без НДС", "С  ндс"])
def test_a_word_of_the_tab_is_read(word):
    results = with_vat(word).decided()
    assert not [problem for problem in results.problems if problem.place.tab == "settings"]
    assert card(results, "M1").score_percent == 94


def test_another_word_is_told_with_what_may_stand_there():
    (problem,) = [each for each in with_vat("12 %").decided().problems if each.place.tab == "settings"]
    assert (problem.code, problem.params["expected"]) == ("setting_word", "с НДС, без НДС")
