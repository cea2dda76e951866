"""Two clients who live from January to April 2026: what the museum keeps of them is told in `README.md`.

Each story says in order who does what. Rows are typed by the columns of release 0.1.0; whoever adds a piece of
a later release types by that release's columns and lets more happen.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from tests.golden.museum.firms import ENDED, OPENED, REVIEWED, Firm, Person

HEAD_OF_ZHETISU = Person("R01", "Гульнара Ким", "rop@zhetisu.kz")
ASEL = Person(
    "M01", "Асель Нурова", "asel@zhetisu.kz", won=3, amount=290_000, good_percent=93,
    away=tuple(date(2026, 2, day) for day in range(9, 14)),
)  # fmt: skip
MARAT = Person("M02", "Марат Жумабаев", "marat@zhetisu.kz", 2, 250_000, 68, week_days=6)
DINARA = Person("M03", "Динара Оспанова", "dinara@zhetisu.kz", 3, 300_000, 96, hired_on=date(2026, 2, 16))
LATE_ORDER = "Приказ № 7 от 12.02.2026"

HEAD_OF_SUNRISE = Person("R01", "Dana Seitova", "head@sunrise.kz", week_days=6)
ALIYA = Person("M01", "Aliya Karimova", "aliya@sunrise.kz", 7, 62_000, 95)
BOLAT = Person("M02", "Bolat Akhmetov", "bolat@sunrise.kz", 5, 42_000, 60, week_days=6)
TIMUR = Person(
    "M03", "Timur Saparov", "timur@sunrise.kz", 6, 60_000, 90, hired_on=date(2026, 2, 10),
    away=(date(2026, 3, 12), date(2026, 3, 13)),
)  # fmt: skip


def plan_of_zhetisu(firm: Firm, month: int, *people: Person) -> None:
    """Enter the month's plan of some managers: revenue, conversion, average deal, leads, minutes, repeat, margin."""
    targets = {"M01": 900_000, "M02": 850_000, "M03": 900_000}
    rows = [
        [date(2026, month, 1), person.code, targets[person.code], 0.3, 300_000, 8, 15, 0.2, 0.3]
        for person in people
    ]
    firm.append(firm.head, "plan", rows)


def live_zhetisu(firm: Firm) -> None:
    """A B2B client in Russian, three months paid: leads row by row."""
    firm.hire(ASEL, "manager", 187_301, 203_417)
    firm.hire(MARAT, "manager", 191_503, 211_918)
    firm.hire(HEAD_OF_ZHETISU, "head", 311_207, 354_111)
    firm.append(firm.head, "absences", [["M01", date(2026, 2, 9), date(2026, 2, 13)]])
    firm.change(firm.head, "settings", 2, 1, [17 / 48])  # the day begins at half past eight
    plan_of_zhetisu(firm, 1, ASEL, MARAT)
    plan_of_zhetisu(firm, 2, ASEL, MARAT)

    firm.month("open", 1, OPENED[1])
    open_leads = firm.sell([ASEL, MARAT], 1)
    firm.mark([ASEL, MARAT], 1)
    firm.sync(ENDED[1])

    firm.kpi("calendar", "override", firm.slug, "--day", "2026-02-20", "--off", "--source", LATE_ORDER)
    firm.moved[date(2026, 2, 20)] = False
    firm.month("open", 2, OPENED[2])
    firm.month("close", 1, REVIEWED[1], "--by", "Гульнара Ким", "--yes")
    february_of_zhetisu(firm, open_leads["M02"])
    march_of_zhetisu(firm)
    april_of_zhetisu(firm)


def february_of_zhetisu(firm: Firm, late_lead: int) -> None:
    """M03 comes with a late plan row, M01 is away, an objection, an excluded row, two corrections, new rules."""
    firm.kpi("emulator", "accounts", "--add", DINARA.email, "--data", firm.folder)
    firm.hire(DINARA, "manager", 176_109, 198_333)
    plan_of_zhetisu(firm, 2, DINARA)
    team = [ASEL, MARAT, DINARA]
    firm.sell(team, 2)
    # A customer of January pays in February.
    firm.change(
        MARAT.email, "deals", late_lead, 6, [firm.words["deal"], 150_000, 105_000, date(2026, 2, 18), True]
    )
    doubled = firm.append(
        MARAT.email,
        "deals",
        [[999, date(2026, 2, 17), "M02", "ИП Ли", "Сайт", None, firm.words["in_progress"]]],
    )
    firm.mark(team, 2)
    objection = firm.append(
        MARAT.email, "objections", [["1", date(2026, 2, 1), "M02", f"Строка {doubled} внесена дважды"]]
    )
    firm.change(firm.head, "objections", objection, 4, ["Верно: строку исключили", True])
    firm.decide(2, "M02", "999", "exclude_row", "Лид внесён дважды")
    firm.correct(1, 1, "M02", 15_007, "Сделка января оплачена")
    firm.correct(2, 1, "M01", -300_000, "Возврат клиента")
    plan_of_zhetisu(firm, 3, *team)
    manager, head = firm.words["manager"], firm.words["head"]
    plan, discipline = "выполнение плана продаж", "дисциплина и CRM"
    firm.rules_from_march(
        row=10,
        cards=[
            [manager, plan, "результат", plan, "факт / план", 0.4],
            [manager, "конверсия в сделку", "процесс", "конверсия в сделку", "факт / план", 0.15],
            [manager, "средний чек", "процесс", "средний чек", "факт / план", 0.15, 1.2],
            [manager, "маржинальность", "процесс", "маржинальность", "между базой и нормой", 0.1, None, 0.2, 0.4, "засчитать полностью"],
            [manager, discipline, "дисциплина", discipline, "доля от 100 %", 0.2],
            [head, plan, "результат", plan, "факт / план", 0.4],
            [head, "конверсия в сделку", "процесс", "конверсия в сделку", "факт / план", 0.2],
            [head, "скорость обработки", "процесс", "скорость обработки", "между базой и нормой", 0.2, None, 60, 15],
            [head, discipline, "дисциплина", discipline, "доля от 100 %", 0.2],
        ],
        bands=[[0.85, "полная", 1], [0.7, "сниженная", 0.6], [0, "только оклад", 0]],
    )  # fmt: skip
    firm.pay("M01", date(2026, 3, 1), 195_000, 203_417)
    firm.sync(ENDED[2])
    firm.month("open", 3, OPENED[3])
    firm.month("close", 2, REVIEWED[2], "--by", "Гульнара Ким", "--yes")


def march_of_zhetisu(firm: Firm) -> None:
    """M02 leaves on the 13th; a refund; a correction by command; marks that nobody kept, and a decision."""
    left = replace(MARAT, left_on=date(2026, 3, 13))
    firm.change(firm.head, "staff", 3, 5, [date(2026, 3, 13)])
    team = [ASEL, left, DINARA]
    firm.sell(team, 3)
    refund = [998, date(2026, 3, 17), "M01", "ИП Касымов", "Сайт", date(2026, 3, 17)]
    refund += [firm.words["deal"], -90_000, -63_000, date(2026, 3, 18), True, None, "возврат"]
    firm.append(ASEL.email, "deals", [refund])
    firm.mark([ASEL, DINARA], 3)
    firm.decide(3, "M02", "дисциплина и CRM", "not_applicable", "Отметок не вели: увольнялся")
    firm.kpi(
        "month", "correct", firm.slug, "2026-02", "--employee", "M02", "--amount", "12000",
        "--reason", "Премия за февраль", "--by", "Ирина, консультант", "--approve", firm.owner,
        "--as-of", "2026-03-19T12:00",
    )  # fmt: skip
    firm.corrected_by_command()
    plan_of_zhetisu(firm, 4, ASEL, DINARA)
    firm.sync(ENDED[3])
    firm.month("open", 4, OPENED[4])
    firm.month("close", 3, REVIEWED[3], "--by", "консультант", "--yes")


def april_of_zhetisu(firm: Firm) -> None:
    """The open month, filled in to its end; two corrections wait for its close, one more for the owner's tick."""
    team = [ASEL, DINARA]
    firm.sell(team, 4)
    firm.mark(team, 4)
    firm.correct(4, 3, "M03", 7_500, "Недоплата за март")
    firm.correct(5, 3, "M01", -20_000, "Удержание по акту")
    firm.correct(6, 2, "R01", 5_000, "Ждёт галочки", approved=False)
    firm.sync(ENDED[4])


def plan_of_sunrise(firm: Firm, month: int, *people: Person) -> None:
    """Enter the month's plan of some managers."""
    targets = {"M01": 900_000, "M02": 850_000, "M03": 800_000}
    rows = [
        [date(2026, month, 1), person.code, targets[person.code], 0.12, None, 110, 15, 0.15]
        for person in people
    ]
    firm.append(firm.head, "plan", rows)


def live_sunrise(firm: Firm) -> None:
    """A B2C client in English whose January is a shadow month: a report a day."""
    firm.hire(ALIYA, "manager", 187_301, 203_417)
    firm.hire(BOLAT, "manager", 191_503, 211_918)
    firm.hire(HEAD_OF_SUNRISE, "head", 311_207, 354_111)
    firm.change(firm.head, "settings", 5, 1, [2])  # two working days of late entry
    plan_of_sunrise(firm, 1, ALIYA, BOLAT)
    plan_of_sunrise(firm, 2, ALIYA, BOLAT)
    firm.month("open", 1, OPENED[1])
    firm.report([ALIYA, BOLAT], 1)
    firm.mark([ALIYA, BOLAT], 1)
    firm.sync(ENDED[1])
    firm.month("open", 2, OPENED[2])
    firm.month("close", 1, REVIEWED[1], "--by", "Dana Seitova", "--yes")
    february_of_sunrise(firm)
    march_of_sunrise(firm)
    april_of_sunrise(firm)


def february_of_sunrise(firm: Firm) -> None:
    """M03 comes with a late plan row; a refund; a day of which the head says that there were no sales; new rules."""
    firm.kpi("emulator", "accounts", "--add", TIMUR.email, "--data", firm.folder)
    firm.hire(TIMUR, "manager", 176_109, 198_333)
    plan_of_sunrise(firm, 2, TIMUR)
    firm.append(firm.head, "absences", [["Timur Saparov", date(2026, 3, 12), date(2026, 3, 13)]])
    missed = replace(ALIYA, away=(date(2026, 2, 27),))  # no report of that day
    firm.report([missed, BOLAT, TIMUR], 2)
    # Money went back: less revenue on that day, no deal.
    firm.change(ALIYA.email, "reports", firm.row_of("reports", 1), 4, [0, -35_000, -21_000, 0])
    firm.mark([ALIYA, BOLAT, TIMUR], 2)
    firm.decide(2, "M01", "27.02.2026", "no_sales", "Day of stock-taking")
    firm.decide(2, "M03", "share of repeat sales", "not_applicable", "New: no customers of his own yet")
    plan_of_sunrise(firm, 3, ALIYA, BOLAT, TIMUR)
    manager, head = firm.words["manager"], firm.words["head"]
    plan, discipline = "sales plan completion", "discipline and CRM"
    firm.rules_from_march(
        row=11,
        cards=[
            [manager, plan, "result", plan, "fact / plan", 0.45, 1.1],
            [manager, "conversion to deal", "process", "conversion to deal", "fact / plan", 0.15],
            [manager, "answer time", "process", "answer time", "between base and norm", 0.1, None, 60, 15],
            [manager, "share of repeat sales", "process", "share of repeat sales", "fact / plan", 0.1, None, None, None, "count zero"],
            [manager, discipline, "discipline", discipline, "share of 100%", 0.2],
            [head, plan, "result", plan, "fact / plan", 0.4],
            [head, "conversion to deal", "process", "conversion to deal", "fact / plan", 0.2],
            [head, "answer time", "process", "answer time", "plan / fact", 0.2],
            [head, discipline, "discipline", discipline, "share of 100%", 0.2],
        ],
        bands=[[0.9, "full", 1], [0.75, "reduced", 0.5], [0, "salary only", 0]],
    )  # fmt: skip
    firm.sync(ENDED[2])
    firm.kpi("calendar", "override", firm.slug, "--day", "2026-03-14", "--working", "--week", "5",
             "--source", "Order No. 3 of 02.03.2026")  # fmt: skip
    firm.moved[date(2026, 3, 14)] = True
    firm.month("open", 3, OPENED[3])
    firm.month("close", 2, REVIEWED[2], "--by", "Dana Seitova", "--yes")


def march_of_sunrise(firm: Firm) -> None:
    """M02 leaves on the 20th; an objection is answered; a correction far above a month's variable part."""
    left = replace(BOLAT, left_on=date(2026, 3, 20))
    firm.change(firm.head, "staff", 3, 5, [date(2026, 3, 20)])
    team = [ALIYA, left, TIMUR]
    firm.report(team, 3)
    firm.mark(team, 3)
    objection = firm.append(
        ALIYA.email, "objections", [["1", date(2026, 3, 1), "M03", "I was away on the 12th and the 13th"]]
    )
    firm.change(firm.head, "objections", objection, 4, ["It is on Absences already", True])
    firm.correct(1, 2, "M01", -400_000, "A customer's refund of February")
    firm.kpi(
        "month", "correct", firm.slug, "2026-02", "--employee", "Timur Saparov", "--amount", "8400.50",
        "--reason", "Bonus for February", "--by", "Irina, consultant", "--approve", firm.owner,
        "--as-of", "2026-03-19T12:00",
    )  # fmt: skip
    firm.corrected_by_command()
    plan_of_sunrise(firm, 4, ALIYA, TIMUR)
    firm.sync(ENDED[3])
    firm.month("open", 4, OPENED[4])
    firm.month("close", 3, REVIEWED[3], "--by", "consultant", "--yes")


def april_of_sunrise(firm: Firm) -> None:
    """The open month, filled in to its end; what M01 owes is carried into it, and one more correction waits."""
    team = [ALIYA, TIMUR]
    firm.report(team, 4)
    firm.mark(team, 4)
    firm.correct(3, 3, "R01", 9_001, "Underpaid in March")
    firm.sync(ENDED[4])
