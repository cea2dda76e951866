"""The texts of all languages say the same things: the same keys, blanks, names and plural forms."""

import string

import pytest
from babel import Locale

from templates import loading

LANGUAGES = ("ru", "kk", "en")
OTHERS = ("kk", "en")
TEMPLATES = ("", *loading.names())
FORMS = frozenset({"zero", "one", "two", "few", "many", "other"})


def forms(language):
    return {*Locale.parse(language).plural_form.tags, "other"}


def plural_stems(phrases):
    """Keys of phrases that come in plural forms: a table that has `other` and `one`."""
    stems = {key.rpartition(".")[0] for key in phrases if key.rpartition(".")[2] in FORMS}
    return {stem for stem in stems if f"{stem}.other" in phrases and f"{stem}.one" in phrases}


def without_forms(phrases):
    """Each phrase once, whatever its plural forms."""
    stems = plural_stems(phrases)
    return {key.rpartition(".")[0] if key.rpartition(".")[0] in stems else key for key in phrases}


def blanks(phrase):
    return {name for _text, name, _form, _conversion in string.Formatter().parse(phrase) if name}


def test_there_are_texts_in_russian_kazakh_and_english():
    assert set(loading.languages()) == set(LANGUAGES)


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_exists_in_every_language(language, template):
    russian, own = loading.sentences("ru", template), loading.sentences(language, template)
    missing = without_forms(russian) - without_forms(own)
    left_over = without_forms(own) - without_forms(russian)
    assert not missing, f"to be written in {language}: {sorted(missing)}"
    assert not left_over, f"no such sentence in Russian any more: {sorted(left_over)}"


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_asks_for_the_same_blanks_and_names_the_same_places(language, template):
    russian, own = loading.sentences("ru", template), loading.sentences(language, template)
    differing = {
        key: sorted(blanks(russian[key]) ^ blanks(own[key]))
        for key in russian.keys() & own.keys()
        if blanks(russian[key]) != blanks(own[key])
    }
    assert differing == {}


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_counted_words_have_exactly_the_plural_forms_of_their_language(language, template):
    phrases = loading.sentences(language, template)
    stems = plural_stems(phrases)
    assert "explain.deals" in stems
    for stem in stems:
        present = {key.rpartition(".")[2] for key in phrases if key.rpartition(".")[0] == stem}
        assert present == forms(language), stem
        asked = [blanks(phrases[f"{stem}.{form}"]) for form in present]
        assert asked == [asked[0]] * len(asked), stem


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_tab_or_header_is_named_by_its_key_never_by_its_words(language, template):
    """So that a sentence names what stands in the file, in whatever language that was deployed."""
    phrases = loading.sentences(language, template)
    names = {word for key, word in phrases.items() if key.startswith(("tab.", "header."))}
    quoted = {f"{opening}{name}{closing}" for name in names for opening, closing in ("«»", "“”")}
    assert [key for key, phrase in phrases.items() if any(name in phrase for name in quoted)] == []


@pytest.mark.parametrize("template", loading.names())
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_words_of_a_dropdown_or_of_a_tab_are_the_same(language, template):
    layout = loading.layout(template, language)
    for book in (layout.workbook, layout.payroll):
        titles = [tab.title for tab in book.tabs]
        assert len(titles) == len(set(titles))
        for tab in book.tabs:
            for column in tab.columns:
                words = list((column.choices or {}).values())
                assert len(words) == len(set(words)), (tab.key, column.key)
            for table in {column.table for column in tab.columns}:
                headers = [column.header for column in tab.columns if column.table == table]
                assert len(headers) == len(set(headers)), tab.key


def test_sentences_in_one_language_name_the_tabs_of_a_file_in_another():
    said = loading.texts("kk", "b2b", "ru")
    assert said("problem.no_head.fix") == "Рөлі «РОП» болатын басшыны жазыңыз."
    assert said("reason.bad_rows") == "қатесі бар жолдар бар, олар «Ошибки» парағында"
    assert said("tab.problems") == "Ошибки"
    assert said("choice.band.full") == "толық"
