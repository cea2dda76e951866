"""How fast the rules are: 100,000 deals, and a team of 1,000, as ratios to `json.loads` of the same table.

The whole path is from Google's decoded answer, reading included, to all results. Beside it stands what the
same sums by employee take in LibreOffice (SUMIFS/COUNTIFS), where it is installed.

Run: `python bench/bench_rules.py`. Prints medians of several runs.
"""

from __future__ import annotations

import json
import random
import shutil
import statistics
import sys
import time
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import pandas as pd

from bench import office_table
from kpi_rules.deciding import decide
from kpi_rules.explain import kpi_sentence, total_sentence
from kpi_rules.frames import deals_frame, discipline_frame, reports_frame
from kpi_rules.inputs import (
    DEAL_BAD_COLUMNS,
    MARKS,
    Employment,
    PayrollInputs,
    PlanRow,
    Role,
    Settings,
    WorkbookInputs,
)
from kpi_rules.kazakhstan import working_calendar
from kpi_rules.periods import Month
from kpi_rules.selection import select_month
from sheets_sync.cells import RawBook
from sheets_sync.reading import parse_workbook
from templates.loading import load, texts

MONTH = Month(2026, 10)
CALENDAR = working_calendar([2026])
AFTER = datetime(2026, 11, 9, tzinfo=UTC)
RUNS, OFFICE_RUNS = 7, 3
CODES = [f"M{number:02d}" for number in range(1, 21)]


def median_seconds(work, runs=RUNS):
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def deals(count, codes, months, seed=7):
    """Make a frame of deals as the reading makes it, without the cost of a Python row each."""
    rng = np.random.default_rng(seed)
    start = np.datetime64(MONTH.plus(1 - months).first_on, "s")
    span = int((np.datetime64(MONTH.plus(1).first_on, "s") - start).astype(np.int64))
    arrived = start + rng.integers(0, span, count).astype("timedelta64[s]")
    won = rng.random(count) < 0.25
    paid = (
        (arrived + rng.integers(0, 20 * 86_400, count).astype("timedelta64[s]"))
        .astype("datetime64[D]")
        .astype("datetime64[s]")
    )
    paid[~won] = np.datetime64("NaT")
    amounts = pd.array(rng.integers(10_000, 90_000_000, count), dtype="Int64")
    amounts[~won] = pd.NA
    frame = {
        "row": np.arange(2, count + 2),
        "number": np.array([f"D{index}" for index in range(count)], dtype=object),
        "arrived_at": arrived,
        "arrived_without_time": np.zeros(count, dtype=bool),
        "code": np.array(codes, dtype=object)[rng.integers(0, len(codes), count)],
        "customer": np.array(["Клиент"] * count, dtype=object),
        "source": np.array(["сайт", "звонок", "выставка"], dtype=object)[rng.integers(0, 3, count)],
        "answered_at": arrived + rng.integers(60, 40_000, count).astype("timedelta64[s]"),
        "answered_without_time": np.zeros(count, dtype=bool),
        "status": np.where(won, "deal", "lost").astype(object),
        "amount_tiyn": amounts,
        "cost_tiyn": pd.array([0] * count, dtype="Int64"),
        "paid_on": paid,
        "repeat": rng.random(count) < 0.2,
        "refusal_reason": np.array([None] * count, dtype=object),
        "comment": np.array([None] * count, dtype=object),
    } | {name: np.zeros(count, dtype=bool) for name in DEAL_BAD_COLUMNS}
    types = deals_frame().dtypes
    return pd.DataFrame({name: pd.Series(values, dtype=types[name]) for name, values in frame.items()})


def workbook(people, count, months):
    codes = [f"M{index:04d}" for index in range(people)]
    days = CALENDAR.working_days(MONTH.first_on, MONTH.last_on, 5)
    rng = random.Random(7)
    marks = [
        {"row": 2, "code": code, "on": datetime.combine(day, datetime.min.time())}
        | {mark: rng.choice(("yes", "yes", "no", "na")) for mark in MARKS}
        for code in codes
        for day in days
    ]
    return WorkbookInputs(
        staff=tuple(Employment(code, code, "", Role.MANAGER, date(2025, 1, 1), None, 5) for code in codes),
        plan=tuple(
            PlanRow(MONTH, code, 500_000_000, Fraction(1, 4), 15_000_000, None, Fraction(15))
            for code in codes
        ),
        deals=deals(count, codes, months),
        reports=reports_frame(),
        discipline=discipline_frame(marks),
        absences=(),
        settings=Settings(),
        objections=(),
        rulebooks=(),
    )


def results_of(book, rulebook, *, final=True, at=AFTER):
    inputs = select_month(book, PayrollInputs(), MONTH, rulebook, CALENDAR)
    return decide(inputs, at, final=final)


def path_of(answer, keys, template):
    """Go from Google's decoded answer to the results of the month."""
    ranges = answer["valueRanges"]
    raw = RawBook({key: found["values"] for key, found in zip(keys, ranges, strict=True)})
    read = parse_workbook(raw, template.layout.workbook, template.rulebook)
    (rulebook,) = read.inputs.rulebooks
    inputs = select_month(read.inputs, PayrollInputs(), MONTH, rulebook, CALENDAR)
    return decide(inputs, AFTER, final=True, problems=read.problems)


def bench_path(template):
    """Measure 100,000 deals × 12 columns from the decoded answer on; gives the path's seconds and json's."""
    deals_cells = office_table.deal_rows(100_000, CODES, MONTH)
    tabs = office_table.book_rows(template, deals_cells, CODES, CALENDAR, MONTH)
    answer = json.dumps(office_table.answer_of(template, tabs), ensure_ascii=False)
    parsing = median_seconds(lambda: json.loads(answer))
    decoded = json.loads(answer)
    taken = median_seconds(lambda: path_of(decoded, tabs, template))
    results = path_of(decoded, tabs, template)
    if any(problem.blocks for problem in results.problems):
        sys.exit("the table is meant to be clean, and it has problems")
    print(f"json.loads of Google's answer, 100,000 deals × {office_table.COLUMNS} cells: {parsing:.3f} s = 1")
    print(f"from there to all results, reading included: {taken:.3f} s = {taken / parsing:.2f} (goal: 1.5)")
    bench_office(template, deals_cells, results, taken)


def bench_office(template, deals_cells, results, taken):
    """Measure what LibreOffice takes for five sums by employee, and hold its figures against ours."""
    if office_table.office() is None:
        print("LibreOffice: skipped, there is no soffice here (apt-get install libreoffice-calc)")
        return
    headers = [column.header for column in template.layout.workbook.tab("deals").columns]
    folder, formulas, values = office_table.office_files(headers, deals_cells, CODES, MONTH)
    try:
        found = office_table.calculate(formulas, folder)
        facts = {employee.code: employee.facts for employee in results.employees}
        for code, revenue, count, leads, *_ in found:
            ours = (facts[code]["revenue"].value / 100, facts[code]["deals"].value)
            ours += (facts[code]["leads_received"].value,)
            if ours != tuple(map(int, (revenue, count, leads))):
                sys.exit(f"{code}: LibreOffice finds {revenue}, {count}, {leads}, and we {ours}")
        whole = median_seconds(lambda: office_table.calculate(formulas, folder), OFFICE_RUNS)
        opening = median_seconds(lambda: office_table.calculate(values, folder), OFFICE_RUNS)
    finally:
        shutil.rmtree(folder)
    print(
        f"LibreOffice, 5 SUMIFS/COUNTIFS × {len(CODES)} employees, the same figures: {whole:.2f} s = "
        f"{whole / taken:.1f} × our path (the same file without formulas: {opening:.2f} s)"
    )


def main():
    template, words = load("b2b", "ru"), texts("ru")
    rulebook = template.rulebook
    bench_path(template)
    row = ["D1", 46300.51, "M0001", "Клиент 1", "сайт", 46300.52, "Сделка", 150000, 0, 46305, True, "", ""]
    answer = json.dumps({"values": [row[:12]] * 100_000})
    parsing = median_seconds(lambda: json.loads(answer))
    for title, months in (("all of one month", 1), ("over a year", 12)):
        book = workbook(20, 100_000, months)
        taken = median_seconds(lambda book=book: results_of(book, rulebook))
        print(f"100,000 deals {title}, 20 managers, select and decide: {taken:.3f} s = {taken / parsing:.2f}")
    book = workbook(1000, 20_000, 1)
    inputs = select_month(book, PayrollInputs(), MONTH, rulebook, CALENDAR)
    results = decide(inputs, AFTER, final=True)

    def explain():
        for employee in results.employees:
            total_sentence(employee, words)
            for kpi in employee.kpis:
                kpi_sentence(kpi, employee, words)

    scored = median_seconds(lambda: decide(inputs, AFTER, final=True))
    said = median_seconds(explain)
    running = median_seconds(
        lambda: decide(inputs, datetime(2026, 10, 20, tzinfo=UTC) + timedelta(hours=6), final=False)
    )
    print(f"1,000 employees, 20,000 deals: scored and diagnosed {scored:.3f} s, explained {said:.3f} s")
    print(f"the same in mid-month, with forecast and checklist: {running:.3f} s")


if __name__ == "__main__":
    main()
