"""A message that only reminds of what was done while it waited ends as overtaken: it is neither sent nor given up."""

from alembic import op

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None
oldest_program = "0065"  # the constraints only allow one state more; what 0066 asks of older programs stays

STATEMENTS = (
    """ALTER TABLE message DROP CONSTRAINT message_state_check, DROP CONSTRAINT message_check2,
        ADD CONSTRAINT message_state_check CHECK (state IN ('queued', 'sending', 'accepted', 'refused', 'unknown', 'dead', 'overtaken')),
        ADD CONSTRAINT message_ended CHECK ((state IN ('accepted', 'dead', 'overtaken')) = (ended_at IS NOT NULL))""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
