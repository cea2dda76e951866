"""What is deployed to a client, loaded from data: a layout, a rulebook and the texts of one language."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any

from kpi_rules.rulebook import versions as rulebooks
from kpi_rules.rulebook.model import Rulebook
from kpi_rules.words.texts import Texts
from sheets_sync.schema.layout import Book, Column, Editors, Kind, Layout, Tab, TabKind

_ROOT = files("templates")
_NAME = re.compile(r"\{((?:tab|header|choice)\.[\w.]+)\}")
"""A name of the file within a sentence: «{tab.staff}», «{choice.status.deal}»."""
_SIDE_BY_SIDE = "names"
"""How the files begin that hold all languages side by side."""
_NAMES_OF_FILE = ("tab.", "header.", "note.", "book.", "file.")
"""Words that stand in the file itself, whatever language the sentences are in."""


@dataclass(frozen=True)
class Template:
    """All that a kind of client gets."""

    layout: Layout
    rulebook: Rulebook
    texts: Texts


@cache
def load(template: str = "b2b", language: str = "ru", said_in: str = "") -> Template:
    """Load layout, rulebook and texts; raises what `layout` and `texts` raise, and RulebookError.

    language: of the files as they were deployed: tabs, headers, dropdowns.
    said_in: the language of all sentences; the files' own where it is not given.
    """
    return Template(
        layout=layout(template, language),
        rulebook=rulebooks.load(_data(template, "rulebook")),
        texts=texts(said_in or language, template, language),
    )


@cache
def texts(language: str = "ru", template: str = "", deployed: str = "") -> Texts:
    """Load all sentences of a language: the union of `texts/<language>.*.toml` and `texts/names.*.toml`.

    Sentences that a kind of client has otherwise, or alone, stand in `<template>/<language>.toml`, names in
    all languages side by side in `names.*.toml` (`{ ru = "…", kk = "…", en = "…" }`, none left out). Nested
    tables become dotted keys («problem.tab_missing.what»). A sentence names a tab, a header or a choice by its
    key («{tab.staff}»): the words are those of the language in which the files were `deployed`, because that
    is what people find there. Raises ValueError where a key stands in two files or there is nothing in that
    language, TypeError where a text is no sentence, KeyError where a sentence names what there is not.
    """
    phrases = sentences(language, template)
    found = sentences(deployed or language, template)
    if deployed and deployed != language:
        phrases = {**phrases, **{key: word for key, word in found.items() if key.startswith(_NAMES_OF_FILE)}}
    said = {key: _NAME.sub(lambda name: found[name[1]], phrase) for key, phrase in phrases.items()}
    return Texts(language, MappingProxyType(said))


@cache
def sentences(language: str, template: str = "") -> Mapping[str, str]:
    """Read the sentences of a language as they stand in the files, names by their keys.

    Beside the files of one language there are those that hold a name in all languages side by side
    (`texts/names.*.toml`, `<template>/names.toml`): whoever adds a measure or a column writes it there once.
    """
    phrases: dict[str, str] = {}
    folder = _ROOT / "texts"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.split(".")[0] not in (language, _SIDE_BY_SIDE) or language not in languages():
            continue
        found = spoken(file, language)
        if twice := sorted(phrases.keys() & found.keys()):
            raise ValueError(f"{file.name}: {twice[0]} stands in two files")
        phrases |= found
    if not phrases:
        raise ValueError(f"there are no texts in the language «{language}»")
    for file in (_ROOT / template / f"{name}.toml" for name in (_SIDE_BY_SIDE, language)):
        if template and file.is_file():
            phrases |= spoken(file, language)
    return MappingProxyType(phrases)


@cache
def languages() -> tuple[str, ...]:
    """Name the languages that there are texts in, Russian first."""
    found = {file.name.split(".")[0] for file in (_ROOT / "texts").iterdir()} - {_SIDE_BY_SIDE}
    return tuple(sorted(found, key=lambda language: (language != "ru", language)))


@cache
def layout(template: str = "b2b", language: str = "ru") -> Layout:
    """Load the files of a kind of client (`b2b`), in the words of a language.

    Raises ValueError on an unknown template, KeyError where the language lacks a word.
    """
    words = texts(language, template)
    return Layout(
        template=template,
        language=language,
        workbook=_book(_data(template, "workbook"), words),
        payroll=_book(_data(template, "payroll"), words),
    )


@cache
def names() -> tuple[str, ...]:
    """Name all templates."""
    return tuple(sorted(folder.name for folder in _ROOT.iterdir() if (folder / "workbook.toml").is_file()))


def _data(template: str, name: str) -> dict[str, Any]:
    """Read a file of a template; one that is `like` another's is that one, with the tabs that it `replaces`."""
    file = _ROOT / template / f"{name}.toml"
    if not template.isidentifier() or not file.is_file():
        raise ValueError(f"there is no template «{template}»")
    data = _toml(file)
    if "like" not in data:
        return data
    like, own = _data(data["like"], name), {tab.pop("replaces"): tab for tab in data.get("tab", ())}
    return {**like, "tab": [own.get(tab["key"], tab) for tab in like["tab"]]}


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


def _book(data: Mapping[str, Any], words: Texts) -> Book:
    return Book(
        key=data["key"],
        title=words.phrases[f"book.{data['key']}"],
        tabs=tuple(_tab(tab, words) for tab in data["tab"]),
        language=words.language,
        locale=words("file.locale"),
        time_zone=data["time_zone"],
    )


def _tab(data: Mapping[str, Any], words: Texts) -> Tab:
    key = data["key"]
    special = {
        "title": words(f"tab.{key}"),
        "kind": TabKind(data["kind"]),
        "editors": Editors(data["editors"]),
        "columns": tuple(_column(column, key, words) for column in data.get("columns", ())),
    }
    return Tab(**{**data, **special})


def _column(data: Mapping[str, Any], tab: str, words: Texts) -> Column:
    note = f"note.{tab}.{data['key']}"
    special = {
        "header": words(f"header.{tab}.{data['key']}"),
        "kind": Kind(data["kind"]),
        "note": words(note) if note in words else "",
        "choices": _choices(data["choices"], words) if "choices" in data else None,
        "editors": Editors(data["editors"]) if "editors" in data else None,
    }
    return Column(**{**data, **special})


def _choices(name: str, words: Texts) -> Mapping[str, str]:
    prefix = f"choice.{name}."
    found = {key.removeprefix(prefix): word for key, word in words.phrases.items() if key.startswith(prefix)}
    if not found:
        raise KeyError(f"the language {words.language} has no words for the choice {name}")
    return MappingProxyType(found)
