"""Indexes by which auditors search the event log: by time, by actor, by the subject's number alone."""

from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    "CREATE INDEX audit_event_time ON audit_event (recorded_at, seq)",
    "CREATE INDEX audit_event_actor ON audit_event (actor, seq)",
    "CREATE INDEX audit_event_subject_id ON audit_event (subject_id, subject_type, seq)",
    "DROP INDEX audit_event_subject",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
