"""Tables of the CRM room: what was pulled from a CRM and up to when, and the access token all processes share.

A token is sealed with the secret of its connection, so that whoever reads the database cannot use it.
"""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE crm_pull (
        pull_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, source_id text NOT NULL, connection text NOT NULL,
        object text NOT NULL, kind text NOT NULL CHECK (kind IN ('full', 'delta')), paths text[] NOT NULL,
        since timestamptz, mark timestamptz NOT NULL, base text CHECK (base ~ '^[0-9a-f]{64}$'), pages jsonb NOT NULL,
        extract text CHECK (extract ~ '^[0-9a-f]{64}$'), pulled_on date NOT NULL,
        rows integer NOT NULL CHECK (rows >= 0), changed integer NOT NULL CHECK (changed >= 0),
        deleted integer NOT NULL CHECK (deleted >= 0), calls integer NOT NULL CHECK (calls >= 0),
        credits integer NOT NULL CHECK (credits >= 0), batch_id bigint, recorded_at timestamptz NOT NULL,
        CHECK ((kind = 'full') = (since IS NULL)), CHECK (base IS NULL OR kind = 'delta'), CHECK (since < mark))""",
    "CREATE INDEX crm_pull_source ON crm_pull (source_id, pull_id)",
    "CREATE INDEX crm_pull_day ON crm_pull (connection, mark)",
    """CREATE TABLE crm_token (connection text PRIMARY KEY, sealed bytea NOT NULL, good_until timestamptz NOT NULL)""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
