"""A spreadsheet in other formats, as Drive's export gives them: CSV, TSV, XLSX, PDF."""

from __future__ import annotations

import copy
import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sheets_emulator.numbers.formats import render

if TYPE_CHECKING:
    from sheets_emulator.book.document import Document, Sheet
    from sheets_emulator.exchange.print_settings import Paper


def export(document: Document, kind: str, title: str, paper: Paper | None = None) -> bytes:
    """The bytes of a spreadsheet as `csv`, `tsv` (its first tab alone), `xlsx` or `pdf` (all tabs shown).

    `paper` is how a PDF lies on its pages. XLSX holds formulas with their present values, so that readers that do not calculate find them.

    Raises:
        KeyError: another format.
    """
    if kind == "csv":
        return separated(document).encode()
    if kind == "tsv":
        lines = (
            "\t".join(_one_line(text) for text in row) for row in shown_rows(document, document.sheets[0])
        )
        return "\r\n".join(lines).encode()
    if kind == "xlsx":
        from sheets_emulator.exchange.xlsx import workbook  # noqa: PLC0415  # openpyxl is slow to import

        return workbook(document)
    if kind == "pdf":
        from sheets_emulator.exchange.pdf import pages  # noqa: PLC0415  # reportlab is slow to import

        return pages(document, title, paper)
    raise KeyError(kind)


def of_tab(document: Document, sheet_id: int) -> Document | None:
    """The document as if it had this tab alone; None where there is no such tab."""
    sheet = document.sheet(sheet_id)
    if sheet is None:
        return None
    alone = copy.copy(document)
    alone.sheets = [sheet]
    return alone


def separated(document: Document) -> str:
    """The first tab as CSV: rows end with CR LF, the last one with nothing."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    rows = list(shown_rows(document, document.sheets[0]))
    for row in rows:
        if row == [""]:
            text.write("\r\n")  # csv would write "" for a row of one empty field; Google writes nothing
        else:
            writer.writerow(row)
    return text.getvalue().removesuffix("\r\n")


def shown_rows(document: Document, sheet: Sheet) -> Iterator[list[str]]:
    """The texts that the cells show, up to the last row and column that hold something."""
    rows, columns = sheet.grid.used_size()
    locale, styles = document.locale, document.styles
    formats = [style.get("userEnteredFormat", {}).get("numberFormat") for style in styles.styles]
    for row in sheet.grid.rows[:rows]:
        yield [render(row.value(c), formats[row.style(c)], locale) for c in range(columns)]


def _one_line(text: str) -> str:
    return " ".join(text.replace("\t", " ").splitlines())
