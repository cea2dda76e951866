"""What `check` and `verify` tell of: one thing that is not what was sealed or set."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ledger import LedgerFault
from ledger.people import COLUMNS as PEOPLE


class FindingKind(StrEnum):
    """What a finding is about; a word of the texts, `verify.kind_KIND`."""

    CONTENT = "content"
    PRESENTATION = "presentation"
    ACCESS = "access"
    PLACE = "place"


@dataclass(frozen=True)
class Finding:
    """One thing that is not what was sealed, or what the deploy, a close or a logged command set.

    `code` is a key of the texts (`verify.CODE`), `place` a cell («Сделки C12»), a № or a table, of access and place the
    file and its tab; `sealed` and `present` are the values side by side, of access the account with its role. They may
    be pay: show them to people, never to a log.
    """

    month: str
    code: str
    place: str
    sealed: str
    present: str
    kind: FindingKind = FindingKind.CONTENT


def of_ledger(fault: LedgerFault) -> Finding:
    """Tell of a row of the ledger that no command has written so; people whom nobody entered by their accounts."""
    if fault.table == "clients" and fault.column in PEOPLE:
        return Finding(
            "", "people_not_entered", fault.column, fault.expected, fault.found, FindingKind.ACCESS
        )
    place = f"{fault.table} {fault.key} {fault.column}".strip()
    return Finding("", "ledger_changed", place, fault.expected, fault.found)
