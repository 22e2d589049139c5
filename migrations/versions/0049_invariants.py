"""What the daily check found of each invariant."""

from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

STATEMENTS = (
    """CREATE TABLE invariant_finding (
        run_id bigint NOT NULL REFERENCES run (run_id), invariant text NOT NULL, broken bigint NOT NULL CHECK (broken >= 0),
        subjects text[] NOT NULL DEFAULT '{}', checked_at timestamptz NOT NULL, PRIMARY KEY (run_id, invariant))""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
