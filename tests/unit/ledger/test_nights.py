"""How nights went is noted by client and part; of two nights one runs, and a dead one leaves no lock."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import timedelta

import pytest

from ledger import Ledger, NightNote, UnknownClientError, open_ledger
from tests.unit.ledger.builders import NOW, a_client

LATER, LAST = NOW + timedelta(days=1), NOW + timedelta(days=2)


def test_the_last_night_is_kept_by_client_and_part(book: Ledger) -> None:
    book.add_client(a_client("beta"))
    assert book.night_notes() == []
    book.note_night("acme", "month", NOW)
    book.note_night("acme", "verify", NOW, "RetryableError")
    book.note_night("beta", "month", NOW)
    assert book.note_night("acme", "verify", LATER, "IntegrityError").failures == 2
    assert book.night_notes() == [
        NightNote("acme", "month", NOW, NOW, None, 0),
        NightNote("acme", "verify", LATER, None, "IntegrityError", 2),
        NightNote("beta", "month", NOW, NOW, None, 0),
    ]


def test_a_failure_leaves_the_last_good_night_and_a_good_one_ends_the_failures(book: Ledger) -> None:
    book.note_night("acme", "month", NOW)
    assert book.note_night("acme", "month", LATER, "RetryableError") == NightNote(
        "acme", "month", LATER, NOW, "RetryableError", 1
    )
    assert book.note_night("acme", "month", LAST) == NightNote("acme", "month", LAST, LAST, None, 0)


def test_an_older_night_than_the_one_noted_is_not_noted(book: Ledger) -> None:
    book.note_night("acme", "month", LATER)
    assert book.note_night("acme", "month", NOW, "RetryableError").tried_at == LATER
    assert [note.error_code for note in book.night_notes()] == [None]


def test_a_night_of_nobody_is_not_noted(book: Ledger) -> None:
    with pytest.raises(UnknownClientError):
        book.note_night("nobody", "month", NOW)


def test_what_one_may_do_is_held_by_one_until_it_ends(book: Ledger, url: str) -> None:
    with open_ledger(url) as other:
        with book.alone("night") as mine:
            assert mine
            with other.alone("night") as theirs, other.alone("day") as another:
                assert not theirs
                assert another, "another name is another lock"
        with other.alone("night") as theirs:
            assert theirs
    with pytest.raises(ZeroDivisionError), book.alone("night"):
        raise ZeroDivisionError
    with book.alone("night") as again:
        assert again


def test_a_process_that_dies_leaves_no_lock(book: Ledger, url: str) -> None:
    program = (
        "import os, sys, ledger\n"
        "book = ledger.open_ledger(sys.argv[1])\n"
        "lock = book.alone('night')\n"
        "print(lock.__enter__(), flush=True)\n"
        "sys.stdin.readline()\n"
        "os._exit(9)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdin
        assert process.stdout.readline() == "True\n"
        with book.alone("night") as mine:
            assert not mine
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.wait(30) == 9
    assert any(_is_free(book) for _ in range(100)), (
        "a server may take a moment to see that its client is gone"
    )


def _is_free(book: Ledger) -> bool:
    with book.alone("night") as mine:
        if not mine:
            time.sleep(0.1)
        return mine
