from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from ledger import Ledger, SchemaError, open_ledger
from ledger.migrating import configuration
from ledger.tables import SCHEMA_VERSION, metadata


def test_tables_and_migrations_agree(book: Ledger, intruder: Engine) -> None:
    with intruder.connect() as db:
        context = MigrationContext.configure(db, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_the_newest_migration_is_the_version_of_the_tables(book: Ledger, intruder: Engine) -> None:
    with intruder.connect() as db:
        script = ScriptDirectory.from_config(configuration(db))
        assert script.get_heads() == [SCHEMA_VERSION]
        assert db.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [SCHEMA_VERSION]


def test_a_ledger_of_a_newer_version_is_left_alone(url: str, book: Ledger, intruder: Engine) -> None:
    with intruder.begin() as db:
        db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaError, match="newer version"):
        open_ledger(url)
    with intruder.connect() as db:
        assert db.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"


def test_opening_again_keeps_everything(url: str, book: Ledger) -> None:
    with open_ledger(url) as again:
        assert again.clients() == book.clients()


def test_alembic_is_loaded_only_for_a_ledger_that_is_not_current(tmp_path: Path) -> None:
    with open_ledger(folder=tmp_path):
        pass
    program = (
        "import sys, pathlib, ledger\n"
        "ledger.open_ledger(folder=pathlib.Path(sys.argv[1])).close()\n"
        "print([name for name in ('alembic', 'prefect', 'gspread') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
