"""Errors as a person reads them: what the tests expect of a sentence, not of its key."""

import re
from contextlib import contextmanager

import pytest

from operations.world.telling import told


@contextmanager
def tells(kind, words):
    """Expect an error of that class whose sentences, in Russian as on the command line, hold the words (a regex)."""
    with pytest.raises(kind) as caught:
        yield caught
    found = told(caught.value)
    assert re.search(words, f"{found.what} {found.remedy}"), found


def what_of(caught):
    """Give what is told of a caught error, in Russian."""
    return told(caught.value).what


def remedy_of(caught):
    """Give what to do about a caught error, in Russian."""
    return told(caught.value).remedy


def worded(kind, what, fix="", **given):
    """Make an error of that class with words of the test's own."""
    return kind("of_command", what=what, fix=fix, **given)
