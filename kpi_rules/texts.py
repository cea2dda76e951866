"""Sentences in the client's language, found by key; the words themselves are data of `templates`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kpi_rules.problems import Problem


@dataclass(frozen=True)
class Texts:
    """All sentences of one language.

    `language` is `ru`, `kk` or `en`; `phrases` maps dotted keys («problem.deal_without_amount.what») to
    sentences with `{named}` blanks. Numbers are put in ready formatted.
    """

    language: str
    phrases: Mapping[str, str]

    def __call__(self, key: str, /, **blanks: object) -> str:
        """Give the sentence of `key` with its blanks filled; raises KeyError on an unknown key."""
        return self.phrases[key].format(**blanks)

    def __contains__(self, key: str) -> bool:
        """Tell whether there is a sentence of that key."""
        return key in self.phrases

    def what(self, problem: Problem) -> str:
        """Say what is wrong."""
        return self(f"problem.{problem.code}.what", **problem.params)

    def fix(self, problem: Problem) -> str:
        """Say what to do about it."""
        return self(f"problem.{problem.code}.fix", **problem.params)
