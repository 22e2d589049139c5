"""What the current relations follow from, so that they are read again only when that changed."""

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE relation_state (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), state jsonb NOT NULL)""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
