"""What the ledger itself can prove: the rows behind a seal, and whether somebody changed them since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

from sqlalchemy import Connection, Select, Table, select

from kpi_rules.errors import RecordError, SealError
from ledger.adoption_notes import adopted_rows, all_adoptions
from ledger.closes import all_seals, paid_numbers
from ledger.key_history import faults_of_keys
from ledger.people import faults_of_people
from ledger.records import LedgerFault, digest, row_digest
from ledger.seals import Seal
from ledger.tables import (
    adoptions,
    calendar_overrides,
    clients,
    frozen,
    identity,
    layout_notes,
    months,
    paid_corrections,
    people_notes,
    repair_notes,
    seal_keys,
    seals,
    snapshots,
    steps,
    turns,
)

_GUARDED: dict[str, tuple[Table, tuple[str, ...]]] = {
    "frozen": (frozen, ("kind", "key")),
    "snapshots": (snapshots, ()),
    "steps": (steps, ("name",)),
    "calendar_overrides": (calendar_overrides, ("number",)),
}
_KEYS = "seal_keys"
_PEOPLE = "people_notes"
_BEHIND_ALL = (_KEYS, _PEOPLE)
"""Tables whose rows are of no month: all that there were stand behind each seal."""
_ADDED_LATER = frozenset({"steps", *_BEHIND_ALL})
"""Of these there may be more rows than when a month was sealed: letters, clearing up; keys and people that follow."""


def month_evidence(db: Connection, slug: str, month: str) -> dict[str, Any]:
    """Give all rows behind a month's close, for the sealed record's part `ledger`.

    `{table: {key: {column: value}}}`; a record stands there by its SHA-256, so nothing of pay is in it.
    """
    behind = {
        name: {key: _columns(row) for key, row in _rows(db, name, slug) if row["month"] == month}
        for name in _GUARDED
    }
    queries = {_KEYS: select(seal_keys), _PEOPLE: select(people_notes).where(people_notes.c.client == slug)}
    more = {
        name: {key: _columns(row) for key, row in _numbered(db, query)} for name, query in queries.items()
    }
    return {**behind, **more}


def _numbered(db: Connection, query: Select[Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for row in db.execute(query).mappings():
        values = {column: _plain(value) for column, value in row.items()}
        yield str(values["number"]), values


def _rows(db: Connection, name: str, slug: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    table, key_columns = _GUARDED[name]
    query = select(table).where(table.c.client == slug).order_by(table.c.month)
    for row in db.execute(query).mappings():
        values = {column: _plain(value) for column, value in row.items()}
        yield " ".join(str(values[column]) for column in ("month", *key_columns)), values


def _plain(value: object) -> str | int | None:
    """Bring what somebody put into a column of another type (SQLite allows it) into a form to compare."""
    return value if isinstance(value, str | int | None) else repr(value)


def _columns(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: digest(str(value).encode()) if name == "record" else value for name, value in row.items()}


def check(db: Connection, slug: str) -> list[LedgerFault]:
    """Name every row of a client that was changed behind the ledger's back, as far as the ledger can tell.

    Looks at each row's own digest, at the rows that the seals remember (their part `ledger`), at the columns
    of the seals, the paid corrections, and the months' states. The chain itself is `seals.check_chain`'s.
    """
    chain = all_seals(db, slug)
    faults: list[LedgerFault] = []
    for name in _GUARDED:
        for key, row in _rows(db, name, slug):
            values = {column: value for column, value in row.items() if column != "digest"}
            if (present := row_digest(name, values)) != row["digest"]:
                faults.append(LedgerFault(name, key, "", str(row["digest"])[:16], present[:16]))
    for table in (layout_notes, turns, adoptions, repair_notes, people_notes):
        faults += _faults_of_numbered(db, table, slug)
    faults += faults_of_keys(db)
    faults += faults_of_people(db, slug)
    adopted = adopted_rows(all_adoptions(db, slug))
    for sealed in chain:  # the rows that an adopted seal says were another ledger's
        faults += _faults_of_sealed_rows(db, slug, sealed, adopted.get(sealed.number))
    faults += _faults_of_ids(db, slug, chain, set(adopted))
    faults += _faults_of_seal_columns(db, slug)
    faults += _faults_of_paid(db, slug, chain)
    faults += _faults_of_states(db, slug, chain)
    return faults


def _faults_of_numbered(db: Connection, table: Table, slug: str) -> Iterator[LedgerFault]:
    rows = db.execute(select(table).where(table.c.client == slug)).mappings()
    for row in rows:
        values = {column: _plain(value) for column, value in row.items() if column != "digest"}
        if (present := row_digest(table.name, values)) != row["digest"]:
            yield LedgerFault(table.name, str(row["number"]), "", str(row["digest"])[:16], present[:16])


def _faults_of_sealed_rows(
    db: Connection, slug: str, sealed: Seal, adopted: Mapping[str, Any] | None
) -> Iterator[LedgerFault]:
    try:
        remembered: object = sealed.record.get("ledger") if adopted is None else adopted
        month = sealed.month
    except (RecordError, KeyError):
        return  # check_chain names it
    if not _is_evidence(remembered):
        return  # sealed without this part, or no record of ours: check_chain names that
    present = month_evidence(db, slug, month)
    for name in (*_GUARDED, *_BEHIND_ALL):
        then, now = remembered.get(name, {}), present[name]
        added = now.keys() - then.keys() if name not in _ADDED_LATER else set()
        for key in sorted(then.keys() | added):
            if key not in now or key not in then:
                words = ("sealed", "missing") if key in then else ("not sealed", "present")
                yield LedgerFault(name, key, "", *words)
                continue
            for column in sorted(then[key].keys() | now[key].keys()):
                before, after = str(then[key].get(column)), str(now[key].get(column))
                if before != after:
                    yield LedgerFault(name, key, column, before[:40], after[:40])


def _faults_of_ids(db: Connection, slug: str, chain: list[Seal], adopted: set[int]) -> Iterator[LedgerFault]:
    """Hold the ids of ledger and client against those that the seals say; seals of the first release say none.

    An adopted seal says the ledger that it was sealed in.
    """
    own = {
        ("identity", "ledger_id"): db.execute(select(identity.c.id)).scalar(),
        ("clients", "client_id"): db.execute(select(clients.c.id).where(clients.c.slug == slug)).scalar(),
    }
    for sealed in chain:
        for (table, name), present in own.items():
            if name == "ledger_id" and sealed.number in adopted:
                continue
            try:
                then = sealed.record.get(name)
            except RecordError:
                continue  # check_chain names it
            if then is not None and then != present:
                yield LedgerFault(table, slug, name, str(then)[:40], str(present)[:40])


def _is_evidence(remembered: object) -> TypeGuard[dict[str, dict[str, dict[str, Any]]]]:
    return isinstance(remembered, dict) and all(
        isinstance(rows, dict) and all(isinstance(row, dict) for row in rows.values())
        for rows in remembered.values()
    )


def _faults_of_seal_columns(db: Connection, slug: str) -> Iterator[LedgerFault]:
    """Compare the month's column with the sealed record, the only column that the chain does not cover."""
    rows = db.execute(select(seals.c.number, seals.c.month).where(seals.c.client == slug)).all()
    by_number = {sealed.number: sealed for sealed in all_seals(db, slug)}
    for number, month in rows:
        try:
            sealed_month = by_number[number].month
        except (RecordError, KeyError):
            continue  # check_chain names it
        if month != sealed_month:
            yield LedgerFault("seals", str(number), "month", sealed_month, str(month))


def _faults_of_paid(db: Connection, slug: str, chain: list[Seal]) -> Iterator[LedgerFault]:
    expected: dict[str, int] = {}
    for sealed in chain:
        try:
            expected.update(dict.fromkeys(paid_numbers(sealed.record), sealed.number))
        except (RecordError, SealError):
            return  # check_chain names it; without the record nothing can be told
    table = paid_corrections.c
    noted = dict(
        db.execute(select(table.number, table.seal_number).where(table.client == slug)).tuples().all()
    )
    for number in sorted(expected.keys() | noted.keys(), key=str):
        then, now = expected.get(number), noted.get(number)
        if then != now:
            yield LedgerFault("paid_corrections", str(number), "seal_number", str(then), str(now))


def _faults_of_states(db: Connection, slug: str, chain: list[Seal]) -> Iterator[LedgerFault]:
    sealed_months = set()
    for sealed in chain:
        try:
            sealed_months.add(sealed.month)
        except (RecordError, KeyError):
            return  # check_chain names it
    states = dict(
        db.execute(select(months.c.month, months.c.state).where(months.c.client == slug)).tuples().all()
    )
    for month in sorted(sealed_months | states.keys(), key=str):
        state = states.get(month, "missing")
        if (month in sealed_months) != (state == "closed"):
            wanted = "closed" if month in sealed_months else "a seal of this month"
            yield LedgerFault("months", str(month), "state", wanted, str(state))
