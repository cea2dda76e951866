"""A column that comes with a later layout: it takes a line in the template and its name, and old months stay as sealed."""

import json
from dataclasses import replace
from datetime import datetime

import pytest

from kpi_rules.deciding.late_edits import late_edits
from kpi_rules.deciding.month import decide
from kpi_rules.facts.inputs import PayrollInputs
from kpi_rules.facts.selection import select_month
from kpi_rules.records.months import inputs_from_record, inputs_record
from kpi_rules.time.kazakhstan import working_calendar
from kpi_rules.time.periods import ALMATY, Month
from operations.facts.row_digests import row_digests
from sheets_sync.reading.books import parse_workbook
from templates import loading
from tests.golden.problems.broken_books import raw_book
from tests.next_layout import NEXT, PRESENT, next_templates
from tests.released import released

OCTOBER = Month(2026, 10)
OCTOBER_OVER = datetime(2026, 11, 6, tzinfo=ALMATY)
CALENDAR = working_calendar([2026])
LEAD = [1, 46300.5, "M01", "ТОО", "Сайт", 46300.6, "Сделка", 150_000, 0, 46301, False, "", ""]


@pytest.fixture
def later(tmp_path):
    """The templates of a later release: «Сделки» have «Товар» and «Скидка согласована» since its layout."""
    with loading.templates_at(next_templates(tmp_path / "templates")):
        yield


def with_product(lead, product="", discounted=None):
    """The same row under the headers of the later layout."""
    keys = [column.key for column in released(loading.layout("b2b", number=NEXT).workbook.tab("deals"))]
    said = dict(zip(keys, lead, strict=False)) | {"product": product, "discounted": discounted}
    return [said.get(key) for key in keys]


def read(number, *rows):
    template = loading.load("b2b", layout=number)
    raw = raw_book({"rows": {"deals": list(rows)}}, template)
    return template, parse_workbook(raw, template.layout.workbook, template.rulebook)


def selected(number, *rows):
    template, found = read(number, *rows)
    return select_month(found.inputs, PayrollInputs(), OCTOBER, template.rulebook, CALENDAR)


def test_the_first_layout_reads_on_and_seals_as_before(later):
    _, found = read(1, LEAD)
    assert [problem for problem in found.problems if problem.code.startswith("header")] == []
    record = inputs_record(selected(1, LEAD))
    assert "facts" not in record
    assert record["deals"]["columns"][-2:] == ["comment", "bad"]


def test_the_present_layout_reads_the_column_and_its_record_says_what_it_is(later):
    record = json.loads(json.dumps(inputs_record(selected(NEXT, with_product(LEAD, "Станки", True)))))
    assert [name for name in record["facts"]["columns"] if name in {"product", "discounted"}] == [
        "product",
        "discounted",
    ]
    columns = {column["key"]: column for column in record["facts"]["tab"]["columns"]}
    assert columns["product"] == {"key": "product", "kind": "text", "since": NEXT}
    assert inputs_record(inputs_from_record(record)) == record


def test_a_month_sealed_before_has_no_late_edit_by_a_column_that_came_after(later):
    sealed = selected(PRESENT, LEAD)
    _, present = read(NEXT, with_product(LEAD, "Станки", True))
    assert late_edits(sealed, present.inputs, OCTOBER) == []
    _, changed = read(NEXT, with_product([*LEAD[:7], 160_000, *LEAD[8:]], "Станки"))
    [edit] = late_edits(sealed, changed.inputs, OCTOBER)
    assert (edit.sealed, edit.present) == ({"amount_tiyn": 150_000_00}, {"amount_tiyn": 160_000_00})


def test_an_upgrade_alone_changes_no_row_and_no_result(later):
    rows = ((PRESENT, LEAD), (NEXT, with_product(LEAD)))
    (before,), (after,) = (row_digests(read(number, row)[1].inputs) for number, row in rows)
    assert before == after
    first, second = (selected(number, row) for number, row in rows)
    results = [replace(decide(inputs, OCTOBER_OVER, final=True), problems=()) for inputs in (first, second)]
    assert results[0] == results[1]
