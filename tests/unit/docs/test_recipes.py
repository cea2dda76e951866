"""The recipes of CONTRIBUTING.md are true: what they name is there, and following them gives what they promise."""

import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from kpi_rules.rulebook.versions import in_force
from sheets_emulator.requests import batch
from sheets_emulator.wire.errors import ApiError
from sheets_sync.building import blueprints, output_designs
from templates import loading

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
RECIPES = {
    part.partition("\n")[0].strip(): part.partition("\n")[2]
    for part in TEXT.partition("## Recipes")[2].split("\n### ")[1:]
}
FILES_MAX = {
    "A measure": 5,
    "A policy": 3,
    "A template": 5,
    "An output tab": 5,
    "A payroll column": 4,
    "A column or a tab that people fill": 3,
    "An option": 5,
    "A close step": 4,
    "A command": 4,
    "A channel for letters": 4,
    "A request kind of the emulator": 5,
}
"""In how many files the product may change for each (tests and documents not counted)."""
PATH = re.compile(r"`((?:[a-z_0-9]+/)+(?:[A-Za-z_0-9.]+\.[a-z]+)?|[A-Z]+\.md)`")
NAMED = re.compile(r"`([\w./]+\.\w+)`\s+\(`([^`]+)`\)")


def test_every_recipe_has_its_bound():
    assert RECIPES.keys() == FILES_MAX.keys()


@pytest.mark.parametrize("path", sorted(set(PATH.findall(TEXT)) - {"templates/shop/"}))
def test_every_file_and_folder_that_is_named_is_there(path):
    assert (ROOT / path).exists()


@pytest.mark.parametrize(("file", "name"), sorted(set(NAMED.findall(TEXT))))
def test_every_name_stands_in_its_file(file, name):
    assert re.search(rf"(?<!\w){re.escape(name)}(?!\w)", (ROOT / file).read_text(encoding="utf-8"))


@pytest.mark.parametrize(("recipe", "most"), FILES_MAX.items())
def test_a_recipe_changes_few_files(recipe, most):
    changed = {path for path in PATH.findall(RECIPES[recipe]) if not path.startswith(("tests/", "docs/"))}
    assert 0 < len({path for path in changed if not path.endswith("/")}) <= most


# ---- the recipes, followed
@pytest.fixture
def checkout(tmp_path):
    """A copy of the templates, to add to."""
    shutil.copytree(
        ROOT / "templates", tmp_path / "templates", ignore=shutil.ignore_patterns("*.py", "__pycache__")
    )
    with loading.templates_at(tmp_path / "templates"):
        yield tmp_path / "templates"


def write(path, text):
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_an_option_is_a_word_on_what_comes_with_it_and_its_names(checkout):
    workbook = checkout / "b2b" / "workbook.toml"
    text = workbook.read_text(encoding="utf-8")
    place = next(line for line in text.splitlines() if 'key = "week_days"' in line)
    column = '    { key = "region", kind = "text", option = "regions" },'
    write(workbook, text.replace(place, f"{place}\n{column}"))
    names = checkout / "texts" / "names.options.toml"
    words = '{ ru = "Регион", kk = "Аймақ", en = "Region" }'
    more = f"\n[option]\nregions = {words}\n"
    found = names.read_text(encoding="utf-8").replace("\n[option]\n", more, 1)
    write(names, f"{found}\n[header.staff]\nregion = {words}\n")
    for template in loading.names():
        assert "regions" in loading.options_of(template)
        simple, asked = (loading.layout(template, "kk", options=more) for more in ((), ("regions",)))
        assert not simple.workbook.tab("staff").has("region")
        assert asked.workbook.tab("staff").column("region").header == "Аймақ"


def test_a_template_is_a_folder_of_data(checkout):
    names = '[header.deals]\nnumber = { ru = "Чек №", kk = "Чек №", en = "Receipt no." }\n'
    write(checkout / "shop/workbook.toml", 'like = "b2b"\n')
    write(checkout / "shop/payroll.toml", 'like = "b2b"\n')
    write(checkout / "shop/names.toml", names)
    rules = (checkout / "b2b/rulebook.toml").read_text(encoding="utf-8")
    write(checkout / "shop/rulebook.toml", rules.replace('name = "b2b"', 'name = "shop"'))
    assert "shop" in loading.names()
    for language, header in (("ru", "Чек №"), ("kk", "Чек №"), ("en", "Receipt no.")):
        template = loading.load("shop", language)
        [deals] = [tab for tab in template.layout.workbook.tabs if tab.key == "deals"]
        assert deals.columns[0].header == header
        assert in_force([template.rulebook], template.rulebook.from_month).name == "shop"
        assert blueprints.blueprints(template.layout.workbook, template.texts, template.rulebook)


TAB = """
[[tab]]
key = "league"
kind = "output"
editors = "system"
color = "#2f6f4f"
frozen_rows = 0

[[tab]]
key = "problems"
"""


def test_an_output_tab_is_declared_named_and_designed(checkout, monkeypatch):
    workbook, names = checkout / "b2b/workbook.toml", checkout / "texts/names.outputs.toml"
    write(workbook, workbook.read_text(encoding="utf-8").replace('\n[[tab]]\nkey = "problems"\n', TAB, 1))
    title = 'league = { ru = "Лига", kk = "Лига", en = "League" }\nscoreboard = '
    write(names, names.read_text(encoding="utf-8").replace("scoreboard = ", title, 1))
    league = output_designs.FUNNEL
    monkeypatch.setattr(blueprints, "DESIGNS", {**output_designs.DESIGNS, "league": league})
    for template in ("b2b", "b2c"):
        loaded = loading.load(template, "en")
        plans = {plan.key: plan for plan in blueprints.blueprints(loaded.layout.workbook, loaded.texts)}
        assert plans["league"].title == "League"
        assert plans["league"].wanted.columns == league.columns


def test_every_close_step_has_its_sentence_and_stands_where_the_recipe_says():
    source = (ROOT / "operations/months/close_steps.py").read_text(encoding="utf-8")
    steps = set(re.findall(r'run\.record\(\s*"(\w+)"', source))
    assert steps == set(re.findall(r'run\.evidence\(\s*"(\w+)"', source))
    for language in loading.languages():
        assert {step for step in steps if f"close.step_{step}" not in loading.texts(language)} == set()
    crashes = (ROOT / "tests/faults/test_close_crashes.py").read_text(encoding="utf-8")
    listed = re.search(r"^STEPS = \((.*?)\)", crashes, re.MULTILINE | re.DOTALL)
    assert set(re.findall(r'"(\w+)"', listed[1])) == steps
    close = (ROOT / "docs/architecture.md").read_text(encoding="utf-8").partition("## One close")[2]
    assert {step for step in steps if f"`{step}`" not in close.partition("\n## ")[0]} == set()


def test_sending_knows_no_channel_by_name():
    files = {path.stem for path in (ROOT / "operations/letters").glob("*.py")}
    named = files - {"__init__", "channels", "letter", "sending"}
    assert {"smtp", "drive"} <= named
    sending = (ROOT / "operations/letters/sending.py").read_text(encoding="utf-8")
    assert not re.search("|".join(named), sending, re.IGNORECASE)


def test_a_request_kind_is_a_function_entered_under_its_name(monkeypatch):
    kind = min(batch.BATCH_KINDS - batch.EMULATED.keys())
    editing = SimpleNamespace(seen=[])
    with pytest.raises(ApiError, match="not emulated"):
        batch.run_batch(editing, [{kind: {"id": 1}}])
    monkeypatch.setitem(batch.EMULATED, kind, lambda editing, body: editing.seen.append(body))
    batch.run_batch(editing, [{kind: {"id": 1}}])
    assert editing.seen == [{"id": 1}]
