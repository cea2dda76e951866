"""Passphrases of files that may lie anywhere: long enough, and read from a file where nobody is there to be asked."""

from __future__ import annotations

from pathlib import Path

from kpi_rules.errors import RefusedError

PASSPHRASE_MIN = 8
"""Characters."""


def refuse_short(passphrase: str) -> None:
    """Refuse a passphrase that would guard nothing. Raises RefusedError."""
    if len(passphrase) < PASSPHRASE_MIN:
        raise RefusedError("passphrase_short", least=PASSPHRASE_MIN)


def read_passphrase(path: Path) -> str:
    """Read a passphrase from the file that somebody put it in. Raises RefusedError where that cannot be read."""
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise RefusedError("passphrase_unreadable", file=str(path)) from None
