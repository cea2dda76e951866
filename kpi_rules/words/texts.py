"""Sentences in the client's language, found by key; the words themselves are data of `templates`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from kpi_rules.problems import Problem
from kpi_rules.words.numbers import decimal_sign, exact_number_text, number_text, plural_form

_CHOICES = {"kpi": "measure", "id": "measure", "measure": "measure", "role": "role", "group": "group"}
"""Params of problems that hold a key of the rules, and the choice whose words say it."""
_NUMBERS = frozenset({"read", "hundredfold", "percent", "sum"})
"""Params that hold an exact number, or one with a percent sign."""


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
        return self(f"problem.{problem.code}.what", **self._said(problem))

    def fix(self, problem: Problem) -> str:
        """Say what to do about it."""
        return self(f"problem.{problem.code}.fix", **self._said(problem))

    def _said(self, problem: Problem) -> Mapping[str, str]:
        """Write a problem's params as the language does: numbers in its form, keys of the rules in its words."""
        said = {}
        for name, value in problem.params.items():
            if name in _CHOICES:
                key = f"choice.{_CHOICES[name]}.{value}"
                said[name] = self.phrases.get(key, value)
            elif name in _NUMBERS:
                said[name] = exact_number_text(value, self.language)
            elif name == "decimal" or (name == "value" and "is_decimal" in problem.params):
                said[name] = value.replace(".", decimal_sign(self.language))
            else:
                said[name] = value
        return said


def plural(texts: Texts, key: str, count: int) -> str:
    """Give «3 сделки»: the phrase of `key` in the form that the language wants for the number."""
    form = plural_form(count, texts.language)
    found = f"{key}.{form}"
    said = number_text(Fraction(count), texts.language)
    return texts(found if found in texts else f"{key}.other", count=said)
