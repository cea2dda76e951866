"""A measured fact: a value, or why there is none; 'no data', 'zero' and 'not applicable' are kept apart."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

NOTHING_ENTERED = "no_leads_entered"
"""Why there is no data of somebody of whom leads are expected and none was entered."""


class State(StrEnum):
    """'No data', 'zero' and 'not applicable' are three different things everywhere (behaviour §2)."""

    SCORED = "scored"
    NOT_APPLICABLE = "not_applicable"
    NO_DATA = "no_data"


@dataclass(frozen=True)
class Partial:
    """What a sum comes to without what is missing: so many rows that can not be read, so many reports not given.

    `silent_people` are those of the team of whom nothing was entered at all.
    """

    value: Fraction
    unread_rows: int = 0
    missing_reports: int = 0
    silent_people: int = 0


@dataclass(frozen=True)
class Fact:
    """A measured value, or why there is none. `reason` is a key of the texts («no_marks», «no_leads»).

    Without data a sum still says what the readable rows come to (`partial`), and every measure whether it may turn
    out not to apply once the data are there (`may_not_apply`).
    """

    state: State
    value: Fraction | None = None
    reason: str | None = None
    partial: Partial | None = None
    may_not_apply: bool = False


def scored(value: Fraction | int, reason: str | None = None) -> Fact:
    """Give a measured value."""
    return Fact(State.SCORED, Fraction(value), reason)


def not_applicable(reason: str) -> Fact:
    """Say that the measure does not apply, and why."""
    return Fact(State.NOT_APPLICABLE, None, reason)


def no_data(reason: str, partial: Partial | None = None, *, may_not_apply: bool = False) -> Fact:
    """Say that there is no data, and why; what of it is there, and whether it may come out as not applicable."""
    return Fact(State.NO_DATA, None, reason, partial, may_not_apply)
