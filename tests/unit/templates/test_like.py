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
OWN = """
[[tab]]
replaces = "discipline"
key = "discipline"
kind = "input"
grain = "marks"
editors = "head"
columns = [
    { key = "on", kind = "date" },
    { key = "code", kind = "employee" },
    { key = "crm", kind = "choice", choices = "mark", counts = "discipline" },
    { key = "smile", kind = "choice", choices = "mark", since = NUMBER },
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


def test_a_layout_may_be_named_by_another_template_and_not_by_none(folder):
    shop = OWN.replace("NUMBER", str(NEXT + 1))
    told = f"shop names the layout {NEXT + 1}, and nothing names the layout {NEXT}"
    with (
        loading.templates_at(with_shop(folder, "b2b", shop, NAMES)),
        pytest.raises(ValueError, match=told),
    ):
        loading.load("shop")
    with (folder / "retail" / "workbook.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[[tab]]\nreplaces = "absences"\nkey = "absences"\nsince = {NEXT}\n')
    with loading.templates_at(folder):
        assert [loading.newest_layout(name) for name in ("shop", "retail", "b2b")] == [
            NEXT + 1,
            NEXT,
            PRESENT,
        ]


def test_it_has_the_layouts_of_the_one_that_it_is_like(tmp_path):
    folder = next_templates(tmp_path / "templates")
    more = OWN.replace("NUMBER", str(PRESENT))
    with loading.templates_at(with_shop(folder, "b2b", more, NAMES)):
        assert loading.newest_layout("shop") == NEXT
        absent = loading.load("shop", layout=PRESENT).layout.workbook.absent_tabs
        assert [tab.key for tab in absent if not tab.option] == ["visits"]
        assert marks(NEXT)[-1] == "smile"
