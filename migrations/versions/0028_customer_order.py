"""Indexes for looking through customers: by class and exposure, or by owner."""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    "CREATE INDEX current_assessment_order ON current_assessment (risk_class, exposure, customer_key)",
    "CREATE INDEX customer_owner ON customer (owner_user)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
