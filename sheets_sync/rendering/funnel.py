"""«Воронка»: counts and conversion by stage and source, against the team's own norm."""

from __future__ import annotations

from itertools import groupby

from kpi_rules.cards.results import FunnelRow
from kpi_rules.measures.units import Unit
from kpi_rules.words.numbers import money_text
from kpi_rules.words.texts import Texts
from sheets_sync.building.amounts import amount
from sheets_sync.building.output_designs import FUNNEL
from sheets_sync.building.wanted import BLANK, Cell, Wanted
from sheets_sync.rendering.pages import Line, Period, filled, header, section

_COLUMNS = ("stage", "count", "share", "norm", "gain")


def funnel_tab(periods: tuple[Period, ...], texts: Texts) -> Wanted:
    """Lay the funnel out, a block per source, all sources first."""
    lines: list[Line] = []
    for period in periods:
        lines += [period.title(texts), [BLANK]]
        if not period.results.funnel:
            lines += [[Cell(texts("tabs.funnel.empty"), "plain.muted")], [BLANK]]
        for source, rows in groupby(period.results.funnel, key=lambda row: row.source):
            title = texts("tabs.funnel.all_sources") if source is None else source
            lines += [section(title or texts("tabs.funnel.no_source"), len(_COLUMNS))]
            lines += [
                header(texts, "funnel", _COLUMNS, FUNNEL),
                *(_line(row, texts) for row in rows),
                [BLANK],
            ]
        lines.append([BLANK])
    return filled(FUNNEL, lines[:-2])


def _line(row: FunnelRow, texts: Texts) -> Line:
    tone = "poor" if row.bottleneck else ""
    gain = BLANK
    if row.gain_tiyn:
        key = "bottleneck" if row.bottleneck else "gain"
        gain = Cell(
            texts(f"tabs.funnel.{key}", amount=money_text(row.gain_tiyn, texts.language)),
            f"sentence.{tone}" if tone else "sentence",
        )
    return [
        Cell(texts(f"tabs.stage.{row.stage}"), f"text.{tone}" if tone else "text"),
        Cell(row.count, "integer"),
        BLANK if row.share_fraction is None else amount(row.share_fraction, Unit.FRACTION, tone),
        BLANK if row.norm_fraction is None else amount(row.norm_fraction, Unit.FRACTION, "muted"),
        gain,
    ]
