"""Who may take a duty over when its owner is gone, and who never; the duties of before go where their subject goes."""

from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    "ALTER TABLE duty ADD COLUMN roles text[] NOT NULL DEFAULT '{}', ADD COLUMN barred text[] NOT NULL DEFAULT '{}'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
