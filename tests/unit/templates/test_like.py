"""A template that is `like` another one: it takes its tabs and its words, and its layouts go on from there."""

import shutil

import pytest

from operations.files.templates import export_template
from templates import loading
from tests.next_layout import NEXT, PRESENT, next_templates

LANGUAGES = ("ru", "kk", "en")


def with_shop(folder, like, more="", names=None):
    """Add the template «shop» to a folder of templates: `like` another one, with more of its own."""
    shop = folder / "shop"
    shop.mkdir(parents=True)
    (shop / "workbook.toml").write_text(f'like = "{like}"\n{more}', encoding="utf-8")
    (shop / "payroll.toml").write_text(f'like = "{like}"\n', encoding="utf-8")
    shutil.copy(folder / like / "rulebook.toml", shop)
    if names:
        (shop / "names.toml").write_text(names, encoding="utf-8")
    return folder


@pytest.fixture
def folder(tmp_path):
    ignored = shutil.ignore_patterns("*.py", "__pycache__")
    shutil.copytree("templates", tmp_path / "templates", ignore=ignored)
    return tmp_path / "templates"


# ---- words
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("like", ["b2c", "retail"])
def test_the_words_follow_as_the_tabs_do(folder, like, language, tmp_path):
    with loading.templates_at(with_shop(folder, like)):
        shop, parent = loading.load("shop", language), loading.load(like, language)
        assert shop.layout.workbook == parent.layout.workbook
        assert shop.layout.payroll == parent.layout.payroll
        assert shop.texts == parent.texts
        export_template("shop", tmp_path / "shop.xlsx", language=language)
        assert (tmp_path / "shop.xlsx").is_file()


def test_its_own_words_stand_before_those_of_the_other_one(folder):
    names = '[header.reports]\ndeals = { ru = "Заказов", kk = "Тапсырыс", en = "Orders" }\n'
    with loading.templates_at(with_shop(folder, "b2c", names=names)):
        headers = [
            loading.layout(name).workbook.tab("reports").column("deals").header for name in ("shop", "b2c")
        ]
        assert headers == ["Заказов", "Сделок"]
        assert loading.layout("shop").workbook.tab("reports").column("on").header == "Дата"


# ---- layouts
OWN = f"""layout = {NEXT}

[[tab]]
replaces = "discipline"
key = "discipline"
kind = "input"
grain = "marks"
editors = "head"
columns = [
    {{ key = "on", kind = "date" }},
    {{ key = "code", kind = "employee" }},
    {{ key = "crm", kind = "choice", choices = "mark", counts = "discipline" }},
    {{ key = "smile", kind = "choice", choices = "mark", since = NUMBER }},
]
"""
NAMES = """[header.discipline]
crm = { ru = "CRM", kk = "CRM", en = "CRM" }
smile = { ru = "Улыбка", kk = "Күлкі", en = "Smile" }
"""


def marks(number=None):
    return [
        column.key for column in loading.load("shop", layout=number).layout.workbook.tab("discipline").columns
    ]


def test_it_may_have_a_layout_after_the_other_ones(folder):
    with loading.templates_at(with_shop(folder, "b2b", OWN.replace("NUMBER", str(NEXT)), NAMES)):
        assert [loading.newest_layout(name) for name in ("shop", "b2b")] == [NEXT, PRESENT]
        assert (marks(PRESENT), marks(), marks(NEXT)) == (
            ["on", "code", "crm"],
            ["on", "code", "crm", "smile"],
            ["on", "code", "crm", "smile"],
        )
        with pytest.raises(loading.NewerLayoutError):
            loading.load("b2b", layout=NEXT)


def test_nothing_of_it_may_name_a_layout_after_its_newest(folder):
    with (
        loading.templates_at(with_shop(folder, "b2b", OWN.replace("NUMBER", str(NEXT + 1)), NAMES)),
        pytest.raises(ValueError, match=f"smile names a layout after the newest, {NEXT}"),
    ):
        loading.load("shop")


def test_a_layout_of_its_own_below_the_other_ones_is_not_its_newest(tmp_path):
    folder = next_templates(tmp_path / "templates")
    more = OWN.replace(f"layout = {NEXT}", f"layout = {PRESENT}").replace("NUMBER", str(NEXT))
    with loading.templates_at(with_shop(folder, "b2b", more, NAMES)):
        assert loading.newest_layout("shop") == NEXT
        absent = loading.load("shop", layout=PRESENT).layout.workbook.absent_tabs
        assert [tab.key for tab in absent if not tab.option] == ["visits"]
        assert marks(NEXT)[-1] == "smile"
