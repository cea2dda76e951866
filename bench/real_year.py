"""Each month of somebody else's sales as a head of sales would see it: causes, funnel, and the forecast of the 16th.

Run: `python bench/real_year.py CRM.csv [--show 2017-06 …]`. The CSV and its reading are those of `real_month.py`.
For every month from March to December 2017 the template is filled in twice: as it would have stood on the morning
of the 16th (what closed later is still in work, what came later is not there), and after the month's end; each time
with all months before. `kpi score` is run on both. A line per month is printed; for the months of `--show` the
tables that the command prints, of the team and the agent who missed the plan by most.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from real_month import CONVERSION, KPI, Source, entries, fill

MONTHS = [f"2017-{number:02d}" for number in range(3, 13)]
WORK = {"Prospecting": "Новый", "Engaging": "В работе", "Won": "Сделка", "Lost": "Отказ"}


def rows_until(source, day):
    """What stands in «Сделки» on the morning of a day: everything that came before it, as far as it had got."""
    for row in source.rows:
        if not row["engage_date"] or date.fromisoformat(row["engage_date"]) >= day:
            continue
        arrived = datetime.fromisoformat(row["engage_date"] + "T10:00")
        over = row["close_date"] and date.fromisoformat(row["close_date"]) < day
        stage = row["deal_stage"] if over or row["deal_stage"] == "Prospecting" else "Engaging"
        sold = stage == "Won"
        yield {
            "№": row["opportunity_id"],
            "Поступил": arrived,
            "Менеджер": row["sales_agent"],
            "Клиент": row["account"] or None,
            "Первый ответ": arrived + timedelta(minutes=7),
            "Статус": WORK[stage],
            "Сумма, ₸": int(row["close_value"]) if sold else None,
            "Оплачено": date.fromisoformat(row["close_date"]) if sold else None,
        }


def score(folder, source, day, *more):
    """Fill a template in as of the morning of a day and score it."""
    book = folder / f"{source.month} {day} {len(more)}.xlsx"
    if not book.exists():
        subprocess.run([*KPI, "template", "export", "b2b", str(book)], check=True, capture_output=True)  # noqa: S603
        workbook, _ = entries(source)
        fill(book, {**workbook, "Сделки": list(rows_until(source, day))})
    arguments = ["score", str(book), "--month", source.month, "--as-of", f"{day}T09:00", *more]
    done = subprocess.run([*KPI, *arguments], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return done.stdout


def money(text):
    return f"{float(Fraction(text)):>10,.0f}"


def line(month, middle, final):
    """One line: plan, revenue and causes of the team, the bottleneck, the forecast of the 16th and what came."""
    (team,) = (causes for causes in final["causes"] if causes["code"] is None)
    parts = " ".join(f"{part['id']} {money(part['amount']).strip()}" for part in team["parts"])
    neck = next(
        (f"{row['stage']} {money(row['gain']).strip()}" for row in final["funnel"] if row["bottleneck"]), "-"
    )
    said = middle["forecast"][0]
    came = Fraction(final["team"]["revenue"])
    inside = Fraction(said["low"]) <= came <= Fraction(said["high"])
    record = said["record"]
    earlier = f"{record['error_percent']} %, {record['inside']} of {record['months']}" if record else "none"
    return (
        f"{month}  plan {money(team['plan'])}  revenue {money(team['revenue'])}  gap {money(team['gap'])}: {parts}\n"
        f"         bottleneck {neck}; on the 16th {money(said['expected']).strip()} "
        f"({money(said['low']).strip()} to {money(said['high']).strip()}), came {money(came).strip()}: "
        f"{'inside' if inside else 'OUTSIDE'}; record until then: {earlier}"
    )


def sums_are_exact(source, final):
    """Hold the figures against the file: causes add up to plan − revenue, and revenue is what the file says."""
    names = {code: name for name, code in source.codes.items()}
    for causes in final["causes"]:
        if causes["code"] in names:
            expected = source.expected(names[causes["code"]])["revenue"]
            if Fraction(causes["revenue"]) != expected:
                raise SystemExit(
                    f"{source.month} {causes['code']}: {causes['revenue']} instead of {expected}"
                )
        parts = sum(Fraction(part["amount"]) for part in causes["parts"])
        if not parts == Fraction(causes["gap"]) == Fraction(causes["plan"]) - Fraction(causes["revenue"]):
            raise SystemExit(f"{source.month} {causes['code']}: the causes do not add up")


def show(final, source):
    """Print causes in words: the team's, and those of the agent who missed the plan by most."""
    names = {code: name for name, code in source.codes.items()}
    own = [causes for causes in final["causes"] if causes["code"] in names]
    worst = max(own, key=lambda causes: Fraction(causes["gap"]))
    for causes in (final["causes"][0], worst):
        print(
            f"  {names.get(causes['code'], 'Команда')}: план {money(causes['plan'])}, факт {money(causes['revenue'])}"
        )
        for part in (*causes["parts"], *causes["signals"]):
            amount = money(part["amount"]) if "amount" in part else " " * 10
            print(f"    {amount}  {part['name']}: {part['meaning']} {part['check']}")
    for row in final["funnel"][:3]:
        share, norm = (
            f"{float(Fraction(row[name])):.1%}" if row[name] else "-" for name in ("share", "norm")
        )
        print(
            f"    {row['stage']:<16} {row['count']:>5}  {share:>7}  norm {norm:>7}  gain {row['gain'] or '-'}"
        )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("csv")
    parser.add_argument("--months", nargs="*", default=MONTHS, metavar="YYYY-MM")
    parser.add_argument("--show", nargs="*", default=[], metavar="YYYY-MM")
    options = parser.parse_args()
    print(f"conversion target {CONVERSION}, plan 1.05 × the agent's mean month")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for month in options.months:
            source = Source(options.csv, month)
            first = date.fromisoformat(f"{month}-01")
            after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
            middle = json.loads(score(folder, source, first.replace(day=16), "--json"))
            final = json.loads(score(folder, source, after, "--json"))
            sums_are_exact(source, final)
            print(line(month, middle, final), flush=True)
            if month in options.show:
                show(final, source)


if __name__ == "__main__":
    main()
