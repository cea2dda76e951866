"""Cards and bands of a rulebook out of plain rows, each refused where it could not be scored fairly (behaviour §5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

from kpi_rules.exact import TIYN_PER_TENGE, exact_text
from kpi_rules.measures.catalogue import MEASURES
from kpi_rules.measures.grains import Grain
from kpi_rules.measures.measure import Group
from kpi_rules.measures.units import Unit
from kpi_rules.policies import POLICIES, Policies
from kpi_rules.rulebook.errors import BandRow, KpiRow, RulebookError
from kpi_rules.rulebook.input_words import INPUTS
from kpi_rules.rulebook.model import Band, Kpi, Role, Scoring, WhenNotApplicable

Word = TypeVar("Word", bound=StrEnum)


def check_policies(policies: Policies, place: str) -> None:
    """Refuse policies that the rules do not know."""
    for id_, value in policies.given.items():
        policy = POLICIES.get(id_)
        if policy is None or not policy.allows(value):
            expected = policy.expected if policy else ", ".join(POLICIES)
            raise RulebookError("value", f"{place}.{id_}", value=value, expected=expected)


def build_card(
    rows: Sequence[KpiRow], role: Role, policies: Policies, grain: Grain, place: str
) -> tuple[Kpi, ...]:
    """Build one role's card and refuse it where it would not pay fairly."""
    kpis: list[Kpi] = []
    for row in rows:
        kpi = _kpi(row, policies, grain, place)
        if kpi.id in {other.id for other in kpis}:
            raise RulebookError("kpi_twice", f"{place}.{kpi.id}", row.row, "id", id=kpi.id, role=role)
        kpis.append(kpi)
    first_row = rows[0].row
    if not 4 <= len(kpis) <= 7:
        raise RulebookError("kpi_count", place, first_row, "id", role=role, count=len(kpis))
    for group in Group:
        if group not in {kpi.group for kpi in kpis}:
            raise RulebookError("groups", place, first_row, "group", role=role, group=group)
    total = sum((kpi.weight_percent for kpi in kpis), Fraction())
    if total != 100:
        raise RulebookError("weights", place, first_row, "weight_fraction", role=role, sum=exact_text(total))
    return tuple(kpis)


def _kpi(row: KpiRow, policies: Policies, grain: Grain, place: str) -> Kpi:
    place = f"{place}.{row.id}"

    def refuse(code: str, column: str, **params: object) -> RulebookError:
        return RulebookError(code, place, row.row, column, **params)

    def word(column: str, value: str, allowed: type[Word]) -> Word:
        known = [member.value for member in allowed]
        if value not in known:
            raise refuse("value", column, value=value, expected=", ".join(known))
        return allowed(value)

    word("role", row.role, Role)
    if row.measure not in MEASURES:
        raise refuse("unknown_measure", "measure", value=row.measure, expected=", ".join(MEASURES))
    measure = MEASURES[row.measure]
    if measure.of_leads and measure.of_leads(policies) and grain is not Grain.LEAD:
        raise refuse("measure_inputs", "measure", measure=measure.id, inputs=INPUTS[grain])
    scale = TIYN_PER_TENGE if measure.unit is Unit.TIYN else 1
    kpi = Kpi(
        id=row.id,
        measure=row.measure,
        group=word("group", row.group, Group),
        scoring=word("scoring", row.scoring, Scoring),
        weight_percent=row.weight_fraction * 100,
        cap_fraction=Fraction(1) if row.cap_fraction is None else row.cap_fraction,
        base=None if row.base is None else row.base * scale,
        norm=None if row.norm is None else row.norm * scale,
        when_not_applicable=word(
            "when_not_applicable", row.when_not_applicable or "spread", WhenNotApplicable
        ),
    )
    _check_kpi(kpi, refuse)
    return kpi


def _check_kpi(kpi: Kpi, refuse: Callable[..., RulebookError]) -> None:
    measure = MEASURES[kpi.measure]
    if kpi.weight_percent <= 0:
        raise refuse("weight_zero", "weight_fraction", id=kpi.id, value=exact_text(kpi.weight_percent))
    if kpi.cap_fraction <= 0:
        raise refuse("cap", "cap_fraction", id=kpi.id, value=exact_text(kpi.cap_fraction))
    if kpi.scoring is Scoring.INDEX:
        if kpi.base is None or kpi.norm is None:
            raise refuse("index_numbers", "base" if kpi.base is None else "norm", id=kpi.id)
        if kpi.base == kpi.norm:
            raise refuse("index_flat", "norm", id=kpi.id, value=exact_text(kpi.base))
    if kpi.scoring is Scoring.SHARE and measure.unit is not Unit.FRACTION:
        raise refuse("share_unit", "scoring", id=kpi.id, measure=measure.id)
    if kpi.scoring in {Scoring.RATIO, Scoring.INVERSE} and measure.target is None:
        raise refuse("no_target", "scoring", id=kpi.id, measure=measure.id)


_HIGHEST_START = 100
"""Only «Предел» may exceed 100 % (behaviour §3): what the tab could not hold no file may say."""


def build_bands(rows: Sequence[BandRow], place: str) -> tuple[Band, ...]:
    """Build the bands, the best first; together they cover every score once."""
    place = f"{place}.bands"
    if not rows:
        raise RulebookError("bands_missing", place, None, "from_fraction")
    bands: list[Band] = []
    for row in rows:
        percent = row.from_fraction * 100
        if percent.denominator != 1 or not 0 <= percent <= _HIGHEST_START:
            raise RulebookError(
                "value",
                place,
                row.row,
                "from_fraction",
                value=exact_text(percent),
                expected="0, 1 … 100",
            )
        if not 0 <= row.coefficient_fraction <= 1:
            raise RulebookError(
                "coefficient",
                place,
                row.row,
                "coefficient_fraction",
                id=row.id,
                value=exact_text(row.coefficient_fraction * 100),
            )
        if row.id in {band.id for band in bands}:
            raise RulebookError("band_twice", place, row.row, "id", id=row.id)
        bands.append(Band(row.id, int(percent), row.coefficient_fraction))
    starts = [band.from_percent for band in bands]
    for start, row in zip(starts, rows, strict=True):
        if starts.count(start) > 1:
            raise RulebookError("bands_overlap", place, row.row, "from_fraction", value=start)
    if starts not in (sorted(starts), sorted(starts, reverse=True)):
        raise RulebookError("bands_unsorted", place, rows[0].row, "from_fraction")
    if min(starts) != 0:
        raise RulebookError("bands_gap", place, rows[0].row, "from_fraction", value=min(starts))
    return tuple(sorted(bands, key=lambda band: -band.from_percent))
