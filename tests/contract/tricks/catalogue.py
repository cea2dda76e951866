"""Ways to more pay without more work, as data: what somebody does in September, and what head and owner are told of it.

The firm has four managers; M1 has the №s 1, 5, 9 … (13 is of 4 September). Up to 18 September everybody is honest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from kpi_rules.time.periods import Month
from tests.contract.client_life import OCTOBER, SEPTEMBER
from tests.contract.tricks.firm import (
    HEADS_CODE,
    Change,
    Firm,
    moment,
    of_deal,
    september,
    without,
)

FIRM = Firm(4)
HONEST_UNTIL = september(18)
LOOKED_AT = tuple(september(day) for day in (21, 22, 24, 28, 30, 31, 32))
"""The evenings on which people enter and the sync looks: up to 2 October."""
LOST = (1, 9, 13)
"""Leads of M1 that were lost, and registered long ago."""


@dataclass(frozen=True)
class Trick:
    """What somebody does, the signal that names it, of whom, and where it shows."""

    name: str
    told: str
    changes: tuple[Change, ...]
    code: str = "M1"
    month: Month = SEPTEMBER
    looks: tuple[date, ...] = LOOKED_AT
    more: frozenset[str] = field(default_factory=frozenset)
    """Other signals that tell of it too."""


def _won(number: int, arrived: int, entered: int, paid: int, /, **cells: Any) -> Change:
    """Give a deal of M1 that stands there won from a day on."""
    row = {
        "arrived": moment(arrived),
        "code": "M1",
        "customer": f"ТОО «Новый {number}»",
        "source": "Сайт",
        "answered": moment(arrived, 11, 5 + number % 7),
        "status": "Сделка",
        "amount": 95_000,
        "cost": 40_000,
        "paid": september(paid),
    }
    return of_deal(number, entered, **row | cells)


def _each(numbers: tuple[int, ...], day: int, **cells: Any) -> tuple[Change, ...]:
    return tuple(of_deal(number, day, **cells) for number in numbers)


def _answered_after(minutes: int, day: int = 21) -> tuple[Change, ...]:
    """Say that all of M1's answers stand so many minutes after the lead."""
    rows = FIRM.deals(LOOKED_AT[-1])
    return tuple(
        of_deal(number, day, answered=row["arrived"] + timedelta(minutes=minutes))
        for number, row in rows.items()
        if row["code"] == "M1"
    )


def _unfilled() -> tuple[Change, ...]:
    rows = FIRM.deals(HONEST_UNTIL)
    blank = {"source": None, "reason": None, "answered": None, "customer": None}
    return tuple(of_deal(number, 21, **blank) for number, row in rows.items() if row["code"] == "M1")


def _marks(
    day: int, *, of: tuple[int, int] = (1, 40), marks: tuple[str, ...] | None = None, until: int = 99
) -> Change:
    """Say what the marks of some days are, or (None) that they are not there, from a day on."""
    first, last = september(of[0]), september(of[1])
    cells = None if marks is None else {"marks": marks}
    return Change(september(day), "discipline", lambda key: first <= key[0] <= last, cells, september(until))


REFUND = {"status": "Сделка", "amount": -1, "reason": None}
TEN = (
    Trick("потерянные лиды — возвраты на −1 ₸", "question_refund", _each(LOST, 22, paid=september(22), **REFUND)),
    Trick("лиды перенесены в другой месяц", "question_arrival", _each(LOST, 22, arrived=moment(32))),
    Trick("лиды отданы коду РОПа", "question_manager", _each(LOST, 22, code=HEADS_CODE)),
    Trick(
        "лиды вносят, только когда они выиграны",
        "first_seen_won",
        (
            *(without(number) for number in range(57, 90, 4)),
            *(_won(900 + n, 21 + n % 3, 28, 28) for n in range(4)),
        ),
        more=frozenset({"few_leads"}),
    ),
    Trick(
        "одна сделка под двумя №",
        "same_deal_twice",
        tuple(_won(900 + n, 23, 24, 24, customer="ТОО «Один»") for n in range(2)),
    ),
    Trick(
        "продажа, возврат которой — в следующем месяце",
        "refund_soon",
        (
            _won(900, 23, 24, 28, amount=400_000),
            of_deal(901, 35, code="M1", customer="ТОО «Новый 900»", paid=september(35), **REFUND | {"amount": -400_000}),
        ),
        month=OCTOBER,
        looks=(*LOOKED_AT, september(35)),
    ),
    Trick(
        "оплаты внесены после конца месяца и датированы им",
        "paid_late",
        _each((61, 65), 32, status="Сделка", amount=150_000, cost=50_000, paid=september(28), reason=None),
    ),
    Trick(
        "отсутствие на дни, в которые работали",
        "worked_while_absent",
        (Change(september(24), "absences", 0, {"code": "M1", "from": september(14), "to": september(16)}),),
    ),
    Trick("ответ в ту же минуту", "instant_answers", _answered_after(0)),
)  # fmt: skip
"""With the reports of `test_tricks_of_reports` they are the ten that were tried before."""

OWN = (
    Trick("лид с ответом удалён, пока его правят свободно", "taken_out", (without(57, 22),)),
    Trick(
        "лид с ответом стал возвратом, пока его правят свободно",
        "taken_out",
        _each((57,), 22, paid=september(22), **REFUND),
    ),
    Trick(
        "лид с ответом унесён из месяца, пока его правят свободно",
        "taken_out",
        _each((57,), 22, arrived=moment(40)),
    ),
    Trick("строки удалены", "question_removed", tuple(without(number, 22) for number in LOST)),
    Trick("№ стёрт", "question_removed", _each(LOST, 22, number=None)),
    Trick("доля лидов отдана второму", "question_shared", _each(LOST, 22, second="M2", share=0.99)),
    Trick(
        "под № потерянного лида — новый",
        "overwritten",
        tuple(
            of_deal(number, 22, arrived=moment(21, 12, number), customer=f"ТОО «Другой {number}»", status="В работе",
                    answered=moment(21, 12, number + 9), reason=None)
            for number in LOST
        ),
    ),
    Trick(
        "лид сразу внесён возвратом",
        "refund_of_lead",
        tuple(_won(900 + n, 23, 24, 24, **REFUND | {"cost": None}) for n in range(2)),
    ),
    Trick("ответы всегда через три минуты", "same_minutes", _answered_after(3)),
    Trick("оплата перенесена в следующий месяц", "payment_moved", _each((21,), 30, paid=september(31))),
    Trick(
        "договор на словах: первый платёж и больше ничего",
        "parts_stalled",
        (
            _won(900, 23, 24, 24, amount=900_000, paid=None),
            Change(september(24), "payments", 0, {"number": 900, "on": september(24), "amount": 180_000}),
        ),
        month=OCTOBER.plus(1),
        looks=(*LOOKED_AT, date(2026, 11, 25)),
    ),
    Trick(
        "CRM не заполняют, а отмечают «да»",
        "crm_said_to_be_filled",
        _unfilled(),
    ),
    Trick("отметки — все «да»", "marks_all_yes", (_marks(30, marks=("да",) * 6 + ("н/п",)),), HEADS_CODE),
    Trick("отметки внесены разом", "marks_in_bulk", (_marks(21, of=(21, 31), until=32),), HEADS_CODE),
    Trick(
        "лиды внесены задним числом",
        "entered_late",
        tuple(
            _won(900 + n, 21 + n % 4, 32, 32, status="Отказ", amount=None, cost=None, paid=None, reason="Дорого")
            for n in range(6)
        ),
    ),
)  # fmt: skip
