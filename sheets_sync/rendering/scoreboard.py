"""«Табло»: the team on top, then a card per employee: score, band, and each KPI with its sentence.

Sales figures, percentages, points and bands only: no pay of a named person is written to the workbook.
"""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from kpi_rules.cards.results import EmployeeResult, Forecast, KpiResult, MonthResults, TeamResult
from kpi_rules.measures.facts import Fact, State
from kpi_rules.measures.shown import TEAM_LINES
from kpi_rules.measures.units import Unit
from kpi_rules.rulebook.model import Kpi, Role
from kpi_rules.words.known import partial_text, score_range, without_text
from kpi_rules.words.numbers import money_text, percent_text
from kpi_rules.words.sentences import kpi_name, kpi_sentence, total_sentence
from kpi_rules.words.texts import Texts
from sheets_sync.building.output_designs import SCOREBOARD
from sheets_sync.building.wanted import (
    BLANK,
    Cell,
    Wanted,
    amount,
    fact_cell,
    kpi_unit,
    moment_serial,
    plain_number,
)
from sheets_sync.rendering.pages import (
    Line,
    Period,
    band_line,
    band_tone,
    band_word,
    capitalized,
    filled,
    header,
    section,
)

_WIDTH = len(SCOREBOARD.columns)
_COLUMNS = ("kpi", "fact", "target", "achievement", "weight", "points", "sentence")
_SUMMARY_COLUMNS = ("employee", "score", "band", "plan")


def scoreboard_tab(
    periods: tuple[Period, ...],
    texts: Texts,
    time_zone: str,
    silence: tuple[datetime, datetime] | None = None,
) -> Wanted:
    """Lay the scoreboard out: the open month, and beneath it the month in review.

    `silence` is from when to when nothing was brought up to date; people are told, for they looked at it meanwhile.
    The moment of the last change is a stamp: a sync that changes nothing else does not write it.
    """
    lines: list[Line] = []
    for period in periods:
        lines.append(period.title(texts))
        if period is periods[0]:
            changed = moment_serial(period.results.as_of_at, time_zone)
            label = Cell(texts("tabs.scoreboard.changed"), "plain.muted")
            lines.append([label, Cell(changed, "moment.muted", stamp=True)])
            lines += _silence(silence, texts, time_zone)
        lines.append(_data_note(period.results, texts))
        lines += [[BLANK], *_team(period.results, texts), [BLANK]]
        lines += [*_summary(period.results, texts), [BLANK]]
        for employee in period.results.employees:
            lines += [*_card(employee, texts), [BLANK]]
        lines.append([BLANK])
    return filled(SCOREBOARD, lines[:-2])


def _silence(silence: tuple[datetime, datetime] | None, texts: Texts, time_zone: str) -> list[Line]:
    if silence is None:
        return []
    since, until = (moment.astimezone(ZoneInfo(time_zone)) for moment in silence)
    return [[Cell(texts("tabs.scoreboard.silence", since=since, until=until), "plain.note")]]


def _data_note(results: MonthResults, texts: Texts) -> Line:
    if not results.problems:
        return [Cell(texts("tabs.scoreboard.clean"), "plain.note")]
    blocking = sum(problem.blocks for problem in results.problems)
    count = Cell(texts("tabs.scoreboard.problems", count=len(results.problems)), "plain.note")
    return [count, Cell(texts("tabs.scoreboard.blocking", count=blocking), "plain.note")]


def _team(results: MonthResults, texts: Texts) -> list[Line]:
    team = results.team
    lines = [
        section(texts("tabs.scoreboard.team"), _WIDTH),
        header(texts, "scoreboard", _COLUMNS[:4], SCOREBOARD),
    ]
    compared = {"month_plan": team.plan_tiyn}
    if not results.final:
        compared = {"plan_to_date": team.plan_to_date_tiyn, **compared}
    for key, plan in compared.items():
        if plan is not None or key == "month_plan":
            target = BLANK if plan is None else amount(plan, Unit.TIYN)
            label = Cell(texts(f"tabs.scoreboard.{key}"), "text")
            lines.append([label, *_team_revenue(team, target, plan, texts)])
    for forecast in results.forecast:
        if forecast.code is None and not results.final:
            expected = amount(forecast.expected_tiyn, Unit.TIYN)
            share = _share(forecast.expected_tiyn, team.plan_tiyn)
            interval = Cell(forecast_sentence(forecast, texts, team.facts.get("revenue")), "sentence.muted")
            label = Cell(texts("tabs.scoreboard.forecast"), "text")
            lines.append([label, expected, BLANK, share, BLANK, BLANK, interval])
    for measure in TEAM_LINES:
        if measure in team.facts:
            label = Cell(measure_name(measure, texts), "text")
            lines.append([label, _fact(team.facts[measure], kpi_unit(measure), texts)])
    return lines


def _team_revenue(team: TeamResult, target: Cell, plan: int | None, texts: Texts) -> Line:
    """Show the team's revenue, its plan and the share; rows that the sum misses are said, and there is no share."""
    fact = team.facts.get("revenue")
    if fact is None or fact.state is State.SCORED:
        return [amount(team.revenue_tiyn, Unit.TIYN, "strong"), target, _share(team.revenue_tiyn, plan)]
    said = partial_text(fact, "revenue", texts)
    if fact.partial is None or said is None:
        return [_fact(fact, Unit.TIYN, texts), target]
    note = Cell(texts("tabs.scoreboard.revenue_without", sum=said), "sentence.muted")
    return [amount(fact.partial.value, Unit.TIYN, "strong"), target, BLANK, BLANK, BLANK, note]


def forecast_sentence(forecast: Forecast, texts: Texts, revenue: Fact | None = None) -> str:
    """Say between which amounts a month will probably end, and how right such forecasts were before.

    `revenue` is what it stands on: rows that can not be read are not in it.
    """
    low, high = (money_text(end, texts.language) for end in (forecast.low_tiyn, forecast.high_tiyn))
    said = texts("tabs.scoreboard.interval", low=low, high=high)
    if note := _forecast_note(revenue, texts):
        said = f"{said} {note}"
    if forecast.record is None:
        return said
    record = forecast.record
    error = percent_text(Fraction(record.error_percent, 100), texts.language)
    return (
        f"{said} {texts('tabs.scoreboard.record', error=error, inside=record.inside, months=record.months)}"
    )


def _forecast_note(revenue: Fact | None, texts: Texts) -> str:
    if revenue is None or revenue.partial is None:
        return ""
    return texts("tabs.scoreboard.forecast_without", what=without_text(revenue.partial, texts))


def _summary(results: MonthResults, texts: Texts) -> list[Line]:
    head = header(texts, "scoreboard", _SUMMARY_COLUMNS, SCOREBOARD)
    forecasts = {each.code: each for each in results.forecast if each.code is not None}
    if forecasts:
        head[_WIDTH - 1] = Cell(texts("tabs.scoreboard.forecast"), head[_WIDTH - 1].style)
    rows = [_summary_line(employee, texts, forecasts.get(employee.code)) for employee in results.employees]
    return [section(texts("tabs.scoreboard.summary"), _WIDTH), head, *rows]


def _summary_line(employee: EmployeeResult, texts: Texts, forecast: Forecast | None) -> Line:
    revenue = employee.facts.get("revenue")
    done = revenue.value if revenue and revenue.value is not None else None
    plan = employee.plan_to_date_tiyn or employee.plan_tiyn
    name = Cell(_name(employee, texts), "text")
    line = [name, _score(employee, texts), _band(employee, texts), _share(done, plan)]
    said = partial_text(revenue, "revenue", texts)
    notes = [texts("tabs.scoreboard.revenue_without", sum=said)] if said else []
    if forecast is not None:
        notes.append(_forecast_words(employee, forecast, texts))
    return [*line, BLANK, BLANK, Cell(" ".join(notes), "sentence.muted")] if notes else line


def _forecast_words(employee: EmployeeResult, forecast: Forecast, texts: Texts) -> str:
    words = {
        "expected": money_text(forecast.expected_tiyn, texts.language),
        "low": money_text(forecast.low_tiyn, texts.language),
        "high": money_text(forecast.high_tiyn, texts.language),
    }
    key = "expected"
    if employee.plan_tiyn:
        key = "expected_of_plan"
        words["share"] = percent_text(
            Fraction(forecast.expected_tiyn, employee.plan_tiyn), texts.language, places=0
        )
    return texts(f"tabs.scoreboard.{key}", **words)


def _card(employee: EmployeeResult, texts: Texts) -> list[Line]:
    title = band_line([_name(employee, texts), *([""] * (_WIDTH - 1))], "plain.section")
    title[1], title[2] = _score(employee, texts), _band(employee, texts)
    title[_WIDTH - 1] = Cell(total_sentence(employee, texts), "sentence.section")
    lines = [title, header(texts, "scoreboard", _COLUMNS, SCOREBOARD)]
    lines += [_kpi(kpi, employee, texts) for kpi in employee.kpis]
    known = employee.known
    points = known.points if known else employee.score
    if points is not None:
        blanks = [Cell("", "plain.total") for _ in range(4)]
        if known:
            blanks[3] = amount(known.weight_percent / 100, Unit.FRACTION, "total")
        total = Cell(plain_number(points), "points.total")
        days = texts("tabs.scoreboard.days", worked=employee.worked_days, norm=employee.norm_days)
        label = Cell(texts("tabs.scoreboard.known" if known else "tabs.scoreboard.total"), "plain.total")
        lines.append([label, *blanks, total, Cell(days, "sentence.total")])
    return lines


def _kpi(kpi: KpiResult, employee: EmployeeResult, texts: Texts) -> Line:
    unit = kpi.kpi.compared.unit
    weight = shown_weight(kpi)
    return [
        Cell(_kpi_label(kpi.kpi, texts), "text"),
        _fact(Fact(kpi.state, kpi.fact, kpi.reason), unit, texts),
        BLANK if kpi.target is None else amount(kpi.target, unit),
        _percent(kpi.achievement_fraction),
        amount(weight / 100, Unit.FRACTION, "muted"),
        BLANK if kpi.points is None else Cell(plain_number(kpi.points), "points"),
        Cell(kpi_sentence(kpi, employee, texts), "sentence.muted"),
    ]


def shown_weight(kpi: KpiResult) -> Fraction:
    """Give the weight in percent that a KPI is shown with: with its part of those that do not apply."""
    if kpi.state is State.NOT_APPLICABLE or kpi.effective_weight_percent is None:
        return kpi.kpi.weight_percent
    return kpi.effective_weight_percent


def _kpi_label(kpi: Kpi, texts: Texts) -> str:
    """Name a KPI at the beginning of a row; one of the client's own as the client calls it."""
    return kpi_name(kpi, texts) if kpi.is_own else measure_name(kpi.measure, texts)


def measure_name(measure: str, texts: Texts) -> str:
    """Name a measure at the beginning of a row: «Конверсия в сделку», «Скорость обработки, мин»."""
    name = capitalized(texts(f"choice.measure.{measure}"))
    return texts("tabs.scoreboard.minutes", measure=name) if kpi_unit(measure) is Unit.MINUTES else name


def _fact(fact: Fact, unit: Unit, texts: Texts) -> Cell:
    """Show a fact; 'no data' and 'not applicable' are words, never a zero."""
    if fact.state is State.SCORED and fact.value is not None:
        return fact_cell(fact.value, unit)
    if fact.state is State.SCORED:
        return BLANK
    return Cell(texts(f"tabs.scoreboard.{fact.state}"), "center.muted")


def _score(employee: EmployeeResult, texts: Texts) -> Cell:
    if employee.known is not None:
        return Cell(score_range(employee.known, texts), "center.none")
    if employee.score_percent is None:
        return Cell(texts("tabs.scoreboard.no_score"), "center.none")
    return Cell(plain_number(Fraction(employee.score_percent, 100)), f"whole_percent.{band_tone(employee)}")


def _band(employee: EmployeeResult, texts: Texts) -> Cell:
    word = band_word(employee.band, texts) if employee.band else "—"
    if employee.known is not None and employee.band is None:
        word = texts("tabs.scoreboard.band_unknown")
    return Cell(word, f"word.{band_tone(employee)}")


def _name(employee: EmployeeResult, texts: Texts) -> str:
    if employee.role is Role.HEAD:
        return texts("tabs.scoreboard.head", name=employee.name)
    return employee.name


def _share(part: Fraction | int | None, whole: Fraction | int | None) -> Cell:
    if part is None or not whole:
        return BLANK
    return _percent(Fraction(part) / Fraction(whole))


def _percent(value: Fraction | None) -> Cell:
    return BLANK if value is None else amount(value, Unit.FRACTION)
