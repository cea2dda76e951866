"""Sentences on the scorecard, word for word, and checked against a recount from the same facts."""

from dataclasses import replace
from fractions import Fraction

import pytest

from kpi_rules.cards.next_band import missing_to_next_band
from kpi_rules.cards.scoring import score_kpi, spread_weights, total_score
from kpi_rules.measures.facts import Fact, State
from kpi_rules.words.rule_changes import differences
from kpi_rules.words.sentences import kpi_sentence, total_sentence
from templates.loading import texts

TEXTS = texts("ru")


def plain(sentence):
    return sentence.replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture
def card(build):
    """28 + 16 + 18 2/3 + 16 = 78 2/3: the second worked case."""
    rows = build.sales(deals=25, revenue=3_500_000, leads=125)
    inputs = build.inputs([build.manager()], [build.plan()], rows, build.marks(yes=16))
    return build.card(build.decide(inputs))


def test_each_kpi_says_fact_plan_formula_weight_and_points(card):
    assert [plain(kpi_sentence(kpi, card, TEXTS)) for kpi in card.kpis] == [
        "Выручка: 3 500 000 ₸ при плане 5 000 000 ₸ — выполнено 70 %. Баллы: вес 40 × 70 % = 28.",
        "Конверсия в сделку: 20 % при плане 25 % — выполнено 80 %. Баллы: вес 20 × 80 % = 16.",
        "Средний чек: 140 000 ₸ при плане 150 000 ₸ — выполнено 93,3 %. Баллы: вес 20 × 93,3 % = 18,67.",
        "Дисциплина и CRM, доля «да»: 80 % — засчитано 80 %. Баллы: вес 20 × 80 % = 16.",
    ]


def test_the_total_says_band_share_and_what_is_missing(card):
    # 79.5 − 78 2/3 = 5/6 point; of 40 points for 5 000 000 ₸ that is 104 166.67 ₸, one deal of 140 000 ₸.
    assert plain(total_sentence(card, TEXTS)) == (
        "Итого баллов: 78,67, округлённо 79 %: ступень «сниженная», переменная часть — 50 %. До ступени «полная» "
        "не хватает: ещё 1 сделка с нынешним средним чеком или 104 167 ₸ выручки."
    )


def test_the_missing_revenue_is_enough_and_a_tenge_less_is_not(card):
    missing = missing_to_next_band(card)

    def score_with(revenue):
        results = [
            score_kpi(
                kpi.kpi,
                Fact(State.SCORED, revenue if kpi.kpi.id == missing.kpi.kpi.id else kpi.fact),
                kpi.target,
            )
            for kpi in card.kpis
        ]
        return total_score(spread_weights(results))

    assert score_with(missing.needed) >= Fraction("79.5")
    assert score_with(missing.needed - 100) < Fraction("79.5")


def test_what_does_not_apply_says_why_and_where_its_weight_went(build):
    inputs = build.inputs(
        [build.manager()], [build.plan(leads=0)], build.sales(deals=16, revenue=2_400_000), build.marks()
    )
    card = build.card(build.decide(inputs))
    said = [plain(kpi_sentence(kpi, card, TEXTS)) for kpi in card.kpis]
    assert said[1] == "Неприменимо: лидов не поступало. Вес распределён между остальными показателями."
    assert said[2].endswith("Баллы: вес 25 (свой 20 и часть веса неприменимых показателей) × 100 % = 25.")


def test_no_plan_and_too_early_are_said_in_words(build):
    inputs = build.inputs([build.manager()], [], build.sales(deals=1, revenue=1, leads=1), build.marks())
    assert total_sentence(build.card(build.decide(inputs)), TEXTS) == "Оценки нет: нет плана выручки."


def test_one_kpi_can_not_always_close_the_gap(card):
    far = replace(card, score=Fraction(1), next_band=replace(card.next_band, from_percent=80))
    assert missing_to_next_band(far).kpi is None
    assert "одним показателем" in total_sentence(far, TEXTS)


def test_the_difference_of_two_versions_is_told_in_words(build):
    old = build.rulebook()
    kpis = [dict(form) for form in build.b2b_form["kpis"]]
    kpis[0]["weight_percent"], kpis[1]["weight_percent"] = 30, 30
    bands = [dict(form) for form in build.b2b_form["bands"]]
    bands[0]["from_percent"], bands[1]["coefficient_percent"] = 85, 40
    new = build.rulebook(kpis=kpis, bands=bands, policies={"min_leads": 5})
    assert differences(old, old, TEXTS) == []
    assert differences(old, new, TEXTS) == [
        "менеджеры, «Выручка»: вес 40 → 30 %",
        "менеджеры, «Конверсия в сделку»: вес 20 → 30 %",
        "ступень «полная»: от 80 → от 85 %",
        "ступень «сниженная»: доля переменной 50 → 40 %",
        "наименьшее число лидов для оценки: 1 → 5",
    ]
