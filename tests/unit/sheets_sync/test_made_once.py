"""Making a file once: found, made, made with an unknown outcome, made twice because the search lagged."""

import pytest

from kpi_rules.errors import RetryableError
from sheets_sync.ports import File, made_once
from tests.telling import worded


def file(name, created_at="2026-10-01T00:00:00.000Z"):
    return File(name, name, "text/plain", created_at, created_at, trashed=False, parents=())


class FakeDrive:
    """A Drive whose searches answer with the given lists, one after the other."""

    def __init__(self, *searches):
        self.searches, self.binned = list(searches), []

    def find(self, *_sought):
        return self.searches.pop(0)

    def trash(self, file_id):
        self.binned.append(file_id)


def never():
    raise AssertionError("nothing is to be made")


def test_a_file_that_is_found_is_not_made_again():
    drive = FakeDrive([file("a")])
    assert made_once(drive, [], never).id == "a"
    assert drive.binned == []


def test_of_several_the_oldest_stays():
    drive = FakeDrive([file("a", "2026-01"), file("b", "2026-02"), file("c", "2026-03")])
    assert made_once(drive, [], never).id == "a"
    assert drive.binned == ["b", "c"]


def test_a_made_file_that_the_search_does_not_show_yet_is_given_all_the_same():
    drive = FakeDrive([], [])
    assert made_once(drive, [], lambda: file("new")).id == "new"
    assert drive.binned == []


def test_an_older_one_that_appears_after_the_making_stays_and_the_new_one_goes():
    drive = FakeDrive([], [file("old", "2026-01")])
    assert made_once(drive, [], lambda: file("new", "2026-02")).id == "old"
    assert drive.binned == ["new"]


def test_the_made_file_in_the_search_is_not_taken_for_a_second_one():
    drive = FakeDrive([], [file("new")])
    assert made_once(drive, [], lambda: file("new")).id == "new"
    assert drive.binned == []


def failing(carried_out):
    def create():
        raise worded(RetryableError, "занят", carried_out=carried_out)

    return create


def test_an_unknown_outcome_is_looked_up():
    drive = FakeDrive([], [file("made")])
    assert made_once(drive, [], failing(None)).id == "made"


def test_an_unknown_outcome_that_leaves_no_trace_is_told():
    with pytest.raises(RetryableError) as failed:
        made_once(FakeDrive([], []), [], failing(None))
    assert failed.value.carried_out is None


def test_what_was_surely_not_carried_out_is_not_looked_for():
    drive = FakeDrive([], "never asked")
    with pytest.raises(RetryableError):
        made_once(drive, [], failing(carried_out=False))
    assert drive.searches == ["never asked"]
