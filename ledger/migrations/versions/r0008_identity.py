"""Whose the files are: ids of the ledger and of its clients, clients begun, and turns at writing their months."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

APPEND_ONLY = {"identity": ("id",), "begun_clients": ("slug",), "turns": ("client", "number")}


def upgrade() -> None:
    """Give the ledger and each of its clients an id; create the tables, in the manner of the other append-only ones."""
    op.create_table(
        "identity",
        sa.Column("id", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_identity"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "begun_clients",
        sa.Column("slug", sa.String(100), nullable=False),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("slug", name="pk_begun_clients"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "turns",
        sa.Column("client", sa.String(100), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("word", sa.String(32), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["client"], ["clients.slug"], name="fk_turns_client"),
        sa.PrimaryKeyConstraint("client", "number", name="pk_turns"),
        sqlite_with_rowid=False,
    )
    op.add_column("clients", sa.Column("id", sa.String(32), nullable=False, server_default=sa.text("''")))
    _give_ids()
    _guard()


def _give_ids() -> None:
    db = op.get_bind()
    identity, clients = (
        sa.table("identity", sa.column("id")),
        sa.table("clients", sa.column("slug"), sa.column("id")),
    )
    db.execute(identity.insert().values(id=uuid.uuid4().hex))
    for slug in db.execute(sa.select(clients.c.slug)).scalars().all():
        db.execute(clients.update().where(clients.c.slug == slug).values(id=uuid.uuid4().hex))


def _guard() -> None:
    for table, keys in APPEND_ONLY.items():
        if op.get_bind().dialect.name == "postgresql":
            for name, event, each in (
                ("no_change", "UPDATE OR DELETE", "ROW"),
                ("no_truncate", "TRUNCATE", "STATEMENT"),
            ):
                op.execute(
                    f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} "
                    f"FOR EACH {each} EXECUTE FUNCTION tablo_refuse()"
                )
            continue
        refusal = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for action in ("UPDATE", "DELETE"):
            op.execute(f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} {refusal}")
        same = " AND ".join(f"{key} = NEW.{key}" for key in keys)
        exists = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - names from this file
        op.execute(f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {exists} {refusal}")
