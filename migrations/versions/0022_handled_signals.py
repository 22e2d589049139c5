"""What people do with signals: take them, put them off until a day, close them with an outcome that rules are judged by.

A signal that is put off says by whom, why and until when; one that is closed says as what. An emergency is called a false positive by
another person than the one who took it.
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """ALTER TABLE signal DROP CONSTRAINT signal_state_check, ADD CONSTRAINT signal_state_check CHECK (
        state IN ('triggered', 'under_review', 'escalated', 'snoozed', 'confirmed', 'dismissed', 'cleared'))""",
    """ALTER TABLE signal
        ADD COLUMN handler text, ADD COLUMN snoozed_until date, ADD COLUMN snoozed_by text, ADD COLUMN snooze_reason text,
        ADD COLUMN first_snoozed_on date, ADD COLUMN outcome text, ADD COLUMN closed_by text, ADD COLUMN closed_on date,
        ADD COLUMN close_reason text, ADD COLUMN needs_second boolean NOT NULL DEFAULT false""",
    "UPDATE signal SET state = 'triggered' WHERE state IN ('confirmed', 'dismissed')",
    """ALTER TABLE signal
        ADD CONSTRAINT signal_outcome_known CHECK (outcome IN ('confirmed_risk', 'useful_alert', 'false_positive')),
        ADD CONSTRAINT signal_snooze_is_told CHECK (state <> 'snoozed' OR (
            snoozed_until IS NOT NULL AND snoozed_by IS NOT NULL AND first_snoozed_on IS NOT NULL
            AND coalesce(btrim(snooze_reason), '') <> '')),
        ADD CONSTRAINT signal_close_is_told CHECK (state NOT IN ('confirmed', 'dismissed') OR (
            (state = 'dismissed') = (outcome = 'false_positive') AND outcome IS NOT NULL
            AND closed_by IS NOT NULL AND closed_on IS NOT NULL AND coalesce(btrim(close_reason), '') <> '')),
        ADD CONSTRAINT signal_two_persons CHECK (
            state <> 'dismissed' OR NOT needs_second OR coalesce(handler <> closed_by, false))""",
    "CREATE INDEX signal_snoozed ON signal (snoozed_until) WHERE state = 'snoozed'",
    """CREATE TABLE signal_outcome (
        signal_id bigint NOT NULL REFERENCES signal, version integer NOT NULL, rule_id text NOT NULL, severity text NOT NULL,
        value float8, line float8, opened_on date NOT NULL, closed_on date NOT NULL,
        outcome text NOT NULL CHECK (outcome IN ('confirmed_risk', 'useful_alert', 'false_positive')),
        person text NOT NULL, PRIMARY KEY (signal_id, version))""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
