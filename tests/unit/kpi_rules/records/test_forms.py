import pytest

from kpi_rules.errors import NewerFormError
from kpi_rules.records.forms import RecordKind


def renamed(record):
    return {**{name: value for name, value in record.items() if name != "wage"}, "wage_tiyn": record["wage"]}


def doubled(record):
    return {**record, "wage_tiyn": record["wage_tiyn"] * 2}


WAGE = RecordKind("wage", (renamed, doubled))


def test_a_record_without_a_number_is_of_the_first_form_and_walks_through_all_upgraders():
    assert WAGE.read({"wage": 5}) == {"wage_tiyn": 10}


def test_a_record_of_a_form_between_walks_through_the_rest():
    assert WAGE.read({"form": 2, "wage_tiyn": 5})["wage_tiyn"] == 10


def test_what_is_written_now_is_read_as_it_stands_and_reading_changes_nothing_given():
    record = WAGE.stamped({"wage_tiyn": 5})
    assert record == {"form": 3, "wage_tiyn": 5}
    assert WAGE.read(record) == record
    old = {"wage": 5}
    WAGE.read(old)
    assert old == {"wage": 5}


def test_a_kind_whose_shape_never_changed_writes_form_one():
    assert RecordKind("calendar").stamped({}) == {"form": 1}


def test_a_form_of_a_newer_program_is_named_as_such():
    with pytest.raises(NewerFormError, match=r"wage: form 4 is not known here; a newer program wrote it"):
        WAGE.read({"form": 4})


def test_a_name_that_was_declared_later_is_of_a_newer_program_too():
    WAGE.refuse_unknown(["a"], {"a": 1})
    with pytest.raises(NewerFormError, match="«b»"):
        WAGE.refuse_unknown(["a", "b"], {"a": 1})


@pytest.mark.parametrize("form", [0, -1, "2", 2.0, None, True])
def test_a_form_that_is_no_number_is_no_record_of_ours(form):
    with pytest.raises(ValueError, match="no number of a form") as refused:
        WAGE.read({"form": form})
    assert not isinstance(refused.value, NewerFormError)
