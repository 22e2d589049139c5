"""Packs are stored as they are: compressing ten thousand of them took longer than writing them and saved a third of their room."""

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE review ALTER COLUMN pack SET STORAGE EXTERNAL")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
