"""The templates as a client gets them."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from kpi_rules.facts.kinds import Kind
from kpi_rules.measures.catalogue import MEASURES
from kpi_rules.measures.grains import Grain
from sheets_sync.schema.layout import Editors
from templates import loading

PROMISED_HEADERS = {
    "staff": "Код · ФИО · E-mail · Роль · Принят · Уволен · График",
    "plan": "Месяц · Код · План выручки, ₸ · Конверсия, % · Средний чек, ₸ · Лиды · Норма ответа, мин"
    " · Повторные, % · Маржа, %",
    "deals": "№ · Поступил · Менеджер · Клиент · Источник · Первый ответ · Статус · Сумма, ₸ · Себестоимость, ₸"
    " · Оплачено · Повторный · Причина отказа · Комментарий",
    "discipline": "Дата · Менеджер · CRM заполнена · Статусы актуальны · Комментарии · Скрипт · Присутствие"
    " · Отчёт сдан · Планёрка",
    "absences": "Менеджер · С · По",
    "settings": "Настройка · Значение",
    "objections": "№ · Месяц · Менеджер · Что не так · Ответ РОПа · Решено",
    "rules": "Действуют с · Роль · KPI · Группа · Показатель · Оценка · Вес, % · Предел, % · База · Норма"
    " · Если неприменимо · Действуют с · От, % · Ступень · Доля переменной, %",
    "months": "Месяц · План утверждён · Закрыть",
    "decisions": "Месяц · Код · KPI или строка · Решение · Основание · Утверждено",
    "salaries": "Код · Действует с · Оклад, ₸ · Переменная часть при 100 %, ₸ · Утверждено",
    "corrections": "№ · За месяц · Код · Сумма, ₸ · Основание · Утверждено",
}


def test_the_b2b_input_tabs_of_the_first_layout_have_exactly_the_headers_that_the_client_was_promised():
    layout = loading.layout("b2b", "ru", number=1)
    present = {
        tab.key: " · ".join(column.header for column in tab.columns)
        for book in (layout.workbook, layout.payroll)
        for tab in book.inputs()
    }
    assert present == PROMISED_HEADERS


def test_the_b2c_workbook_has_reports_in_place_of_deals_and_is_the_same_otherwise():
    b2b, b2c = loading.layout("b2b"), loading.layout("b2c")
    keys = [tab.key for tab in b2b.workbook.tabs]
    assert [tab.key for tab in b2c.workbook.tabs] == ["reports" if key == "deals" else key for key in keys]
    assert " · ".join(column.header for column in b2c.workbook.tab("reports").columns) == (
        "Дата · Менеджер · Поступило лидов · Обработано лидов · Сделок · Выручка, ₸ · Себестоимость, ₸"
        " · Повторных сделок · Среднее время ответа, мин"
    )
    same = set(keys) - {"deals"}
    offered = b2c.workbook.tab("rules").column("measure").choices
    shown = [
        {key: without_measures_of_leads(layout.workbook.tab(key), offered) for key in same}
        for layout in (b2b, b2c)
    ]
    assert shown[0] == shown[1]
    # Reports do not tell how well rows of leads are filled in.
    assert ["crm_filled" in str(layout.workbook.tab("rules").columns) for layout in (b2b, b2c)] == [
        True,
        False,
    ]
    headers = [[column.header for column in tab.columns] for tab in b2c.payroll.tabs]
    assert headers == [[column.header for column in tab.columns] for tab in b2b.payroll.tabs]


def without_measures_of_leads(tab, offered):
    """The tab as if its dropdowns of measures offered those alone that days tell too."""
    columns = [
        replace(
            column,
            choices={
                key: word for key, word in column.choices.items() if key in offered or key not in MEASURES
            },
        )
        if column.choices
        else column
        for column in tab.columns
    ]
    return replace(tab, columns=tuple(columns), absent_columns=())


def test_the_words_of_a_b2c_client_never_send_him_to_the_tab_of_deals():
    """Except headers, notes and problems of that tab and of its options, which he never reads."""
    phrases = loading.texts("ru", "b2c").phrases
    of_deals = (
        "note.deals.",
        "problem.deal_",
        "note.payments.",
        "problem.payment_",
        "problem.payments_",
        "problem.paid_on_beside_payments",
        "note.rules.only_where",
        "tabs.guide.s1.payments",
    )
    read = {key: phrase for key, phrase in phrases.items() if not key.startswith(of_deals)}
    found = {key for key, phrase in read.items() if "«Сделк" in phrase and "статус «Сделка»" not in phrase}
    assert found == set()
    assert loading.texts("ru").phrases["tabs.guide.s1.l1.what"] == "Сделки"
    assert phrases["tabs.guide.s1.l1.what"] == "Отчёты"


def test_only_the_owner_edits_a_cell_of_approval():
    payroll = loading.layout().payroll
    editors = {tab.key: tab.column("approved").editors for tab in payroll.tabs if tab.key != "months"}
    assert editors == dict.fromkeys(("decisions", "salaries", "corrections"), Editors.OWNER)


def test_column_keys_are_unique_within_their_tab():
    layout = loading.layout()
    for tab in (*layout.workbook.tabs, *layout.payroll.tabs):
        keys = [column.key for column in tab.columns]
        assert len(keys) == len(set(keys)), tab.key


def test_every_choice_has_words():
    layout = loading.layout()
    for tab in (*layout.workbook.tabs, *layout.payroll.tabs):
        for column in tab.columns:
            assert column.choices or column.kind is not Kind.CHOICE, (tab.key, column.key)


def card(kpis):
    return [(kpi.id, kpi.group, kpi.weight_percent) for kpi in kpis]


def test_the_b2b_rulebook_pays_40_20_20_20_and_bands_at_80_and_70():
    rulebook = loading.load("b2b").rulebook
    assert card(rulebook.kpis) == [
        ("plan_completion", "result", 40),
        ("conversion", "process", 20),
        ("average_deal", "process", 20),
        ("discipline", "discipline", 20),
    ]
    assert card(rulebook.head_kpis) == [
        ("plan_completion", "result", 40),
        ("conversion", "process", 20),
        ("response_minutes", "process", 20),
        ("discipline", "discipline", 20),
    ]
    assert [(band.id, band.from_percent, band.coefficient) for band in rulebook.bands] == [
        ("full", 80, 1),
        ("reduced", 70, Fraction(1, 2)),
        ("base", 0, 0),
    ]
    assert str(rulebook) == "b2b 2026-01"


def test_the_b2c_rulebook_pays_40_15_15_10_20_and_the_heads_card_is_that_of_b2b():
    rulebook, b2b = loading.load("b2c").rulebook, loading.load("b2b").rulebook
    assert [(*line, kpi.scoring) for line, kpi in zip(card(rulebook.kpis), rulebook.kpis, strict=True)] == [
        ("plan_completion", "result", 40, "ratio"),
        ("conversion", "process", 15, "ratio"),
        ("response_minutes", "process", 15, "inverse"),
        ("repeat_share", "process", 10, "ratio"),
        ("discipline", "discipline", 20, "share"),
    ]
    assert (rulebook.head_kpis, rulebook.bands, rulebook.policies) == (b2b.head_kpis, b2b.bands, b2b.policies)
    assert (str(rulebook), rulebook.grain, b2b.grain) == ("b2c 2026-01", Grain.DAY, Grain.LEAD)


def test_all_templates_are_named():
    folders = [file.parent.name for file in Path("templates").glob("*/rulebook.toml")]
    assert loading.names() == tuple(sorted(folders))
    assert {"b2b", "b2c", "retail"} <= set(folders)


@pytest.mark.parametrize("call", [lambda: loading.layout("b9z"), lambda: loading.texts("xx")])
def test_an_unknown_template_or_language_is_refused(call):
    with pytest.raises(ValueError, match=r"there (is|are) no"):
        call()


def test_a_text_key_in_two_files_is_refused(tmp_path):
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "ru.toml").write_text('[tab]\nplan = "План"\n', encoding="utf-8")
    (folder / "ru.tabs.toml").write_text('tab.plan = "Планы"\n', encoding="utf-8")
    with loading.templates_at(tmp_path), pytest.raises(ValueError, match=r"tab\.plan stands in two files"):
        loading.sentences("ru")
