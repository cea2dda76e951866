"""Bringing the database to the newest version; loaded only when it is not there yet."""

from __future__ import annotations

from pathlib import Path

from alembic import command
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


def upgrade(db: Connection) -> None:
    """Run the missing migrations in the caller's transaction; of two at once, the second finds them done.

    Raises SchemaError when the database is at a version that this program does not know.
    """
    if db.dialect.name == "postgresql":
        db.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
    config = configuration(db)
    present = MigrationContext.configure(db).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if present is not None and present not in known:
        raise SchemaError("this ledger was written by a newer version of the program; install that version")
    command.upgrade(config, "head")
