"""Several processes on one ledger: whoever comes second is told so, and what was answered is kept."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import ledger
from kpi_rules.time.periods import Month
from ledger import check_chain, open_ledger
from tests.unit.ledger.builders import KEY, NOW, OCTOBER, PUBLIC, TTL, a_client, a_record, to_review

RUNNERS, ATTEMPTS = 4, 8
PREPARE = """
import json, sys, threading
from datetime import timedelta
from pathlib import Path
import ledger
from ledger import *
from ledger.seal_keys import make_key
from kpi_rules.time.periods import Month
from tests.unit.ledger.builders import KEY, NOW, OCTOBER, TTL, a_client, a_record
url, name = sys.argv[1:3]
def say(*words):
    print(*words, flush=True)
def start():
    say("ready")
    sys.stdin.readline()
"""


def launch(program: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PREPARE + program, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )


def race(program: str, url: str, runners: int = RUNNERS) -> list[list[str]]:
    """Run the same program in several processes, let them go at one moment, give what each said."""
    with ExitStack() as stack:
        processes = [launch(program, url, f"runner-{number}") for number in range(runners)]
        for process in processes:
            stack.enter_context(process)
            stack.callback(process.kill)
        return _let_go(processes)


def _let_go(processes: Sequence[subprocess.Popen[str]]) -> list[list[str]]:
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", process.communicate()[1]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = []
    for process in processes:
        out, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        said.append(out.splitlines())
    return said


def test_of_processes_that_open_a_new_ledger_at_once_each_finds_it_whole(url: str) -> None:
    program = """
start()
with open_ledger(url) as book:
    book.add_client(a_client(name))
    say("added")
"""
    assert race(program, url) == [["added"]] * RUNNERS
    with open_ledger(url) as book:
        assert [each.slug for each in book.clients()] == [f"runner-{number}" for number in range(RUNNERS)]


def test_exactly_one_process_gets_the_lease(url: str) -> None:
    program = """
with open_ledger(url) as book:
    start()
    for day in range(1, 11):
        try:
            token = book.lease("acme", Month(2026, day), name, NOW, TTL).token
            say(day, "won", token)
        except LeaseHeld as held:
            say(day, "lost", held.holder)
"""
    with open_ledger(url) as book:
        book.add_client(a_client())
    said = [line.split() for lines in race(program, url) for line in lines]
    for month in range(1, 11):
        winners = [words for words in said if words[:2] == [str(month), "won"]]
        assert [words[2] for words in winners] == ["1"]
        assert len([words for words in said if words[:2] == [str(month), "lost"]]) == RUNNERS - 1


def test_exactly_one_of_two_seals_enters_the_chain(url: str) -> None:
    program = """
with open_ledger(url) as book:
    lease = Lease("acme", OCTOBER, "closer", 1, NOW + TTL)
    sealed = ledger.seal(a_record(engine=name), 1, None, KEY)
    start()
    try:
        say("won" if book.append_seal("acme", sealed, lease, at=NOW) else "same")
    except LedgerError as error:
        say(type(error).__name__)
"""
    with open_ledger(url) as book:
        book.add_client(a_client())
        assert to_review(book, OCTOBER).token == 1
        said = sorted(word for lines in race(program, url) for word in lines)
        assert said == ["MonthStateError"] * (RUNNERS - 1) + ["won"]
        assert check_chain(book.seals("acme"), PUBLIC, client="acme", last_number=1) == []
        assert len(book.seals("acme")) == 1


def test_of_different_frozen_rows_one_stays_and_all_others_are_told(url: str) -> None:
    program = """
with open_ledger(url) as book:
    start()
    for row in range(20):
        try:
            say(row, book.freeze("acme", OCTOBER, "plan", str(row), {"by": name}, NOW))
        except FrozenConflict:
            say(row, "conflict")
"""
    with open_ledger(url) as book:
        book.add_client(a_client())
        said = race(program, url)
        stays = book.frozen("acme", OCTOBER, "plan")
    for row in range(20):
        winners = [index for index, lines in enumerate(said) if f"{row} True" in lines]
        assert len(winners) == 1
        assert stays[str(row)] == {"by": f"runner-{winners[0]}"}
        assert sum(f"{row} conflict" in lines for lines in said) == RUNNERS - 1


def test_syncs_of_one_client_at_once_note_every_row_once(url: str) -> None:
    program = """
with open_ledger(url) as book:
    rows = [RowDigest("deals", str(number), "d") for number in range(500)]
    start()
    say(len(book.note_rows("acme", rows, NOW).added))
"""
    with open_ledger(url) as book:
        book.add_client(a_client())
        assert sorted(int(lines[0]) for lines in race(program, url)) == [0] * (RUNNERS - 1) + [500]
        assert len(book.row_history("acme")) == 500


def test_processes_that_need_a_key_at_once_end_with_one(tmp_path: Path) -> None:
    program = """
start()
say(public_key_text(make_key(Path(url))))
"""
    said = race(program, str(tmp_path / "new"))
    assert len({lines[0] for lines in said}) == 1
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["seal-key.pem"]


KILLED = """
with open_ledger(url) as book:
    month = OCTOBER
    previous = book.last_seal("acme")
    month = Month.parse(previous.month).plus(1) if previous else OCTOBER
    start()
    while True:
        for state in ("open", "review"):
            book.set_month_state("acme", month, state, at=NOW)
        lease = book.lease("acme", month, name, NOW, TTL)
        for row in range(3):
            book.freeze("acme", month, "plan", str(row), {"n": row, "filler": "x" * 5000}, NOW)
            say(json.dumps(["frozen", str(month), str(row)]))
        shot = book.put_snapshot("acme", month, {"filler": "y" * 50_000}, lease)
        say(json.dumps(["snapshot", str(month), shot.close_id]))
        book.record_step("acme", month, "archive", {"file": str(month)}, lease)
        say(json.dumps(["step", str(month), "archive"]))
        number = previous.number + 1 if previous else 1
        paid = {"paid": [{"number": str(number)}], "carried_tiyn": {}}
        record = a_record(month, adjustments=paid, ledger=book.month_evidence("acme", month))
        sealed = ledger.seal(record, number, previous, KEY)
        book.append_seal("acme", sealed, lease, at=NOW)
        say(json.dumps(["seal", str(month), sealed.digest]))
        previous, month = sealed, month.plus(1)
"""


def test_a_process_killed_at_any_moment_loses_nothing_that_was_answered(url: str) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - shown when the test fails
    moments = random.Random(seed)
    with open_ledger(url) as book:
        book.add_client(a_client())
    answered: list[list[str]] = []
    attempt = 0
    while attempt < ATTEMPTS or not any(words[0] == "seal" for words in answered):
        assert attempt < 10 * ATTEMPTS, "no attempt ever came to its seal"
        attempt += 1
        process = launch(KILLED, url, f"attempt-{attempt}")
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "ready\n", process.communicate()[1]
        process.stdin.write("go\n")
        process.stdin.flush()
        # The moment of the kill is the matter of this test; a slow machine gets more time, to come to a seal.
        time.sleep(moments.uniform(0.01, 0.3) * -(-attempt // ATTEMPTS))
        process.send_signal(signal.SIGKILL)
        out, _ = process.communicate(timeout=60)
        whole_lines = out[: out.rfind("\n") + 1].splitlines()
        answered += [json.loads(line) for line in whole_lines]
        _nothing_answered_is_lost(url, answered)


def _nothing_answered_is_lost(url: str, answered: Sequence[Sequence[str]]) -> None:
    with open_ledger(url) as book:
        seals = {each.month: each for each in book.seals("acme")}
        for what, month_text, mark in answered:
            month = Month.parse(month_text)
            if what == "frozen":
                assert mark in book.frozen("acme", month, "plan")
            elif what == "snapshot":
                assert book.snapshot("acme", month).close_id == mark
            elif what == "step":
                assert book.step("acme", month, mark) == {"file": month_text, "form": 1}
            else:
                assert seals[month_text].digest == mark
        assert check_chain(list(seals.values()), PUBLIC, client="acme") == []
        assert book.check("acme") == []
        assert book.paid_corrections("acme") == {str(each.number) for each in seals.values()}
        _finish_the_cut_off_month(book)


def _finish_the_cut_off_month(book: ledger.Ledger) -> None:
    """Do what a second closer would: take over, look what is there, seal; so the next attempt starts clean."""
    for record in book.months("acme"):
        if record.state is ledger.MonthState.CLOSED:
            continue
        book.set_month_state("acme", record.month, "review", at=NOW)
        lease = book.lease("acme", record.month, "second", NOW + TTL, TTL)
        previous = book.last_seal("acme")
        number = previous.number + 1 if previous else 1
        paid = {"paid": [{"number": str(number)}], "carried_tiyn": {}}
        evidence = book.month_evidence("acme", record.month)
        sealed = ledger.seal(a_record(record.month, adjustments=paid, ledger=evidence), number, previous, KEY)
        assert book.append_seal("acme", sealed, lease, at=NOW)
