"""Bringing the database to the newest version; loaded only when it is not there yet."""

from __future__ import annotations

from pathlib import Path

from alembic import command, op
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from kpi_rules.errors import SchemaError

_LOCK = 0x7AB10  # any number: everybody who migrates this database takes the same one


def configuration(db: Connection) -> Config:
    """Give Alembic's settings for this connection; the migrations lie inside the package."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["connection"] = db
    return config


def make_append_only(table: str, *keys: str) -> None:
    """Let rows of a table be added and nothing else, whoever asks; `keys` are its primary key. For migrations.

    PostgreSQL's function `tablo_refuse` is of the first migration.
    """
    if op.get_bind().dialect.name == "postgresql":
        for name, event, each in (
            ("no_change", "UPDATE OR DELETE", "ROW"),
            ("no_truncate", "TRUNCATE", "STATEMENT"),
        ):
            op.execute(
                f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} "
                f"FOR EACH {each} EXECUTE FUNCTION tablo_refuse()"
            )
        return
    refusal = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    for action in ("UPDATE", "DELETE"):
        op.execute(f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} {refusal}")
    same = " AND ".join(f"{key} = NEW.{key}" for key in keys)
    exists = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - names of our own tables
    op.execute(f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {exists} {refusal}")


def known_versions() -> set[str]:
    """Give the versions of the tables that this program knows."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    return {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}


def upgrade(db: Connection, to: str = "head", ledger_id: str = "") -> None:
    """Run the missing migrations in the caller's transaction; of two at once, the second finds them done.

    `to` is the version to stop at; a ledger that is made has the `ledger_id`, else a new one. Raises SchemaError when
    the database is at a version that this program does not know.
    """
    if db.dialect.name == "postgresql":
        db.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
    config = configuration(db)
    config.attributes["ledger_id"] = ledger_id
    present = MigrationContext.configure(db).get_current_revision()
    if present is not None and present not in known_versions():
        raise SchemaError("this ledger was written by a newer version of the program; install that version")
    command.upgrade(config, to)
