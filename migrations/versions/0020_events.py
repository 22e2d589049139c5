"""Table of the events room: messages about customers, each once per source and key, and the batch its rows landed in.

``batch_sha256``, ``first_row`` and ``last_row`` say in which batch an event's rows are, before that batch exists: whoever is killed
in between lands the same bytes again.
"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE event (
        event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, source_id text NOT NULL,
        event_key text NOT NULL CHECK (length(event_key) BETWEEN 1 AND 200), system text NOT NULL, datasets text[] NOT NULL,
        sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'), size_bytes integer NOT NULL CHECK (size_bytes > 0),
        content_type text NOT NULL, rows integer NOT NULL CHECK (rows > 0), accounts text[] NOT NULL DEFAULT '{}',
        received_at timestamptz NOT NULL, received_through text NOT NULL CHECK (received_through IN ('webhook', 'queue', 'command')),
        state text NOT NULL CHECK (state IN ('received', 'landed', 'evaluated', 'quarantined', 'held', 'refused')),
        version integer NOT NULL DEFAULT 1, batch_sha256 text, first_row integer, last_row integer, batch_id bigint,
        problem text, evaluated_at timestamptz, run_id bigint,
        UNIQUE (source_id, event_key),
        CHECK ((batch_sha256 IS NULL) = (first_row IS NULL)), CHECK ((first_row IS NULL) = (last_row IS NULL)),
        CHECK (last_row >= first_row), CHECK (batch_id IS NULL OR batch_sha256 IS NOT NULL),
        CHECK ((state = 'evaluated') = (evaluated_at IS NOT NULL)), CHECK (state NOT IN ('refused', 'held') OR problem IS NOT NULL))""",
    "CREATE INDEX event_open ON event (event_id) WHERE state IN ('received', 'landed')",
    "CREATE INDEX event_received ON event (source_id, received_at)",
    "CREATE INDEX event_batch ON event (batch_id) WHERE batch_id IS NOT NULL",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
