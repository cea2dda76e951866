"""Rulebooks from files and tabs, checked; back to rows; and told apart in words (SPEC §5).

The TOML form (numbers are integers or texts: `"0.5"`, `"2/3"`; never floats, which are refused)::

    name = "b2b"
    from_month = "2026-01"
    inputs = "deals"                     # or "reports"

    [policies]                           # all optional; the defaults stand here
    conversion_basis = "paid"            # or "cohort"
    min_leads = 1
    ramp_months = 0
    marks_minimum_percent = 80

    [[kpis]]
    role = "manager"                     # or "head"
    id = "plan_completion"
    group = "result"                     # result, process, discipline
    measure = "plan_completion"          # see `catalogue.MEASURES`
    scoring = "ratio"                    # ratio, inverse, index, share
    weight_percent = 40
    cap_percent = 100                    # default 100
    base = "0.5"                         # with `index` only, in the measure's unit (₸, minutes, fractions)
    norm = "1"
    when_not_applicable = "spread"       # default; or full, zero

    [[bands]]                            # from 0 upwards
    from_percent = 80
    id = "full"
    coefficient_percent = 100
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from kpi_rules.catalogue import MEASURES, Unit
from kpi_rules.exact import TIYN_PER_TENGE, exact_number, exact_text
from kpi_rules.inputs import Role
from kpi_rules.periods import Month
from kpi_rules.rulebook import Band, Group, Kpi, Policies, Rulebook, Scoring, WhenNotApplicable
from kpi_rules.rulebook_errors import BandRow, KpiRow, RulebookError

Word = TypeVar("Word", bound=StrEnum)
DEFAULT_POLICIES = Policies()


def _exact(value: object) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("a whole number, or a number in quotes")  # noqa: TRY004 - pydantic collects ValueError
    return exact_number(value) if isinstance(value, str) else Fraction(value)


_Number = Annotated[Fraction, BeforeValidator(_exact)]
_MonthText = Annotated[Month, BeforeValidator(lambda text: Month.parse(str(text)))]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True, strict=True)


class _PoliciesFile(_Strict):
    conversion_basis: str = "paid"
    min_leads: int = 1
    ramp_months: int = 0
    marks_minimum_percent: _Number = Fraction(80)


class _KpiFile(_Strict):
    role: str
    id: str
    group: str
    measure: str
    scoring: str
    weight_percent: _Number
    cap_percent: _Number = Fraction(100)
    base: _Number | None = None
    norm: _Number | None = None
    when_not_applicable: str = "spread"


class _BandFile(_Strict):
    from_percent: int
    id: str
    coefficient_percent: _Number


class _RulebookFile(_Strict):
    name: str
    from_month: _MonthText
    inputs: str = "deals"
    policies: _PoliciesFile = _PoliciesFile()
    kpis: list[_KpiFile]
    bands: list[_BandFile]


def load(data: Mapping[str, Any]) -> Rulebook:
    """Read a parsed rulebook file (the module's docstring shows its form). Raises RulebookError."""
    try:
        file = _RulebookFile.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "rulebook"
        expected = first["msg"].removeprefix("Value error, ")
        raise RulebookError("value", place, value=first.get("input"), expected=expected) from None
    kpi_rows = [
        KpiRow(
            from_month=file.from_month,
            role=kpi.role,
            id=kpi.id,
            group=kpi.group,
            measure=kpi.measure,
            scoring=kpi.scoring,
            weight_fraction=kpi.weight_percent / 100,
            cap_fraction=kpi.cap_percent / 100,
            base=kpi.base,
            norm=kpi.norm,
            when_not_applicable=kpi.when_not_applicable,
        )
        for kpi in file.kpis
    ]
    band_rows = [
        BandRow(file.from_month, Fraction(band.from_percent, 100), band.id, band.coefficient_percent / 100)
        for band in file.bands
    ]
    policies = Policies(
        conversion_basis=file.policies.conversion_basis,
        min_leads=file.policies.min_leads,
        ramp_months=file.policies.ramp_months,
        marks_minimum_fraction=file.policies.marks_minimum_percent / 100,
    )
    (found,) = from_rows(kpi_rows, band_rows, name=file.name, policies=policies, inputs=file.inputs) or (
        None,
    )
    if found is None:
        raise RulebookError("manager_missing", file.name)
    return found


def from_rows(
    kpi_rows: Sequence[KpiRow],
    band_rows: Sequence[BandRow],
    *,
    name: str = "b2b",
    policies: Policies = DEFAULT_POLICIES,
    inputs: str = "deals",
) -> tuple[Rulebook, ...]:
    """Build the versions of the «Правила» tab, in order of their months. Raises RulebookError.

    Each role's card and the bands are replaced as a whole by the rows of a later month. Name, policies and
    inputs have no place on the tab and come from the client's rulebook.
    """
    _check_policies(policies, inputs, name)
    months = sorted({row.from_month for row in kpi_rows} | {row.from_month for row in band_rows})
    versions = []
    for month in months:
        manager_rows = _in_force([row for row in kpi_rows if row.role != Role.HEAD], month)
        head_rows = _in_force([row for row in kpi_rows if row.role == Role.HEAD], month)
        bands = _in_force(band_rows, month)
        place = f"{name} {month}"
        if not manager_rows:
            raise RulebookError("manager_missing", place)
        if not head_rows:
            raise RulebookError("head_missing", place)
        versions.append(
            Rulebook(
                name=name,
                from_month=month,
                kpis=_card(manager_rows, Role.MANAGER, policies, inputs, place),
                head_kpis=_card(head_rows, Role.HEAD, policies, inputs, place),
                bands=_bands(bands, place),
                policies=policies,
                inputs=inputs,
            )
        )
    return tuple(versions)


def to_rows(rulebooks: Iterable[Rulebook]) -> tuple[list[KpiRow], list[BandRow]]:
    """Give the rows of «Правила»; with the same name, policies and inputs `from_rows` gives them back."""
    kpi_rows, band_rows = [], []
    for rulebook in rulebooks:
        for role, card in ((Role.MANAGER, rulebook.kpis), (Role.HEAD, rulebook.head_kpis)):
            kpi_rows += [_kpi_row(kpi, role, rulebook.from_month) for kpi in card]
        band_rows += [
            BandRow(rulebook.from_month, Fraction(band.from_percent, 100), band.id, band.coefficient)
            for band in rulebook.bands
        ]
    return kpi_rows, band_rows


def in_force(rulebooks: Iterable[Rulebook], month: Month) -> Rulebook | None:
    """Give the version that holds in a month, None before the first."""
    return max(
        (rulebook for rulebook in rulebooks if rulebook.from_month <= month),
        key=lambda rulebook: rulebook.from_month,
        default=None,
    )


def _in_force(rows: Sequence[Any], month: Month) -> list[Any]:
    latest = max((row.from_month for row in rows if row.from_month <= month), default=None)
    return [row for row in rows if row.from_month == latest]


def _check_policies(policies: Policies, inputs: str, place: str) -> None:
    if inputs not in {"deals", "reports"}:
        raise RulebookError("value", f"{place}.inputs", value=inputs, expected="deals, reports")
    if policies.conversion_basis not in {"paid", "cohort"}:
        raise RulebookError(
            "value", f"{place}.conversion_basis", value=policies.conversion_basis, expected="paid, cohort"
        )
    for name, value in (("min_leads", policies.min_leads), ("ramp_months", policies.ramp_months)):
        if value < 0:
            raise RulebookError("value", f"{place}.{name}", value=value, expected="0 or more")
    if not 0 <= policies.marks_minimum_fraction <= 1:
        raise RulebookError(
            "value",
            f"{place}.marks_minimum_percent",
            value=policies.marks_minimum_fraction,
            expected="0 to 100",
        )


def _card(rows: Sequence[KpiRow], role: Role, policies: Policies, inputs: str, place: str) -> tuple[Kpi, ...]:
    kpis: list[Kpi] = []
    for row in rows:
        kpi = _kpi(row, policies, inputs, place)
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


def _kpi(row: KpiRow, policies: Policies, inputs: str, place: str) -> Kpi:
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
    if row.measure == "conversion" and policies.conversion_basis == "cohort" and inputs == "reports":
        raise refuse("measure_inputs", "measure", measure="conversion (cohort)", inputs=inputs)
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


def _bands(rows: Sequence[BandRow], place: str) -> tuple[Band, ...]:
    place = f"{place}.bands"
    if not rows:
        raise RulebookError("bands_missing", place, None, "from_fraction")
    bands: list[Band] = []
    for row in rows:
        percent = row.from_fraction * 100
        if percent.denominator != 1 or percent < 0:
            raise RulebookError(
                "value",
                place,
                row.row,
                "from_fraction",
                value=exact_text(percent),
                expected="whole percent from 0",
            )
        if row.coefficient_fraction < 0:
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


def _kpi_row(kpi: Kpi, role: Role, month: Month) -> KpiRow:
    scale = TIYN_PER_TENGE if MEASURES[kpi.measure].unit is Unit.TIYN else 1
    return KpiRow(
        from_month=month,
        role=role.value,
        id=kpi.id,
        group=kpi.group.value,
        measure=kpi.measure,
        scoring=kpi.scoring.value,
        weight_fraction=kpi.weight_percent / 100,
        cap_fraction=kpi.cap_fraction,
        base=None if kpi.base is None else kpi.base / scale,
        norm=None if kpi.norm is None else kpi.norm / scale,
        when_not_applicable=kpi.when_not_applicable.value,
    )
