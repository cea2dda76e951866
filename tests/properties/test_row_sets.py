"""Sets of rows held against all rows at once, judged by asking each row (behaviour §3)."""

from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from kpi_rules.row_sets import KnownRows, RowSet, day_of

numbers = st.sampled_from(["1", "007", "12", "15", "40", "0", "A-7", "12-14", "1" * 12, "9" * 5000, "٣"])
days = st.sampled_from(["05.10.2026", "2026-10-05", "2026-10-07", "7.10.2026", "31.02.2026", "2026-10- 5"])
parts = st.one_of(
    numbers,
    days,
    st.sampled_from(["10–20", "20-10", "0-0", "05.10.2026–09.10.2026", "2026-10-06 - 2026-10-08", "верно"]),
)


@settings(deadline=None)
@given(st.lists(numbers | days), st.lists(parts, max_size=3))
@example(["9" * 5000], ["10–20"])
@example(["2026-10-07"], ["05.10.2026–09.10.2026"])
def test_a_set_names_some_of_the_rows_where_it_names_one_of_them(rows, named):
    wanted = RowSet.of(named)
    names = any(wanted.names(row) for row in rows)
    event("some are named" if names else "none is")
    assert KnownRows.of(rows).any_of(wanted) == names


def test_a_day_is_read_as_people_write_it_and_nothing_else_is_one():
    assert (
        str(day_of(" 5.10.2026 ")) == str(day_of("2026-10-05")) == str(day_of("2026-10- 5")) == "2026-10-05"
    )
    assert [day_of(each) for each in ("12", "31.02.2026", "12-14", "A-7-1", "")] == [None] * 5


def test_a_number_with_a_dash_that_runs_backwards_is_a_number():
    rows = RowSet.of(["2026-15", "15–30"])
    assert [rows.has_number(each) for each in ("2026-15", "15", "30", "31", "2000")] == [
        True,
        True,
        True,
        False,
        False,
    ]
