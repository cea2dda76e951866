"""Arguments and options that several commands share, and turning their text into values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from kpi_rules.time.periods import Month
    from operations.world.services import Services

_AMOUNT = re.compile(r"[+-]?\d{1,10}(\.\d{1,2})?")
"""Tenge with at most two digits of tiyn: «1.250» could be meant otherwise and is none."""

YEARS = range(1950, 2100)
"""The years of which a cell may be a date; the working calendar knows them all."""

ClientName = Annotated[
    str, typer.Argument(metavar="КЛИЕНТ", help="Короткое имя клиента («kpi client list»).")
]
MonthName = Annotated[str, typer.Argument(metavar="ГГГГ-ММ", help="Месяц, например 2026-10.")]
With = Annotated[
    list[str] | None,
    typer.Option(
        "--with",
        metavar="СЛОВО[,СЛОВО]",
        help="Что добавить к простой таблице: payments — оплата частями, shares — сделки на двоих, "
        "measures — свои показатели, conditions — показатели по части сделок, percents — процент с продаж.",
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="ДАТА[ВРЕМЯ]",
        help="Считать, что сейчас этот момент (2026-10-15 или 2026-10-15T12:00). Только на локальном эмуляторе.",
    ),
]


def month_of(text: str) -> Month:
    """Read a month; RefusedError says how it is written."""
    from cli.refusals import refused
    from kpi_rules.time.periods import Month

    try:
        month = Month.parse(text)
    except ValueError:
        raise refused(f"«{text}» — не месяц.", "Напишите его как 2026-10.") from None
    if month.year not in YEARS:
        raise refused(
            f"Года {month.year} в календаре нет.", f"Возможны годы с {YEARS.start} по {YEARS.stop - 1}."
        )
    return month


def options_in(words: list[str] | None) -> tuple[str, ...]:
    """Read the words of `--with`: separated by commas, or given several times; each once, in order."""
    asked = (word.strip() for text in words or () for word in text.split(","))
    return tuple(dict.fromkeys(filter(None, asked)))


def amount_of(text: str | None, *, late: bool) -> int | None:
    """Read an amount in ₸ as tiyn; None where it is to come from late edits. One of the two must be given."""
    from decimal import Decimal

    from cli.refusals import refused

    if (text is None) is not late:
        raise refused("Нужно одно из двух: --amount СУММА или --from-late-edits.")
    if text is None:
        return None
    cleaned = "".join(text.split()).replace("−", "-").replace("₸", "").replace(",", ".")
    if not _AMOUNT.fullmatch(cleaned):
        raise refused(f"«{text}» — не сумма.", "Напишите её в тенге, например 15000 или -15000.")
    return int(Decimal(cleaned) * 100)


def moment_of(text: str | None, *, local: bool) -> datetime:
    """Give the moment to count with: now, or the given one in Almaty time on the local emulator."""
    from cli.refusals import refused
    from kpi_rules.time.periods import ALMATY

    if text is None:
        return datetime.now(UTC)
    if not local:
        raise refused(
            "--as-of работает только на локальном эмуляторе.", "На Google считается по настоящему времени."
        )
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise refused(f"«{text}» — не дата.", "Напишите её как 2026-10-15 или 2026-10-15T12:00.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ALMATY)


@contextmanager
def services_with_progress(title: str) -> Iterator[Services]:
    """Open the world of a command, with a spinner that tells its steps."""
    from cli.showing.output import progress
    from operations.world.services import open_services
    from operations.world.settings import read_settings

    with progress(title) as step, open_services(read_settings(), progress=step) as services:
        yield services
