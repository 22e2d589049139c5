"""Runs the numbered migrations on the connection the caller hands over; the table ``schema_version`` keeps our own history."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, version_table="schema_version", transaction_per_migration=False)
with context.begin_transaction():
    context.run_migrations()
