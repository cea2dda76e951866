"""Formulas in Excel files: in Excel's syntax, each with the value that it has now.

Excel knows most of Google's functions by the same name, the younger ones behind `_xlfn.`. A formula of
Google's alone goes the way Google sends it: `IFERROR(__xludf.DUMMYFUNCTION("…"),value)`, which shows the value
everywhere. openpyxl writes a formula or a value, never both, so the formulas are put into its finished file.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from openpyxl.utils import FORMULAE

from sheets_emulator.book.grid import CellError
from sheets_emulator.formulas.tokens import FormulaError, checked_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sheets_emulator.book.grid import Scalar
    from sheets_emulator.formulas.tokens import Token

Cells = dict[str, tuple[str, "Scalar"]]  # address → formula in Excel's syntax without `=`, value
_CELL = re.compile(rb"<c ([^>]*?)(?:/>|>.*?</c>)", re.DOTALL)
_ATTRIBUTE = re.compile(rb'\b(\w+)="([^"]*)"')
_OPEN_END = re.compile(r"(\$?[A-Za-z]{1,3}\$?\d+):(\$?[A-Za-z]{1,3})")
_LONGEST_TEXT = 255  # of a text within a formula, in Excel
# Functions that came to Excel after the list of its file format was written (ECMA-376), as files name them.
_YOUNGER_NAMES = """
    ACOT ACOTH ARABIC BASE BETA.DIST BETA.INV BINOM.DIST BINOM.DIST.RANGE BINOM.INV BITAND BITLSHIFT BITOR BITRSHIFT
    BITXOR CEILING.MATH CEILING.PRECISE CHISQ.DIST CHISQ.DIST.RT CHISQ.INV CHISQ.INV.RT CHISQ.TEST COMBINA CONCAT
    CONFIDENCE.NORM CONFIDENCE.T COT COTH COVARIANCE.P COVARIANCE.S CSC CSCH DAYS DECIMAL ERF.PRECISE ERFC.PRECISE
    EXPON.DIST F.DIST F.DIST.RT F.INV F.INV.RT F.TEST FLOOR.MATH FLOOR.PRECISE FORMULATEXT GAMMA GAMMA.DIST GAMMA.INV
    GAMMALN.PRECISE GAUSS HYPGEOM.DIST IFNA IFS IMCOSH IMCOT IMCSC IMCSCH IMSEC IMSECH IMSINH IMTAN ISFORMULA
    ISOWEEKNUM LOGNORM.DIST LOGNORM.INV MAXIFS MINIFS MODE.MULT MODE.SNGL MUNIT NEGBINOM.DIST NORM.DIST NORM.INV
    NORM.S.DIST NORM.S.INV NUMBERVALUE PDURATION PERCENTILE.EXC PERCENTILE.INC PERCENTRANK.EXC PERCENTRANK.INC
    PERMUTATIONA PHI POISSON.DIST QUARTILE.EXC QUARTILE.INC RANK.AVG RANK.EQ RRI SEC SECH SHEET SHEETS SKEW.P STDEV.P
    STDEV.S SWITCH T.DIST T.DIST.2T T.DIST.RT T.INV T.INV.2T T.TEST TEXTJOIN UNICHAR UNICODE VAR.P VAR.S WEIBULL.DIST
    XLOOKUP XMATCH XOR Z.TEST
"""
_YOUNGER = frozenset(_YOUNGER_NAMES.split())
_SAME = (
    FORMULAE | {"IFERROR", "AVERAGEIF", "AVERAGEIFS", "COUNTIFS", "SUMIFS", "HYPERLINK"} | {"TRUE", "FALSE"}
)


def excel_formula(
    formula: str, value: Scalar, *, decimal_comma: bool, tabs: Mapping[str, str], names: frozenset[str]
) -> str | None:
    """A formula without its `=` as an Excel file holds it; None where only its value can be written.

    `tabs` gives the file's name of each tab by its folded title, `names` are the named ranges in upper case.
    """
    try:
        tokens = checked_tokens(formula, decimal_comma=decimal_comma)
        return "".join(_parts(tokens, tabs, names, decimal_comma=decimal_comma))
    except FormulaError:
        return _dummy(formula[1:], value)


def _parts(
    tokens: list[Token], tabs: Mapping[str, str], names: frozenset[str], *, decimal_comma: bool
) -> list[str]:
    """The texts of the tokens in Excel's syntax.

    Raises:
        FormulaError: Excel knows no such formula.
    """
    parts, following = [], [*tokens[1:], ("", "", None)]
    for (kind, text, tab), (next_kind, next_text, _) in zip(tokens, following, strict=True):
        if text in "{}" and kind in ("open", "close"):
            raise FormulaError("ERROR", "Arrays are written as values.")
        if kind == "range":
            parts.append(_reference(text.replace(" ", ""), tab, tabs))
        elif kind == "number" and decimal_comma:
            parts.append(text.replace(",", "."))
        elif kind == "mark":
            parts.append(",")
        elif kind == "name":
            is_call = next_kind == "open" and next_text == "("
            parts.append(_name(text.upper(), text, names, is_call=is_call))
        else:
            parts.append(text)
    return parts


def _name(upper: str, text: str, names: frozenset[str], *, is_call: bool) -> str:
    if upper in ("TRUE", "FALSE") or (is_call and upper in _SAME):
        return upper
    if is_call and upper in _YOUNGER:
        return f"_xlfn.{upper}"
    if not is_call and upper in names:
        return text
    raise FormulaError("NAME", f"Excel does not know {upper}.")


def _reference(cells: str, tab: str | None, tabs: Mapping[str, str]) -> str:
    """Open ends reach down to Excel's last row; other forms are the same there."""
    if end := _OPEN_END.fullmatch(cells):
        cells = f"{end[1]}:{end[2]}1048576"
    elif re.fullmatch(r".*\d:\$?\d+|\$?[A-Za-z]+:.*\d", cells) and not re.fullmatch(
        r"\$?[A-Za-z]+\$?\d+:\$?[A-Za-z]+\$?\d+|\$?\d+:\$?\d+", cells
    ):
        raise FormulaError("ERROR", "Excel has no such range.")
    if tab is None:
        return cells
    title = tab[1:-1].replace("''", "'") if tab.startswith("'") else tab
    name = tabs.get(title.casefold())
    if name is None:
        raise FormulaError("REF", f"There is no tab {title}.")
    doubled = name.replace("'", "''")
    return f"'{doubled}'!{cells}"


def _dummy(formula: str, value: Scalar) -> str | None:
    """A formula of Google's alone, as its export writes it: a function that fails, and the value in its place."""
    doubled = formula.replace('"', '""')
    if len(doubled) > _LONGEST_TEXT or isinstance(value, CellError):
        return None
    if isinstance(value, bool):
        shown = "TRUE" if value else "FALSE"
    elif isinstance(value, str) or value is None:
        text = (value or "").replace('"', '""')
        if len(text) > _LONGEST_TEXT:
            return None
        shown = f'"{text}"'
    else:
        shown = repr(value)
    return f'IFERROR(__xludf.DUMMYFUNCTION("{doubled}"),{shown})'


def with_formulas(book: bytes, formulas: list[Cells]) -> bytes:
    """The file with formulas in the cells named; one `Cells` for each of its sheets, in order."""
    if not any(formulas):
        return book
    data = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            content = old.read(entry)
            match = re.fullmatch(r"xl/worksheets/sheet(\d+)\.xml", entry.filename)
            if match and formulas[int(match[1]) - 1]:
                content = _put_in(content, formulas[int(match[1]) - 1])
            new.writestr(entry, content)
    return data.getvalue()


def _put_in(sheet: bytes, cells: Cells) -> bytes:
    def replaced(match: re.Match[bytes]) -> bytes:
        attributes = dict(_ATTRIBUTE.findall(match[1]))
        here = cells.get(attributes[b"r"].decode())
        return match[0] if here is None else _cell(attributes, *here)

    return _CELL.sub(replaced, sheet)


def _cell(attributes: dict[bytes, bytes], formula: str, value: Scalar) -> bytes:
    kind, text = "n", "" if value is None else repr(value)
    if isinstance(value, bool):
        kind, text = "b", "1" if value else "0"
    elif isinstance(value, CellError):
        kind, text = "e", value if value.startswith("#") and value != "#ERROR!" else "#VALUE!"
    elif isinstance(value, str) or value is None:
        kind, text = "str", value or ""
    style = f' s="{attributes[b"s"].decode()}"' if b"s" in attributes else ""
    place = quoteattr(attributes[b"r"].decode())
    inside = f"<f>{escape(formula)}</f><v>{escape(text)}</v>"
    return f'<c r={place}{style} t="{kind}">{inside}</c>'.encode()
