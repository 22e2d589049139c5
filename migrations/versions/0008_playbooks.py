"""Tables of the playbooks room: the exact documents in use, their activations, and the steps people owe."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE playbook_document (
        digest text PRIMARY KEY, playbook_id text NOT NULL, playbook_version text NOT NULL, document jsonb NOT NULL,
        first_used_at timestamptz NOT NULL)""",
    """CREATE TABLE activation (
        activation_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, playbook_id text NOT NULL,
        playbook_version text NOT NULL, playbook_digest text NOT NULL REFERENCES playbook_document (digest),
        customer_key bigint NOT NULL, signal_id bigint, rule_id text NOT NULL, trigger_key text NOT NULL,
        state text NOT NULL CHECK (state IN ('armed', 'triggered', 'acknowledged', 'contained', 'recovering', 'resolved',
            'after_action', 'closed', 'stood_down')),
        version integer NOT NULL DEFAULT 1, owner text NOT NULL, deputy text, started_at timestamptz NOT NULL,
        started_on date NOT NULL, calendar_incomplete boolean NOT NULL DEFAULT false, run_id bigint NOT NULL,
        acknowledged_by text, acknowledged_at timestamptz, lessons text, stand_down_reason text, ended_at timestamptz,
        UNIQUE (playbook_id, customer_key, trigger_key),
        CHECK ((acknowledged_by IS NULL) = (acknowledged_at IS NULL)),
        CHECK (state <> 'closed' OR coalesce(btrim(lessons), '') <> ''),
        CHECK (state <> 'stood_down' OR coalesce(btrim(stand_down_reason), '') <> ''))""",
    """CREATE UNIQUE INDEX activation_open ON activation (playbook_id, customer_key)
        WHERE state NOT IN ('closed', 'stood_down')""",
    """CREATE TABLE step (
        step_key bigint GENERATED ALWAYS AS IDENTITY UNIQUE, activation_id bigint NOT NULL REFERENCES activation (activation_id),
        step_id text NOT NULL, position smallint NOT NULL, title_en text NOT NULL, title_zh text NOT NULL,
        evidence_needed_en text NOT NULL, evidence_needed_zh text NOT NULL, depends_on text[] NOT NULL DEFAULT '{}',
        role text NOT NULL, owner text NOT NULL, deputy text, due_at timestamptz NOT NULL,
        state text NOT NULL CHECK (state IN ('todo', 'acknowledged', 'doing', 'done', 'not_doing')),
        version integer NOT NULL DEFAULT 1, evidence text, reason text, ended_by text, ended_at timestamptz,
        PRIMARY KEY (activation_id, step_id),
        CHECK (state <> 'done' OR coalesce(btrim(evidence), '') <> ''),
        CHECK (state <> 'not_doing' OR coalesce(btrim(reason), '') <> ''),
        CHECK ((ended_by IS NULL) = (ended_at IS NULL)),
        CHECK ((state IN ('done', 'not_doing')) = (ended_by IS NOT NULL)))""",
    "CREATE INDEX step_owner ON step (owner, due_at) WHERE state NOT IN ('done', 'not_doing')",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
