"""What the output tabs have in common: title rows, the people's names, the look of a band."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from kpi_rules.cards.results import EmployeeResult, MonthResults
from kpi_rules.problems import Place
from kpi_rules.rulebook.model import Band
from kpi_rules.words.dates import month_title
from kpi_rules.words.known import band_name
from kpi_rules.words.texts import Texts
from sheets_sync.building.wanted import Cell, Wanted, grid

Line = list[Cell]
_WIDE_PX = 180
_STATE_TONES = {"preliminary": "none", "review": "reduced", "overdue": "base", "final": "full"}
BAND_TONES = {"full": "full", "reduced": "reduced", "base": "base"}


class Locates(Protocol):
    """Turns a place in the layout's words into the title of a tab and a cell («B12», or «»)."""

    def address(self, place: Place) -> tuple[str, str]:
        """Give tab title and cell."""


@dataclass(frozen=True)
class Period:
    """A month as a page shows it: its results, and whether it is still under way, in review or final.

    An `overdue` one is past its deadline and did not close: something blocks it. A `shadow` month is scored and
    sealed like any other, and pays nothing.
    """

    results: MonthResults
    in_review: bool = False
    overdue: bool = False
    shadow: bool = False

    @property
    def state(self) -> str:
        """The key of the state's words: preliminary, review, overdue, final."""
        if self.results.final:
            return "final"
        if self.overdue:
            return "overdue"
        return "review" if self.in_review else "preliminary"

    def title(self, texts: Texts) -> Line:
        """Give the month and its state, «Октябрь 2026» and «предварительно», short enough for a phone."""
        month = Cell(month_title(self.results.month, texts.language), "plain.title")
        line = [month, Cell(texts(f"tabs.state.{self.state}"), f"center.{_STATE_TONES[self.state]}")]
        return [*line, Cell(texts("tabs.state.shadow"), "plain.note")] if self.shadow else line


def filled(design: Wanted, lines: Iterable[Line]) -> Wanted:
    """Put lines of cells into a tab's design."""
    return replace(design, rows=grid(lines, len(design.columns)))


def band_line(texts_of_line: Sequence[str], tone: str) -> Line:
    """Build a line whose cells share a background: section headings, header rows."""
    return [Cell(text, tone) for text in texts_of_line]


def section(title: str, width: int) -> Line:
    """Build a section heading that is coloured over the whole width."""
    # The heading wraps: at the edge of a frozen column it would be cut.
    return [Cell(title, "text.section"), *band_line([""] * (width - 1), "plain.section")]


def header(texts: Texts, tab: str, keys: Sequence[str], design: Wanted) -> Line:
    """Build a header row out of `tabs.TAB.column.KEY`; wide columns hold sentences, so they begin at the left."""
    styles = ["text.header" if column.width_px >= _WIDE_PX else "center.header" for column in design.columns]
    styles = [*styles[:1], *("sentence.header" if name == "text.header" else name for name in styles[1:])]
    words = [texts(f"tabs.{tab}.column.{key}") for key in keys]
    words += [""] * (len(styles) - len(words))
    return [Cell(word, name) for word, name in zip(words, styles, strict=True)]


def capitalized(words: str) -> str:
    """Begin with a capital and leave the rest alone: «Дисциплина и CRM»."""
    return words[:1].upper() + words[1:]


def names(results: MonthResults) -> dict[str, str]:
    """Give the name of each employee by code."""
    return {employee.code: employee.name for employee in results.employees}


def band_word(band: Band, texts: Texts) -> str:
    """Name a band: «полная»."""
    return band_name(band.id, texts)


def band_tone(employee: EmployeeResult) -> str:
    """Give the tone of an employee's band; grey where data are missing: no colour promises pay."""
    band = employee.band
    if band is None or employee.preliminary:
        return "none"
    # A band of the client's own looks like the built-in one that pays like it.
    paid = "full" if band.coefficient >= 1 else "reduced" if band.coefficient else "base"
    return BAND_TONES.get(band.id, paid)
