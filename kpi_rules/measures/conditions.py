"""«Только где»: which rows of «Сделки» a measure counts, as a KPI of the rules says it (behaviour §4).

`Товар = Станки; Повторный = нет`: all clauses must hold. A clause compares a column with one value or with several
(`a | b`); spellings of a word are one (`kpi_rules.spelling`). A blank cell is unequal to anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from kpi_rules.spelling import folded

OWN = "own:"
"""What the keys of columns begin with that are the client's own and that rules name."""
BOX_WORDS = ("no", "yes")
"""What a box holds for a condition: not ticked, ticked."""
_RELATION = re.compile(r"≠|!=|<>|=")
_FIELDS = ("column", "header", "equal", "values", "words")


class ConditionError(ValueError):
    """A text that is no condition; `code` says why, `params` fill the sentence."""

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code)
        self.code, self.params = code, params


@dataclass(frozen=True)
class Clause:
    """One comparison.

    Args:
        column: the key of the column.
        header: the column as people call it.
        equal: whether the cell must hold one of the values; else none of them.
        values: as the cells hold them: a choice by its key, a ticked box as «yes», an unticked one as «no».
        words: the same as they were typed.
    """

    column: str
    header: str
    equal: bool
    values: tuple[str, ...]
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.header} {'=' if self.equal else '≠'} {' | '.join(self.words)}"

    @cached_property
    def forms(self) -> frozenset[str]:
        """The values as they are compared."""
        return frozenset(map(folded, self.values))

    def holds(self, value: str | None) -> bool:
        """Tell whether a cell satisfies it; None: the cell is blank."""
        return (value is not None and folded(value) in self.forms) == self.equal


@dataclass(frozen=True)
class Condition:
    """All clauses that a row must satisfy."""

    clauses: tuple[Clause, ...]

    def __str__(self) -> str:
        return "; ".join(map(str, self.clauses))

    @property
    def columns(self) -> tuple[str, ...]:
        """The keys of the columns that it names, each once."""
        return tuple(dict.fromkeys(clause.column for clause in self.clauses))


@dataclass(frozen=True)
class ColumnWords:
    """A column that a condition may name: its key, and by folded word what its cells hold instead; none: text."""

    key: str
    values: Mapping[str, str]
    closed: bool
    """Whether it can hold nothing else."""


def parse_condition(text: str, column_of: Callable[[str], ColumnWords]) -> Condition | None:
    """Read what stands in «Только где»; None where nothing does.

    `column_of` gives the column of a header. Raises ConditionError: `condition_unreadable` where a part is no
    comparison, `condition_value` where a column can not hold a value, and what `column_of` raises.
    """
    clauses = [_clause(part.strip(), column_of) for part in re.split(r"[;\n]", text) if part.strip()]
    return Condition(tuple(clauses)) if clauses else None


def _clause(text: str, column_of: Callable[[str], ColumnWords]) -> Clause:
    relation = _RELATION.search(text)
    if relation is None:
        raise ConditionError("condition_unreadable", part=text)
    header = " ".join(text[: relation.start()].split()).strip("«»\"'")
    words = tuple(" ".join(word.split()).strip("«»\"'") for word in text[relation.end() :].split("|"))
    if not header or not all(words) or any(_RELATION.search(word) for word in words):
        raise ConditionError("condition_unreadable", part=text)
    column = column_of(header)
    values = tuple(column.values.get(folded(word), word) for word in words)
    for word in words:
        if column.closed and folded(word) not in column.values:
            raise ConditionError("condition_value", value=word, column=header)
    return Clause(column.key, header, relation.group() == "=", values, words)


def condition_record(condition: Condition) -> list[dict[str, Any]]:
    """Write a condition as plain values."""
    return [
        {
            "column": clause.column,
            "header": clause.header,
            "equal": clause.equal,
            "values": list(clause.values),
            "words": list(clause.words),
        }
        for clause in condition.clauses
    ]


def condition_from_record(
    record: Sequence[Mapping[str, Any]], refuse: Callable[[Iterable[str], Sequence[str]], None]
) -> Condition:
    """Read what `condition_record` wrote; `refuse` is told the names of each clause and those that are known."""
    for clause in record:
        refuse(clause, _FIELDS)
    return Condition(
        tuple(
            Clause(
                clause["column"],
                clause["header"],
                clause["equal"],
                tuple(clause["values"]),
                tuple(clause["words"]),
            )
            for clause in record
        )
    )
