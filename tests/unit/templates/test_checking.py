"""A template that contradicts itself is refused in one sentence, before anything is made of it."""

import shutil
from pathlib import Path

import pytest

from operations.files.templates import export_template
from operations.world.telling import refused_template
from templates import loading
from templates.checking import SENTENCES, TemplateError

TEMPLATES = Path(loading.__file__).parent
LANGUAGES = ("ru", "kk", "en")
VISITORS = '{ key = "visitors", kind = "integer", width_px = 110, counts = "leads", needed = true },'
RECEIPTS = '{ key = "receipts", kind = "integer", width_px = 90, counts = "deals", needed = true },'
REVENUE = '{ key = "revenue_tiyn", kind = "money", width_px = 130, signed = true, counts = "revenue", needed = true },'
DISPLAY = '{ key = "display", kind = "choice", choices = "mark", width_px = 110 },'
CONVERSION = 'measure = "conversion"'

BROKEN = {
    "tab_twice": ("workbook", 'key = "discipline"', 'key = "plan"'),
    "column_twice": ("workbook", RECEIPTS, f"{RECEIPTS} {RECEIPTS}"),
    "facts_missing": ("workbook", 'grain = "day"\n', ""),
    "marks_missing": ("workbook", 'grain = "marks"\n', ""),
    "column_missing": ("workbook", '{ key = "on", kind = "date"', '{ key = "on", kind = "text"'),
    "kind_of_facts": ("workbook", VISITORS, '{ key = "visitors", kind = "time" },'),
    "count_unknown": ("workbook", 'counts = "leads"', 'counts = "passers_by"'),
    "count_twice": ("workbook", 'counts = "leads"', 'counts = "deals"'),
    "count_missing": ("workbook", 'counts = "leads", ', ""),
    "count_of_text": ("workbook", VISITORS, '{ key = "visitors", kind = "text", counts = "leads" },'),
    "weight_missing": ("workbook", 'counts = "cost"', 'counts = "response"'),
    "beside_unknown": ("workbook", 'needed_beside = "revenue_tiyn"', 'needed_beside = "code"'),
    "mark_unknown": ("workbook", DISPLAY, DISPLAY.replace(" },", ', counts = "revenue" },')),
    "grain_differs": ("rulebook", 'inputs = "reports"', 'inputs = "deals"'),
    "measure_unknown": ("rulebook", CONVERSION, 'measure = "smiles"'),
    "measure_not_computed": ("rulebook", CONVERSION, 'measure = "repeat_share"'),
    "target_missing": ("workbook", '"repeat_fraction"]', '"conversion_fraction"]'),
    "word_missing": ("names", 'visitors = { ru = "Посетителей", kk = "Келушілер", en = "Visitors" }\n', ""),
    "rules_refused": ("rulebook", "weight_percent = 40", "weight_percent = 41"),
}


@pytest.fixture
def broken(tmp_path):
    shutil.copytree(TEMPLATES, tmp_path / "templates", ignore=shutil.ignore_patterns("__pycache__", "*.py"))

    def change(code):
        name, old, new = BROKEN[code]
        file = tmp_path / "templates" / "retail" / f"{name}.toml"
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
        return tmp_path / "templates"

    return change


def test_every_refusal_is_tried():
    assert BROKEN.keys() == SENTENCES.keys()


@pytest.mark.parametrize("code", BROKEN)
def test_a_template_that_contradicts_itself_is_refused_and_nothing_is_written(broken, code, tmp_path):
    file = tmp_path / "kpi.xlsx"
    with loading.templates_at(broken(code)), pytest.raises(TemplateError) as refused:
        export_template("retail", file)
    assert (refused.value.code, refused.value.template) == (code, "retail")
    assert not file.exists()
    what, fix = refused_template(refused.value)
    assert "retail" in what
    assert "templates/retail" in fix


@pytest.mark.parametrize(
    ("name", "old", "word"),
    [
        ("names", 'shop_days = { ru = "Магазины по дням"', "tab.shop_days"),
        ("workbook", 'choices = "mark"', "choice.smile"),
        ("names", "«{tab.staff}»", "tab.stuff"),
    ],
)
def test_each_missing_word_is_named(tmp_path, name, old, word):
    """A tab's title, a dropdown's words, and what a sentence names."""
    shutil.copytree(TEMPLATES, tmp_path / "templates", ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    file = tmp_path / "templates" / "retail" / f"{name}.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    spoilt = {"tab.shop_days": old.replace("shop_days", "shop_nights"), "choice.smile": 'choices = "smile"'}
    file.write_text(text.replace(old, spoilt.get(word, "«{tab.stuff}»"), 1), encoding="utf-8")
    with loading.templates_at(tmp_path / "templates"), pytest.raises(TemplateError) as refused:
        loading.load("retail")
    assert (refused.value.code, refused.value.params) == ("word_missing", {"word": word, "language": "ru"})


def test_another_template_does_not_suffer(broken):
    with loading.templates_at(broken("column_twice")):
        assert loading.load("b2c").layout.template == "b2c"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_is_said_in_every_language(language):
    words = loading.texts(language)
    assert [code for code in SENTENCES if f"template_refused.{code}" not in words] == []


def test_what_is_no_refusal_of_a_template_is_told_elsewhere():
    assert refused_template(ValueError("something")) is None
