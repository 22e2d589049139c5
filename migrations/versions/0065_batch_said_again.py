"""A batch may hold bytes that its source said before, when it said other things in between: it went back."""

from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

STATEMENTS = ("ALTER TABLE batch ADD COLUMN after_batch bigint NOT NULL DEFAULT 0",)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
