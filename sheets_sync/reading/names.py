"""Words as people type them: compared without regard to case, stray spaces, ё/е and look-alike letters."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from kpi_rules.facts.inputs import Employment

_LOOK_ALIKES = str.maketrans("ABCEHIKMOPTXYЁ", "АВСЕНІКМОРТХУЕ")
"""Latin capitals that look like Cyrillic ones (and Ё): after it, both alphabets' spellings are one."""
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
SUGGESTION_CUTOFF = 0.6
"""How alike (0–1, difflib's ratio) a word must be to be offered as what was meant."""


@lru_cache(maxsize=65536)
def folded(text: str) -> str:
    """Give the form in which two spellings of one word are equal; for comparing only, never shown."""
    return " ".join(text.translate(_INVISIBLE).upper().translate(_LOOK_ALIKES).split())


def nearest(word: str, candidates: Iterable[str], cutoff: float = SUGGESTION_CUTOFF) -> str | None:
    """Find the candidate most like a misspelt word, or None where none is like it.

    Words are compared with their parts in order, so that «Ким Алёна» is like «Алёна Ким».
    """
    by_form = {_sorted_form(candidate): candidate for candidate in candidates}
    found = difflib.get_close_matches(_sorted_form(word), by_form, n=1, cutoff=cutoff)
    return by_form[found[0]] if found else None


def _sorted_form(text: str) -> str:
    return " ".join(sorted(folded(text).split()))


@dataclass(frozen=True)
class Person:
    """Somebody of whom a row of «Сотрудники» tells code and name, whatever else of it can be read."""

    code: str
    name: str


@dataclass(frozen=True)
class Directory:
    """Who is meant by what stands in a cell «Менеджер»: a code or a full name of «Сотрудники»."""

    exact: Mapping[str, str]
    by_form: Mapping[str, frozenset[str]]
    labels: Mapping[str, str]
    """Code → full name."""

    @classmethod
    def of(cls, staff: Iterable[Employment | Person]) -> Directory:
        """Build it from all rows; a name that two codes share is known to be ambiguous."""
        exact: dict[str, set[str]] = {}
        by_form: dict[str, set[str]] = {}
        labels: dict[str, str] = {}
        for stint in staff:
            labels[stint.code] = stint.name
            for word in (stint.code, stint.name):
                exact.setdefault(word, set()).add(stint.code)
                by_form.setdefault(folded(word), set()).add(stint.code)
        return cls(
            exact={word: next(iter(codes)) for word, codes in exact.items() if len(codes) == 1},
            by_form={form: frozenset(codes) for form, codes in by_form.items()},
            labels=labels,
        )

    def over(self, other: Directory) -> Directory:
        """Put another one beneath: it is asked for the words alone that are unknown here."""
        return Directory(
            exact={
                **{word: code for word, code in other.exact.items() if folded(word) not in self.by_form},
                **self.exact,
            },
            by_form={**other.by_form, **self.by_form},
            labels={**other.labels, **self.labels},
        )

    def codes(self, text: str) -> frozenset[str]:
        """Give the codes that a text may mean: one when it is clear, none when it is unknown."""
        if text in self.exact:
            return frozenset({self.exact[text]})
        return self.by_form.get(folded(text), frozenset())

    def spelled_exactly(self, text: str) -> bool:
        """Tell whether the text stands in «Сотрудники» letter by letter."""
        return text in self.exact

    def similar(self, text: str) -> str | None:
        """Offer the name or code that was probably meant."""
        return nearest(text, (*self.labels.values(), *self.labels))
