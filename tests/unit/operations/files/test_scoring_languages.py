"""Files in Kazakh and English are known by their tabs and recounted; sentences come in the language asked for."""

from datetime import UTC, date, datetime

import openpyxl
import pytest

from kpi_rules.errors import RefusedError
from kpi_rules.time.periods import Month
from operations.files.score_records import score_record
from operations.files.scoring import score_file
from operations.files.templates import export_template
from templates.loading import load
from tests.telling import remedy_of, tells

MONTH, AFTER = Month(2026, 10), datetime(2026, 11, 6, tzinfo=UTC)


def fill(path, layout):
    """One manager: plan 1 000 000 ₸, one paid deal of 840 000 ₸."""
    book = openpyxl.load_workbook(path)
    words = {tab.key: tab for tab in layout.tabs}
    rows = {
        "staff": {
            "code": "M01",
            "name": "Ержан Ахметов",
            "role": words["staff"].column("role").choices["manager"],
            "hired_on": date(2025, 1, 6),
            "week_days": 5,
        },
        "plan": {"month": "2026-10", "code": "M01", "revenue_tiyn": 1_000_000},
        "deals": {
            "number": 1,
            "arrived_at": datetime(2026, 10, 6, 10),  # noqa: DTZ001 - a cell has no zone
            "code": "M01",
            "status": words["deals"].column("status").choices["deal"],
            "amount_tiyn": 840_000,
            "paid_on": date(2026, 10, 7),
        },
    }
    for key, row in rows.items():
        sheet = book[words[key].title]
        columns = {cell.value: cell.column for cell in sheet[1]}
        for column, value in row.items():
            sheet.cell(2, columns[words[key].column(column).header], value)
    book.save(path)


@pytest.fixture(params=["kk", "en"])
def filled(request, tmp_path):
    path = tmp_path / "kpi.xlsx"
    export_template("b2b", path, language=request.param)
    fill(path, load("b2b", request.param).layout.workbook)
    return request.param, path


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_a_file_is_read_in_its_language_and_speaks_it(filled):
    language, path = filled
    [employee] = score_record(score_file(path, MONTH, AFTER))["employees"]
    beginning = {
        "kk": "Түсім: 840 000 ₸, жоспар 1 000 000 ₸ — 84% орындалды.",
        "en": "Revenue: 840,000 ₸ against a plan of 1,000,000 ₸ — achieved 84%.",
    }
    assert plain(employee["kpis"][0]["text"]).startswith(beginning[language])
    assert employee["kpis"][0]["fact"] == "840000"


def test_the_sentences_come_in_the_language_asked_for_and_name_the_tabs_of_the_file(filled):
    language, path = filled
    record = score_record(score_file(path, MONTH, AFTER, said_in="ru"))
    assert plain(record["employees"][0]["kpis"][0]["text"]).startswith("Выручка: 840 000 ₸ при плане")
    tab = load("b2b", language).layout.workbook.tab("staff").title
    told = [problem["what"] for problem in record["problems"]]
    assert f"На листе «{tab}» нет РОПа: карточки руководителя не будет." in told


def test_a_russian_file_speaks_kazakh_when_asked(tmp_path):
    path = tmp_path / "kpi.xlsx"
    export_template("b2b", path)
    fill(path, load("b2b").layout.workbook)
    record = score_record(score_file(path, MONTH, AFTER, said_in="kk"))
    assert record["employees"][0]["kpis"][0]["text"].startswith("Түсім:")


def test_an_unknown_language_is_refused_with_those_that_there_are(tmp_path):
    with tells(RefusedError, "Языка «de» нет") as refused:
        export_template("b2b", tmp_path / "kpi.xlsx", language="de")
    assert "ru, en, kk" in remedy_of(refused)
