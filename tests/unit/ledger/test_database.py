from __future__ import annotations

import errno
import logging
import os
import sqlite3
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, event, insert, text
from sqlalchemy.exc import DBAPIError, OperationalError

from kpi_rules.errors import RetryableError
from ledger import FrozenKind, Ledger, LedgerError, LedgerUnavailableError, SchemaError, open_ledger
from ledger.database import _without_content
from ledger.tables import steps
from tests.unit.ledger.builders import NOW, OCTOBER, TTL, a_client


def test_the_file_is_for_its_owner_only_with_all_its_side_files(tmp_path: Path) -> None:
    mask = os.umask(0)
    try:
        with open_ledger(folder=tmp_path / "data") as book:
            book.add_client(a_client())
            files = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "data").iterdir()}
    finally:
        os.umask(mask)
    assert files == dict.fromkeys(["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"], 0o600)
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_a_file_that_was_open_to_others_is_closed_to_them(tmp_path: Path) -> None:
    open_ledger(folder=tmp_path).close()
    (tmp_path / "ledger.sqlite").chmod(0o644)
    open_ledger(folder=tmp_path).close()
    assert (tmp_path / "ledger.sqlite").stat().st_mode & 0o777 == 0o600


def test_sqlite_keeps_what_it_answered_and_checks_its_references(tmp_path: Path) -> None:
    with open_ledger(folder=tmp_path) as book, book._database._engine.connect() as db:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        found = [db.execute(text(f"PRAGMA {name}")).scalar() for name in names]
    assert found == ["wal", 2, 1, 20_000]


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("rubbish", "no database URL"),
        ("mysql://root@localhost/x", "SQLite and PostgreSQL, not on mysql"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
    ],
)
def test_a_wrong_url_is_said_so(url: str, word: str) -> None:
    with pytest.raises(LedgerError, match=word):
        open_ledger(url)


def test_neither_url_nor_folder_is_said_so() -> None:
    with pytest.raises(LedgerError, match="say where"):
        open_ledger()


def test_a_file_that_is_no_ledger_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"a spreadsheet, perhaps" * 100)
    with pytest.raises(SchemaError, match="not a ledger"):
        open_ledger(folder=tmp_path)
    assert path.read_bytes() == b"a spreadsheet, perhaps" * 100


def test_a_place_where_nothing_can_be_kept_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerError, match="cannot be opened"):
        open_ledger(folder=tmp_path / "file" / "below")


@pytest.mark.postgres
def test_a_server_that_does_not_answer_is_said_so_without_the_password() -> None:
    with pytest.raises(LedgerUnavailableError, match="cannot be reached") as caught:
        open_ledger("postgresql://kpi:sesame@127.0.0.1:1/kpi")
    assert "sesame" not in str(caught.value)
    assert caught.value.__context__ is None


def test_a_call_that_fails_half_way_keeps_nothing(book: Ledger) -> None:
    def half(db: Connection, slug: str) -> None:
        row = {
            "client": slug,
            "month": "2026-10",
            "name": "archive",
            "token": 1,
            "record": "{}",
            "digest": "d",
        }
        db.execute(insert(steps).values(row))
        raise RuntimeError("cut off")

    with pytest.raises(RuntimeError, match="cut off"):
        book._database.write("acme", half)
    assert book.steps("acme", OCTOBER) == {}


@pytest.mark.parametrize("wrong", [{"digest": None}, {"client": "nobody"}, {"token": frozenset()}], ids=str)
def test_no_error_of_the_database_quotes_a_row(
    book: Ledger, caplog: pytest.LogCaptureFixture, wrong: dict[str, object]
) -> None:
    def refused(db: Connection, slug: str) -> None:
        row = {
            "client": slug,
            "month": "2026-10",
            "name": "pay",
            "token": None,
            "record": "417255",
            "digest": "d",
        }
        db.execute(insert(steps).values(row | wrong))

    caplog.set_level(logging.DEBUG)
    with pytest.raises(LedgerError, match="refused the entry") as caught:
        book._database.write("acme", refused)
    assert "417255" not in str(caught.value)
    assert caught.value.__context__ is None
    assert "417255" not in caplog.text


def test_no_repr_of_a_ledger_shows_its_place_or_password(book: Ledger) -> None:
    assert "sqlite:///" not in repr(book._database)
    assert "tablo@" not in repr(book._database)


def test_a_busy_ledger_is_said_so(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.database.BUSY_SECONDS", 0.05)
    with open_ledger(url) as book, open_ledger(url) as other:
        book.add_client(a_client())

        def inside(db: Connection, slug: str) -> None:
            with pytest.raises(LedgerUnavailableError, match="busy"):
                other.lease("acme", OCTOBER, "b", NOW, TTL)

        book._database.write("acme", inside)
        assert other.lease("acme", OCTOBER, "b", NOW, TTL).token == 1


def limited(book: Ledger, *pragmas: str) -> None:
    """Have SQLite itself refuse from now on, as it does on a full or a read-only disk."""

    def limit(connection: Any, _record: Any) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}").close()

    book._database._engine.dispose()
    event.listen(book._database._engine, "connect", limit)


def test_a_full_disk_is_told_as_such_and_keeps_nothing_of_the_call(tmp_path: Path) -> None:
    with open_ledger(folder=tmp_path) as book:
        book.add_client(a_client())
        limited(book, "max_page_count=1")  # SQLite takes the present size for the least
        tried: list[str] = []

        def fill() -> None:
            while len(tried) < 500:
                tried.append(f"M{len(tried)}")
                book.freeze("acme", OCTOBER, FrozenKind.PLAN, tried[-1], {"text": "x" * 4096}, NOW)

        with pytest.raises(LedgerError) as refused:
            fill()
        assert refused.value.code == "ledger_disk_full"
        assert not isinstance(refused.value, RetryableError), "waiting makes no room"
        assert set(book.frozen("acme", OCTOBER, FrozenKind.PLAN)) == set(tried[:-1])
    with open_ledger(folder=tmp_path) as book:
        assert book.freeze("acme", OCTOBER, FrozenKind.PLAN, tried[-1], {"text": "x" * 4096}, NOW)
        assert book.check("acme") == []


def test_a_ledger_that_can_only_be_read_is_told_as_such_and_can_be_read(tmp_path: Path) -> None:
    with open_ledger(folder=tmp_path) as book:
        book.add_client(a_client())
        limited(book, "query_only=ON")
        with pytest.raises(LedgerError) as refused:
            book.update_client("acme", name="Другое")
        assert refused.value.code == "ledger_read_only"
        assert [client.slug for client in book.clients()] == ["acme"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (psycopg.errors.DiskFull(), "ledger_disk_full"),
        (psycopg.errors.ReadOnlySqlTransaction(), "ledger_read_only"),
        (psycopg.errors.TooManyConnections(), "ledger_unavailable"),
        (psycopg.errors.InsufficientPrivilege(), "ledger_refused"),
    ],
)
def test_a_servers_disk_is_told_alike(error: psycopg.Error, code: str) -> None:
    kind = OperationalError if isinstance(error, psycopg.OperationalError) else DBAPIError
    assert _without_content(kind("INSERT", {}, error)).code == code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "ledger_disk_full"),
        (OSError(errno.EROFS, "Read-only file system"), "ledger_read_only"),
        (OSError(errno.EACCES, "Permission denied"), "ledger_unopened"),
        (sqlite3.OperationalError("unable to open database file"), "ledger_unopened"),
    ],
)
def test_a_new_ledger_that_the_disk_does_not_take_is_told_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, code: str
) -> None:
    def fails(*_given: Any) -> None:
        raise error

    monkeypatch.setattr(sqlite3, "connect", fails)
    with pytest.raises(LedgerError) as refused:
        open_ledger(folder=tmp_path)
    assert refused.value.code == code
    assert list(tmp_path.iterdir()) == []
