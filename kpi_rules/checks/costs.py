"""Of whose rows a cost is asked: where a margin is scored of everybody's, else of those whose pay stands on one."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from kpi_rules.facts.columns import Flags
from kpi_rules.facts.inputs import MonthInputs
from kpi_rules.facts.percents import PercentBase, percents_of
from kpi_rules.measures.catalogue import concerned
from kpi_rules.rulebook.model import Role

COST = "cost"
Asked = Callable[[str | None], bool]
"""Tells of an employee's code whether the rows need a cost."""


def cost_asked(inputs: MonthInputs) -> Asked:
    """Tell by employee whose rows need a cost; a head's margin is the team's."""
    if concerned(inputs.rulebook.measures, COST):
        return lambda _code: True
    paid = {
        (stint.code, stint.role)
        for stint in inputs.staff
        if any(row.base is PercentBase.MARGIN for row in percents_of(inputs.percents, stint.code, stint.role))
    }
    if any(role is Role.HEAD for _code, role in paid):
        return lambda _code: True
    codes = frozenset(code for code, _role in paid)
    return lambda code: code in codes


def of_rows(asked: Asked, codes: Iterable[str | None]) -> Flags:
    """Tell it row by row."""
    return np.fromiter(map(asked, codes), dtype=bool)
