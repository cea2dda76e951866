"""What the ledger's memory of rows costs a sync, in terms of `json.loads` of the same answer of Google.

A ledger knows 100,000 leads, all of them registered. A sync then reads what it knows, compares, decides with that memory
and notes what it saw: with nothing new, with 1 % of the rows changed, with the rows sorted by the user, with one row put on
top, and with 1 % changed where half of the rows have changed since they were registered. Seconds are those of the
processor, taken turn by turn with `json.loads`; what the rules cost without memory and signals (`bench_rules.py`) is taken
off. Every run begins with the same ledger.

Run: `python bench/bench_register.py [RUNS]`. Per case the medians, the range of the ratios, and rows written.
"""

from __future__ import annotations

import gc
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sqlalchemy import event
from sqlalchemy.engine import Engine

import ledger
from bench import deals_table
from bench.deals_table import Shape
from kpi_rules.time.kazakhstan import working_calendar
from kpi_rules.time.lifecycle import MonthState
from kpi_rules.time.periods import Month
from operations.facts.chain import check_books, decide_month, parse_books
from operations.facts.client_books import ReadBook
from operations.facts.held_months import HeldMonth
from operations.facts.register import note_seen
from operations.syncing.sync import Gathered, client_facts, memory_of
from sheets_sync.reading.cells import RawBook
from templates.loading import load

SLUG, MONTH, UNTIL, ROWS = "bench", Month(2026, 10), date(2026, 10, 29), 100_000
CALENDAR = working_calendar([2025, 2026])
FIRST_AT, REGISTERED_AT, BEFORE_AT, NOW = (datetime(2026, 10, day, 8, tzinfo=UTC) for day in (26, 28, 29, 30))
CLOSED_AT = {MONTH.plus(-1): datetime(2026, 10, 6, 8, tzinfo=UTC)}
RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
CUSTOMER, STATUS, REASON = 3, 6, 11
TEMPLATE = load("b2b", "ru")
STAFF = deals_table.people(20)


def text_of(deals):
    """Give Google's answer for these rows."""
    tabs = deals_table.book_rows(TEMPLATE, deals, STAFF, CALENDAR, MONTH)
    return json.dumps(deals_table.answer_of(TEMPLATE, tabs), ensure_ascii=False)


def decoded(text):
    """Decode an answer, as a sync does."""
    found = json.loads(text)["valueRanges"]
    keys = [tab.key for tab in TEMPLATE.layout.workbook.inputs()]
    return RawBook({key: each["values"] for key, each in zip(keys, found, strict=True)})


def sync(book, raw, now):
    """Do what a sync does between reading and writing; give the seconds of history, comparing and noting."""
    clock = Counter()
    held = HeldMonth(MONTH, MonthState.OPEN, CALENDAR)
    client = book.client(SLUG)
    gathered = Gathered(
        client, TEMPLATE, ReadBook(raw, {}), (held,), None, frozenset(), closed_at=CLOSED_AT, first_open=MONTH
    )
    with timed(clock, "history"):
        known, changes = tuple(book.row_history(SLUG)), tuple(book.row_changes(SLUG, FIRST_AT))
        gathered = replace(gathered, history=known, row_changes=changes)
    with timed(clock, "without"):
        parsed = parse_books(raw, TEMPLATE.layout, TEMPLATE.rulebook)
        bare = decide_month(check_books(parsed, now), held, now, final=False)
    del parsed, bare
    with timed(clock, "with"):
        facts = client_facts(gathered, now)
        memory = memory_of(gathered, facts, now)
        month = decide_month(facts.book, held, now, final=False, memory=memory)
    with timed(clock, "noting"):
        note_seen(client, facts.seen, [*facts.book.problems, *month.results.problems], now, book)
    return clock["history"], clock["with"] - clock["without"], clock["noting"]


@contextmanager
def timed(clock, part):
    """Add the processor's seconds of a `with` to a part."""
    gc.collect()
    started = time.process_time()
    yield
    clock[part] += time.process_time() - started


def known_to_ledger(folder, deals, then):
    """Make a ledger that has registered `deals` and has seen `then` since."""
    book = ledger.open_ledger(folder=folder)
    book.add_client(ledger.Client("Bench", SLUG, "b2b", "ru", FIRST_AT))
    for rows, at in ((deals, FIRST_AT), (deals, REGISTERED_AT), (then, BEFORE_AT)):
        sync(book, decoded(text_of(rows)), at)
    book.close()


def moved_on(deals, share, seed):
    """Give a copy in which so many rows hold something else; nobody's leads are fewer."""
    chance = random.Random(seed)
    return [_moved(row, seed) if chance.random() < share else row for row in deals]


def _moved(row, seed):
    now = list(row)
    if row[STATUS] in {"Новый", "В работе"}:
        now[STATUS:] = ["Отказ", "", "", "", False, f"Отложили {seed}"]
    elif row[STATUS] == "Отказ":
        now += [""] * (REASON + 1 - len(now))
        now[REASON] = f"Дорого {seed}"
    else:
        now[CUSTOMER] = f"{row[CUSTOMER]} {seed}"
    return now


def shuffled(rows):
    """Give rows as the user has sorted them."""
    mixed = list(rows)
    random.Random(5).shuffle(mixed)
    return mixed


class Traffic:
    """Counts the ledger's rows that are written."""

    def __init__(self):
        self.written = 0
        event.listen(Engine, "after_cursor_execute", self.note)

    def note(self, _connection, cursor, statement, parameters, _context, many):
        """Take a statement."""
        if not statement.lstrip().upper().startswith(("SELECT", "BEGIN")):
            self.written += len(parameters) if many else max(cursor.rowcount, 0)


def measure(title, deals, kept, traffic):
    """Measure a case and print it."""
    text, folder, runs = text_of(deals), kept.with_name("run"), []
    for _ in range(RUNS):
        shutil.copytree(kept, folder)
        book = ledger.open_ledger(folder=folder)
        gc.collect()
        started = time.process_time()
        raw = decoded(text)
        decoding = time.process_time() - started
        traffic.written = 0
        runs.append((decoding, *sync(book, raw, NOW)))
        book.close()
        shutil.rmtree(folder)
    decoding, reading, comparing, noting = (statistics.median(column) for column in zip(*runs, strict=True))
    ratios = [sum(parts) / decoding for decoding, *parts in runs]
    print(
        f"{title}: json.loads {decoding:.3f} s = 1; history {reading / decoding:.2f}, "
        f"comparing {comparing / decoding:.2f}, noting {noting / decoding:.2f}; all {statistics.median(ratios):.2f} "
        f"({min(ratios):.2f} to {max(ratios):.2f} in {RUNS} runs; goal 1.5); "
        f"{traffic.written:,} rows written",
        flush=True,
    )


def main():
    deals = deals_table.deal_rows(Shape("one month", UNTIL, rows=ROWS), list(STAFF.values()))
    half = moved_on(deals, 0.5, 2)
    with tempfile.TemporaryDirectory() as place:
        still, moving = Path(place) / "still", Path(place) / "moving"
        known_to_ledger(still, deals, deals)
        known_to_ledger(moving, deals, half)
        traffic = Traffic()
        measure("nothing new", deals, still, traffic)
        measure("1 % changed", moved_on(deals, 0.01, 1), still, traffic)
        measure("sorted by the user", shuffled(deals), still, traffic)
        measure("one row on top", [[ROWS + 1, *deals[0][1:]], *deals], still, traffic)
        measure("1 % changed, half before", moved_on(half, 0.01, 1), moving, traffic)
    print(f"load of the machine {', '.join(f'{n:.1f}' for n in os.getloadavg())}")


if __name__ == "__main__":
    main()
