"""What froze when a month opened, held against what stands in the workbook now (behaviour §7, «Open»).

The frozen plan counts, row by row; a row that was absent is taken in once, then freezes too. A later edit of
«План» or «Правила» is ignored for that month and reported with the old and the new value. Of «Проценты» what froze
counts as well; the owner's tick alone may come later, as at a salary: beside a row that still says what froze (§5).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kpi_rules.facts.inputs import PlanRow
from kpi_rules.facts.percents import PERCENTS, PercentRow
from kpi_rules.measures.targets import REVENUE, TARGETS
from kpi_rules.problems import Place, Problem, warning
from kpi_rules.records.months import plan_from_record, plan_record
from kpi_rules.rulebook.model import Rulebook
from kpi_rules.time.periods import Month


@dataclass(frozen=True)
class HeldPlan:
    """The plan that counts, what newly freezes (by employee's code), and the ignored edits."""

    rows: tuple[PlanRow, ...]
    newcomers: Mapping[str, Mapping[str, Any]]
    problems: tuple[Problem, ...]


def plan_row_record(row: PlanRow) -> dict[str, Any]:
    """Write a plan row as plain JSON values; exact numbers as text, blanks as None."""
    return plan_record([row])[0]


def plan_row_from_record(record: Mapping[str, Any]) -> PlanRow:
    """Read what `plan_row_record` wrote."""
    return plan_from_record([record])[0]


def hold_plan(
    entered: Iterable[PlanRow],
    frozen: Mapping[str, Mapping[str, Any]],
    month: Month,
    shown: Callable[[str, Any], str],
    needed: Collection[str] = (REVENUE,),
) -> HeldPlan:
    """Put the frozen plan in the place of the entered one, and tell what differs.

    `frozen` maps employees' codes to records of `plan_row_record`. `shown` writes a field's value for
    people, by the field's name. Rows with unreadable cells, doubled rows, and those in which one of the
    `needed` fields is still blank do not freeze yet: somebody is still typing.
    """
    rows: list[PlanRow] = []
    newcomers: dict[str, Mapping[str, Any]] = {}
    problems: list[Problem] = []
    of_month = [row for row in entered if row.month == month]
    codes = [row.code for row in of_month]
    for row in of_month:
        if codes.count(row.code) > 1 and row.code not in frozen:
            rows.append(row)
        elif row.code not in frozen:
            rows.append(row)
            if not row.bad and all(row.targets.get(name) is not None for name in needed):
                newcomers[row.code] = plan_row_record(row)
        else:
            kept = plan_row_from_record(frozen[row.code])
            problems += _ignored_edits(row, kept, shown)
    for code, record in frozen.items():
        present = next((row for row in of_month if row.code == code), None)
        kept = plan_row_from_record(record)
        rows.append(replace(kept, row=present.row if present else 0))
        if present is None:
            problems.append(warning("plan_row_removed", Place("plan"), code, who=code, month=month))
    return HeldPlan(tuple(sorted(rows, key=lambda row: (row.code, row.row))), newcomers, tuple(problems))


def _ignored_edits(row: PlanRow, kept: PlanRow, shown: Callable[[str, Any], str]) -> list[Problem]:
    return [
        warning(
            "plan_changed_after_open",
            Place("plan", row.row, name),
            row.code,
            frozen=shown(name, kept.targets.get(name)),
            present=shown(name, row.targets.get(name)),
            month=row.month,
        )
        for name in dict.fromkeys((*TARGETS, *kept.targets, *row.targets))
        if row.targets.get(name) != kept.targets.get(name) or name in row.bad
    ]


def ignored_rule_edits(
    present: Rulebook | None, frozen: Rulebook, month: Month, told: str
) -> tuple[Problem, ...]:
    """Report that «Правила» for an open month differ from what froze; `told` says how, in words.

    Policies that nobody has named are no edit, whatever is their default by now.
    """
    if present is None or replace(present.beside(frozen), name=frozen.name) == frozen:
        return ()
    return (warning("rules_changed_after_open", Place("rules"), month=month, difference=told),)


def hold_percents(
    entered: Sequence[PercentRow], frozen: Iterable[PercentRow], month: Month
) -> tuple[tuple[PercentRow, ...], tuple[Problem, ...]]:
    """Put the frozen steps in the place of the entered ones, and tell where these differ.

    `entered` are those that would hold in the month by what stands there now. A frozen row stands at the entered one's
    place, and is approved where that is.
    """
    left = {_content(row): row for row in entered}
    held = []
    changed = len(left) < len(entered)
    for row in frozen:
        present = left.pop(_content(row), None)
        changed |= present is None
        held.append(
            row
            if present is None
            else replace(row, row=present.row, approved=row.approved or present.approved)
        )
    if not changed and not left:
        return tuple(held), ()
    first = min((row.row for row in left.values()), default=None)
    return tuple(held), (warning("percents_changed_after_open", Place(PERCENTS, first), month=month),)


def _content(row: PercentRow) -> PercentRow:
    """Give what a row says, apart from the owner's tick and where it stands."""
    return replace(row, approved=False, row=0)
