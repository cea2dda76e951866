"""Options: tabs and columns that are there only for clients that ask for them."""

import json
import re
import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from kpi_rules.facts.inputs import PayrollInputs
from kpi_rules.facts.kinds import WHOLE_OR_BLANK, Kind
from kpi_rules.facts.selection import select_month
from kpi_rules.measures.grains import Grain
from kpi_rules.records.months import inputs_from_record, inputs_record
from kpi_rules.time.kazakhstan import working_calendar
from kpi_rules.time.periods import Month
from kpi_rules.time.settings import Settings
from operations.facts.row_digests import row_digests
from sheets_sync.building.blueprints import build
from sheets_sync.reading.books import parse_workbook
from sheets_sync.reading.cells import RawBook
from sheets_sync.reading.tables import BookReading, locate
from sheets_sync.reading.typed_text import Directory
from sheets_sync.schema.access import Accounts
from sheets_sync.schema.layout import Editors
from templates import loading
from templates.checking import TemplateError
from tests.golden.problems.broken_books import raw_book

LANGUAGES = ("ru", "kk", "en")
TEMPLATES = loading.names()
EVERYBODY = ("measures", "percents")
OF_LEADS = ("payments", "shares", "measures", "conditions", "percents")
BROUGHT = {
    "payments": {"payments": "№ сделки · Дата · Сумма, ₸ · Менеджер · Комментарий"},
    "shares": {"deals": "Второй менеджер · Доля второго, %"},
    "measures": {
        "measures": "Дата · Менеджер · Показатель · Значение",
        "rules": "Как считать",
    },
    "conditions": {"rules": "Только где"},
    "percents": {
        "percents": "Действует с · Код или роль · База · От, % плана · Ставка, % · Умножать на ступень · Утверждено"
    },
}
ACCOUNTS = Accounts(
    system=("robot@tablo.kz",), managers=("m@f.kz",), heads=("rop@f.kz",), owners=("boss@f.kz",)
)
OCTOBER = Month(2026, 10)
LEAD = [1, 46300.5, "M01", "ТОО", "Сайт", 46300.6, "Сделка", 150_000, 0, 46301, False, "", ""]
SHARED = [*LEAD, "M02", 0.3]


def headers(layout):
    """The headers of every tab, by its key."""
    return {
        tab.key: [column.header for column in tab.columns]
        for book in (layout.workbook, layout.payroll)
        for tab in book.tabs
    }


def requests(template, language, options=()):
    """Everything that a deploy writes into the two files."""
    kind = loading.load(template, language, options=options)
    return [
        build(book, kind.texts, ACCOUNTS, kind.rulebook, Settings(language=language))
        for book in (kind.layout.workbook, kind.layout.payroll)
    ]


def without_options(folder: Path) -> Path:
    """A folder with the templates as they would be if nobody had thought of options."""
    shutil.copytree(Path("templates"), folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    options = folder / "texts" / "names.options.toml"
    words = set(loading.spoken(options, "ru"))
    options.unlink()
    for file in (folder / "b2b").glob("*.toml"):
        first, *tabs = file.read_text(encoding="utf-8").split("[[tab]]")
        kept = [re.sub(r", when = .*\]", "", tab) for tab in tabs if not re.search(r"\noption = ", tab)]
        text = re.sub(r"^    \{.*option = .*\},\n", "", "[[tab]]".join([first, *kept]), flags=re.MULTILINE)
        file.write_text(text, encoding="utf-8")
    for file in folder.glob("*/workbook.toml"):
        text = file.read_text(encoding="utf-8")
        file.write_text(
            re.sub(r"\nwithout = .*", "", text, count=1) if "like" in text else text, encoding="utf-8"
        )
    for language in LANGUAGES:
        for file in (folder / "texts").glob(f"{language}*.toml"):
            tables = re.split(r"^(?=\[)", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
            kept = [table for table in tables if words.isdisjoint(re.findall(r"\{([\w.]+)\}", table))]
            file.write_text("".join(kept), encoding="utf-8")
    for file in (folder / "texts").glob("*.tabs.toml"):
        text = file.read_text(encoding="utf-8")
        lines = re.sub(r"\[tabs\.guide\.s\d+\.[a-z]+\]\n(?!\[)[^\[]*", "", text)
        file.write_text(lines, encoding="utf-8")
    return folder


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES)
def test_who_asks_for_nothing_gets_what_was_there_before_options(tmp_path, template, language):
    with_options = requests(template, language)
    with loading.templates_at(without_options(tmp_path / "templates")):
        assert loading.options_of(template) == ()
        assert requests(template, language) == with_options


@pytest.mark.parametrize("option", BROUGHT)
def test_each_option_brings_its_tabs_and_columns_and_nothing_else(option):
    before, after = headers(loading.layout("b2b")), headers(loading.layout("b2b", options=[option]))
    more = {
        key: " · ".join(header for header in found if header not in before.get(key, ()))
        for key, found in after.items()
        if found != before.get(key)
    }
    assert more == BROUGHT[option]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("template", "asked"), [("b2b", OF_LEADS), ("b2c", EVERYBODY), ("retail", EVERYBODY)]
)
def test_all_options_together_are_in_the_words_of_every_language(template, asked, language):
    assert sorted(loading.options_of(template)) == sorted(asked)
    layout = loading.layout(template, language, options=asked)
    assert (layout.options, layout.payroll.options) == (frozenset(asked), frozenset(asked))
    found, before = headers(layout), headers(loading.layout(template, language))
    assert found.keys() - before.keys() == set(asked) - {"shares", "conditions"}
    for key, columns in found.items():
        left = [header for header in columns if header in before.get(key, ())]
        assert left == before.get(key, [])
    texts = loading.load(template, language, options=asked).texts
    assert len({texts(f"option.{option}") for option in asked}) == len(asked)
    assert not layout.workbook.absent_tabs
    assert requests(template, language, asked) != requests(template, language)


def test_new_columns_stand_where_they_are_declared():
    tab = loading.layout("b2b", options=OF_LEADS).workbook.tab("rules")
    assert [column.key for column in tab.columns[3:8]] == [
        "group",
        "measure",
        "only_where",
        "how_counted",
        "scoring",
    ]
    assert list(tab.column("how_counted").choices.values()) == ["сумма", "среднее", "доля", "последнее"]


def test_an_option_that_a_template_does_not_have_is_named_with_those_that_it_has():
    with pytest.raises(
        loading.UnknownOptionError, match="no option «payments», known are measures, percents"
    ):
        loading.load("b2c", options=["percents", "payments"])
    with pytest.raises(loading.UnknownOptionError, match="no option «bonus»"):
        loading.layout("b2b", options=["bonus"])


def test_who_may_edit_what_an_option_brings():
    layout = loading.layout("b2b", options=OF_LEADS)
    book = layout.workbook
    assert [book.tab(key).editors for key in ("payments", "measures")] == [Editors.STAFF, Editors.HEAD]
    percents = layout.payroll.tab("percents")
    assert (percents.editors, percents.column("approved").editors) == (Editors.HEAD, Editors.OWNER)


def test_tabs_of_an_option_say_what_their_rows_stand_for():
    book = loading.layout("b2b", options=OF_LEADS).workbook
    payments, values = book.tab_of(Grain.PAYMENT).facts(), book.tab_of(Grain.VALUE).facts()
    assert (payments.keys, values.keys) == (("number", "on"), ("on", "code", "measure"))
    assert payments.frame_types["amount_tiyn"] == WHOLE_OR_BLANK
    assert [loading.layout("b2b").workbook.tab_of(grain) for grain in (Grain.PAYMENT, Grain.VALUE)] == [
        None
    ] * 2
    assert (book.has("payments"), book.tab("deals").has("second_code")) == (True, True)


@pytest.mark.parametrize(
    ("was", "becomes", "code"),
    [
        ('{ key = "amount_tiyn", kind = "money", width_px = 120, required', "integer", "column_missing"),
        ('{ key = "second_share_fraction", kind = "share"', "time", "kind_of_facts"),
    ],
)
def test_a_tab_of_an_option_that_nobody_could_count_is_refused(tmp_path, was, becomes, code):
    folder = tmp_path / "templates"
    shutil.copytree(Path("templates"), folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    file = folder / "b2b" / "workbook.toml"
    text = file.read_text(encoding="utf-8")
    assert text.count(was) == 1
    changed = re.sub(r'kind = "\w+"', f'kind = "{becomes}"', was)
    file.write_text(text.replace(was, changed), encoding="utf-8")
    with loading.templates_at(folder):
        loading.layout("b2b")
        with pytest.raises(TemplateError) as refused:
            loading.layout("b2b", options=OF_LEADS)
    assert refused.value.code == code


# ---- reading
@pytest.mark.parametrize("moved", [["only_where", "how_counted"], ["how_counted", "scoring", "measure"]])
def test_columns_that_stand_far_away_do_not_draw_a_shared_header_to_their_table(moved):
    """«Действуют с» stands twice on «Правила»; an upgrade puts new columns to the right of both tables."""
    tab = loading.layout("b2b", options=["conditions", "measures"]).workbook.tab("rules")
    order = [column for column in tab.columns if column.key not in moved]
    order += [tab.column(key) for key in moved]
    found = locate(tab, [[column.header for column in order]]).places
    assert found == {column.key: position for position, column in enumerate(order)}


def read(options, rows, layout=None):
    """A workbook with these rows by tab, read in a layout (the newest) and with some options."""
    template = loading.load("b2b", layout=layout, options=options)
    raw = raw_book({"rows": rows}, template)
    return parse_workbook(raw, template.layout.workbook, template.rulebook)


def test_what_was_not_asked_for_is_read_as_blank_and_is_no_problem():
    book = loading.layout("b2b").workbook
    reading = BookReading(RawBook({"rules": [["Показатель"], ["сделки"]]}), book, Directory.of(()))
    assert len(reading.table("payments").rows) == 0
    assert reading.problems == []
    rules = reading.table("rules")
    assert [rules.columns[key].values.tolist() for key in ("only_where", "how_counted")] == [[None], [None]]
    assert not rules.columns["only_where"].bad.any()


def test_what_was_asked_for_is_read_and_its_bad_cells_are_named():
    found = read(
        OF_LEADS,
        {
            "deals": [SHARED],
            "payments": [["1", 46301, 300_000, "", ""], ["1", "позже", 100, "Вчерашний гость", ""]],
            "measures": [[46301, "M01", "Оценка звонка", 82], [46302, "M02", "Оценка звонка", "хорошо"]],
        },
    )
    places = {
        (each.code, each.place.tab, each.place.row, each.place.column)
        for each in found.problems
        if each.blocks
    }
    assert places == {
        ("date_unreadable", "payments", 3, "on"),
        ("employee_unknown", "payments", 3, "code"),
        ("number_unreadable", "measures", 3, "value"),
    }
    assert found.located.address(next(p.place for p in found.problems if p.place.column == "value")) == (
        "Показатели",
        "D3",
    )


def test_a_tab_that_was_asked_for_and_is_gone_is_told():
    template = loading.load("b2b", options=["payments"])
    raw = raw_book({"missing": ["payments"]}, template)
    found = parse_workbook(raw, template.layout.workbook, template.rulebook)
    assert [(each.code, each.place.tab) for each in found.problems] == [("tab_missing", "payments")]


def test_a_measure_of_ones_own_may_stand_among_the_rules_only_where_it_was_asked_for():
    own = [
        46296,
        "менеджер",
        "Звонки",
        "процесс",
        "Оценка звонка",
        "",
        "среднее",
        "между базой и нормой",
        0.1,
    ]
    for options, blamed in ((("measures", "conditions"), set()), (("conditions",), {"choice_unknown"})):
        template = loading.load("b2b", options=options)
        book = template.layout.workbook
        row = own if "measures" in options else [*own[:6], *own[7:]]
        raw = RawBook({"rules": [[column.header for column in book.tab("rules").columns], row]})
        reading = BookReading(raw, book, Directory.of(()))
        [record] = reading.records("rules")
        assert {problem.code for problem in reading.problems} == blamed
        assert record.values["measure"] == (None if blamed else "Оценка звонка")
        assert record.values["how_counted"] == (None if blamed else "mean")
    guards = [
        next(
            request["repeatCell"]["cell"]["dataValidation"]["strict"]
            for request in requests("b2b", "ru", options)[0]
            if "выполнение плана продаж" in json.dumps(request, ensure_ascii=False)
            and "repeatCell" in request
        )
        for options in ((), ("measures",))
    ]
    assert guards == [True, False]


def selected(options, row, layout=None):
    found, rulebook = read(options, {"deals": [row]}, layout), loading.load("b2b").rulebook
    return select_month(found.inputs, PayrollInputs(), OCTOBER, rulebook, working_calendar([2026]))


def test_a_shared_deal_is_kept_exactly_and_comes_back_from_its_record():
    inputs = selected(["shares"], SHARED)
    [share], [second] = (inputs.facts.rows[key] for key in ("second_share_fraction", "second_code"))
    assert (share, second) == (Fraction(3, 10), "M02")
    record = json.loads(json.dumps(inputs_record(inputs)))
    columns = {column["key"]: column for column in record["facts"]["tab"]["columns"]}
    assert columns["second_share_fraction"] == {
        "key": "second_share_fraction",
        "kind": Kind.SHARE,
        "feeds": ["arrival", "payment"],
        "option": "shares",
    }
    [row] = (dict(zip(record["facts"]["columns"], row, strict=True)) for row in record["facts"]["rows"])
    assert (row["second_code"], row["second_share_fraction"]) == ("M02", "0.3")
    again = inputs_from_record(record)
    assert again.facts.rows["second_share_fraction"].tolist() == [Fraction(3, 10)]
    assert inputs_record(again) == record


def test_an_option_alone_changes_no_row_that_is_followed_and_no_simple_record():
    simple, asked = (read(options, {"deals": [LEAD]}).inputs for options in ((), ("shares",)))
    assert row_digests(simple) == row_digests(asked)
    [shared] = row_digests(read(["shares"], {"deals": [SHARED]}).inputs)
    assert [replace(shared, digest="")] == [replace(row, digest="") for row in row_digests(simple)]
    assert shared != row_digests(simple)[0]
    assert "facts" not in inputs_record(selected((), LEAD, layout=1))
    assert inputs_record(selected(["measures", "payments"], LEAD)) == inputs_record(selected((), LEAD))
