"""What the rules tell, laid out as the wanted content of each output tab. Pure: no clock, no Google."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from kpi_rules.cards.results import MonthResults
from kpi_rules.outlook.plan_hints import PlanProposal
from kpi_rules.problems import Problem
from kpi_rules.time.periods import Month
from kpi_rules.words.texts import Texts
from sheets_sync.building.wanted import Wanted
from sheets_sync.rendering.analysis import analysis_tab, funnel_tab
from sheets_sync.rendering.pages import Locates, Period
from sheets_sync.rendering.scoreboard import scoreboard_tab
from sheets_sync.rendering.worklists import checklist_tab, problems_tab
from sheets_sync.schema.layout import Layout, tab_ids


def render(
    results: MonthResults,
    layout: Layout,
    texts: Texts,
    located: Locates,
    *,
    review: MonthResults | None = None,
    overdue: bool = False,
    other_problems: Sequence[Problem] = (),
    proposal: PlanProposal | None = None,
    shadow: Collection[Month] = (),
    silence: tuple[datetime, datetime] | None = None,
) -> dict[str, Wanted]:
    """Lay out all output tabs of a workbook, by tab key.

    `results` is the open month (or the only one there is); `review` the month before it, in review or with
    its final result; `overdue` where it did not close by its deadline. «Ошибки» shows the problems of both and
    `other_problems`, each once, but none of the payroll book: managers read the workbook. `proposal` is a plan
    to think about, `shadow` names the months that pay nothing, `silence` is from when to when nothing was brought up
    to date. The moment shown as that of the last change is
    `results.as_of_at`; the same inputs at a later moment give the same values but for that stamp.
    """
    periods = (
        Period(results, shadow=results.month in shadow),
        *([Period(review, in_review=True, overdue=overdue, shadow=review.month in shadow)] if review else []),
    )
    problems = [*other_problems, *(problem for period in periods for problem in period.results.problems)]
    shown = [problem for problem in problems if problem.place.tab not in tab_ids(layout.payroll)]
    pages = {
        "scoreboard": scoreboard_tab(periods, texts, layout.workbook.time_zone, silence),
        "analysis": analysis_tab(periods, texts),
        "funnel": funnel_tab(periods, texts),
        "checklist": checklist_tab(results, texts, review, proposal),
        "problems": problems_tab(shown, texts, located, tab_ids(layout.workbook)),
    }
    return {tab.key: pages[tab.key] for tab in layout.workbook.outputs()}
