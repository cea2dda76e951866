"""Which layouts there are: those that anything of a template names (docs/behaviour.md §7b). Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

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
