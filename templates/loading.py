"""What is deployed to a client, loaded from data: a layout, a rulebook and the texts of one language.

The functions of this module load from the program's own folder, or from the one that `templates_at` puts in its
place. A template's layout has a number that grows with each release that changes it; a client's files keep the
layout that they were made with until `kpi client upgrade`, so every earlier one can still be loaded: a tab or a
column says `since` which layout it is there, and `was` what of it was otherwise up to which one. The newest layout is
the highest that anything names, or `layout` at the top of a workbook, for a release that changes words alone.

Some tabs and columns are only for clients that ask for them: they name the `option` with which they come, and `when`
says what of a declaration is otherwise with an option. Without options a client's files are the simplest.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any, TypeVar

from kpi_rules.facts.measurable import measurable
from kpi_rules.rulebook import versions as rulebooks
from kpi_rules.rulebook.errors import RulebookError
from kpi_rules.rulebook.model import Rulebook
from kpi_rules.words.texts import Texts
from sheets_sync.building import payroll_tab
from sheets_sync.schema.declarations import (
    FIRST,
    Chosen,
    book_of,
    columns_declared,
    newest_of,
    numbers_named,
)
from sheets_sync.schema.layout import Layout
from templates.checking import (
    TemplateError,
    check_layout,
    check_measures,
    check_rules,
    check_tabs,
    check_words,
    missing_word,
)

_NAME = re.compile(r"\{((?:tab|header|choice)\.[\w.]+)\}")
"""A name of the file within a sentence: «{tab.staff}», «{choice.status.deal}»."""
_SIDE_BY_SIDE = "names"
"""How the files begin that hold all languages side by side."""
_BOOKS = ("payroll", "workbook")
"""The files that declare books; where both are `like` something, the workbook's words are the later ones."""
_MEASURE_NAMES = "choice.measure."
_NAMES_OF_FILE = ("tab.", "header.", "note.", "book.", "file.")
"""Words that stand in the file itself, whatever language the sentences are in."""


@dataclass(frozen=True)
class Template:
    """All that a kind of client gets."""

    layout: Layout
    rulebook: Rulebook
    texts: Texts


Loaded = TypeVar("Loaded")


class NewerLayoutError(ValueError):
    """A layout that this program does not know: a newer one made it. `known` is the newest one here."""

    def __init__(self, template: str, layout: int, known: int) -> None:
        """Take which template, which layout was asked for, and which is the newest here."""
        super().__init__(f"{template}: there is no layout {layout} here, the newest is {known}")
        self.template, self.layout, self.known = template, layout, known


class UnknownOptionError(ValueError):
    """An option that a template does not have; `known` are those that it has."""

    def __init__(self, template: str, option: str, known: Collection[str]) -> None:
        """Take which template, what was asked for, and what can be asked for."""
        super().__init__(f"{template}: there is no option «{option}», known are {', '.join(known) or '—'}")
        self.template, self.option, self.known = template, option, tuple(known)


@dataclass
class TemplateFolder:
    """A folder with templates and texts; what was loaded from it once is kept."""

    root: Traversable
    _kept: dict[Hashable, Any] = field(default_factory=dict)

    def once(self, key: Hashable, load: Callable[[], Loaded]) -> Loaded:
        """Load something at its first use."""
        if key not in self._kept:
            self._kept[key] = load()
        kept: Loaded = self._kept[key]
        return kept


_folder: ContextVar[TemplateFolder] = ContextVar("templates", default=TemplateFolder(files("templates")))  # noqa: B039 - what it keeps is never changed


@contextmanager
def templates_at(root: Traversable) -> Iterator[None]:
    """Load from another folder meanwhile: for tests of releases that are not there yet."""
    token = _folder.set(TemplateFolder(root))
    try:
        yield
    finally:
        _folder.reset(token)


def load(
    template: str = "b2b",
    language: str = "ru",
    said_in: str = "",
    layout: int | None = None,
    options: Collection[str] = (),
) -> Template:
    """Load layout, rulebook and texts; raises what `layout` and `texts` raise, and RulebookError.

    language: of the files as they were deployed: tabs, headers, dropdowns.
    said_in: the language of all sentences; the files' own where it is not given.
    layout: the number of the layout that the files have; the newest where it is not given.
    options: what the client asked for of `options_of`.
    """
    asked = frozenset(options)
    return _folder.get().once(
        ("load", template, language, said_in, layout, asked),
        lambda: _load(template, language, said_in, layout, asked),
    )


def _load(
    template: str, language: str, said_in: str, number: int | None, options: frozenset[str]
) -> Template:
    layout, rules = _layout(template, language, number, options), _data(template, "rulebook")
    check_measures(template, rules)
    try:
        rulebook = rulebooks.load(rules)
    except RulebookError as error:
        raise TemplateError(template, "rules_refused", why=str(error)) from error
    check_rules(layout, rulebook)
    return Template(layout, rulebook, texts(said_in or language, template, language))


def texts(language: str = "ru", template: str = "", deployed: str = "") -> Texts:
    """Load all sentences of a language: the union of `texts/<language>.*.toml` and `texts/names.*.toml`.

    Sentences that a kind of client has otherwise, or alone, stand in `<template>/<language>.toml`, names in
    all languages side by side in `names.*.toml` (`{ ru = "…", kk = "…", en = "…" }`, none left out). Nested
    tables become dotted keys («problem.tab_missing.what»). A sentence names a tab, a header or a choice by its
    key («{tab.staff}»): the words are those of the language in which the files were `deployed`, because that
    is what people find there. Raises ValueError where a key stands in two files or there is nothing in that
    language, TypeError where a text is no sentence, TemplateError where a sentence names what there is not.
    """
    return _folder.get().once(
        ("texts", language, template, deployed), lambda: _texts(language, template, deployed)
    )


def _texts(language: str, template: str, deployed: str) -> Texts:
    phrases = sentences(language, template)
    of_file = sentences(deployed or language, template)
    if deployed and deployed != language:
        phrases = {
            **phrases,
            **{key: word for key, word in of_file.items() if key.startswith(_NAMES_OF_FILE)},
        }

    def named(name: re.Match[str]) -> str:
        if name[1] not in of_file:
            raise missing_word(template or "texts", name[1], deployed or language)
        return of_file[name[1]]

    said = {key: _NAME.sub(named, phrase) for key, phrase in phrases.items()}
    return Texts(language, MappingProxyType(said))


def sentences(language: str, template: str = "") -> Mapping[str, str]:
    """Read the sentences of a language as they stand in the files, names by their keys.

    Beside the files of one language there are those that hold a name in all languages side by side
    (`texts/names.*.toml`, `<template>/names.toml`): whoever adds a measure or a column writes it there once.
    A template that is `like` another one says what that one says, but for what its own files say otherwise.
    """
    return _folder.get().once(("sentences", language, template), lambda: _read_sentences(language, template))


def _read_sentences(language: str, template: str) -> Mapping[str, str]:
    phrases: dict[str, str] = {}
    root = _folder.get().root
    for file in sorted((root / "texts").iterdir(), key=lambda file: file.name):
        if file.name.split(".")[0] not in (language, _SIDE_BY_SIDE) or language not in languages():
            continue
        own = spoken(file, language)
        if twice := sorted(phrases.keys() & own.keys()):
            raise ValueError(f"{file.name}: {twice[0]} stands in two files")
        phrases |= own
    if not phrases:
        raise ValueError(f"there are no texts in the language «{language}»")
    for folder in _followed(template) if template else ():
        for file in (root / folder / f"{name}.toml" for name in (_SIDE_BY_SIDE, language)):
            if file.is_file():
                phrases |= spoken(file, language)
    return MappingProxyType(phrases)


def _followed(template: str) -> tuple[str, ...]:
    """Name the templates whose words a template says, itself last: those that its two books are `like`."""
    earlier: tuple[str, ...] = ()
    for book in _BOOKS:
        file = _folder.get().root / template / f"{book}.toml"
        like = _toml(file).get("like") if file.is_file() else None
        earlier += _followed(like) if like else ()
    return (*earlier, template)


def languages() -> tuple[str, ...]:
    """Name the languages that there are texts in, Russian first."""
    return _folder.get().once("languages", _languages)


def _languages() -> tuple[str, ...]:
    files_of_texts = (_folder.get().root / "texts").iterdir()
    codes = {file.name.split(".")[0] for file in files_of_texts} - {_SIDE_BY_SIDE}
    return tuple(sorted(codes, key=lambda language: (language != "ru", language)))


def layout(
    template: str = "b2b",
    language: str = "ru",
    number: int | None = None,
    options: Collection[str] = (),
) -> Layout:
    """Load the files of a kind of client (`b2b`) in the words of a language, as they were at a layout.

    Raises ValueError on an unknown template, TemplateError on one that contradicts itself or lacks a word in the
    language, NewerLayoutError where this program does not know that layout, UnknownOptionError where the template
    has no such option.
    """
    asked = frozenset(options)
    return _folder.get().once(
        ("layout", template, language, number, asked),
        lambda: _layout(template, language, number, asked),
    )


def _layout(template: str, language: str, number: int | None, options: frozenset[str]) -> Layout:
    known = options_of(template)
    if unknown := sorted(options.difference(known)):
        raise UnknownOptionError(template, unknown[0], known)
    workbook, payroll = _data(template, "workbook"), _data(template, "payroll")
    words = texts(language, template)
    for book in (workbook, payroll):
        check_tabs(
            template,
            book,
            {tab["key"]: [each["key"] for each in columns_declared(tab)] for tab in book["tab"]},
        )
        check_words(template, book, {tab["key"]: columns_declared(tab) for tab in book["tab"]}, words)
    newest = newest_layout(template)
    if number is not None and not FIRST <= number <= newest:
        raise NewerLayoutError(template, number, newest)
    chosen = Chosen(newest if number is None else number, options)

    def filled(words: Texts) -> Layout:
        filled_in, paid = (book_of(book, words, chosen) for book in (workbook, payroll))
        return Layout(template, language, filled_in, paid, chosen.number)

    laid_out = filled(words)
    check_layout(laid_out)
    return filled(_of_measures(words, measurable(*(tab.facts() for tab in laid_out.workbook.facts_tabs()))))


def _of_measures(words: Texts, known: Collection[str]) -> Texts:
    """Leave out the names of measures that a template's tabs cannot tell: no dropdown offers them."""
    phrases = {
        key: word
        for key, word in words.phrases.items()
        if not key.startswith(_MEASURE_NAMES) or key.removeprefix(_MEASURE_NAMES) in known
    }
    return Texts(words.language, MappingProxyType(phrases))


def newest_layout(template: str) -> int:
    """Give the number of the layout that a template has now: the highest that anything of it names.

    ValueError on an unknown template, and where a number below that one is named nowhere.
    """
    return _folder.get().once(("newest", template), lambda: _newest(template))


def _newest(template: str) -> int:
    named = _numbers(template)
    return newest_of(template, named, (number for name in names() for number in _numbers(name)))


def _numbers(template: str) -> set[int]:
    """Give the layouts that a template names: its files, those of the one that it is like, the payroll's columns."""
    numbers = {column.since for column in payroll_tab.PAY_COLUMNS}
    for book in _BOOKS:
        data = _declarations(template, book)
        tabs = data.get("tab", ())
        numbers |= numbers_named(each for tab in tabs for each in (tab, *columns_declared(tab)))
        numbers.add(int(data.get("layout", FIRST)))
        if "like" in data:
            numbers |= _numbers(data["like"])
    return numbers


def options_of(template: str) -> tuple[str, ...]:
    """Name what a client of a template can ask for, in the order of the declarations. ValueError: no such template."""
    return _folder.get().once(("options", template), lambda: _options(template))


def _options(template: str) -> tuple[str, ...]:
    tabs = [tab for book in ("workbook", "payroll") for tab in _data(template, book)["tab"]]
    declared = [each.get("option") for tab in tabs for each in (tab, *columns_declared(tab))]
    return tuple(dict.fromkeys(filter(None, declared)))


def names() -> tuple[str, ...]:
    """Name all templates."""
    return _folder.get().once("names", _names)


def _names() -> tuple[str, ...]:
    folders = _folder.get().root.iterdir()
    return tuple(sorted(folder.name for folder in folders if (folder / "workbook.toml").is_file()))


def _data(template: str, name: str) -> dict[str, Any]:
    """Read a file of a template; one that is `like` another's is that one, with the tabs that it `replaces`.

    The other's options that it is `without` are not there at all.
    """
    data = _declarations(template, name)
    if "like" not in data:
        return data
    like, own = _data(data["like"], name), {tab.pop("replaces"): tab for tab in data.get("tab", ())}
    tabs = [own.get(tab["key"], tab) for tab in like["tab"]]
    return {**like, "tab": _without(tabs, data.get("without", ()))}


def _declarations(template: str, name: str) -> dict[str, Any]:
    """Read a file of a template as it is written. ValueError on an unknown template."""
    file = _folder.get().root / template / f"{name}.toml"
    if not template.isidentifier() or not file.is_file():
        raise ValueError(f"there is no template «{template}»")
    return _toml(file)


def _without(declared: Iterable[Mapping[str, Any]], options: Collection[str]) -> list[dict[str, Any]]:
    """Leave out the tabs or columns that come with some options."""
    return [
        {**each, **({"columns": _without(each["columns"], options)} if "columns" in each else {})}
        for each in declared
        if each.get("option") not in options
    ]


def _toml(file: Traversable) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


def spoken(file: Traversable, language: str) -> dict[str, str]:
    """Read a file's sentences by dotted key; of a file that holds all languages those of the one.

    Raises TypeError where a text is no sentence, ValueError where a name lacks a language or has one too many.
    """
    said = dict(_flattened(_toml(file), ""))
    for key, phrase in said.items():
        if not isinstance(phrase, str):
            raise TypeError(f"{file.name}: {key} is no sentence")
    if file.name.split(".")[0] != _SIDE_BY_SIDE:
        return said
    spoken: dict[str, dict[str, str]] = {}
    for path, word in said.items():
        key, _dot, tongue = path.rpartition(".")
        spoken.setdefault(key, {})[tongue] = word
    for key, tongues in spoken.items():
        if differing := sorted(tongues.keys() ^ set(languages())):
            lacks = "lacks" if differing[0] in languages() else "holds what is no language,"
            raise ValueError(f"{file.name}: {key} {lacks} «{differing[0]}»")
    return {key: tongues[language] for key, tongues in spoken.items()}


def _flattened(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flattened(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value
