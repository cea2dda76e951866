"""Rows of «Корректировки» that were paid and do not say any more what was paid (behaviour §3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from kpi_rules.facts.inputs import Correction
from kpi_rules.problems import Place, Problem, warning
from kpi_rules.records.months import corrections_from_record
from ledger import Seal


@dataclass(frozen=True)
class ChangedPaid:
    """A paid correction as sealed, and the row that stands under its № now (None: gone)."""

    paid_in: str
    sealed: Correction
    present: Correction | None

    def problem(self) -> Problem:
        """Tell of it in the payroll book, without any amount."""
        row = self.present.row if self.present else None
        return warning(
            "paid_correction_changed",
            Place("corrections", row, "number"),
            self.sealed.code,
            number=self.sealed.number,
            paid=self.paid_in,
        )


def changed_paid(seals: Iterable[Seal], present: Iterable[Correction]) -> list[ChangedPaid]:
    """Hold employee, month, amount and reason of each paid № against the present row."""
    live = {row.number: row for row in present}
    found = []
    for seal in seals:
        numbers = {paid["number"] for paid in seal.record["adjustments"]["paid"]}
        for sealed in corrections_from_record(seal.record["corrections"]):
            row = live.get(sealed.number)
            if sealed.number in numbers and (row is None or _content(row) != _content(sealed)):
                found.append(ChangedPaid(seal.month, sealed, row))
    return found


def _content(row: Correction) -> Correction:
    return replace(row, approved=True, row=0)
