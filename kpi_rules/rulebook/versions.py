"""Rulebooks from files and tabs, checked; back to rows; and told apart in words (behaviour §5).

The TOML form (numbers are integers or texts: `"0.5"`, `"2/3"`; never floats, which are refused)::

    name = "b2b"
    from_month = "2026-01"
    inputs = "deals"                     # a row per lead; or "reports": a row per employee and day

    [policies]                           # all optional: see `kpi_rules.policies`
    conversion_basis = "paid"            # or "cohort"

    [[kpis]]
    role = "manager"                     # or "head"
    id = "plan_completion"
    group = "result"                     # result, process, discipline; default: the measure's own
    measure = "plan_completion"          # see `catalogue.MEASURES`
    scoring = "ratio"                    # ratio, inverse, index, share
    weight_percent = 40
    cap_percent = 100                    # default 100
    base = "0.5"                         # with `index` only, in the measure's unit (₸, minutes, fractions)
    norm = "1"
    when_not_applicable = "spread"       # default; or full, zero
    how_counted = "mean"                 # sum, mean, share, last: `measure` is then a name on «Показатели»
    own_target = "own:Станки"            # the column of its own on «План»; with `only_where`, else `norm` holds
    only_where = [{ column = "source", header = "Источник", values = ["Сайт"] }]  # all of it; `equal = false`: ≠

    [[bands]]                            # from 0 upwards
    from_percent = 80
    id = "full"
    coefficient_percent = 100
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from kpi_rules.exact import TIYN_PER_TENGE
from kpi_rules.measures.catalogue import MEASURES
from kpi_rules.measures.grains import Grain
from kpi_rules.measures.units import Unit
from kpi_rules.policies import POLICIES, Policies, PolicyValue
from kpi_rules.rulebook.building import build_bands, build_card, check_policies
from kpi_rules.rulebook.errors import BandRow, KpiRow, RulebookError
from kpi_rules.rulebook.file_form import read_file
from kpi_rules.rulebook.input_words import GRAINS
from kpi_rules.rulebook.model import Kpi, Role, Rulebook
from kpi_rules.time.periods import Month

DEFAULT_POLICIES = Policies()


def load(data: Mapping[str, Any]) -> Rulebook:
    """Read a parsed rulebook file (the module's docstring shows its form). Raises RulebookError."""
    file = read_file(data)
    month, named = file["from_month"], file["name"]
    kpi_rows = [_row_of_file(kpi, month) for kpi in file["kpis"]]
    band_rows = [
        BandRow(month, Fraction(band["from_percent"], 100), band["id"], band["coefficient_percent"] / 100)
        for band in file["bands"]
    ]
    policies = _policies(file["policies"])
    grain = GRAINS.get(file["inputs"])
    if grain is None:
        raise RulebookError("value", f"{named}.inputs", value=file["inputs"], expected=", ".join(GRAINS))
    (rulebook,) = from_rows(kpi_rows, band_rows, name=named, policies=policies, grain=grain) or (None,)
    if rulebook is None:
        raise RulebookError("manager_missing", named)
    return rulebook


def _row_of_file(kpi: Mapping[str, Any], month: Month) -> KpiRow:
    return KpiRow(
        from_month=month,
        role=kpi["role"],
        id=kpi["id"],
        group=kpi["group"] if kpi["group"] is not None else _group_of(kpi["measure"]),
        measure=kpi["measure"],
        scoring=kpi["scoring"],
        weight_fraction=kpi["weight_percent"] / 100,
        cap_fraction=kpi["cap_percent"] / 100,
        base=kpi["base"],
        norm=kpi["norm"],
        when_not_applicable=kpi["when_not_applicable"],
        only_where=kpi["only_where"],
        own_target=kpi["own_target"],
        how_counted=kpi["how_counted"],
    )


def _group_of(measure: str) -> str:
    return MEASURES[measure].group if measure in MEASURES else ""


def _policies(written: Mapping[str, Any]) -> Policies:
    by_key = {policy.file_key: policy for policy in POLICIES.values()}
    given: dict[str, PolicyValue] = {}
    for key, value in written.items():
        place = f"policies.{key}"
        if key not in by_key:
            raise RulebookError("value", place, value=key, expected=", ".join(by_key))
        try:
            given[by_key[key].id] = by_key[key].from_file(value)
        except (ValueError, ZeroDivisionError):
            raise RulebookError("value", place, value=value, expected=by_key[key].expected) from None
    return Policies(given)


def from_rows(
    kpi_rows: Sequence[KpiRow],
    band_rows: Sequence[BandRow],
    *,
    name: str = "b2b",
    policies: Policies = DEFAULT_POLICIES,
    grain: Grain = Grain.LEAD,
) -> tuple[Rulebook, ...]:
    """Build the versions of the «Правила» tab, in order of their months. Raises RulebookError.

    Each role's card and the bands are replaced as a whole by the rows of a later month. Name, policies and
    grain have no place on the tab and come from the client's rulebook.
    """
    check_policies(policies, name)
    months = sorted({row.from_month for row in kpi_rows} | {row.from_month for row in band_rows})
    versions = []
    for month in months:
        manager_rows = _in_force([row for row in kpi_rows if row.role != Role.HEAD], month)
        head_rows = _in_force([row for row in kpi_rows if row.role == Role.HEAD], month)
        rows_of_bands = _in_force(band_rows, month)
        place, held = f"{name} {month}", policies.at(month)
        if not manager_rows:
            raise RulebookError("manager_missing", place)
        if not head_rows:
            raise RulebookError("head_missing", place)
        kpis = build_card(manager_rows, Role.MANAGER, held, grain, place)
        head_kpis = build_card(head_rows, Role.HEAD, held, grain, place)
        versions.append(
            Rulebook(
                name=name,
                from_month=month,
                kpis=kpis,
                head_kpis=head_kpis,
                bands=build_bands(rows_of_bands, place, (kpis, head_kpis)),
                policies=policies,
                grain=grain,
            )
        )
    return tuple(versions)


def to_rows(rulebooks: Iterable[Rulebook]) -> tuple[list[KpiRow], list[BandRow]]:
    """Give the rows of «Правила»; with the same name, policies and grain `from_rows` gives them back."""
    kpi_rows, band_rows = [], []
    for rulebook in rulebooks:
        for role, kpis in ((Role.MANAGER, rulebook.kpis), (Role.HEAD, rulebook.head_kpis)):
            kpi_rows += [_kpi_row(kpi, role, rulebook.from_month) for kpi in kpis]
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


def _kpi_row(kpi: Kpi, role: Role, month: Month) -> KpiRow:
    scale = TIYN_PER_TENGE if kpi.norm_unit is Unit.TIYN else 1
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
        only_where=kpi.only_where,
        own_target=kpi.own_target,
        how_counted=None if kpi.how_counted is None else kpi.how_counted.value,
    )
