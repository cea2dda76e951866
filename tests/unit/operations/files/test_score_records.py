"""`kpi score --json`: causes, funnel, forecast and checklist of a small month, worked out by hand."""

from datetime import UTC, date, datetime

import openpyxl
import pytest

from kpi_rules.time.periods import Month
from operations.files.score_records import score_record
from operations.files.scoring import score_file
from operations.files.templates import export_template
from templates.loading import load
from tests.released import type_into

OCTOBER = Month(2026, 10)
AFTER = datetime(2026, 11, 6, tzinfo=UTC)
MIDDLE = datetime(2026, 10, 21, 6, tzinfo=UTC)


@pytest.fixture
def workbook(tmp_path):
    path = tmp_path / "book.xlsx"
    export_template("b2b", path)
    book = openpyxl.load_workbook(path)
    arrived, answered = (datetime.fromisoformat(f"2026-10-05T10:0{minute}") for minute in (0, 7))
    rows = {
        "Сотрудники": ["M01", "Айгерим Сапарова", None, "менеджер", date(2025, 3, 3), None, 5],
        "План": [date(2026, 10, 1), "M01", 1_000_000, 0.5, 100_000],
        "Сделки": [1, arrived, "M01", None, "Сайт", answered, "Сделка", 500_000, None, date(2026, 10, 20)],
    }
    type_into(book, load("b2b").layout, {tab: [row] for tab, row in rows.items()})
    book.save(path)
    return path


def test_causes_add_up_to_the_gap_for_the_manager_and_the_team(workbook):
    # 20 leads × 50 % × 100 000 ₸ planned, 1 × 100 % × 500 000 ₸ made: the mean over the six orders is
    # 4 591 666 2/3, −1 258 333 1/3, −2 833 333 1/3 ₸; the missing tiyn go to the earlier parts.
    record = score_record(score_file(workbook, OCTOBER, AFTER))
    assert [causes["code"] for causes in record["causes"]] == [None, "M01"]
    for causes in record["causes"]:
        assert (causes["plan"], causes["revenue"], causes["gap"]) == ("1000000", "500000", "500000")
        assert {part["id"]: part["amount"] for part in causes["parts"]} == {
            "few_leads": "4591666.67",
            "weak_conversion": "-1258333.33",
            "low_average_deal": "-2833333.34",
        }
        few_leads = causes["parts"][0]
        assert (few_leads["name"], few_leads["meaning"]) == ("Мало лидов", "Лидов 1 вместо 20 по плану.")
        assert few_leads["check"].startswith("Хватает ли рекламы")


def test_the_funnel_has_stages_for_all_sources_and_for_each(workbook):
    record = score_record(score_file(workbook, OCTOBER, AFTER))
    found = [(row["source"], row["stage"], row["count"], row["share"]) for row in record["funnel"]]
    stages = [("leads_received", 1, None), ("leads_processed", 1, "1"), ("deals", 1, "1")]
    assert found == [(source, *stage) for source in (None, "Сайт") for stage in stages]


def test_a_running_month_has_a_forecast_and_a_checklist_and_a_final_one_has_none(workbook):
    running = score_record(score_file(workbook, OCTOBER, MIDDLE))
    # 500 000 ₸ in 14 of 21 working days, and no month before: 750 000 ₸.
    assert [(row["code"], row["expected"], row["record"]) for row in running["forecast"]] == [
        (None, "750000", None),
        ("M01", "750000", None),
    ]
    kinds = {item["kind"]: item["text"] for item in running["checklist"]}
    assert kinds["marks_missing"] == "За 20.10.2026 нет отметок."
    final = score_record(score_file(workbook, OCTOBER, AFTER))
    assert (final["forecast"], final["checklist"]) == ([], [])
