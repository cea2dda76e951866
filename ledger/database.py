"""The connection to the ledger's database: one transaction a call, and errors that show no content."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, inspect, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, SQLAlchemyError

from kpi_rules.errors import (
    LedgerAddressError,
    LedgerError,
    LedgerUnavailableError,
    SchemaError,
    TabloError,
    UnknownClientError,
)
from ledger.tables import SCHEMA_VERSION, clients

BUSY_SECONDS = 20
"""How long a call waits for another one's transaction before it gives up."""
_WRITES = "ledger_writes"
_Given = ParamSpec("_Given")
_Answer = TypeVar("_Answer")


class Database:
    """Runs pieces of work, each in a transaction of its own: all of it is kept, or nothing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __repr__(self) -> str:
        return f"<Database {self._engine.dialect.name}>"

    def close(self) -> None:
        """Give back all connections."""
        self._engine.dispose()

    def read(
        self,
        work: Callable[Concatenate[Connection, _Given], _Answer],
        *given: _Given.args,
        **named: _Given.kwargs,
    ) -> _Answer:
        """Run work that only reads; it sees one state of the database throughout."""
        options: dict[str, Any] = {} if self._is_sqlite else {"isolation_level": "REPEATABLE READ"}
        return self._run(options, lambda db: work(db, *given, **named))

    def write(
        self,
        slug: str,
        work: Callable[Concatenate[Connection, str, _Given], _Answer],
        *given: _Given.args,
        **named: _Given.kwargs,
    ) -> _Answer:
        """Run work that writes for one client; nobody else writes for that client meanwhile.

        Raises UnknownClientError before the work where there is no such client.
        """

        def locked(db: Connection) -> _Answer:
            row = select(clients.c.slug).where(clients.c.slug == slug).with_for_update(key_share=True)
            if db.execute(row).first() is None:
                raise UnknownClientError(slug)
            return work(db, slug, *given, **named)

        return self._run({_WRITES: True}, locked)

    def write_unlocked(
        self,
        work: Callable[Concatenate[Connection, _Given], _Answer],
        *given: _Given.args,
        **named: _Given.kwargs,
    ) -> _Answer:
        """Run work that writes and concerns no client that exists yet."""
        return self._run({_WRITES: True}, lambda db: work(db, *given, **named))

    @contextmanager
    def alone(self, name: str) -> Iterator[bool]:
        """Hold a lock of that name for the time of a `with`; False where another process holds it.

        A dead holder leaves none behind: the file's lock ends with its process, the server's with the connection.
        """
        if self._is_sqlite:
            with _file_lock(Path(str(self._engine.url.database)).with_suffix(f".{name}.lock")) as held:
                yield held
            return
        try:
            held_by = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            held = bool(
                held_by.execute(text("SELECT pg_try_advisory_lock(hashtext(:name))"), {"name": name}).scalar()
            )
        except SQLAlchemyError as error:
            raise _without_content(error) from None
        try:
            yield held
        finally:
            held_by.invalidate()  # ends the session, and the lock with it
            held_by.close()

    @property
    def _is_sqlite(self) -> bool:
        return self._engine.dialect.name == "sqlite"

    def _run(self, options: dict[str, Any], work: Callable[[Connection], _Answer]) -> _Answer:
        try:
            with self._engine.connect().execution_options(**options) as db, db.begin():
                return work(db)
        except SQLAlchemyError as error:
            failure = _without_content(error)
        raise failure  # outside of the handler: the driver's own text may quote a row


def _without_content(error: SQLAlchemyError) -> TabloError:
    """Turn a database's error into a sentence that quotes nothing but its code."""
    cause = error.orig if isinstance(error, DBAPIError) else None
    code = (
        getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None) or type(error).__name__
    )
    if code == "SQLITE_NOTADB":
        return SchemaError("this file is not a ledger; give the ledger's own file or folder")
    if refused := _refused_by_disk(str(code)):
        return refused
    if str(code).startswith("SQLITE_CANTOPEN"):
        return LedgerAddressError(
            f"the ledger's file, or one that it needs beside it, cannot be opened ({code})"
        )
    if isinstance(error, OperationalError):
        return LedgerUnavailableError(
            f"the ledger's database is busy or cannot be reached ({code}); try again"
        )
    return LedgerError(f"the ledger's database refused the entry ({code})")


_DISK_FULL = frozenset(
    {"SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE", "53100", "ENOSPC", "EDQUOT"}
)
_READ_ONLY = ("SQLITE_READONLY", "25006", "EROFS")


def _refused_by_disk(code: str) -> LedgerError | None:
    """Give the refusal that stands behind a code of SQLite, PostgreSQL or the operating system; None: another one.

    Waiting does not help, a person has to make room or to give the right back; nothing of the call was kept.
    """
    if code in _DISK_FULL:
        return LedgerError(f"there is no room left where the ledger lies ({code})", "ledger_disk_full")
    if code.startswith(_READ_ONLY):
        return LedgerError(f"the ledger can only be read ({code})", "ledger_read_only")
    return None


def connect(url: str | None, folder: Path | None) -> Database:
    """Open the database of a URL, else the SQLite file of a folder, and bring it to the newest version."""
    database = open_database(url, folder)
    try:
        if database.read(_version) != SCHEMA_VERSION:
            from ledger.migrating import upgrade  # noqa: PLC0415 - Alembic is slow to load and seldom needed

            database.write_unlocked(upgrade)
    except BaseException:
        database.close()
        raise
    return database


def open_database(url: str | None, folder: Path | None) -> Database:
    """Open a database as it is; a SQLite file that is not there is made, with nothing in it."""
    target = _address(url, folder)
    if target.get_backend_name() == "sqlite":
        engine = _sqlite_engine(target)
    elif target.get_backend_name() == "postgresql":
        engine = _postgres_engine(target)
    else:
        raise LedgerAddressError(
            f"the ledger runs on SQLite and PostgreSQL, not on {target.get_backend_name()}"
        )
    return Database(engine)


def sqlite_file(url: str | None, folder: Path | None) -> Path | None:
    """Give the file that the ledger lies in; None where it lies on a server. Raises LedgerAddressError."""
    target = _address(url, folder)
    return Path(str(target.database)) if target.get_backend_name() == "sqlite" else None


def _address(url: str | None, folder: Path | None) -> URL:
    if url is None and folder is None:
        raise LedgerAddressError("say where the ledger lies: a database URL or a folder")
    try:
        return (
            make_url(url)
            if url
            else URL.create("sqlite", database=str(Path(folder or ".") / "ledger.sqlite"))
        )
    except ArgumentError:
        raise LedgerAddressError(
            "this is no database URL; write postgresql://user@host/name or sqlite:///file"
        ) from None


def _sqlite_engine(url: URL) -> Engine:
    if not url.database or url.database == ":memory:":
        raise LedgerAddressError("the ledger needs a file: what it keeps must outlive the process")
    path = Path(url.database)
    try:
        if not path.exists():
            _create_sqlite(path)
        path.chmod(0o600)  # it holds pay; SQLite gives its side files the same mode
    except (OSError, sqlite3.Error) as error:
        raise _unopened(path, error) from None
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def _file_lock(path: Path) -> Iterator[bool]:
    """Lock a file that holds nothing; it stays where it is, for taking it away would let two in."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _unopened(path, error) from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


def _unopened(path: Path, error: OSError | sqlite3.Error) -> LedgerError:
    """Say why there is no file to work with."""
    if isinstance(error, OSError):
        code, why = errno.errorcode.get(error.errno or 0, ""), error.strerror
    else:
        code = why = str(getattr(error, "sqlite_errorname", None) or type(error).__name__)
    return _refused_by_disk(code) or LedgerAddressError(f"the ledger cannot be opened at {path}: {why}")


def _create_sqlite(path: Path) -> None:
    """Make an empty file that has its write-ahead log from the start, and put it into place at once.

    Switching that on later fails when two processes open a new ledger at the same moment.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    os.close(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with closing(sqlite3.connect(draft)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
        with suppress(FileExistsError):  # another process was first; its file holds
            path.hardlink_to(draft)
    finally:
        draft.unlink()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun below, not by the driver's guess
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(db: Connection) -> None:
    """Take the write lock at the start: two writers then queue, instead of one failing half-way."""
    db.exec_driver_sql("BEGIN IMMEDIATE" if db.get_execution_options().get(_WRITES) else "BEGIN")


def _postgres_engine(url: URL) -> Engine:
    try:
        return create_engine(
            url.set(drivername="postgresql+psycopg"),
            hide_parameters=True,
            pool_pre_ping=True,
            connect_args={
                "options": f"-c lock_timeout={int(BUSY_SECONDS * 1000)}ms",
                "connect_timeout": max(int(BUSY_SECONDS), 2),
            },
        )
    except ModuleNotFoundError:
        raise LedgerAddressError(
            "PostgreSQL needs the driver psycopg: pip install 'psycopg[binary]'"
        ) from None


def _version(db: Connection) -> str | None:
    """Tell which migration the database is at; None for an empty one."""
    if not inspect(db).has_table("alembic_version"):
        return None
    return db.execute(text("SELECT version_num FROM alembic_version")).scalar()
