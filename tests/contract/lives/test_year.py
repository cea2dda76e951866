"""A year of one client over real HTTP: twelve months opened, filled, synced, reviewed, closed, and verified at the end.

January is a shadow month. Staff: M03 comes on 20 July, M02 leaves on 11 September, M04 comes on 1 October; M01 is
away for five days of February. Five corrections, three of them negative, two of these more than a month's variable
part; one is a late edit of July turned into a correction. From July on the reduced band pays 40 % instead of 50 %.
An objection of April is answered; in October nobody has kept M04's marks, and a decision says what to do; an order
makes 20 November a day off.

Each month, worked out by hand (behaviour §4, §5), with plan 1 000 000 and a fifth of five leads won against 25 %:

    strong  revenue 840 000, average deal 840 000 of 1 000 000: 33.6 + 16 + 16.8 + about 18: above 80, full
    steady  revenue 700 000, average deal 700 000 of 875 000: 28 + 16 + 16 + about 16: 70 to 79, reduced
    head    at least 30.8 + 16 + 20 + 16.8: above 80, full

A part of a month, or a week away, shrinks the plan, and revenue reaches it: 40 + 16 + 16 + 15 and more: full.
October's M04 without marks: 100/80 of 28 + 16 + 16 = 75, reduced.
"""

import time
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest

from kpi_rules.errors import RefusedError
from kpi_rules.time.lifecycle import month_dates
from kpi_rules.time.periods import ALMATY, CalendarOverride, Month
from kpi_rules.time.settings import Settings
from ledger import MonthState, check_chain, check_seal
from operations.clients.deploy import deploy_client
from operations.facts.calendars import override_days
from operations.facts.held_months import client_calendar
from operations.months.closing import close_due, close_month
from operations.months.opening import open_due
from operations.syncing.sync import sync_client
from operations.verifying.verifying import verify_client
from tests.contract.client_life import HEAD, MANAGERS, SLUG, Life, copy_of, new_client, serial
from tests.telling import tells

pytestmark = pytest.mark.slow
YEAR = [Month(2026, number) for number in range(1, 13)]
JANUARY, FEBRUARY, JULY, SEPTEMBER, OCTOBER = YEAR[0], YEAR[1], YEAR[6], YEAR[8], YEAR[9]
STRONG, STEADY = (840_000, 1_000_000, 18), (700_000, 875_000, 16)
"""Revenue, target of the average deal, and good marks of twenty."""
MANNERS = {"M01": STRONG, "M02": STEADY, "M03": STRONG, "M04": STEADY}
NAMES = {"M01": "Асель Нурова", "M02": "Марат Жумабаев", "M03": "Динара Оспанова", "M04": "Тимур Сеитов"}
SALARY = {
    "M01": (187_301, 203_417),
    "M02": (191_503, 211_918),
    "M03": (176_109, 198_333),
    "M04": (169_907, 207_411),
}
HEAD_SALARY = (311_207, 354_111)
HIRED = {"M03": date(2026, 7, 20), "M04": date(2026, 10, 1)}
LEFT = {"M02": date(2026, 9, 11)}
AWAY = [date(2026, 2, day) for day in range(16, 21)]
DAY_OFF = date(2026, 11, 20)
CORRECTIONS = [
    # №, for month, employee, tenge, reason, paid with
    ("1", "2026-02", "M01", 15_007, "Сделка февраля оплачена", 3),
    ("2", "2026-03", "M01", -300_000, "Возврат клиента", 4),
    ("3", "2026-05", "M02", -150_000, "Двойная премия", 6),
    ("4", "2026-07", "M01", -122_050, "Сумма сделки исправлена задним числом", 8),
    ("5", "2026-09", "R01", 7_001, "Недоплата", 10),
]
LATE_AMOUNT = 640_000
"""M01's deal of July, changed in August: 25.6 + 16 + 12.8 + 18 = 72.4, so 40 % of 203 417: 122 050 less."""


def half_up(amount: Fraction) -> int:
    return int(amount + Fraction(1, 2))


def share_worked(code: str, month: Month) -> Fraction:
    """Days worked of the month's norm, tell on the calendar of 2026 by hand."""
    if (code, month) == ("M03", JULY):
        return Fraction(10, 22)  # 20 to 31 July; 6 July is Capital Day
    if (code, month) == ("M02", SEPTEMBER):
        return Fraction(9, 22)
    if (code, month) == ("M01", FEBRUARY):
        return Fraction(15, 20)
    return Fraction(1)


def employed(code: str, month: Month) -> bool:
    return month.last_on >= HIRED.get(code, date.min) and month.first_on <= LEFT.get(code, date.max)


def paid_without_corrections(code: str, month: Month) -> tuple[int, int]:
    """Base and variable in tenge."""
    base, variable = SALARY.get(code, HEAD_SALARY)
    worked = share_worked(code, month)
    reduced = Fraction(1, 2) if month < JULY else Fraction(2, 5)
    full = MANNERS.get(code, STRONG) == STRONG or worked < 1
    return half_up(base * worked), half_up(variable * (1 if full else reduced) * worked)


def expected_year() -> dict[Month, dict[str, int]]:
    """What each month pays to whom: a simple model of behaviour §3's rule on corrections."""
    carried: dict[str, int] = {}
    year = {}
    for month in YEAR[1:]:
        totals = {}
        for code in [*NAMES, "R01"]:
            if not employed(code, month):
                continue
            base, variable = paid_without_corrections(code, month)
            due = sum(c[3] for c in CORRECTIONS if c[2] == code and c[5] == month.number) + carried.pop(
                code, 0
            )
            taken = max(due, -variable)
            if due != taken:
                carried[code] = due - taken
            totals[code] = base + variable + taken
        year[month] = totals
    assert carried == {}
    return year


def at(day: date, hour: int = 10) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=ALMATY)


@dataclass
class Year:
    """The client's people at work; `rows` tells the next free row of each tab."""

    life: Life
    rows: dict[str, int] = field(default_factory=dict)
    deals: dict[tuple[str, Month], int] = field(default_factory=dict)
    """The row of «Сделки» with an employee's paid deal of a month."""

    def append(self, who: str, tab: str, rows, column: int = 0) -> int:
        row = self.rows.get(tab, 2)
        self.life.enter(who, tab, rows, row=row, column=column)
        self.rows[tab] = row + len(rows)
        return row

    def calendar(self, month: Month):
        return client_calendar(self.life.services.ledger, SLUG, month.year)

    def worked_days(self, code: str, month: Month) -> list[date]:
        days = [month.first_on + timedelta(days=n) for n in range(month.last_on.day)]
        worked = [day for day in days if self.calendar(month).is_worked(day, 5)]
        here = [d for d in worked if HIRED.get(code, d) <= d <= LEFT.get(code, d)]
        return [day for day in here if not (code == "M01" and day in AWAY)]

    def hire(self, code: str, mail: str, role: str = "менеджер") -> None:
        hired = HIRED.get(code, date(2025, 1, 6))
        name = NAMES.get(code, "Гульнара Ким")
        self.append(HEAD, "staff", [[code, name, mail, role, serial(hired), None, 5]])
        from_on = max(hired.replace(day=1), date(2026, 1, 1))
        row = self.append(HEAD, "salaries", [[code, serial(from_on), *SALARY.get(code, HEAD_SALARY)]])
        self.life.approve("salaries", 4, 1, row=row)

    def plan(self, code: str, month: Month) -> None:
        average = MANNERS[code][1]
        self.append(HEAD, "plan", [[serial(month.first_on), code, 1_000_000, 0.25, average, 5, 15]])

    def sell(self, code: str, month: Month) -> None:
        """Five leads, one of them won and paid two days later."""
        revenue, _, _ = MANNERS[code]
        days = self.worked_days(code, month)
        rows = []
        for lead in range(5):
            came = datetime.combine(days[lead % 2], datetime.min.time()) + timedelta(hours=10)
            end = ["В работе", None, None, None, False]
            if lead == 0:
                end = ["Сделка", revenue, revenue // 2, serial(days[3]), False]
            number = self.rows.get("deals", 2) - 1 + lead
            rows.append(
                [
                    number,
                    serial(came),
                    code,
                    "ТОО «Жетісу»",
                    "Сайт",
                    serial(came + timedelta(minutes=10)),
                    *end,
                ]
            )
        self.deals[code, month] = self.append(MANAGERS[0], "deals", rows)

    def mark(self, code: str, month: Month) -> None:
        good = MANNERS[code][2]
        days = self.worked_days(code, month)
        rows = []
        for number, day in enumerate(days):
            yes = (number + 1) * good // 20 > number * good // 20
            rows.append([serial(day), code, "да" if yes else "нет", *["н/п"] * 6])
        self.append(HEAD, "discipline", rows)

    def correct(self, number: str) -> None:
        found = next(c for c in CORRECTIONS if c[0] == number)
        row = self.append(HEAD, "corrections", [list(found[:5])])
        self.life.approve("corrections", 5, 1, row=row)

    def pay_less_for_a_reduced_band(self) -> None:
        """From July on 40 %: a new version of the bands beneath the old one."""
        header, *rows = self.life.cells(self.life.workbook_id, "Правила")
        start = [position for position, title in enumerate(header) if title == "Действуют с"][1]
        bands = [row[start : start + 4] for row in rows if len(row) > start and row[start] not in (None, "")]
        changed = [[serial(JULY.first_on), *row[1:3], 0.4 if row[3] == 0.5 else row[3]] for row in bands]
        assert sum(row[3] == 0.4 for row in changed) == 1
        self.life.enter(HEAD, "rules", changed, row=2 + len(bands), column=start)


def live_through(year: Year, month: Month) -> None:
    """One month: opened by the nightly check, filled, synced, reviewed, closed by the head or by the deadline."""
    services = year.life.services
    dates = month_dates(month, Settings(), year.calendar(month))
    present = [code for code in NAMES if employed(code, month)]
    late = [code for code in present if HIRED.get(code, date.min) > month.first_on]
    for code in present:
        if code not in late:
            year.plan(code, month)
    assert open_due(SLUG, at(dates.opens_on, 9), services) == (month,)
    before_opening(year, month)
    for code in late:
        year.plan(code, month)
    for code in present:
        year.sell(code, month)
    sync_client(SLUG, at(month.first_on + timedelta(days=14)), services)
    for code in present:
        if (code, month) != ("M04", OCTOBER):
            year.mark(code, month)
    sync_client(SLUG, at(month.last_on, 19), services)
    review_at = at(dates.review_from_on)
    blocked_until_answered(year, month, review_at)
    for found in CORRECTIONS:
        if found[5] == month.number:
            year.correct(found[0])
    if month.number % 2:
        if dates.review_from_on < dates.deadline_on:
            assert close_due(SLUG, review_at, services).closed == ()
            assert services.ledger.month(SLUG, month).state is MonthState.REVIEW
        [closed] = close_due(SLUG, at(dates.deadline_on, 1), services).closed
    else:
        closed = close_month(SLUG, month, review_at, services, "РОП")
    assert (closed.month, closed.seal_number) == (month, month.number)
    sync_client(SLUG, at(dates.payday_on), services)


def before_opening(year: Year, month: Month) -> None:
    """What happens within a month, by its date."""
    life = year.life
    if month == FEBRUARY:
        life.enter(HEAD, "absences", [["M01", serial(AWAY[0]), serial(AWAY[-1])]])
    if month.number == 6:
        year.pay_less_for_a_reduced_band()  # June has opened: July is the first to go by it
    if month == JULY:
        year.hire("M03", "dinara@bereke.kz")
    if month.number == 8:
        row = year.deals["M01", JULY]
        life.enter(MANAGERS[0], "deals", [[LATE_AMOUNT]], row=row, column=7)
    if month == SEPTEMBER:
        life.enter(HEAD, "staff", [[serial(LEFT["M02"])]], row=3, column=5)
        year.hire("M04", "timur@bereke.kz")
    if month == OCTOBER:
        order = CalendarOverride(DAY_OFF, worked=False, weeks=(5, 6), source="Приказ № 7")
        override_days(SLUG, [order], life.services.ledger, at(month.last_on), "РОП")


def blocked_until_answered(year: Year, month: Month, review_at: datetime) -> None:
    """April's objection and October's marks hold up the close until the head has said something."""
    life, services = year.life, year.life.services
    if month.number == 4:
        life.enter(MANAGERS[1], "objections", [["1", "2026-04", "M02", "Сделка № 6 моя"]])
        with tells(RefusedError, "возражение № 1"):
            close_month(SLUG, month, review_at, services, "РОП")
        life.enter(HEAD, "objections", [["Проверили: сделка Асель", True]], column=4)
    if month == OCTOBER:
        with tells(RefusedError, "исциплин"):
            close_month(SLUG, month, review_at, services, "РОП")
        life.enter(HEAD, "decisions", [["2026-10", "M04", "discipline", "неприменимо", "Отметок не вели"]])
        life.approve("decisions", 5, 1)


def payroll_lines(life: Life, month: Month) -> dict[str, dict]:
    """A payroll tab's lines by employee, by their headers."""
    rows = life.cells(life.payroll_id, str(month))
    header = next(row for row in rows if "Код" in row)
    lines = [dict(zip(header, row, strict=False)) for row in rows[rows.index(header) + 1 :] if len(row) > 15]
    return {line["Код"]: line for line in lines if line["Код"] in {*NAMES, "R01"}}


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """The client at the end of the year, and how long it took."""
    home = tmp_path_factory.mktemp("year") / "home"
    with copy_of("empty", tmp_path_factory.getbasetemp(), home) as life:
        begun = time.perf_counter()
        year = Year(life)
        deploy_client(new_client(shadow=True), at(date(2025, 12, 26)), life.services)
        year.hire("M01", MANAGERS[0])
        year.hire("M02", MANAGERS[1])
        year.hire("R01", HEAD, "РОП")
        for month in YEAR:
            live_through(year, month)
        yield year, time.perf_counter() - begun


def test_every_month_of_the_year_pays_what_was_worked_out(played, tell):
    year, seconds = played
    tell(f"a year of one client: {len(YEAR)} months, {len(CORRECTIONS)} corrections, {seconds:.0f} s")
    expected = expected_year()
    assert JANUARY not in expected
    for month, totals in expected.items():
        lines = payroll_lines(year.life, month)
        assert {code: line["Итого"] for code, line in lines.items()} == totals, month
    titles = [sheet["properties"]["title"] for sheet in year.life.sheets(year.life.payroll_id)]
    assert titles[4:] == [str(month) for month in YEAR[1:]], "a shadow month pays nothing"


def test_what_was_paid_is_what_was_sealed_with_every_correction_once(played):
    year, _ = played
    paid = sum(line["Итого"] for month in YEAR[1:] for line in payroll_lines(year.life, month).values())
    ledger = year.life.services.ledger
    seals = ledger.seals(SLUG)
    lines = [line for seal in seals if seal.record["payroll"] for line in seal.record["payroll"]["lines"]]
    sealed_tiyn = sum(line["base_accrued_tiyn"] + line["variable_accrued_tiyn"] for line in lines)
    assert 100 * paid == sealed_tiyn + 100 * sum(correction[3] for correction in CORRECTIONS)
    assert ledger.carried(SLUG) == {}
    assert ledger.paid_corrections(SLUG) == {correction[0] for correction in CORRECTIONS}


def test_negative_corrections_are_carried_past_a_months_variable_part(played):
    year, _ = played
    april, may = (payroll_lines(year.life, YEAR[number])["M01"] for number in (3, 4))
    assert (april["Корректировки"], april["Перенос"], april["Итого"]) == (-300_000, 96_583, 187_301)
    assert (may["Корректировки"], may["Перенос"], may["Итого"]) == (0, -96_583, 187_301 + 203_417 - 96_583)
    june, july = (payroll_lines(year.life, YEAR[number])["M02"] for number in (5, 6))
    assert (june["Перенос"], july["Перенос"]) == (44_041, -44_041)
    assert july["Переменная начислена"] == 84_767, "40 % of 211 918"


def test_the_year_verifies_month_by_month_and_names_the_one_late_edit(played):
    year, _ = played
    verdict = verify_client(SLUG, year.life.services)
    assert verdict.findings == ()
    assert [found.month for found in verdict.months] == YEAR
    [edit] = verdict.late
    assert (edit.sealed, edit.present) == ({"amount_tiyn": 84_000_000}, {"amount_tiyn": 100 * LATE_AMOUNT})
    [july] = [found for found in verdict.months if found.late]
    assert july.month == JULY
    seals = year.life.services.ledger.seals(SLUG)
    assert check_chain(seals, seals[0].public_key, client=SLUG, last_number=12) == []
    assert [check_seal(seal, seal.public_key) for seal in seals] == [[]] * 12


def test_an_order_of_a_day_off_and_the_years_rules_are_sealed_with_their_month(played):
    year, _ = played
    norms = {month: payroll_lines(year.life, month)["M01"]["Норма дней"] for month in YEAR[9:]}
    weekdays = sum(date(2026, 11, day).weekday() < 5 for day in range(1, 31))
    assert norms[YEAR[10]] == weekdays - 1
    bands = [str(seal.record["rules"]["bands"]) for seal in year.life.services.ledger.seals(SLUG)]
    assert len(set(bands[:6])) == len(set(bands[6:])) == 1
    assert bands[5] != bands[6]
