"""Quarantine, breaker profiles and four-eyes overrides of the validation room.

No foreign keys towards ``batch``: refused rows and decisions outlive what they describe.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE quarantine_row (
        quarantine_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, batch_id bigint NOT NULL, source_id text NOT NULL,
        dataset text NOT NULL, source_row bigint NOT NULL CHECK (source_row > 0), line bigint, column_name text,
        code text NOT NULL CHECK (code LIKE 'R-%'), rule text, found text, repair text, record text,
        state text NOT NULL DEFAULT 'quarantined' CHECK (state IN ('quarantined', 'released', 'redriven', 'discarded')),
        version integer NOT NULL DEFAULT 1, reason text, changed_by text, changed_at timestamptz,
        created_at timestamptz NOT NULL, UNIQUE (batch_id, dataset, source_row),
        CHECK ((state = 'quarantined') = (changed_by IS NULL)), CHECK ((changed_by IS NULL) = (changed_at IS NULL)),
        CHECK (state NOT IN ('released', 'discarded') OR length(btrim(reason)) >= 10))""",
    "CREATE INDEX quarantine_row_open ON quarantine_row (source_id, quarantine_id) WHERE state = 'quarantined'",
    "CREATE INDEX quarantine_row_code ON quarantine_row (code, quarantine_id)",
    """CREATE TABLE batch_profile (
        batch_id bigint PRIMARY KEY, source_id text NOT NULL, as_of date, profile jsonb NOT NULL, created_at timestamptz NOT NULL)""",
    "CREATE INDEX batch_profile_source ON batch_profile (source_id, as_of)",
    """CREATE TABLE batch_override (
        batch_id bigint PRIMARY KEY, problems text NOT NULL, problems_sha256 text NOT NULL CHECK (length(problems_sha256) = 64),
        reason text NOT NULL CHECK (length(btrim(reason)) >= 10),
        state text NOT NULL DEFAULT 'proposed' CHECK (state IN ('proposed', 'approved', 'refused')),
        proposed_by text NOT NULL, proposed_at timestamptz NOT NULL, decided_by text, decided_at timestamptz,
        version integer NOT NULL DEFAULT 1,
        CONSTRAINT batch_override_four_eyes CHECK (decided_by IS NULL OR decided_by <> proposed_by),
        CHECK ((state = 'proposed') = (decided_by IS NULL)), CHECK ((decided_by IS NULL) = (decided_at IS NULL)))""",
    """CREATE TABLE feed (
        source_id text PRIMARY KEY, system text NOT NULL, stage text NOT NULL, last_good_batch bigint, last_good_as_of date,
        last_good_at timestamptz, held_batch bigint, held_as_of date, held_problem text, updated_at timestamptz NOT NULL,
        CHECK ((held_batch IS NULL) = (held_problem IS NULL)))""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
