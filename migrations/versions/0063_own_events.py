"""Nobody writes into the log that a thing was decided which he has no right to change: row security of the log, for roles that are parted."""

from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    "ALTER TABLE audit_event ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY everybody_reads ON audit_event FOR SELECT USING (true)",
    """CREATE POLICY of_what_is_ones_own ON audit_event FOR INSERT WITH CHECK (
        subject_type NOT IN ('review', 'measure', 'activation', 'step', 'opinion', 'campaign', 'training', 'policy proposal', 'erasure',
            'legal_hold', 'console_user', 'console_token')
        OR has_table_privilege('public.' || replace(subject_type, ' ', '_'), 'INSERT, UPDATE'))""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
