"""The templates as a client gets them."""

from fractions import Fraction

import pytest

from sheets_sync.layout import Editors, Kind
from templates import loading

SPEC_HEADERS = {
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


def test_the_b2b_input_tabs_have_exactly_the_headers_that_the_client_was_promised():
    layout = loading.layout("b2b", "ru")
    present = {
        tab.key: " · ".join(column.header for column in tab.columns)
        for book in (layout.workbook, layout.payroll)
        for tab in book.inputs()
    }
    assert present == SPEC_HEADERS


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


@pytest.mark.parametrize("call", [lambda: loading.layout("b9z"), lambda: loading.texts("xx")])
def test_an_unknown_template_or_language_is_refused(call):
    with pytest.raises(ValueError, match=r"there (is|are) no"):
        call()


def test_a_text_key_in_two_files_is_refused(tmp_path, monkeypatch):
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "ru.toml").write_text('[tab]\nplan = "План"\n', encoding="utf-8")
    (folder / "ru.tabs.toml").write_text('tab.plan = "Планы"\n', encoding="utf-8")
    monkeypatch.setattr(loading, "_ROOT", tmp_path)
    with pytest.raises(ValueError, match=r"tab\.plan stands in two files"):
        loading.texts.__wrapped__("ru")
