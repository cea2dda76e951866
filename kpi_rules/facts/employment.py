"""Who worked on which days of a month: norm, worked days, and the days so far (behaviour §4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from kpi_rules.facts.inputs import Employment, MonthInputs
from kpi_rules.policies import RAMP_MONTHS
from kpi_rules.rulebook.model import Role
from kpi_rules.time.periods import Month


@dataclass(frozen=True)
class Workdays:
    """One employee's month. `norm_days` are the working days of the whole month by the person's week.

    Where two stints of a month have different weeks, `norm_days` is the last one's, and the fractions add the
    stints' own shares. `elapsed_fraction` counts the worked days before the first day not over yet.
    """

    code: str
    name: str
    role: Role
    norm_days: int
    days: tuple[date, ...]
    elapsed_days: int
    worked_fraction: Fraction
    elapsed_fraction: Fraction
    in_ramp: bool

    @property
    def worked_days(self) -> int:
        """How many days were (and will be) worked in the month."""
        return len(self.days)


def workdays(inputs: MonthInputs, before_on: date) -> dict[str, Workdays]:
    """Give the month of everybody employed in it, by code; `before_on` = the first day not over yet."""
    month = inputs.month
    norms = {
        week: inputs.calendar.working_days(month.first_on, month.last_on, week)
        for week in {stint.week_days for stint in inputs.staff}
    }
    away: dict[str, set[date]] = {}
    for absence in inputs.absences:
        days = away.setdefault(absence.code, set())
        days.update(day for day in month.days() if absence.from_on <= day <= absence.to_on)
    stints: dict[str, list[Employment]] = {}
    for stint in sorted(inputs.staff, key=lambda stint: (stint.code, stint.hired_on)):
        stints.setdefault(stint.code, []).append(stint)
    workdays = {}
    for code, all_stints in stints.items():
        present = [
            stint
            for stint in all_stints
            if stint.hired_on <= month.last_on and (stint.left_on is None or stint.left_on >= month.first_on)
        ]
        if present:
            ramp_ends = Month.of(all_stints[0].hired_on).plus(inputs.policies[RAMP_MONTHS])
            workdays[code] = _workdays(
                present, norms, away.get(code, set()), before_on, in_ramp=month < ramp_ends
            )
    return workdays


def employed_on(staff: Iterable[Employment], code: str, on: date) -> bool:
    """Tell whether somebody was employed on a day."""
    return any(
        stint.code == code and stint.hired_on <= on and (stint.left_on is None or on <= stint.left_on)
        for stint in staff
    )


def _workdays(
    stints: list[Employment],
    norms: dict[int, list[date]],
    away: set[date],
    before_on: date,
    *,
    in_ramp: bool,
) -> Workdays:
    days: set[date] = set()
    worked, elapsed = Fraction(), Fraction()
    for stint in stints:
        norm = norms[stint.week_days]
        own = {
            day
            for day in norm
            if stint.hired_on <= day and (stint.left_on is None or day <= stint.left_on)
        } - away - days  # fmt: skip
        days |= own
        if norm:
            worked += Fraction(len(own), len(norm))
            elapsed += Fraction(sum(day < before_on for day in own), len(norm))
    last = stints[-1]
    return Workdays(
        code=last.code,
        name=last.name,
        role=last.role,
        norm_days=len(norms[last.week_days]),
        days=tuple(sorted(days)),
        elapsed_days=sum(day < before_on for day in days),
        worked_fraction=worked,
        elapsed_fraction=elapsed,
        in_ramp=in_ramp,
    )
