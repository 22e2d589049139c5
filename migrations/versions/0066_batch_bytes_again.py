"""Bytes are no longer recorded once only, but once after each thing a source said: see 0065."""

from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None
oldest_program = "0065"

STATEMENTS = (
    "ALTER TABLE batch DROP CONSTRAINT batch_source_id_sha256_key",
    "ALTER TABLE batch ADD CONSTRAINT batch_is_said_once UNIQUE (source_id, sha256, after_batch)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
