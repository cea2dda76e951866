"""A digest of each row of the tabs of facts: by it and by the key a row is known again (behaviour §6, «History»)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np

from kpi_rules.facts.columns import Array, Columns, WholeNumbers
from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.inputs import VALUES, OwnValue, WorkbookInputs
from kpi_rules.facts.kinds import Kind
from kpi_rules.facts.payments import PAYMENTS, Payment
from kpi_rules.facts.tabs import FactColumn
from ledger import RowDigest


def row_digests(inputs: WorkbookInputs) -> list[RowDigest]:
    """Digest each row of leads (by its №), of days and of marks (by date and employee), of payments (by № and day) and of own values.

    Rows without a key cannot be followed; of rows with the same key the last counts (they are a problem
    anyway). The digest is over the read values, so that moving or formatting a row changes nothing.
    """
    return [
        digest
        for facts in (inputs.facts, inputs.marks)
        for digest in (_leads(facts) if facts.of_leads else _days(facts))
    ] + [
        *(_of_payment(key, payment) for key, payment in payments_by_key(inputs.payments).items()),
        *(_of_value(key, value) for key, value in values_by_key(inputs.values).items()),
    ]


def payments_by_key(payments: Iterable[Payment]) -> dict[str, Payment]:
    """Give the payments by № and day; of several with the same the later ones bear a number."""
    by_key: dict[str, Payment] = {}
    for payment in sorted(payments, key=lambda payment: payment.order):
        if payment.number is None or payment.on is None:
            continue
        key, count = f"{payment.number} {payment.on.isoformat()}", 1
        while (numbered := key if count == 1 else f"{key} ({count})") in by_key:
            count += 1
        by_key[numbered] = payment
    return by_key


def values_by_key(values: Iterable[OwnValue]) -> dict[str, OwnValue]:
    """Give the values by day, employee and measure; of several with the same the later ones bear a number."""
    by_key: dict[str, OwnValue] = {}
    for value in sorted(values, key=lambda value: value.order):
        if value.on is None or value.code is None or value.measure is None:
            continue
        key, count = f"{value.on.isoformat()} {value.code} {value.measure}", 1
        while (numbered := key if count == 1 else f"{key} ({count})") in by_key:
            count += 1
        by_key[numbered] = value
    return by_key


def _of_value(key: str, value: OwnValue) -> RowDigest:
    told = _text(value.value)
    return RowDigest(VALUES, key, hashlib.sha256(told.encode()).hexdigest(), manager=value.code)


def _of_payment(key: str, payment: Payment) -> RowDigest:
    told = (_text(payment.amount_tiyn), _text(payment.code), payment.comment)
    return RowDigest(
        PAYMENTS,
        key,
        hashlib.sha256("\x1f".join(told).encode()).hexdigest(),
        manager=payment.code,
        amount_tiyn=payment.amount_tiyn,
        paid_on=payment.on,
    )


def _leads(facts: FactFrame) -> Iterable[RowDigest]:
    known = facts.rows.chosen(facts.rows.given("number")).last_of_each("number")
    numbers, *watched = map(known.plain, ("number", "code", "amount_tiyn", "paid_on"))
    for number, digest, code, amount, paid_on in zip(
        numbers, _digests(_followed(facts), known), *watched, strict=True
    ):
        yield RowDigest(
            facts.tab.key,
            str(number),
            digest,
            manager=code if isinstance(code, str) else None,
            amount_tiyn=amount,
            paid_on=None if paid_on is None else paid_on.date(),
        )


def _followed(facts: FactFrame) -> list[FactColumn]:
    """Leave out the client's own columns: that the rules begin to name one is no change of every row."""
    return [column for column in facts.tab.values if not column.is_own]


def _days(facts: FactFrame) -> Iterable[RowDigest]:
    known = facts.rows.chosen(facts.rows.given("on") & facts.rows.given("code")).last_of_each("on", "code")
    revenue = facts.tab.counting("revenue")
    amounts = [None] * len(known) if revenue is None else known.plain(revenue)
    for on, code, digest, amount in zip(
        known.plain("on"), known.plain("code"), _digests(facts.tab.values, known), amounts, strict=True
    ):
        yield RowDigest(
            facts.tab.key,
            f"{on.date().isoformat()} {code}",
            digest,
            manager=code,
            amount_tiyn=amount,
        )


def _digests(columns: Sequence[FactColumn], rows: Columns) -> list[str]:
    """Digest each row; a column that came with a later layout or an option counts only where it holds something."""
    first = [_texts(rows.held[column.key]) for column in columns if column.from_the_start]
    told = list(map("\x1f".join, zip(*first, strict=True))) if first else [""] * len(rows)
    for column in columns:
        if not column.from_the_start:
            # Of boxes only a ticked one holds anything.
            blank = "False" if column.kind is Kind.CHECKBOX else ""
            for place, text in enumerate(_texts(rows.held[column.key])):
                if text and text != blank:
                    more = f"{column.key}={text}"
                    told[place] = f"{told[place]}\x1f{more}" if first or told[place] else more
    return [hashlib.sha256(text.encode()).hexdigest() for text in told]


def _texts(column: Array | WholeNumbers) -> list[str]:
    """Write a column's cells as `str` writes each; blank ones are empty."""
    if isinstance(column, WholeNumbers):
        texts = list(map(str, column.numbers.tolist()))
        for row in np.flatnonzero(column.blank).tolist():
            texts[row] = ""
        return texts
    if column.dtype.kind == "M" and len(column):
        return _moments(column)
    return [value if value.__class__ is str else _text(value) for value in column.tolist()]


def _moments(column: Array) -> list[str]:
    """Write moments as `datetime` writes itself, without making each one."""
    written = np.datetime_as_string(column.astype("datetime64[s]"))
    blank = np.isnat(column)
    signs = written.view("U1").reshape(len(column), -1)
    signs[:, 10][~blank] = " "
    signs[blank] = ""
    texts: list[str] = written.tolist()
    return texts


def _text(value: object) -> str:
    return "" if value is None else str(value)
