"""A small client's life on the emulator, over real HTTP: two managers, a head, September and October 2026.

Stages are played once a session and kept as folders (emulator, ledger, keys); a test gets a copy of one.
Figures worked out by hand (behaviour §4, §5), the same in both months:

    M01  plan 1 000 000, revenue 840 000: 0.84 × 40 = 33.6; conversion 1/5 of 25 %: 16; average deal
         840 000 of 1 000 000: 16.8; marks 18 of 20: 18; score 84.4 → 84, full
    M02  plan 1 000 000, revenue 700 000: 28; conversion 16; average deal 700 000 of 875 000: 16;
         marks 16 of 20: 16; score 76, reduced: half
    R01  team plan 2 000 000, revenue 1 540 000: 30.8; conversion 2/10 of 25 %: 16; answers in 10 of
         15 minutes, capped: 20; marks 34 of 40: 17; score 83.8 → 84, full
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from kpi_rules.time.periods import ALMATY, Month
from ledger import Client
from operations.clients.deploy import NewClient, deploy_client
from operations.facts.held_months import calendar_around
from operations.months.closing import Closed, close_month
from operations.months.opening import open_month
from operations.world.local import SYSTEM_EMAIL, WORKER_EMAIL
from operations.world.services import Google, Services, open_services
from operations.world.settings import RunSettings
from sheets_emulator.access.accounts import ensure_account, key_file
from sheets_emulator.serving.faults import Faults, Strike, install
from sheets_emulator.serving.server import RunningEmulator, serve
from sheets_sync.building.changes import extended_value
from sheets_sync.google.credentials import load_credentials
from sheets_sync.google.drive import Drive
from sheets_sync.google.gateway import Gateway, RetryPolicy
from sheets_sync.schema.layout import Book, sheet_id

SLUG = "bereke"
NAME = "Береке"
HEAD, OWNER, ACCOUNTANT = "rop@bereke.kz", "owner@bereke.kz", "buh@bereke.kz"
MANAGERS = ("asel@bereke.kz", "marat@bereke.kz")
STRANGER = "stranger@elsewhere.kz"
SEPTEMBER, OCTOBER, NOVEMBER = Month(2026, 9), Month(2026, 10), Month(2026, 11)
DEPLOYED_AT = datetime(2026, 8, 28, 11, tzinfo=ALMATY)
SEPTEMBER_OPENED_AT = datetime(2026, 9, 1, 9, tzinfo=ALMATY)
OCTOBER_OPENED_AT = datetime(2026, 10, 1, 9, tzinfo=ALMATY)
MID_SEPTEMBER_AT = datetime(2026, 9, 16, 12, tzinfo=ALMATY)
SEPTEMBER_CLOSED_AT = datetime(2026, 10, 6, 10, tzinfo=ALMATY)
"""The day after the three working days of late entry: 1, 2 and 5 October."""
OCTOBER_CLOSED_AT = datetime(2026, 11, 5, 10, tzinfo=ALMATY)
"""The day after 2, 3 and 4 November."""
SALARIES = {"M01": (187_301, 203_417), "M02": (191_503, 211_918), "R01": (311_207, 354_111)}
"""Base and variable pay in ₸: figures that nothing else in the files can be."""
PAID_VARIABLE = {"M01": 203_417, "M02": 105_959, "R01": 354_111}
"""M02: half of 211 918."""
TOTALS = {"M01": 390_718, "M02": 297_462, "R01": 665_318}
PLAN_ROW, DEAL_ROW = {"M01": 2, "M02": 3}, 2
"""Rows of «План» for September, and the first of «Сделки» (M01's paid deal, № 1)."""

_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  # a cell's date has no zone
_AVERAGE_DEAL = {"M01": 1_000_000, "M02": 875_000}
_DEALS = {"M01": 840_000, "M02": 700_000}
_MARKED_DAYS, _YES = 20, {"M01": 18, "M02": 16}
_LEADS = 5
_PAYROLL_TABS = frozenset({"months", "decisions", "salaries", "corrections", "percents"})


def serial(moment: date | datetime) -> float | int:
    """Give a date or a naive local moment as a cell holds it."""
    if isinstance(moment, datetime):
        return (moment - _EPOCH) / timedelta(days=1)
    return (moment - _EPOCH.date()).days


def staff_rows() -> list[list[Any]]:
    hired = serial(date(2025, 1, 6))
    return [
        ["M01", "Асель Нурова", MANAGERS[0], "менеджер", hired, None, 5],
        ["M02", "Марат Жумабаев", MANAGERS[1], "менеджер", hired, None, 5],
        ["R01", "Гульнара Ким", HEAD, "РОП", hired, None, 5],
    ]


def plan_rows(month: Month) -> list[list[Any]]:
    return [
        [serial(month.first_on), code, 1_000_000, 0.25, average, 5, 15]
        for code, average in _AVERAGE_DEAL.items()
    ]


def deal_rows(month: Month, first_number: int = 1) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for code, amount in _DEALS.items():
        for lead in range(_LEADS):
            day = datetime(month.year, month.number, 8 + lead % 2, 10)  # noqa: DTZ001  # as in a cell
            row = [first_number + len(rows), serial(day), code, "ТОО «Жетісу»", "Сайт"]
            row += [serial(day + timedelta(minutes=10))]
            if lead == 0:
                row += ["Сделка", amount, amount // 2, serial(date(month.year, month.number, 14)), False]
            else:
                row += ["В работе", None, None, None, False]
            rows.append(row)
    return rows


def mark_rows(month: Month) -> list[list[Any]]:
    calendar = calendar_around(month.year)
    days = [date(month.year, month.number, day) for day in range(1, month.last_on.day + 1)]
    worked = [day for day in days if calendar.is_worked(day, 5)][:_MARKED_DAYS]
    rows = []
    for code, yes in _YES.items():
        for index, day in enumerate(worked):
            rows.append([serial(day), code, "да" if index < yes else "нет", *["н/п"] * 6])
    return rows


def salary_rows() -> list[list[Any]]:
    from_month = serial(SEPTEMBER.first_on)
    return [[code, from_month, base, variable] for code, (base, variable) in SALARIES.items()]


def new_client(**changes: Any) -> NewClient:
    wanted = {
        "name": NAME,
        "slug": SLUG,
        "head_email": HEAD,
        "owner_email": OWNER,
        "accountant_email": ACCOUNTANT,
        "manager_emails": MANAGERS,
    }
    return NewClient(**{**wanted, **changes})


@dataclass
class Life:
    """One client on one emulator. `sleeps` are the waits that the retries asked for."""

    emulator: RunningEmulator
    services: Services
    sleeps: list[float] = field(default_factory=list)
    slug: str = SLUG
    on_call: Callable[[str], None] = field(default=lambda _kind: None)
    """Called before each outside call of the product; it may raise."""

    @property
    def client(self) -> Client:
        return self.services.ledger.client(self.slug)

    @property
    def workbook_id(self) -> str:
        return str(self.client.workbook_id)

    @property
    def payroll_id(self) -> str:
        return str(self.client.payroll_id)

    def as_person(self, email: str) -> Google:
        """That account at Google, with its own credential and no retries."""
        key = key_file(self.emulator.engine.store, email, f"{self.emulator.url}/token")
        gateway = Gateway(load_credentials(key), self.emulator.url, RetryPolicy(attempts=1))
        return Google(gateway, Drive(gateway))

    def file_of(self, tab: str) -> tuple[str, str]:
        return ("payroll", self.payroll_id) if tab in _PAYROLL_TABS else ("workbook", self.workbook_id)

    def enter(
        self, email: str, tab: str, rows: Sequence[Sequence[Any]], row: int = 2, column: int = 0
    ) -> None:
        """Type rows into an input tab as that person; `row` is 1-based, `column` 0-based."""
        book, file_id = self.file_of(tab)
        place = {"sheetId": sheet_id(book, tab), "rowIndex": row - 1, "columnIndex": column}
        data = [
            {"values": [{} if cell is None else {"userEnteredValue": extended_value(cell)} for cell in cells]}
            for cells in rows
        ]
        request = {"updateCells": {"start": place, "rows": data, "fields": "userEnteredValue"}}
        self.as_person(email).gateway.apply(file_id, [request])

    def approve(self, tab: str, column: int, rows: int, row: int = 2) -> None:
        """The owner ticks an approval column."""
        self.enter(OWNER, tab, [[True]] * rows, row, column)

    def cells(self, file_id: str, title: str) -> list[list[Any]]:
        """The raw values of a tab, as the system sees them."""
        [found] = self.services.creator.gateway.read(file_id, [f"'{title}'"])
        return found.rows

    def sheets(self, file_id: str, fields: str = "properties") -> list[dict[str, Any]]:
        return list(self.services.creator.gateway.describe(file_id, f"sheets({fields})")["sheets"])

    def strike(self, *strikes: Strike, **plan: Any) -> None:
        """Put certain faults in force; none: a good day."""
        install(self.emulator.engine, Faults(strikes=strikes, **plan))

    def book(self, key: str = "workbook") -> Book:
        layout = self.services.template("b2b", "ru").layout
        return layout.workbook if key == "workbook" else layout.payroll


@contextmanager
def living(home: Path, **serving: Any) -> Iterator[Life]:
    """Serve the data folder `home` and open the product's services on it, with retries that never sleep."""
    sleeps: list[float] = []
    with ExitStack() as stack:
        folder = home / "emulator"
        folder.mkdir(parents=True, exist_ok=True)
        ensure_account(folder, SYSTEM_EMAIL, "Tablo")
        ensure_account(folder, WORKER_EMAIL, "Tablo", kind="service")
        emulator = stack.enter_context(serve(folder, **serving))

        def before_call(kind: str) -> None:
            life.on_call(kind)

        policy = RetryPolicy(sleep=sleeps.append)
        services = stack.enter_context(open_services(RunSettings(home), policy, before_call))
        life = Life(emulator, services, sleeps)
        yield life


@contextmanager
def copy_of(stage: str, bases: Path, home: Path) -> Iterator[Life]:
    """A copy of a stage of the client's life, served for one test.

    Stages: `empty` (accounts alone), `deployed`, `open` (September filled in and open), `closed` (September
    sealed, October filled in and open).
    """
    shutil.copytree(_base(stage, bases), home, dirs_exist_ok=True)
    with living(home) as life:
        yield life


def _base(stage: str, bases: Path) -> Path:
    home = bases / f"client-life-{stage}"
    if home.exists():
        return home
    making = bases / f"client-life-{stage}.making"
    shutil.rmtree(making, ignore_errors=True)
    earlier = {"deployed": "empty", "open": "deployed", "closed": "open"}.get(stage)
    if earlier:
        shutil.copytree(_base(earlier, bases), making)
    with living(making) as life:
        {"empty": make_accounts, "deployed": deploy, "open": fill_september, "closed": seal_september}[stage](
            life
        )
    making.rename(home)
    return home


def make_accounts(life: Life) -> None:
    for email in (HEAD, OWNER, ACCOUNTANT, *MANAGERS, STRANGER):
        ensure_account(life.emulator.engine.store, email)


def deploy(life: Life, **changes: Any) -> None:
    """Deploy the client; `changes` are of what everybody here is deployed with."""
    deploy_client(new_client(**changes), DEPLOYED_AT, life.services)


def fill_september(life: Life) -> None:
    enter_frame(life)
    work_september(life)


def enter_frame(life: Life) -> None:
    """Staff, plans of both months, salaries: what stands there before a month opens."""
    life.enter(HEAD, "staff", staff_rows())
    life.enter(HEAD, "plan", [*plan_rows(SEPTEMBER), *plan_rows(OCTOBER)])
    life.enter(HEAD, "salaries", salary_rows())
    life.approve("salaries", 4, len(SALARIES))


def work_september(life: Life, *more_deals: Sequence[Any]) -> None:
    """Open September and enter what was done in it."""
    open_month(SLUG, SEPTEMBER, SEPTEMBER_OPENED_AT, life.services)
    life.enter(MANAGERS[0], "deals", [*deal_rows(SEPTEMBER), *more_deals])
    life.enter(HEAD, "discipline", mark_rows(SEPTEMBER))


def seal_september(life: Life) -> None:
    open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, life.services)
    close_september(life)
    fill_october(life)


def fill_october(life: Life) -> None:
    deals = deal_rows(SEPTEMBER)
    life.enter(MANAGERS[0], "deals", deal_rows(OCTOBER, len(deals) + 1), row=2 + len(deals))
    life.enter(HEAD, "discipline", mark_rows(OCTOBER), row=2 + len(mark_rows(SEPTEMBER)))


def close_september(life: Life, by: str = "РОП") -> Closed:
    return close_month(SLUG, SEPTEMBER, SEPTEMBER_CLOSED_AT, life.services, by)
