"""The sealed month as plain JSON values, and its recomputation byte for byte.

Only text, whole numbers, booleans, None, lists and mappings; exact numbers are text (`exact_text`). Nothing
depends on the order of rows in the sheets. `month_record` holds all that `recompute` needs.

Forms of a sealed month (`MONTH`): form 1, of release 0.1.0, holds facts of all measures that there were; from
form 2 on `measures` names those whose facts stand in the results.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date, time
from fractions import Fraction
from typing import Any

from kpi_rules.cards.results import MonthResults, Payroll
from kpi_rules.exact import exact_number, exact_text
from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.inputs import (
    Absence,
    Correction,
    Decision,
    DecisionKind,
    Employment,
    MonthInputs,
    PastMonth,
    PlanRow,
    Salary,
    SourceCounts,
)
from kpi_rules.measures.catalogue import MEASURES
from kpi_rules.measures.targets import LEADS, REVENUE, TARGETS, Target
from kpi_rules.records import form_1_tabs
from kpi_rules.records.calendars import calendar_from_record, calendar_record
from kpi_rules.records.forms import FORM, Record, RecordKind
from kpi_rules.records.frames import frame_from_record, frame_record, tab_from_record, tab_record
from kpi_rules.records.own_values import values_from_record, values_record
from kpi_rules.records.payments import (
    parts_before_from_record,
    parts_before_record,
    payments_from_record,
    payments_record,
)
from kpi_rules.records.percents import percents_from_record, percents_record
from kpi_rules.records.questions import questions_from_record, questions_record
from kpi_rules.records.results import payroll_record, results_record
from kpi_rules.records.rulebooks import rulebook_from_record, rulebook_record
from kpi_rules.rulebook.model import Role, Rulebook
from kpi_rules.time.periods import Month
from kpi_rules.time.settings import SETTINGS, SettingKind, Settings, left_out

FORM_1_MEASURES = (
    "plan_completion", "revenue", "deals", "average_deal", "margin", "leads_received", "leads_processed",
    "conversion", "response_minutes", "repeat_share", "discipline", "crm", "script", "attendance", "reporting",
    "meetings",
)  # fmt: skip
"""The measures of release 0.1.0: a month of form 1 holds the facts of each of them, and of no other."""


def _with_measures_named(record: Record) -> Record:
    return {**record, "measures": sorted(FORM_1_MEASURES)}


MONTH = RecordKind("sealed month", (_with_measures_named,))


def _with_tabs_unsaid(record: Record) -> Record:
    """Form 2 may say what its tabs of facts hold (`facts`, `marks`); form 1 knows those of release 0.1.0."""
    return record


INPUTS = RecordKind("inputs of a month", (_with_tabs_unsaid,))
PLAN_ROW = RecordKind("plan row")


def read_month(record: Record) -> Record:
    """Give a sealed month of any form in the present one; its inputs are read by `inputs_from_record`.

    Raises NewerFormError where a newer program sealed it.
    """
    sealed = MONTH.read(record)
    MONTH.refuse_unknown(sealed["measures"], MEASURES)
    return sealed


def month_record(
    inputs: MonthInputs,
    results: MonthResults,
    payroll: Payroll | None,
    salaries: Iterable[Salary] = (),
    corrections: Iterable[Correction] = (),
    paid_numbers: Iterable[str] = (),
    carried_in_tiyn: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """Write a month with all that its results and pay stand on; `payroll` None in a shadow month."""
    results_as_record = results_record(results)
    record = {
        # The form once more: release 0.1.0 tells by it that it can not recount the month.
        "engine": str(MONTH.present),
        "measures": sorted(results.team.facts),
        "as_of_at": results_as_record["as_of_at"],
        "final": results.final,
        "inputs": inputs_record(inputs),
        "problems": results_as_record["problems"],
        "salaries": salaries_record(salaries),
        "corrections": corrections_record(corrections),
        "paid_numbers": sorted(paid_numbers),
        "carried_in_tiyn": {code: tiyn for code, tiyn in sorted((carried_in_tiyn or {}).items()) if tiyn},
        "results": results_as_record,
        "payroll": None if payroll is None else payroll_record(payroll),
    }
    return MONTH.stamped(record)


def inputs_record(inputs: MonthInputs) -> dict[str, Any]:
    """Write the facts and rules of a month."""
    record = {
        "month": str(inputs.month),
        "staff": [
            {
                "code": stint.code,
                "name": stint.name,
                "email": stint.email,
                "role": stint.role.value,
                "hired_on": stint.hired_on.isoformat(),
                "left_on": None if stint.left_on is None else stint.left_on.isoformat(),
                "week_days": stint.week_days,
            }
            for stint in sorted(inputs.staff, key=lambda stint: (stint.code, stint.hired_on, stint.name))
        ],
        "plan": plan_record(inputs.plan),
        **_facts_record(inputs),
        **({"payments": payments_record(inputs.payments)} if inputs.payments else {}),
        **({"parts_before": parts_before_record(inputs.parts_before)} if inputs.parts_before else {}),
        **({"values": values_record(inputs.values)} if inputs.values else {}),
        **({"percents": percents_record(inputs.percents)} if inputs.percents else {}),
        **({"questions": questions_record(inputs.questions)} if inputs.questions else {}),
        "absences": [
            {"code": code, "from_on": start.isoformat(), "to_on": end.isoformat()}
            for code, start, end in sorted((a.code, a.from_on, a.to_on) for a in inputs.absences)
        ],
        "settings": {
            name: value.isoformat() if isinstance(value, time) else value
            for name, value in vars(inputs.settings).items()
            if name not in left_out(inputs.settings)
        },
        "decisions": [_decision_record(decision) for decision in sorted(inputs.decisions, key=_decision_key)],
        "rulebook": rulebook_record(inputs.rulebook.at(inputs.month)),
        "calendar": calendar_record(inputs.calendar),
        "history": [
            {
                "month": str(past.month),
                "revenue": sorted([code, day.isoformat(), tiyn] for code, day, tiyn in past.revenue),
                "sources": [[s.source, s.leads, s.processed, s.deals, s.deals_tiyn] for s in past.sources],
            }
            for past in inputs.history
        ],
    }
    return INPUTS.stamped(record)


def staff_from_record(record: Mapping[str, Any]) -> tuple[Employment, ...]:
    """Read the staff of `month_record`'s inputs back alone."""
    record = INPUTS.read(record)
    return tuple(
        Employment(
            code=stint["code"],
            name=stint["name"],
            email=stint["email"],
            role=Role(stint["role"]),
            hired_on=date.fromisoformat(stint["hired_on"]),
            left_on=None if stint["left_on"] is None else date.fromisoformat(stint["left_on"]),
            week_days=stint["week_days"],
        )
        for stint in record["staff"]
    )


def inputs_from_record(record: Mapping[str, Any]) -> MonthInputs:
    """Read what `inputs_record` wrote; sheet rows are unknown (0, or numbered in the record's order).

    Raises NewerFormError where a newer program wrote it.
    """
    record = INPUTS.read(record)
    rulebook = rulebook_from_record(record["rulebook"])
    facts, marks = _facts_from_record(record, rulebook)
    return MonthInputs(
        month=Month.parse(record["month"]),
        staff=staff_from_record(record),
        plan=plan_from_record(record["plan"]),
        facts=facts,
        marks=marks,
        payments=payments_from_record(record.get("payments", ())),
        parts_before=parts_before_from_record(record["parts_before"]) if "parts_before" in record else None,
        values=values_from_record(record.get("values", ())),
        percents=percents_from_record(record.get("percents", ())),
        questions=questions_from_record(record.get("questions", ())),
        absences=tuple(
            Absence(a["code"], date.fromisoformat(a["from_on"]), date.fromisoformat(a["to_on"]))
            for a in record["absences"]
        ),
        settings=_settings_from_record(record["settings"]),
        decisions=tuple(_decision_from_record(decision) for decision in record["decisions"]),
        rulebook=rulebook,
        calendar=calendar_from_record(record["calendar"]),
        history=tuple(
            PastMonth(
                Month.parse(past["month"]),
                tuple((code, date.fromisoformat(day), tiyn) for code, day, tiyn in past["revenue"]),
                tuple(SourceCounts(*counts) for counts in past["sources"]),
            )
            for past in record["history"]
        ),
    )


def _facts_record(inputs: MonthInputs) -> dict[str, Any]:
    """Write facts and marks: as form 1 did while their tabs are those of form 1, else with what the tabs hold."""
    if (inputs.facts.tab, inputs.marks.tab) == (
        form_1_tabs.FACTS.get(inputs.facts.tab.grain),
        form_1_tabs.MARKS,
    ):
        empty = {tab.key: frame_record(FactFrame.of(tab)) for tab in form_1_tabs.FACTS.values()}
        return empty | {frame.tab.key: frame_record(frame) for frame in (inputs.facts, inputs.marks)}
    return {
        name: {"tab": tab_record(frame.tab), **frame_record(frame)}
        for name, frame in (("facts", inputs.facts), ("marks", inputs.marks))
    }


def _facts_from_record(record: Mapping[str, Any], rulebook: Rulebook) -> tuple[FactFrame, FactFrame]:
    if "facts" in record:
        facts, marks = (
            frame_from_record(tab_from_record(record[name]["tab"]), record[name])
            for name in ("facts", "marks")
        )
        return facts, marks
    facts, marks = (
        frame_from_record(tab, record[tab.key])
        for tab in (form_1_tabs.FACTS[rulebook.grain], form_1_tabs.MARKS)
    )
    return facts, marks


def _settings_from_record(record: Mapping[str, Any]) -> Settings:
    INPUTS.refuse_unknown(record, {each.name for each in fields(Settings)})
    times = {name for name, setting in SETTINGS.items() if setting.kind is SettingKind.TIME}
    read: dict[str, Any] = {
        name: time.fromisoformat(value) if name in times else value for name, value in record.items()
    }
    return Settings(**read)


def plan_record(plan: Iterable[PlanRow]) -> list[dict[str, Any]]:
    """Write plan rows (the ledger freezes them one by one)."""
    return [
        {
            FORM: PLAN_ROW.present,
            "month": str(row.month),
            "code": row.code,
            **{field: _target_record(target, row.targets.get(field)) for field, target in TARGETS.items()},
            "bad": sorted(row.bad),
            **_own_targets_record(row),
        }
        for row in sorted(plan, key=_plan_order)
    ]


def plan_from_record(record: Sequence[Mapping[str, Any]]) -> tuple[PlanRow, ...]:
    """Read what `plan_record` wrote. Raises NewerFormError where a newer program did."""
    rows = []
    for row in map(PLAN_ROW.read, record):
        PLAN_ROW.refuse_unknown(row.keys() - {FORM, "month", "code", "bad", "own"}, TARGETS)
        targets = {
            field: row[field] if target.is_whole else exact_number(row[field])
            for field, target in TARGETS.items()
            if row.get(field) is not None
        } | {field: exact_number(value) for field, value in row.get("own", {}).items()}
        rows.append(PlanRow(Month.parse(row["month"]), row["code"], targets, frozenset(row["bad"])))
    return tuple(rows)


def _own_targets_record(row: PlanRow) -> dict[str, Any]:
    """Write the targets of KPIs that have one of their own; nothing where there are none."""
    own = {field: value for field, value in sorted(row.targets.items()) if field not in TARGETS}
    return {"own": {field: exact_text(Fraction(value)) for field, value in own.items()}} if own else {}


def _plan_order(row: PlanRow) -> tuple[Any, ...]:
    return row.month, row.code, str(row.targets.get(REVENUE)), repr(row.targets.get(LEADS))


def _target_record(target: Target, value: int | Fraction | None) -> int | str | None:
    return None if value is None else int(value) if target.is_whole else exact_text(Fraction(value))


def salaries_record(salaries: Iterable[Salary]) -> list[dict[str, Any]]:
    """Write the rows of «Оклады»."""
    return [
        {
            "code": salary.code,
            "from_month": str(salary.from_month),
            "base_tiyn": salary.base_tiyn,
            "variable_tiyn": salary.variable_tiyn,
            "approved": salary.approved,
        }
        for salary in sorted(salaries, key=lambda s: (s.code, s.from_month, s.base_tiyn, s.variable_tiyn))
    ]


def salaries_from_record(record: Sequence[Mapping[str, Any]]) -> tuple[Salary, ...]:
    """Read what `salaries_record` wrote."""
    return tuple(Salary(**{**row, "from_month": Month.parse(row["from_month"])}) for row in record)


def corrections_record(corrections: Iterable[Correction]) -> list[dict[str, Any]]:
    """Write the rows of «Корректировки»."""
    return [
        {
            "number": correction.number,
            "for_month": str(correction.for_month),
            "code": correction.code,
            "amount_tiyn": correction.amount_tiyn,
            "reason": correction.reason,
            "approved": correction.approved,
        }
        for correction in sorted(corrections, key=lambda c: (c.number, c.code, c.amount_tiyn))
    ]


def corrections_from_record(record: Sequence[Mapping[str, Any]]) -> tuple[Correction, ...]:
    """Read what `corrections_record` wrote."""
    return tuple(Correction(**{**row, "for_month": Month.parse(row["for_month"])}) for row in record)


def _decision_key(decision: Decision) -> tuple[str, ...]:
    return decision.code, decision.subject, decision.kind.value, decision.reason


def _decision_record(decision: Decision) -> dict[str, Any]:
    return {
        "month": str(decision.month),
        "code": decision.code,
        "subject": decision.subject,
        "kind": decision.kind.value,
        "reason": decision.reason,
        "approved": decision.approved,
    }


def _decision_from_record(record: Mapping[str, Any]) -> Decision:
    return Decision(**{**record, "month": Month.parse(record["month"]), "kind": DecisionKind(record["kind"])})
