"""Sums of the portfolio say of how many customers they leave something out for want of an exchange rate."""

from alembic import op

revision = "0077"
down_revision = "0076"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = ("ALTER TABLE portfolio_group ADD COLUMN in_part bigint NOT NULL DEFAULT 0",)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
