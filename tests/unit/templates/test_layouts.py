"""Layouts by number: what each of them has, and what a declaration may not say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sheets_sync.building.entry_tabs import column_design
from sheets_sync.schema.layout import Editors
from templates.loading import NewerLayoutError, load, newest_layout, templates_at
from tests.next_layout import NEXT, PRESENT, next_templates


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the next release's templates."""
    return next_templates(tmp_path_factory.mktemp("next") / "templates")


def columns(number: int | None) -> list[str]:
    return [column.key for column in load("b2b", layout=number).layout.workbook.tab("deals").columns]


def test_the_newest_layout_has_everything_in_the_order_of_the_declaration(release: Path) -> None:
    with templates_at(release):
        assert columns(None) == columns(NEXT)
        assert columns(None).index("product") == columns(None).index("source") + 1
        assert [newest_layout(name) for name in ("b2b", "b2c")] == [NEXT, NEXT]
    assert newest_layout("b2b") == PRESENT


def test_an_earlier_layout_is_what_it_was_and_knows_what_came_later(release: Path) -> None:
    present = load("b2b").layout
    with templates_at(release):
        before = load("b2b", layout=PRESENT).layout
    assert before.number == PRESENT
    keys = [[tab.key for tab in layout.workbook.tabs] for layout in (before, present)]
    assert keys[0] == keys[1]
    assert [column.key for column in before.workbook.tab("deals").columns] == columns(PRESENT)
    absent = [
        [tab.key for tab in book.absent_tabs if not tab.option] for book in (before.workbook, before.payroll)
    ]
    assert absent == [["visits"], ["bonuses"]]
    columns_of_deals = before.workbook.tab("deals").absent_columns
    assert [column.key for column in columns_of_deals if not column.option] == ["product", "discounted"]


def test_what_was_otherwise_up_to_a_layout_is_so_there_alone(release: Path) -> None:
    with templates_at(release):
        for number, guarded in ((PRESENT, False), (NEXT, True)):
            kind = load("b2b", layout=number)
            column = kind.layout.workbook.tab("staff").column("left_on")
            assert bool(column_design(column, kind.layout.workbook, kind.texts).guard) is guarded


def test_a_layout_after_the_newest_is_named_as_such() -> None:
    with pytest.raises(NewerLayoutError, match=f"there is no layout 7 here, the newest is {PRESENT}"):
        load("b2b", layout=7)


def of_column(text: str, key: str, more: str) -> str:
    """Say more about a column of «Сделки»."""
    return re.sub(rf'(\{{ key = "{key}", )', rf"\g<1>{more}, ", text, count=1)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("since = 9", f"b2b names the layout 9, and nothing names the layout {NEXT + 1}"),
        ("was = [{ until = 9, required = true }]", f"the layout 10, and nothing names the layout {NEXT + 1}"),
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused_by_name(
    release: Path, tmp_path: Path, more: str, told: str
) -> None:
    folder = next_templates(tmp_path / "templates")
    file = folder / "b2b" / "workbook.toml"
    file.write_text(of_column(file.read_text(encoding="utf-8"), "comment", more), encoding="utf-8")
    with templates_at(folder), pytest.raises(ValueError, match=told):
        load("b2b")


def test_an_earlier_declaration_may_have_had_none_of_it(tmp_path: Path) -> None:
    folder = next_templates(tmp_path / "templates")
    file = folder / "b2b" / "workbook.toml"
    text = file.read_text(encoding="utf-8")
    protected = f'editors = "head", was = [{{ until = {PRESENT}, editors = "", noted = false }}]'
    file.write_text(of_column(text, "code", protected), encoding="utf-8")
    with templates_at(folder):
        found = [load("b2b", layout=number).layout.workbook.tab("deals") for number in (PRESENT, NEXT)]
        assert [tab.column("code").editors for tab in found] == [None, Editors.HEAD]
        assert [bool(tab.column("code").note) for tab in found] == [False, True]
