"""The payroll tab of a closed month: a line per employee, totals, the seal, and room for signatures (behaviour §7).

Laid out for print across an A4 sheet; money in whole tenge without its sign, the currency has a column.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from kpi_rules.cards.results import PayLine, Payroll
from kpi_rules.measures.units import Unit
from kpi_rules.words.dates import month_name
from kpi_rules.words.numbers import money_text
from kpi_rules.words.texts import Texts
from sheets_sync.building.amounts import amount, plain_number, tenge
from sheets_sync.building.blueprints import Blueprint, add_tab, protect
from sheets_sync.building.changes import Request
from sheets_sync.building.wanted import BLANK, Cell, CellValue, ColumnDesign, Wanted, grid
from sheets_sync.schema.sheet_ids import sheet_id

CURRENCY = "KZT"
_WIDTHS_PX = {
    "period": 72,
    "code": 48,
    "name": 160,
    "norm_days": 62,
    "worked_days": 104,
    "base": 88,
    "base_accrued": 98,
    "variable_full": 104,
    "score": 46,
    "band": 104,
    "coefficient": 120,
    "variable_accrued": 104,
    "correction": 128,
    "reason": 170,
    "carried": 84,
    "total": 88,
    "currency": 74,
    "rulebook": 104,
    "seal": 176,
}
_KEYS = tuple(_WIDTHS_PX)
_SUMMED = ("base_accrued", "variable_accrued", "correction", "carried", "total")
_SIGNATURES = ("head", "accountant", "owner")
_COLUMNS = tuple(ColumnDesign(width) for width in _WIDTHS_PX.values())


@dataclass(frozen=True)
class SealMark:
    """What of a month's seal is printed: its number, short fingerprint, and the public key."""

    number: int
    fingerprint: str
    public_key: str


def payroll_tab(payroll: Payroll, texts: Texts, client: str, seal: SealMark) -> Blueprint:
    """Lay out the payroll of a month as the tab «2026-10»; also what is read back, exported and verified."""
    lines = [_line(payroll, line, texts, seal) for line in payroll.lines]
    period = month_name(payroll.month, texts.language)
    rows = [
        [Cell(texts("tabs.payroll.title", month=period, client=client), "plain.title")],
        [Cell(texts(f"tabs.payroll.column.{key}"), "center.header") for key in _KEYS],
        *([line[key] for key in _KEYS] for line in lines),
        _totals(payroll, texts),
        [BLANK],
        [Cell(texts("tabs.payroll.gross"), "plain.note")],
        [_printed(texts("tabs.payroll.seal", number=seal.number, fingerprint=seal.fingerprint))],
        [_printed(texts("tabs.payroll.public_key", key=seal.public_key))],
    ]
    for who in _SIGNATURES:
        label = Cell(texts(f"tabs.payroll.signature_{who}"), "plain.strong")
        place = Cell(texts("tabs.payroll.signature_line"), "plain")
        rows += [[BLANK], [label, BLANK, BLANK, BLANK, place]]
    wanted = Wanted(grid(rows, len(_KEYS)), _COLUMNS, frozen_rows=2)
    title = str(payroll.month)
    return Blueprint(title, title, wanted, len(rows), color="#2f6f4f", landscape=True)


def payroll_rows(payroll: Payroll, texts: Texts, seal: SealMark) -> list[list[CellValue]]:
    """Give header, lines and total as plain values, for files without formats: «KPI, %» is a whole percent."""
    header: list[CellValue] = [texts(f"tabs.payroll.column.{key}") for key in _KEYS]
    rows = []
    for line in payroll.lines:
        cells = {key: cell.value for key, cell in _line(payroll, line, texts, seal).items()}
        rows.append([{**cells, "score": line.score_percent}[key] for key in _KEYS])
    return [header, *rows, [cell.value for cell in _totals(payroll, texts)]]


def payroll_requests(tab: Blueprint, system: Iterable[str]) -> list[Request]:
    """Work out the requests of one batchUpdate that add the tab and protect it for the system alone."""
    new_id = sheet_id("payroll", tab.key)
    return [*add_tab(tab, new_id), protect({"sheetId": new_id}, system, tab.title)]


def _line(payroll: Payroll, line: PayLine, texts: Texts, seal: SealMark) -> dict[str, Cell]:
    band = texts(f"choice.band.{line.band_id}") if line.band_id else texts("tabs.payroll.not_scored")
    score = Cell("", "plain.ruled")
    if line.score_percent is not None:
        score = amount(Fraction(line.score_percent, 100), Unit.FRACTION, "ruled")
    return {
        "period": Cell(str(payroll.month), "entry.ruled"),
        "code": Cell(line.code, "entry.ruled"),
        "name": Cell(line.name, "long_entry.ruled"),
        "norm_days": Cell(line.norm_days, "integer.ruled"),
        "worked_days": Cell(line.worked_days, "integer.ruled"),
        "base": _money(line.base_tiyn, "ruled"),
        "base_accrued": _money(line.base_accrued_tiyn, "ruled"),
        "variable_full": _money(line.variable_full_tiyn, "ruled"),
        "score": score,
        "band": Cell(band, "center.ruled"),
        "coefficient": Cell(plain_number(line.coefficient), "number.ruled"),
        "variable_accrued": _money(line.variable_accrued_tiyn, "ruled"),
        "correction": _money(_corrected(line), "ruled"),
        "reason": Cell(_reasons(line, texts), "sentence.ruled"),
        "carried": _money(_carried(line), "ruled"),
        "total": _money(line.total_tiyn, "ruled_strong"),
        "currency": Cell(CURRENCY, "center.ruled"),
        "rulebook": Cell(payroll.rulebook, "long_entry.ruled"),
        "seal": Cell(
            f"{texts('tabs.payroll.number', number=seal.number)} {seal.fingerprint}", "long_entry.ruled"
        ),
    }


def _totals(payroll: Payroll, texts: Texts) -> list[Cell]:
    sums = {
        "base_accrued": sum(line.base_accrued_tiyn for line in payroll.lines),
        "variable_accrued": sum(line.variable_accrued_tiyn for line in payroll.lines),
        "correction": sum(_corrected(line) for line in payroll.lines),
        "carried": sum(_carried(line) for line in payroll.lines),
        "total": sum(line.total_tiyn for line in payroll.lines),
    }
    cells = {key: _money(sums[key], "total") for key in _SUMMED}
    cells["period"] = Cell(texts("tabs.payroll.total"), "plain.total")
    cells["currency"] = Cell(CURRENCY, "center.total")
    return [cells.get(key, Cell("", "plain.total")) for key in _KEYS]


def _corrected(line: PayLine) -> int:
    return sum(correction.amount_tiyn for correction in line.corrections)


def _carried(line: PayLine) -> int:
    """Give what makes the line add up: what came from earlier months, less what goes on to the next."""
    return line.carried_in_tiyn - line.carried_out_tiyn


def _reasons(line: PayLine, texts: Texts) -> str:
    said = [
        texts(
            "tabs.payroll.correction",
            number=correction.number,
            month=correction.for_month,
            reason=correction.reason,
            amount=money_text(correction.amount_tiyn, texts.language),
        )
        for correction in line.corrections
    ]
    for key, carried in (("carried_in", line.carried_in_tiyn), ("carried_out", line.carried_out_tiyn)):
        if carried:
            said.append(texts(f"tabs.payroll.{key}", amount=money_text(carried, texts.language)))
    return "\n".join(said)


def _money(amount_tiyn: int, tone: str = "") -> Cell:
    return Cell(tenge(amount_tiyn), f"integer.{tone}" if tone else "integer")


def _printed(text: str) -> Cell:
    return Cell(text, "plain.muted")
