"""A month of somebody else's sales through every door, against figures counted straight from their file.

Run: `python bench/real_month.py CRM.csv [--month 2017-06 | --all] [--close]`. The CSV has opportunity_id, sales_agent,
deal_stage (Prospecting, Engaging, Won, Lost), engage_date, close_date, close_value. It becomes a filled template
as a person would fill it in: agents are managers; they engage at 10:00 and answer seven minutes later; a deal is
paid on its close date; plan = 1.05 × the agent's mean month, conversion 50 %, average deal 2 500; all marks «да».
`kpi score` recounts it; with --close it is deployed to the emulator, synced, closed and verified as well.
"""

import argparse
import calendar
import csv
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import openpyxl
import requests

from kpi_rules.exact import rounded_half_up
from ledger import open_ledger
from operations.seals.snapshots import sealed_payroll, sealed_results

KPI = [sys.executable, "-c", "from cli.app import main; main()"]
HEAD, OWNER, ACCOUNTANT = "head@real.local", "owner@real.local", "buh@real.local"
STATUSES = {"Prospecting": "Новый", "Engaging": "В работе", "Won": "Сделка", "Lost": "Отказ"}
MARKS = (
    "CRM заполнена",
    "Статусы актуальны",
    "Комментарии",
    "Скрипт",
    "Присутствие",
    "Отчёт сдан",
    "Планёрка",
)
CONVERSION, AVERAGE_DEAL = Fraction(1, 2), 2500
SALARY, VARIABLE = 150_000, 200_000


class Source:
    """The CSV, and what a month of it must give: counted here and by nothing of ours."""

    def __init__(self, path, month):
        with Path(path).open(encoding="utf-8", newline="") as file:
            self.rows = list(csv.DictReader(file))
        self.month = month
        self.agents = sorted({row["sales_agent"] for row in self.rows})
        self.codes = {name: f"A{number:02d}" for number, name in enumerate(self.agents, start=1)}

    def won(self, name):
        """Give the agent's won rows of all months."""
        return [row for row in self.rows if row["sales_agent"] == name and row["deal_stage"] == "Won"]

    def paid_months(self):
        """List the months in which any deal was paid, in order."""
        return sorted({row["close_date"][:7] for row in self.rows if row["deal_stage"] == "Won"})

    def plan(self, name):
        """1.05 × the mean of the months in which the agent won anything, in ₸ to the tiyn."""
        by_month = defaultdict(int)
        for row in self.won(name):
            by_month[row["close_date"][:7]] += int(row["close_value"])
        mean = Fraction(sum(by_month.values()), max(1, len(by_month)))
        return Fraction(rounded_half_up(mean * Fraction(105, 100) * 100), 100)

    def expected(self, name):
        """Count an agent's month; without an entered lead conversion is no data, and the rest is preliminary."""
        won = [row for row in self.won(name) if row["close_date"].startswith(self.month)]
        leads = sum(
            row["sales_agent"] == name and row["engage_date"].startswith(self.month) for row in self.rows
        )
        revenue, deals = sum(int(row["close_value"]) for row in won), len(won)
        score = None
        if deals:
            plan = min(40 * revenue / self.plan(name), 40)
            average = min(20 * Fraction(revenue, deals) / AVERAGE_DEAL, 20)
            if leads:
                score = plan + min(20 * Fraction(deals, leads) / CONVERSION, 20) + average + 20
            else:
                score = (plan + average + 20) * Fraction(100, 80)
        conversion = Fraction(deals, leads) if leads else None
        pays = 0
        if score is not None:
            percent = int(score + Fraction(1, 2))
            pays = VARIABLE if percent >= 80 else VARIABLE // 2 if percent >= 70 else 0
        figures = {"revenue": revenue, "deals": deals, "conversion": conversion, "score": score}
        return {**figures, "variable": pays}


def deal_rows(source):
    """Every opportunity that arrived or was paid in the month."""
    for row in source.rows:
        paid = row["deal_stage"] == "Won" and row["close_date"].startswith(source.month)
        if not (paid or row["engage_date"].startswith(source.month)):
            continue
        arrived = datetime.fromisoformat(row["engage_date"] + "T10:00")
        sold = row["deal_stage"] == "Won"
        yield {
            "№": row["opportunity_id"],
            "Поступил": arrived,
            "Менеджер": row["sales_agent"],
            "Клиент": row["account"] or None,
            "Первый ответ": arrived + timedelta(minutes=7),
            "Статус": STATUSES[row["deal_stage"]],
            "Сумма, ₸": int(row["close_value"]) if sold else None,
            "Оплачено": date.fromisoformat(row["close_date"]) if sold else None,
        }


def entries(source):
    """What people type, by tab: rows by header."""
    year, month = map(int, source.month.split("-"))
    first_on = date(year, month, 1)
    days = [first_on.replace(day=day) for day in range(1, calendar.monthrange(year, month)[1] + 1)]
    people = [(source.codes[name], name, "менеджер") for name in source.agents]
    staff = [*people, ("R01", "Руководитель", "РОП")]
    workbook = {
        "Сотрудники": [
            {"Код": code, "ФИО": name, "Роль": role, "Принят": date(year - 1, 1, 11), "График": 5}
            for code, name, role in staff
        ],
        "План": [
            {
                "Месяц": source.month,
                "Код": code,
                "План выручки, ₸": float(source.plan(name)),
                "Конверсия, %": float(CONVERSION),
                "Средний чек, ₸": AVERAGE_DEAL,
                "Норма ответа, мин": 15,
            }
            for code, name, _ in people
        ],
        "Сделки": list(deal_rows(source)),
        "Дисциплина": [
            {"Дата": day, "Менеджер": code, **dict.fromkeys(MARKS, "да")}
            for day in days
            if day.weekday() < 5
            for code, _, _ in people
        ],
    }
    salary = {"Действует с": first_on, "Оклад, ₸": SALARY, "Переменная часть при 100 %, ₸": VARIABLE}
    return workbook, {"Оклады": [{"Код": code, **salary, "Утверждено": True} for code, _, _ in staff]}


def kpi(*arguments, home):
    """Run one command as a person would; its output and seconds."""
    began = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - our own command
        [*KPI, *map(str, arguments)],
        env={**os.environ, "KPI_HOME": str(home)},
        capture_output=True,
        check=False,
        text=True,
    )
    seconds = time.perf_counter() - began
    print(f"{seconds:6.2f} s  kpi {' '.join(map(str, arguments))}")
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return done.stdout


def fill(path, tabs):
    book = openpyxl.load_workbook(path)
    for tab, rows in tabs.items():
        sheet = book[tab]
        columns = {cell.value: cell.column for cell in sheet[1]}
        for number, row in enumerate(rows, start=2):
            for header, value in row.items():
                sheet.cell(number, columns[header], "да" if value is True else value)
    book.save(path)


def typed(value):
    """Write a value as one types it into a Russian spreadsheet."""
    if isinstance(value, datetime):
        return f"{value:%d.%m.%Y %H:%M}"
    return f"{value:%d.%m.%Y}" if isinstance(value, date) else value


def type_in(url, token, file_id, tabs):
    """Type rows below the headers of a Google file, one call a tab for its headers and one for all columns."""
    address = f"{url}/v4/spreadsheets/{file_id}/values"
    sign = {"Authorization": f"Bearer {token}"}
    for tab, rows in tabs.items():
        headers = requests.get(f"{address}/{tab}!1:1", headers=sign, timeout=60).json()["values"][0]
        data = []
        for header in dict.fromkeys(header for row in rows for header in row):
            column = chr(ord("A") + headers.index(header))
            values = [[typed(row.get(header)) if row.get(header) is not None else ""] for row in rows]
            data.append({"range": f"{tab}!{column}2:{column}{len(rows) + 1}", "values": values})
        body = {"valueInputOption": "USER_ENTERED", "data": data}
        answer = requests.post(f"{address}:batchUpdate", json=body, headers=sign, timeout=120)
        if not answer.ok:
            raise SystemExit(f"{tab}: {answer.text}")


@contextmanager
def served(home):
    """Serve the emulator by its command until the end; give its address."""
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*KPI, "emulator", "--port", "0"],
        env={**os.environ, "KPI_HOME": str(home)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield re.search(r"http://\S+", process.stdout.readline()).group()
    finally:
        process.terminate()
        process.communicate()


def show(source):
    """Print the figures counted from the CSV alone."""
    for name in source.agents:
        revenue, deals, conversion, score, pays = source.expected(name).values()
        share, points = (f"{float(x):.4f}" if x is not None else "-" for x in (conversion, score))
        print(
            f"  {name:20} ₸ {revenue:>7}  deals {deals:>3}  conversion {share:>7}  score {points:>8}  pays {pays}"
        )


def compare(source, found, where):
    """Print what differs, agent by agent; True where nothing does."""
    wrong = []
    for name in source.agents:
        wanted, card = source.expected(name), found[source.codes[name]]
        for figure, value in wanted.items():
            if card[figure] != value:
                wrong.append(f"{name}: {figure} {card[figure]} instead of {value}")
    print(f"{where}: {len(source.agents)} agents, {'all agree' if not wrong else 'differences:'}")
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return not wrong


def from_json(record):
    """Take the figures out of `kpi score --json`; deals = revenue / average deal, there are no refunds."""
    found = {}
    for employee in record["employees"]:
        facts = {kpi["id"]: Fraction(kpi["fact"]) if kpi["fact"] else None for kpi in employee["kpis"]}
        revenue, average = facts["plan_completion"], facts.get("average_deal")
        found[employee["code"]] = {
            "revenue": revenue,
            "deals": revenue / average if average else 0,
            "conversion": facts["conversion"],
            "score": Fraction(employee["score"]) if employee["score"] else None,
            "variable": Fraction(employee["variable_paid"]),
        }
    return found


def from_seal(home, slug):
    """Take the figures out of the sealed record, recomputed from it alone."""
    with open_ledger(None, folder=home) as ledger:
        record = ledger.seals(slug)[0].record
    results, payroll = sealed_results(record), sealed_payroll(record)
    paid = {line.code: Fraction(line.variable_accrued_tiyn, 100) for line in payroll.lines}
    return {
        employee.code: {
            "revenue": employee.facts["revenue"].value / 100,
            "deals": _deals(employee),
            "conversion": employee.facts["conversion"].value,
            "score": employee.score,
            "variable": paid[employee.code],
        }
        for employee in results.employees
    }


def _deals(employee):
    """Count an employee's deals as revenue / average deal: there are no refunds."""
    revenue, average = (employee.facts[name].value for name in ("revenue", "average_deal"))
    return revenue / average if average else 0


def recount(source, workbook, payroll, where):
    """Score the files by the command and compare."""
    arguments = ("--month", source.month, "--payroll", payroll, "--json")
    record = json.loads(kpi("score", workbook, *arguments, home=workbook.parent))
    for problem in record["problems"]:
        print(f"        {problem['severity']}: {problem['tab']}!{problem['cell']} {problem['what']}")
    return compare(source, from_json(record), where)


def download(url, token, file_id, path):
    """Take a file as «Файл → Скачать → Microsoft Excel» does."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    answer = requests.get(
        f"{url}/drive/v3/files/{file_id}/export",
        params={"mimeType": kind},
        headers={"Authorization": f"Bearer {token}"},
        timeout=120,
    )
    answer.raise_for_status()
    path.write_bytes(answer.content)


def score_file(source, folder):
    workbook, payroll = folder / "KPI продаж — Real.xlsx", folder / "Ведомость — Real.xlsx"
    kpi("template", "export", "b2b", workbook, "--payroll", payroll, home=folder)
    for path, tabs in zip((workbook, payroll), entries(source), strict=True):
        fill(path, tabs)
    return recount(source, workbook, payroll, "kpi score")


def hold_rules_from(url, token, file, first_on):
    """The template's rules hold from 2026; as the head would, let them hold from that month."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {token}"
    base = f"{url}/v4/spreadsheets/{file}/values/"
    rows = session.get(f"{base}Правила!A1:Z50", timeout=30).json()["values"]
    for position in [index for index, header in enumerate(rows[0]) if header == "Действуют с"]:
        cells = [
            [(first_on - date(1899, 12, 30)).days]
            for row in rows[1:]
            if len(row) > position and row[position]
        ]
        place = f"Правила!{chr(ord('A') + position)}2"
        answer = session.put(
            f"{base}{place}", params={"valueInputOption": "RAW"}, json={"values": cells}, timeout=30
        )
        answer.raise_for_status()


def close(source, home):
    slug, (year, month) = "real", map(int, source.month.split("-"))
    after = date(year + month // 12, month % 12 + 1, 8)
    emails = ("--head", HEAD, "--owner", OWNER, "--accountant", ACCOUNTANT)
    with served(home) as url:
        kpi("client", "add", "Real", "--slug", slug, *emails, home=home)
        files = re.findall(r"/spreadsheets/d/([^/\s]+)/edit", kpi("client", "show", slug, home=home))
        kpi("emulator", "accounts", "--add", HEAD, "--add", OWNER, home=home)
        head, owner = (kpi("emulator", "token", email, home=home).strip() for email in (HEAD, OWNER))
        workbook, payroll = entries(source)
        type_in(url, head, files[0], workbook)
        pay = [{k: v for k, v in row.items() if k != "Утверждено"} for row in payroll["Оклады"]]
        type_in(url, head, files[1], {"Оклады": pay})
        type_in(url, owner, files[1], {"Оклады": [{"Утверждено": True} for _ in pay]})
        hold_rules_from(url, head, files[0], date(year, month, 1))
        download(url, head, files[0], home / "downloaded.xlsx")
        download(url, head, files[1], home / "downloaded-pay.xlsx")
        agree = recount(source, home / "downloaded.xlsx", home / "downloaded-pay.xlsx", "download, kpi score")
        kpi("month", "open", slug, source.month, "--as-of", f"{source.month}-01T09:00", home=home)
        for moment in (f"{source.month}-28T18:30", after):
            print(kpi("sync", slug, "--as-of", moment, home=home).splitlines()[0])
        print(kpi("month", "close", slug, source.month, "--yes", "--as-of", after, home=home))
        print(kpi("verify", slug, home=home))
    return compare(source, from_seal(home, slug), "sealed record") and agree


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("csv")
    parser.add_argument("--month", default="2017-06")
    parser.add_argument("--all", action="store_true", help="every month in which something was paid")
    parser.add_argument(
        "--close", action="store_true", help="deploy, sync, close and verify on the emulator too"
    )
    options = parser.parse_args()
    months = Source(options.csv, options.month).paid_months() if options.all else [options.month]
    differing = []
    for month in months:
        source = Source(options.csv, month)
        show(source)
        with tempfile.TemporaryDirectory() as folder:
            agree = score_file(source, Path(folder))
            if options.close:
                agree = close(source, Path(folder) / "home") and agree
        differing += [] if agree else [month]
    print(f"{len(months)} months, differing: {', '.join(differing) or 'none'}")
    return 1 if differing else 0


if __name__ == "__main__":
    raise SystemExit(main())
