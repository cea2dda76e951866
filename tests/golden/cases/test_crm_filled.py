"""How well the rows of leads are filled in, counted by itself; each case worked out by hand (behaviour §4, `crm_filled`).

Base B: M1 has 40 leads in October, 10 deals and 30 refused. The last working day is Friday the 30th: what arrived on it
is not older than a working day. By the rows of the base a deal is asked for source, status, answer, amount, customer (5
cells), a refused lead for source, status, answer, reason (4): all are filled.
"""

from dataclasses import replace
from datetime import datetime
from fractions import Fraction

import pytest

from kpi_rules.deciding.month import decide
from kpi_rules.deciding.recounting import recompute
from kpi_rules.facts.inputs import Decision, DecisionKind
from kpi_rules.measures.catalogue import CRM_FILLED
from kpi_rules.measures.facts import State
from kpi_rules.records.months import month_record
from kpi_rules.records.results import results_record
from kpi_rules.time.lifecycle import MonthState
from operations.facts.chain import check_books, decide_late, decide_month, parse_books
from operations.facts.held_months import HeldMonth, calendar_around
from tests.golden.cases import base
from tests.golden.cases.base import card
from tests.golden.cases.in_parts import client, inputs_of, parsed

OWN = range(1, base.LEADS + 1, 2)
DUE = [number for number in OWN if base.leads().rows["deals"][number - 1][1].day < 30]
DEALS = [number for number in DUE if (number - 1) % 8 < 2]
DEMANDED = 5 * len(DEALS) + 4 * (len(DUE) - len(DEALS))
"""39 leads of M1 before the 30th, 10 of them deals: 50 + 116."""


def fact(books, code="M1", now=base.AFTER):
    final = now.date() > base.OCTOBER.last_on
    results = decide(inputs_of(books), now, final=final, measures=(CRM_FILLED,))
    found = results.team.facts if code is None else card(results, code).facts
    return found[CRM_FILLED]


def changed(column, value, *numbers, books=None):
    books = books or base.leads()
    for number in numbers:
        books = books.with_cell("deals", number + 1, column, value)
    return books


def test_the_base_is_filled_in():
    assert (len(DUE), len(DEALS), DEMANDED) == (39, 10, 166)
    assert [fact(base.leads(), code).value for code in ("M1", "M2", None)] == [1, 1, 1]


@pytest.mark.parametrize(
    ("column", "number", "filled", "demanded"),
    [
        ("source", 3, 165, 166),
        ("answered_at", 3, 165, 166),
        ("refusal_reason", 3, 165, 166),
        ("customer", 1, 165, 166),
        ("amount_tiyn", 1, 165, 166),
        # Without a status only source and status are asked for: 2 of the 4 go, and of the 2 that stay one is blank.
        ("status", 3, 163, 164),
        # A refused lead needs no customer, a deal no reason.
        ("customer", 3, 166, 166),
        ("refusal_reason", 1, 166, 166),
        # Arrived on the 30th.
        ("source", OWN[-1], 166, 166),
    ],
)
def test_a_blank_cell_that_its_status_demands_is_not_filled(column, number, filled, demanded):
    assert fact(changed(column, None, number)).value == Fraction(filled, demanded)


def test_a_new_lead_is_asked_for_source_and_status_alone():
    books = changed("status", "Новый", 3, books=changed("answered_at", None, 3))
    assert fact(books).value == 1
    assert fact(changed("status", "В работе", 3, books=books)).value == Fraction(164, 165)


def test_blanks_alone_fill_nothing_and_what_cannot_be_read_was_filled():
    assert fact(changed("source", "   ", 3)).value == Fraction(165, 166)
    found = fact(changed("amount_tiyn", "1.250", 1))
    assert found.value == 1


def test_while_the_month_runs_leads_of_the_last_working_day_are_too_new():
    # On Thursday the 15th the 14th was the last one that is over.
    now = base.MID_MONTH
    young = [number for number in OWN if base.leads().rows["deals"][number - 1][1].day == 14]
    assert fact(changed("source", None, *young), now=now).value == 1
    older = [number for number in OWN if base.leads().rows["deals"][number - 1][1].day == 13]
    assert fact(changed("source", None, *older), now=now).value < 1


def test_where_no_lead_is_old_enough_it_does_not_apply():
    found = fact(base.leads(), now=base.at(2026, 10, 1, 18))
    assert (found.state, found.reason) == (State.NOT_APPLICABLE, "no_leads_due")
    nothing = fact(base.leads().with_rows("deals", []))
    assert (nothing.state, nothing.reason) == (State.NO_DATA, "no_leads_entered")


def test_shared_rows_count_by_shares():
    shared = [900, datetime(2026, 10, 5, 10), "M1", None, None, datetime(2026, 10, 5, 11), "В работе"]  # noqa: DTZ001 - a cell
    shared += [None, None, None, False, None, None, "M2", 0.25]
    books = client(deals=[shared])
    # Source, status and answer are asked for, two are filled: M1 has three quarters of it.
    assert fact(books).value == (166 + Fraction(3, 4) * 2) / (166 + Fraction(3, 4) * 3)
    assert fact(books, "M2").value < 1


def test_reports_do_not_tell_it():
    results = decide(base.reports().inputs(), base.AFTER, final=True, measures=(CRM_FILLED,))
    assert card(results, "M1").facts[CRM_FILLED].reason == "not_counted"


def test_it_is_scored_by_rules_sealed_and_recounted_and_is_in_nobody_elses_results():
    inputs = inputs_of(changed("source", None, *DUE[:16]))
    kpis = tuple(
        replace(kpi, id=CRM_FILLED, measure=CRM_FILLED) if kpi.measure == "discipline" else kpi
        for kpi in inputs.rulebook.kpis
    )
    scored = replace(inputs, rulebook=replace(inputs.rulebook, kpis=kpis))
    results = decide(scored, base.AFTER, final=True)
    [kpi] = [each for each in card(results, "M1").kpis if each.kpi.id == CRM_FILLED]
    assert (kpi.fact, kpi.points) == (Fraction(150, 166), 20 * Fraction(150, 166))
    record = month_record(scored, results, None)
    assert recompute(record)[0] == results_record(results)
    assert CRM_FILLED in record["measures"]
    assert CRM_FILLED not in month_record(inputs, decide(inputs, base.AFTER, final=True), None)["measures"]


def test_what_is_filled_in_after_the_close_changes_nothing():
    inputs = inputs_of(changed("source", None, *DUE[:16]))
    kpis = (*inputs.rulebook.kpis[:-1], replace(inputs.rulebook.kpis[-1], id=CRM_FILLED, measure=CRM_FILLED))
    sealed = replace(inputs, rulebook=replace(inputs.rulebook, kpis=kpis))
    live = parsed(changed("answered_at", None, 3)).workbook.inputs
    late = decide_late(sealed, live, base.AFTER, [])
    # The 16 sources are there now and were not then; the answer that went is a late edit.
    assert card(late.results, "M1").facts[CRM_FILLED].value == Fraction(149, 166)


class WithoutHeader:
    """Books in which a header of «Сделки» was overwritten."""

    def __init__(self, books, column):
        self.books, self.place, self.template = books, books.place("deals", column), books.template

    def raw(self):
        raw = self.books.raw()
        first, *rows = raw["deals"]
        header = [*first[: self.place], "Моё", *first[self.place + 1 :]]
        return replace(raw, tabs={**raw.tabs, "deals": [header, *rows]})

    def raw_payroll(self):
        return self.books.raw_payroll()


@pytest.mark.parametrize("column", ["source", "customer", "refusal_reason"])
def test_a_column_whose_header_is_gone_leaves_it_without_data(column):
    books = WithoutHeader(base.leads(), column)
    for code in ("M1", "M2", None):
        found = fact(books, code)
        assert (found.state, found.reason, found.value) == (State.NO_DATA, "bad_rows", None)
    # Where no lead demands it nothing is lost.
    lost = WithoutHeader(base.leads(), "comment")
    assert fact(lost).value == 1
    assert (
        fact(
            WithoutHeader(base.leads().with_rows("deals", base.leads().rows["deals"][:1]), "refusal_reason")
        ).value
        == 1
    )


def test_a_month_without_data_of_it_is_recounted_from_its_record():
    inputs = inputs_of(WithoutHeader(base.leads(), "source"))
    kpis = (*inputs.rulebook.kpis[:-1], replace(inputs.rulebook.kpis[-1], id=CRM_FILLED, measure=CRM_FILLED))
    scored = replace(inputs, rulebook=replace(inputs.rulebook, kpis=kpis))
    results = decide(scored, base.AFTER, final=True)
    record = month_record(scored, results, None)
    assert record["inputs"]["deals"]["missing"] == ["source"]
    assert recompute(record)[0] == results_record(results)
    assert "missing" not in month_record(inputs_of(base.leads()), results, None)["inputs"]["deals"]
    # A header that is back, or lost, after the close is no late edit of it.
    live = parsed(base.leads()).workbook.inputs
    assert (
        card(decide_late(scored, live, base.AFTER, []).results, "M1").facts[CRM_FILLED].state is State.NO_DATA
    )


@pytest.mark.parametrize(
    ("column", "is_scored", "blocks"),
    [
        ("source", True, True),
        ("source", False, False),
        ("comment", True, False),
    ],
)
def test_a_header_that_is_gone_keeps_a_month_open_whose_rules_count_the_column(column, is_scored, blocks):
    books, template = WithoutHeader(base.leads(), column), base.leads().template
    rules = template.rulebook
    if is_scored:
        kpis = (*rules.kpis[:-1], replace(rules.kpis[-1], id=CRM_FILLED, measure=CRM_FILLED))
        rules = replace(rules, kpis=kpis)
    read = parse_books(books.raw(), template.layout, template.rulebook, draft=rules)
    held = HeldMonth(base.OCTOBER, MonthState.PLANNING, calendar_around(2026))
    decided = decide_month(check_books(read, base.AFTER), held, base.AFTER, final=True)
    [problem] = [each for each in decided.results.problems if each.code.startswith("header_missing")]
    assert problem.blocks is blocks


def test_a_decision_about_filled_cells_says_nothing_of_marks_that_are_missing():
    """M1 has no marks: 21 of 42 days are marked. Only a decision about marks would leave M1 out of the head's pool."""
    books = base.leads()
    of_m2 = [row for row in books.rows["discipline"] if row[1] == "M2"]
    assert len(of_m2) == len(books.rows["discipline"]) / 2
    inputs = inputs_of(books.with_rows("discipline", of_m2))
    kpis = (*inputs.rulebook.kpis[:-1], replace(inputs.rulebook.kpis[-1], id=CRM_FILLED, measure=CRM_FILLED))
    decision = Decision(inputs.month, "M1", CRM_FILLED, DecisionKind.NOT_APPLICABLE, "не вёл", approved=True)
    decided = replace(inputs, rulebook=replace(inputs.rulebook, kpis=kpis), decisions=(decision,))
    results = decide(decided, base.AFTER, final=True)
    [own] = [kpi for kpi in card(results, "M1").kpis if kpi.kpi.id == CRM_FILLED]
    assert (own.state, own.reason) == (State.NOT_APPLICABLE, "decided")
    [pooled] = [kpi for kpi in card(results, "H1").kpis if kpi.kpi.measure == "discipline"]
    assert (pooled.state, pooled.reason) == (State.NO_DATA, "few_marks")
