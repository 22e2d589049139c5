"""What the connections to CRMs were used for: calls and credits of reading, writing and asking alike, so that a day's budget counts all."""

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE crm_use (
        use_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, connection text NOT NULL, used_at timestamptz NOT NULL,
        calls integer NOT NULL CHECK (calls >= 0), credits integer NOT NULL CHECK (credits >= 0))""",
    "CREATE INDEX crm_use_day ON crm_use (connection, used_at)",
    "INSERT INTO crm_use (connection, used_at, calls, credits) SELECT connection, mark, calls, credits FROM crm_pull",
    "DROP INDEX crm_pull_day",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
