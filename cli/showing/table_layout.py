"""The look that all tables of the terminal share: no lines but one, amounts whole, bands in their colours."""

from __future__ import annotations

from fractions import Fraction
from types import MappingProxyType

from rich import box
from rich.markup import escape
from rich.table import Table

from kpi_rules.exact import TIYN_PER_TENGE
from kpi_rules.words.known import band_name
from kpi_rules.words.numbers import number_text
from kpi_rules.words.texts import Texts

_BAND_COLORS = MappingProxyType({"full": "green", "reduced": "yellow", "base": "red"})
DASH = "—"


def table_of(title: str, caption: str | None = None, gap: int = 1) -> Table:
    """Make an empty table; `gap` 0 sets its columns closer, for tables that must fit 80 columns."""
    return Table(
        title=title,
        caption=caption,
        box=box.SIMPLE_HEAD,
        title_justify="left",
        caption_justify="left",
        title_style="bold",
        collapse_padding=True,
        padding=(0, gap),
        pad_edge=False,
        expand=False,
    )


def add_amounts(table: Table, *headers: str, least: int = 10) -> None:
    """Add columns of money, wide enough for millions with room to the next one."""
    for header in headers:
        table.add_column(header, justify="right", min_width=least)


def colored_band(band_id: str | None, texts: Texts) -> str:
    """Name a band in its colour, as markup; None = no score."""
    if band_id is None:
        return f"[dim]{texts('tabs.scoreboard.no_score')}[/]"
    word = escape(band_name(band_id, texts))
    color = _BAND_COLORS.get(band_id)
    return f"[{color}]{word}[/]" if color else word


def plan_amount(plan_tiyn: int | None, texts: Texts) -> str:
    """Write a plan, or that there is no data for one."""
    return (
        f"[yellow]{texts('tabs.scoreboard.no_data')}[/]"
        if plan_tiyn is None
        else whole_tenge(plan_tiyn, texts)
    )


def whole_tenge(amount_tiyn: Fraction | int, texts: Texts) -> str:
    """Write money in whole tenge without its sign, which the heading has."""
    return number_text(Fraction(amount_tiyn) / TIYN_PER_TENGE, texts.language)
