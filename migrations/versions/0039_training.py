"""Compliance trainings: rounds of courses by person, recorded by another person with evidence."""

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE training (
        training_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, person text NOT NULL, course_id text NOT NULL,
        round integer NOT NULL CHECK (round > 0), is_mandatory boolean NOT NULL,
        state text NOT NULL DEFAULT 'assigned' CHECK (state IN ('assigned', 'lapsed', 'done', 'ended')),
        version integer NOT NULL DEFAULT 1, assigned_at timestamptz NOT NULL, last_day date NOT NULL, lapses_at timestamptz NOT NULL,
        completed_on date, evidence text, recorded_by text, recorded_at timestamptz,
        UNIQUE (person, course_id, round),
        CONSTRAINT training_is_recorded_by_another CHECK (recorded_by <> person),
        CONSTRAINT training_has_evidence CHECK (state <> 'done'
            OR (completed_on IS NOT NULL AND recorded_by IS NOT NULL AND recorded_at IS NOT NULL AND btrim(coalesce(evidence, '')) <> '')))""",
    "CREATE UNIQUE INDEX training_open ON training (person, course_id) WHERE state IN ('assigned', 'lapsed')",
    "CREATE INDEX training_overdue ON training (lapses_at) WHERE state = 'assigned'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
