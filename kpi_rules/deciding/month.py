"""From the facts of a month to everything that the rules say about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from fractions import Fraction
from functools import partial
from types import MappingProxyType
from zoneinfo import ZoneInfo

from kpi_rules.cards.filling import Card, fill_card
from kpi_rules.cards.results import (
    Diagnosis,
    EmployeeResult,
    Forecast,
    MonthResults,
    Sales,
    Signal,
    TeamResult,
)
from kpi_rules.cards.targets import (
    PlanFactors,
    Targets,
    TeamMember,
    employee_targets,
    team_factors,
    team_targets,
)
from kpi_rules.checks.doubts import Weighing, weighed
from kpi_rules.checks.workbook import check_month
from kpi_rules.counting.day_counts import count_days
from kpi_rules.counting.deal_counts import DealFacts, count_deals, deal_facts
from kpi_rules.counting.filled_cells import filled_cells, unseen_cells
from kpi_rules.counting.mark_counts import count_marks
from kpi_rules.counting.narrowing import PartCounts, count_parts
from kpi_rules.counting.own_measures import own_fact, own_team_fact
from kpi_rules.deciding.missing import missing_data
from kpi_rules.deciding.settling import doubted, settled
from kpi_rules.deciding.silence import own_without_the_silent, without_the_silent
from kpi_rules.exact import rounded_half_up
from kpi_rules.facts.decisions import Decided, apply_decisions
from kpi_rules.facts.employment import Workdays, workdays
from kpi_rules.facts.inputs import DecisionKind, MonthInputs, PlanRow
from kpi_rules.facts.measurable import measurable
from kpi_rules.facts.payments import PAYMENTS
from kpi_rules.facts.row_history import RowHistory
from kpi_rules.measures.catalogue import CRM_FILLED, MEASURES
from kpi_rules.measures.conditions import Condition
from kpi_rules.measures.counts import Counts, MarkCounts
from kpi_rules.measures.facts import Fact, State
from kpi_rules.measures.measure import Standing
from kpi_rules.measures.measuring import discipline_facts, fact_of_part, sales_facts, shares_of_targets
from kpi_rules.measures.shown import wanted
from kpi_rules.measures.targets import AVERAGE_DEAL, CONVERSION, LEADS, RESPONSE, REVENUE
from kpi_rules.outlook.causes import diagnose, diagnose_team
from kpi_rules.outlook.checklist import checklist
from kpi_rules.outlook.forecast import forecast
from kpi_rules.outlook.funnel import funnel
from kpi_rules.outlook.signs import median_leads, signals_of
from kpi_rules.policies import CAUSES, MERGED_CAUSES, MISSING_DATA, Policies
from kpi_rules.problems import Problem
from kpi_rules.questions import Question
from kpi_rules.register.answering import unanswered
from kpi_rules.register.conduct import fairness_signals, few_leads
from kpi_rules.register.counting import counted_as_registered
from kpi_rules.register.mark_signals import mark_signals
from kpi_rules.register.signals import deal_signals
from kpi_rules.register.telling import question_problems, question_signals
from kpi_rules.rulebook.model import Band, Kpi, Role

NO_COUNTS = Counts()
NO_OTHERS: Mapping[str, RowHistory] = MappingProxyType({})


@dataclass(frozen=True)
class Moment:
    """Up to when facts count (naive local time of the client), and the first day that is not over yet."""

    cut_at: datetime
    before_on: date


@dataclass(frozen=True)
class MonthFacts:
    """The counts of a month, before any rule is applied."""

    inputs: MonthInputs
    moment: Moment
    decided: Decided
    workdays: Mapping[str, Workdays]
    counts: Mapping[str, Counts]
    team_counts: Counts
    marks: Mapping[str, MarkCounts]
    measures: tuple[str, ...]
    """Those whose facts are asked for."""
    deals: DealFacts | None = None
    """Row by row of `counted`, where the facts are deals."""
    parts: Mapping[Condition, PartCounts] = field(default_factory=dict)
    """What the rows of each condition of the rules come to."""
    counted: MonthInputs | None = None
    """What was counted where that is not `inputs`: leads of unanswered questions as they were registered."""
    unanswered: tuple[Question, ...] = ()

    @property
    def counted_inputs(self) -> MonthInputs:
        """The inputs to whose rows `deals` has entries."""
        return self.counted or self.inputs


def decide(
    inputs: MonthInputs,
    as_of_at: datetime,
    *,
    final: bool,
    problems: Sequence[Problem] = (),
    rows: RowHistory | None = None,
    others: Mapping[str, RowHistory] = NO_OTHERS,
    measures: Iterable[str] = (),
) -> MonthResults:
    """Score a month as of a moment (aware): to date while it runs, as a whole when `final`.

    `problems` are those of reading; the rules add their own. Those that can no longer change a score of
    this month (another month's row, an excluded row, a KPI decided away) become warnings. `rows` is what the
    ledger remembers of «Сделки» or «Отчёты», for checklist and signals alone; None: signals are not asked for. `others`
    is what it remembers of further tabs by their keys.
    `measures` are asked for beside those that the rules score and the pages show.
    """
    open_questions, for_owner = unanswered(inputs, partial(_head_bands, inputs, as_of_at, final=final))
    facts = gather(inputs, as_of_at, final=final, measures=measures, questions=open_questions)
    managers, team, heads = _cards(facts)
    given = (*problems, *question_problems(inputs, open_questions, owner=for_owner))
    given = (*given, *check_month(facts.inputs, facts.workdays, facts.moment.cut_at, facts.decided))
    kept = settled(given, facts.inputs, (*managers, *heads))
    employees = doubted(kept, facts.inputs, (*managers, *heads))
    over = facts.moment.before_on > inputs.month.last_on
    kept = weighed(kept, Weighing(facts.inputs, facts.decided, over))
    return MonthResults(
        month=inputs.month,
        rulebook=str(inputs.rulebook),
        as_of_at=as_of_at,
        final=final,
        employees=employees,
        team=team,
        funnel=funnel(facts.counted_inputs, facts.moment.cut_at, facts.deals),
        forecast=() if final else _forecasts(facts, team, employees),
        checklist=()
        if final
        else checklist(
            facts.inputs,
            facts.workdays,
            employees,
            facts.moment.cut_at,
            rows or {},
            None if facts.counted else facts.deals,
        ),
        problems=(*kept, *missing_data(facts.inputs, employees)),
        signals=() if rows is None else _signals(facts, rows, others),
        questions=open_questions,
    )


def _signals(facts: MonthFacts, rows: RowHistory, others: Mapping[str, RowHistory]) -> tuple[Signal, ...]:
    """List what head and owner are to look at: questions first, then what was seen."""
    inputs, moment = facts.inputs, facts.moment
    marks = others.get(inputs.marks.tab.key, {})
    seen = [
        *deal_signals(inputs, rows, others.get(PAYMENTS, {}), moment.cut_at.date()),
        *mark_signals(inputs, facts.marks, marks, moment.before_on),
        *fairness_signals(inputs, rows),
    ]
    asked = {code for question in facts.unanswered for code in question.codes}
    few = few_leads(facts.workdays, facts.counts, seen, asked)
    return (*question_signals(inputs, facts.unanswered), *seen, *few)


def _cards(facts: MonthFacts) -> tuple[list[EmployeeResult], TeamResult, tuple[EmployeeResult, ...]]:
    targets = _targets(facts)
    medians = median_leads(facts.workdays, facts.counts)
    # Whose leads are asked about was not handed out fewer.
    asked = {code for question in facts.unanswered for code in question.codes}
    managers = [
        _manager_card(facts, code, targets[code], None if code in asked else medians.get(code))
        for code in _codes(facts, Role.MANAGER)
    ]
    return managers, *_team(facts, targets, managers)


def _head_bands(
    inputs: MonthInputs, as_of_at: datetime, questions: Sequence[Question], *, final: bool
) -> list[tuple[str, Band | None]]:
    """Give the heads' bands as they are while these questions are unanswered."""
    _, _, heads = _cards(gather(inputs, as_of_at, final=final, questions=questions))
    return [(head.code, head.band) for head in heads]


def _forecasts(
    facts: MonthFacts, team: TeamResult, employees: Iterable[EmployeeResult]
) -> tuple[Forecast, ...]:
    """Foretell revenue, but not none for those of whom none is known."""
    revenues = {employee.code: employee.facts["revenue"] for employee in employees}
    forecasts = forecast(facts.inputs, facts.workdays, facts.moment.before_on)
    return tuple(
        each
        for each in forecasts
        if each.expected_tiyn
        or (team.facts["revenue"] if each.code is None else revenues[each.code]).value is not None
    )


def gather(
    inputs: MonthInputs,
    as_of_at: datetime,
    *,
    final: bool,
    measures: Iterable[str] = (),
    questions: Sequence[Question] = (),
) -> MonthFacts:
    """Count the facts of a month up to a moment, with the head's decisions taken in.

    Leads of `questions`, which nobody has answered, count as they were registered.
    """
    moment = _moment(inputs, as_of_at, final=final)
    inputs, decided = apply_decisions(inputs)
    worked = workdays(inputs, moment.before_on)
    deals, parts = None, dict[Condition, PartCounts]()
    counted = counted_as_registered(inputs, questions, worked)
    if not inputs.facts.of_leads:
        counts, team = count_days(counted, worked, moment.cut_at, moment.before_on, decided.no_sales)
    else:
        deals = deal_facts(counted, worked, moment.cut_at)
        if CRM_FILLED in {*inputs.rulebook.measures, *measures}:
            cells = filled_cells(counted, moment.before_on)
            deals = replace(deals, cells=cells, unseen=unseen_cells(counted, moment.before_on))
        counts, team = count_deals(counted, deals)
        parts = count_parts(counted, deals, inputs.rulebook.conditions)
    marks = count_marks(inputs, worked, moment.cut_at, moment.before_on)
    scored = (*inputs.rulebook.measures, *measures)
    told = {*measurable(inputs.facts.tab, inputs.marks.tab), *scored}
    asked = tuple(measure for measure in wanted(scored) if measure in told)
    facts = MonthFacts(inputs, moment, decided, worked, counts, team, marks, asked, deals, parts)
    return replace(facts, counted=counted, unanswered=tuple(questions)) if questions else facts


def _moment(inputs: MonthInputs, as_of_at: datetime, *, final: bool) -> Moment:
    if as_of_at.tzinfo is None:
        raise ValueError("the moment of a decision needs a time zone")
    ends_on = inputs.month.plus(1).first_on
    ends_at = datetime.combine(ends_on, time())
    if final:
        return Moment(ends_at, ends_on)
    local = as_of_at.astimezone(ZoneInfo(inputs.settings.time_zone)).replace(tzinfo=None, microsecond=0)
    return Moment(min(local, ends_at), min(local.date(), ends_on))


def _codes(facts: MonthFacts, role: Role) -> list[str]:
    return sorted(code for code, worked in facts.workdays.items() if worked.role is role)


def _targets(facts: MonthFacts) -> dict[str, Targets]:
    rows: dict[str, list[PlanRow]] = {}
    for row in facts.inputs.plan:
        rows.setdefault(row.code, []).append(row)
    return {
        code: employee_targets(
            rows.get(code, ()),
            worked.worked_fraction,
            worked.elapsed_fraction,
            facts.inputs.rulebook.all_kpis,
        )
        for code, worked in facts.workdays.items()
    }


def _decided_for(facts: MonthFacts, code: str, kpis: Sequence[Kpi]) -> dict[str, DecisionKind]:
    return {kpi.id: kind for kpi in kpis if (kind := facts.decided.kpis.get((code, kpi.id))) is not None}


def _manager_card(facts: MonthFacts, code: str, targets: Targets, median: Fraction | None) -> EmployeeResult:
    rulebook = facts.inputs.rulebook
    counts = facts.counts.get(code, NO_COUNTS)
    discipline = discipline_facts(facts.measures, facts.marks[code], facts.inputs.policies)
    no_sales = code in facts.decided.no_sales
    measured = _measure(facts, targets, counts, discipline, no_sales=no_sales)
    factors = targets.factors()
    diagnosis = None
    if factors and factors.revenue_tiyn and _is_revenue_known(measured, counts, facts.inputs.policies):
        form = facts.inputs.policies[CAUSES]
        signals = signals_of(measured, targets, counts, median, form=form)
        diagnosis = diagnose(*_told_apart(factors, counts, facts.inputs.policies), signals, form=form)
    return fill_card(
        Card(
            workdays=facts.workdays[code],
            kpis=rulebook.kpis,
            bands=rulebook.bands,
            facts=measured,
            targets=targets,
            decided=_decided_for(facts, code, rulebook.kpis),
            started=facts.workdays[code].elapsed_days > 0,
            diagnosis=diagnosis,
            sales=_sales(measured, targets, counts),
            own_facts=_own_facts(facts, rulebook.kpis, targets, code, no_sales=no_sales),
        )
    )


def _is_revenue_known(measured: Mapping[str, Fact], counts: Counts, policies: Policies) -> bool:
    """Tell whether there is a gap to plan; where nothing was entered there is none to tell."""
    if policies[MISSING_DATA] == "cell":
        return measured["revenue"].state is State.SCORED
    return "sales" not in counts.unknown


def _is_gap_known(
    facts: MonthFacts, measured: Mapping[str, Fact], managers: Sequence[EmployeeResult]
) -> bool:
    """Tell whether there is a gap of the team to tell: nobody with a plan is without one."""
    policies = facts.inputs.policies
    if not _is_revenue_known(measured, facts.team_counts, policies):
        return False
    lost = (manager.plan_to_date_tiyn and manager.diagnosis is None for manager in managers)
    return policies[MISSING_DATA] != "cell" or not any(lost)


def _told_apart(factors: PlanFactors, counts: Counts, policies: Policies) -> tuple[PlanFactors, Counts]:
    """Leave out what can not be told: without leads deals stay a cause, without deals the gap is whole."""
    lost = {name for name, reason in counts.unknown.items() if reason == "bad_rows"}
    if policies[MISSING_DATA] == "cell" and "wins" in lost:
        return PlanFactors(factors.revenue_tiyn), counts
    if policies[MISSING_DATA] == "cell" and "leads" in lost:
        return factors, replace(counts, leads=0)
    return factors, counts


def _sales(measured: Mapping[str, Fact], targets: Targets, counts: Counts) -> Sales:
    """Say what a percent of sales stands on; the margin is told where its measure is."""
    revenue, margin = (measured.get(name) for name in ("revenue", "margin"))
    known = revenue is not None and revenue.state is State.SCORED
    costed = known and margin is not None and margin.state is State.SCORED
    return Sales(
        plan_tiyn=targets.to_date.get(REVENUE),
        revenue_tiyn=counts.revenue_tiyn if known else None,
        margin_tiyn=counts.revenue_tiyn - counts.cost_tiyn if costed else None,
    )


def _measure(
    facts: MonthFacts, targets: Targets, counts: Counts, discipline: Mapping[str, Fact], *, no_sales: bool
) -> dict[str, Fact]:
    standing = Standing(counts, facts.inputs.policies, targets.ratios.get(RESPONSE))
    measured = sales_facts(facts.measures, standing, targets.month.get(LEADS), no_sales=no_sales)
    measured |= discipline
    return measured | shares_of_targets(facts.measures, measured, targets.to_date)


def _own_measure(facts: MonthFacts, kpi: Kpi, code: str | None) -> Fact:
    """Measure by values of «Показатели» one employee, or (None) the team: of it each manager at work must have one."""
    until_on = facts.moment.cut_at.date()
    if code is not None:
        return own_fact(kpi, facts.inputs.values, code, until_on)
    same = {each.id for each in facts.inputs.rulebook.kpis if each.measure == kpi.measure}
    expected = [
        manager
        for manager in _codes(facts, Role.MANAGER)
        if facts.workdays[manager].elapsed_days
        and not facts.workdays[manager].in_ramp
        and not any((manager, id_) in facts.decided.kpis for id_ in {*same, kpi.id})
    ]
    return own_team_fact(kpi, facts.inputs.values, expected, until_on)


def _own_facts(
    facts: MonthFacts, kpis: Iterable[Kpi], targets: Targets, code: str | None, *, no_sales: bool
) -> dict[str, Fact]:
    """Measure by KPI what stands on a part of the deals: of one employee, or (None) of the team."""
    whole = facts.team_counts if code is None else facts.counts.get(code, NO_COUNTS)
    measured = {}
    for kpi in kpis:
        if kpi.how_counted is not None:
            measured[kpi.id] = _own_measure(facts, kpi, code)
        elif kpi.only_where is not None:
            part = facts.parts[kpi.only_where]
            counts = part.team if code is None else part.by_code.get(code, NO_COUNTS)
            norm = targets.of(kpi) or kpi.norm
            standing = Standing(counts, facts.inputs.policies, norm)
            leads = targets.month.get(LEADS)
            measured[kpi.id] = fact_of_part(kpi.compared.id, standing, whole, leads, no_sales=no_sales)
    return measured


def _team(
    facts: MonthFacts, targets: Mapping[str, Targets], managers: Sequence[EmployeeResult]
) -> tuple[TeamResult, tuple[EmployeeResult, ...]]:
    """Pool the team and score the heads' cards over it (behaviour §5, the `head` rulebook)."""
    codes = _codes(facts, Role.MANAGER)
    members = {code: _member(facts, code, targets[code]) for code in codes}
    team = team_targets(members.values(), facts.inputs.rulebook.all_kpis)
    no_sales = bool(codes) and all(code in facts.decided.no_sales for code in codes)
    discipline = _pooled_discipline(facts, members)
    measured = _measure(facts, team, facts.team_counts, discipline, no_sales=no_sales)
    own = _own_facts(facts, facts.inputs.rulebook.head_kpis, team, None, no_sales=no_sales)
    if facts.inputs.policies[MISSING_DATA] == "cell":
        measured = without_the_silent(measured, managers)
        own = own_without_the_silent(own, facts.inputs.rulebook.head_kpis, managers)
    revenue_plan = team.to_date.get(REVENUE)
    diagnosis = None
    if revenue_plan and _is_gap_known(facts, measured, managers):
        diagnosis = _team_diagnosis(facts, team, members, managers, measured)
    rulebook = facts.inputs.rulebook
    heads = tuple(
        fill_card(
            Card(
                workdays=facts.workdays[code],
                kpis=rulebook.head_kpis,
                bands=rulebook.bands,
                facts=measured,
                targets=team,
                decided=_decided_for(facts, code, rulebook.head_kpis),
                started=any(facts.workdays[manager].elapsed_days for manager in codes),
                nobody=not any(member.worked for member in members.values()),
                diagnosis=diagnosis,
                sales=_sales(measured, team, facts.team_counts),
                own_facts=own,
            )
        )
        for code in _codes(facts, Role.HEAD)
    )
    plan = team.month.get(REVENUE)
    result = TeamResult(
        revenue_tiyn=facts.team_counts.revenue_tiyn,
        plan_tiyn=None if plan is None else rounded_half_up(plan),
        facts=measured,
        diagnosis=diagnosis,
        plan_to_date_tiyn=None if revenue_plan is None else rounded_half_up(revenue_plan),
    )
    return result, heads


def _team_diagnosis(
    facts: MonthFacts,
    team: Targets,
    members: Mapping[str, TeamMember],
    managers: Sequence[EmployeeResult],
    measured: Mapping[str, Fact],
) -> Diagnosis:
    """Give the team's causes: the sum of its managers', or by the first form a split of its own."""
    counts, form = facts.team_counts, facts.inputs.policies[CAUSES]
    signals = signals_of(measured, team, counts, None, form=form)
    plan = team_factors(members.values(), team.to_date[REVENUE])
    if form != MERGED_CAUSES:
        return diagnose(*_told_apart(plan, counts, facts.inputs.policies), signals, form=form)
    # The targets of the ratios are those of the head's card.
    conversion = team.ratios.get(CONVERSION, plan.conversion_fraction)
    average = team.ratios.get(AVERAGE_DEAL, plan.average_deal_tiyn)
    plan = replace(plan, conversion_fraction=conversion, average_deal_tiyn=average)
    own = (manager.diagnosis for manager in managers if manager.diagnosis is not None)
    return diagnose_team(own, plan, counts, signals)


def _pooled_discipline(facts: MonthFacts, members: Mapping[str, TeamMember]) -> dict[str, Fact]:
    """Measure discipline over all managers' marks; who has none and was decided about is left out."""
    pools: dict[frozenset[str], dict[str, Fact]] = {}
    by_measure = {}
    for measure in (each for each in facts.measures if MEASURES[each].of_marks):
        asked = frozenset(code for code, member in members.items() if measure not in member.excused)
        if asked not in pools:
            pooled = MarkCounts.pooled(facts.marks[code] for code in asked)
            pools[asked] = discipline_facts(facts.measures, pooled, facts.inputs.policies)
        by_measure[measure] = pools[asked][measure]
    return by_measure


def _member(facts: MonthFacts, code: str, targets: Targets) -> TeamMember:
    """Name what the head decided away for a manager where there was nothing: own targets, own marks."""
    excused = set()
    for kpi in facts.inputs.rulebook.kpis:
        if (code, kpi.id) in facts.decided.kpis:
            target = kpi.target_field
            if kpi.measured.of_marks:
                # Marks that are there stay in the team's pool, whatever was decided about the card.
                own = discipline_facts(facts.measures, facts.marks[code], facts.inputs.policies)
                excused |= {measure for measure, fact in own.items() if fact.state is State.NO_DATA}
            elif target is not None and target not in targets.month and target not in targets.ratios:
                excused.add(target)
    return TeamMember(targets, facts.workdays[code].worked_days > 0, frozenset(excused))
