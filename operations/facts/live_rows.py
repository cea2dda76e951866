"""The live workbook as a closed month knew its people: whoever was renamed or taken off «Сотрудники» since.

A row names its employee by code or full name. Whether a row of a closed month was changed may not hang on what
«Сотрудники» says today: a new surname, a leaver's row cleared away, or a newcomer of the same name is no late edit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kpi_rules.facts.inputs import Employment, WorkbookInputs
from kpi_rules.records.months import staff_from_record
from kpi_rules.rulebook.model import Rulebook
from ledger import Seal
from sheets_sync.reading.books import ReadWorkbook, parse_workbook
from sheets_sync.reading.cells import RawBook
from sheets_sync.reading.names import Directory
from sheets_sync.schema.layout import Book


@dataclass(frozen=True)
class LiveWorkbook:
    """A workbook as it stands now: its cells, and how they read by the present staff."""

    raw: RawBook
    book: Book
    rulebook: Rulebook
    read: ReadWorkbook

    @classmethod
    def of(cls, raw: RawBook, book: Book, rulebook: Rulebook) -> LiveWorkbook:
        """Read the cells by the present staff."""
        return cls(raw, book, rulebook, parse_workbook(raw, book, rulebook))

    def inputs_known_to(self, staff: Iterable[Employment]) -> WorkbookInputs:
        """Give the inputs read by the names and codes of a closed month first; anew only where these differ."""
        staff = tuple(staff)
        then, now = Directory.of(staff), Directory.of(self.read.inputs.staff)
        words = {word for stint in staff for word in (stint.code, stint.name)}
        if all(then.codes(word) == now.codes(word) for word in words):
            return self.read.inputs
        return parse_workbook(self.raw, self.book, self.rulebook, staff).inputs


def former_staff(seals: Sequence[Seal]) -> tuple[Employment, ...]:
    """Give the staff of all closed months, everybody by the last name that he had under a code."""
    found: dict[str, Employment] = {}
    for seal in seals:
        found |= {stint.code: stint for stint in staff_from_record(seal.record["inputs"])}
    return tuple(found.values())
