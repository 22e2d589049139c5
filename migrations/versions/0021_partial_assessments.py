"""What a run over everybody learned, so that single customers can be judged between two of them by the same standards."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = ("ALTER TABLE assessment_head ADD COLUMN learned jsonb NOT NULL DEFAULT '{}'",)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
