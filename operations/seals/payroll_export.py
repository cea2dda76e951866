"""A closed month's payroll as a file: out of the sealed record alone, never out of the live book (behaviour §7)."""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any

from kpi_rules.errors import IntegrityError, RefusedError
from kpi_rules.time.periods import Month
from ledger import Ledger, RecordError, Seal, check_seal, fingerprint
from operations.seals.snapshots import SNAPSHOT, payroll_tab_of, sealed_payroll
from operations.world.new_files import write_new
from sheets_sync.building.payroll_tab import CURRENCY, SealMark, payroll_rows
from sheets_sync.xlsx import writing as xlsx_writing
from templates.loading import NewerLayoutError, Template, load

FORMAT = "tablo-payroll-1"
_FORMULA = re.compile(r"[\s\"']*[=+\-@]|[\t\r\n]")
"""What a spreadsheet might take for a formula when it opens a CSV file."""


class Format(StrEnum):
    """The kinds of files."""

    XLSX = "xlsx"
    CSV = "csv"
    JSON = "json"


@dataclass(frozen=True)
class Exported:
    """What was written: how many people, and which seal stands on it."""

    path: Path
    people: int
    seal_number: int
    fingerprint: str


def export_payroll(ledger: Ledger, slug: str, month: Month, form: Format, path: Path | None) -> Exported:
    """Write the payroll of a closed month to a file that is not there yet.

    It has the columns of the layout that the month closed in, whatever later layouts show: what stands beside a
    fingerprint is what was sealed under it. JSON is the sealed lines themselves.

    Args:
        ledger: where the seals are.
        slug: the client.
        month: a closed month that was paid.
        form: XLSX for print, CSV and JSON for other programs.
        path: None = «SLUG-2026-10.xlsx» here.

    Raises:
        RefusedError: the month is not closed, a shadow month, the file is there already, or the month closed in a
            layout that this program does not know.
        IntegrityError: the seal does not hold: nothing is printed under its fingerprint.
    """
    ledger.client(slug)
    sealed = _seal_of(ledger, slug, month)
    payroll = sealed_payroll(sealed.record)
    if payroll is None:
        raise RefusedError("payroll_of_shadow", month=month)
    target = path or Path(f"{slug}-{month}.{form}")
    template = _template_of(sealed, slug, *_layout_of(ledger, slug, month))
    mark = SealMark(sealed.number, fingerprint(sealed), sealed.public_key)
    if form is Format.JSON:
        content = json.dumps(payroll_file_record(sealed), ensure_ascii=False, indent=2).encode() + b"\n"
    elif form is Format.CSV:
        content = csv_bytes(payroll_rows(payroll, template.texts, mark, template.layout.number))
    else:
        content = _xlsx_bytes(sealed, template, mark)
    write_new(target, content)
    return Exported(target, len(payroll.lines), sealed.number, fingerprint(sealed))


def payroll_file_record(sealed: Seal) -> dict[str, Any]:
    """Give a payroll for other programs: money as whole tiyn, exact numbers as text, totals, and its seal."""
    record, payroll = sealed.record, sealed.record["payroll"]
    summed = ("base_accrued_tiyn", "variable_accrued_tiyn", "total_tiyn")
    totals: dict[str, int] = {name: sum(line[name] for line in payroll["lines"]) for name in summed}
    if of_sales := [line["percent_tiyn"] for line in payroll["lines"] if "percent_tiyn" in line]:
        totals["percent_tiyn"] = sum(of_sales)
    paid = [each["amount_tiyn"] for line in payroll["lines"] for each in line["corrections"]]
    return {
        "format": FORMAT,
        "client": record["client"],
        "client_name": record["client_name"],
        "month": record["month"],
        "currency": CURRENCY,
        "rulebook": payroll["rulebook"],
        "engine": record["engine"],
        "lines": payroll["lines"],
        "totals": {**totals, "corrections_tiyn": sum(paid)},
        "seal": {
            "number": sealed.number,
            "fingerprint": fingerprint(sealed),
            "digest": sealed.digest,
            "public_key": sealed.public_key,
        },
    }


def csv_bytes(rows: Sequence[Sequence[Any]]) -> bytes:
    """Write rows as CSV for a spreadsheet of this country: semicolons, decimal comma, UTF-8 with its mark.

    CSV knows no types, so a text that might be taken for a formula gets an apostrophe before it, as one would
    type it; line breaks within a cell become «; ».
    """
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
    writer.writerows([[_csv_text(value) for value in row] for row in rows])
    return stream.getvalue().encode("utf-8-sig")


def _csv_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        line = "; ".join(value.splitlines())
        return f"'{line}" if _FORMULA.match(_as_read(line)) else line
    if isinstance(value, Fraction | float):
        return str(value).replace(".", ",")
    return str(value)


def _as_read(line: str) -> str:
    """Give a text as a lenient program may take it: full-width signs as plain ones, invisible characters left out."""
    return unicodedata.normalize("NFKC", "".join(c for c in line if unicodedata.category(c) != "Cf"))


def _layout_of(ledger: Ledger, slug: str, month: Month) -> tuple[int, tuple[str, ...]]:
    """Give the layout and the options with which the month closed, by the snapshot of its close.

    Layout 1 and no option where nothing tells.
    """
    snapshot = ledger.snapshot(slug, month)
    if snapshot is None:
        return 1, ()
    content = SNAPSHOT.read(snapshot.record)
    return int(content["layout"]), tuple(content.get("options", ()))


def _template_of(sealed: Seal, slug: str, layout: int, options: Sequence[str]) -> Template:
    """Give the template in the layout, with the options and in the words with which the month closed."""
    record = sealed.record
    said_in = record["inputs"]["settings"]["language"]
    try:
        return load(record["template"], record["language"], said_in, layout, options)
    except NewerLayoutError as newer:
        raise RefusedError("layout_newer", client=slug, layout=newer.layout, known=newer.known) from None


def _xlsx_bytes(sealed: Seal, template: Template, mark: SealMark) -> bytes:
    record: Mapping[str, Any] = sealed.record
    tab = payroll_tab_of(record, template, mark)
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "payroll.xlsx"
        xlsx_writing.write(made, [tab] if tab else [])
        return made.read_bytes()


def _seal_of(ledger: Ledger, slug: str, month: Month) -> Seal:
    """Find the seal of a month and check it by itself; the whole chain is the business of `verify`."""
    for sealed in ledger.seals(slug):
        try:
            if sealed.month != str(month):
                continue
        except (RecordError, KeyError):
            continue
        if check_seal(sealed, sealed.public_key):
            raise IntegrityError("payroll_of_broken_seal", month=month, client=slug)
        return sealed
    raise RefusedError("payroll_before_close", month=month, client=slug)
