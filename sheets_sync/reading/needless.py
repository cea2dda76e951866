"""Columns that nobody needs and that do harm: an ИИН is nobody's business in a file that a team shares (behaviour §5)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kpi_rules.problems import Place, Problem, warning
from kpi_rules.spelling import folded
from sheets_sync.a1 import column_letters
from sheets_sync.reading.cells import Rows
from sheets_sync.reading.typed_text import as_seen
from sheets_sync.schema.layout import Tab

_IIN = frozenset(map(folded, ("ИИН", "ЖСН", "IIN")))
"""The individual identification number, in the languages of the product."""
_NO_LETTERS = re.compile(r"[\W\d_]+")


def needless_columns(tab: Tab, rows: Rows) -> Iterator[Problem]:
    """Name the columns of a tab whose header asks for an ИИН, whoever's it is."""
    for position, header in enumerate(rows[0] if rows else ()):
        if isinstance(header, str) and not _IIN.isdisjoint(_NO_LETTERS.split(folded(header))):
            blanks = {"header": as_seen(header).strip(), "column": column_letters(position)}
            yield warning("iin_not_needed", Place(tab.key), tab=tab.title, **blanks)
