"""Google's formula syntax, in the file's locale, turned into what the evaluation engine reads.

The engine (IronCalc) speaks Excel's English: `,` between arguments, closed ranges, no Cyrillic commas. Google
has `;` and the decimal comma in most locales, and open ranges (`A2:A`, `2:2`) that end with the grid.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sheets_emulator.book.a1 import column_index, letters
from sheets_emulator.formulas.doubts import marked
from sheets_emulator.formulas.joining import CRITERIA, JOINED_END, JOINED_END_MARKED, with_decimal_commas
from sheets_emulator.formulas.sparklines import without_sparklines
from sheets_emulator.formulas.tokens import FormulaError, Token, checked_tokens

ENGINE_ROWS, ENGINE_COLUMNS = 1_048_576, 16_384
# They read or write numbers as text, which the engine does the English way only.
_ENGLISH_ONLY = frozenset({"TEXT", "DOLLAR", "FIXED", "VALUE", "DATEVALUE", "TIMEVALUE"})

# They make arrays of any size, which fill the memory before they could fill the cells.
_BOUNDLESS = frozenset({"SEQUENCE", "RANDARRAY", "MAKEARRAY", "MUNIT"})
# The engine knows them from Excel, Google does not.
_NOT_GOOGLES = frozenset(
    {"AGGREGATE", "BESSELI", "BESSELJ", "BESSELK", "BESSELY", "DROP", "EXPAND", "INFO", "TAKE", "TEXTSPLIT"}
)
# Over a range the engine answers once, and wrongly, where Google answers for each cell.
_NOT_BY_CELL = frozenset(
    {"ISNUMBER", "ISTEXT", "ISBLANK", "ISERROR", "ISERR", "ISNA", "ISLOGICAL", "ISNONTEXT", "ISEVEN", "ISODD"}
)


# A criterion with a decimal comma: the engine reads the point only.
_CRITERION = re.compile(r'"(?P<test><=|>=|<>|<|>|=|)(?P<whole>-?\d+),(?P<decimals>\d+)"$')
_CORNER = re.compile(r"(?P<column_fixed>\$?)(?P<column>[A-Za-z]*)(?P<row_fixed>\$?)(?P<row>\d*)$")


@dataclass(frozen=True)
class TabShape:
    """A tab as formulas see it: its place among the tabs, title and size."""

    index: int
    title: str
    row_count: int
    column_count: int


@dataclass(frozen=True)
class Surroundings:
    """What a formula's words can mean: the tabs, the named ranges, today, and the locale's decimal comma."""

    tabs: Sequence[TabShape]
    names: Mapping[str, tuple[int, str]]  # upper-case name → (tab index, range without tab)
    decimal_comma: bool
    today: int
    now: float

    def tab(self, title: str) -> TabShape:
        """The tab of this title, in any case."""
        folded = title.casefold()
        for tab in self.tabs:
            if tab.title.casefold() == folded:
                return tab
        raise FormulaError("REF", f"Unresolved sheet name '{title}'.")


@dataclass(frozen=True)
class Area:
    """A rectangle of cells that a formula refers to: 0-based, half open."""

    tab: int
    top: int
    left: int
    bottom: int
    right: int

    def covers(self, tab: int, row: int, column: int) -> bool:
        """Whether a cell lies within."""
        return self.tab == tab and self.top <= row < self.bottom and self.left <= column < self.right


@dataclass(frozen=True)
class Translated:
    """A formula for the engine, and what it touches."""

    text: str
    marked: str  # the same with the doubtful signs of its texts replaced, see formula_doubts
    areas: frozenset[Area]
    functions: frozenset[str]
    lone_cell: tuple[int, int, int] | None  # (tab, row, column) if the formula is one reference and no more


def translate(
    formula: str, home: TabShape, around: Surroundings, shift: tuple[int, int] = (0, 0)
) -> Translated:
    """A formula with its leading `=` in the engine's syntax.

    `shift` moves references without `$` by so many rows and columns, as if the formula had been filled there.

    Raises:
        FormulaError: it does not parse, or points to a tab or cell that is not there.
    """
    tokens = without_sparklines(checked_tokens(formula, decimal_comma=around.decimal_comma))
    tokens = _with_clock(tokens, around)
    is_lone = len(tokens) == 1
    if around.decimal_comma:
        tokens = with_decimal_commas(tokens)
    writer = _Writer(home, around, shift)
    braces: list[str] = []
    for index, (kind, text, sheet) in enumerate(tokens):
        if kind in {"open", "close"}:
            braces = [*braces, text] if kind == "open" else braces[:-1]
            writer.bracket(text)
        elif kind == "mark":
            writer.put(_mark(text, in_array=bool(braces) and braces[-1] == "{", comma=around.decimal_comma))
        elif kind == "range":
            writer.reference(sheet, text)
        elif kind == "number":
            writer.put(text.replace(",", "."))
        elif kind == "name":
            follows = tokens[index + 1][1] if index + 1 < len(tokens) else ""
            writer.name(text, called=follows == "(")
        elif kind == "foreign":
            writer.foreign(text[:-1])
        elif kind == "refused":
            raise FormulaError("NAME", text)
        elif kind == "string":
            writer.string(text)
        elif text == JOINED_END:
            writer.put(text, JOINED_END_MARKED)
        else:
            writer.put(text)
    return Translated(
        "=" + "".join(writer.written),
        "=" + "".join(writer.marked),
        frozenset(writer.areas),
        frozenset(writer.functions),
        writer.lone if is_lone else None,
    )


def _with_clock(tokens: list[Token], around: Surroundings) -> list[Token]:
    """`TODAY()` and `NOW()` as what they are now: the engine's own clock and zone must not be asked."""
    clock = {"TODAY": str(around.today), "NOW": repr(around.now)}
    shown: list[Token] = []
    for token in tokens:
        shown.append(token)
        if [text for _, text, _ in shown[-2:]] == ["(", ")"] and len(shown) > 2 and shown[-3][0] == "name":
            value = clock.get(shown[-3][1].upper())
            if value:
                shown[-3:] = [("literal", value, None)]
    return shown


def _mark(text: str, *, in_array: bool, comma: bool) -> str:
    """Separators: `;` parts arguments everywhere, `,` where it is not decimal; arrays have their own."""
    if in_array:
        columns = "\\" if comma else ","
        if text == columns:
            return ","
        if text == ";":
            return ";"
    elif text == ";" or (text == "," and not comma):
        return ","
    raise FormulaError("ERROR", "Formula parse error.")


class _Writer:
    """Collects the engine's text of one formula."""

    def __init__(self, home: TabShape, around: Surroundings, shift: tuple[int, int]) -> None:
        self.home, self.around, self.shift = home, around, shift
        self.written: list[str] = []
        self.marked: list[str] = []
        self.areas: set[Area] = set()
        self.functions: set[str] = set()
        self.lone: tuple[int, int, int] | None = None
        self._inside: list[str] = []  # the functions whose brackets are open; '' for plain ones
        self._called = ""

    def put(self, text: str, marked_text: str | None = None) -> None:
        self.written.append(text)
        self.marked.append(text if marked_text is None else marked_text)

    def string(self, text: str) -> None:
        criterion = _CRITERION.match(text) if self.around.decimal_comma else None
        if criterion and self._inside and self._inside[-1] in CRITERIA:
            self.put(f'"{criterion["test"]}{criterion["whole"]}.{criterion["decimals"]}"')
        else:
            self.put(text, marked(text))

    def bracket(self, text: str) -> None:
        if text in "({":
            self._inside.append(self._called or (self._inside[-1] if self._inside else ""))
        else:
            self._inside.pop()
        self._called = ""
        self.put(text)

    def name(self, text: str, *, called: bool) -> None:
        upper = text.upper()
        self._called = upper if called else ""
        if called:
            if upper in _BOUNDLESS | _NOT_GOOGLES:
                raise FormulaError("NAME", f"Function {upper} is not emulated.")
            if upper in _ENGLISH_ONLY and self.around.decimal_comma:
                raise FormulaError("NAME", f"Function {upper} is not emulated in this locale.")
            self.functions.add(upper)
            # A result over several cells needs no asking for: the engine spreads it by itself.
            # The engine's CONCATENATE takes one cell of a range, its CONCAT all of them.
            self.put({"ARRAYFORMULA": "", "CONCATENATE": "CONCAT"}.get(upper, upper))
        elif upper in self.around.names:
            tab, cells = self.around.names[upper]
            self.reference(self.around.tabs[tab].title, cells)
        elif upper in {"TRUE", "FALSE"} or self.functions & {"LET", "LAMBDA"}:
            self.put(text)
        else:
            raise FormulaError("NAME", f"Unknown range name: '{text}'.")

    def foreign(self, sheet: str) -> None:
        """A tab's name before something that is no range of cells."""
        self.around.tab(_unquoted(sheet))
        raise FormulaError("ERROR", "Formula parse error.")

    def reference(self, sheet: str | None, cells: str) -> None:
        area = area_of(sheet, cells, self.home, self.around, self.shift)
        self.areas.add(area)
        start = f"{engine_tab(area.tab)}!${letters(area.left)}${area.top + 1}"
        if ":" not in cells:
            self.lone = (area.tab, area.top, area.left)
            self.put(start)
            return
        if self._inside and self._inside[-1] in _NOT_BY_CELL:
            raise FormulaError("NAME", f"Function {self._inside[-1]} over a range is not emulated.")
        self.put(f"{start}:${letters(area.right - 1)}${area.bottom}")


def area_of(
    sheet: str | None, cells: str, home: TabShape, around: Surroundings, shift: tuple[int, int] = (0, 0)
) -> Area:
    """The cells of a reference, as far as the grid reaches; `sheet` is a tab's name as written, or None.

    Raises:
        FormulaError: it points to a tab or cell that is not there.
    """
    tab = around.tab(_unquoted(sheet)) if sheet else home
    if tab.row_count > ENGINE_ROWS or tab.column_count > ENGINE_COLUMNS:
        raise FormulaError("NAME", "Formulas over a grid of this size are not emulated.")
    top, left, bottom, right = _closed(cells, tab, shift)
    if top > tab.row_count or left > tab.column_count:
        raise FormulaError("REF", "Reference does not exist.")
    if ":" not in cells:
        return Area(tab.index, top - 1, left - 1, top, left)
    return Area(tab.index, top - 1, left - 1, min(bottom, tab.row_count), min(right, tab.column_count))


def engine_tab(index: int) -> str:
    """The name of a tab inside the engine: plain, whatever the person called it."""
    return f"Tab{index}_"


def _closed(cells: str, tab: TabShape, shift: tuple[int, int]) -> tuple[int, int, int, int]:
    """Top, left, bottom, right, 1-based; open ends reach the edge of the grid."""
    first, _, second = cells.replace(" ", "").partition(":")
    rows: list[int] = []
    columns: list[int] = []
    for corner in (first, second or first):
        match = _CORNER.match(corner)
        if match is None:  # pragma: no cover - the lexer lets nothing else through
            raise FormulaError("ERROR", "Formula parse error.")
        # In `$2` without a column the sign was read as the column's.
        row_fixed = match["row_fixed"] or ("" if match["column"] else match["column_fixed"])
        if match["row"]:
            rows.append(int(match["row"]) + (0 if row_fixed else shift[0]))
        if match["column"]:
            columns.append(column_index(match["column"]) + 1 + (0 if match["column_fixed"] else shift[1]))
    if min(rows, default=1) < 1 or min(columns, default=1) < 1:
        raise FormulaError("REF", "Reference does not exist.")
    top, bottom = (min(rows), max(rows)) if len(rows) == 2 else (rows[0] if rows else 1, tab.row_count)
    left = min(columns) if columns else 1
    right = max(columns) if len(columns) == 2 else tab.column_count
    return top, left, bottom, right


def _unquoted(sheet: str) -> str:
    return sheet[1:-1].replace("''", "'") if sheet.startswith("'") else sheet
