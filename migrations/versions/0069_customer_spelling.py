"""Chinese names are found by how they are spelled in Latin letters: ``pieces`` has the syllables and each three initials in a row.

Filled when customers are written, for all of them the first time. The name that was spelled stands beside it, so that a changed one is seen.
"""

from alembic import op

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None

STATEMENTS = (
    """CREATE TABLE customer_spelling (
        customer_key bigint PRIMARY KEY, name text NOT NULL, spelled text NOT NULL, initials text NOT NULL, pieces text[] NOT NULL)""",
    "CREATE INDEX customer_spelling_pieces ON customer_spelling USING gin (pieces)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
