"""A sentence as a value: which one, and what fills its blanks; in a language it is put where it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Said:
    """A sentence by its key in the texts. `params` are plain values: texts, numbers, months, days, other sentences."""

    key: str
    params: Mapping[str, object]


def said(key: str, /, **params: object) -> Said:
    """Say the sentence of a key, in whatever language it will be read."""
    return Said(key, params)
