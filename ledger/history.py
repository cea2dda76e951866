"""The history of input rows: when each was first seen, last changed, and what of it changed (behaviour §6)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    Select,
    Text,
    bindparam,
    case,
    cast,
    delete,
    func,
    insert,
    select,
    type_coerce,
    update,
)

from kpi_rules.errors import LedgerError
from ledger.records import (
    HistoryRow,
    KeptRows,
    RowChange,
    RowChanges,
    RowDigest,
    RowEvent,
    digest,
    strict_record,
)
from ledger.tables import input_row_changes, input_rows, sync_notes

LONGEST_KEY = 200
LARGEST_AMOUNT = 2**63
"""An amount beyond a database's whole numbers is kept as none; it is a problem of its cell anyway."""
_WATCHED = ("manager", "amount_tiyn", "paid_on")
_SEEN = tuple(input_rows.c[name] for name in ("tab", "key", "digest", *_WATCHED))


def note_rows(
    db: Connection,
    slug: str,
    rows: Sequence[RowDigest],
    seen_at: datetime,
    tabs: Collection[str] | None,
    kept: KeptRows | None = None,
    anew: Collection[str] = (),
) -> RowChanges:
    """Compare what a sync saw with what was known, keep the difference and give it.

    `tabs` are the tabs that were read (None: all known ones): rows of another tab are not taken for vanished. In those of
    `anew` each key may stand for another row than before: nothing there was added or has changed.
    A key that stands twice in a tab is told apart by its order. What a sync saw before an already noted later
    one is left alone. What is `kept` beside is put to the rows that are known by then. Costs one read of all digests, one a tab
    of the rows that differ, and at most one statement per kind of change, whatever the number of rows.
    """
    if seen_at.tzinfo is None:
        raise LedgerError("the moment of a sync needs a time zone")
    if not _is_newest(db, slug, seen_at):
        return RowChanges()
    seen, known = _by_place(rows), _known(db, slug)
    compared = {place: row for place, row in seen.items() if row.tab not in anew} if anew else seen
    added = tuple(row for place, row in compared.items() if place not in known)
    # A row that was missed has no digest here: whatever it holds, it is back.
    moved = [row for place, row in compared.items() if place in known and known[place] != row.digest]
    missed = [
        place
        for place in known.keys() - seen.keys()
        if known[place] is not None and (tabs is None or place[0] in tabs)
    ]
    before = _whole_rows(db, slug, [*((row.tab, row.key) for row in moved), *missed])
    changed = tuple(_change(before[row.tab, row.key], row, seen_at) for row in moved)
    vanished = tuple(
        RowChange(*place, seen_at, RowEvent.VANISHED, _watched(before[place].seen, _WATCHED), {})
        for place in sorted(missed)
    )
    if len(compared) < len(seen):
        _put_anew(db, slug, [row for row in seen.values() if row.tab in anew], seen_at)
    _add(db, slug, added, seen_at)
    _update(db, slug, moved, seen_at)
    _mark_vanished(db, slug, vanished, seen_at)
    _log(db, slug, [*(each for each in changed if each.before or each.event is RowEvent.RETURNED), *vanished])
    if kept is not None:
        _keep(db, slug, kept)
    return RowChanges(added, changed, vanished)


def _is_newest(db: Connection, slug: str, seen_at: datetime) -> bool:
    """Remember when rows were last noted; False when that was later than `seen_at`."""
    where = sync_notes.c.client == slug
    row = db.execute(select(sync_notes.c.rows_noted_at).where(where)).first()
    if row is None:
        db.execute(
            insert(sync_notes).values(client=slug, tried_at=seen_at, rows_noted_at=seen_at, failures=0)
        )
        return True
    if row.rows_noted_at is not None and row.rows_noted_at > seen_at:
        return False
    db.execute(update(sync_notes).where(where).values(rows_noted_at=seen_at))
    return True


def _by_place(rows: Iterable[RowDigest]) -> dict[tuple[str, str], RowDigest]:
    """Key the rows by tab and key; the second row of one key becomes `key #2`."""
    seen: dict[tuple[str, str], RowDigest] = {}
    times: Counter[tuple[str, str]] = Counter()
    for given in rows:
        row = _storable(given)
        first = (row.tab, row.key)
        while (row.tab, row.key) in seen:
            times[first] += 1
            row = replace(row, key=f"{first[1]} #{times[first] + 1}")
        seen[row.tab, row.key] = row
    return seen


def _storable(row: RowDigest) -> RowDigest:
    """Bring what people paste into cells into what a database can hold and find again."""
    key, manager, amount = row.key, row.manager or "", row.amount_tiyn or 0
    if (
        key.isprintable()
        and len(key) <= LONGEST_KEY
        and manager.isprintable()
        and abs(amount) < LARGEST_AMOUNT
    ):
        return row
    key = _valid_text(key)
    if len(key) > LONGEST_KEY:
        key = f"{key[:100]}… {digest(key.encode())}"
    return replace(
        row,
        key=key,
        manager=None if row.manager is None else _valid_text(manager),
        amount_tiyn=row.amount_tiyn if abs(amount) < LARGEST_AMOUNT else None,
    )


def _valid_text(text: str) -> str:
    """Replace NUL and halves of surrogate pairs."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def _change(old: HistoryRow, new: RowDigest, seen_at: datetime) -> RowChange:
    event = RowEvent.CHANGED if old.vanished_at is None else RowEvent.RETURNED
    names = [name for name in _WATCHED if getattr(old.seen, name) != getattr(new, name)]
    return RowChange(new.tab, new.key, seen_at, event, _watched(old.seen, names), _watched(new, names))


def _watched(row: RowDigest, names: Iterable[str]) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in names}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def _values(row: RowDigest) -> dict[str, Any]:
    return {"digest": row.digest, **{name: getattr(row, name) for name in _WATCHED}}


def _add(db: Connection, slug: str, rows: Sequence[RowDigest], seen_at: datetime) -> None:
    if rows:
        moments = {"first_seen_at": seen_at, "changed_at": seen_at, "vanished_at": None}
        db.execute(
            insert(input_rows),
            [{"client": slug, "tab": row.tab, "key": row.key, **_values(row), **moments} for row in rows],
        )


def _at_place(slug: str) -> Any:
    return (
        (input_rows.c.client == slug)
        & (input_rows.c.tab == bindparam("place_tab"))
        & (input_rows.c.key == bindparam("place_key"))
    )


def _update(db: Connection, slug: str, rows: Sequence[RowDigest], seen_at: datetime) -> None:
    if rows:
        names: dict[str, Any] = {name: bindparam(f"new_{name}") for name in ("digest", *_WATCHED)}
        db.execute(
            update(input_rows).where(_at_place(slug)).values(**names, changed_at=seen_at, vanished_at=None),
            [
                {
                    "place_tab": row.tab,
                    "place_key": row.key,
                    **{f"new_{name}": value for name, value in _values(row).items()},
                }
                for row in rows
            ],
        )


def _put_anew(db: Connection, slug: str, rows: Sequence[RowDigest], seen_at: datetime) -> None:
    """Keep rows under the keys that they have now, each with what is known of the row that held the same; none is new.

    A row that holds something else by now is that of its key, unless that one went to another key: then nothing is known of
    it but the first moment of all.
    """
    history = row_history(db, slug)
    first = min((row.first_seen_at for row in history), default=seen_at)
    before = _same_rows(rows, history)
    put = []
    for each in rows:
        old = before.get((each.tab, each.key)) or HistoryRow(each, first, first, None)
        moments = {"first_seen_at": old.first_seen_at, "changed_at": old.changed_at, "vanished_at": None}
        kept = {"cells": old.cells, "registered": old.registered}
        put.append({"client": slug, "tab": each.tab, "key": each.key, **_values(each), **moments, **kept})
    replaced = [{"place_tab": row["tab"], "place_key": row["key"]} for row in put]
    db.execute(delete(input_rows).where(_at_place(slug)), replaced)
    db.execute(insert(input_rows), put)


def _same_rows(rows: Sequence[RowDigest], history: Sequence[HistoryRow]) -> dict[tuple[str, str], HistoryRow]:
    """Give by place which known row each is: of the same key and content, of the same content, of the same key."""
    left = {(row.seen.tab, row.seen.key): row for row in history}
    same: dict[tuple[str, str], HistoryRow] = {}
    for row in rows:
        known = left.get((row.tab, row.key))
        if known is not None and known.seen.digest == row.digest:
            same[row.tab, row.key] = left.pop((row.tab, row.key))
    by_content: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for place, known in left.items():
        by_content.setdefault((known.seen.tab, known.seen.digest), []).append(place)
    others = [row for row in rows if (row.tab, row.key) not in same]
    for row in others:
        if places := by_content.get((row.tab, row.digest)):
            same[row.tab, row.key] = left.pop(places.pop(0))
    for row in others:
        place = (row.tab, row.key)
        if place not in same and place in left:
            same[place] = left[place]
    return same


def _mark_vanished(db: Connection, slug: str, rows: Sequence[RowChange], seen_at: datetime) -> None:
    if rows:
        db.execute(
            update(input_rows).where(_at_place(slug)).values(vanished_at=seen_at),
            [{"place_tab": row.tab, "place_key": row.key} for row in rows],
        )


def _keep(db: Connection, slug: str, kept: KeptRows) -> None:
    """Put what rows hold beside their digests; what was registered once is written over by nothing."""
    at_place = _at_place(slug)
    first = update(input_rows).where(at_place & input_rows.c.registered.is_(None))
    told = update(input_rows).where(at_place)
    dropped = [place for place, text in kept.cells.items() if text is None]
    for statement, values in (
        (first.values(registered=bindparam("kept")), kept.registered),
        (
            told.values(cells=bindparam("kept")),
            {place: text for place, text in kept.cells.items() if text is not None},
        ),
        (told.values(cells=None, registered=None), dict.fromkeys(dropped)),
    ):
        rows = [
            {"place_tab": tab, "place_key": key, **({} if text is None else {"kept": text})}
            for (tab, key), text in values.items()
        ]
        if rows:
            db.execute(statement, rows)


def _log(db: Connection, slug: str, changes: Sequence[RowChange]) -> None:
    if changes:
        db.execute(
            insert(input_row_changes),
            [
                {
                    "client": slug,
                    "tab": each.tab,
                    "key": each.key,
                    "changed_at": each.changed_at,
                    "event": each.event.value,
                    "before": json.dumps(each.before, ensure_ascii=False),
                    "after": json.dumps(each.after, ensure_ascii=False),
                }
                for each in changes
            ],
        )


def row_history(db: Connection, slug: str) -> list[HistoryRow]:
    """Give every row ever seen, by tab and key."""
    return _history_rows(db, _history(slug).order_by(*_SEEN[:2]), {})


def _history(slug: str) -> Select[Any]:
    # Rows share few moments: each is read once, not by the column's type for every row.
    moments = (
        type_coerce(input_rows.c[name], Text) for name in ("first_seen_at", "changed_at", "vanished_at")
    )
    query = select(*_SEEN, *moments, input_rows.c.cells, input_rows.c.registered)
    return query.where(input_rows.c.client == slug)


def _history_rows(db: Connection, query: Select[Any], given: Mapping[str, object]) -> list[HistoryRow]:
    moments = _Moments()
    return [
        HistoryRow(
            RowDigest(*row[:6]),
            moments[row[6]],
            moments[row[7]],
            moments[row[8]] if row[8] else None,
            *row[9:],
        )
        for row in db.execute(query, given)
    ]


class _Moments(dict[Any, datetime]):
    """The moments by what a database gives for each: a text of SQLite, a moment of PostgreSQL."""

    def __missing__(self, given: Any) -> datetime:
        """Read one for the first time."""
        read = given if isinstance(given, datetime) else datetime.fromisoformat(given)
        self[given] = moment = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
        return moment


def _known(db: Connection, slug: str) -> dict[tuple[str, str], str | None]:
    """Give by tab and key the digest of every row ever seen; None of those that were missed when rows were last noted."""
    row = input_rows.c
    digest_if_there = case((row.vanished_at.is_(None), row.digest), else_=None)
    query = select(row.tab, row.key, digest_if_there).where(row.client == slug)
    return {(tab, key): held for tab, key, held in db.execute(query).all()}


def _whole_rows(
    db: Connection, slug: str, places: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], HistoryRow]:
    """Give rows by tab and key; one statement a tab, however many they are."""
    by_tab: dict[str, list[str]] = {}
    for tab, key in places:
        by_tab.setdefault(tab, []).append(key)
    keys = bindparam("keys", type_=Text)
    if db.dialect.name == "sqlite":
        wanted = func.json_each(keys).table_valued("value")
    else:
        wanted = func.json_array_elements_text(cast(keys, JSON)).table_valued("value")
    at_keys = input_rows.c.key.in_(select(wanted.c.value))
    query = _history(slug).where(input_rows.c.tab == bindparam("of_tab"), at_keys)
    return {
        (row.seen.tab, row.seen.key): row
        for tab, each in by_tab.items()
        for row in _history_rows(db, query, {"of_tab": tab, "keys": json.dumps(each)})
    }


def row_changes(db: Connection, slug: str, since_at: datetime | None) -> list[RowChange]:
    """Give the changes of manager, amount and payment date, and rows gone or back, oldest first."""
    table = input_row_changes.c
    query = select(input_row_changes).where(table.client == slug).order_by(table.id)
    if since_at is not None:
        query = query.where(table.changed_at >= since_at)
    return [
        RowChange(
            row["tab"],
            row["key"],
            row["changed_at"],
            RowEvent(row["event"]),
            strict_record(row["before"]),
            strict_record(row["after"]),
        )
        for row in db.execute(query).mappings()
    ]
