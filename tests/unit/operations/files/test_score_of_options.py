"""`kpi template export --with …` and what `kpi score` makes of such files: what stands in a file switches itself on."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from kpi_rules.errors import RefusedError
from kpi_rules.time.periods import ALMATY, Month
from operations.files import scoring
from operations.files.scoring import score_file
from operations.files.templates import export_template
from templates.loading import load, names, options_of
from tests.telling import tells

NOW = datetime(2026, 10, 15, 12, tzinfo=ALMATY)
LANGUAGES = ("ru", "kk", "en")
TEMPLATES = names()


def exported(folder: Path, template: str = "b2b", language: str = "ru", *options: str) -> tuple[Path, Path]:
    files = folder / f"{template}-{language}.xlsx", folder / f"{template}-{language}-pay.xlsx"
    export_template(template, files[0], files[1], language, options)
    return files


def read_as(monkeypatch: pytest.MonkeyPatch, workbook: Path, payroll: Path) -> tuple[Any, Any]:
    """Score the files; give the layout that they were read in and the problems of headers and tabs."""
    seen = []

    def spied(raw: Any, layout: Any, *more: Any, **named: Any) -> Any:
        seen.append(layout)
        return parse(raw, layout, *more, **named)

    parse = scoring.parse_books
    monkeypatch.setattr(scoring, "parse_books", spied)
    scored = score_file(workbook, Month(2026, 10), NOW, payroll_path=payroll)
    monkeypatch.undo()
    told = [
        (each.code, each.params.get("header", each.params.get("tab", "")))
        for each in scored.problems
        if each.code.startswith(("header", "tab_", "choice_unknown"))
    ]
    return seen[0], told


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_file_with_everything_is_read_as_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: str, language: str
) -> None:
    asked = options_of(template)
    layout, told = read_as(monkeypatch, *exported(tmp_path, template, language, *asked))
    assert (layout.template, layout.language, told) == (template, language, [])
    assert layout.options == frozenset(asked) - {"percents"}  # that one shows in the payroll book alone


@pytest.mark.parametrize("option", ["payments", "shares", "measures", "conditions"])
def test_each_option_is_known_by_what_it_brings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    layout, told = read_as(monkeypatch, *exported(tmp_path, "b2b", "ru", option))
    assert (layout.options, told) == (frozenset({option}), [])


def test_a_simple_file_has_none_and_lacks_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout, told = read_as(monkeypatch, *exported(tmp_path))
    assert (layout.options, told) == (frozenset(), [])


def test_files_of_which_one_has_more_are_each_read_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "more").mkdir()
    plain, more = exported(tmp_path), exported(tmp_path / "more", "b2b", "ru", *options_of("b2b"))
    for pair in ((plain[0], more[1]), (more[0], plain[1])):
        assert read_as(monkeypatch, *pair)[1] == []


def test_half_of_an_option_asks_for_its_other_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = exported(tmp_path, "b2b", "ru", "shares")
    book = openpyxl.load_workbook(files[0])
    headers = [cell.value for cell in book["Сделки"][1]]
    book["Сделки"].cell(1, headers.index("Доля второго, %") + 1).value = None
    book.save(files[0])
    layout, told = read_as(monkeypatch, *files)
    assert (layout.options, told) == (frozenset({"shares"}), [("header_missing", "Доля второго, %")])


@pytest.mark.parametrize(
    ("headers", "on"),
    [
        (["Дата", "Менеджер", "Звонки", "Встречи"], False),
        (["Дата", "Менеджер", "Показатель", "Сколько"], True),
        ([], False),
    ],
)
def test_a_tab_of_ones_own_is_not_taken_for_an_options_by_its_title(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, headers: list[str], *, on: bool
) -> None:
    files = exported(tmp_path)
    book = openpyxl.load_workbook(files[0])
    book.create_sheet("Показатели").append(headers)
    book.save(files[0])
    layout, told = read_as(monkeypatch, *files)
    assert layout.options == (frozenset({"measures"}) if on else frozenset())
    assert bool(told) is on


def test_a_bad_cell_of_an_option_is_named_with_its_address(tmp_path: Path) -> None:
    workbook, payroll = exported(tmp_path, "b2b", "ru", "payments", "percents")
    for file, tab, row in (
        (workbook, "Оплаты", ["7", "вчера", "много"]),
        (payroll, "Проценты", [datetime(2026, 10, 1), "M01", "прибыль", 0, 5]),  # noqa: DTZ001
    ):
        book = openpyxl.load_workbook(file)
        for column, value in enumerate(row, start=1):
            book[tab].cell(2, column).value = value
        book.save(file)
    scored = score_file(workbook, Month(2026, 10), NOW, payroll_path=payroll)
    places = {scored.located.address(each.place) for each in scored.problems if each.place.row == 2}
    assert {("Оплаты", "B2"), ("Оплаты", "C2"), ("Проценты", "C2"), ("Проценты", "E2")} <= places


def test_an_unknown_option_writes_no_file(tmp_path: Path) -> None:
    with tells(RefusedError, "Возможности «bonus» у шаблона «b2b» нет. Есть: "):
        exported(tmp_path, "b2b", "ru", "payments", "bonus")
    assert list(tmp_path.iterdir()) == []


def test_a_dropdown_of_measures_lets_ones_own_in(tmp_path: Path) -> None:
    styles = {}
    for name, options in (("plain", ()), ("own", ("measures",))):
        (tmp_path / name).mkdir()
        book = openpyxl.load_workbook(exported(tmp_path / name, "b2b", "ru", *options)[0])
        [found] = [
            guard
            for guard in book["Правила"].data_validations.dataValidation
            if guard.type == "list" and "E2" in str(guard.sqref)
        ]
        styles[name] = found.errorStyle
    assert styles == {"plain": "stop", "own": "warning"}
    assert load("b2b").layout.workbook.tab("rules").column("measure").open is False
