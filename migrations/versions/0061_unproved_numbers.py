"""A registration number that proves nothing is searched for as it was delivered; those are few, so their index is small."""

from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    "CREATE INDEX account_unproved_number ON account (tax_id) WHERE tax_key IS NULL AND tax_id IS NOT NULL",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
