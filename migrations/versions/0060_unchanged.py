"""An extract that says again what we know is no new batch, but its feed delivered: the days on which that was so."""

from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE batch_unchanged (
        batch_id bigint NOT NULL REFERENCES batch (batch_id), as_of date NOT NULL, file_name text NOT NULL,
        received_at timestamptz NOT NULL, PRIMARY KEY (batch_id, as_of))""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
