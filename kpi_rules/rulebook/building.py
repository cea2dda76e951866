"""Cards and bands of a rulebook out of plain rows, each refused where it could not be scored fairly (behaviour §5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

from kpi_rules.exact import TIYN_PER_TENGE, exact_text, rounded_half_up
from kpi_rules.measures.catalogue import MEASURES
from kpi_rules.measures.grains import Grain
from kpi_rules.measures.measure import Group
from kpi_rules.measures.units import Unit
from kpi_rules.policies import POLICIES, Policies
from kpi_rules.rulebook.errors import BandRow, KpiRow, RulebookError
from kpi_rules.rulebook.input_words import INPUTS
from kpi_rules.rulebook.model import Band, HowCounted, Kpi, Role, Scoring, WhenNotApplicable

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
    own = row.how_counted is not None
    if own and row.measure in MEASURES:
        raise refuse("how_counted_needless", "how_counted", id=row.id, measure=row.measure)
    if not own and row.measure not in MEASURES:
        raise refuse("unknown_measure", "measure", value=row.measure, expected=", ".join(MEASURES))
    measure = None if own else MEASURES[row.measure]
    if measure and measure.of_leads and measure.of_leads(policies) and grain is not Grain.LEAD:
        raise refuse("measure_inputs", "measure", measure=measure.id, inputs=INPUTS[grain])
    if row.only_where is not None and (measure is None or measure.of_marks or grain is not Grain.LEAD):
        raise refuse("condition_not_of_deals", "only_where", id=row.id)
    kpi = Kpi(
        id=row.id,
        measure=row.measure,
        group=word("group", row.group, Group),
        scoring=word("scoring", row.scoring, Scoring),
        weight_percent=row.weight_fraction * 100,
        cap_fraction=Fraction(1) if row.cap_fraction is None else row.cap_fraction,
        base=row.base,
        norm=row.norm,
        when_not_applicable=word(
            "when_not_applicable", row.when_not_applicable or "spread", WhenNotApplicable
        ),
        only_where=row.only_where,
        own_target=row.own_target,
        how_counted=None if row.how_counted is None else word("how_counted", row.how_counted, HowCounted),
    )
    _check_kpi(kpi, refuse)
    if kpi.norm_unit is Unit.TIYN:
        base, norm = (None if value is None else value * TIYN_PER_TENGE for value in (row.base, row.norm))
        kpi = replace(kpi, base=base, norm=norm)
    return kpi


def _check_kpi(kpi: Kpi, refuse: Callable[..., RulebookError]) -> None:
    measure = kpi.measured
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
    if kpi.scoring in {Scoring.RATIO, Scoring.INVERSE} and measure.target is None and not kpi.is_own:
        raise refuse("no_target", "scoring", id=kpi.id, measure=measure.id)
    if kpi.is_own:
        _check_own_target(kpi, refuse)


def _check_own_target(kpi: Kpi, refuse: Callable[..., RulebookError]) -> None:
    """Refuse a KPI of the client's own that has nothing to be compared with: the plan of all deals is not a part's."""
    asked = kpi.scoring in {Scoring.RATIO, Scoring.INVERSE} or kpi.measured.share_of is not None
    if asked and kpi.target is None:
        raise refuse("own_target_missing", "norm", id=kpi.id)
    if asked and kpi.own_target is None and kpi.norm is not None and kpi.norm <= 0:
        raise refuse("norm_zero", "norm", id=kpi.id, value=exact_text(kpi.norm))


def reach(kpis: Sequence[Kpi]) -> int:
    """Give the highest whole percent that a card can come to: Σ weight × cap; a share counts at most 1."""
    highest = sum((kpi.weight_percent * _highest(kpi) for kpi in kpis), Fraction())
    return rounded_half_up(highest)


def _highest(kpi: Kpi) -> Fraction:
    return min(kpi.cap_fraction, Fraction(1)) if kpi.scoring is Scoring.SHARE else kpi.cap_fraction


FULL_SCORE = 100
"""Bands up to here pay at most the whole variable part; one above may pay more (an accelerator)."""


def build_bands(rows: Sequence[BandRow], place: str, cards: Sequence[Sequence[Kpi]] = ()) -> tuple[Band, ...]:
    """Build the bands, the best first; together they cover every score once.

    Args:
        rows: the bands, in order of their starts.
        place: where they stand, in words.
        cards: the cards that they pay; a band that none of them can come to is refused.
    """
    place = f"{place}.bands"
    if not rows:
        raise RulebookError("bands_missing", place, None, "from_fraction")
    bands: list[Band] = []
    highest = max(map(reach, cards), default=None)
    for row in rows:
        band = _band(row, place)
        if highest is not None and band.from_percent > max(highest, FULL_SCORE):
            raise RulebookError(
                "band_unreachable",
                place,
                row.row,
                "from_fraction",
                id=row.id,
                value=band.from_percent,
                highest=highest,
            )
        if row.id in {other.id for other in bands}:
            raise RulebookError("band_twice", place, row.row, "id", id=row.id)
        bands.append(band)
    starts = [band.from_percent for band in bands]
    for start, row in zip(starts, rows, strict=True):
        if starts.count(start) > 1:
            raise RulebookError("bands_overlap", place, row.row, "from_fraction", value=start)
    if starts not in (sorted(starts), sorted(starts, reverse=True)):
        raise RulebookError("bands_unsorted", place, rows[0].row, "from_fraction")
    if min(starts) != 0:
        raise RulebookError("bands_gap", place, rows[0].row, "from_fraction", value=min(starts))
    return tuple(sorted(bands, key=lambda band: -band.from_percent))


def _band(row: BandRow, place: str) -> Band:
    """Build one band: it begins at a whole percent, and pays more than everything only above 100 %."""
    percent = row.from_fraction * 100
    if percent.denominator != 1 or percent < 0:
        value = exact_text(percent)
        raise RulebookError("value", place, row.row, "from_fraction", value=value, expected="0, 1, 2 …")
    pays = exact_text(row.coefficient_fraction * 100)
    if row.coefficient_fraction < 0 or (row.coefficient_fraction > 1 and percent <= FULL_SCORE):
        raise RulebookError("coefficient", place, row.row, "coefficient_fraction", id=row.id, value=pays)
    if not row.id.strip():
        raise RulebookError("band_name", place, row.row, "band", value=int(percent))
    return Band(row.id, int(percent), row.coefficient_fraction)
