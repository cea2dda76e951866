"""`kpi score` of a file that was downloaded before its client's upgrade, or half of it was."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from kpi_rules.time.periods import ALMATY, Month
from operations.files.scoring import score_file
from operations.files.templates import export_template
from templates.loading import templates_at
from tests.next_layout import next_templates

NOW = datetime(2026, 10, 15, 12, tzinfo=ALMATY)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the next release's templates."""
    return next_templates(tmp_path_factory.mktemp("next") / "templates")


def missing(workbook: Path, payroll: Path) -> list[tuple[str, str]]:
    scored = score_file(workbook, Month(2026, 10), NOW, payroll_path=payroll)
    return [
        (problem.code, problem.params.get("header", problem.params.get("tab", "")))
        for problem in scored.problems
        if problem.code.startswith(("header", "tab_missing"))
    ]


def test_files_of_the_layout_before_lack_nothing(release: Path, tmp_path: Path) -> None:
    workbook, payroll = tmp_path / "old.xlsx", tmp_path / "old-pay.xlsx"
    export_template("b2b", workbook, payroll)
    with templates_at(release):
        assert missing(workbook, payroll) == []


def test_files_of_two_layouts_are_each_read_as_they_are(release: Path, tmp_path: Path) -> None:
    old, old_pay = tmp_path / "old.xlsx", tmp_path / "old-pay.xlsx"
    new, new_pay = tmp_path / "new.xlsx", tmp_path / "new-pay.xlsx"
    export_template("b2b", old, old_pay)
    with templates_at(release):
        export_template("b2b", new, new_pay)
        assert missing(new, old_pay) == []
        assert missing(old, new_pay) == []


def test_a_new_column_that_was_taken_out_again_is_missed(release: Path, tmp_path: Path) -> None:
    workbook, payroll = tmp_path / "new.xlsx", tmp_path / "pay.xlsx"
    with templates_at(release):
        export_template("b2b", workbook, payroll)
        book = openpyxl.load_workbook(workbook)
        deals = book["Сделки"]
        headers = [cell.value for cell in deals[1]]
        deals.cell(1, headers.index("Товар") + 1).value = None
        book.save(workbook)
        assert missing(workbook, payroll) == [("header_missing", "Товар")]
