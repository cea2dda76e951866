"""Late edits: rows that fed a closed month and are not any more what they were (behaviour §7).

Only what fed that month is compared: of its arrivals «Поступил», «Менеджер», «Первый ответ» up to the month's
end; of its payments «Менеджер», «Статус», «Сумма», «Себестоимость», «Оплачено», «Повторный»; of both the second
manager and that one's share, and whatever columns conditions of its rules name; of days the whole row; of «Оплаты» and «Показатели» the rows dated in the month. A lead of September that
is paid in October is no late edit of September.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from kpi_rules.exact import exact_text
from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.inputs import VALUES, MonthInputs, OwnValue, WorkbookInputs
from kpi_rules.facts.payments import PAYMENTS, Payment, numbers_of
from kpi_rules.facts.selection import facts_of_month
from kpi_rules.facts.tabs import Event
from kpi_rules.records.frames import frame_record
from kpi_rules.time.periods import Month


class EditKind(StrEnum):
    """What happened to a row."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True)
class LateEdit:
    """One row of a closed month that is not what was sealed.

    `key` is its № or «date code»; `sealed` and `present` hold the cells that differ (plain values), all that
    count for a row added or removed. `code` is the employee concerned (the sealed one first). `row` is the
    1-based sheet row where it stands now; None where it is gone, or its key stands there more than once.
    """

    kind: EditKind
    tab: str
    key: str
    code: str | None
    sealed: Mapping[str, Any]
    present: Mapping[str, Any]
    row: int | None = None


def late_edits(sealed_inputs: MonthInputs, present: WorkbookInputs, month: Month) -> list[LateEdit]:
    """Compare the sealed facts of a closed month with the workbook as it is now."""
    edits: list[LateEdit] = []
    places: dict[tuple[str, str], list[int]] = {}
    for sealed, live in ((sealed_inputs.facts, present.facts), (sealed_inputs.marks, present.marks)):
        # A column that came later says nothing of what was sealed without it.
        now = live if live.tab == sealed.tab else live.read_as(sealed.tab)
        if sealed.of_leads:
            payments = (sealed_inputs.payments, present.payments)
            named = sealed_inputs.rulebook.condition_columns
            edits += _leads_edits(sealed, now, month, payments, named)
        else:
            edits += _days_edits(sealed, now, month)
        for key, row in zip(_keys(now), now.rows.plain("row"), strict=True):
            if key is not None:
                places.setdefault((sealed.tab.key, key), []).append(row)
    if sealed_inputs.payments or present.payments:
        edits += _payments_edits(sealed_inputs, present, month)
        for payment in present.payments:
            places.setdefault((PAYMENTS, _payment_key(payment)), []).append(payment.row)
    if sealed_inputs.values or present.values:
        edits += _values_edits(sealed_inputs, present, month)
        for value in present.values:
            places.setdefault((VALUES, _value_key(value)), []).append(value.row)
    return [replace(edit, row=_row_of(edit, places)) for edit in edits]


def _payments_edits(sealed: MonthInputs, present: WorkbookInputs, month: Month) -> Iterator[LateEdit]:
    """Compare the payments dated in the month; one in which nobody is named concerns the deal's manager."""
    before, now = (_payments(inputs.payments, month) for inputs in (sealed, present))
    for edit in _compared(PAYMENTS, before, now):
        added = edit.kind is EditKind.ADDED
        row, facts = (now[edit.key][0], present.facts) if added else (before[edit.key][0], sealed.facts)
        number, code = row.cells["number"], row.cells["code"]
        if code is None and number is not None:
            columns = facts.leads
            owners = [columns.of_code[place] for place in columns.places_of({number})]
            code = next((columns.codes[owner] for owner in owners if owner < len(columns.codes)), None)
        yield replace(edit, code=code)


def _payments(payments: Iterable[Payment], month: Month) -> _Rows:
    rows: _Rows = {}
    for payment in payments:
        if payment.is_in(month):
            cells = {
                "number": payment.number,
                "on": str(payment.on),
                "amount_tiyn": payment.amount_tiyn,
                "code": payment.code,
            }
            fed = cells | ({"bad": sorted(payment.bad)} if payment.bad else {})
            rows.setdefault(_payment_key(payment), []).append(_Row(fed, cells))
    return rows


def _values_edits(sealed: MonthInputs, present: WorkbookInputs, month: Month) -> Iterator[LateEdit]:
    """Compare the values of the measures that the sealed rules count, dated in the month."""
    counted = [kpi.measure for kpi in sealed.rulebook.all_kpis if kpi.how_counted is not None]
    before, now = (_values(inputs.values, month, counted) for inputs in (sealed, present))
    yield from _compared(VALUES, before, now)


def _values(values: Iterable[OwnValue], month: Month, counted: Sequence[str]) -> _Rows:
    rows: _Rows = {}
    for value in values:
        if value.is_in(month) and any(value.is_of(measure) for measure in counted):
            cells = {
                "on": str(value.on),
                "code": value.code,
                "measure": value.measure,
                "value": None if value.value is None else exact_text(value.value),
            }
            fed = cells | ({"bad": sorted(value.bad)} if value.bad else {})
            rows.setdefault(_value_key(value), []).append(_Row(fed, cells))
    return rows


def _value_key(value: OwnValue) -> str:
    return f"{value.on or ''} {value.code or ''} {value.measure or ''}".strip()


def _payment_key(payment: Payment) -> str:
    return f"{payment.number or ''} {payment.on or ''}".strip()


def _leads_edits(
    sealed: FactFrame,
    present: FactFrame,
    month: Month,
    payments: tuple[Sequence[Payment], Sequence[Payment]],
    named: Sequence[str],
) -> list[LateEdit]:
    # A payment that came or went is told by itself: the row of its deal is compared where it had some and has some.
    then, today = (numbers_of(rows, month)[0] for rows in payments)
    in_parts = then & today
    before = _leads(sealed, month, None, in_parts, named)
    selected = facts_of_month(present, month, payments[1])
    now = _leads(selected, month, _fed_columns(before), in_parts, named)
    # A payment names its deal by the №: where there are any, a row under another № is another row.
    compared = _compared(sealed.tab.key, before, now, renumbered=not any(payments))
    return [_moved_away(edit, present) for edit in compared]


def _days_edits(sealed: FactFrame, present: FactFrame, month: Month) -> list[LateEdit]:
    before, now = _days(sealed), _days(facts_of_month(present, month))
    dated = {key: rows for key, rows in now.items() if key in before or rows[0].cells["on"]}
    return list(_compared(sealed.tab.key, before, dated))


def _keys(facts: FactFrame) -> list[str | None]:
    """Give what each row is known by; None where it has no №."""
    rows = facts.rows
    if facts.of_leads:
        return [number if isinstance(number, str) else None for number in rows["number"]]
    days = ("" if on is None else f"{on:%Y-%m-%d}" for on in rows.plain("on"))
    return [f"{on} {code or ''}".strip() for on, code in zip(days, rows["code"], strict=True)]


def _row_of(edit: LateEdit, places: Mapping[tuple[str, str], list[int]]) -> int | None:
    rows = places.get((edit.tab, edit.key), [])
    return rows[0] if len(rows) == 1 and edit.kind is not EditKind.REMOVED else None


def _moved_away(edit: LateEdit, present: FactFrame) -> LateEdit:
    """Tell a row that left the month from one that is gone: its № still stands once in the workbook."""
    same = present.rows["number"] == edit.key
    if edit.kind is not EditKind.REMOVED or same.sum() != 1:
        return edit
    record = frame_record(present.chosen(same))
    row = dict(zip(record["columns"], record["rows"][0], strict=True))
    cells = {name: row[name] for name in edit.sealed if row[name] != edit.sealed[name]}
    sealed = {name: edit.sealed[name] for name in cells}
    return replace(edit, kind=EditKind.CHANGED, sealed=sealed, present=cells)


@dataclass(frozen=True)
class _Row:
    """A row: the cells that fed the month, and all of them."""

    fed: dict[str, Any]
    cells: dict[str, Any]


_Rows = dict[str, list[_Row]]


def _compared(tab: str, sealed: _Rows, present: _Rows, *, renumbered: bool = False) -> Iterator[LateEdit]:
    """Compare rows key by key; where a № may have gone to another row (`renumbered`), the same row under another № is none."""
    keys = sorted({*sealed, *present})
    left = {key: _left_over(sealed.get(key, []), present.get(key, [])) for key in keys}
    new = {key: _left_over(present.get(key, []), sealed.get(key, [])) for key in keys}
    if renumbered:
        gone_texts = Counter(_text(row) for rows in left.values() for row in rows)
        come_texts = Counter(_text(row) for rows in new.values() for row in rows)
        left = _without(left, come_texts)
        new = _without(new, gone_texts)
    for key in keys:
        gone, come = left[key], new[key]
        for index in range(max(len(gone), len(come))):
            yield _edit(
                tab,
                key,
                gone[index] if index < len(gone) else None,
                come[index] if index < len(come) else None,
            )


def _without(rows_of: _Rows, others: Counter[str]) -> _Rows:
    """Leave out the rows that stand among the others under whatever №, each equal taken once."""
    unmatched = others.copy()
    remaining: _Rows = {}
    for key, rows in rows_of.items():
        remaining[key] = []
        for row in rows:
            if unmatched[_text(row)]:
                unmatched[_text(row)] -= 1
            else:
                remaining[key].append(row)
    return remaining


def _left_over(rows: list[_Row], others: list[_Row]) -> list[_Row]:
    """Give the rows that have no equal among the others, each equal taken once."""
    unmatched = Counter(_text(row) for row in others)
    left = []
    for row in rows:
        if unmatched[_text(row)]:
            unmatched[_text(row)] -= 1
        else:
            left.append(row)
    return left


def _text(row: _Row) -> str:
    return repr(sorted(row.fed.items()))


def _edit(tab: str, key: str, old: _Row | None, new: _Row | None) -> LateEdit:
    code = (old.cells.get("code") if old else None) or (new.cells.get("code") if new else None)
    if old is None or new is None:
        kind = EditKind.ADDED if old is None else EditKind.REMOVED
        return LateEdit(kind, tab, key, code, old.fed if old else {}, new.fed if new else {})
    names = [
        name
        for name in {**old.fed, **new.fed}
        if old.fed.get(name) != new.fed.get(name) and old.cells.get(name) != new.cells.get(name)
    ]
    sealed, present = ({name: row.cells.get(name) for name in names} for row in (old, new))
    return LateEdit(EditKind.CHANGED, tab, key, code, sealed, present)


def _fed_columns(rows: _Rows) -> dict[str, set[str]]:
    """Give by № the columns that fed the month, and those that could not be read when it was sealed."""
    return {
        key: {name for row in same for name in (*row.fed, *row.fed.get("bad", ()))}
        for key, same in rows.items()
        if key
    }


def _leads(
    facts: FactFrame,
    month: Month,
    known: Mapping[str, Set[str]] | None,
    in_parts: Set[str],
    named: Sequence[str],
) -> _Rows:
    """Keep of each row what fed the month; a row that fed it with nothing is left out.

    The columns `named` by conditions feed the month of either event. `in_parts` are the №s of which something was paid in the month in parts. An unreadable date could be of any month: it counts where that cell of the № fed this one by `known`
    (None: always).
    """
    record = frame_record(facts)
    of_arrival, of_payment = (dict.fromkeys((*facts.tab.feeding(event), *named)) for event in Event)
    rows: _Rows = {}
    for values in record["rows"]:
        row = dict(zip(record["columns"], values, strict=True))
        fed: dict[str, Any] = {}
        if _in_month(row["arrived_at"], month):
            fed |= {name: row[name] for name in of_arrival}
            if fed["answered_at"] and not datetime.fromisoformat(fed["answered_at"]).date() <= month.last_on:
                fed["answered_at"] = None
            # Whether it is a refund decides whether it is a lead.
            if row["status"] == "deal" and (row["amount_tiyn"] or 0) < 0:
                fed = {}
        if _in_month(row["paid_on"], month) or row["number"] in in_parts:
            fed |= {name: row[name] for name in of_payment}
        dates = {"arrived_at", "paid_on"}
        if known is not None:
            dates &= known.get(row["number"] or "", set())
        unread = [name for name in row["bad"] if name in {*fed, *dates}]
        if fed or unread:
            if unread:
                fed["bad"] = unread
            rows.setdefault(row["number"] or "", []).append(_Row(fed, row))
    return rows


def _days(facts: FactFrame) -> _Rows:
    record = frame_record(facts)
    rows: _Rows = {}
    for values in record["rows"]:
        row = dict(zip(record["columns"], values, strict=True))
        key = f"{(row['on'] or '')[:10]} {row['code'] or ''}".strip()
        rows.setdefault(key, []).append(_Row(row, row))
    return rows


def _in_month(moment: str | None, month: Month) -> bool:
    return moment is not None and month.first_on <= date.fromisoformat(moment[:10]) <= month.last_on
