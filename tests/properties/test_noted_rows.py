"""The row history against a plain telling of its rules: whatever comes, changes, goes and comes back (behaviour §6, «History»).

Digests are held against the sentence by which they are made, on rows of every kind.
"""

import hashlib
import random
from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest

import ledger
from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.inputs import WorkbookInputs
from kpi_rules.facts.kinds import Kind
from kpi_rules.facts.tabs import FactColumn
from kpi_rules.records.form_1_tabs import LEADS, MARKS
from kpi_rules.time.settings import Settings
from ledger import HistoryRow, RowChange, RowChanges, RowDigest, RowEvent
from operations.facts.row_digests import row_digests
from tests.unit.ledger.builders import NOW, a_client

TABS = ("deals", "discipline", "measures")
WATCHED = ("manager", "amount_tiyn", "paid_on")


def drawn(chance):
    """Draw the rows of a look, each key once."""
    rows = {}
    for _ in range(chance.randrange(12)):
        tab, key = chance.choice(TABS), chance.choice(["1", "2", "№ 3", "ә 😀", '"4"', "5\\", "06"])
        paid_on = chance.choice([None, date(2026, 10, 3), date(2026, 11, 1)])
        manager, amount = chance.choice([None, "M01", "M02"]), chance.choice([None, 0, -5, 10**15])
        rows[tab, key] = RowDigest(tab, key, chance.choice("abc") * 64, manager, amount, paid_on)
    return list(rows.values())


def told(row, names=WATCHED):
    values = {name: getattr(row, name) for name in names}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def noted(known, rows, at, tabs):
    """Tell what a look finds, and note it in `known`, row by row."""
    added, changed, vanished = [], [], []
    for row in rows:
        place = (row.tab, row.key)
        old = known.get(place)
        if old is None:
            added.append(row)
            known[place] = HistoryRow(row, at, at, None)
        elif old.seen.digest != row.digest or old.vanished_at is not None:
            event = RowEvent.CHANGED if old.vanished_at is None else RowEvent.RETURNED
            names = [name for name in WATCHED if getattr(old.seen, name) != getattr(row, name)]
            changed.append(RowChange(*place, at, event, told(old.seen, names), told(row, names)))
            known[place] = HistoryRow(row, old.first_seen_at, at, None)
    for place, old in sorted(known.items()):
        if place not in {(row.tab, row.key) for row in rows} and old.vanished_at is None and place[0] in tabs:
            vanished.append(RowChange(*place, at, RowEvent.VANISHED, told(old.seen), {}))
            known[place] = HistoryRow(old.seen, old.first_seen_at, old.changed_at, at)
    return RowChanges(tuple(added), tuple(changed), tuple(vanished))


@pytest.mark.parametrize("seed", range(8))
def test_the_history_is_what_its_rules_say(seed, tmp_path):
    chance, known, kept = random.Random(seed), {}, []
    book = ledger.open_ledger(folder=tmp_path)
    book.add_client(a_client("acme"))
    for look in range(15):
        rows, at = drawn(chance), NOW + timedelta(hours=look)
        tabs = chance.choice([TABS, TABS, {row.tab for row in rows}])
        expected = noted(known, rows, at, tabs)
        found = book.note_rows("acme", rows, at, tabs=tabs)
        assert found == expected, f"seed {seed}, look {look}"
        kept += [each for each in expected.changed if each.before or each.event is RowEvent.RETURNED]
        kept += expected.vanished
        history = sorted(known.values(), key=lambda row: (row.seen.tab, row.seen.key))
        assert book.row_history("acme") == history, f"seed {seed}, look {look}"
        assert book.row_changes("acme") == kept, f"seed {seed}, look {look}"


def value_of(kind, chance):
    """Draw a cell of a column, blank as often as not."""
    if kind == "bool":
        return chance.random() < 0.5
    if chance.random() < 0.4:
        return None
    if kind.startswith("datetime"):
        return datetime(2026, 10, 1) + timedelta(minutes=chance.randrange(90_000))  # noqa: DTZ001 - a cell has no zone
    if kind == "object":
        return chance.choice(["", "False", "ТОО «Ә»", "с\nновой", Fraction(1, 4)])
    return chance.choice([0, -1, 10**15])


def holds(cell):
    return cell is not None and cell is not False and cell != ""


@pytest.mark.parametrize("seed", range(6))
def test_digests_are_over_the_cells_as_texts(seed):
    chance = random.Random(seed)
    later = [
        FactColumn(kind.value, kind, since=2) for kind in (Kind.CHECKBOX, Kind.TEXT, Kind.INTEGER, Kind.DATE)
    ]
    tab = replace(LEADS, columns=(*LEADS.columns, *later))
    types = {name: kind for name, kind in tab.frame_types.items() if name not in {"row", "number"}}
    rows = [
        {
            "row": 2 + place,
            "number": str(place),
            **{name: value_of(kind, chance) for name, kind in types.items()},
        }
        for place in range(40)
    ]
    expected = {}
    for row in rows:
        cells = [(each.from_the_start, each.key, row[each.key]) for each in tab.values]
        first = ["" if cell is None else str(cell) for at_start, _, cell in cells if at_start]
        # A box that is not ticked holds nothing, a 0 does.
        filled = [f"{key}={cell}" for at_start, key, cell in cells if not at_start and holds(cell)]
        expected[row["number"]] = hashlib.sha256("\x1f".join([*first, *filled]).encode()).hexdigest()
    facts, marks = FactFrame.of(tab, rows), FactFrame.of(MARKS)
    found = row_digests(WorkbookInputs((), (), facts, marks, (), Settings(), (), ()))
    assert {row.key: row.digest for row in found} == expected, f"seed {seed}"
