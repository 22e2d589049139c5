"""Tables of the intake room."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE batch (
        batch_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, source_id text NOT NULL, system text NOT NULL,
        stage text NOT NULL CHECK (stage IN ('crm', 'finance')), sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
        file_name text NOT NULL, size_bytes bigint NOT NULL CHECK (size_bytes >= 0), mapping_digest text NOT NULL,
        as_of date NOT NULL, received_at timestamptz NOT NULL,
        state text NOT NULL CHECK (state IN ('landed', 'validated', 'held', 'published', 'duplicate', 'refused')),
        duplicate_of bigint REFERENCES batch (batch_id), counts jsonb NOT NULL DEFAULT '{}', problem text,
        UNIQUE (source_id, sha256), CHECK ((state = 'refused') = (problem IS NOT NULL) OR state IN ('held', 'duplicate')))""",
    "CREATE INDEX batch_state ON batch (source_id, state, batch_id)",
    """CREATE TABLE inbox_file (
        source_id text NOT NULL, path text NOT NULL, size_bytes bigint NOT NULL, modified bigint NOT NULL,
        batch_id bigint NOT NULL REFERENCES batch (batch_id), PRIMARY KEY (source_id, path))""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
