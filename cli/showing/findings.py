"""What is not as it was sealed or set, as a table for the terminal, sorted by what it is about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kpi_rules.words.texts import Texts
    from operations.access.findings import Finding

_WIDTH = 60
"""So much of a value is shown."""


def findings_table(findings: Iterable[Finding], texts: Texts, title: str) -> Any:
    """Lay out findings: content first, then presentation, access and place, each in the order in which it was seen."""
    from rich.markup import escape
    from rich.table import Table

    from operations.access.findings import FindingKind

    order = list(FindingKind)
    table = Table("О чём", "Месяц", "Что", "Где", "Было задано", "Сейчас", title=title)
    for finding in sorted(findings, key=lambda each: order.index(each.kind)):
        shown = (finding.place, finding.sealed[:_WIDTH], finding.present[:_WIDTH])
        kind, what = texts(f"verify.kind_{finding.kind}"), texts(f"verify.{finding.code}")
        table.add_row(kind, finding.month, what, *map(escape, shown))
    return table
