"""Where money got lost: «Разбор», what a missed plan is made of, and «Воронка», at which stage leads stay behind."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType

from kpi_rules.cards.results import Cause, Diagnosis, EmployeeResult, FunnelRow, TeamResult
from kpi_rules.measures.facts import State
from kpi_rules.measures.units import Unit
from kpi_rules.outlook.causes import OTHER
from kpi_rules.rulebook.model import Role
from kpi_rules.words.known import partial_text
from kpi_rules.words.numbers import fact_text, measured_text, money_text
from kpi_rules.words.texts import Texts
from sheets_sync.building.output_designs import ANALYSIS, FUNNEL
from sheets_sync.building.wanted import BLANK, Cell, Wanted, amount
from sheets_sync.rendering.pages import Line, Period, filled, header, section

_ANALYSIS_COLUMNS = ("cause", "amount", "meaning", "check")
_MEASURES = MappingProxyType(
    {
        "few_leads": "leads_received",
        "few_deals": "deals",
        "weak_conversion": "conversion",
        "low_average_deal": "average_deal",
        "plan_inconsistent": "revenue",
        "slow_answers": "response_minutes",
        "unanswered_leads": "leads_received",
        "crm_below": "crm",
        "discipline_below": "discipline",
        "leads_below_median": "leads_received",
    }
)
"""In which measure's unit the numbers of a cause are said."""


@dataclass(frozen=True)
class CauseWords:
    """A cause in words: its name, what it means, and what to check next (empty where it helped)."""

    name: str
    meaning: str
    check: str


def cause_words(cause: Cause, texts: Texts, *, running: bool = True) -> CauseWords:
    """Put a cause or signal into words; a factor that brought money in has words of its own.

    Of a month that is not `running` nothing is advised for today.
    """
    key = f"tabs.cause.{cause.id}"
    helped = cause.amount_tiyn < 0
    blanks = {
        name: (fact_text if name == "fact" else measured_text)(value, _MEASURES[cause.id], texts.language)
        for name, value in cause.params.items()
        if value is not None
    }
    own, closed = helped and f"{key}.gained" in texts, f"{key}.check_closed"
    return CauseWords(
        texts(f"{key}.gained_name" if own else f"{key}.name"),
        texts(f"{key}.gained" if own else f"{key}.meaning", **blanks),
        "" if helped else texts(f"{key}.check" if running or closed not in texts else closed),
    )


def analysis_tab(periods: tuple[Period, ...], texts: Texts) -> Wanted:
    """Lay the causes out, the team first; what costs most stands on top, signals without money below."""
    lines: list[Line] = []
    for period in periods:
        results = period.results
        lines.append(period.title(texts))
        # The head's card stands on the team's figures: its split is the team's.
        managers = [employee for employee in results.employees if employee.role is Role.MANAGER]
        running = period.state == "preliminary"
        cards = [_analysis_card(texts("tabs.analysis.team"), results.team, texts, running=running)]
        cards += [_analysis_card(each.name, each, texts, running=running) for each in managers]
        if not any(cards):
            lines.append([Cell(texts("tabs.analysis.empty"), "plain.muted")])
        for card in filter(None, cards):
            lines += [[BLANK], *card]
        lines += [[BLANK], [BLANK]]
    return filled(ANALYSIS, lines[:-2])


def _analysis_card(name: str, of: EmployeeResult | TeamResult, texts: Texts, *, running: bool) -> list[Line]:
    """Show the gap of one employee or the team, or what is known of revenue and plan where there is none to split."""
    if of.diagnosis is not None:
        return _split_card(name, of.diagnosis, texts, running=running)
    said = unknown_gap_sentence(of, texts, running=running)
    if said is None:
        return []
    title = section(name, len(_ANALYSIS_COLUMNS))
    title[2] = Cell(said, "sentence.section")
    return [title]


def unknown_gap_sentence(of: EmployeeResult | TeamResult, texts: Texts, *, running: bool) -> str | None:
    """Say plan and revenue of whom no gap can be told, as far as they are known; None where there is nothing to say."""
    plan, revenue = of.plan_to_date_tiyn, of.facts.get("revenue")
    if of.diagnosis is not None or revenue is None:
        return None
    if plan is None and revenue.value:
        return texts("tabs.analysis.no_plan", revenue=money_text(revenue.value, texts.language))
    if plan and revenue.state is State.NO_DATA:
        return texts(
            "tabs.analysis.unknown_to_date" if running else "tabs.analysis.unknown",
            plan=money_text(plan, texts.language),
            revenue=partial_text(revenue, "revenue", texts) or texts("tabs.scoreboard.no_data"),
        )
    return None


def _split_card(name: str, diagnosis: Diagnosis, texts: Texts, *, running: bool) -> list[Line]:
    """Show one split; in a running month the plan is the plan to date."""
    plan, revenue = (
        money_text(money, texts.language) for money in (diagnosis.plan_tiyn, diagnosis.revenue_tiyn)
    )
    key = ("missed" if diagnosis.gap_tiyn > 0 else "done") + ("_to_date" if running else "")
    title = section(name, len(_ANALYSIS_COLUMNS))
    title[2] = Cell(texts(f"tabs.analysis.{key}", plan=plan, revenue=revenue), "sentence.section")
    parts = sorted((part for part in diagnosis.parts if part.amount_tiyn), key=lambda part: -part.amount_tiyn)
    if not parts and not diagnosis.signals:
        return [title]
    total = texts("tabs.analysis.gap" if diagnosis.gap_tiyn > 0 else "tabs.analysis.surplus")
    return [
        title,
        header(texts, "analysis", _ANALYSIS_COLUMNS, ANALYSIS),
        *(_cause_line(part, texts, running=running) for part in parts),
        [
            Cell(total, "plain.total"),
            amount(diagnosis.gap_tiyn, Unit.TIYN, "total"),
            Cell("", "plain.total"),
            Cell("", "plain.total"),
        ],
        *(_cause_line(signal, texts, running=running) for signal in diagnosis.signals),
    ]


def _cause_line(cause: Cause, texts: Texts, *, running: bool) -> Line:
    """Show a part with its money (missing as a plus, gained as a minus, so that they add up), a signal without."""
    words = cause_words(cause, texts, running=running)
    money = Cell(texts("tabs.analysis.no_money"), "center.muted")
    if cause.amount_tiyn:
        tone = "" if cause.id == OTHER else "poor" if cause.amount_tiyn > 0 else "good"
        money = amount(cause.amount_tiyn, Unit.TIYN, tone)
    return [
        Cell(words.name, "text.strong"),
        money,
        Cell(words.meaning, "sentence"),
        Cell(words.check, "sentence") if words.check else BLANK,
    ]


# ---- «Воронка»: counts and conversion by stage and source, against the team's own norm
_FUNNEL_COLUMNS = ("stage", "count", "share", "norm", "gain")


def funnel_tab(periods: tuple[Period, ...], texts: Texts) -> Wanted:
    """Lay the funnel out, a block per source, all sources first."""
    lines: list[Line] = []
    for period in periods:
        lines += [period.title(texts), [BLANK]]
        if not period.results.funnel:
            lines += [[Cell(texts("tabs.funnel.empty"), "plain.muted")], [BLANK]]
        for source, rows in groupby(period.results.funnel, key=lambda row: row.source):
            title = texts("tabs.funnel.all_sources") if source is None else source
            lines += [section(title or texts("tabs.funnel.no_source"), len(_FUNNEL_COLUMNS))]
            lines += [
                header(texts, "funnel", _FUNNEL_COLUMNS, FUNNEL),
                *(_funnel_line(row, texts) for row in rows),
                [BLANK],
            ]
        lines.append([BLANK])
    return filled(FUNNEL, lines[:-2])


def _funnel_line(row: FunnelRow, texts: Texts) -> Line:
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
