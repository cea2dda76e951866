"""A rulebook comes back from the tab and from its file as it was: every weight, cap, base, norm, band and policy."""

import tomllib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_rules.records.rulebooks import rulebook_from_record, rulebook_record
from kpi_rules.rulebook.drafts import rulebook_toml
from kpi_rules.rulebook.input_words import INPUTS
from kpi_rules.rulebook.versions import load
from kpi_rules.time.settings import Settings
from kpi_rules.words.rule_changes import differences
from sheets_sync.building.entry_tabs import rule_rows, setting_rows
from sheets_sync.reading.books import parse_workbook
from sheets_sync.reading.cells import RawBook
from templates.loading import load as load_template
from templates.loading import texts
from tests.strategies.rulebooks import rulebooks

LANGUAGES = ("ru", "kk", "en")
TEMPLATES = {language: load_template("b2b", language) for language in LANGUAGES}
both = st.sampled_from(["deals", "reports"]).flatmap(rulebooks)


def read_back(template, *versions):
    """Render versions as the cells of «Правила», and read them as any workbook is read."""
    book = template.layout.workbook
    cells = {tab.key: [[column.header for column in tab.columns]] for tab in book.inputs()}
    for rulebook in versions:
        cells["rules"] += [[cell.value for cell in row] for row in rule_rows(book.tab("rules"), rulebook)]
    written = setting_rows(book.tab("settings"), Settings(), template.texts)
    cells["settings"] += [[cell.value for cell in row] for row in written]
    found = parse_workbook(RawBook(cells), book, versions[0])
    problems = [problem for problem in found.problems if problem.place.tab == "rules"]
    return found.inputs.rulebooks, problems


@settings(max_examples=60)
@given(both, st.sampled_from(LANGUAGES))
def test_a_rulebook_comes_back_from_the_cells_of_its_tab(form, language):
    rulebook = load(form)
    assert read_back(TEMPLATES[language], rulebook) == ((rulebook,), [])


@settings(max_examples=30)
@given(both, both)
def test_two_versions_come_back_each_from_its_month(first, second):
    old = load(first)
    new = load(
        {**second, "name": old.name, "inputs": INPUTS[old.grain], "from_month": "2026-11", "policies": {}}
    )
    new = replace(new, policies=old.policies)
    assert read_back(TEMPLATES["ru"], old, new) == ((old, new), [])


@settings(max_examples=60)
@given(both)
def test_a_rulebook_comes_back_from_its_file_and_its_record(form):
    rulebook = load(form)
    assert load(tomllib.loads(rulebook_toml(rulebook))) == rulebook
    # What is frozen says every policy; what a record leaves out has its oldest meaning.
    frozen = rulebook.at(rulebook.from_month)
    assert rulebook_from_record(rulebook_record(frozen)) == frozen


@pytest.mark.parametrize("name", ["b2b", "b2c"])
def test_the_built_in_rules_come_back_too(name):
    rulebook = load_template(name).rulebook
    assert load(tomllib.loads(rulebook_toml(rulebook))) == rulebook
    assert read_back(load_template(name), rulebook) == ((rulebook,), [])


def by_name(rulebook):
    """All that a version says; the order of its rows says nothing."""
    named = [
        {item.id: item for item in items} for items in (rulebook.kpis, rulebook.head_kpis, rulebook.bands)
    ]
    return named, rulebook.policies, rulebook.grain


@settings(max_examples=60)
@given(both, both, st.sampled_from(LANGUAGES))
def test_versions_differ_in_words_exactly_where_they_differ(first, second, language):
    old, new = load(first), load(second)
    assert differences(old, old, texts(language)) == []
    told = differences(old, new, texts(language))
    assert (told == []) == (by_name(old) == by_name(new))
    assert all(sentence and "{" not in sentence for sentence in told)
