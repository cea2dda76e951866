"""What the rules worked out, as tables for a terminal of 100 columns: scores, causes, problems and pay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from rich.markup import escape
from rich.table import Table

from cli.showing.output import Sentence
from cli.showing.table_layout import DASH, add_amounts, colored_band, plan_amount, table_of, whole_tenge
from kpi_rules.cards.next_band import missing_to_next_band
from kpi_rules.cards.results import (
    Cause,
    Diagnosis,
    EmployeeResult,
    KpiResult,
    MonthResults,
    PayLine,
    Payroll,
    TeamResult,
)
from kpi_rules.measures.facts import Fact, State, scored
from kpi_rules.problems import Problem, told_once
from kpi_rules.rulebook.model import Kpi, Role
from kpi_rules.words.dates import month_name, month_title
from kpi_rules.words.known import band_name, known_sentence, partial_text, score_range
from kpi_rules.words.numbers import money_text, number_text
from kpi_rules.words.sentences import missing_sentence, reason_text
from kpi_rules.words.texts import Texts
from sheets_sync.rendering.analysis import cause_words, unknown_gap_sentence
from sheets_sync.rendering.pages import Locates

SHOWN_PROBLEMS = 30
"""More than this nobody mends from a terminal; «Ошибки» lists them all."""


def score_table(results: MonthResults, texts: Texts) -> Table:
    """Lay out a row per employee: score, band, points of each KPI or why there are none, revenue and plan.

    In a running month the plan is that to date, as in the score. Reasons stand beneath the table.
    """
    kpis = _columns(results)
    state = texts(f"tabs.state.{'final' if results.final else 'preliminary'}")
    table = table_of(
        f"{month_title(results.month, texts.language)} — {state} · правила {escape(results.rulebook)}",
        caption="\n".join(_notes(results, texts)) or None,
        gap=0,
    )
    table.add_column("Сотрудник", ratio=1, min_width=12)
    table.add_column("KPI", justify="right", no_wrap=True)
    table.add_column("Ступень", max_width=10)
    for kpi in kpis.values():
        name = escape(kpi.id) if kpi.is_own else texts(f"short.measure.{kpi.measure}")
        table.add_column(name, justify="right", max_width=7)
    add_amounts(table, "Выручка, ₸", "План, ₸" if results.final else "План\nк дате, ₸")
    for employee in results.employees:
        by_column = {_column(result.kpi): result for result in employee.kpis}
        table.add_row(
            escape(_employee_name(employee, texts)),
            _score(employee, texts),
            _band(employee, texts),
            *(_points(by_column.get(column), texts) for column in kpis),
            _revenue(employee.facts["revenue"], texts),
            plan_amount(employee.plan_to_date_tiyn if not results.final else employee.plan_tiyn, texts),
        )
    team = results.team
    table.add_section()
    table.add_row(
        texts("tabs.scoreboard.team"),
        "",
        "",
        *("" for _ in kpis),
        _revenue(team.facts.get("revenue") or scored(team.revenue_tiyn), texts),
        plan_amount(team.plan_to_date_tiyn if not results.final else team.plan_tiyn, texts),
        style="bold",
    )
    return table


def next_band_table(results: MonthResults, texts: Texts) -> Table:
    """Lay out what those who could be paid more are missing to the next band; without rows, nobody is."""
    table = table_of("Чего не хватает до следующей ступени")
    table.add_column("Сотрудник", min_width=12, max_width=24)
    table.add_column("KPI", justify="right", no_wrap=True)
    table.add_column("Что нужно", ratio=1)
    for employee in results.employees:
        missing = missing_to_next_band(employee)
        if missing is not None:
            name, sentence = _employee_name(employee, texts), missing_sentence(missing, texts)
            table.add_row(Sentence(name), f"{employee.score_percent} %", Sentence(sentence))
    return table


def problem_table(problems: Iterable[Problem], texts: Texts, located: Locates) -> Table:
    """Lay out what a person has to mend, with its address: what blocks the close first, each once."""
    ordered = sorted(dict.fromkeys(problems), key=_problem_order)
    counts = Counter(problem.blocks for problem in ordered)
    title = f"Замечания к данным: {len(ordered)}, из них мешают закрыть месяц: {counts[True]}"
    ordered = told_once(ordered)
    rest = len(ordered) - SHOWN_PROBLEMS
    table = table_of(title, caption=f"И ещё {rest}: исправьте сначала эти." if rest > 0 else None)
    table.add_column("", no_wrap=True)
    table.add_column("Где", min_width=14, max_width=22)
    table.add_column("Что не так", ratio=1)
    table.add_column("Что сделать", ratio=1)
    for problem in ordered[:SHOWN_PROBLEMS]:
        title, cell = located.address(problem.place) if problem.place.tab else ("", "")
        table.add_row(
            "[red]мешает[/]" if problem.blocks else "[yellow]внимание[/]",
            escape(f"{title}!{cell}" if cell else title) or DASH,
            Sentence(texts.what(problem)),
            Sentence(texts.fix(problem)),
        )
    return table


def cause_table(results: MonthResults, texts: Texts, *, below: Fraction | None = None) -> Table:
    """Lay out why the plan was missed, in tenge, for the team and each manager who missed it.

    With `below` only managers whose variable pay is less than this fraction are shown, and money causes alone.
    Parts add up to the gap: what helped stands with a minus; signals that carry no money come last.
    """
    table = table_of("Из-за чего не выполнен план")
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
            if below is None or employee.preliminary or (employee.band and employee.band.coefficient < below)
        ),
    ]
    missed = [
        (name, diagnosis) for name, diagnosis in shown if diagnosis is not None and diagnosis.gap_tiyn > 0
    ]
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
        total = whole_tenge(diagnosis.gap_tiyn, texts)
        table.add_row("", "[bold]Всего[/]", f"[bold]{total}[/]", said, "", end_section=True)
    unknown = list(_unknown_gaps(results, texts))
    for name, sentence in unknown:
        table.add_row(Sentence(name, "bold"), DASH, DASH, Sentence(sentence), "", end_section=True)
    if not missed and not unknown:
        good = "План выполнили все." if below is None else "Команда план выполнила."
        table.add_row(DASH, "", "", good if results.team.diagnosis else texts("tabs.analysis.empty"), "")
    return table


def _unknown_gaps(results: MonthResults, texts: Texts) -> Iterator[tuple[str, str]]:
    """Name the team and the managers of whom no gap to plan can be told, with what is known."""
    running = not results.final
    cards: list[tuple[str, EmployeeResult | TeamResult]] = [(texts("tabs.analysis.team"), results.team)]
    cards += [(employee.name, employee) for employee in _managers(results)]
    for name, of in cards:
        if said := unknown_gap_sentence(of, texts, running=running):
            yield name, said


def payroll_table(payroll: Payroll, texts: Texts) -> Table:
    """Lay out a payroll with its total; money in whole tenge, as it is paid."""
    month = month_name(payroll.month, texts.language)
    corrected = any(_corrections(line) for line in payroll.lines)
    table = table_of(f"Ведомость за {month}, ₸", gap=0)
    table.add_column("Сотрудник", ratio=1, min_width=12)
    table.add_column("Дней", justify="right", no_wrap=True)
    table.add_column("KPI", justify="right", no_wrap=True)
    table.add_column("Ступень", max_width=10)
    of_sales = any(line.percents for line in payroll.lines)
    add_amounts(table, "Оклад\nначислен", "Перем.\n100 %", "Перем. к\nвыплате")
    if of_sales:
        add_amounts(table, "Процент\nс продаж")
    if corrected:
        add_amounts(table, "Коррек-\nтировки")
    add_amounts(table, "Итого", least=11)
    for line in payroll.lines:
        score = DASH if line.score_percent is None else f"{line.score_percent} %"
        table.add_row(
            escape(line.name),
            f"{line.worked_days}/{line.norm_days}",
            score,
            DASH if line.preliminary else colored_band(line.band_id, texts),
            *_money_of([line], texts, of_sales=of_sales, corrected=corrected),
        )
    table.add_section()
    total = _money_of(payroll.lines, texts, of_sales=of_sales, corrected=corrected)
    table.add_row(texts("tabs.payroll.total"), "", "", "", *total, style="bold")
    return table


def _columns(results: MonthResults) -> dict[str, Kpi]:
    """Give the KPIs of all cards by column, in the order of the rules, discipline last."""
    kpis = {_column(result.kpi): result.kpi for employee in results.employees for result in employee.kpis}
    return dict(sorted(kpis.items(), key=lambda named: named[1].group == "discipline"))


def _column(kpi: Kpi) -> str:
    """Tell in which column a KPI stands: with others of its measure, or (of the client's own) of its name."""
    return kpi.id if kpi.is_own else kpi.measure


def _managers(results: MonthResults) -> list[EmployeeResult]:
    return [employee for employee in results.employees if employee.role is Role.MANAGER]


def _employee_name(employee: EmployeeResult, texts: Texts) -> str:
    if employee.role is Role.HEAD:
        return texts("tabs.scoreboard.head", name=employee.name)
    return employee.name


def _band(employee: EmployeeResult, texts: Texts) -> str:
    if employee.known is not None:
        band = employee.band
        return (
            f"[dim]{escape(band_name(band.id, texts)) if band else texts('tabs.scoreboard.band_unknown')}[/]"
        )
    if employee.band is None:
        return f"[dim]{texts('tabs.scoreboard.no_score')}[/]"
    if employee.preliminary:
        return f"[dim]{escape(band_name(employee.band.id, texts))}[/]"
    return colored_band(employee.band.id, texts)


def _score(employee: EmployeeResult, texts: Texts) -> str:
    """Give the score, the range in which it lies while data are missing, or a dash."""
    if employee.known is not None:
        return f"[dim]{score_range(employee.known, texts)}[/]"
    return DASH if employee.score_percent is None else f"{employee.score_percent} %"


def _revenue(fact: Fact, texts: Texts) -> str:
    """Give the revenue; a sum that misses rows has a mark, a note beneath the table says what it misses."""
    if fact.value is not None:
        return whole_tenge(fact.value, texts)
    return DASH if fact.partial is None else f"{whole_tenge(fact.partial.value, texts)}*"


def _points(result: KpiResult | None, texts: Texts) -> str:
    """Give the points; 'no data' and 'not applicable' are words, never a zero."""
    if result is None:
        return ""
    if result.state is State.NO_DATA:
        return f"[yellow]{texts('tabs.scoreboard.no_data')}[/]"
    if result.points is None:
        return f"[dim]{'н/п' if result.state is State.NOT_APPLICABLE else DASH}[/]"
    return number_text(result.points, texts.language, 1)


def _notes(results: MonthResults, texts: Texts) -> Iterator[str]:
    """Say what the table has no room for: marks, and why somebody has no score."""
    for name, fact in (
        *((employee.name, employee.facts["revenue"]) for employee in _managers(results)),
        (texts("tabs.analysis.team"), results.team.facts.get("revenue")),
    ):
        if said := partial_text(fact, "revenue", texts):
            yield f"* {escape(name)}: {said}"
    if any(kpi.state is State.NOT_APPLICABLE for employee in results.employees for kpi in employee.kpis):
        yield "н/п — неприменимо"
    for employee in results.employees:
        if employee.known is not None:
            yield f"{escape(employee.name)}: {known_sentence(employee, employee.known, texts)}"
        elif employee.score is None:
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
    return f"[{'red' if amount_tiyn > 0 else 'green'}]{whole_tenge(amount_tiyn, texts)}[/]"


def _money_of(lines: Sequence[PayLine], texts: Texts, *, of_sales: bool, corrected: bool) -> Iterator[str]:
    sums: Mapping[str, int] = {
        "base": sum(line.base_accrued_tiyn for line in lines),
        "full": sum(line.variable_full_tiyn for line in lines),
        "variable": sum(line.variable_accrued_tiyn for line in lines),
        **({"percent": sum(line.percent_tiyn for line in lines)} if of_sales else {}),
        **({"corrections": sum(map(_corrections, lines))} if corrected else {}),
        "total": sum(line.total_tiyn for line in lines),
    }
    unknown = {"variable", "percent", "total"} if any(line.preliminary for line in lines) else set()
    return (DASH if name in unknown else whole_tenge(amount, texts) for name, amount in sums.items())


def _corrections(line: PayLine) -> int:
    """Give what corrections change in the total: those paid, and what is carried in and out."""
    paid = sum(correction.amount_tiyn for correction in line.corrections)
    return paid + line.carried_in_tiyn - line.carried_out_tiyn
