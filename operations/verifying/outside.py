"""Formulas of a client's files that pull from other files: looked for at night, told on «Ошибки» (behaviour §3).

A sync reads values in one call and cannot see formulas; so `verify` looks, and the ledger keeps what that brought
for the next syncs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kpi_rules.errors import ClientUnavailableError
from kpi_rules.problems import Place, Problem, warning
from kpi_rules.records.forms import RecordKind
from ledger import Client
from operations.world.services import Services
from sheets_sync.reading.outside_formulas import FORMULA_FIELDS, OutsideFormula, outside_formulas

_KEPT = "outside_formulas"
OUTSIDE = RecordKind("formula from outside")
KEPT_FORMULAS_MAX = 50
"""So many are named to people; whoever has more knows by then."""


@dataclass(frozen=True)
class OutsideFound:
    """One formula and the file it stands in: «workbook» or «payroll»."""

    file: str
    formula: OutsideFormula


def find_outside_formulas(client: Client, services: Services) -> tuple[OutsideFound, ...]:
    """Look through both books, one call each; a file out of reach is told of elsewhere."""
    return tuple(_found(client, services))


def _found(client: Client, services: Services) -> Iterator[OutsideFound]:
    for part, file_id in (("workbook", client.workbook_id), ("payroll", client.payroll_id)):
        if file_id is None:
            continue
        try:
            described = services.worker.gateway.describe(file_id, FORMULA_FIELDS)
        except ClientUnavailableError:
            continue
        yield from (OutsideFound(part, formula) for formula in outside_formulas(described))


def note_outside_formulas(slug: str, formulas: tuple[OutsideFound, ...], services: Services) -> None:
    """Keep the formulas of the workbook for «Ошибки»; what is gone is forgotten."""
    client = services.ledger.client(slug)
    kept: list[dict[str, Any]] = [
        OUTSIDE.stamped(
            {"tab": each.formula.tab, "cell": each.formula.cell, "function": each.formula.function}
        )
        for each in formulas
        if each.file == "workbook"
    ][:KEPT_FORMULAS_MAX]
    if client.extra.get(_KEPT, []) != kept:
        services.ledger.update_client(slug, extra={**client.extra, _KEPT: kept})


def outside_problems(client: Client) -> tuple[Problem, ...]:
    """Tell of the formulas that the last verification saw in the workbook."""
    return tuple(
        warning("formula_from_outside", Place(each["tab"]), cell=each["cell"], function=each["function"])
        for each in map(OUTSIDE.read, client.extra.get(_KEPT, ()))
    )
