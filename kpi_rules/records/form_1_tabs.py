"""The tabs of facts as release 0.1.0 knew them: a record of form 1 names only them, and says nothing of their columns.

These stand for good: what was sealed then is read by what was true then. What the templates hold today is said in
their own files; a test holds that what they had in layout 1 is what stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kpi_rules.facts.kinds import Kind
from kpi_rules.facts.tabs import Event, FactColumn, FactTab
from kpi_rules.measures.grains import Grain

_BOTH = (Event.ARRIVAL, Event.PAYMENT)
_PAYMENT = (Event.PAYMENT,)

LEADS = FactTab(
    "deals",
    Grain.LEAD,
    (
        FactColumn("number", Kind.TEXT),
        FactColumn("arrived_at", Kind.MOMENT, feeds=(Event.ARRIVAL,)),
        FactColumn("code", Kind.EMPLOYEE, feeds=_BOTH),
        FactColumn("customer", Kind.TEXT),
        FactColumn("source", Kind.TEXT),
        FactColumn("answered_at", Kind.MOMENT, feeds=(Event.ARRIVAL,)),
        FactColumn("status", Kind.CHOICE, feeds=_PAYMENT),
        FactColumn("amount_tiyn", Kind.MONEY, feeds=_PAYMENT, signed=True),
        FactColumn("cost_tiyn", Kind.MONEY, feeds=_PAYMENT, signed=True),
        FactColumn("paid_on", Kind.DATE, feeds=_PAYMENT),
        FactColumn("repeat", Kind.CHECKBOX, feeds=_PAYMENT),
        FactColumn("refusal_reason", Kind.TEXT),
        FactColumn("comment", Kind.TEXT),
    ),
)
DAYS = FactTab(
    "reports",
    Grain.DAY,
    (
        FactColumn("on", Kind.DATE),
        FactColumn("code", Kind.EMPLOYEE),
        FactColumn("leads_received", Kind.INTEGER, "leads", needed=True),
        FactColumn("leads_processed", Kind.INTEGER, "processed", needed=True),
        FactColumn("deals", Kind.INTEGER, "deals", needed=True),
        FactColumn("revenue_tiyn", Kind.MONEY, "revenue", needed=True, signed=True),
        FactColumn("cost_tiyn", Kind.MONEY, "cost", needed_beside="revenue_tiyn", signed=True),
        FactColumn("repeat_deals", Kind.INTEGER, "repeat", needed_beside="deals"),
        FactColumn(
            "response_seconds",
            Kind.DURATION,
            "response",
            needed_beside="leads_processed",
            weighted_by="leads_processed",
        ),
    ),
)
MARKS = FactTab(
    "discipline",
    Grain.MARKS,
    (
        FactColumn("on", Kind.DATE),
        FactColumn("code", Kind.EMPLOYEE),
        *(FactColumn(mark, Kind.CHOICE, "crm") for mark in ("filled", "statuses", "comments")),
        *(FactColumn(mark, Kind.CHOICE, mark) for mark in ("script", "attendance", "reporting", "meetings")),
    ),
)
FACTS: Mapping[Grain, FactTab] = MappingProxyType({tab.grain: tab for tab in (LEADS, DAYS)})
"""The tab of facts that a rulebook of form 1 stands on."""
