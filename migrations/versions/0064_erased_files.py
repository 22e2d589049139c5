"""Which files an erasure rewrote, before and after, and when it was done with all of them: what is compared with them later."""

from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

STATEMENTS = (
    """CREATE TABLE erased_file (
        place text NOT NULL CHECK (place IN ('facts', 'raw')), name text NOT NULL, erasure_id bigint NOT NULL REFERENCES erasure,
        before_sha256 text NOT NULL CHECK (length(before_sha256) = 64), sha256 text NOT NULL CHECK (length(sha256) IN (0, 64)),
        size_bytes bigint NOT NULL, PRIMARY KEY (place, name, erasure_id))""",
    "ALTER TABLE erasure ADD COLUMN files_erased_at timestamptz CHECK (files_erased_at IS NULL OR state = 'erased')",
    "ALTER TABLE quarantine_row ADD COLUMN forgotten_at timestamptz",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
