"""Past the ledger, straight in the database: what was frozen, recorded, sealed or paid cannot be changed."""

from __future__ import annotations

import pytest
from sqlalchemy import Column, Engine, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from ledger import Ledger
from ledger.tables import APPEND_ONLY, clients, metadata, months
from tests.unit.ledger.builders import NOW, OCTOBER, SEPTEMBER, adopt_nothing, close

COLUMNS = [column for name in APPEND_ONLY for column in metadata.tables[name].columns]
PAID = {"paid": [{"number": "1"}], "carried_tiyn": {}}


@pytest.fixture(autouse=True)
def closed_month(book: Ledger) -> None:
    close(book, SEPTEMBER, adjustments=PAID)
    adopt_nothing(book)


def contents(intruder: Engine, name: str) -> list[tuple[object, ...]]:
    with intruder.connect() as db:
        return [tuple(row) for row in db.execute(select(metadata.tables[name]))]


def refused(intruder: Engine, name: str, statement: object, word: str = "append-only") -> None:
    before = contents(intruder, name)
    assert before
    with pytest.raises(DBAPIError, match=word), intruder.begin() as db:
        db.execute(statement)  # type: ignore[call-overload]
    assert contents(intruder, name) == before


@pytest.mark.parametrize("column", COLUMNS, ids=str)
def test_no_column_of_an_append_only_table_is_updated(intruder: Engine, column: Column[object]) -> None:
    value = 99 if column.type.python_type is int else "changed"
    refused(intruder, column.table.name, update(column.table).values({column: value}))


@pytest.mark.parametrize("name", APPEND_ONLY)
def test_no_row_of_an_append_only_table_is_deleted(intruder: Engine, name: str) -> None:
    refused(intruder, name, delete(metadata.tables[name]))


@pytest.mark.parametrize("name", APPEND_ONLY)
def test_no_row_of_an_append_only_table_is_replaced(intruder: Engine, name: str) -> None:
    table = metadata.tables[name]
    rows = [dict(row) for row in _rows(intruder, name)]
    last = [column.name for column in table.columns if not column.primary_key][-1:]
    for row in rows:
        row.update({column: 9 if table.c[column].type.python_type is int else "{}" for column in last})
        if intruder.dialect.name == "sqlite":
            refused(intruder, name, insert(table).prefix_with("OR REPLACE").values(row))
        else:
            from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - another statement of the same name

            statement = postgresql.insert(table).values(row)
            key = [column.name for column in table.primary_key]
            refused(intruder, name, statement.on_conflict_do_update(index_elements=key, set_=row))


def _rows(intruder: Engine, name: str) -> list[dict[str, object]]:
    with intruder.connect() as db:
        return [dict(row) for row in db.execute(select(metadata.tables[name])).mappings()]


def test_a_seal_is_not_replaced_by_another_one_of_its_month(intruder: Engine) -> None:
    (row,) = _rows(intruder, "seals")
    values = row | {"number": 2, "signature": "00"}
    statement = insert(metadata.tables["seals"]).values(values)
    word = "append-only"
    if intruder.dialect.name == "sqlite":
        statement = statement.prefix_with("OR REPLACE")
    else:
        word = "uq_seals_client_month"
    refused(intruder, "seals", statement, word)


@pytest.mark.parametrize("name", [*APPEND_ONLY, "months", "clients"])
def test_no_table_is_emptied_at_once(intruder: Engine, name: str) -> None:
    if intruder.dialect.name == "postgresql":
        refused(intruder, name, text(f"TRUNCATE {name} CASCADE"))
    else:
        refused(intruder, name, delete(metadata.tables[name]), "append-only|stays|moves on")


@pytest.mark.parametrize("name", [*APPEND_ONLY, "months", "clients"])
def test_no_row_has_a_hidden_number_to_replace_it_by(intruder: Engine, name: str) -> None:
    refused_word = "no such column|does not exist"
    with pytest.raises(DBAPIError, match=refused_word), intruder.connect() as db:
        db.execute(text(f"SELECT rowid FROM {name}"))  # noqa: S608 - a name from this file


@pytest.mark.parametrize(
    "values",
    [{"state": "review"}, {"state": "open"}, {"state": "planning"}, {"shadow": True}, {"month": "2026-10"},
     {"since_at": NOW}],
    ids=str,
)  # fmt: skip
def test_a_closed_month_does_not_change(intruder: Engine, values: dict[str, object]) -> None:
    refused(intruder, "months", update(months).values(values), "only moves on")
    refused(intruder, "months", delete(months), "only moves on|append-only")


def test_a_month_is_not_closed_without_its_seal(book: Ledger, intruder: Engine) -> None:
    row = {"client": "acme", "month": "2026-10", "state": "closed", "shadow": False, "since_at": NOW}
    refused(intruder, "months", insert(months).values(row), "only moves on")
    book.set_month_state("acme", OCTOBER, "open", at=NOW)
    october = update(months).where(months.c.month == "2026-10")
    refused(intruder, "months", october.values(state="closed"), "only moves on")
    book.set_month_state("acme", OCTOBER, "review", at=NOW)
    for state in ("closed", "open", "planning"):
        refused(intruder, "months", october.values(state=state), "only moves on")


def test_a_client_keeps_his_short_name_and_stays(intruder: Engine) -> None:
    with intruder.begin() as db:
        db.execute(insert(clients).values(**_rows(intruder, "clients")[0] | {"slug": "zeta"}))
    zeta = clients.c.slug == "zeta"  # nothing refers to it, so no foreign key helps
    refused(intruder, "clients", update(clients).where(zeta).values(slug="zeta2"), "short name|append-only")
    refused(intruder, "clients", delete(clients).where(zeta), "short name|append-only")


def test_a_row_without_a_client_is_refused(url: str, book: Ledger) -> None:
    engine = book._database._engine
    row = {"client": "nobody", "month": "2026-10", "state": "open", "shadow": False, "since_at": NOW}
    with pytest.raises(DBAPIError, match=r"(?i)foreign key"), engine.begin() as db:
        db.execute(insert(months).values(row))
