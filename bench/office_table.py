"""The table of deals as a LibreOffice file with SUMIFS/COUNTIFS by employee: what a user would have instead."""

from __future__ import annotations

import csv
import shutil
import subprocess
import tempfile
from pathlib import Path

from openpyxl import Workbook

from bench.deals_table import serial

UTF8_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1"
"""Commas, quotation marks, UTF-8, from the first line on."""


def write_office_file(path, headers, deals, names, month, *, formulas):
    """Write the table beside a summary by employee; its formulas have no values yet, so they are calculated."""
    book = Workbook(write_only=True)
    summary, table = book.create_sheet("Итог"), book.create_sheet("Сделки")
    first, last, end = serial(month.first_on), serial(month.last_on), len(deals) + 1

    def column(letter):
        return f"Сделки!${letter}$2:${letter}${end}"

    paid = (
        f'{column("C")},$A{{row}},{column("G")},"Сделка",{column("J")},">={first}",{column("J")},"<={last}"'
    )
    arrived = f'{column("C")},$A{{row}},{column("B")},">={first}",{column("B")},"<{last + 1}"'
    deals_only = f'{paid},{column("H")},">0"'
    wanted = (
        f"=SUMIFS({column('H')},{paid})",
        f"=COUNTIFS({deals_only})",
        f"=COUNTIFS({arrived})",
        f'=COUNTIFS({arrived},{column("F")},">0")',
        f"=COUNTIFS({deals_only},{column('K')},TRUE)",
    )
    for row, name in enumerate(names, start=1):
        summary.append([name, *(formula.format(row=row) for formula in wanted if formulas)])
    table.append(headers)
    for deal in deals:
        table.append([None if cell == "" else cell for cell in deal])
    book.save(path)


def office():
    """Find LibreOffice; None where there is none."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def calculate(path, folder):
    """Let LibreOffice open the file, calculate it and write the summary: rows of texts."""
    command = [office(), f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless"]
    command += ["--convert-to", UTF8_CSV, "--outdir", str(folder), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=600)  # noqa: S603 - our own file
    with (folder / f"{path.stem}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def office_files(headers, deals, names, month):
    """Write the table with and without its formulas; gives their folder (to be removed) and both paths."""
    folder = Path(tempfile.mkdtemp(prefix="tablo-bench-"))
    paths = folder / "formulas.xlsx", folder / "values.xlsx"
    for path in paths:
        write_office_file(path, headers, deals, names, month, formulas=path is paths[0])
    return folder, *paths
