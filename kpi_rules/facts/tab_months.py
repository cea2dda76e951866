"""To which months the rows of the tabs beside the facts belong: said once for reading, checks and settling."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class RowsHold(StrEnum):
    """For which months a row holds."""

    ONE_MONTH = "one_month"
    FROM_MONTH = "from_month"  # from its month on, until a later row replaces it
    ALWAYS = "always"


TAB_MONTHS: Mapping[str, RowsHold] = MappingProxyType(
    {
        "plan": RowsHold.ONE_MONTH,
        "decisions": RowsHold.ONE_MONTH,
        "months": RowsHold.ONE_MONTH,
        "salaries": RowsHold.FROM_MONTH,
        "corrections": RowsHold.FROM_MONTH,
        "percents": RowsHold.FROM_MONTH,
        "rules": RowsHold.FROM_MONTH,
        "staff": RowsHold.ALWAYS,
        "absences": RowsHold.ALWAYS,
        "settings": RowsHold.ALWAYS,
    }
)
"""The tabs by key; those of facts and «Возражения» are not among them."""
UNDER_EVERY_CARD = frozenset({"rules", *(tab for tab, hold in TAB_MONTHS.items() if hold is RowsHold.ALWAYS)})
"""The tabs out of which days, norms, hours and weights of every card come."""
