"""The b2c template as a file: exported, filled in, and known by its tabs when it is scored."""

from datetime import UTC, date, datetime
from fractions import Fraction

import openpyxl
import pytest

from kpi_rules.errors import RefusedError
from kpi_rules.time.periods import Month
from operations.files.scoring import score_file
from operations.files.templates import export_template
from templates.loading import load, names
from tests.released import type_into
from tests.telling import remedy_of, tells

OCTOBER = Month(2026, 10)
AFTER = datetime(2026, 11, 10, tzinfo=UTC)
WORKED = (date(2026, 10, 28), date(2026, 10, 29), date(2026, 10, 30))


@pytest.fixture
def filled(tmp_path):
    """One manager, hired for the last three of 21 working days of October 2026."""
    path = tmp_path / "b2c.xlsx"
    export_template("b2c", path, tmp_path / "pay.xlsx")
    book = openpyxl.load_workbook(path)
    rows = {
        "Сотрудники": [["M01", "Алёна Ким", None, "менеджер", WORKED[0], None, 5]],
        "План": [[date(2026, 10, 1), "M01", 2_100_000, 0.25, None, None, 15, 0.5]],
        # The mean of a day may be a fraction of a minute: 12.5 min is 750 s.
        "Отчёты": [
            [WORKED[0], "M01", 4, 4, 1, 80_000, None, 0, 12.5],
            [WORKED[1], "Алёна Ким", 4, 4, 1, 70_000, None, 1, "32,5 мин"],
            [WORKED[2], "M01", 2, 0, 0, 0],
        ],
        "Дисциплина": [[day, "M01", *["да"] * 7] for day in WORKED],
    }
    type_into(book, load("b2c").layout, rows)
    book.save(path)
    return path


def test_the_exported_file_has_the_tab_of_reports_with_its_guards(filled):
    sheet = openpyxl.load_workbook(filled)["Отчёты"]
    assert [cell.value for cell in sheet[1]][:4] == [
        "Дата",
        "Менеджер",
        "Поступило лидов",
        "Обработано лидов",
    ]
    guarded = {str(validation.sqref).split(":")[0] for validation in sheet.data_validations.dataValidation}
    assert {"A2", "B2", "C2", "I2"} <= {part for found in guarded for part in found.split()}


def test_a_filled_in_file_is_scored_as_what_it_is(filled):
    """Plan 2 100 000 × 3/21 = 300 000, revenue 150 000: 20; 2 of 10 leads of 25 %: 12; answers 22.5 of 15
    minutes: 10; 1 of 2 deals of 50 %: 10; all marks: 20."""
    (card,) = score_file(filled, OCTOBER, AFTER).results.employees
    assert {result.kpi.id: result.points for result in card.kpis} == {
        "plan_completion": 20,
        "conversion": 12,
        "response_minutes": 10,
        "repeat_share": 10,
        "discipline": 20,
    }
    assert card.facts["response_minutes"].value == Fraction("22.5")
    assert (card.score_percent, card.band.id) == (72, "reduced")


def test_an_unknown_template_is_refused_with_the_names_of_those_there_are(tmp_path):
    with tells(RefusedError, "b2x") as refused:
        export_template("b2x", tmp_path / "x.xlsx")
    assert remedy_of(refused) == f"Есть шаблоны: {', '.join(names())}."
