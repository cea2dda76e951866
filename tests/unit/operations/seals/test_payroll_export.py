"""A closed month's payroll as a file: the sealed figures, as text what is text, and nothing over another file."""

import csv
import io
import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import openpyxl
import pytest

import ledger
from kpi_rules.errors import IntegrityError, RefusedError
from kpi_rules.time.periods import Month
from operations.seals.payroll_export import Format, csv_bytes, export_payroll
from sheets_sync.building import payroll_tab
from templates.loading import templates_at
from tests.next_layout import NEXT, next_templates
from tests.telling import tells
from tests.unit.ledger.builders import KEY, a_client, a_record

PIN = Path(__file__).parents[3] / "golden/engine/engine-1.json"
OCTOBER = Month(2026, 10)
NASTY = {"M01": '=HYPERLINK("http://x";"Асель")', "M02": "+7 700 000", "H01": "-Ким @ Ко"}
REASON = "=СУММ(A1) это слова"
"""Of the pinned month's correction № 1 of M01: 15 000 ₸, and −100 ₸ come from before."""


@dataclass
class Book:
    """What the export asks of a ledger."""

    seals_of: list[ledger.Seal] = field(default_factory=list)
    snapshot_of: ledger.Snapshot | None = None

    def client(self, slug):
        if slug != "acme":
            raise ledger.UnknownClientError(slug)
        return a_client()

    def seals(self, _slug):
        return self.seals_of

    def snapshot(self, _slug, _month):
        return self.snapshot_of


def sealed(**parts):
    record = json.loads(PIN.read_text(encoding="utf-8"))[0]
    payroll = record["payroll"]
    payroll["lines"] = [{**line, "name": NASTY[line["code"]]} for line in payroll["lines"]]
    more = {"client_name": "Акме", "template": "b2b", "language": "ru", "closed_by": "РОП"}
    return ledger.seal(a_record(**{**record, **more, **parts}), 1, None, KEY)


@pytest.fixture
def book():
    return Book([sealed()])


@pytest.fixture
def exported(book, tmp_path):
    def export(form):
        path = tmp_path / f"out.{form}"
        done = export_payroll(book, "acme", OCTOBER, form, path)
        assert (done.path, done.people, done.seal_number) == (path, 3, 1)
        assert done.fingerprint == ledger.fingerprint(book.seals_of[0])
        return path

    return export


def lines_of(book):
    return {line["code"]: line for line in book.seals_of[0].record["payroll"]["lines"]}


def test_the_xlsx_is_laid_out_for_an_a4_page_across_with_totals_seal_and_signatures(book, exported):
    sheet = openpyxl.load_workbook(exported(Format.XLSX)).active
    assert sheet.title == "2026-10"
    assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", 9)
    assert (sheet.page_setup.fitToWidth, sheet.sheet_properties.pageSetUpPr.fitToPage) == (1, True)
    assert sheet.print_title_rows == "$1:$2"
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    header, first = rows[1], rows[2]
    line = lines_of(book)["M01"]
    wanted = {
        "Код": "H01",
        "Валюта": "KZT",
        "Версия правил": "b2b 2026-01",
        "Итого": lines_of(book)["H01"]["total_tiyn"] // 100,
    }
    assert {title: first[header.index(title)] for title in wanted} == wanted
    m01 = next(row for row in rows if row[1] == "M01")
    # 226 190 + 180 952 + 15 000 − 100, worked out beside the pinned record
    assert m01[header.index("Итого")] == 422_042 == line["total_tiyn"] // 100
    assert REASON in m01[header.index("Основание корректировок")]
    assert "удерживается с прошлых месяцев" in m01[header.index("Основание корректировок")]
    total = next(row for row in rows if row[0] == "Итого")
    assert total[header.index("Итого")] == sum(each["total_tiyn"] for each in lines_of(book).values()) // 100
    said = " ".join(str(row[0]) for row in rows if row[0])
    for words in (
        "Печать № 1",
        ledger.fingerprint(book.seals_of[0]),
        "Бухгалтер",
        "Собственник",
        "отдела продаж",
    ):
        assert words in said


def test_text_that_looks_like_a_formula_stays_text_in_the_xlsx(exported):
    sheet = openpyxl.load_workbook(exported(Format.XLSX)).active
    names = {row[1].value: row[2] for row in sheet.iter_rows() if row[1].value in NASTY}
    assert {code: cell.value for code, cell in names.items()} == NASTY
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)} == {
        "s"
    }
    assert all(cell.quotePrefix for cell in names.values())


def test_the_csv_opens_here_and_holds_no_formula(book, exported):
    content = exported(Format.CSV).read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    header = rows[0]
    by_code = {row[1]: dict(zip(header, row, strict=True)) for row in rows[1:]}
    assert by_code["M01"]["ФИО"] == "'" + NASTY["M01"]
    assert by_code["M02"]["ФИО"] == "'" + NASTY["M02"]
    assert by_code["M01"]["Итого"] == "422042"
    assert by_code["M01"]["KPI, %"] == "91"  # 37.136… + 16 + 20 + 17.777…
    assert "\n" not in by_code["M01"]["Основание корректировок"]
    assert rows[-1][0] == "Итого"
    assert [row[1] for row in rows[1:-1]] == list(lines_of(book))
    for row in rows:
        assert not [cell for cell in row if cell[:1] in "=+@" and cell]
        assert all(cell[:1] != "-" or cell[1:].isdigit() for cell in row)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+7 700", "'+7 700"),
        ("-Ким", "'-Ким"),
        ("@имя", "'@имя"),
        (" =1", "' =1"),
        ("\t=1", "'\t=1"),
        ('"=1', "'\"=1"),
        ("\uff1d1+1", "'\uff1d1+1"),  # full-width =
        ("\ufe661", "'\ufe661"),  # small =
        ("\u200b=1", "'\u200b=1"),
        ("\ufeff=1", "'\ufeff=1"),
        ("а=1", "а=1"),
        ("№ 1", "№ 1"),
    ],
)
def test_a_text_of_a_csv_is_never_the_start_of_a_formula(text, written):
    [[found]] = csv.reader(io.StringIO(csv_bytes([[text]]).decode("utf-8-sig"), newline=""), delimiter=";")
    assert found == written


def test_numbers_of_a_csv_are_numbers():
    assert csv_bytes([[-100, 0.5, None, 1]]) == b"\xef\xbb\xbf-100;0,5;;1\r\n"


def test_the_json_holds_the_sealed_lines_with_totals_and_seal(book, exported):
    found = json.loads(exported(Format.JSON).read_text(encoding="utf-8"))
    seal = book.seals_of[0]
    assert found["lines"] == seal.record["payroll"]["lines"]
    assert found["lines"][1]["corrections"][0]["reason"] == REASON
    assert found["totals"]["total_tiyn"] == sum(line["total_tiyn"] for line in found["lines"])
    assert (found["currency"], found["month"], found["client"]) == ("KZT", "2026-10", "acme")
    assert found["seal"] == {
        "number": 1,
        "fingerprint": ledger.fingerprint(seal),
        "digest": seal.digest,
        "public_key": seal.public_key,
    }


@pytest.mark.parametrize("form", list(Format))
def test_nothing_is_overwritten_and_the_file_is_its_owners(exported, form):
    path = exported(form)
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()
    with tells(RefusedError, "уже есть"):
        exported(form)
    assert path.read_bytes() == before


def test_without_a_name_the_file_lies_here(book, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    export_payroll(book, "acme", OCTOBER, Format.CSV, None)
    assert (tmp_path / "acme-2026-10.csv").exists()


def test_a_shadow_month_has_no_payroll_and_says_so(tmp_path):
    with tells(RefusedError, "теневым"):
        export_payroll(Book([sealed(payroll=None)]), "acme", OCTOBER, Format.XLSX, tmp_path / "x.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_a_month_that_is_not_closed_has_none(book, tmp_path):
    with tells(RefusedError, "Ноябрь 2026 не закрыт"):
        export_payroll(book, "acme", Month(2026, 11), Format.XLSX, tmp_path / "x.xlsx")
    with pytest.raises(ledger.UnknownClientError):
        export_payroll(book, "nobody", OCTOBER, Format.XLSX, tmp_path / "x.xlsx")


def test_nothing_is_printed_under_the_fingerprint_of_a_seal_that_does_not_hold(tmp_path):
    good = sealed()
    changed = replace(good, record_text=good.record_text.replace("42204200", "52204200"))
    assert changed != good
    with tells(IntegrityError, "не держится"):
        export_payroll(Book([changed]), "acme", OCTOBER, Format.XLSX, tmp_path / "x.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_what_was_paid_is_exported_also_where_the_rules_have_moved_on(tmp_path):
    done = export_payroll(Book([sealed(engine="0")]), "acme", OCTOBER, Format.JSON, tmp_path / "x.json")
    assert json.loads(done.path.read_text(encoding="utf-8"))["engine"] == "0"


# ---- layouts
LATER = payroll_tab.PayColumn("code", 50, lambda line, _: payroll_tab.Cell(f"later {line.code}"), since=NEXT)


def with_snapshot(**layout):
    """A book whose month closed in a layout; without one in form 1, that of the release that knew none."""
    record = {"form": 2, **layout} if layout else {}
    return Book([sealed()], ledger.Snapshot("acme", OCTOBER, "close-id", record))


@pytest.mark.parametrize("form", Format)
@pytest.mark.parametrize(
    ("of_close", "shows"),
    [(Book([sealed()]), False), (with_snapshot(), False), (with_snapshot(layout=NEXT), True)],
    ids=["no snapshot", "a snapshot without a layout", "the newest"],
)
def test_a_month_shows_the_columns_of_the_layout_that_it_closed_in(
    of_close, shows, form, tmp_path, monkeypatch
):
    before = tmp_path / f"before.{form}"
    export_payroll(Book([sealed()]), "acme", OCTOBER, form, before)
    monkeypatch.setattr(payroll_tab, "PAY_COLUMNS", (*payroll_tab.PAY_COLUMNS, LATER))
    after = tmp_path / f"after.{form}"
    with templates_at(next_templates(tmp_path / "templates")):
        export_payroll(of_close, "acme", OCTOBER, form, after)
    if form is Format.JSON or not shows:
        assert shown(after, form) == shown(before, form)
    else:
        assert "later M01" in shown(after, form)


def shown(path, form):
    """What a file says: of XLSX, which bears the moment of its making, the cells."""
    if form is not Format.XLSX:
        return path.read_text(encoding="utf-8")
    return "\n".join(
        str(cell.value) for row in openpyxl.load_workbook(path).active.iter_rows() for cell in row
    )


def test_a_month_of_a_layout_that_is_not_known_here_is_refused_in_a_sentence(tmp_path):
    path = tmp_path / "x.csv"
    with pytest.raises(RefusedError) as refused:
        export_payroll(with_snapshot(layout=NEXT), "acme", OCTOBER, Format.CSV, path)
    assert (refused.value.code, refused.value.params["layout"]) == ("layout_newer", NEXT)
    assert not path.exists()
