"""The database says which programs may still work with it: old and new ones run side by side while one after the other is restarted.

A program of before this number refuses any newer database. A migration that programs of before would not survive says so by
``oldest_program``; every other one must leave what there is as it is (tests/repository).
"""

from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

STATEMENTS = (
    """CREATE TABLE oldest_program (only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), schema text NOT NULL)""",
    "INSERT INTO oldest_program (schema) VALUES ('0057')",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
