"""One table of deals in three dresses: Google's answer, raw cells, and a LibreOffice file with SUMIFS/COUNTIFS."""

from __future__ import annotations

import csv
import random
import shutil
import subprocess
import tempfile
from datetime import date
from pathlib import Path

from openpyxl import Workbook

from kpi_rules.inputs import MARKS, Settings
from sheets_sync.first_rows import rule_rows, setting_rows

EPOCH = date(1899, 12, 30)
COLUMNS = 12
"""How many columns of «Сделки» are filled: all but the comment."""


def serial(day):
    return (day - EPOCH).days


def deal_rows(count, codes, month, seed=7):
    """Make rows of «Сделки» of one month as the API gives them."""
    rng = random.Random(seed)
    first, days = serial(month.first_on), month.last_on.day
    rows = []
    for number in range(1, count + 1):
        arrived = round(first + rng.randrange(days * 1440) / 1440, 10)
        row = [number, arrived, rng.choice(codes), f"Клиент {number % 5000}", rng.choice(("сайт", "звонок"))]
        row.append(round(arrived + rng.randrange(1, 600) / 1440, 10))
        if rng.random() < 0.25:
            amount = rng.randrange(10_000, 900_000)
            paid_on = min(int(arrived) + rng.randrange(20), first + days - 1)
            row += ["Сделка", amount, amount // 2, paid_on, rng.random() < 0.2, ""]
        else:
            row += ["Отказ", "", "", "", False, "дорого"]
        rows.append(row)
    return rows


def book_rows(template, deals, codes, calendar, month):
    """Give the rows of every input tab of a B2B workbook, headers first, by tab key."""
    book = template.layout.workbook
    first, hired = serial(month.first_on), serial(date(2025, 1, 6))
    worked = calendar.working_days(month.first_on, month.last_on, 5)

    def plain(cells):
        return [[cell.value for cell in row] for row in cells]

    rows = {
        "staff": [[code, f"Менеджер {code}", "", "менеджер", hired, "", 5] for code in codes],
        "plan": [[first, code, 500_000_000, 0.25, 450_000, 5000, 15] for code in codes],
        "deals": deals,
        "discipline": [[serial(day), code, *["да"] * len(MARKS)] for code in codes for day in worked],
        "rules": plain(rule_rows(book.tab("rules"), template.rulebook)),
        "settings": plain(setting_rows(book.tab("settings"), Settings(), template.texts)),
    }
    return {
        tab.key: [[column.header for column in tab.columns], *rows.get(tab.key, [])] for tab in book.inputs()
    }


def answer_of(template, tabs):
    """Dress the tabs as the answer of `spreadsheets.values.batchGet`."""
    titles = {tab.key: tab.title for tab in template.layout.workbook.inputs()}
    ranges = [
        {"range": f"'{titles[key]}'!A1:Z{len(rows)}", "majorDimension": "ROWS", "values": rows}
        for key, rows in tabs.items()
    ]
    return {"spreadsheetId": "bench", "valueRanges": ranges}


def write_office_file(path, headers, deals, codes, month, *, formulas):
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
    wanted = (
        f"=SUMIFS({column('H')},{paid})",
        f"=COUNTIFS({paid})",
        f"=COUNTIFS({arrived})",
        f'=COUNTIFS({arrived},{column("F")},">0")',
        f"=COUNTIFS({paid},{column('K')},TRUE)",
    )
    for row, code in enumerate(codes, start=1):
        summary.append([code, *(formula.format(row=row) for formula in wanted if formulas)])
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
    command += ["--convert-to", "csv", "--outdir", str(folder), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=600)  # noqa: S603 - our own file
    with (folder / f"{path.stem}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def office_files(headers, deals, codes, month):
    """Write the table with and without its formulas; gives their folder (to be removed) and both paths."""
    folder = Path(tempfile.mkdtemp(prefix="tablo-bench-"))
    paths = folder / "formulas.xlsx", folder / "values.xlsx"
    for path in paths:
        write_office_file(path, headers, deals, codes, month, formulas=path is paths[0])
    return folder, *paths
