"""What a look at formats means for the cells as they are read: pure, with answers as Google gives them (behaviour §3)."""

from datetime import UTC, datetime, timedelta

import pytest

from kpi_rules.problems import Severity
from sheets_sync.reading.books import parse_workbook
from sheets_sync.reading.cells import RawBook
from sheets_sync.reading.looks import covers, forms_by, is_due, look_of, look_ranges, number_columns
from sheets_sync.schema.looks import look_from_record, look_record
from sheets_sync.schema.shown_forms import BookForms, Form, Shown
from templates.loading import load
from tests.released import released

BOOK = load("b2b", "ru").layout.workbook
TENGE = {"type": "CURRENCY", "pattern": '#,##0 "₸"'}
DOLLAR = {"type": "CURRENCY", "pattern": "[$$-409]#,##0"}
DATE = {"type": "DATE", "pattern": "dd.mm.yyyy"}
MADE_AT = datetime(2026, 10, 1, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = 46296.0


def table(tab, *rows):
    columns = released(BOOK.tab(tab))
    return [
        [column.header for column in columns],
        *([row.get(column.key) for column in columns] for row in rows),
    ]


def deals(*rows):
    """Rows of «Сделки»: № and amount, and what else is given."""
    usual = {"arrived_at": DAY, "code": "M1", "status": "Сделка", "paid_on": DAY}
    return RawBook({"deals": table("deals", *({**usual, **row} for row in rows))})


def deal(number, amount, **more):
    return {"number": number, "amount_tiyn": amount, **more}


def plan(*rows):
    return RawBook({"plan": table("plan", *({"month": DAY, **row} for row in rows))})


def looked(raw, formats, *, then=None, formulas=()):
    """Look at a file: `formats` by (tab, column, sheet row), others plain; `then` are the cells by the time of the look."""
    columns = number_columns(raw, BOOK)
    held = {each.key: each for each in number_columns(then or raw, BOOK)}
    sheets = []
    for each in columns:
        numbers = held[each.key].numbers if each.key in held else {}
        cells = []
        for row in range(2, max(each.numbers, default=1) + 1):
            if each.is_numbering:
                typed = "formulaValue" if row in formulas else "stringValue"
                cells.append({"userEnteredValue": {typed: "…"}} if row in each.numbers else {})
            elif row in numbers:
                form = formats.get((*each.key, row), TENGE if "tiyn" in each.column.key else None)
                shown = {"effectiveFormat": {"numberFormat": form}} if form else {}
                cells.append({"effectiveValue": {"numberValue": numbers[row]}, **shown})
            else:
                cells.append({})
        block = {
            "startRow": 1,
            "startColumn": each.position,
            "rowData": [{"values": [cell]} for cell in cells],
        }
        sheets.append({"properties": {"title": each.title}, "data": [block]})
    return look_of({"sheets": sheets}, columns, MADE_AT)


def wrong(look, raw, tab="deals", column="amount_tiyn"):
    return dict(forms_by(look, number_columns(raw, BOOK)).of(tab, column).wrong)


DOLLARS = Shown(Form.CURRENCY, "$")
SEEN = deals(deal("1", 200.0), deal("2", 90_000.0), deal("3", 70_000.0))
AMOUNT = ("deals", "amount_tiyn", 2)


def test_a_mended_amount_leaves_the_same_amount_of_another_row_alone():
    look = looked(SEEN, {AMOUNT: DOLLAR}).look
    assert wrong(look, SEEN) == {2: DOLLARS}
    mended = deals(deal("1", 90_000.0), deal("2", 200.0), deal("3", 70_000.0))
    assert wrong(look, mended) == {}
    gone = deals(deal("2", 200.0), deal("3", 70_000.0))
    assert wrong(look, gone) == {}, "the row below has come up, and holds the same sum"


def test_a_row_takes_what_was_seen_with_it_wherever_it_goes():
    look = looked(SEEN, {AMOUNT: DOLLAR}).look
    sorted_down = deals(deal("3", 70_000.0), deal("2", 90_000.0), deal("1", 200.0))
    assert wrong(look, sorted_down) == {4: DOLLARS}
    edited_as_well = deals(deal("2", 90_000.0), deal("1", 200.0, status="Отказ"))
    assert wrong(look, edited_as_well) == {3: DOLLARS}
    beside_another = deals(deal("3", 200.0), deal("1", 200.0))
    assert wrong(look, beside_another) == {3: DOLLARS}


def test_a_row_without_a_number_is_known_by_all_that_it_holds_else_by_its_place():
    raw = plan({"code": "M1", "revenue_tiyn": 46_154.0}, {"code": "M2", "revenue_tiyn": 9_000_000.0})
    look = looked(raw, {("plan", "revenue_tiyn", 2): DATE}).look
    date = Shown(Form.DATE)
    moved = plan({"code": "M2", "revenue_tiyn": 9_000_000.0}, {"code": "M1", "revenue_tiyn": 46_154.0})
    assert wrong(look, moved, "plan", "revenue_tiyn") == {3: date}
    edited = plan({"code": "M9", "revenue_tiyn": 46_154.0}, {"code": "M2", "revenue_tiyn": 8_000_000.0})
    assert wrong(look, edited, "plan", "revenue_tiyn") == {2: date}
    mended = plan({"code": "M1", "revenue_tiyn": 5_000_000.0}, {"code": "M2", "revenue_tiyn": 46_154.0})
    assert wrong(look, mended, "plan", "revenue_tiyn") == {}


def test_where_the_number_of_a_row_is_a_formula_it_says_nothing_of_which_row_it_is():
    raw = deals(deal(1, 200.0, customer="А"), deal(2, 90_000.0, customer="Б"))
    look = looked(raw, {AMOUNT: DOLLAR}, formulas=(2, 3)).look
    sorted_down = deals(deal(1, 90_000.0, customer="Б"), deal(2, 200.0, customer="А"))
    assert wrong(look, sorted_down) == {3: DOLLARS}


def test_a_column_pasted_wrong_stays_told_in_each_row_when_one_is_mended():
    rows = [deal(str(number), 0.5) for number in range(1, 121)]
    percent = {"type": "PERCENT", "pattern": "0%"}
    look = looked(deals(*rows), {("deals", "amount_tiyn", row): percent for row in range(2, 122)}).look
    rows[3] = deal("4", 500_000.0)
    assert sorted(wrong(look, deals(*rows))) == [row for row in range(2, 122) if row != 5]


@pytest.mark.parametrize(
    "later",
    [
        deals(deal("1", 200.0), deal("2", 90_001.0), deal("3", 70_000.0)),
        deals(deal("1", 200.0), deal("2", 90_000.0), deal("4", 70_000.0)),
        deals(deal("1", 200.0), deal("2", 90_000.0), deal(3, 70_000.0)),
        deals(deal("1", 200.0), deal("2", 90_000.0)),
        deals(deal("2", 90_000.0), deal("1", 200.0), deal("3", 70_000.0)),
        deals(deal("1", 200.0), deal("2", 90_000.0), deal("3", 70_000.0), deal("4", None)),
    ],
    ids=["number", "another №", "№ of another kind", "gone", "moved", "new №"],
)
def test_numbers_and_row_numbers_that_are_new_changed_or_moved_make_a_look_due_after_an_hour(later):
    look = looked(SEEN, {}).look
    columns = number_columns(later, BOOK)
    assert is_due(look, columns, BOOK, MADE_AT + HOUR)
    assert not is_due(look, columns, BOOK, MADE_AT + HOUR / 2)
    assert not covers(look, "deals", columns)
    assert covers(look, "deals", number_columns(SEEN, BOOK))
    assert not is_due(look, number_columns(SEEN, BOOK), BOOK, MADE_AT + 24 * HOUR)


def test_a_tab_that_nobody_saw_is_not_covered_and_an_empty_one_is():
    look = looked(SEEN, {}).look
    both = RawBook({**SEEN, **plan({"code": "M1", "revenue_tiyn": 46_154.0})})
    assert covers(look, "deals", number_columns(both, BOOK))
    assert not covers(look, "plan", number_columns(both, BOOK))
    assert covers(look, "plan", number_columns(SEEN, BOOK))


def test_a_look_is_about_the_numbers_that_it_tells_and_names_those_that_were_read_otherwise():
    read = deals(deal("1", 46_154.0), deal("2", 90_000.0))
    mended = deals(deal("1", 840_000.0), deal("2", 90_000.0))
    seen = looked(read, {}, then=mended)
    assert seen.changed == (("Сделки", "H2"),)
    assert not covers(seen.look, "deals", number_columns(read, BOOK))
    assert covers(seen.look, "deals", number_columns(mended, BOOK))
    cleared = looked(read, {}, then=deals(deal("1", None), deal("2", 90_000.0)))
    assert cleared.changed == (("Сделки", "H2"),)
    assert looked(read, {}).changed == ()


def test_a_number_that_became_a_date_between_reading_and_look_is_wrong_as_soon_as_it_is_read():
    read = deals(deal("1", 840_000.0))
    typed = deals(deal("1", 46_154.0))
    look = looked(read, {AMOUNT: DATE}, then=typed).look
    assert wrong(look, read) == {}
    assert wrong(look, typed) == {2: Shown(Form.DATE)}


def test_the_last_digits_of_an_answer_make_no_other_number():
    read, again = deals(deal("1", 0.1 + 0.2)), deals(deal("1", 0.3))
    seen = looked(read, {}, then=again)
    assert seen.changed == ()
    assert covers(seen.look, "deals", number_columns(read, BOOK))


def test_a_look_is_remembered_as_it_was():
    raw = RawBook({**SEEN, **plan({"code": "M1", "revenue_tiyn": 1.0, "response_minutes": 7.33})})
    look = looked(raw, {AMOUNT: DOLLAR}, formulas=(3, 4)).look
    assert look.numbered == {"deals": (3, 2)}
    assert look_from_record(look_record(look)) == look


def test_one_range_is_asked_for_each_column_that_holds_anything():
    assert look_ranges(number_columns(SEEN, BOOK)) == ["'Сделки'!A2:A4", "'Сделки'!H2:H4"]


@pytest.mark.parametrize(
    ("payments", "severity"),
    [([], Severity.WARNING), ([{"number": 1, "on": DAY, "amount_tiyn": 300_000.0}], Severity.BLOCKING)],
)
def test_a_row_number_by_formula_blocks_where_payments_name_deals_by_it(payments, severity):
    template = load("b2b", "ru", options=("payments",))
    book = template.layout.workbook
    columns = book.tab("payments").columns
    rows = [
        [column.header for column in columns],
        *([row.get(column.key) for column in columns] for row in payments),
    ]
    forms = BookForms(numbered={"deals": (2, 1)})
    raw = RawBook({**deals(deal(1, 300_000.0)), "payments": rows}, forms=forms)
    told = [p for p in parse_workbook(raw, book, template.rulebook).problems if p.code == "number_is_formula"]
    assert [(p.place.tab, p.place.row, p.severity) for p in told] == [("deals", 2, severity)]
