"""Checks of meaning for rows of «Сделки» that two managers share (behaviour §4, «Shared»)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from kpi_rules.exact import exact_text
from kpi_rules.facts.columns import Flags
from kpi_rules.facts.frames import FactFrame
from kpi_rules.problems import Place, Problem, blocking


def check_shares(facts: FactFrame, here: Flags) -> Iterator[Problem]:
    """Name the rows of this month that do not tell whose part is whose; cells that can not be read are told already."""
    columns = facts.leads
    codes = [*columns.codes, None]
    for place, _ in facts.sharing.unclear:
        if (
            not here[place]
            or columns.bad("second_code")[place]
            or columns.bad("second_share_fraction")[place]
        ):
            continue
        first, second, share = (
            codes[columns.of_code[place]],
            columns.seconds[place],
            columns.second_shares[place],
        )
        if not isinstance(second, str):
            name, column = "share_without_second", "second_code"
        elif second == first:
            name, column = "second_is_first", "second_code"
        elif not isinstance(share, Fraction):
            name, column = "second_without_share", "second_share_fraction"
        else:
            name, column = "share_not_between", "second_share_fraction"
        number = columns.numbers[place]
        yield blocking(
            name,
            Place(facts.tab.key, int(facts.rows["row"][place]), column),
            first,
            number=number if isinstance(number, str) else "—",
            value=f"{exact_text(share * 100)}%" if isinstance(share, Fraction) else "",
        )
