"""Which overrides of lines fit a customer, and the lines of each set of them."""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    "ALTER TABLE current_assessment ADD COLUMN line_set bigint NOT NULL DEFAULT 0",
    "ALTER TABLE assessed_line ADD COLUMN line_set bigint NOT NULL DEFAULT 0",
    "ALTER TABLE assessed_line DROP CONSTRAINT assessed_line_pkey, DROP CONSTRAINT assessed_line_indicator_id_key",
    "ALTER TABLE assessed_line ADD PRIMARY KEY (line_set, position)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
