"""The process ends at every single statement of a write, and the ledger is as before or as after, never between."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ledger import MonthState, check_chain, open_ledger
from tests.unit.ledger.builders import NOW, OCTOBER, PUBLIC, TTL, a_client, close, to_review

CRASHED = 41
PREPARE = """
import os, sys
from sqlalchemy import Engine, event
from ledger import *
from tests.unit.ledger.builders import KEY, NOW, OCTOBER, TTL, a_record
url, point = sys.argv[1], int(sys.argv[2])
count = 0
def crash(*call):
    global count
    count += 1
    if count == point:
        os._exit(41)
"""
SEALING = """
with open_ledger(url) as book:
    lease = Lease("acme", OCTOBER, "closer", 1, NOW + TTL)
    adjustments = {"paid": [{"number": "1"}], "carried_tiyn": {"M01": -500}}
    sealed = seal(a_record(adjustments=adjustments), 1, None, KEY)
    event.listen(Engine, "before_cursor_execute", crash)
    event.listen(Engine, "commit", crash)
    book.append_seal("acme", sealed, lease, at=NOW)
"""
MIGRATING = """
event.listen(Engine, "before_cursor_execute", crash)
event.listen(Engine, "commit", crash)
open_ledger(url)
"""


def crashes_at(point: int, program: str, url: str) -> bool:
    done = subprocess.run(
        [sys.executable, "-c", PREPARE + program, url, str(point)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.returncode in {0, CRASHED}, done.stderr
    return done.returncode == CRASHED


@pytest.mark.slow
def test_a_seal_cut_off_at_any_statement_is_there_wholly_or_not_at_all(url: str) -> None:
    with open_ledger(url) as book:
        book.add_client(a_client())
        assert to_review(book, OCTOBER).token == 1
        point = 1
        while crashes_at(point, SEALING, url):
            assert book.seals("acme") == []
            assert (book.paid_corrections("acme"), book.carried("acme")) == (set(), {})
            assert book.month("acme", OCTOBER).state is MonthState.REVIEW
            assert book.check("acme") == []
            point += 1
        assert point > 5
        assert check_chain(book.seals("acme"), PUBLIC, client="acme", last_number=1) == []
        assert (book.paid_corrections("acme"), book.carried("acme")) == ({"1"}, {"M01": -500})
        assert book.month("acme", OCTOBER).state is MonthState.CLOSED
        assert book.check("acme") == []


@pytest.mark.parametrize("point", [3, 12, 30, 40])
def test_a_migration_cut_off_is_done_anew(url: str, point: int) -> None:
    assert crashes_at(point, MIGRATING, url)
    with open_ledger(url) as book:
        book.add_client(a_client())
        close(book, OCTOBER)
        assert book.check("acme") == []
        assert book.lease("acme", OCTOBER.plus(1), "a", NOW, TTL).token == 1
