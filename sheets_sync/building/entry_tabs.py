"""The tabs that people fill: how their columns look, to what cells are guided, and the rows that a new file begins with.

The reader still checks what is entered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import time
from fractions import Fraction
from itertools import count, takewhile, zip_longest
from types import MappingProxyType

from kpi_rules.facts.inputs import PlanRow
from kpi_rules.facts.kinds import Kind
from kpi_rules.measures.units import Unit
from kpi_rules.rulebook.errors import BandRow
from kpi_rules.rulebook.model import Rulebook
from kpi_rules.rulebook.versions import to_rows
from kpi_rules.time.periods import Month
from kpi_rules.time.settings import SETTINGS, SettingKind, Settings, left_out
from kpi_rules.words.texts import Texts
from sheets_sync.a1 import column_letters, quoted
from sheets_sync.building.wanted import (
    BLANK,
    Cell,
    ColorRule,
    ColumnDesign,
    Guard,
    GuardKind,
    amount,
    day_serial,
    plain_number,
    tenge,
)
from sheets_sync.schema.layout import Book, Column, Tab

LONG_TEXT_PX = 250
"""Text columns from this width on hold sentences, so they wrap."""

_STYLES = MappingProxyType(
    {
        Kind.TEXT: "entry",
        Kind.INTEGER: "integer",
        Kind.MONEY: "money",
        Kind.SHARE: "percent",
        Kind.NUMBER: "number",
        Kind.MINUTES: "minutes",
        Kind.DURATION: "minutes",
        Kind.DATE: "date",
        Kind.MOMENT: "moment",
        Kind.TIME: "time",
        Kind.MONTH: "month",
        Kind.EMPLOYEE: "entry",
        Kind.CHOICE: "center",
        Kind.CHECKBOX: "checkbox",
        Kind.SETTING: "center",
    }
)
_CHOICE_TONES = MappingProxyType(
    {"deal": "text.full", "lost": "text.none", "new": "text.reduced", "yes": "text.good", "no": "text.base"}
)
_NUMBERS = (Kind.MONEY, Kind.INTEGER, Kind.NUMBER)
_STATUS_NEEDS = ("amount_tiyn", "paid_on")
"""A row with the status «Сделка» is lit up where one of these is still blank."""


def column_design(
    column: Column, book: Book, texts: Texts, staff_at: Mapping[str, int] | None = None
) -> ColumnDesign:
    """Work out width, style and guard of an entry column.

    `staff_at` tells where the columns of «Сотрудники» stand in a file that people have moved them in.
    """
    guard = _guard(column, book, texts, staff_at) if column.guarded else None
    return ColumnDesign(column.width_px, column_style(column), guard)


def column_style(column: Column) -> str:
    """Name the style of the cells below a column's header."""
    long = column.kind is Kind.TEXT and column.width_px >= LONG_TEXT_PX
    return "long_entry" if long else _STYLES[column.kind]


def color_rules(tab: Tab, standing: Mapping[str, int] | None = None) -> tuple[ColorRule, ...]:
    """Work out the conditional colours of an entry tab: statuses, marks, and what a deal still lacks.

    Formulas are written without a list separator, which differs between the locales of files. `standing` tells at
    which positions the columns are, where that is not the layout's order.
    """
    rules: list[ColorRule] = []
    places = {column.key: index for index, column in enumerate(tab.columns)} if standing is None else standing
    placed = [(places[column.key], column) for column in tab.columns if column.key in places]
    for position, column in placed:
        for choice, word in (column.choices or {}).items():
            if choice in _CHOICE_TONES:
                rules.append(_rule(position, "TEXT_EQ", word, _CHOICE_TONES[choice]))
        if column.choices and "deal" in column.choices:
            status = f'${column_letters(position)}2="{column.choices["deal"]}"'
            for needed, other in placed:
                if other.key in _STATUS_NEEDS:
                    formula = f'=({status})*(${column_letters(needed)}2="")'
                    rules.append(_rule(needed, "CUSTOM_FORMULA", formula, "text.base"))
    return tuple(rules)


def _rule(position: int, condition: str, value: str, style: str) -> ColorRule:
    return ColorRule(position, position + 1, 1, condition, (value,), style)


def _guard(column: Column, book: Book, texts: Texts, staff_at: Mapping[str, int] | None) -> Guard | None:
    if column.kind is Kind.EMPLOYEE:
        return _staff_guard(column, book, texts, staff_at)
    words = tuple((column.choices or {}).values())
    yes_and_no = (texts("choice.mark.yes"), texts("choice.mark.no"))
    number = GuardKind.ANY_NUMBER if column.signed else GuardKind.NUMBER
    share = GuardKind.NUMBER if column.above_one else GuardKind.SHARE
    guards = {
        Kind.CHOICE: Guard(GuardKind.CHOICE, words, strict=not column.open, hint=texts("tabs.hint.choice")),
        Kind.CHECKBOX: Guard(GuardKind.CHECKBOX, yes_and_no, strict=True),
        Kind.DATE: Guard(GuardKind.DATE, hint=texts("tabs.hint.date")),
        Kind.MOMENT: Guard(GuardKind.DATE, hint=texts("tabs.hint.moment")),
        Kind.SHARE: Guard(share, hint=texts("tabs.hint.share")),
        # Refused and not only warned of: a date or a long text is no answer time.
        **dict.fromkeys(REGUARDED, Guard(GuardKind.MINUTES, strict=True, hint=texts("tabs.hint.minutes"))),
        **dict.fromkeys(_NUMBERS, Guard(number, hint=texts("tabs.hint.number"))),
    }
    return guards.get(column.kind)


REGUARDED = (Kind.MINUTES, Kind.DURATION)
"""Kinds whose cells are guided otherwise than an earlier release did."""


def released_guard(column: Column, texts: Texts) -> Guard | None:
    """Give the guard that release 0.1.0 set where it is another now: cells that still bear it get the present one."""
    return Guard(GuardKind.NUMBER, hint=texts("tabs.hint.number")) if column.kind in REGUARDED else None


def _staff_guard(
    column: Column, book: Book, texts: Texts, staff_at: Mapping[str, int] | None
) -> Guard | None:
    staff = next((tab for tab in book.tabs if tab.key == "staff"), None)
    if staff is None:  # the payroll book has no staff: a formula into another file would be one
        return None
    by_code = column.header == staff.column("code").header
    named = staff.column("code" if by_code else "name")
    position = (staff_at or {}).get(named.key, staff.columns.index(named))
    letters = column_letters(position)
    source = f"{quoted(staff.title)}!${letters}$2:${letters}${staff.row_count}"
    return Guard(GuardKind.STAFF, source=source, hint=texts("tabs.hint.employee"))


# ---- rows by themselves: rules, plan, settings, and the page of instructions
_MINUTES_A_DAY = 24 * 60


def rule_rows(tab: Tab, rulebook: Rulebook) -> list[list[Cell]]:
    """Lay a rulebook out as the rows of «Правила»: the KPIs on the left, the bands beside them."""
    kpi_rows, band_rows = to_rows([rulebook])
    rows = []
    for kpi, band in zip_longest(kpi_rows, band_rows):
        values: dict[str, object] = {}
        if kpi:
            values |= vars(kpi)
        if band:
            values |= _band_values(band)
        rows.append([_cell(column, values.get(column.key)) for column in tab.columns])
    return rows


def plan_rows(tab: Tab, plan: Iterable[PlanRow]) -> list[list[Cell]]:
    """Lay plan rows out as those of «План», each target as the cell of its column holds it."""
    return [[_plan_cell(column, row) for column in tab.columns] for row in plan]


def _plan_cell(column: Column, row: PlanRow) -> Cell:
    style = column_style(column)
    if column.kind is Kind.MONTH:
        return Cell(day_serial(row.month.first_on), style)
    if column.kind is Kind.EMPLOYEE:
        return Cell(row.code, style)
    target = row.targets.get(column.key)
    if target is None:
        return BLANK
    return Cell(tenge(target) if column.kind is Kind.MONEY else plain_number(target), style)


def setting_rows(tab: Tab, settings: Settings, texts: Texts) -> list[list[Cell]]:
    """Lay the settings out as the rows of «Настройки»."""
    words = tab.column("setting").choices or {}
    rows = []
    nothing_said = left_out(settings)
    for key, setting in SETTINGS.items():
        value = getattr(settings, key)
        if key in nothing_said:
            continue
        if isinstance(value, time):
            cell = Cell((value.hour * 60 + value.minute) / _MINUTES_A_DAY, "time")
        elif setting.kind is SettingKind.LANGUAGE:
            cell = Cell(texts(f"choice.language.{value}"), "center")
        elif setting.kind is SettingKind.WORD:
            cell = Cell(texts(f"choice.{key}.{value}"), "center")
        else:
            cell = Cell(value, "center")
        rows.append([Cell(words[key], "center"), cell])
    return rows


def guide_rows(texts: Texts, options: Iterable[str] = ()) -> list[list[Cell]]:
    """Lay out «Инструкция»: a title, then numbered sections of a heading and its sentences.

    After them stands what a section says of each option that the client has.
    """
    rows = [[Cell(texts("tabs.guide.title"), "plain.title")], [BLANK]]
    section = 1
    while f"tabs.guide.s{section}.title" in texts:
        title = Cell(texts(f"tabs.guide.s{section}.title"), "plain.section")
        rows.append([title, Cell("", "plain.section")])
        lines = takewhile(
            lambda line: f"{line}.what" in texts, (f"tabs.guide.s{section}.l{n}" for n in count(1))
        )
        more = (f"tabs.guide.s{section}.{option}" for option in sorted(options))
        rows += [
            [Cell(texts(f"{line}.what"), "text.strong"), Cell(texts(f"{line}.how"), "sentence")]
            for line in (*lines, *(line for line in more if f"{line}.what" in texts))
        ]
        rows.append([BLANK])
        section += 1
    return rows[:-1]


def _band_values(row: BandRow) -> Mapping[str, object]:
    return {
        "band_from_month": row.from_month,
        "from_fraction": row.from_fraction,
        "band": row.id,
        "coefficient_fraction": row.coefficient_fraction,
    }


def _cell(column: Column, value: object) -> Cell:
    if value is None:
        return BLANK
    if isinstance(value, Month):
        return Cell(day_serial(value.first_on), "month")
    if isinstance(value, Fraction):
        return (
            amount(value, Unit.FRACTION) if column.kind is Kind.SHARE else Cell(plain_number(value), "number")
        )
    if column.choices:
        return Cell(column.choices.get(str(value), str(value)), column_style(column))
    return Cell(str(value), column_style(column))
