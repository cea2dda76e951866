"""The marks of files: read in today's words whoever wrote them, and searched for by ids."""

from datetime import UTC, datetime

import pytest

from kpi_rules.time.periods import Month
from ledger import Client
from operations.world.marks import FilePart, Marks, is_of_client, marks_for, read_marks
from sheets_sync.ports import File, Sought

CLIENT = Client("Акме", "acme", "b2b", "ru", datetime(2026, 9, 1, tzinfo=UTC), id="c1")
WRITTEN = marks_for(CLIENT, "l1", FilePart.MONTH_ARCHIVE, "2026-10", "x1")


def file(app=None, **marks):
    return File("f", "f", "text/plain", "", "", False, (), app_properties=app or {}, properties=marks)


def test_what_is_written_is_read_again():
    assert read_marks(file(**WRITTEN.properties())) == WRITTEN
    assert WRITTEN.of_month == Month(2026, 10)


def test_a_folder_bears_no_month_and_no_close():
    marks = marks_for(CLIENT, "l1", FilePart.ARCHIVE_FOLDER)
    assert marks.properties() == {
        "tablo_ledger": "l1",
        "tablo_client_id": "c1",
        "tablo_client": "acme",
        "tablo_part": "archive-folder",
    }
    assert marks.of_month is None


@pytest.mark.parametrize(
    ("part", "month", "read"),
    [
        ("archive", "", FilePart.ARCHIVE_FOLDER),
        ("archive", "2026-10", FilePart.MONTH_ARCHIVE),  # one word for both, told apart by the month
        ("records", "", FilePart.RECORDS_FOLDER),
        ("seal", "2026-10", FilePart.SEALED_RECORD),
        ("home", "", FilePart.HOME),
        ("workbook", "", FilePart.WORKBOOK),
        ("payroll", "", FilePart.PAYROLL),
    ],
)
def test_marks_of_release_0_1_0_are_read_in_todays_words(part, month, read):
    first = {"tablo_client": "acme", "tablo_part": part} | ({"tablo_month": month} if month else {})
    assert read_marks(file(first)) == Marks(slug="acme", part=read, month=month)


def test_the_new_marks_count_where_a_file_has_both():
    first = {"tablo_client": "acme", "tablo_part": "archive", "tablo_month": "2026-10"}
    assert read_marks(file(first, **WRITTEN.properties())) == WRITTEN


def test_a_file_of_nobodys_says_nothing():
    assert read_marks(file(colour="red")) == Marks()


def test_a_file_of_a_close_is_sought_by_both_kinds_of_marks_in_its_folder():
    first = {"tablo_close": "x1", "tablo_part": "archive"}
    assert WRITTEN.sought("F") == (
        Sought(WRITTEN.properties(), parent="F"),
        Sought(app_marks=first, parent="F"),
    )
    home = marks_for(CLIENT, "l1", FilePart.HOME)
    assert home.sought() == (Sought(home.properties()),)


@pytest.mark.parametrize(
    ("marks", "own"),
    [
        (Marks("l1", "c1", "acme", "workbook"), True),
        (Marks("l1", "c2", "acme", "workbook"), False),  # the short name alone makes nobody a client's
        (Marks("l1", "c1", "acme", "payroll"), False),
        (Marks(slug="acme", part="workbook"), True),  # as release 0.1.0 marked it
        (Marks(slug="other", part="workbook"), False),
        (Marks(), False),
    ],
)
def test_whose_a_file_is_tells_the_id_and_of_0_1_0_the_short_name(marks, own):
    assert is_of_client(marks, CLIENT, FilePart.WORKBOOK) is own
