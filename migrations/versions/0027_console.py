"""Table of the console room: which login is which person, with which roles.

One person is one login, so that nobody approves their own proposal by another; an auditor has no other role.
"""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE console_user (
        user_id text PRIMARY KEY CHECK (length(user_id) BETWEEN 1 AND 200), person text NOT NULL,
        roles text[] NOT NULL CHECK (cardinality(roles) > 0
            AND roles <@ ARRAY['risk_owner', 'approver', 'engineer', 'compliance', 'auditor', 'administrator']),
        granted_by text NOT NULL, granted_at timestamptz NOT NULL,
        CONSTRAINT console_user_person UNIQUE (person),
        CONSTRAINT console_user_auditor_alone CHECK (NOT 'auditor' = ANY(roles) OR cardinality(roles) = 1))""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
