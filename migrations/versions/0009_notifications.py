"""Tables of the notifications room, and what it needs of a duty: facts for its messages and who acknowledged it.

A message_item is one event for one person on one channel; a message carries one item, or many as a digest.
A message_attempt is written before a message is sent and gets its outcome afterwards: without one, nobody knows.
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """ALTER TABLE duty ADD COLUMN facts jsonb NOT NULL DEFAULT '{}', ADD COLUMN acknowledged_at timestamptz,
        ADD COLUMN acknowledged_by text, ADD CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL))""",
    "CREATE INDEX duty_subject ON duty (subject_type, subject_id)",
    """CREATE TABLE message (
        message_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, ref text NOT NULL, event_key text NOT NULL,
        recipient text NOT NULL, channel text NOT NULL, step smallint NOT NULL DEFAULT 0, kind text NOT NULL,
        urgency text NOT NULL CHECK (urgency IN ('critical', 'high', 'normal', 'low')), items integer NOT NULL CHECK (items > 0),
        state text NOT NULL DEFAULT 'queued'
            CHECK (state IN ('queued', 'sending', 'accepted', 'refused', 'unknown', 'dead')),
        attempts smallint NOT NULL DEFAULT 0, failures smallint NOT NULL DEFAULT 0, next_at timestamptz, lease_token uuid, lease_until timestamptz,
        nonce text NOT NULL UNIQUE, problem text, created_at timestamptz NOT NULL, ended_at timestamptz,
        UNIQUE (event_key, recipient, channel, step),
        CHECK ((state = 'sending') = (lease_token IS NOT NULL)), CHECK ((lease_token IS NULL) = (lease_until IS NULL)),
        CHECK ((state IN ('accepted', 'dead')) = (ended_at IS NOT NULL)),
        CHECK ((state IN ('queued', 'refused', 'unknown')) = (next_at IS NOT NULL)))""",
    "CREATE INDEX message_due ON message (channel, next_at) WHERE next_at IS NOT NULL",
    "CREATE INDEX message_lease ON message (lease_until) WHERE state = 'sending'",
    "CREATE INDEX message_recipient ON message (recipient, channel, created_at)",
    "CREATE INDEX message_ref ON message (ref)",
    """CREATE TABLE message_item (
        item_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, outbox_id bigint NOT NULL REFERENCES outbox_event,
        recipient text NOT NULL, channel text NOT NULL, step smallint NOT NULL DEFAULT 0,
        message_id bigint REFERENCES message, UNIQUE (outbox_id, recipient, channel, step))""",
    "CREATE INDEX message_item_open ON message_item (recipient, channel) WHERE message_id IS NULL",
    "CREATE INDEX message_item_message ON message_item (message_id)",
    """CREATE TABLE message_attempt (
        message_id bigint NOT NULL REFERENCES message, attempt smallint NOT NULL, lease_token uuid NOT NULL,
        channel text NOT NULL, started_at timestamptz NOT NULL,
        outcome text CHECK (outcome IN ('accepted', 'refused', 'unknown')), ended_at timestamptz, answer text,
        body_sha256 text, PRIMARY KEY (message_id, attempt), CHECK ((outcome IS NULL) = (ended_at IS NULL)))""",
    "CREATE INDEX message_attempt_rate ON message_attempt (channel, started_at)",
    "CREATE TABLE channel_state (channel text PRIMARY KEY, paused_until timestamptz, problem text)",
    """CREATE TABLE acknowledgement (
        nonce text PRIMARY KEY REFERENCES message (nonce), person text NOT NULL, acknowledged_at timestamptz NOT NULL,
        duties integer NOT NULL)""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
