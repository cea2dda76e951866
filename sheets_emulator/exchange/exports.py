"""A spreadsheet in other formats, as Drive's export gives them: CSV, TSV, XLSX, PDF."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from sheets_emulator.exchange.separated import comma_separated, tab_separated

if TYPE_CHECKING:
    from sheets_emulator.book.document import Document
    from sheets_emulator.exchange.print_settings import Paper


def export(document: Document, kind: str, title: str, paper: Paper | None = None) -> bytes:
    """The bytes of a spreadsheet as `csv`, `tsv` (its first tab alone), `xlsx` or `pdf` (all tabs shown).

    `paper` is how a PDF lies on its pages. XLSX holds formulas with their present values, so that readers that do not calculate find them.

    Raises:
        KeyError: another format.
    """
    if kind == "csv":
        return comma_separated(document).encode()
    if kind == "tsv":
        return tab_separated(document).encode()
    if kind == "xlsx":
        from sheets_emulator.exchange.xlsx import workbook  # noqa: PLC0415  # openpyxl is slow to import

        return workbook(document)
    if kind == "pdf":
        from sheets_emulator.exchange.pdf import pages  # noqa: PLC0415  # reportlab is slow to import

        return pages(document, title, paper)
    raise KeyError(kind)


def of_tab(document: Document, sheet_id: int) -> Document | None:
    """The document as if it had this tab alone, its charts apart; None where there is no such tab."""
    sheet = document.sheet(sheet_id)
    if sheet is None:
        return None
    alone = copy.copy(document)
    alone.sheets = [sheet]
    alone.beside = [other for other in document.sheets if other is not sheet]
    return alone
