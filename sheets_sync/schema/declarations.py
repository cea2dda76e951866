"""What the declarations of a template come to: tabs and columns as they are at a layout, with some options. Pure.

A tab or a column says `since` which layout it is there, and `was` what of it was otherwise up to which one; with which
`option` it comes, and `when` what of it is otherwise with an option (docs/behaviour.md §3, §7b).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from kpi_rules.facts.kinds import KIND_OF_UNIT, Kind
from kpi_rules.facts.tabs import Event
from kpi_rules.measures.grains import Grain
from kpi_rules.measures.targets import TARGETS
from kpi_rules.words.texts import Texts
from sheets_sync.schema.layout import Book, Column, Editors, Tab, TabKind

FIRST = 1


def numbers_named(declared: Iterable[Mapping[str, Any]]) -> set[int]:
    """Give the layouts that declarations of tabs and columns name: `since` which one each is there, `was` up to which.

    What was otherwise up to a layout makes the next one.
    """
    numbers = {FIRST}
    for each in declared:
        numbers.add(int(each.get("since", FIRST)))
        numbers.update(int(form["until"]) + 1 for form in each.get("was", ()))
    return numbers


def newest_of(template: str, named: Collection[int], elsewhere: Iterable[int]) -> int:
    """Give the highest number. ValueError where one below it is named by nobody: then it was typed wrongly.

    All templates count the same numbers, so one that is left out here may be named `elsewhere`.
    """
    newest = max(named)
    skipped = set(range(FIRST, newest)).difference(named)
    if skipped and (skipped := skipped.difference(elsewhere)):
        raise ValueError(f"{template} names the layout {newest}, and nothing names the layout {min(skipped)}")
    return newest


@dataclass(frozen=True)
class Chosen:
    """What a client's files have: the layout of a number, and some options."""

    number: int
    options: frozenset[str]

    def shows(self, declared: Tab | Column, since: int = 1) -> bool:
        """Tell whether a tab is there, or a column of a tab that is there `since` a layout."""
        asked_for = not declared.option or declared.option in self.options
        return asked_for and declared.since <= max(self.number, since)


def book_of(data: Mapping[str, Any], words: Texts, chosen: Chosen) -> Book:
    """Give a book as it is at a layout, in the words of a language. Raises KeyError where a word is missing."""
    tabs = [_tab(tab, words, chosen) for tab in data["tab"]]
    return Book(
        key=data["key"],
        title=words.phrases[f"book.{data['key']}"],
        tabs=tuple(tab for tab in tabs if chosen.shows(tab)),
        language=words.language,
        locale=words("file.locale"),
        time_zone=data["time_zone"],
        absent_tabs=tuple(tab for tab in tabs if not chosen.shows(tab)),
        options=chosen.options,
    )


def _tab(declared: Mapping[str, Any], words: Texts, chosen: Chosen) -> Tab:
    data = _as_of(declared, chosen)
    key, declarations = data["key"], columns_declared(data)
    columns = [_column(column, key, words, chosen) for column in declarations]
    since = data.get("since", 1)
    special = {
        "title": words(f"tab.{key}"),
        "kind": TabKind(data["kind"]),
        "editors": Editors(data["editors"]),
        "columns": tuple(column for column in columns if chosen.shows(column, since)),
        "absent_columns": tuple(column for column in columns if not chosen.shows(column, since)),
        "grain": Grain(data["grain"]) if "grain" in data else None,
    }
    fields = {name: value for name, value in data.items() if name not in {"targets", "without", "widths_px"}}
    return Tab(**{**fields, **special})


def columns_declared(tab: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Give a tab's columns as they are declared: its own, then the plan's targets where it has them."""
    own = list(tab.get("columns", ()))
    if not tab.get("targets"):
        return own
    widths = tab.get("widths_px", {})
    wanted = (target for target in TARGETS.values() if target.field not in tab.get("without", ()))
    return own + [
        {
            "key": target.field,
            "kind": KIND_OF_UNIT[target.unit],
            "width_px": widths.get(target.field, target.width_px),
            "since": target.since,
        }
        for target in wanted
    ]


def _column(declared: Mapping[str, Any], tab: str, words: Texts, chosen: Chosen) -> Column:
    data = _as_of(declared, chosen)
    note = f"note.{tab}.{data['key']}"
    special = {
        "header": words(f"header.{tab}.{data['key']}"),
        "kind": Kind(data["kind"]),
        "note": words(note) if data.pop("noted", True) and note in words else "",
        "choices": _choices(data["choices"], words) if "choices" in data else None,
        "editors": Editors(data["editors"]) if "editors" in data else None,
        "feeds": tuple(map(Event, data.get("feeds", ()))),
    }
    return Column(**{**data, **special})


def _as_of(declared: Mapping[str, Any], chosen: Chosen) -> dict[str, Any]:
    """Give the declaration of a tab or column as it was at a layout; an empty text means that it had none.

    `was = [{ until = 1, editors = "staff" }]`: up to layout 1 its editors were others. The oldest word that covers
    the layout holds. `when = [{ option = "measures", open = true }]`: so it is for who asked for that option.
    """
    data = {name: value for name, value in declared.items() if name not in {"was", "when"}}
    for form in declared.get("when", ()):
        if form["option"] in chosen.options:
            data |= {name: value for name, value in form.items() if name != "option"}
    earlier = sorted(declared.get("was", ()), key=lambda form: int(form["until"]), reverse=True)
    for form in earlier:
        if form["until"] >= chosen.number:
            data |= {name: value for name, value in form.items() if name != "until"}
    return {name: value for name, value in data.items() if value != ""}


def _choices(name: str, words: Texts) -> Mapping[str, str]:
    prefix = f"choice.{name}."
    choices = {
        key.removeprefix(prefix): word for key, word in words.phrases.items() if key.startswith(prefix)
    }
    if not choices:
        raise KeyError(f"the language {words.language} has no words for the choice {name}")
    return MappingProxyType(choices)
