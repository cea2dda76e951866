"""What is to come, as tables for the terminal: the forecast of the month's end, and the funnel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from rich.markup import escape
from rich.table import Table

from cli.showing.output import percent
from cli.showing.table_layout import DASH, plan_amount, table_of, whole_tenge
from kpi_rules.cards.results import ForecastRecord, MonthResults
from kpi_rules.outlook.plan_hints import PlanProposal
from kpi_rules.words.dates import month_name
from kpi_rules.words.known import without_text
from kpi_rules.words.texts import Texts
from sheets_sync.rendering.pages import names
from sheets_sync.rendering.scoreboard import measure_name
from sheets_sync.rendering.worklists import hint_values


def forecast_table(results: MonthResults, texts: Texts) -> Table:
    """Lay out the expected revenue at the month's end, with its 80 % interval, beside the plan of the month."""
    plans = {employee.code: employee.plan_tiyn for employee in results.employees}
    people = names(results)
    table = table_of("Прогноз выручки на конец месяца")
    table.add_column("Кто", ratio=1)
    for header in ("Ожидается, ₸", "От, ₸ (80 %)", "До, ₸ (80 %)", "План месяца, ₸"):
        table.add_column(header, justify="right")
    table.add_column("К плану", justify="right")
    with_record = any(forecast.record for forecast in results.forecast)
    if with_record:
        table.caption = (
            "Раньше: на сколько ошибались прогнозы на это число месяца и сколько из них попало в границы"
        )
        table.add_column("Раньше", justify="right", no_wrap=True)
    table.caption = (
        "\n".join([*([str(table.caption)] if table.caption else []), *_without(results, texts)]) or None
    )
    for forecast in results.forecast:
        plan = results.team.plan_tiyn if forecast.code is None else plans.get(forecast.code)
        table.add_row(
            escape(people[forecast.code]) if forecast.code else texts("tabs.analysis.team"),
            *(
                whole_tenge(amount, texts)
                for amount in (forecast.expected_tiyn, forecast.low_tiyn, forecast.high_tiyn)
            ),
            plan_amount(plan, texts),
            percent(Fraction(forecast.expected_tiyn, plan)) if plan else DASH,
            *([_record(forecast.record)] if with_record else []),
            end_section=forecast.code is None,
        )
    return table


def _without(results: MonthResults, texts: Texts) -> Iterator[str]:
    """Say on which rows a forecast does not stand because they can not be read."""
    people = {employee.code: employee for employee in results.employees}
    for forecast in results.forecast:
        name = people[forecast.code].name if forecast.code else texts("tabs.analysis.team")
        facts = people[forecast.code].facts if forecast.code else results.team.facts
        fact = facts.get("revenue")
        if fact is not None and fact.partial is not None:
            what = without_text(fact.partial, texts)
            yield f"{escape(name)}: {texts('tabs.scoreboard.forecast_without', what=what)}"


def _record(record: ForecastRecord | None) -> str:
    if record is None:
        return DASH
    return f"{percent(Fraction(record.error_percent, 100))}, {record.inside} из {record.months}"


def funnel_table(results: MonthResults, texts: Texts) -> Table:
    """Lay out the funnel by source and stage; the bottleneck in red, with what its norm would bring."""
    table = table_of("Воронка")
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
            whole_tenge(row.gain_tiyn, texts) if row.gain_tiyn else "",
            style="red" if row.bottleneck else None,
        )
    return table


def proposal_table(client: str, proposal: PlanProposal, people: Mapping[str, str], texts: Texts) -> Table:
    """Lay out what the months before say of a plan, a row per person and measure."""
    month = month_name(proposal.month, texts.language)
    table = table_of(
        f"{escape(client)} — предложение для плана на {month}",
        caption=f"По месяцам: {', '.join(month_name(each, texts.language) for each in proposal.history)}. План ставит РОП, сам он не появится.",
    )
    table.add_column("Сотрудник", ratio=1)
    table.add_column("Показатель", ratio=1)
    for header in ("Месяцев", "Медиана", "60-й перцентиль"):
        table.add_column(header, justify="right", no_wrap=True)
    before = None
    for hint in proposal.hints:
        if before not in {None, hint.code}:
            table.add_section()
        table.add_row(
            escape(people.get(hint.code, hint.code)) if hint.code != before else "",
            measure_name(hint.measure, texts),
            str(hint.months),
            *hint_values(hint, texts),
        )
        before = hint.code
    return table
