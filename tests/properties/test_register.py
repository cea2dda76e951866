"""Whatever is done to registered rows, leads are those registered or answered, and money is what stands there (§4a)."""

import random
from collections import Counter
from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction

import pytest

from kpi_rules.deciding.late_edits import late_edits
from kpi_rules.deciding.recounting import recompute
from kpi_rules.records.months import inputs_from_record, month_record
from kpi_rules.records.results import results_record
from operations.facts.chain import parse_books
from templates.loading import load
from tests.golden.cases import base
from tests.golden.register.watched import AFTER_GRACE_AT, FIRST_AT, Watched

PEOPLE = ("M1", "M2", "H1")
ELSEWHERE = datetime(2026, 9, 30, 10)  # noqa: DTZ001 - a cell has no zone
TODAY = datetime(2026, 10, 30, 9)  # noqa: DTZ001 - a cell has no zone
KEPT, GONE, EMPTIED, MOVED, OTHERS, SHARED, REFUND = range(7)


def client():
    books = replace(base.leads(), template=load("b2b", "ru", options=("shares",)))
    return books.with_rows("deals", [list(row) for row in books.rows["deals"]])


def played(rows, chance):
    """Do something to about half of the rows; give them with what was done, by №."""
    kept, done = [], {}
    for row in rows:
        number, act = row[0], chance.choice([KEPT] * 6 + [GONE, EMPTIED, MOVED, OTHERS, SHARED, REFUND])
        done[number] = act
        cells = row + [None] * (15 - len(row))
        if act == EMPTIED:
            cells = [number]
        elif act == MOVED:
            cells[1] = ELSEWHERE
        elif act == OTHERS:
            cells[2] = chance.choice([code for code in PEOPLE if code != cells[2]])
        elif act == SHARED:
            cells[13:] = [chance.choice([code for code in PEOPLE if code != cells[2]]), 0.25]
        elif act == REFUND:
            cells[6:10] = ["Сделка", -1, None, date(2026, 10, 30)]
        if act != GONE:
            kept.append(cells)
    return kept, done


def counted(rows, *, money):
    """Add up leads, or money in tiyn, by who stands in the rows; October alone."""
    found = Counter()
    for cells in rows:
        if len(cells) < 3:
            continue
        status, amount, paid = cells[6], cells[7], cells[9]
        in_october = cells[1].month == 10
        is_lead = in_october and not (status == "Сделка" and (amount or 0) < 0)
        value = (amount or 0) * 100 if paid else 0
        share = Fraction(1, 4) if len(cells) > 14 and cells[14] else Fraction(0)
        first = int(value * (1 - share)) if money else is_lead * (1 - share)
        found[cells[2]] += first
        if share:
            found[cells[13]] += value - first if money else is_lead * share
    return {code: found[code] for code in PEOPLE}


@pytest.mark.parametrize("seed", range(12))
def test_leads_are_as_registered_or_answered_and_money_is_as_it_stands(seed, tmp_path):
    chance = random.Random(seed)
    books, watched = client(), Watched(tmp_path)
    registered = books.rows["deals"]
    watched.look(books, FIRST_AT)
    watched.look(books, AFTER_GRACE_AT)
    rows, done = played(registered, chance)
    new = [[500 + n, TODAY, chance.choice(PEOPLE), f"Новый {n}", "Сайт", *[None] * 10] for n in range(5)]
    right = {number for number in done if chance.random() < 0.3}
    chance.shuffle(rows)
    changed = books.with_rows("deals", [*rows, *new])
    said = ", ".join(map(str, sorted(right)))
    for code in PEOPLE:
        changed = changed.more_rows("decisions", [date(2026, 10, 1), code, said, "верно", "так", True])
    found = watched.look(changed)

    before = {row[0]: row + [None] * (15 - len(row)) for row in registered}
    now = {cells[0]: cells for cells in rows}
    leads = [now.get(number, [number]) if number in right else cells for number, cells in before.items()]
    told = f"seed {seed}"
    assert by_code(found.results, "leads_received") == counted([*leads, *new], money=False), told
    assert by_code(found.results, "revenue") == counted([*rows, *new], money=True), told
    open_ = {number for number, act in done.items() if act != KEPT} - right
    assert {question.key for question in found.results.questions} == set(map(str, open_)), told

    record = month_record(found.prepared.inputs, found.results, None)
    assert recompute(record)[0] == results_record(found.results), told
    template = changed.template
    live = parse_books(changed.raw(), template.layout, template.rulebook).workbook.inputs
    assert late_edits(inputs_from_record(record["inputs"]), live, base.OCTOBER) == [], told


def by_code(results, measure):
    """What the cards say, and of the head the team less the managers."""
    found = {each.code: each.facts[measure].value for each in results.employees if each.code != "H1"}
    return {**found, "H1": results.team.facts[measure].value - sum(found.values())}
