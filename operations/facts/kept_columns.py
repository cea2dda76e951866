"""Columns of the client's own that rules of an opened month name: they belong to the layout from then on (behaviour §4).

«Правила» may stop naming them, and months that are open or closed still stand on them: so the ledger keeps which they
are, and every reading looks for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kpi_rules.facts.kinds import Kind
from kpi_rules.records.forms import RecordKind
from kpi_rules.rulebook.model import Rulebook
from ledger import Client, Ledger
from sheets_sync.reading.own_columns import PLAN, columns_named, deal_column
from sheets_sync.schema.layout import Book, Column, Layout

_KEPT = "own_columns"
KEPT = RecordKind("column of a client's own")


def with_kept_columns(client: Client, layout: Layout) -> Layout:
    """Give the layout with the columns that the ledger keeps for a client."""
    kept = [KEPT.read(each) for each in client.extra.get(_KEPT, ())]
    if not kept:
        return layout
    book = layout.workbook
    own: dict[str, list[Column]] = {}
    for record in kept:
        own.setdefault(record["tab"], []).append(_column(record, book))
    return replace(layout, workbook=book.beside(own))


def keep_columns(ledger: Ledger, slug: str, rulebook: Rulebook, layout: Layout) -> None:
    """Note the columns that the rules of a month name; those that are known stay."""
    client = ledger.client(slug)
    kept = list(client.extra.get(_KEPT, ()))
    known = {(each["tab"], each["key"]) for each in kept}
    named = columns_named([rulebook], layout.workbook)
    new = [
        KEPT.stamped({"tab": tab, "key": column.key, "header": column.header, "kind": column.kind.value})
        for tab, columns in named.items()
        for column in columns
        if (tab, column.key) not in known
    ]
    if new:
        ledger.update_client(slug, extra={**client.extra, _KEPT: [*kept, *new]})


def _column(record: Mapping[str, Any], book: Book) -> Column:
    if record["tab"] != PLAN:
        return deal_column(record["key"], record["header"], book.marks_tab())
    return Column(record["key"], record["header"], Kind(record["kind"]), guarded=False, option="conditions")
