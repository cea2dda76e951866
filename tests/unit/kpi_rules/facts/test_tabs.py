"""Tabs of facts are declared once: in the templates, and for the records of form 1 in one file."""

import ast
from pathlib import Path

import pytest

from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.kinds import Kind
from kpi_rules.facts.tabs import FactColumn, FactTab
from kpi_rules.measures.grains import Grain
from kpi_rules.measures.targets import TARGETS
from kpi_rules.records import form_1_tabs
from kpi_rules.records.frames import frame_from_record, frame_record, tab_from_record, tab_record
from templates.loading import load

ROOT = Path(__file__).parents[4]
ROOMS = ("kpi_rules", "sheets_sync", "operations", "templates", "flows", "ledger", "cli")
DECLARED_IN = {
    "kpi_rules/records/form_1_tabs.py": "what release 0.1.0 sealed",
    "kpi_rules/rulebook/input_words.py": "the words of rulebook files and records",
    "kpi_rules/words/known.py": "how many reports a sum misses",
}
ALSO_A_COUNT = {
    "kpi_rules/facts/tabs.py": "what a day may count",
    "kpi_rules/facts/past_months.py": "a count",
    "kpi_rules/checks/implausible_reports.py": "a count",
    "kpi_rules/facts/day_columns.py": "a count",
    "kpi_rules/counting/deal_counts.py": "a count",
    "templates/checking.py": "a count",
    "kpi_rules/outlook/funnel.py": "a count, and the measure of a stage",
    "kpi_rules/measures/targets.py": "the target of the measure",
    "kpi_rules/records/months.py": "a measure of form 1",
    "kpi_rules/measures/catalogue.py": "the measure",
    "sheets_sync/rendering/analysis.py": "the measure",
    "cli/showing/tables.py": "the measure",
}
"""Where «deals» is a count or a measure, and no tab."""
DEMO = "cli/demo/"


def literals(name):
    found = set()
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            place = path.relative_to(ROOT).as_posix()
            tree = ast.parse(path.read_text(encoding="utf-8"))
            values = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
            if name in values and not place.startswith(DEMO):
                found.add(place)
    return found


def test_no_program_text_names_a_tab_of_facts():
    assert literals("reports") <= DECLARED_IN.keys()
    assert literals("deals") <= DECLARED_IN.keys() | ALSO_A_COUNT.keys()


@pytest.mark.parametrize("name", ["b2b", "b2c"])
def test_the_first_layout_of_a_template_is_what_records_of_form_1_imply(name):
    template = load(name, layout=1)
    book = template.layout.workbook
    assert book.facts_tab().facts() == form_1_tabs.FACTS[template.rulebook.grain]
    assert book.marks_tab().facts() == form_1_tabs.MARKS


def test_the_columns_of_the_plan_are_its_targets():
    plan = load("b2b").layout.workbook.tab("plan")
    assert [column.key for column in plan.columns] == ["month", "code", *TARGETS]


OWN = FactTab(
    "shifts",
    Grain.DAY,
    (
        FactColumn("on", Kind.DATE),
        FactColumn("code", Kind.EMPLOYEE),
        FactColumn("visitors", Kind.INTEGER, "leads", needed=True),
        FactColumn("opened_at", Kind.MOMENT, since=2),
        FactColumn("note", Kind.TEXT),
    ),
)


def test_a_tab_and_its_rows_come_back_from_their_records():
    frame = FactFrame.of(OWN, [{"row": 2, "code": "M01", "visitors": 7, "note": "x", "bad_on": True}])
    tab = tab_from_record(tab_record(OWN))
    assert tab == OWN
    again = frame_from_record(tab, frame_record(frame))
    assert frame_record(again) == frame_record(frame)
    assert frame_record(frame)["columns"] == [
        "on", "code", "visitors", "opened_at", "opened_without_time", "note", "bad",
    ]  # fmt: skip
    assert frame_record(frame)["rows"] == [[None, "M01", 7, None, False, "x", ["on"]]]


def test_a_row_that_names_no_column_is_refused():
    with pytest.raises(KeyError, match="leads_received"):
        FactFrame.of(OWN, [{"leads_received": 1}])
