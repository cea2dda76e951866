"""Forms of records: each says by its number how it is to be read, and every form ever released can be read.

A record of one kind (a sealed month, a frozen rulebook, a plan row) bears the number of its form under `form`;
without one it is of form 1, as release 0.1.0 wrote it. Where the shape of a record changes, its kind gets one more
upgrader, a function from the form before to the new one, and the upgraders before stay as they are: reading walks
through them, from the record's form to the present one. What was written is never written anew
(docs/behaviour.md §7b).

A kind is declared beside what writes and reads it::

    PLAN_ROW = RecordKind("plan row", (_with_named_targets,))      # present form: 2

    def plan_row_record(row): return PLAN_ROW.stamped({...})
    def plan_row_from_record(record): row = PLAN_ROW.read(record); ...
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kpi_rules.errors import NewerFormError

Record = Mapping[str, Any]
Upgrader = Callable[[Record], Record]

FORM = "form"
"""Under which key a record bears the number of its form."""


@dataclass(frozen=True)
class RecordKind:
    """One kind of record: its name, and the upgraders from each form to the one after it, form 1 first."""

    name: str
    upgraders: tuple[Upgrader, ...] = ()

    @property
    def present(self) -> int:
        """The form in which records are written now."""
        return 1 + len(self.upgraders)

    def form_of(self, record: Record) -> int:
        """Give the form of a record.

        Raises NewerFormError where it is above the present one, ValueError where it is none at all.
        """
        form = record.get(FORM, 1)
        if type(form) is not int or form < 1:
            raise ValueError(f"{self.name}: the form of this record is no number of a form")
        if form > self.present:
            raise NewerFormError(self.name, f"form {form}")
        return form

    def stamped(self, record: Record) -> dict[str, Any]:
        """Write the number of the present form into a record."""
        return {FORM: self.present, **record}

    def read(self, record: Record) -> Record:
        """Give a record of any form released so far in the present one; the given one stays as it is.

        Raises NewerFormError and ValueError as `form_of` does.
        """
        for upgrade in self.upgraders[self.form_of(record) - 1 :]:
            record = upgrade(record)
        return record

    def refuse_unknown(self, names: Iterable[str], known: Collection[str]) -> None:
        """Refuse a record of a known form that names something declared later: a measure, a policy, a column.

        Raises NewerFormError.
        """
        for name in names:
            if name not in known:
                raise NewerFormError(self.name, f"«{name}»")
