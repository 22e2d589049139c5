"""What customers paid on account beyond all that was due is kept with their assessment."""

from alembic import op

revision = "0075"
down_revision = "0074"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = ("ALTER TABLE current_assessment ADD COLUMN unapplied float8 NOT NULL DEFAULT 0",)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
