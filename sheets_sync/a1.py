"""Addresses as a person writes them: `B12`, `'Чек-лист РОПа'!A1`."""

from __future__ import annotations


def column_letters(position: int) -> str:
    """Name a column by its 0-based position: 0 → A, 26 → AA."""
    letters = ""
    number = position + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def quoted(title: str) -> str:
    """Quote a tab title for use in a range."""
    return "'" + title.replace("'", "''") + "'"
