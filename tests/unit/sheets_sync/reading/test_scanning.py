"""Columns told apart band by band say the same of each cell as a look at that cell alone."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_rules.records.form_1_tabs import LEADS
from sheets_sync.reading import cells as reading_cells
from sheets_sync.reading.books import parse_workbook
from sheets_sync.reading.cells import SPACES, RawBook, What, cells_of, scan
from sheets_sync.reading.typed_text import ERROR_VALUES
from templates.loading import load
from tests.released import headers

words = st.sampled_from(
    ["Сделка", "Отказ", " Сделка ", "", "  ", "\u200b", "\x1c", "#REF!", "Загрузка...", "1", "True"]
)
anything = (
    words
    | st.text(max_size=4)
    | st.booleans()
    | st.none()
    | st.integers(-3, 3)
    | st.sampled_from([2**53 + 1, -(10**400), 10**400, 0, 0.0, 1.0, math.inf, -math.inf, math.nan])
    | st.floats()
)
columns = st.lists(words | st.none()) | st.lists(anything) | st.lists(words | st.sampled_from([1, True, 0]))
"""Texts that repeat, cells of all kinds, and texts among which something else turns up late."""


@st.composite
def tables(draw):
    given_columns = draw(st.lists(columns, min_size=1, max_size=4))
    height = max(map(len, given_columns))
    rows = [[column[row] if row < len(column) else None for column in given_columns] for row in range(height)]
    return [row[: draw(st.integers(0, len(row)))] if draw(st.booleans()) else row for row in rows]


def what_of(value):
    """Say what a cell holds, one cell at a time."""
    if isinstance(value, bool):
        return What.FLAG
    if isinstance(value, int | float):
        return What.NUMBER
    if value in ERROR_VALUES:
        return What.ERROR
    return What.NOTHING if value is None or not value.strip(SPACES).strip() else What.TEXT


def number_of(value):
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


@settings(deadline=None, max_examples=300)
@given(table=tables(), band=st.integers(1, 5), trims=st.booleans())
def test_bands_of_any_height_tell_the_same_of_every_cell(table, band, trims):
    keys = {str(position): position for position in range(4)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading_cells, "BAND_ROWS", band)
        found = scan(table, keys, frozenset(keys) if trims else frozenset())
    width = max(map(len, table), default=0)
    assert set(found) == {key for key, position in keys.items() if position < width}
    for key, cells in found.items():
        values = [row[int(key)] if int(key) < len(row) else None for row in table]
        assert cells.what.tolist() == [what_of(value) for value in values]
        for row, value in enumerate(values):
            assert cells.value_at(row) is value
            if cells.what[row] == What.TEXT:
                expected = value.strip(SPACES) if trims else value
                assert cells.words[cells.word_of[row]] == expected
            number = number_of(value) if cells.what[row] == What.NUMBER else 0.0
            assert np.array_equal(cells.floats[row], number, equal_nan=True)
            assert bool(cells.ticked[row]) is (value is True)


@settings(deadline=None)
@given(st.lists(anything, min_size=1))
def test_distinct_values_are_given_once_and_in_place(values):
    cells = cells_of(values)
    rows = cells.is_text | cells.is_number
    found, places = cells.distinct(rows)
    for row, value in enumerate(values):
        if rows[row]:
            held = found[places[row]]
            assert held == value or (held != held and value != value)  # noqa: PLR0124 - NaN
        else:
            assert places[row] == -1
    assert {place for place in places.tolist() if place >= 0} == set(range(len(found)))


class CountedRow(list):
    """A row that counts how often its cells are gone through."""

    def __init__(self, cells):
        super().__init__(cells)
        self.passes = 0

    def __iter__(self):
        self.passes += 1
        return super().__iter__()


def test_the_cells_of_a_table_are_gone_through_once():
    template = load("b2b", "ru")
    tab = template.layout.workbook.tab("deals")
    rows = [
        CountedRow(
            [number, 46300.5, "M1", "ТОО", "сайт", 46300.6, "Сделка", "1 000 ₸", 0.5, 46301, True, "", "х"]
        )
        for number in range(10)
    ]
    raw = RawBook({"deals": [headers(tab), *rows]})
    read = parse_workbook(raw, template.layout.workbook, template.rulebook)
    assert len(read.inputs.facts.rows) == len(rows)
    assert set(LEADS.frame_types) <= set(read.inputs.facts.rows)
    assert {row.passes for row in rows} == {1}
