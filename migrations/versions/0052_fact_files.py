"""The digest of every file of the fact tables, and the text of every mapping a batch was read with: what a replay compares and reads again."""

from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

STATEMENTS = (
    """CREATE TABLE fact_file (
        dataset text NOT NULL, path text NOT NULL, sha256 text NOT NULL CHECK (length(sha256) = 64), size_bytes bigint NOT NULL,
        recorded_at timestamptz NOT NULL, PRIMARY KEY (dataset, path))""",
    """CREATE TABLE mapping_text (
        digest text PRIMARY KEY CHECK (length(digest) = 64), source_id text NOT NULL, content text NOT NULL, first_used_at timestamptz NOT NULL)""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
