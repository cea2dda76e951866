"""How fast the rules are, in terms of `json.loads` of the same answer of Google, measured turn by turn with it.

The whole path goes from the decoded answer to all results: reading, problems, measures, scoring, causes, funnel,
forecast, checklist, pay and explanations. Each run decodes the answer anew and takes the path with what came of
it, so nothing is warm that would be cold in a sync. Seconds are those of the processor: on a machine that others
use, those of the clock measure the others. Beside it stands what sums by employee take in LibreOffice.

Run: `python bench/bench_rules.py [RUNS]`. Counts first, then medians, and the range of the ratios.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import shutil
import statistics
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import deals_table, office_table
from bench.deals_table import Shape
from kpi_rules.cards.payouts import pay
from kpi_rules.checks.workbook import check_workbook
from kpi_rules.deciding.month import decide
from kpi_rules.facts.inputs import PayrollInputs, Salary
from kpi_rules.facts.selection import select_month
from kpi_rules.time.kazakhstan import working_calendar
from kpi_rules.time.periods import Month
from kpi_rules.words.sentences import kpi_sentence, total_sentence
from sheets_sync.reading.books import parse_workbook
from sheets_sync.reading.cells import RawBook
from templates.loading import load, texts

MONTH, UNTIL = Month(2026, 10), date(2026, 10, 29)
NOW = datetime(2026, 10, 30, 8, tzinfo=UTC)
CALENDAR = working_calendar([2025, 2026])
WORDS = texts("ru")
RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 9
OFFICE_RUNS = 3
SHAPES = (
    Shape("one month", UNTIL),
    Shape("a year", UNTIL, months=12),
    Shape("a year, with comments", UNTIL, months=12, comments=True),
)
COUNTED = ("deals", "leads_processed")
"""Measures that LibreOffice counts too, beside those that the rules score and the pages show."""


class Answer:
    """Google's answer for a table, and the path from it to all results."""

    def __init__(self, template, shape, people=20):
        self.template, self.shape = template, shape
        self.staff = deals_table.people(people)
        self.rows = deals_table.deal_rows(shape, list(self.staff.values()))
        self.tabs = deals_table.book_rows(template, self.rows, self.staff, CALENDAR, MONTH)
        self.text = json.dumps(deals_table.answer_of(template, self.tabs), ensure_ascii=False)
        salaries = (
            Salary(code, MONTH.plus(-20), 15_000_000, 20_000_000, approved=True) for code in self.staff
        )
        self.payroll = PayrollInputs(salaries=tuple(salaries))

    def read(self, decoded):
        """Read the workbook and select the month."""
        ranges = decoded["valueRanges"]
        raw = RawBook({key: found["values"] for key, found in zip(self.tabs, ranges, strict=True)})
        read = parse_workbook(raw, self.template.layout.workbook, self.template.rulebook)
        (rulebook,) = read.inputs.rulebooks
        found = check_workbook(read.inputs, self.payroll, NOW.replace(tzinfo=None))
        inputs = select_month(read.inputs, self.payroll, MONTH, rulebook, CALENDAR)
        return inputs, (*read.problems, *found)

    def judge(self, inputs, problems):
        """Decide, pay and explain."""
        results = decide(inputs, NOW, final=False, problems=problems, measures=COUNTED)
        payroll, _ = pay(results, inputs, self.payroll.salaries, self.payroll.corrections)
        said = [
            sentence
            for employee in results.employees
            for sentence in (
                total_sentence(employee, WORDS),
                *(kpi_sentence(kpi, employee, WORDS) for kpi in employee.kpis),
            )
        ]
        return results, payroll, said


def measure(*steps, runs=RUNS):
    """Take the steps in turn, each with what came of the one before; gives each run's seconds of each step."""
    found = []
    for _ in range(runs + 1):
        given, seconds = (), []
        for step in steps:
            started = time.process_time()
            given = (step(*given),)
            seconds.append(time.process_time() - started)
        found.append(seconds)
        del given
        gc.collect()
    return found[1:]  # the first run finds nothing loaded


def bench_path(template, shape):
    """Measure the path for a table, beside `json.loads`; gives the median seconds of the path."""
    answer = Answer(template, shape)
    results, payroll, said = answer.judge(*answer.read(json.loads(answer.text)))
    if any(problem.blocks for problem in results.problems):
        sys.exit("the table is meant to be without blocking problems, and it has some")
    cells = sum(map(len, answer.rows))
    print(
        f"{shape.title}: {len(answer.rows):,} deals, {cells / 1e6:.2f} million cells, "
        f"{len(answer.text.encode()) / 1e6:.1f} MB; one pass over the cells; {len(results.problems)} problems, "
        f"{len(results.checklist)} things to do, {len(payroll.lines)} pay lines, {len(said)} sentences"
    )
    runs = measure(lambda: json.loads(answer.text), answer.read, lambda read: answer.judge(*read))
    decoding, reading, judging = (statistics.median(column) for column in zip(*runs, strict=True))
    ratios = [(read + judged) / decoded for decoded, read, judged in runs]
    print(
        f"  json.loads {decoding:.3f} s = 1; reading {reading / decoding:.2f}, the rest {judging / decoding:.2f}; "
        f"all {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f} in {len(runs)} runs; goal 1.5)"
    )
    return reading + judging


def bench_team(template):
    """Measure 1,000 employees from the facts of the month on."""
    answer = Answer(template, Shape("a large team", UNTIL, rows=20_000), people=1000)
    decoded = json.loads(answer.text)
    runs = measure(lambda: answer.read(decoded), lambda read: answer.judge(*read))
    seconds = [judged for _, judged in runs]
    print(
        f"1,000 employees, {len(answer.rows):,} deals, 22,000 rows of marks: scored, diagnosed, forecast, paid and "
        f"explained in {statistics.median(seconds):.2f} s of the processor ({min(seconds):.2f} to "
        f"{max(seconds):.2f} in {len(runs)} runs; goal 1)"
    )


def bench_office(template, taken):
    """Measure what LibreOffice takes for five sums by employee, and hold its figures against ours."""
    if office_table.office() is None:
        print("LibreOffice: skipped, there is no soffice here (apt-get install libreoffice-calc)")
        return
    answer = Answer(template, Shape("one month", UNTIL, slips=False))
    results, *_ = answer.judge(*answer.read(json.loads(answer.text)))
    headers = [column.header for column in template.layout.workbook.tab("deals").columns]
    names = list(answer.staff.values())
    folder, formulas, values = office_table.office_files(headers, answer.rows, names, MONTH)
    try:
        found = office_table.calculate(formulas, folder)
        facts = {employee.name: employee.facts for employee in results.employees}
        for name, revenue, deals, leads, answered, *_ in found:
            ours = [facts[name][key].value for key in ("deals", "leads_received", "leads_processed")]
            if [int(deals), int(leads), int(answered)] != ours:
                sys.exit(f"{name}: LibreOffice finds {deals}, {leads}, {answered}, and we {ours}")
            if abs(float(revenue) - facts[name]["revenue"].value / 100) > 0.01:
                sys.exit(
                    f"{name}: LibreOffice finds {revenue} of revenue, and we {facts[name]['revenue'].value}"
                )
        whole, opening = (
            statistics.median(_child_seconds(path, folder) for _ in range(OFFICE_RUNS))
            for path in (formulas, values)
        )
    finally:
        shutil.rmtree(folder)
    print(
        f"LibreOffice, 5 SUMIFS/COUNTIFS × {len(names)} employees, the same figures: {whole:.2f} s = "
        f"{whole / taken:.1f} × our path (the same file without formulas: {opening:.2f} s)"
    )


def _child_seconds(path, folder):
    """Give the processor's seconds of LibreOffice, which runs in a process of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    office_table.calculate(path, folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    template = load("b2b", "ru")
    taken = [bench_path(template, shape) for shape in SHAPES]
    bench_team(template)
    bench_office(template, taken[0])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"memory at its peak {peak:.0f} MB; load of the machine {', '.join(f'{n:.1f}' for n in os.getloadavg())}"
    )


if __name__ == "__main__":
    main()
