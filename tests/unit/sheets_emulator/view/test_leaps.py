"""Where keys leap to, over plain rows."""

import pytest

from sheets_emulator.view.leaps import filled_edge, first_free, last_used

#         0     1     2      3      4     5      6
FILLED = [True, True, False, False, True, False, False]
ALL = range(9)


@pytest.mark.parametrize(
    ("at", "step", "end"),
    [(0, 1, 1), (1, 1, 4), (2, 1, 4), (4, 1, 8), (8, 1, 8), (8, -1, 4), (4, -1, 1), (1, -1, 0), (0, -1, 0)],
)
def test_an_arrow_with_control_goes_to_the_edge_of_what_is_filled(at, step, end):
    assert filled_edge(FILLED, ALL, at, step) == end


def test_hidden_places_are_passed_over():
    assert filled_edge(FILLED, [0, 2, 3, 5, 6], 0, 1) == 6
    assert filled_edge(FILLED, [0, 1, 4, 6], 6, -1) == 4
    assert filled_edge(FILLED, [1, 4, 5], 1, 1) == 4


def test_the_last_cell_is_in_the_last_row_and_the_last_column():
    assert last_used([["a"], ["a", "b", "c"], [], ["x"]]) == (3, 2)
    assert last_used([]) == (0, 0)


def test_the_first_free_row_is_below_all_that_people_typed():
    rows = [["№", "Клиент"], [1, "А"], ["=ROW()", "", False], ["=ROW()", "Б"], ["=ROW()", "", False]]
    assert first_free(rows, 1, range(9), 8) == 4
    assert first_free(rows, 1, {0, 1, 2, 3, 6}, 8) == 6
    assert first_free([], 2, range(9), 8) == 2
    assert first_free(rows, 1, range(4), 3) is None


def test_a_zero_is_something_typed():
    assert first_free([["x"], [0]], 1, range(5), 4) == 2
