"""Who looked back on an activation and who ended it: the database holds its leaders and whoever ends it apart."""

from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """ALTER TABLE activation ADD COLUMN looked_back_by text, ADD COLUMN ended_by text,
        ADD CONSTRAINT activation_four_eyes CHECK (ended_by IS NULL OR (
            ended_by <> owner AND ended_by <> coalesce(acknowledged_by, '') AND ended_by <> coalesce(looked_back_by, '')))""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
