"""Which registered rows are not what they were, so that somebody's leads are fewer (behaviour §4a).

A lead is out of somebody's count when its row is gone or emptied, its arrival went to another month, another manager
or another share stands there, or it was made a refund; a report when it counts fewer leads than it did. What «Ошибки»
asked to mend is no question, nor is a lead that stands under a new №.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np

from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.row_history import Noticed
from kpi_rules.problems import Place, Problem, warning
from kpi_rules.questions import ARRIVAL, MANAGER, SECOND, SHARE, Question, QuestionKind, month_of
from kpi_rules.register.free_days import CUSTOMER, OVERWRITTEN, is_overwritten
from kpi_rules.register.kept import BAD, Kept, cells_of, is_filled, keys_of

_SAME_LEAD = (ARRIVAL, MANAGER, CUSTOMER)


@dataclass(frozen=True)
class Registered:
    """A row as it was registered and as it was last seen, and when it was first seen."""

    key: str
    first_seen_at: datetime
    at_grace: Kept
    last: Kept


@dataclass(frozen=True)
class Differences:
    """The questions about rows, what is told of rows that stand under a new №, and under which №s other leads stand now."""

    questions: tuple[Question, ...] = ()
    renumbered: tuple[Problem, ...] = ()
    overwritten: Mapping[str, Noticed] = field(default_factory=dict)

    @property
    def keys(self) -> frozenset[str]:
        """The rows of which something is asked or told."""
        return frozenset(
            {question.key for question in self.questions} | {each.params["old"] for each in self.renumbered}
        )


def differences(
    rows: Iterable[Registered],
    facts: FactFrame,
    first_seen_at: Mapping[str, datetime],
    today: date,
    conditioned: Set[str] = frozenset(),
) -> Differences:
    """Compare registered rows with the tab as it stands now.

    Args:
        rows: the registered rows that may differ, of months that have not closed.
        facts: the tab, whole.
        first_seen_at: when the known rows were first seen, by key; whoever is not in it is new.
        today: the client's day: an arrival registered for a later one is mended freely.
        conditioned: the columns that conditions of the rules name; what changes with the deal's own life is none of them.
    """
    known = {row.key: row for row in rows}
    present = cells_of(facts, known.keys())
    places = _places(facts, known.keys())
    gone: dict[str, Registered] = {}
    questions: list[Question] = []
    overwritten: dict[str, Noticed] = {}
    for key, row in known.items():
        if len(places.get(key, ())) > 1:
            continue  # A № that stands there twice blocks by itself.
        now = present.get(key)
        if not facts.of_leads:
            questions += _lowered(row, now, facts, places)
        elif not _is_lead(row.at_grace.cells):
            continue
        elif now is None or not is_filled(now):
            if "number" not in row.last.unreliable | row.at_grace.unreliable:
                gone[key] = row
        elif kinds := tuple(_kinds(row, now, today, conditioned)):
            questions.append(Question(key, kinds, row.at_grace.cells, now, places[key][0]))
        elif is_overwritten(row.at_grace.cells, now, row.at_grace.unreliable | row.last.asked):
            cells = row.at_grace.cells
            overwritten[key] = Noticed(OVERWRITTEN, cells.get(MANAGER, ""), month_of(cells[ARRIVAL]))
    gone = _each_once(gone)
    moved = _renumbered(gone, facts, first_seen_at)
    questions += [
        Question(key, (QuestionKind.REMOVED,), row.at_grace.cells, {**row.at_grace.cells, **row.last.cells})
        for key, row in gone.items()
        if key not in moved
    ]
    told = [
        warning("lead_renumbered", Place(facts.tab.key, row, "number"), gone[key].at_grace.cells.get(MANAGER),
                old=key, number=number)
        for key, (number, row) in moved.items()
    ]  # fmt: skip
    questions.sort(key=lambda question: question.key)
    return Differences(tuple(questions), tuple(told), overwritten)


def _is_lead(cells: Mapping[str, Any]) -> bool:
    """Tell whether a row was a lead whose month is known; a refund is none."""
    return ARRIVAL in cells and not (cells.get("status") == "deal" and cells.get("amount_tiyn", 0) < 0)


def _kinds(
    row: Registered, now: Mapping[str, Any], today: date, conditioned: Set[str]
) -> Iterator[QuestionKind]:
    """Say what of a row takes it out of somebody's count."""
    before = row.at_grace.cells
    mended = row.at_grace.unreliable | row.last.asked | set(now.get(BAD, ()))
    moved = ARRIVAL not in now or month_of(now[ARRIVAL]) != month_of(before[ARRIVAL])
    to_come = before[ARRIVAL][:10] > today.isoformat()
    if moved and not to_come and ARRIVAL not in mended:
        yield QuestionKind.ARRIVAL
    if MANAGER not in mended and MANAGER in before and before[MANAGER] != now.get(MANAGER):
        yield QuestionKind.MANAGER
    if not {SECOND, SHARE} & mended and any(before.get(name) != now.get(name) for name in (SECOND, SHARE)):
        yield QuestionKind.SHARED
    # A blank cell is filled in freely: it is unequal to anything.
    if any(name in before and before[name] != now.get(name) for name in conditioned - mended):
        yield QuestionKind.CONDITION
    amount = now.get("amount_tiyn")
    is_nothing = now.get("status") == "deal" and amount is not None and amount <= 0
    if is_nothing and not {"amount_tiyn", "status"} & mended:
        yield QuestionKind.REFUND


def _lowered(
    row: Registered, now: Mapping[str, Any] | None, facts: FactFrame, places: Mapping[str, list[int]]
) -> Iterator[Question]:
    """Ask of a report that counts fewer leads; one that cannot be read blocks by itself."""
    column = facts.tab.counting("leads")
    if column is None or column in row.at_grace.unreliable | row.last.asked:
        return
    before = row.at_grace.cells.get(column, 0)
    if now is None:
        if before > 0:
            yield Question(row.key, (QuestionKind.REMOVED,), row.at_grace.cells, row.last.cells)
    elif column in now and now[column] < before:
        place = places[row.key][0]
        yield Question(row.key, (QuestionKind.LOWERED,), row.at_grace.cells, now, place)


def _places(facts: FactFrame, keys: Set[str]) -> dict[str, list[int]]:
    """Give the sheet rows of the keys."""
    places: dict[str, list[int]] = {}
    if keys:
        rows = facts.rows.plain("row")
        for row, key in zip(rows, keys_of(facts), strict=True):
            if key is not None and key in keys:
                places.setdefault(key, []).append(row)
    return places


def _each_once(gone: Mapping[str, Registered]) -> dict[str, Registered]:
    """Leave out of rows that are gone those that came later and were the same lead under another №."""
    known: dict[tuple[str, ...], Registered] = {}
    kept = {}
    for key, row in sorted(gone.items(), key=lambda each: (each[1].first_seen_at, each[0])):
        cells = row.at_grace.cells
        if all(cells.get(name) for name in _SAME_LEAD):
            first = known.setdefault(_lead(cells), row)
            if first.first_seen_at < row.first_seen_at:
                continue
        kept[key] = row
    return kept


def _renumbered(
    gone: Mapping[str, Registered], facts: FactFrame, first_seen_at: Mapping[str, datetime]
) -> dict[str, tuple[str, int]]:
    """Find by the old № the new one under which the same lead stands: arrival, manager and customer are the same.

    The row under the new № came later, and stands for one lead alone.
    """
    wanted: dict[tuple[str, ...], list[Registered]] = {}
    for row in gone.values():
        for cells in (row.at_grace.cells, row.last.cells):
            if all(cells.get(name) for name in _SAME_LEAD):
                wanted.setdefault(_lead(cells), []).append(row)
    if not wanted:
        return {}
    arrivals = np.array([arrival for arrival, *_ in wanted], dtype="datetime64[s]")
    chosen = facts.chosen(np.isin(facts.leads.arrived, arrivals) & facts.leads.has_number)
    renumbered: dict[str, tuple[str, int]] = {}
    numbers = {number for number in chosen.leads.numbers.tolist() if number not in gone}
    places = _places(chosen, numbers)
    for number, cells in sorted(cells_of(chosen, numbers).items()):
        if not all(cells.get(name) for name in _SAME_LEAD):
            continue
        for row in wanted.get(_lead(cells), ()):
            came_later = number not in first_seen_at or first_seen_at[number] > row.first_seen_at
            if row.key not in renumbered and came_later:
                renumbered[row.key] = (number, places[number][0])
                break
    return renumbered


def _lead(cells: Mapping[str, Any]) -> tuple[str, ...]:
    arrived, code, customer = (str(cells[name]) for name in _SAME_LEAD)
    return arrived, code, customer.strip().casefold()
