"""What somebody owes includes what nobody did although its ladder is used up; both are found by owner."""

from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    "DROP INDEX duty_owner",
    "CREATE INDEX duty_owner ON duty (owner) WHERE state IN ('open', 'exhausted')",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
