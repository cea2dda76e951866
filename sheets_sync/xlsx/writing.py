"""Blueprints as an XLSX file: the template for export, and payroll or archive for people without Google.

Formats, guards, widths, frozen rows and colour rules are those of the Google file; text stays text,
whatever it begins with.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path

from openpyxl import Workbook
from openpyxl.formatting.rule import FormulaRule, Rule
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from sheets_sync.a1 import column_letters, quoted
from sheets_sync.building.blueprints import Blueprint
from sheets_sync.building.wanted import (
    MINUTES_MAX,
    Cell,
    ColorRule,
    ColumnDesign,
    Guard,
    GuardKind,
    is_blank,
    style,
)
from sheets_sync.xlsx.cells import CellWriter, dress

_A4 = 9
_HUGE = 10**12
_LISTS_TITLE = "_lists"
_INLINE_LIST_CHARACTERS = 250
"""A list within the guard itself may hold 255 characters; a longer one lies on a hidden tab."""

_PIXELS_A_CHARACTER = 7
_PADDING_PIXELS = 5
_CHARACTER_PIXELS = 6.2
_BOLD_CHARACTER_PIXELS = 7
_LINE_POINTS = 13
_PADDING_POINTS = 4
_WIDE_PAGE_PIXELS = 800
_HINT_CHARACTERS = 255


@dataclass
class _Book:
    """The file in the making. Lists of words too long for a guard lie on a hidden tab, a column each."""

    workbook: Workbook
    cells: CellWriter = field(default_factory=CellWriter)
    lists: dict[tuple[str, ...], str] = field(default_factory=dict)

    def list_formula(self, words: tuple[str, ...]) -> str:
        inline = ",".join(words)
        if len(inline) <= _INLINE_LIST_CHARACTERS and not any("," in word or '"' in word for word in words):
            return f'"{inline}"'
        if words not in self.lists:
            if not self.lists:
                self.workbook.create_sheet(_LISTS_TITLE).sheet_state = "hidden"
            self.lists[words] = column_letters(len(self.lists))
            for row, word in enumerate(words, start=1):
                self.cells.write(self.workbook[_LISTS_TITLE], row, len(self.lists), Cell(word, "entry"))
        letters = self.lists[words]
        return f"{quoted(_LISTS_TITLE)}!${letters}$1:${letters}${len(words)}"


def write(path: Path, tabs: Iterable[Blueprint]) -> None:
    """Write tabs as an XLSX file, whole or not at all: a half-written file never lies at `path`.

    Raises OSError where the folder is not there or not writable.
    """
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    book = _Book(workbook)
    for tab in tabs:
        _write_tab(workbook.create_sheet(tab.title), tab, book)
    if book.lists:
        workbook.move_sheet(_LISTS_TITLE, len(workbook.sheetnames))
    handle, name = tempfile.mkstemp(suffix=".xlsx", dir=path.parent)
    os.close(handle)
    try:
        workbook.save(name)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def _write_tab(sheet: Worksheet, tab: Blueprint, book: _Book) -> None:
    look = tab.wanted
    for position, column in enumerate(look.columns):
        letters = column_letters(position)
        dimension = sheet.column_dimensions[letters]
        dimension.width = round((column.width_px - _PADDING_PIXELS) / _PIXELS_A_CHARACTER, 1)
        if tab.entry and column.style != "plain":
            dress(dimension, column.style)
            if column.guard:
                _guard(sheet, column.guard, f"{letters}2:{letters}{tab.row_count}", book)
    for number, row in enumerate(look.rows, start=1):
        for position, cell in enumerate(row, start=1):
            book.cells.write(sheet, number, position, cell)
        lines = max(map(_lines, row, look.columns), default=1)
        if lines > 1:
            sheet.row_dimensions[number].height = lines * _LINE_POINTS + _PADDING_POINTS
    styles = [column.style for column in look.columns]
    for number, values in enumerate(tab.entries, start=len(look.rows) + 1):
        for position, (value, name) in enumerate(zip(values, styles, strict=False), start=1):
            book.cells.write(sheet, number, position, Cell(value, "plain" if is_blank(value) else name))
    for rule in look.rules:
        _color_rule(sheet, rule, tab.row_count)
    _set_up(sheet, tab)


def _lines(cell: Cell, column: ColumnDesign) -> int:
    """Estimate in how many lines a text is shown; not every program fits the height of rows by itself."""
    look = style(cell.style)
    if not look.wrap or not isinstance(cell.value, str):
        return 1
    character = _BOLD_CHARACTER_PIXELS if look.bold else _CHARACTER_PIXELS
    room = column.width_px - (2 + look.indent) * _PADDING_PIXELS
    return sum(max(ceil(len(line) * character / room), 1) for line in cell.value.split("\n"))


def _guard(sheet: Worksheet, guard: Guard, cells: str, book: _Book) -> None:
    validation = _validation(guard, book)
    validation.allow_blank = True
    validation.showErrorMessage = True
    validation.errorStyle = "stop" if guard.strict else "warning"
    validation.error = guard.hint[:_HINT_CHARACTERS] or None
    validation.add(cells)
    sheet.add_data_validation(validation)


def _validation(guard: Guard, book: _Book) -> DataValidation:
    if guard.kind in {GuardKind.CHOICE, GuardKind.CHECKBOX, GuardKind.STAFF}:
        return DataValidation("list", formula1=guard.source or book.list_formula(guard.choices))
    if guard.kind is GuardKind.DATE:
        return DataValidation("date", operator="greaterThan", formula1="0")
    if guard.kind is GuardKind.NUMBER:
        return DataValidation("decimal", operator="greaterThanOrEqual", formula1="0")
    bounds = {GuardKind.SHARE: (0, 1), GuardKind.MINUTES: (0, MINUTES_MAX)}
    low, high = bounds.get(guard.kind, (-_HUGE, _HUGE))
    return DataValidation("decimal", operator="between", formula1=str(low), formula2=str(high))


def _color_rule(sheet: Worksheet, rule: ColorRule, row_count: int) -> None:
    """Add a conditional format as a formula of its first cell, so that text is never compared as a number."""
    first = f"{column_letters(rule.first_column)}{rule.first_row + 1}"
    value = rule.values[0].removeprefix("=")
    formula = {
        "NUMBER_LESS": f"AND(ISNUMBER({first}),{first}<{value})",
        "NUMBER_GREATER_THAN_EQ": f"AND(ISNUMBER({first}),{first}>={value})",
        "TEXT_EQ": f'{first}="{value}"',
        "CUSTOM_FORMULA": value,
    }[rule.condition]
    look = style(rule.style)
    fill = PatternFill("solid", bgColor=look.fill[1:]) if look.fill else None
    font = Font(bold=look.bold, color=look.ink[1:])
    covered = f"{first}:{column_letters(rule.end_column - 1)}{row_count}"
    sheet.conditional_formatting.add(covered, _formula_rule([formula], font, fill))


def _formula_rule(formulas: list[str], font: Font, fill: PatternFill | None) -> Rule:
    rule: Rule = FormulaRule(formula=formulas, font=font, fill=fill)  # type: ignore[no-untyped-call]  # openpyxl
    return rule


def _set_up(sheet: Worksheet, tab: Blueprint) -> None:
    """Set what stays in sight, and how the tab is printed: on A4, as wide as the page."""
    look = tab.wanted
    if look.frozen_rows or look.frozen_columns:
        sheet.freeze_panes = f"{column_letters(look.frozen_columns)}{look.frozen_rows + 1}"
    sheet.sheet_view.showGridLines = tab.entry
    sheet.sheet_properties.tabColor = tab.color[1:] or None
    if tab.hidden:
        sheet.sheet_state = "hidden"
    wide = sum(column.width_px for column in look.columns) > _WIDE_PAGE_PIXELS
    sheet.page_setup.orientation = "landscape" if tab.landscape or wide else "portrait"
    sheet.page_setup.paperSize = _A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top = sheet.page_margins.bottom = 0.5
    if look.frozen_rows:
        sheet.print_title_rows = f"1:{look.frozen_rows}"
