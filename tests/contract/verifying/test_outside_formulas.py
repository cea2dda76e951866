"""A formula that pulls from another file, on whatever tab of either book, is found at night and told."""

from operations.facts.client_books import note_outside_formulas
from operations.syncing.sync import sync_client
from operations.verifying.verifying import verify_client
from tests.contract.client_life import (
    HEAD,
    MANAGERS,
    MID_SEPTEMBER_AT,
    SLUG,
)


def own_tab(life, email, file_id, formula, *, hidden=False):
    """Somebody adds a tab of his own with a formula in B2."""
    gateway = life.as_person(email).gateway
    tab = {"title": "Мой лист", "sheetId": 4711, "hidden": hidden}
    start = {"sheetId": 4711, "rowIndex": 1, "columnIndex": 1}
    cell = {"userEnteredValue": {"formulaValue": formula}}
    write = {"start": start, "rows": [{"values": [cell]}], "fields": "userEnteredValue"}
    gateway.apply(file_id, [{"addSheet": {"properties": tab}}, {"updateCells": write}])


def found(life):
    outside = verify_client(SLUG, life.services).outside
    note_outside_formulas(SLUG, outside, life.services)
    return [(each.file, each.formula.tab, each.formula.cell, each.formula.function) for each in outside]


def told(life):
    sync_client(SLUG, MID_SEPTEMBER_AT, life.services)
    rows = life.cells(life.workbook_id, "Ошибки")
    return [row for row in rows if len(row) > 1 and "IMPORTRANGE" in row[1]]


def test_a_clean_client_has_none(life):
    assert found(life) == []
    assert verify_client(SLUG, life.services).intact
    assert told(life) == []


def test_a_managers_hidden_tab_is_told_on_the_problems_tab_until_it_is_mended(life):
    own_tab(life, MANAGERS[0], life.workbook_id, '=IMPORTRANGE("1abc","A1")', hidden=True)
    assert found(life) == [("workbook", "Мой лист", "B2", "IMPORTRANGE")]
    [[where, what, *_]] = told(life)
    assert where == "Мой лист"
    assert "B2" in what
    assert verify_client(SLUG, life.services).intact, "nothing that was sealed has changed"
    life.services.creator.gateway.apply(life.workbook_id, [{"deleteSheet": {"sheetId": 4711}}])
    assert found(life) == []
    assert told(life) == []


def test_a_text_that_looks_like_one_is_no_formula(life):
    life.enter(HEAD, "deals", [['=IMPORTRANGE("1abc","A1")']], row=3, column=12)
    assert found(life) == []


def test_the_payroll_book_is_looked_through_and_not_told_of_to_managers(life):
    own_tab(life, HEAD, life.payroll_id, '=IMPORTXML("http://x","//a")')
    assert found(life) == [("payroll", "Мой лист", "B2", "IMPORTXML")]
    assert told(life) == []
