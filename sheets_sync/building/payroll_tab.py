"""The payroll tab of a closed month: a line per employee, totals, the seal, and room for signatures (behaviour §7).

Laid out for print across an A4 sheet; money in whole tenge without its sign, the currency has a column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

from kpi_rules.cards.results import PayLine, Payroll
from kpi_rules.exact import exact_text
from kpi_rules.measures.units import Unit
from kpi_rules.words.dates import month_name
from kpi_rules.words.known import band_name
from kpi_rules.words.numbers import exact_number_text, money_text
from kpi_rules.words.texts import Texts
from sheets_sync.building.blueprints import Blueprint, add_tab, protect
from sheets_sync.building.changes import Request
from sheets_sync.building.wanted import (
    BLANK,
    Cell,
    CellValue,
    ColumnDesign,
    Wanted,
    amount,
    grid,
    plain_number,
    tenge,
)
from sheets_sync.schema.layout import sheet_id

CURRENCY = "KZT"
_SIGNATURES = ("head", "accountant", "owner")


@dataclass(frozen=True)
class SealMark:
    """What of a month's seal is printed: its number, short fingerprint, and the public key."""

    number: int
    fingerprint: str
    public_key: str


@dataclass(frozen=True)
class Printed:
    """What beside its own line a cell may show; `iso_months`: whether reasons say «2026-01», as release 0.1.0 did."""

    payroll: Payroll
    texts: Texts
    seal: SealMark
    iso_months: bool = False


@dataclass(frozen=True)
class PayColumn:
    """One column: its header is the text `tabs.payroll.column.KEY`.

    Args:
        key: its name.
        width_px: how wide it is.
        cell: what it shows of a line.
        total: what of a line the last row adds up, in tiyn; None: nothing.
        plain: its value in files without formats, where that is not the cell's.
        shown: whether a payroll has it at all; None: always.
        since: the layout from which on it is there; what closed, or was cut off, before stays
            without it. A test holds that no layout is named that templates do not have yet.
    """

    key: str
    width_px: int
    cell: Callable[[PayLine, Printed], Cell]
    total: Callable[[PayLine], int] | None = None
    plain: Callable[[PayLine], CellValue] | None = None
    shown: Callable[[Payroll], bool] | None = None
    since: int = 1


def payroll_tab(
    payroll: Payroll,
    texts: Texts,
    client: str,
    seal: SealMark,
    layout: int | None = None,
    *,
    iso_months: bool = False,
) -> Blueprint:
    """Lay out the payroll of a month as the tab «2026-10»; also what is read back, exported and verified.

    It has the columns of a layout; of the newest where none is given. `iso_months`: in the words of release 0.1.0.
    """
    columns, printed = _columns(payroll, layout), Printed(payroll, texts, seal, iso_months)
    period = month_name(payroll.month, texts.language)
    rows = [
        [Cell(texts("tabs.payroll.title", month=period, client=client), "plain.title")],
        [Cell(texts(f"tabs.payroll.column.{column.key}"), "center.header") for column in columns],
        *([column.cell(line, printed) for column in columns] for line in payroll.lines),
        _totals(payroll, columns, texts),
        [BLANK],
        [Cell(texts("tabs.payroll.gross"), "plain.note")],
        *([[_note(texts(f"tabs.payroll.vat_{payroll.vat}"))]] if payroll.vat else []),
        [_note(texts("tabs.payroll.seal", number=seal.number, fingerprint=seal.fingerprint))],
        [_note(texts("tabs.payroll.public_key", key=seal.public_key))],
    ]
    for who in _SIGNATURES:
        label = Cell(texts(f"tabs.payroll.signature_{who}"), "plain.strong")
        place = Cell(texts("tabs.payroll.signature_line"), "plain")
        rows += [[BLANK], [label, BLANK, BLANK, BLANK, place]]
    designs = tuple(ColumnDesign(column.width_px) for column in columns)
    wanted = Wanted(grid(rows, len(columns)), designs, frozen_rows=2)
    title = str(payroll.month)
    return Blueprint(title, title, wanted, len(rows), color="#2f6f4f", landscape=True)


def payroll_rows(payroll: Payroll, texts: Texts, seal: SealMark, layout: int) -> list[list[CellValue]]:
    """Give header, lines and total of a layout as plain values, for files without formats: «KPI, %» is a whole percent."""
    columns, printed = _columns(payroll, layout), Printed(payroll, texts, seal)
    header: list[CellValue] = [texts(f"tabs.payroll.column.{column.key}") for column in columns]
    rows = [
        [column.plain(line) if column.plain else column.cell(line, printed).value for column in columns]
        for line in payroll.lines
    ]
    return [header, *rows, [cell.value for cell in _totals(payroll, columns, texts)]]


def payroll_requests(tab: Blueprint, system: Iterable[str]) -> list[Request]:
    """Work out the requests of one batchUpdate that add the tab and protect it for the system alone."""
    new_id = sheet_id("payroll", tab.key)
    return [*add_tab(tab, new_id), protect({"sheetId": new_id}, system, tab.title)]


def _corrected(line: PayLine) -> int:
    return sum(correction.amount_tiyn for correction in line.corrections)


def _carried(line: PayLine) -> int:
    """Give what makes the line add up: what came from earlier months, less what goes on to the next."""
    return line.carried_in_tiyn - line.carried_out_tiyn


def _reasons(line: PayLine, printed: Printed) -> str:
    texts = printed.texts
    said = [
        texts(
            "tabs.payroll.correction",
            number=correction.number,
            month=str(correction.for_month) if printed.iso_months else correction.for_month,
            reason=correction.reason,
            amount=money_text(correction.amount_tiyn, texts.language),
        )
        for correction in line.corrections
    ]
    for key, carried in (("carried_in", line.carried_in_tiyn), ("carried_out", line.carried_out_tiyn)):
        if carried:
            said.append(texts(f"tabs.payroll.{key}", amount=money_text(carried, texts.language)))
    return "\n".join(said)


def percent_sentences(line: PayLine, texts: Texts) -> str:
    """Say how a line's percent of sales comes about, a line of text for each part."""
    said = []
    for part in line.percents:
        blanks = {
            "base": texts(f"choice.percent_base.{part.base}"),
            "start": _percent(part.from_fraction, texts),
            "amount": money_text(part.part_tiyn, texts.language),
            "rate": _percent(part.rate_fraction, texts),
        }
        if part.coefficient is None:
            said.append(texts("tabs.payroll.percent_part", **blanks))
        else:
            share = _percent(part.coefficient, texts)
            said.append(texts("tabs.payroll.percent_part_by_band", **blanks, share=share))
    return "\n".join(said)


def _percent(fraction: Fraction, texts: Texts) -> str:
    """Write a rate with all its decimals: whoever multiplies it has to come to the same sum."""
    return exact_number_text(f"{exact_text(fraction * 100)}%", texts.language)


def _has_percents(payroll: Payroll) -> bool:
    return any(line.percents for line in payroll.lines)


def _money(amount_tiyn: int, tone: str = "") -> Cell:
    return Cell(tenge(amount_tiyn), f"integer.{tone}" if tone else "integer")


def _note(text: str) -> Cell:
    return Cell(text, "plain.muted")


def _score(line: PayLine, _printed: Printed) -> Cell:
    if line.score_percent is None:
        return Cell("", "plain.ruled")
    return amount(Fraction(line.score_percent, 100), Unit.FRACTION, "ruled")


def _band(line: PayLine, printed: Printed) -> Cell:
    texts = printed.texts
    band = band_name(line.band_id, texts) if line.band_id else texts("tabs.payroll.not_scored")
    return Cell(band, "center.ruled")


def _seal(_line: PayLine, printed: Printed) -> Cell:
    number = printed.texts("tabs.payroll.number", number=printed.seal.number)
    return Cell(f"{number} {printed.seal.fingerprint}", "long_entry.ruled")


PAY_COLUMNS = (
    PayColumn("period", 72, lambda _, printed: Cell(str(printed.payroll.month), "entry.ruled")),
    PayColumn("code", 48, lambda line, _: Cell(line.code, "entry.ruled")),
    PayColumn("name", 160, lambda line, _: Cell(line.name, "long_entry.ruled")),
    PayColumn("norm_days", 62, lambda line, _: Cell(line.norm_days, "integer.ruled")),
    PayColumn("worked_days", 104, lambda line, _: Cell(line.worked_days, "integer.ruled")),
    PayColumn("base", 88, lambda line, _: _money(line.base_tiyn, "ruled")),
    PayColumn(
        "base_accrued",
        98,
        lambda line, _: _money(line.base_accrued_tiyn, "ruled"),
        total=lambda line: line.base_accrued_tiyn,
    ),
    PayColumn("variable_full", 104, lambda line, _: _money(line.variable_full_tiyn, "ruled")),
    PayColumn("score", 46, _score, plain=lambda line: line.score_percent),
    PayColumn("band", 104, _band),
    PayColumn("coefficient", 120, lambda line, _: Cell(plain_number(line.coefficient), "number.ruled")),
    PayColumn(
        "variable_accrued",
        104,
        lambda line, _: _money(line.variable_accrued_tiyn, "ruled"),
        total=lambda line: line.variable_accrued_tiyn,
    ),
    PayColumn(
        "percent",
        104,
        lambda line, _: _money(line.percent_tiyn, "ruled"),
        total=lambda line: line.percent_tiyn,
        shown=_has_percents,
    ),
    PayColumn(
        "percent_reason",
        190,
        lambda line, printed: Cell(percent_sentences(line, printed.texts), "sentence.ruled"),
        shown=_has_percents,
    ),
    PayColumn("correction", 128, lambda line, _: _money(_corrected(line), "ruled"), total=_corrected),
    PayColumn("reason", 170, lambda line, printed: Cell(_reasons(line, printed), "sentence.ruled")),
    PayColumn("carried", 84, lambda line, _: _money(_carried(line), "ruled"), total=_carried),
    PayColumn(
        "total",
        88,
        lambda line, _: _money(line.total_tiyn, "ruled_strong"),
        total=lambda line: line.total_tiyn,
    ),
    PayColumn("currency", 74, lambda *_: Cell(CURRENCY, "center.ruled")),
    PayColumn("rulebook", 104, lambda _, printed: Cell(printed.payroll.rulebook, "long_entry.ruled")),
    PayColumn("seal", 176, _seal),
)
"""All that a payroll tab shows of a line, in its order."""


def _columns(payroll: Payroll, layout: int | None) -> tuple[PayColumn, ...]:
    return tuple(
        column
        for column in PAY_COLUMNS
        if (layout is None or column.since <= layout) and (column.shown is None or column.shown(payroll))
    )


def _totals(payroll: Payroll, columns: Iterable[PayColumn], texts: Texts) -> list[Cell]:
    named = {
        "period": Cell(texts("tabs.payroll.total"), "plain.total"),
        "currency": Cell(CURRENCY, "center.total"),
    }
    return [
        _money(sum(map(column.total, payroll.lines)), "total")
        if column.total
        else named.get(column.key, Cell("", "plain.total"))
        for column in columns
    ]
