"""Event log, outbox, duties and runs: what every room writes to.

The log's table refuses UPDATE, DELETE and TRUNCATE for everybody, replica mode included; a superuser can still undo that,
which the hash chain makes visible.
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STATEMENTS = (
    """CREATE TABLE audit_event (
        seq bigint PRIMARY KEY, recorded_at timestamptz NOT NULL, action text NOT NULL, subject_type text NOT NULL,
        subject_id text NOT NULL, actor text NOT NULL, body bytea NOT NULL, leaf_hash bytea NOT NULL, chain_hash bytea NOT NULL)""",
    "CREATE INDEX audit_event_subject ON audit_event (subject_type, subject_id, seq)",
    "CREATE INDEX audit_event_action ON audit_event (action, seq)",
    """CREATE TABLE audit_head (only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
        seq bigint NOT NULL, chain_hash bytea NOT NULL)""",
    "INSERT INTO audit_head (seq, chain_hash) VALUES (0, decode(repeat('00', 32), 'hex'))",
    """CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the event log is append-only: % refused', TG_OP; END $$""",
    """CREATE TRIGGER audit_event_rows BEFORE UPDATE OR DELETE ON audit_event
        FOR EACH ROW EXECUTE FUNCTION refuse_change()""",
    """CREATE TRIGGER audit_event_truncate BEFORE TRUNCATE ON audit_event
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    "ALTER TABLE audit_event ENABLE ALWAYS TRIGGER audit_event_rows",
    "ALTER TABLE audit_event ENABLE ALWAYS TRIGGER audit_event_truncate",
    """CREATE TABLE run (
        run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, stage text NOT NULL, business_key text NOT NULL,
        as_of date, state text NOT NULL CHECK (state IN ('running', 'finished', 'failed')),
        pins jsonb NOT NULL DEFAULT '{}', counts jsonb NOT NULL DEFAULT '{}', problem text,
        code_version text NOT NULL, triggered_by text NOT NULL, started_at timestamptz NOT NULL, ended_at timestamptz)""",
    "CREATE INDEX run_stage ON run (stage, run_id DESC)",
    """CREATE TABLE outbox_event (
        outbox_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, event_key text NOT NULL UNIQUE, kind text NOT NULL,
        subject_type text NOT NULL, subject_id text NOT NULL,
        urgency text NOT NULL CHECK (urgency IN ('critical', 'high', 'normal', 'low')),
        audience text[] NOT NULL CHECK (cardinality(audience) > 0), facts jsonb NOT NULL DEFAULT '{}',
        suppressed_reason text, created_at timestamptz NOT NULL, expanded_at timestamptz)""",
    "CREATE INDEX outbox_event_open ON outbox_event (outbox_id) WHERE expanded_at IS NULL",
    """CREATE TABLE duty (
        duty_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind text NOT NULL, subject_type text NOT NULL,
        subject_id text NOT NULL, role text NOT NULL, owner text NOT NULL, deputy text, due_at timestamptz NOT NULL,
        next_at timestamptz, level smallint NOT NULL DEFAULT 0, ladder jsonb NOT NULL,
        state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'cancelled', 'exhausted')),
        version integer NOT NULL DEFAULT 1, opened_at timestamptz NOT NULL, closed_at timestamptz,
        UNIQUE (kind, subject_type, subject_id))""",
    "CREATE INDEX duty_next ON duty (next_at) WHERE state = 'open'",
    "CREATE INDEX duty_owner ON duty (owner) WHERE state = 'open'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("the event log is never taken back; restore a backup instead")
