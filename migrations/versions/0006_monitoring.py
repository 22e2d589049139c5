"""Table of the monitoring room: signals, one that is not cleared per subject and rule.

A dismissed signal still holds its place: while its cause lasts the same finding is not raised again.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE signal (
        signal_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        subject_type text NOT NULL CHECK (subject_type IN ('customer', 'feed')), subject_id text NOT NULL,
        customer_key bigint, rule_id text NOT NULL,
        severity text NOT NULL CHECK (severity IN ('warning', 'alarm', 'emergency')),
        state text NOT NULL DEFAULT 'triggered'
            CHECK (state IN ('triggered', 'under_review', 'escalated', 'confirmed', 'dismissed', 'cleared')),
        opened_on date NOT NULL, last_seen_on date NOT NULL, cleared_on date,
        value float8 CHECK (value <> 'NaN'), line float8 CHECK (line <> 'NaN'), evidence jsonb NOT NULL DEFAULT '{}',
        run_id bigint, version integer NOT NULL DEFAULT 1,
        CHECK ((subject_type = 'customer') = (customer_key IS NOT NULL)),
        CHECK ((state = 'cleared') = (cleared_on IS NOT NULL)), CHECK (last_seen_on >= opened_on))""",
    "CREATE UNIQUE INDEX signal_one_open ON signal (subject_type, subject_id, rule_id) WHERE state <> 'cleared'",
    "CREATE INDEX signal_customer ON signal (customer_key) WHERE state <> 'cleared'",
    "CREATE INDEX signal_emergency ON signal (signal_id) WHERE severity = 'emergency' AND state <> 'cleared'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
