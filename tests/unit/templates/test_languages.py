"""The texts of all languages say the same things: the same keys, blanks, names and plural forms."""

import string
from pathlib import Path

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


def names_file(folder, text):
    file = folder / "names.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_name_stands_once_with_all_languages_side_by_side(tmp_path):
    file = names_file(
        tmp_path, '[choice.measure]\nvisits = { ru = "визиты", kk = "келулер", en = "visits" }\n'
    )
    said = [loading.spoken(file, language) for language in LANGUAGES]
    assert said == [{"choice.measure.visits": word} for word in ("визиты", "келулер", "visits")]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('visits = { ru = "визиты", en = "visits" }', "choice.measure.visits lacks «kk»"),
        (
            'visits = { ru = "визиты", kk = "келулер", en = "visits", de = "Besuche" }',
            "visits holds what is no language, «de»",
        ),
        ('visits = "визиты"', "choice.measure lacks «en»"),
    ],
)
def test_a_name_that_lacks_a_language_is_refused_with_its_file_and_key(tmp_path, line, told):
    file = names_file(tmp_path, f"[choice.measure]\n{line}\n")
    with pytest.raises(ValueError, match=told) as refused:
        loading.spoken(file, "ru")
    assert str(refused.value).startswith("names.toml: ")


def test_no_short_name_stands_in_a_file_of_one_language():
    """Whoever adds a measure, a target, a policy, a setting or a column writes one text file."""
    short = ("tab.", "header.", "note.", "choice.", "rules.diff.policy_name.", "tabs.payroll.column.")
    scattered = {
        f"{file.parent.name}/{file.name}: {key}"
        for file in Path(loading.__file__).parent.glob("*/*.toml")
        if file.name.split(".")[0] in LANGUAGES
        for key in loading.spoken(file, file.name.split(".")[0])
        if key.startswith(short)
    }
    assert scattered == set()
