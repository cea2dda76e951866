"""What the emulator's contract tests share: a spreadsheet of the owner's, spoken to in plain HTTP."""

import pytest

from tests.contract.emulator.sheets.plain_book import Book


@pytest.fixture
def book(google):
    """An empty spreadsheet."""
    return Book(google)
