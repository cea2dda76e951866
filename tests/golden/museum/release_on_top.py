"""A release that is not there yet: two new measures, a policy with a new meaning from May 2026 on, a new column.

Each is declared as a real one would be: measures and policy by their objects, the column and all names as data.

- `refund_share`: refunds / deals, out of what is counted already;
- `no_show_share`: the share of the leads that are ticked in «Не пришёл», a column of «Сделки» since the next layout;
- `refunds_in_average`: whether an average deal takes refunds in. It always left them out; from May 2026 it takes
  them in.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from kpi_rules.measures.catalogue import MEASURES
from kpi_rules.measures.facts import Fact, not_applicable, scored
from kpi_rules.measures.measure import Direction, Group, Measure, Standing
from kpi_rules.measures.units import Unit
from kpi_rules.policies import POLICIES, Policy, PolicyKind
from kpi_rules.time.periods import Month
from templates.loading import newest_layout, templates_at

NEXT = newest_layout("b2b") + 1
MAY = Month(2026, 5)
REFUNDS_IN_AVERAGE = Policy(
    "refunds_in_average", PolicyKind.CHOICE, "left_out", ((MAY, "taken_in"),), ("left_out", "taken_in")
)
_NAMES = """
[choice.measure]
refund_share = { ru = "доля возвратов", kk = "қайтарым үлесі", en = "share of refunds" }
no_show_share = { ru = "доля неявок", kk = "келмегендер үлесі", en = "share of no-shows" }

[explain.measure]
refund_share = { ru = "Доля возвратов", kk = "Қайтарым үлесі", en = "Share of refunds" }
no_show_share = { ru = "Доля неявок", kk = "Келмегендер үлесі", en = "Share of no-shows" }

[short.measure]
refund_share = { ru = "Возвр.", kk = "Қайт.", en = "Refund" }
no_show_share = { ru = "Неявки", kk = "Келмеу", en = "Absent" }

[rules.diff.policy_name]
refunds_in_average = { ru = "возвраты в чеке", kk = "чектегі қайтарымдар", en = "refunds in the average deal" }

[header.deals]
no_show = { ru = "Не пришёл", kk = "Келмеді", en = "Did not come" }
"""


def _refund_share(standing: Standing) -> Fact:
    counts = standing.counts
    return (
        scored(Fraction(-counts.refunds_tiyn, counts.deals_tiyn))
        if counts.deals
        else not_applicable("no_deals")
    )


def _no_show_share(standing: Standing) -> Fact:
    counts = standing.counts
    return (
        scored(Fraction(counts.more["no_shows"], counts.leads))
        if counts.leads
        else not_applicable("no_leads")
    )


def _average_deal(standing: Standing) -> Fact:
    counts = standing.counts
    if standing.policies[REFUNDS_IN_AVERAGE] == "left_out" or not counts.deals:
        return _AVERAGE_BEFORE(standing)
    return scored(Fraction(counts.revenue_tiyn, counts.deals))


assert MEASURES["average_deal"].fact is not None
_AVERAGE_BEFORE = MEASURES["average_deal"].fact
BROUGHT = (
    Measure(
        "refund_share",
        Group.RESULT,
        Unit.FRACTION,
        _refund_share,
        concerns=("sales",),
        direction=Direction.LOWER,
    ),
    Measure(
        "no_show_share",
        Group.PROCESS,
        Unit.FRACTION,
        _no_show_share,
        concerns=("leads", "no_shows"),
        direction=Direction.LOWER,
    ),
)


def put_rules_on_top(monkeypatch: pytest.MonkeyPatch) -> None:
    """Declare the measures and the policy; the average deal asks for it."""
    for measure in (*BROUGHT, replace(MEASURES["average_deal"], fact=_average_deal)):
        monkeypatch.setitem(MEASURES, measure.id, measure)
    monkeypatch.setitem(POLICIES, REFUNDS_IN_AVERAGE.id, REFUNDS_IN_AVERAGE)


@contextmanager
def data_on_top(folder: Path) -> Iterator[None]:
    """Load templates and texts of that release, which lie in a folder of their own."""
    shutil.copytree("templates", folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (folder / "texts/names.on_top.toml").write_text(_NAMES, encoding="utf-8")
    file = folder / "b2b/workbook.toml"
    lines = [
        line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("layout = ")
    ]
    column = (
        f'    {{ key = "no_show", kind = "checkbox", width_px = 90, since = {NEXT}, counts = "no_shows" }},'
    )
    at = next(number for number, line in enumerate(lines) if 'key = "refusal_reason"' in line)
    zone = next(number for number, line in enumerate(lines) if line.startswith("time_zone"))
    lines = [*lines[: zone + 1], f"layout = {NEXT}", *lines[zone + 1 : at], column, *lines[at:]]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with templates_at(folder):
        yield
