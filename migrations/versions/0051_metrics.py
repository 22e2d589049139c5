"""Indexes for what is counted every half a minute: messages that were given up, duties whose ladder is used up, CRM writes under way."""

from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    "CREATE INDEX message_dead ON message (channel, ended_at) WHERE state = 'dead'",
    "CREATE INDEX duty_exhausted ON duty (kind) WHERE state = 'exhausted'",
    """CREATE INDEX crm_write_under_way ON crm_write (connection, state)
        WHERE state IN ('proposed', 'approved', 'writing', 'written', 'conflict', 'failed')""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
