"""What the rules found, as tables for a terminal of 100 columns: scores, causes, problems, pay, outlook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType

from rich import box
from rich.markup import escape
from rich.table import Table

from cli.output import Sentence, percent
from kpi_rules.exact import TIYN_PER_TENGE
from kpi_rules.explain import band_name, reason_text
from kpi_rules.inputs import Role
from kpi_rules.problems import Problem
from kpi_rules.results import (
    Cause,
    Diagnosis,
    EmployeeResult,
    KpiResult,
    MonthResults,
    PayLine,
    Payroll,
    State,
)
from kpi_rules.texts import Texts
from kpi_rules.wording import money_text, number_text
from sheets_sync.amounts import month_title
from sheets_sync.rendering.analysis import cause_words
from sheets_sync.rendering.pages import Locates, names

SHOWN_PROBLEMS = 30
"""More than this nobody mends from a terminal; «Ошибки» lists them all."""

_SHORT = MappingProxyType(
    {
        "plan_completion": "План",
        "revenue": "Выр.",
        "deals": "Сделки",
        "average_deal": "Чек",
        "margin": "Маржа",
        "leads_received": "Лиды",
        "leads_processed": "Обраб.",
        "conversion": "Конв.",
        "response_minutes": "Ответ",
        "repeat_share": "Повт.",
        "crm": "CRM",
        "script": "Скрипт",
        "attendance": "Прис.",
        "reporting": "Отчёт",
        "meetings": "План.",
        "discipline": "Дисц.",
    }
)
"""Measures as narrow headings, so that seven of them fit beside name, band and money."""
_BAND_COLORS = MappingProxyType({"full": "green", "reduced": "yellow", "base": "red"})
_DASH = "—"


def score_table(results: MonthResults, texts: Texts) -> Table:
    """Lay out a row per employee: score, band, points of each KPI or why there are none, revenue and plan.

    In a running month the plan is that to date, as in the score. Reasons stand beneath the table.
    """
    measures = _measures(results)
    state = texts(f"tabs.state.{'final' if results.final else 'preliminary'}")
    table = _table(
        f"{month_title(results.month, texts.language)} — {state} · правила {escape(results.rulebook)}",
        caption="\n".join(_notes(results, texts)) or None,
        gap=0,
    )
    table.add_column("Сотрудник", ratio=1, min_width=12)
    table.add_column("KPI", justify="right", no_wrap=True)
    table.add_column("Ступень", max_width=10)
    for measure in measures:
        table.add_column(_SHORT[measure], justify="right", max_width=7)
    _add_amounts(table, "Выручка, ₸", "План, ₸" if results.final else "План\nк дате, ₸")
    for employee in results.employees:
        by_measure = {result.kpi.measure: result for result in employee.kpis}
        revenue = employee.facts["revenue"].value
        table.add_row(
            escape(_employee_name(employee, texts)),
            _DASH if employee.score_percent is None else f"{employee.score_percent} %",
            _band(employee, texts),
            *(_points(by_measure.get(measure), texts) for measure in measures),
            _DASH if revenue is None else _whole(revenue, texts),
            _plan(employee.plan_to_date_tiyn if not results.final else employee.plan_tiyn, texts),
        )
    team = results.team
    table.add_section()
    table.add_row(
        texts("tabs.scoreboard.team"),
        "",
        "",
        *("" for _ in measures),
        _whole(team.revenue_tiyn, texts),
        _plan(team.plan_to_date_tiyn if not results.final else team.plan_tiyn, texts),
        style="bold",
    )
    return table


def problem_table(problems: Iterable[Problem], texts: Texts, located: Locates) -> Table:
    """Lay out what a person has to mend, with its address: what blocks the close first, each once."""
    found = sorted(dict.fromkeys(problems), key=_problem_order)
    counts = Counter(problem.blocks for problem in found)
    title = f"Замечания к данным: {len(found)}, из них мешают закрыть месяц: {counts[True]}"
    rest = len(found) - SHOWN_PROBLEMS
    table = _table(title, caption=f"И ещё {rest}: исправьте сначала эти." if rest > 0 else None)
    table.add_column("", no_wrap=True)
    table.add_column("Где", min_width=14, max_width=22)
    table.add_column("Что не так", ratio=1)
    table.add_column("Что сделать", ratio=1)
    for problem in found[:SHOWN_PROBLEMS]:
        title, cell = located.address(problem.place) if problem.place.tab else ("", "")
        table.add_row(
            "[red]мешает[/]" if problem.blocks else "[yellow]внимание[/]",
            escape(f"{title}!{cell}" if cell else title) or _DASH,
            Sentence(texts.what(problem)),
            Sentence(texts.fix(problem)),
        )
    return table


def cause_table(results: MonthResults, texts: Texts, *, below: Fraction | None = None) -> Table:
    """Lay out why the plan was missed, in tenge, for the team and each manager who missed it.

    With `below` only managers whose variable pay is less than this fraction are shown, and money causes alone.
    Parts add up to the gap: what helped stands with a minus; signals that carry no money come last.
    """
    table = _table("Из-за чего не выполнен план")
    table.add_column("Кто", min_width=10, max_width=16)
    table.add_column("Причина", min_width=12, max_width=16)
    table.add_column("Не хватило, ₸", justify="right", max_width=11)
    table.add_column("Что это значит", ratio=1)
    table.add_column("Что проверить", ratio=1)
    shown = [
        (texts("tabs.analysis.team"), results.team.diagnosis),
        *(
            (employee.name, employee.diagnosis)
            for employee in _managers(results)
            if below is None or (employee.band and employee.band.coefficient < below)
        ),
    ]
    missed = [(name, found) for name, found in shown if found is not None and found.gap_tiyn > 0]
    for name, diagnosis in missed:
        causes = [cause for cause in _ordered(diagnosis) if below is None or cause.amount_tiyn]
        for index, cause in enumerate(causes):
            words = cause_words(cause, texts)
            table.add_row(
                Sentence(name, "bold") if index == 0 else "",
                words.name,
                _missing_money(cause.amount_tiyn, texts),
                Sentence(words.meaning),
                Sentence(words.check, "dim"),
            )
        plan, revenue = (
            money_text(amount, texts.language) for amount in (diagnosis.plan_tiyn, diagnosis.revenue_tiyn)
        )
        said = Sentence(texts("tabs.analysis.missed", plan=plan, revenue=revenue), "bold")
        total = _whole(diagnosis.gap_tiyn, texts)
        table.add_row("", "[bold]Всего[/]", f"[bold]{total}[/]", said, "", end_section=True)
    if not missed:
        everybody = "План выполнили все." if results.team.diagnosis else texts("tabs.analysis.empty")
        table.add_row(_DASH, "", "", everybody, "")
    return table


def payroll_table(payroll: Payroll, texts: Texts) -> Table:
    """Lay out a payroll with its total; money in whole tenge, as it is paid."""
    month = month_title(payroll.month, texts.language).lower()
    corrected = any(_corrections(line) for line in payroll.lines)
    table = _table(f"Ведомость за {month}, ₸", gap=0)
    table.add_column("Сотрудник", ratio=1, min_width=12)
    table.add_column("Дней", justify="right", no_wrap=True)
    table.add_column("KPI", justify="right", no_wrap=True)
    table.add_column("Ступень", max_width=10)
    _add_amounts(table, "Оклад\nначислен", "Перем.\n100 %", "Перем. к\nвыплате")
    if corrected:
        _add_amounts(table, "Коррек-\nтировки")
    _add_amounts(table, "Итого", least=11)
    for line in payroll.lines:
        score = _DASH if line.score_percent is None else f"{line.score_percent} %"
        table.add_row(
            escape(line.name),
            f"{line.worked_days}/{line.norm_days}",
            score,
            _colored_band(line.band_id, texts),
            *_money_of([line], texts, corrected=corrected),
        )
    table.add_section()
    total = _money_of(payroll.lines, texts, corrected=corrected)
    table.add_row(texts("tabs.payroll.total"), "", "", "", *total, style="bold")
    return table


def forecast_table(results: MonthResults, texts: Texts) -> Table:
    """Lay out the expected revenue at the month's end, with its 80 % interval, beside the plan of the month."""
    plans = {employee.code: employee.plan_tiyn for employee in results.employees}
    people = names(results)
    table = _table("Прогноз выручки на конец месяца")
    table.add_column("Кто", ratio=1)
    for header in ("Ожидается, ₸", "От, ₸ (80 %)", "До, ₸ (80 %)", "План месяца, ₸"):
        table.add_column(header, justify="right")
    table.add_column("К плану", justify="right")
    for found in results.forecast:
        plan = results.team.plan_tiyn if found.code is None else plans.get(found.code)
        table.add_row(
            escape(people[found.code]) if found.code else texts("tabs.analysis.team"),
            *(_whole(amount, texts) for amount in (found.expected_tiyn, found.low_tiyn, found.high_tiyn)),
            _plan(plan, texts),
            percent(Fraction(found.expected_tiyn, plan)) if plan else _DASH,
            end_section=found.code is None,
        )
    return table


def funnel_table(results: MonthResults, texts: Texts) -> Table:
    """Lay out the funnel by source and stage; the bottleneck in red, with what its norm would bring."""
    table = _table("Воронка")
    table.add_column("Источник", ratio=1)
    table.add_column("Этап")
    for header in ("Сколько", "Доля", "Норма"):
        table.add_column(header, justify="right")
    table.add_column("Возврат к норме даст, ₸", justify="right", max_width=18)
    before: str | None = None
    for index, row in enumerate(results.funnel):
        title = texts("tabs.funnel.all_sources") if row.source is None else row.source
        first = index == 0 or row.source != before
        if first and index:
            table.add_section()
        before = row.source
        table.add_row(
            escape(title or texts("tabs.funnel.no_source")) if first else "",
            texts(f"tabs.stage.{row.stage}"),
            str(row.count),
            percent(row.share_fraction),
            percent(row.norm_fraction),
            _whole(row.gain_tiyn, texts) if row.gain_tiyn else "",
            style="red" if row.bottleneck else None,
        )
    return table


def _table(title: str, caption: str | None = None, gap: int = 1) -> Table:
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


def _add_amounts(table: Table, *headers: str, least: int = 10) -> None:
    """Add columns of money, wide enough for millions with room to the next one."""
    for header in headers:
        table.add_column(header, justify="right", min_width=least)


def _measures(results: MonthResults) -> list[str]:
    """List the measures of all cards in the order of the rules, discipline last."""
    found = dict.fromkeys(kpi.kpi.measure for employee in results.employees for kpi in employee.kpis)
    groups = {kpi.kpi.measure: kpi.kpi.group for employee in results.employees for kpi in employee.kpis}
    return sorted(found, key=lambda measure: groups[measure] == "discipline")


def _managers(results: MonthResults) -> list[EmployeeResult]:
    return [employee for employee in results.employees if employee.role is Role.MANAGER]


def _employee_name(employee: EmployeeResult, texts: Texts) -> str:
    if employee.role is Role.HEAD:
        return texts("tabs.scoreboard.head", name=employee.name)
    return employee.name


def _band(employee: EmployeeResult, texts: Texts) -> str:
    if employee.band is None:
        return f"[dim]{texts('tabs.scoreboard.no_score')}[/]"
    mark = "*" if employee.preliminary else ""
    return _colored_band(employee.band.id, texts) + mark


def _colored_band(band_id: str | None, texts: Texts) -> str:
    if band_id is None:
        return f"[dim]{texts('tabs.scoreboard.no_score')}[/]"
    word = escape(band_name(band_id, texts))
    color = _BAND_COLORS.get(band_id)
    return f"[{color}]{word}[/]" if color else word


def _points(result: KpiResult | None, texts: Texts) -> str:
    """Give the points; 'no data' and 'not applicable' are words, never a zero."""
    if result is None:
        return ""
    if result.state is State.NO_DATA:
        return f"[yellow]{texts('tabs.scoreboard.no_data')}[/]"
    if result.points is None:
        return f"[dim]{'н/п' if result.state is State.NOT_APPLICABLE else _DASH}[/]"
    return number_text(result.points, texts.language, 1)


def _notes(results: MonthResults, texts: Texts) -> Iterator[str]:
    """Say what the table has no room for: marks, and why somebody has no score."""
    if any(employee.preliminary and employee.band for employee in results.employees):
        yield "* предварительно: не хватает данных"
    if any(kpi.state is State.NOT_APPLICABLE for employee in results.employees for kpi in employee.kpis):
        yield "н/п — неприменимо"
    for employee in results.employees:
        if employee.score is None:
            reason = reason_text(employee.reason, texts)
            yield f"{escape(employee.name)}: {texts('explain.no_score', reason=reason)}"


def _problem_order(problem: Problem) -> tuple[object, ...]:
    place = problem.place
    return (not problem.blocks, place.tab, place.row or 0, place.column or "", problem.code)


def _ordered(diagnosis: Diagnosis) -> Sequence[Cause]:
    parts = sorted((part for part in diagnosis.parts if part.amount_tiyn), key=lambda part: -part.amount_tiyn)
    return (*parts, *diagnosis.signals)


def _missing_money(amount_tiyn: int, texts: Texts) -> str:
    if not amount_tiyn:
        return f"[dim]{texts('tabs.analysis.no_money')}[/]"
    return f"[{'red' if amount_tiyn > 0 else 'green'}]{_whole(amount_tiyn, texts)}[/]"


def _money_of(lines: Sequence[PayLine], texts: Texts, *, corrected: bool) -> Iterator[str]:
    sums: Mapping[str, int] = {
        "base": sum(line.base_accrued_tiyn for line in lines),
        "full": sum(line.variable_full_tiyn for line in lines),
        "variable": sum(line.variable_accrued_tiyn for line in lines),
        **({"corrections": sum(map(_corrections, lines))} if corrected else {}),
        "total": sum(line.total_tiyn for line in lines),
    }
    return (_whole(amount, texts) for amount in sums.values())


def _corrections(line: PayLine) -> int:
    """Give what corrections change in the total: those paid, and what is carried in and out."""
    paid = sum(correction.amount_tiyn for correction in line.corrections)
    return paid + line.carried_in_tiyn - line.carried_out_tiyn


def _plan(plan_tiyn: int | None, texts: Texts) -> str:
    return f"[yellow]{texts('tabs.scoreboard.no_data')}[/]" if plan_tiyn is None else _whole(plan_tiyn, texts)


def _whole(amount_tiyn: Fraction | int, texts: Texts) -> str:
    """Write money in whole tenge without its sign, which the heading has."""
    return number_text(Fraction(amount_tiyn) / TIYN_PER_TENGE, texts.language)
