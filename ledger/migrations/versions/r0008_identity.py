"""Whose the files are: ids of the ledger and of its clients, clients begun, and turns at writing their months."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

from ledger.migrating import make_append_only

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
    for table, keys in APPEND_ONLY.items():
        make_append_only(table, *keys)


def _give_ids() -> None:
    db = op.get_bind()
    identity, clients = (
        sa.table("identity", sa.column("id")),
        sa.table("clients", sa.column("slug"), sa.column("id")),
    )
    context = op.get_context().config
    given = context.attributes.get("ledger_id") if context else None
    db.execute(identity.insert().values(id=given or uuid.uuid4().hex))  # a restored ledger keeps its own
    for slug in db.execute(sa.select(clients.c.slug)).scalars().all():
        db.execute(clients.update().where(clients.c.slug == slug).values(id=uuid.uuid4().hex))
