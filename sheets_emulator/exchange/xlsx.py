"""A spreadsheet as an Excel workbook: values, formulas, formats, sizes, frozen panes, merges, validation, notes."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from sheets_emulator.book.a1 import letters, resolve
from sheets_emulator.book.grid import CellError
from sheets_emulator.exchange.xlsx_charts import hang_charts
from sheets_emulator.exchange.xlsx_formulas import Cells, excel_formula, with_formulas
from sheets_emulator.numbers.formats import pattern_of
from sheets_emulator.numbers.locales import region
from sheets_emulator.wire.errors import ApiError

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from sheets_emulator.book.document import Document, Sheet

Json = dict[str, Any]
_EXCEL_NAME = re.compile(r"[^\W\d][\w.]{0,254}")
_DEFAULT_COLUMN_PIXELS = 100
_SHEET_NAME_LIMIT = 31
_LINES: dict[str, Any] = {
    "DOTTED": "dotted", "DASHED": "dashed", "SOLID": "thin", "SOLID_MEDIUM": "medium", "SOLID_THICK": "thick",
    "DOUBLE": "double",
}  # fmt: skip
_HORIZONTAL = {"LEFT": "left", "CENTER": "center", "RIGHT": "right"}
_VERTICAL = {"TOP": "top", "MIDDLE": "center", "BOTTOM": "bottom"}
_OPERATORS = {
    "BETWEEN": "between", "NOT_BETWEEN": "notBetween", "EQ": "equal", "NOT_EQ": "notEqual", "GREATER": "greaterThan",
    "GREATER_THAN_EQ": "greaterThanOrEqual", "LESS": "lessThan", "LESS_THAN_EQ": "lessThanOrEqual",
    "BEFORE": "lessThan", "AFTER": "greaterThan", "ON_OR_BEFORE": "lessThanOrEqual",
    "ON_OR_AFTER": "greaterThanOrEqual",
}  # fmt: skip


def workbook(document: Document) -> bytes:
    """The XLSX file. Text that begins with `=` stays text there."""
    book = Workbook()
    book.remove(book.worksheets[0])
    taken: set[str] = set()
    pages = [book.create_sheet(_sheet_name(sheet.title, taken)) for sheet in document.sheets]
    tabs = {sheet.title.casefold(): page.title for sheet, page in zip(document.sheets, pages, strict=True)}
    names = _name_ranges(document, book, tabs)
    formulas: list[Cells] = []
    for sheet, page in zip(document.sheets, pages, strict=True):
        formulas.append(_formulas(document, sheet, tabs, names))
        _fill(document, sheet, page, formulas[-1])
        _arrange(sheet, page)
        hang_charts(document, sheet, page, tabs)
    if all(sheet.properties.get("hidden") for sheet in document.sheets):
        book.worksheets[0].sheet_state = "visible"  # Excel opens no workbook without a visible tab
    data = io.BytesIO()
    book.save(data)
    return with_formulas(data.getvalue(), formulas)


def _formulas(document: Document, sheet: Sheet, tabs: dict[str, str], names: frozenset[str]) -> Cells:
    """The tab's formulas that Excel can hold, by the addresses of their cells."""
    comma = region(document.locale).decimal == ","
    formulas: Cells = {}
    for row, column, formula in sheet.grid.formulas():
        value = sheet.grid.rows[row].value(column)
        value = _clean(value) if isinstance(value, str) and not isinstance(value, CellError) else value
        known = excel_formula(_clean(formula), value, decimal_comma=comma, tabs=tabs, names=names)
        if known is not None:
            formulas[f"{letters(column)}{row + 1}"] = (known, value)
    return formulas


def _name_ranges(document: Document, book: Workbook, tabs: dict[str, str]) -> frozenset[str]:
    """Give the workbook the named ranges that Excel takes; their names in upper case."""
    known = set()
    for named in document.named_ranges:
        name = str(named["name"])
        try:
            area = resolve(document, named["range"])
        except ApiError:  # a range that is gone
            continue
        if _EXCEL_NAME.fullmatch(name) is None or not (area.bottom > area.top and area.right > area.left):
            continue
        title = tabs[area.sheet.title.casefold()].replace("'", "''")
        first = f"${letters(area.left)}${area.top + 1}"
        last = f"${letters(area.right - 1)}${area.bottom}"
        book.defined_names[name] = DefinedName(name, attr_text=f"'{title}'!{first}:{last}")
        known.add(name.upper())
    return frozenset(known)


def _sheet_name(title: str, taken: set[str]) -> str:
    """A name that Excel allows: 31 characters, none of those forbidden, unique whatever the case."""
    cleaned = re.sub(r"[\[\]:*?/\\]", "_", title).strip("'")[:_SHEET_NAME_LIMIT] or "_"
    name, number = cleaned, 1
    while name.casefold() in taken:
        number += 1
        suffix = f" ({number})"
        name = cleaned[: _SHEET_NAME_LIMIT - len(suffix)] + suffix
    taken.add(name.casefold())
    return name


def _fill(document: Document, sheet: Sheet, page: Worksheet, formulas: Cells) -> None:
    looks: dict[int, Json] = {}
    ruled: dict[int, list[tuple[int, int]]] = {}
    for index, row in enumerate(sheet.grid.rows, start=1):
        for column in range(max(len(row.values), len(row.styles), max(row.formulas, default=-1) + 1)):
            value, number = row.value(column), row.style(column)
            if column in row.formulas:
                _hold_place(page.cell(index, column + 1), value, formulas, document.locale)
            elif value is not None:
                _put(page.cell(index, column + 1), value)
            if not number:
                continue
            cell, style = page.cell(index, column + 1), document.styles[number]
            if number not in looks:
                looks[number] = _look(style.get("userEnteredFormat", {}), document.locale)
            for name, wanted in looks[number].items():
                setattr(cell, name, wanted)
            if "dataValidation" in style:
                ruled.setdefault(number, []).append((column + 1, index))
            if style.get("note"):
                cell.comment = Comment(_clean(style["note"]), "")
    _restrict(document, page, ruled)


def _restrict(document: Document, page: Worksheet, ruled: dict[int, list[tuple[int, int]]]) -> None:
    """Give the cells of each style, as (column, row), the rule of validation that it holds."""
    for number, cells in ruled.items():
        rule = _rule(document.styles[number]["dataValidation"])
        if rule is not None:
            for area in _columnwise(cells):
                rule.add(area)
            page.add_data_validation(rule)


def _hold_place(cell: Cell | MergedCell, value: Any, formulas: Cells, locale: str) -> None:
    """Write a 0 for a formula that comes into the finished file, with the format that it gives its result."""
    _put(cell, 0 if cell.coordinate in formulas else value)
    if given := getattr(value, "number_format", None):
        cell.number_format = pattern_of(given, locale)


def _columnwise(cells: list[tuple[int, int]]) -> list[str]:
    """Cells, as (column, row), in as few ranges of one column as can be."""
    areas: list[tuple[int, int, int]] = []
    for column, row in sorted(cells):
        if areas and areas[-1][0] == column and areas[-1][2] == row - 1:
            areas[-1] = (column, areas[-1][1], row)
        else:
            areas.append((column, row, row))
    return [f"{letters(c - 1)}{first}:{letters(c - 1)}{last}" for c, first, last in areas]


def _put(cell: Cell | MergedCell, value: Any) -> None:
    if isinstance(value, CellError):
        cell.value = str(value)
        cell.data_type = (
            "e" if value in ("#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!") else "s"
        )
    elif isinstance(value, str):
        text = _clean(value)
        cell.value = text
        cell.data_type = "s"
        if text[:1] in ("=", "+", "-", "@"):
            cell.quotePrefix = True  # typing into the cell later must not turn it into a formula
    elif value is not None:
        cell.value = value


def _clean(text: str) -> str:
    return ILLEGAL_CHARACTERS_RE.sub("", text)


def _look(format_: Json, locale: str) -> Json:
    """The attributes of an openpyxl cell that a CellFormat asks for."""
    look: Json = {}
    if pattern := pattern_of(format_.get("numberFormat", {}), locale):
        look["number_format"] = pattern
    if (fill := _colour(format_, "backgroundColor")) not in (None, "FFFFFFFF"):
        look["fill"] = PatternFill("solid", fgColor=fill)
    text = format_.get("textFormat", {})
    if text:
        look["font"] = Font(
            name=text.get("fontFamily", "Arial"),
            size=text.get("fontSize", 10),
            bold=text.get("bold"),
            italic=text.get("italic"),
            strike=text.get("strikethrough"),
            underline="single" if text.get("underline") else None,
            color=_colour(text, "foregroundColor"),
        )
    alignment: Json = {
        "horizontal": _HORIZONTAL.get(format_.get("horizontalAlignment", "")),
        "vertical": _VERTICAL.get(format_.get("verticalAlignment", "")),
        "wrap_text": True if format_.get("wrapStrategy") == "WRAP" else None,
    }
    if any(alignment.values()):
        look["alignment"] = Alignment(**alignment)
    if borders := format_.get("borders"):
        sides: Json = {edge: _side(borders.get(edge)) for edge in ("left", "right", "top", "bottom")}
        look["border"] = Border(**sides)
    return look


def _side(border: Json | None) -> Side:
    if not border or border.get("style") not in _LINES:
        return Side()
    return Side(style=_LINES[border["style"]], color=_colour(border, "color") or "FF000000")


def _colour(holder: Json, name: str) -> str | None:
    """`FFRRGGBB` of a Color or ColorStyle; theme colours have none of their own."""
    rgb = holder.get(f"{name}Style", {}).get("rgbColor", holder.get(name))
    if rgb is None:
        return None
    return "FF" + "".join(f"{round(255 * rgb.get(part, 0)):02X}" for part in ("red", "green", "blue"))


def _rule(validation: Json) -> DataValidation | None:
    """The Excel rule for a DataValidationRule; None for a condition that Excel does not know."""
    condition = validation.get("condition", {})
    kind: str = condition.get("type", "")
    values = [str(value.get("userEnteredValue", "")) for value in condition.get("values", [])]
    asked: Json | None = None
    if kind == "ONE_OF_LIST":
        quoted = ",".join(value.replace('"', '""') for value in values)
        asked = {"type": "list", "formula1": f'"{quoted}"'} if len(quoted) <= 255 else None
    elif kind == "ONE_OF_RANGE" and values:
        asked = {"type": "list", "formula1": values[0].removeprefix("=")}
    elif kind == "BOOLEAN":
        asked = {"type": "list", "formula1": '"TRUE,FALSE"'}
    elif kind == "CUSTOM_FORMULA" and values:
        asked = {"type": "custom", "formula1": values[0].removeprefix("=")}
    elif kind.partition("_")[0] in ("NUMBER", "DATE") and values:
        sign = _OPERATORS.get(kind.partition("_")[2])
        bounds = dict(zip(("formula1", "formula2"), values, strict=False))
        asked = {"type": "decimal" if kind.startswith("NUMBER") else "date", "operator": sign} | bounds
        asked = asked if sign else None
    if asked is None:
        return None
    rule = DataValidation(allow_blank=True, showErrorMessage=bool(validation.get("strict")), **asked)
    if validation.get("inputMessage"):
        rule.prompt, rule.showInputMessage = _clean(validation["inputMessage"])[:255], True
    return rule


def _arrange(sheet: Sheet, page: Worksheet) -> None:
    """Sizes, frozen panes, merges, and what the tab itself looks like."""
    size = sheet.properties.get("gridProperties", {})
    widths = {i: p.get("pixelSize", _DEFAULT_COLUMN_PIXELS) for i, p in sheet.column_properties.items()}
    for column in range(
        max([len(row.values) for row in sheet.grid.rows] + [i + 1 for i in widths], default=0)
    ):
        dimension = page.column_dimensions[letters(column)]
        dimension.width = max(0.0, (widths.get(column, _DEFAULT_COLUMN_PIXELS) - 5) / 7)
        dimension.hidden = bool(sheet.column_properties.get(column, {}).get("hiddenByUser"))
    for index, properties in sheet.row_properties.items():
        if "pixelSize" in properties:
            page.row_dimensions[index + 1].height = properties["pixelSize"] * 0.75
        if properties.get("hiddenByUser"):
            page.row_dimensions[index + 1].hidden = True
    rows, columns = size.get("frozenRowCount", 0), size.get("frozenColumnCount", 0)
    if rows or columns:
        page.freeze_panes = f"{letters(columns)}{rows + 1}"
    for area in sheet.objects["merges"]:
        page.merge_cells(
            start_row=area.get("startRowIndex", 0) + 1,
            end_row=area["endRowIndex"],
            start_column=area.get("startColumnIndex", 0) + 1,
            end_column=area["endColumnIndex"],
        )
    page.sheet_view.showGridLines = not size.get("hideGridlines", False)
    page.sheet_view.rightToLeft = bool(sheet.properties.get("rightToLeft"))
    if colour := _colour(sheet.properties, "tabColor"):
        page.sheet_properties.tabColor = colour
    if sheet.properties.get("hidden"):
        page.sheet_state = "hidden"
