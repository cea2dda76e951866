"""Alembic's entry: runs on the connection and in the transaction that it is given."""

from alembic import context

from ledger.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata)
context.run_migrations()
