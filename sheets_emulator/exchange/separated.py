"""A tab as CSV and TSV, the texts that its cells show."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sheets_emulator.numbers.formats import render

if TYPE_CHECKING:
    from sheets_emulator.book.document import Document, Sheet


def comma_separated(document: Document) -> str:
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


def tab_separated(document: Document) -> str:
    """The first tab as TSV: a field holds neither tab nor line end."""
    rows = shown_rows(document, document.sheets[0])
    return "\r\n".join("\t".join(_one_line(text) for text in row) for row in rows)


def shown_rows(document: Document, sheet: Sheet) -> Iterator[list[str]]:
    """The texts that the cells show, up to the last row and column that hold something."""
    rows, columns = sheet.grid.used_size()
    locale, styles = document.locale, document.styles
    formats = [style.get("userEnteredFormat", {}).get("numberFormat") for style in styles.styles]
    for row in sheet.grid.rows[:rows]:
        yield [render(row.value(c), formats[row.style(c)], locale) for c in range(columns)]


def _one_line(text: str) -> str:
    return " ".join(text.replace("\t", " ").splitlines())
