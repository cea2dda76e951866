"""Facts of the client's own measures, out of the values on «Показатели» (behaviour §4, «Own measures»).

Sum, mean, share of values above 0, or the last one. No row is no data. The team pools the rows; of last values it has
the mean. A row of which day, value, person or measure can not be read leaves unknown whom it may concern.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from fractions import Fraction
from types import MappingProxyType

from kpi_rules.facts.inputs import OwnValue
from kpi_rules.measures.facts import Fact, no_data, scored
from kpi_rules.rulebook.model import HowCounted, Kpi

NO_VALUES = "no_values"
"""Why there is no data of somebody of whom no value was entered."""
_BAD = "bad_rows"


def own_fact(kpi: Kpi, values: Sequence[OwnValue], code: str, until_on: date) -> Fact:
    """Measure one person by the month's values up to a day."""
    own = [value for value in _of_measure(kpi, values, until_on) if value.code in {code, None}]
    known = [value for value in own if value.code is not None or "code" in value.bad]
    return _fact(kpi, known)


def own_team_fact(kpi: Kpi, values: Sequence[OwnValue], expected: Collection[str], until_on: date) -> Fact:
    """Measure the team by everybody's values; `expected` are the managers each of whom must have one."""
    rows = _of_measure(kpi, values, until_on)
    if any(not row.is_clear for row in rows):
        return no_data(_BAD)
    if set(expected) - {row.code for row in rows}:
        return no_data(NO_VALUES)
    if kpi.how_counted is not HowCounted.LAST:
        return _fact(kpi, rows)
    people = sorted({row.code for row in rows if row.code})
    last = [_fact(kpi, [row for row in rows if row.code == code]) for code in people]
    lacking = next((fact for fact in last if fact.value is None), None)
    if lacking is not None or not last:
        return lacking or no_data(NO_VALUES)
    return scored(sum((fact.value or Fraction() for fact in last), Fraction()) / len(last))


def doubled_last(kpi: Kpi, values: Sequence[OwnValue], until_on: date) -> list[OwnValue]:
    """Give the rows that share the last day of a person with another one: which of them is the last is not guessed."""
    if kpi.how_counted is not HowCounted.LAST:
        return []
    rows = [row for row in _of_measure(kpi, values, until_on) if row.is_clear]
    twice = []
    for code in sorted({row.code for row in rows if row.code}):
        own = [row for row in rows if row.code == code]
        last = [row for row in own if row.on == max(each.on or date.min for each in own)]
        twice += last if len(last) > 1 else []
    return twice


def _of_measure(kpi: Kpi, values: Sequence[OwnValue], until_on: date) -> list[OwnValue]:
    return [
        value for value in values if value.is_of(kpi.measure) and (value.on is None or value.on <= until_on)
    ]


def _fact(kpi: Kpi, rows: Sequence[OwnValue]) -> Fact:
    if any(not row.is_clear for row in rows):
        return no_data(_BAD)
    if not rows:
        return no_data(NO_VALUES)
    if kpi.how_counted is HowCounted.LAST:
        return _last(rows)
    formula = _FORMULAS[kpi.how_counted or HowCounted.SUM]
    return scored(formula([row.value or Fraction() for row in rows]))


def _last(rows: Sequence[OwnValue]) -> Fact:
    day = max(row.on or date.min for row in rows)
    last = [row for row in rows if row.on == day]
    return scored(last[0].value or Fraction()) if len(last) == 1 else no_data(_BAD)


_FORMULAS: Mapping[HowCounted, Callable[[Sequence[Fraction]], Fraction]] = MappingProxyType(
    {
        HowCounted.SUM: lambda values: sum(values, Fraction()),
        HowCounted.MEAN: lambda values: sum(values, Fraction()) / len(values),
        HowCounted.SHARE: lambda values: Fraction(sum(value > 0 for value in values), len(values)),
    }
)
